//! What a join remembers in its outputs.
//!
//! # What this may not do
//!
//! Decide what follows from it.

use super::inputs::{StartOn, Wanted};
use crate::cascade::{self, Decision, Version, World};
use crate::cloud::Update;
use crate::domain::StackRef;
use crate::property::{Map, Value};
use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet};

/// The output that says for which versions the stack was last started.
pub const AFTER: &str = "after";

/// The output with the ID of that deployment.
pub const DEPLOYMENT: &str = "deployment";

/// What a join remembers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Memory {
    /// For each upstream stack, the update for which the stack was last started.
    pub after: BTreeMap<StackRef, Handled>,
    /// The last deployment that the join started, or that it found had started the stack.
    pub deployment: Option<String>,
}

/// An update of an upstream stack.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Handled {
    /// The version that the update gave the stack.
    pub version: Version,
    /// When it ended.
    pub ended: Option<Timestamp>,
}

impl Memory {
    /// Parses what these outputs remember about stacks of an organization. Unreadable values, as in a preview, are skipped.
    pub fn read(organization: &str, outputs: &Map) -> Memory {
        let after = match outputs.get(AFTER).map(Value::unmarked) {
            Some(Value::Object(after)) => after,
            _ => Map::new(),
        };
        let after = after.iter().filter_map(|(stack, handled)| {
            let stack = StackRef::parse_in(organization, stack).ok()?;
            Some((stack, Handled::read(handled)?))
        });
        Memory {
            after: after.collect(),
            deployment: outputs.get(DEPLOYMENT).and_then(text),
        }
    }

    /// The memory of a join that treats the newest versions of these upstream stacks as handled.
    pub fn of_now(world: &World, decision: &Decision, upstream: &BTreeSet<StackRef>) -> Memory {
        let handled = |stack: &StackRef| {
            let good = decision.answer(stack)?.good?;
            Some((stack.clone(), Handled::of(world, stack, good)))
        };
        Memory {
            after: upstream.iter().filter_map(handled).collect(),
            deployment: None,
        }
    }

    /// The memory after a change of the upstream stacks: new stacks start with their baseline, removed ones are forgotten.
    #[must_use]
    pub fn moved(
        self,
        baseline: Memory,
        before: &BTreeSet<StackRef>,
        now: &BTreeSet<StackRef>,
    ) -> Memory {
        let new = baseline.after.into_iter();
        let new = new.filter(|(stack, _)| !before.contains(stack));
        let mut after = self.after;
        after.extend(new);
        after.retain(|stack, _| now.contains(stack));
        Memory { after, ..self }
    }

    /// A join with this memory in the terms of the decision. No outputs are compared yet.
    pub fn join(&self, wanted: &Wanted) -> cascade::Join {
        let handled = self.after.iter();
        cascade::Join {
            handled: handled
                .map(|(stack, handled)| (stack.clone(), handled.version.clone()))
                .collect(),
            deployment: self.deployment.clone(),
            compares_outputs: wanted.start_on == StartOn::Outputs,
            outputs: BTreeMap::new(),
            grace: wanted.grace,
        }
    }

    /// The outputs of a join with these inputs and this memory.
    pub fn outputs(&self, inputs: &Map, is_secret: bool) -> Map {
        let after: Map = self
            .after
            .iter()
            .map(|(stack, handled)| (stack.short(), handled.to_value()))
            .collect();
        let after = Value::from(after);
        let mut outputs = inputs.clone();
        outputs.insert(
            AFTER.to_owned(),
            if is_secret {
                after.into_secret()
            } else {
                after
            },
        );
        let deployment = self.deployment.as_deref();
        outputs.insert(
            DEPLOYMENT.to_owned(),
            deployment.map_or(Value::Null, Value::from),
        );
        outputs
    }
}

impl Handled {
    fn of(world: &World, stack: &StackRef, good: Update) -> Handled {
        let observed = world.stacks.get(stack).and_then(cascade::Observed::found);
        Handled {
            version: Version {
                id: observed.and_then(|found| found.id.clone()),
                number: good.version,
            },
            ended: good.ended,
        }
    }

    fn read(value: &Value) -> Option<Handled> {
        let Value::Object(members) = value else {
            return None;
        };
        let number = members.get("version")?.digits()?.parse().ok()?;
        Some(Handled {
            version: Version {
                id: members.get("stackId").and_then(text),
                number,
            },
            ended: members
                .get("ended")
                .and_then(text)
                .and_then(|ended| ended.parse().ok()),
        })
    }

    #[expect(
        clippy::cast_precision_loss,
        reason = "versions count updates, and nobody makes so many"
    )]
    fn to_value(&self) -> Value {
        let mut members = Map::from([(
            "version".to_owned(),
            Value::Number(self.version.number as f64),
        )]);
        let ended = self.ended.map(|ended| ended.to_string());
        for (name, text) in [("stackId", self.version.id.clone()), ("ended", ended)] {
            members.extend(text.map(|text| (name.to_owned(), text.into())));
        }
        members.into()
    }
}

fn text(value: &Value) -> Option<String> {
    match value.unmarked() {
        Value::String(text) => Some(text),
        _ => None,
    }
}
