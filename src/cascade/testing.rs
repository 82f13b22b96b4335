//! Stacks, edges and deployments in few words.

use super::decision::{Answer, Decision, Verdict};
use super::history::History;
use super::observation::{Join, Observation, Observed, World};
use super::reason::{Hold, Reason};
use crate::cloud::{Deployment, DeploymentStatus, Operation, Pauses, Update, UpdateResult};
use crate::domain::StackRef;
use crate::graph::Edge;
use jiff::Timestamp;
use std::collections::BTreeSet;

pub(super) fn stack(project: &str) -> StackRef {
    StackRef::new("acme", project, "prod").expect("it is a name")
}

/// The time this many seconds after the start of the test's time.
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
        is_paused: false,
        updates: Vec::new(),
    }
}

/// An update of a stack: its operation, result and times. An `ended` of 0 means that it is running.
pub(super) fn update(version: i64, kind: &str, result: &str, began: i64, ended: i64) -> Update {
    Update {
        version,
        operation: Operation::from_word(kind),
        result: match result {
            "succeeded" => UpdateResult::Succeeded,
            "failed" => UpdateResult::Failed,
            _ => UpdateResult::Running,
        },
        began: Some(time(began)),
        ended: (ended != 0).then(|| time(ended)),
    }
}

/// An update that succeeded.
pub(super) fn updated(version: i64, began: i64, ended: i64) -> Update {
    update(version, "update", "succeeded", began, ended)
}

/// A deployment of some stack, in few words.
#[derive(Clone, Debug)]
pub(super) struct Deployed(Deployment);

impl Deployed {
    /// A deployment that updates its stack; its ID is `d1` for version 1. A time of 0 means `None`.
    pub(super) fn new(
        version: i64,
        status: &str,
        created: i64,
        began: i64,
        ended: i64,
    ) -> Deployed {
        Deployed(Deployment {
            id: format!("d{version}"),
            began: (began != 0).then(|| time(began)),
            ended: (ended != 0).then(|| time(ended)),
            status: DeploymentStatus::from_word(status),
            ..deployment("x", version, status, created, began, ended)
        })
    }

    pub(super) fn with(mut self, update: Update) -> Deployed {
        self.0.updates.push(update);
        self
    }

    pub(super) fn of(mut self, operation: Operation) -> Deployed {
        self.0.operation = operation;
        self
    }

    pub(super) fn held(mut self) -> Deployed {
        self.0.is_paused = true;
        self
    }

    pub(super) fn made(&self) -> Deployment {
        self.0.clone()
    }
}

/// A world that tests describe stack by stack.
#[derive(Clone, Debug, Default)]
pub(super) struct Scene(pub(super) World);

impl Scene {
    /// A world with these edges, in which every stack exists, has settings and no past.
    pub(super) fn of(pairs: &[(&str, &str)]) -> Scene {
        let mut scene = Scene::default();
        scene.0.edges = edges(pairs);
        for (upstream, downstream) in pairs {
            for name in [upstream, downstream] {
                scene.observation(name);
            }
        }
        scene
    }

    fn observation(&mut self, name: &str) -> &mut Observation {
        let observed = self.0.stacks.entry(stack(name)).or_insert_with(|| {
            Observed::Found(Observation {
                id: Some(format!("id-{name}")),
                has_settings: Some(true),
                pauses: Some(Pauses::default()),
                ..Observation::default()
            })
        });
        match observed {
            Observed::Found(observation) => observation,
            other => panic!("{name} is {other:?}"),
        }
    }

    pub(super) fn updates(self, name: &str, updates: &[Update]) -> Scene {
        self.history(name, updates, &[])
    }

    pub(super) fn history(
        mut self,
        name: &str,
        updates: &[Update],
        deployments: &[Deployed],
    ) -> Scene {
        let deployments = deployments.iter().map(Deployed::made).collect();
        self.observation(name).history = History::new(updates.iter().copied(), deployments);
        self
    }

    pub(super) fn with(mut self, name: &str, change: impl FnOnce(&mut Observation)) -> Scene {
        change(self.observation(name));
        self
    }

    pub(super) fn missing(mut self, name: &str) -> Scene {
        self.0.stacks.insert(stack(name), Observed::Missing);
        self
    }

    pub(super) fn unreadable(mut self, name: &str) -> Scene {
        let why = "the cloud refuses it".to_owned();
        self.0.stacks.insert(stack(name), Observed::Unreadable(why));
        self
    }

    pub(super) fn join(mut self, name: &str, join: Join) -> Scene {
        self.0.joins.insert(stack(name), join);
        self
    }

    pub(super) fn decide(&self) -> Decision {
        Decision::of(&self.0)
    }

    /// What the decision says about each stack, one line per stack.
    pub(super) fn said(&self) -> String {
        let decision = self.decide();
        let line = |(stack, answer): (&StackRef, &Answer)| {
            let stale = if answer.is_stale { " (stale)" } else { "" };
            format!("{}: {}{stale}", stack.project(), verdict(answer))
        };
        decision.answers().map(line).collect::<Vec<_>>().join("\n")
    }
}

fn verdict(answer: &Answer) -> String {
    let reason = match &answer.verdict {
        Verdict::Start => {
            let news: Vec<&str> = answer.news().map(|news| news.stack.project()).collect();
            return format!("START after {}", news.join(", "));
        }
        Verdict::Not(reason) => reason,
    };
    let hold = |hold: &Hold| {
        let mut text = format!("{} {}", hold.stack.project(), hold.state.as_str());
        if let Some(since) = hold.since {
            text = format!("{text} since {}", since.as_second() - time(0).as_second());
        }
        if hold.root.stack != hold.stack {
            let (root, state) = (hold.root.stack.project(), hold.root.state.as_str());
            text = format!("{text}, root {root} {state}");
        }
        text
    };
    let more = match reason {
        Reason::Waiting(holds) | Reason::Blocked(holds) => {
            holds.iter().map(hold).collect::<Vec<_>>().join("; ")
        }
        Reason::Unreadable { stack, .. } => stack.project().to_owned(),
        Reason::Running { operation, .. } => operation.to_string(),
        Reason::Paused(pauses) => format!("{pauses:?}"),
        _ => return reason.as_str().to_owned(),
    };
    format!("{}: {more}", reason.as_str())
}
