//! Stacks, edges and deployments in few words.

use crate::cloud::{Deployment, DeploymentStatus, Operation};
use crate::domain::StackRef;
use crate::graph::Edge;
use jiff::Timestamp;
use std::collections::BTreeSet;

pub(super) fn stack(project: &str) -> StackRef {
    StackRef::new("acme", project, "prod").expect("it is a name")
}

/// The time this many seconds after the beginning.
pub(super) fn time(seconds: i64) -> Timestamp {
    Timestamp::from_second(1_700_000_000 + seconds).expect("it is a time")
}

pub(super) fn edges(pairs: &[(&str, &str)]) -> BTreeSet<Edge> {
    let edge = |(upstream, downstream): &(&str, &str)| Edge {
        upstream: stack(upstream),
        downstream: stack(downstream),
    };
    pairs.iter().map(edge).collect()
}

/// network → database, cluster → app.
pub(super) const DIAMOND: [(&str, &str); 4] = [
    ("network", "database"),
    ("network", "cluster"),
    ("database", "app"),
    ("cluster", "app"),
];

/// A deployment that a webhook started, if it is not of the first stack.
pub(super) fn deployment(
    project: &str,
    version: i64,
    status: &str,
    created: i64,
    began: i64,
    ended: i64,
) -> Deployment {
    let status = DeploymentStatus::from_word(status);
    let is_waiting = status == DeploymentStatus::Queued;
    Deployment {
        id: format!("{project}-{version}"),
        version,
        stack: stack(project),
        operation: Operation::Update,
        status,
        initiator: if project == "network" {
            "cli"
        } else {
            "webhook"
        }
        .to_owned(),
        created: time(created),
        began: (!is_waiting).then(|| time(began)),
        ended: status.is_final().then(|| time(ended)),
    }
}
