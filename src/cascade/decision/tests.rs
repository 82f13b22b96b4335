//! What the decision says, case by case.

use super::answer::Verdict;
use crate::cascade::observation::{Join, Outputs, Version};
use crate::cascade::reason::Reason;
use crate::cascade::testing::{DIAMOND, Deployed, Scene, stack, time, update, updated};
use crate::cloud::{Operation, Pauses};
use crate::domain::StackRef;

const CHAIN: [(&str, &str); 2] = [("a", "b"), ("b", "c")];

/// A chain whose stacks have run one after another.
fn chain() -> Scene {
    Scene::of(&CHAIN)
        .updates("a", &[updated(1, 1, 2)])
        .updates("b", &[updated(1, 3, 4)])
        .updates("c", &[updated(1, 5, 6)])
}

/// A diamond after a cascade, with a new update of its top.
fn changed_diamond() -> Scene {
    Scene::of(&DIAMOND)
        .updates("network", &[updated(1, 1, 2), updated(2, 20, 22)])
        .updates("database", &[updated(1, 3, 6)])
        .updates("cluster", &[updated(1, 3, 8)])
        .updates("app", &[updated(1, 9, 10)])
}

#[test]
fn nothing_is_due_after_a_cascade() {
    insta::assert_snapshot!(chain().said(), @r"
    a: no upstream stack
    b: up to date
    c: up to date
    ");
}

#[test]
fn what_is_above_runs_first_and_the_bottom_waits_for_all_of_it() {
    insta::assert_snapshot!(changed_diamond().said(), @r"
    app: waiting: cluster due since 22; database due since 22 (stale)
    cluster: START after network (stale)
    database: START after network (stale)
    network: no upstream stack
    ");
    let one_done = changed_diamond()
        .updates("database", &[updated(1, 3, 6), updated(2, 23, 25)])
        .updates(
            "cluster",
            &[updated(1, 3, 8), update(2, "update", "in-progress", 23, 0)],
        );
    insta::assert_snapshot!(one_done.said(), @r"
    app: waiting: cluster running since 23 (stale)
    cluster: running: update (stale)
    database: up to date
    network: no upstream stack
    ");
    let both_done = changed_diamond()
        .updates("database", &[updated(2, 23, 25)])
        .updates("cluster", &[updated(2, 23, 31)]);
    insta::assert_snapshot!(both_done.said(), @r"
    app: START after cluster, database (stale)
    cluster: up to date
    database: up to date
    network: no upstream stack
    ");
}

#[test]
fn what_will_be_due_holds_back_as_what_is_due_does() {
    // a → b → c → d beside a → x → d: x is done while b still runs, and c is not due before b has ended.
    let scene = Scene::of(&[("a", "b"), ("b", "c"), ("c", "d"), ("a", "x"), ("x", "d")])
        .updates("a", &[updated(2, 20, 22)])
        .updates(
            "b",
            &[updated(1, 3, 4), update(2, "update", "in-progress", 23, 0)],
        )
        .updates("c", &[updated(1, 5, 6)])
        .updates("d", &[updated(1, 7, 8)])
        .updates("x", &[updated(2, 23, 24)]);
    insta::assert_snapshot!(scene.said(), @r"
    a: no upstream stack
    b: running: update (stale)
    c: waiting: b running since 23 (stale)
    d: waiting: c held back, root b running (stale)
    x: up to date
    ");
}

#[test]
fn a_failure_far_above_holds_back_nobody_who_has_news_from_elsewhere() {
    // q failed; p below it is at rest, and so is not a reason for x to wait.
    let scene = Scene::of(&[("q", "p"), ("p", "x"), ("n", "x"), ("p", "y")])
        .updates(
            "q",
            &[updated(1, 1, 2), update(2, "update", "failed", 10, 11)],
        )
        .updates("p", &[updated(1, 3, 4)])
        .updates("x", &[updated(1, 5, 6)])
        .updates("y", &[updated(1, 5, 6)])
        .updates("n", &[updated(1, 20, 22)]);
    insta::assert_snapshot!(scene.said(), @r"
    n: no upstream stack
    p: blocked: q failed since 11 (stale)
    q: failed (stale)
    x: START after n (stale)
    y: blocked: p held back, root q failed (stale)
    ");
}

#[test]
fn a_failure_blocks_and_is_not_repeated() {
    let failed = changed_diamond()
        .updates(
            "database",
            &[updated(1, 3, 6), update(2, "update", "failed", 23, 25)],
        )
        .updates("cluster", &[updated(1, 3, 8), updated(2, 23, 31)]);
    insta::assert_snapshot!(failed.said(), @r"
    app: blocked: database failed since 25 (stale)
    cluster: up to date
    database: failed (stale)
    network: no upstream stack
    ");
    // A newer version of what it depends on is another try.
    let newer = changed_diamond()
        .updates("network", &[updated(3, 40, 41)])
        .updates(
            "database",
            &[updated(1, 3, 6), update(2, "update", "failed", 23, 25)],
        )
        .updates("cluster", &[updated(2, 42, 43)]);
    insta::assert_snapshot!(newer.said(), @r"
    app: waiting: database due since 41 (stale)
    cluster: up to date
    database: START after network (stale)
    network: no upstream stack
    ");
    // While the newer version is still coming, the old failure blocks nothing for good.
    let coming = changed_diamond()
        .updates(
            "network",
            &[
                updated(2, 20, 22),
                update(3, "update", "in-progress", 40, 0),
            ],
        )
        .updates(
            "database",
            &[updated(1, 3, 6), update(2, "update", "failed", 23, 25)],
        )
        .updates("cluster", &[updated(2, 23, 24)]);
    insta::assert_snapshot!(coming.said(), @r"
    app: waiting: cluster held back, root network running; database held back, root network running (stale)
    cluster: waiting: network running since 40
    database: waiting: network running since 40 (stale)
    network: running: update
    ");
}

#[test]
fn a_newest_update_by_hand_that_failed_is_a_failure() {
    let scene = chain().updates(
        "a",
        &[updated(1, 1, 2), update(2, "update", "failed", 10, 11)],
    );
    insta::assert_snapshot!(scene.said(), @r"
    a: failed (stale)
    b: blocked: a failed since 11 (stale)
    c: blocked: b held back, root a failed (stale)
    ");
}

#[test]
fn judged_by_when_an_update_began_and_not_by_when_it_ended() {
    // b read a's output at 10, a was updated at 12, and b ended at 22.
    let scene = chain()
        .updates("a", &[updated(2, 12, 13)])
        .updates("b", &[updated(1, 3, 4), updated(2, 10, 22)])
        .updates("c", &[updated(2, 23, 24)]);
    insta::assert_snapshot!(scene.said(), @r"
    a: no upstream stack
    b: START after a (stale)
    c: waiting: b due since 13 (stale)
    ");
}

#[test]
fn a_deployment_that_ends_after_the_next_one_has_begun_makes_nothing_due() {
    // The network's update ended at 20, its deployment at 23; the database's update began at 21.
    let network = Deployed::new(1, "succeeded", 10, 11, 23).with(updated(2, 12, 20));
    let database = Deployed::new(1, "succeeded", 20, 20, 30).with(updated(2, 21, 28));
    let scene = Scene::of(&[("network", "database")])
        .history(
            "network",
            &[updated(1, 1, 2), updated(2, 12, 20)],
            &[network],
        )
        .history(
            "database",
            &[updated(1, 3, 4), updated(2, 21, 28)],
            &[database],
        );
    assert_eq!(
        scene.said(),
        "database: up to date\nnetwork: no upstream stack"
    );
}

#[test]
fn a_running_update_that_began_too_early_does_not_count() {
    let running = |began| {
        chain().updates("a", &[updated(2, 12, 13)]).updates(
            "b",
            &[
                updated(1, 3, 4),
                update(2, "update", "in-progress", began, 0),
            ],
        )
    };
    insta::assert_snapshot!(running(10).said(), @r"
    a: no upstream stack
    b: START after a (stale)
    c: waiting: b running since 10 (stale)
    ");
    insta::assert_snapshot!(running(14).said(), @r"
    a: no upstream stack
    b: running: update (stale)
    c: waiting: b running since 14 (stale)
    ");
}

#[test]
fn in_a_tie_of_seconds_only_what_is_remembered_decides() {
    let tie = || {
        Scene::of(&[("a", "b")])
            .updates("a", &[updated(2, 8, 10)])
            .updates("b", &[updated(1, 10, 12)])
    };
    assert_eq!(tie().said(), "a: no upstream stack\nb: up to date");
    let memory = |number| Join {
        handled: [(
            stack("a"),
            Version {
                id: Some("id-a".to_owned()),
                number,
            },
        )]
        .into(),
        ..Join::default()
    };
    assert_eq!(
        tie().join("b", memory(2)).said(),
        "a: no upstream stack\nb: up to date"
    );
    assert_eq!(
        tie().join("b", memory(1)).said(),
        "a: no upstream stack\nb: START after a (stale)"
    );
}

#[test]
fn a_version_that_was_handled_is_not_started_again_unless_that_start_came_to_nothing() {
    let scene = |deployment: Deployed| {
        let join = Join {
            handled: [(
                stack("a"),
                Version {
                    id: Some("id-a".to_owned()),
                    number: 2,
                },
            )]
            .into(),
            deployment: Some("d1".to_owned()),
            ..Join::default()
        };
        Scene::of(&[("a", "b")])
            .updates("a", &[updated(2, 8, 10)])
            .history("b", &[updated(1, 3, 4)], &[deployment])
            .join("b", join)
            .said()
    };
    let old = Deployed::new(9, "succeeded", 2, 3, 4);
    assert_eq!(scene(old), "a: no upstream stack\nb: handled (stale)");
    let started = "a: no upstream stack\nb: START after a (stale)";
    assert_eq!(scene(Deployed::new(1, "skipped", 11, 0, 12)), started);
    assert_eq!(scene(Deployed::new(1, "failed", 11, 0, 12)), started);
    assert_eq!(
        scene(Deployed::new(1, "failed", 11, 12, 13)),
        "a: no upstream stack\nb: failed (stale)"
    );
}

#[test]
fn a_stack_that_was_made_anew_has_new_versions() {
    let join = |id: &str| Join {
        handled: [(
            stack("a"),
            Version {
                id: Some(id.to_owned()),
                number: 2,
            },
        )]
        .into(),
        ..Join::default()
    };
    let scene = Scene::of(&[("a", "b")])
        .updates("a", &[updated(2, 8, 10)])
        .updates("b", &[updated(1, 3, 4)]);
    let same = scene.clone().join("b", join("id-a"));
    assert!(!same.decide().answer(&stack("b")).unwrap().starts());
    let other = scene.join("b", join("id-of-the-old-one"));
    assert!(other.decide().answer(&stack("b")).unwrap().starts());
}

#[test]
fn outputs_that_are_the_same_are_no_news_and_satisfy_what_is_below() {
    let scene = |outputs| {
        let join = Join {
            compares_outputs: true,
            outputs: [(stack("a"), outputs)].into(),
            ..Join::default()
        };
        chain()
            .updates("a", &[updated(2, 12, 13)])
            .join("b", join)
            .said()
    };
    insta::assert_snapshot!(scene(Outputs::Same), @r"
    a: no upstream stack
    b: unchanged
    c: up to date
    ");
    let starts = scene(Outputs::Changed);
    assert!(starts.contains("b: START after a"), "{starts}");
    assert_eq!(scene(Outputs::NotHeld), starts);
}

#[test]
fn a_refresh_or_an_import_changes_nothing() {
    for kind in ["refresh", "import", "rename"] {
        let scene = chain().updates(
            "a",
            &[updated(1, 1, 2), update(2, kind, "succeeded", 10, 11)],
        );
        assert_eq!(scene.said(), chain().said(), "{kind}");
        let failed = chain().updates("a", &[updated(1, 1, 2), update(2, kind, "failed", 10, 11)]);
        assert_eq!(failed.said(), chain().said(), "{kind}");
    }
}

#[test]
fn a_refresh_holds_back_only_what_is_to_start_and_only_while_it_runs() {
    let refreshing = [updated(1, 1, 2), update(2, "refresh", "in-progress", 10, 0)];
    let scene = chain().updates("a", &refreshing);
    insta::assert_snapshot!(scene.said(), @r"
    a: running: refresh
    b: up to date
    c: up to date
    ");
    let due = chain().updates(
        "b",
        &[updated(1, 0, 1), update(2, "refresh", "in-progress", 10, 0)],
    );
    insta::assert_snapshot!(due.said(), @r"
    a: no upstream stack
    b: running: refresh (stale)
    c: waiting: b due since 2 (stale)
    ");
}

#[test]
fn what_was_destroyed_blocks_and_is_not_revived() {
    let destroyed = [updated(1, 1, 2), update(2, "destroy", "succeeded", 10, 11)];
    insta::assert_snapshot!(chain().updates("a", &destroyed).said(), @r"
    a: destroyed
    b: blocked: a destroyed since 11
    c: blocked: b held back, root a destroyed
    ");
    let bottom = chain().updates("b", &[updated(2, 20, 21)]).updates(
        "c",
        &[updated(1, 5, 6), update(2, "destroy", "succeeded", 10, 11)],
    );
    insta::assert_snapshot!(bottom.said(), @r"
    a: no upstream stack
    b: up to date
    c: destroyed
    ");
}

#[test]
fn what_is_missing_blocks_and_what_cannot_be_read_hides() {
    insta::assert_snapshot!(chain().missing("a").said(), @r"
    a: missing
    b: blocked: a missing
    c: blocked: b held back, root a missing
    ");
    insta::assert_snapshot!(chain().unreadable("a").said(), @r"
    a: not readable: a
    b: not readable: a
    c: not readable: a
    ");
    let due = changed_diamond().unreadable("cluster");
    insta::assert_snapshot!(due.said(), @r"
    app: not readable: cluster (stale)
    cluster: not readable: cluster
    database: START after network (stale)
    network: no upstream stack
    ");
}

#[test]
fn what_was_never_updated_is_not_behind_and_holds_back_nobody() {
    let scene = Scene::of(&CHAIN)
        .updates("a", &[updated(1, 10, 11)])
        .updates("c", &[updated(1, 5, 6)]);
    insta::assert_snapshot!(scene.said(), @r"
    a: no upstream stack
    b: never deployed
    c: up to date
    ");
}

#[test]
fn a_queued_deployment_is_the_run_unless_a_pause_holds_it() {
    let due = |deployment: Deployed, pauses: Pauses| {
        chain()
            .updates("a", &[updated(2, 12, 13)])
            .history("b", &[updated(1, 3, 4)], &[deployment])
            .with("b", |found| found.pauses = Some(pauses))
            .said()
    };
    let waits = Deployed::new(1, "not-started", 14, 0, 0);
    insta::assert_snapshot!(due(waits.clone(), Pauses::default()), @r"
    a: no upstream stack
    b: queued (stale)
    c: waiting: b queued since 14 (stale)
    ");
    let pauses = Pauses {
        stack: false,
        organization: true,
    };
    insta::assert_snapshot!(due(waits.held(), pauses), @r"
    a: no upstream stack
    b: paused: Pauses { stack: false, organization: true } (stale)
    c: waiting: b due since 13 (stale)
    ");
}

#[test]
fn a_first_deployment_that_a_pause_holds_is_paused_and_not_never_deployed() {
    let held = Deployed::new(1, "not-started", 12, 0, 0).held();
    let scene = Scene::of(&[("a", "b")])
        .updates("a", &[updated(1, 10, 11)])
        .history("b", &[], &[held]);
    assert!(scene.said().contains("b: paused"), "{}", scene.said());
}

#[test]
fn what_is_not_free_is_not_started() {
    let due = || chain().updates("a", &[updated(2, 12, 13)]);
    let without = due().with("b", |found| found.has_settings = Some(false));
    assert!(without.said().contains("b: no settings (stale)"));
    let not_asked = due().with("b", |found| {
        (found.has_settings, found.pauses) = (None, None);
    });
    assert!(not_asked.said().contains("b: START"));
    let paused = due().with("b", |found| {
        found.pauses = Some(Pauses {
            stack: true,
            organization: false,
        });
    });
    assert!(paused.said().contains("b: paused"));
}

#[test]
fn a_start_that_met_a_lock_is_made_again() {
    let refused = Deployed::new(1, "failed", 14, 15, 16);
    let by_hand = update(2, "update", "failed", 10, 16);
    let scene = chain().updates("a", &[updated(2, 12, 13)]).history(
        "b",
        &[updated(1, 3, 4), by_hand],
        &[refused],
    );
    assert!(
        scene.said().contains("b: START after a"),
        "{}",
        scene.said()
    );
}

#[test]
fn stacks_that_depend_on_each_other_wait_for_each_other() {
    let scene = Scene::of(&[("a", "b"), ("b", "a"), ("b", "c"), ("s", "s")])
        .updates("a", &[updated(1, 1, 9)])
        .updates("b", &[updated(1, 1, 9)])
        .updates("c", &[updated(1, 1, 9)])
        .updates("s", &[updated(1, 1, 9)]);
    insta::assert_snapshot!(scene.said(), @r"
    a: waiting: b due since 9, root a due (stale)
    b: waiting: a due since 9 (stale)
    c: waiting: b due since 9, root a due (stale)
    s: no upstream stack
    ");
}

#[test]
fn no_more_than_so_many_are_started_at_once() {
    let decision = changed_diamond().decide().at_most(1);
    let starts: Vec<&str> = decision.starts().map(StackRef::project).collect();
    assert_eq!(starts, ["cluster"]);
    let held = &decision.answer(&stack("database")).unwrap().verdict;
    assert_eq!(*held, Verdict::Not(Reason::HeldBack { max_starts: 1 }));
}

#[test]
fn the_clock_is_the_newest_time_observed() {
    let scene = chain().history(
        "c",
        &[updated(1, 5, 6)],
        &[Deployed::new(1, "running", 30, 31, 0).of(Operation::Preview)],
    );
    assert_eq!(scene.decide().now(), Some(time(31)));
}
