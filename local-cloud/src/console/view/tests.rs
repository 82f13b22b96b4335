use super::*;
use crate::domain::updates::UpdateKind;
use crate::store::{LastDeployment, LastUpdate};

fn activity() -> Activity {
    Activity {
        path: StackPath {
            organization: "acme".into(),
            project: "web".into(),
            stack: "dev".into(),
        },
        resource_count: 3,
        is_updating: false,
        is_deploying: false,
        n_waiting: 0,
        last_update: None,
        last_deployment: None,
    }
}

fn update(status: UpdateStatus, ended: i64) -> LastUpdate {
    LastUpdate {
        version: 2,
        kind: UpdateKind::Update,
        status,
        ended,
    }
}

fn deployment(is_success: bool, ended: i64) -> LastDeployment {
    LastDeployment {
        version: 5,
        is_success,
        ended,
    }
}

#[test]
fn what_happens_now_counts_first() {
    use UpdateStatus::{Cancelled, Failed, Succeeded};
    let base = activity();
    assert_eq!(state(&base), StackState::Idle);
    let updated = Activity {
        last_update: Some(update(Succeeded, 100)),
        ..base.clone()
    };
    assert_eq!(state(&updated), StackState::Succeeded);
    for status in [Failed, Cancelled, UpdateStatus::Expired] {
        let failed = Activity {
            last_update: Some(update(status, 100)),
            ..base.clone()
        };
        assert_eq!(state(&failed), StackState::Failed);
    }
    let waiting = Activity {
        n_waiting: 1,
        ..updated.clone()
    };
    assert_eq!(state(&waiting), StackState::Queued);
    assert_eq!(
        state(&Activity {
            is_updating: true,
            ..waiting.clone()
        }),
        StackState::Running
    );
    assert_eq!(
        state(&Activity {
            is_deploying: true,
            ..waiting
        }),
        StackState::Running
    );
}

#[test]
fn the_last_end_counts() {
    use UpdateStatus::Succeeded;
    let base = Activity {
        last_update: Some(update(Succeeded, 100)),
        ..activity()
    };
    // The same second: the deployment ended after its update.
    let together = Activity {
        last_deployment: Some(deployment(false, 100_000)),
        ..base.clone()
    };
    assert_eq!(state(&together), StackState::Failed);
    let later_update = Activity {
        last_deployment: Some(deployment(false, 99_999)),
        ..base.clone()
    };
    assert_eq!(state(&later_update), StackState::Succeeded);
    let simulated = Activity {
        last_update: None,
        last_deployment: Some(deployment(true, 1)),
        ..base
    };
    assert_eq!(state(&simulated), StackState::Succeeded);
    assert_eq!((age(&activity()), age(&together)), (0, 7));
}

#[test]
fn changes_are_told_in_words() {
    assert_eq!(
        changes(r#"{"create":2,"same":1,"delete":0,"read":1}"#, false),
        "2 created, 1 read, 1 unchanged"
    );
    assert_eq!(
        changes(r#"{"create":1}"#, true),
        "1 created (if it were run)"
    );
    assert_eq!(changes("{}", false), "");
    assert_eq!(changes("nonsense", false), "");
}

#[test]
fn a_log_is_told_by_step() {
    let step = |name: &str| Step {
        name: name.into(),
        status: "succeeded".into(),
        started: 0,
        modified: 1500,
    };
    let line = |header: Option<&str>, text: &str| LogLine {
        number: 0,
        timestamp: 0,
        header: header.map(str::to_owned),
        text: text.into(),
    };
    let lines = vec![
        line(Some("Get"), ""),
        line(None, "a\n"),
        line(None, "b"),
        line(Some("Run"), ""),
        line(None, "\u{1b}[1mc"),
    ];
    let steps = steps(vec![step("Get"), step("Run"), step("End")], lines);
    let shown: Vec<_> = steps
        .iter()
        .map(|step| (step.name.as_str(), step.took.as_str(), step.log.as_str()))
        .collect();
    assert_eq!(
        shown,
        [
            ("Get", "1.5 s", "a\nb\n"),
            ("Run", "1.5 s", "c\n"),
            ("End", "1.5 s", "")
        ]
    );
}
