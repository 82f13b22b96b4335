//! One row of each kind, for the tests of the output.

use super::shown::Shown;
use crate::context::Console;
use auto_deploy::cascade::Reason;
use auto_deploy::cascade::preview::{
    Gap, Link, Members, Outcome, Output, OutputChange, Rest, Row, Seen, Ties, Times,
};
use auto_deploy::cloud::{INLINE_ENVIRONMENT, Pauses, Revision};
use auto_deploy::domain::StackRef;
use auto_deploy::graph::{Edge, find_cycle};
use serde_json::{Value, json};
use std::collections::BTreeSet;

pub(super) fn stack(project: &str) -> StackRef {
    StackRef::new("acme", project, "prod").expect("it is a name")
}

fn edge(upstream: &str, downstream: &str) -> Edge {
    Edge {
        upstream: stack(upstream),
        downstream: stack(downstream),
    }
}

/// The row of a stack below `network` without any results.
fn bare(project: &str) -> Row {
    let ties = Ties {
        webhooks: BTreeSet::from([edge("network", project)]),
        ..Ties::default()
    };
    let members = Members::of(&stack("network"), ties, false);
    Row::of(members.get(&stack(project)).expect("it is below"))
}

/// The row of a stack whose completed preview has these events and outputs.
fn previewed(
    project: &str,
    steps: &[(&str, &str, Value)],
    outputs: &[(&str, OutputChange)],
) -> Row {
    let step = |(op, name, more): &(&str, &str, Value)| {
        let urn = format!("urn:pulumi:prod::{project}::aws:ec2:Vpc::{name}");
        let mut metadata = json!({"op": op, "urn": urn, "type": "aws:ec2:Vpc"});
        let more = more.as_object().cloned().unwrap_or_default();
        metadata.as_object_mut().expect("it is one").extend(more);
        json!({"resOutputsEvent": {"metadata": metadata}})
    };
    let summary = json!({"summaryEvent": {"resourceChanges": {"same": 2}}});
    let events: Vec<Value> = steps.iter().map(step).chain([summary]).collect();
    let outputs = outputs.iter();
    let outputs = outputs.map(|(name, change)| ((*name).to_owned(), change.clone()));
    Row {
        version: Some(3),
        link: Some(Link {
            deployment: format!("{project}-7"),
            version: 7,
            run: Some(format!("run-of-{project}")),
        }),
        times: Times {
            began: "2026-11-28T03:00:00Z".parse().ok(),
            ended: "2026-11-28T03:00:04Z".parse().ok(),
        },
        commit: Some("abcd123".to_owned()),
        takes_revision: true,
        reads: BTreeSet::from([stack("network")]),
        seen: Some(Seen::of(&events)),
        outputs: Some(outputs.collect()),
        ..bare(project)
    }
}

fn with_gap(gap: Gap, row: Row) -> Row {
    Row {
        gaps: vec![gap],
        ..row
    }
}

/// One row of each kind.
pub(super) fn outcome() -> Outcome {
    let known = |value: Value| Output::Known(value);
    let cidr = OutputChange::Changed(known(json!("10.0.0.0/16")), known(json!("10.8.0.0/16")));
    let replaced = json!({"keys": ["cidrBlock"], "old": {"protect": true}});
    let policy = json!([{"policyEvent": {"policyPackName": "rules", "policyName": "no-public",
        "enforcementLevel": "mandatory", "message": "it is | `public`"}}]);
    let policy = policy.as_array().cloned().unwrap_or_default();
    let pauses = Pauses {
        stack: true,
        organization: false,
    };
    let round = [edge("ring", "rung"), edge("rung", "ring")];
    let cycle = find_cycle(&round).expect("it is one");
    let rows = vec![
        previewed(
            "network",
            &[
                ("update", "main", json!({})),
                ("replace", "subnet", replaced),
                ("delete", "old", json!({})),
            ],
            &[("cidr", cidr.clone())],
        ),
        Row {
            n_runs: 2,
            ..previewed("later", &[], &[("endpoint", OutputChange::Unknown)])
        },
        previewed("same", &[], &[]),
        previewed("secret", &[], &[("key", OutputChange::Secret)]),
        Row {
            failed_conductors: BTreeSet::from([stack("wiring")]),
            ..previewed("joined", &[], &[])
        },
        Row {
            environments: vec!["web/shared@3".to_owned(), INLINE_ENVIRONMENT.to_owned()],
            ..previewed("esc", &[], &[])
        },
        Row {
            failure: Some("the code is <b>broken</b>".to_owned()),
            ..previewed("broken", &[], &[])
        },
        Row {
            failure: Some("a policy forbids it".to_owned()),
            seen: Some(Seen::of(&policy)),
            ..previewed("forbidden", &[], &[])
        },
        with_gap(
            Gap::OldValues(BTreeSet::from([stack("network")])),
            previewed("old", &[], &[("cidr", cidr)]),
        ),
        with_gap(
            Gap::Updated { from: 12, to: 13 },
            previewed("updated", &[], &[]),
        ),
        Row {
            rest: Some(Rest::Join(Reason::NeverDeployed)),
            ..bare("rests")
        },
        Row {
            rest: Some(Rest::Above),
            ..bare("idle")
        },
        with_gap(Gap::NoSettings, bare("settings")),
        with_gap(Gap::Paused(pauses), bare("paused")),
        with_gap(Gap::Skipped, bare("skipped")),
        with_gap(Gap::Cycle(cycle), bare("ring")),
        with_gap(Gap::Below(stack("broken")), bare("below")),
    ];
    let ties = Ties {
        references: BTreeSet::from([edge("network", "billing")]),
        ..Ties::default()
    };
    let members = Members::of(&stack("network"), ties, false);
    Outcome {
        rows,
        onlookers: members.onlookers().to_vec(),
    }
}

/// Prints an outcome as that of a preview of a branch.
pub(super) fn show<T>(
    outcome: &Outcome,
    with_values: bool,
    show: impl FnOnce(&Shown<'_>) -> T,
) -> T {
    show(&Shown {
        root: &stack("network"),
        revision: Some(&Revision::Branch("wider".to_owned())),
        outcome,
        is_repeated: true,
        with_values,
        console: &Console::default(),
    })
}
