//! Which stacks start which in an organization. An edge of a join leads to the stack that waits, not to the one whose
//! program conducts the join.
//!
//! These are pure functions. What a join waits for is derived from the states of the stacks that the page shows; only the
//! program knows for certain.

use super::view::{self, StackState};
use crate::store::Overview;
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// An edge, by the names of its stacks, `project/stack`.
pub(super) type Ends = (String, String);

/// The kind of an edge.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Kind {
    /// Whether an update of the first stack has an effect.
    pub(super) is_active: bool,
    /// Whether a join waits for the first stack, among others.
    pub(super) is_joined: bool,
}

/// A stack that is started after several others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Joined {
    /// The stacks that it waits for.
    pub(super) after: BTreeSet<String>,
    /// The stacks whose programs conduct the join. More than one is a mistake.
    pub(super) conductors: BTreeSet<String>,
    pub(super) now: Now,
}

/// What holds a joined stack back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Now {
    /// Nothing: it has run or is running.
    Rests,
    /// Something temporary.
    Waits(String),
    /// Something that the user must fix.
    Blocked(String),
}

impl Now {
    /// In a word, for the drawing.
    pub(super) fn as_str(&self) -> &'static str {
        match self {
            Now::Rests => "rests",
            Now::Waits(_) => "waits",
            Now::Blocked(_) => "blocked",
        }
    }

    /// In full.
    pub(super) fn words(&self) -> String {
        match self {
            Now::Rests => "waits for nothing".to_owned(),
            Now::Waits(what) => format!("waits for {what}"),
            Now::Blocked(what) => format!("blocked by {what}"),
        }
    }
}

/// Which stacks start which in an organization.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Flow {
    pub(super) edges: BTreeMap<Ends, Kind>,
    pub(super) joined: BTreeMap<String, Joined>,
}

impl Flow {
    pub(super) fn of(overview: &Overview) -> Flow {
        // The webhooks from upstream stacks to the conductors that they wake up, and whether each is active.
        let mut wake_ups: BTreeMap<Ends, bool> = BTreeMap::new();
        for join in &overview.joins {
            wake_ups.insert(
                (join.from.clone(), view::short_name(&join.conductor)),
                false,
            );
        }
        let mut edges: BTreeMap<Ends, Kind> = BTreeMap::new();
        for trigger in &overview.triggers {
            let ends = (view::short_name(&trigger.from), trigger.to.clone());
            // Two webhooks between the same stacks are one edge, which is active if one of them is.
            if let Some(is_active) = wake_ups.get_mut(&ends) {
                *is_active |= trigger.is_active;
            } else {
                edges.entry(ends).or_default().is_active |= trigger.is_active;
            }
        }
        for join in &overview.joins {
            let wake_up = (join.from.clone(), view::short_name(&join.conductor));
            let edge = edges
                .entry((join.from.clone(), join.to.clone()))
                .or_default();
            edge.is_joined = true;
            edge.is_active |= wake_ups[&wake_up];
        }
        let mut flow = Flow {
            edges,
            joined: BTreeMap::new(),
        };
        flow.join(overview);
        flow
    }

    /// The stacks that conduct joins.
    pub(super) fn conductors(&self) -> BTreeSet<&String> {
        let joined = self.joined.values();
        joined.flat_map(|joined| &joined.conductors).collect()
    }

    fn join(&mut self, overview: &Overview) {
        let states: BTreeMap<String, StackState> = overview
            .stacks
            .iter()
            .map(|stack| (view::short_name(&stack.path), view::state(stack)))
            .collect();
        let mut joined: BTreeMap<String, Joined> = BTreeMap::new();
        for join in &overview.joins {
            let entry = joined.entry(join.to.clone()).or_insert_with(|| Joined {
                after: BTreeSet::new(),
                conductors: BTreeSet::new(),
                now: Now::Rests,
            });
            entry.after.insert(join.from.clone());
            entry.conductors.insert(view::short_name(&join.conductor));
        }
        for (stack, entry) in &mut joined {
            entry.now = self.now(stack, &entry.after, &states);
        }
        self.joined = joined;
    }

    fn now(
        &self,
        stack: &str,
        after: &BTreeSet<String>,
        states: &BTreeMap<String, StackState>,
    ) -> Now {
        if matches!(
            states.get(stack),
            Some(StackState::Running | StackState::Queued)
        ) {
            return Now::Rests;
        }
        let holds: Vec<(StackState, String)> = after
            .iter()
            .filter_map(|upstream| self.hold(upstream, states))
            .collect();
        let named = |is_sought: fn(StackState) -> bool| {
            let sought = holds.iter().filter(|(state, _)| is_sought(*state));
            let names: Vec<&str> = sought.map(|(_, words)| words.as_str()).collect();
            names.join(", ")
        };
        let failed = named(|state| state == StackState::Failed);
        let passing = named(|state| state != StackState::Failed);
        match (failed.is_empty(), passing.is_empty()) {
            (false, _) => Now::Blocked(failed),
            (true, false) => Now::Waits(passing),
            (true, true) => Now::Rests,
        }
    }

