//! Registers the children of a component with the engine.
//!
//! # What this may not do
//!
//! Know what a child is for, apart from its inputs and options.

use super::child::Child;
use super::children::Children;
use super::reach::Reaching;
use crate::engine::error::EngineError;
use crate::engine::monitor::{ChildRegistration, Monitor, Registered};
use crate::property::Map;
use crate::resources::error::ResourceError;
use crate::resources::tokens;
use std::collections::{BTreeMap, BTreeSet};
use tokio::task::JoinSet;

/// How many registrations wait for the engine at the same time: more than it runs at once, which is four per core, and few
/// enough that their messages, of 20 KB each, take little memory in a graph with thousands of webhooks.
const MAX_WAITING: usize = 128;

/// The children of a registered component.
pub(super) struct Family<'a> {
    /// The component's URN.
    pub(super) parent: &'a str,
    /// The options for each of them.
    pub(super) reaching: Reaching,
    /// The children to register.
    pub(super) children: &'a dyn Children,
    /// Called with each child before it is registered.
    pub(super) prepare: &'a (dyn Fn(&mut Child) + Sync),
}

impl Family<'_> {
    /// Registers all of them, `doubtful` ones first, so nothing is created if one of those is refused. Returns the results
    /// in order; `None` if the engine has stopped processing the component.
    pub(super) async fn register(
        &self,
        monitor: &Monitor,
        doubtful: &BTreeSet<usize>,
    ) -> Result<Option<Vec<Registered>>, ResourceError> {
        let others = (0..self.children.count()).filter(|place| !doubtful.contains(place));
        let mut all = BTreeMap::new();
        for places in [doubtful.clone(), others.collect()] {
            let registered = match self.register_some(monitor, places).await {
                Ok(registered) => registered,
                Err(ResourceError::Engine(EngineError::Ended { .. })) => return Ok(None),
                Err(error) => return Err(error),
            };
            let is_refused =
                |(place, child): (&usize, &Registered)| child.failed && doubtful.contains(place);
            if registered.iter().any(is_refused) {
                return Ok(None);
            }
            all.extend(registered);
        }
        Ok(Some(all.into_values().collect()))
    }

    /// Registers these in parallel: the engine decides what runs when.
    async fn register_some(
        &self,
        monitor: &Monitor,
        places: BTreeSet<usize>,
    ) -> Result<BTreeMap<usize, Registered>, ResourceError> {
        let mut tasks = JoinSet::new();
        let mut registered = BTreeMap::new();
        for place in places {
            if tasks.len() >= MAX_WAITING {
                let (place, answer) = next(&mut tasks).await.expect("some are waiting");
                registered.insert(place, answer?);
            }
            let registration = self.registration(place);
            let monitor = monitor.clone();
            tasks.spawn(async move { (place, monitor.register_child(registration).await) });
        }
        while let Some((place, answer)) = next(&mut tasks).await {
            registered.insert(place, answer?);
        }
        Ok(registered)
    }

    fn registration(&self, place: usize) -> ChildRegistration {
        let mut child = self.children.child(place);
        (self.prepare)(&mut child);
        let Child {
            token,
            name,
            former,
            inputs,
            ignored,
        } = child;
        let (mut values, mut dependencies) = (Map::new(), BTreeMap::new());
        for (name, input) in inputs {
            values.insert(name.to_owned(), input.value);
            dependencies.insert(name.to_owned(), input.dependencies);
        }
        let mut registration = ChildRegistration {
            token,
            name,
            parent: self.parent.to_owned(),
            inputs: values,
            dependencies,
            former,
            ignore_changes: ignored.into_iter().map(str::to_owned).collect(),
            replace_on_changes: Vec::new(),
        };
        if token == tokens::WEBHOOK {
            // The options name properties of webhooks, which other children do not have.
            let Reaching {
                ignore_changes,
                replace_on_changes,
            } = self.reaching.clone();
            registration.ignore_changes.extend(ignore_changes);
            registration.replace_on_changes = replace_on_changes;
        }
        registration
    }
}

/// The result of the next task that ends; `None` if there is no task left.
async fn next<T: 'static>(tasks: &mut JoinSet<T>) -> Option<T> {
    let joined = tasks.join_next().await?;
    Some(joined.expect("a registration neither panics nor is aborted"))
}