    /// What holds back the stacks that wait for another one: that stack, or the nearest one above it that is not at rest.
    fn hold(
        &self,
        stack: &str,
        states: &BTreeMap<String, StackState>,
    ) -> Option<(StackState, String)> {
        let mut seen = BTreeSet::from([stack.to_owned()]);
        let mut next = VecDeque::from([stack.to_owned()]);
        while let Some(name) = next.pop_front() {
            let state = states.get(&name).copied().unwrap_or(StackState::Idle);
            if matches!(
                state,
                StackState::Running | StackState::Queued | StackState::Failed
            ) {
                let words = if name == stack {
                    format!("{stack} ({state})")
                } else {
                    format!("{stack} ({name} is {state})")
                };
                return Some((state, words));
            }
            let above = self.edges.keys().filter(|(_, to)| *to == name);
            for (from, _) in above {
                if seen.insert(from.clone()) {
                    next.push_back(from.clone());
                }
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::stacks::StackPath;
    use crate::domain::updates::{UpdateKind, UpdateStatus};
    use crate::store::{Activity, JoinEdge, LastUpdate, Trigger};

    fn path(name: &str) -> StackPath {
        StackPath::in_organization("acme", &format!("{name}/dev")).unwrap()
    }

    /// A graph in which network starts database and cluster by webhooks, and wiring joins app.
    fn diamond(states: &[(&str, StackState)]) -> Overview {
        let names = ["network", "database", "cluster", "app", "wiring"];
        let activity = |name: &&str| {
            let state = states.iter().find(|(of, _)| of == name);
            let state = state.map_or(StackState::Succeeded, |(_, state)| *state);
            let ended = |status| LastUpdate {
                version: 1,
                kind: UpdateKind::Update,
                status,
                ended: 1,
            };
            Activity {
                path: path(name),
                resource_count: 0,
                is_updating: state == StackState::Running,
                is_deploying: false,
                n_waiting: i64::from(state == StackState::Queued),
                last_update: Some(ended(if state == StackState::Failed {
                    UpdateStatus::Failed
                } else {
                    UpdateStatus::Succeeded
                })),
                last_deployment: None,
            }
        };
        let trigger = |(from, to): (&str, &str)| Trigger {
            from: path(from),
            webhook: "w".into(),
            to: format!("{to}/dev"),
            is_active: from != "cluster",
        };
        let join = |from: &str| JoinEdge {
            conductor: path("wiring"),
            from: format!("{from}/dev"),
            to: "app/dev".into(),
        };
        let edges = [
            ("network", "database"),
            ("network", "cluster"),
            ("database", "wiring"),
            ("cluster", "wiring"),
        ];
        Overview {
            stacks: names.iter().map(activity).collect(),
            triggers: edges.map(trigger).into(),
            joins: ["cluster", "database"].map(join).into(),
            is_paused: false,
        }
    }

    #[test]
    fn edges_lead_through_joins() {
        let flow = Flow::of(&diamond(&[]));
        let shown: Vec<String> = flow
            .edges
            .iter()
            .map(|((from, to), kind)| {
                let joined = if kind.is_joined { " joined" } else { "" };
                let off = if kind.is_active { "" } else { " off" };
                format!("{from} -> {to}{joined}{off}")
            })
            .collect();
        assert_eq!(
            shown,
            [
                "cluster/dev -> app/dev joined off",
                "database/dev -> app/dev joined",
                "network/dev -> cluster/dev",
                "network/dev -> database/dev",
            ]
        );
        assert_eq!(
            flow.conductors(),
            BTreeSet::from([&"wiring/dev".to_owned()])
        );
    }

    #[test]
    fn a_join_says_what_holds_it_back() {
        use StackState::{Failed, Queued, Running};
        let check = |states: &[(&str, StackState)], expected: &str| {
            let flow = Flow::of(&diamond(states));
            assert_eq!(flow.joined["app/dev"].now.words(), expected, "{states:?}");
        };
        check(&[], "waits for nothing");
        check(&[("cluster", Running)], "waits for cluster/dev (running)");
        check(
            &[("network", Running)],
            "waits for cluster/dev (network/dev is running), database/dev (network/dev is running)",
        );
        check(
            &[("cluster", Failed), ("database", Queued)],
            "blocked by cluster/dev (failed)",
        );
        check(
            &[("cluster", Running), ("app", Running)],
            "waits for nothing",
        );
    }
}
