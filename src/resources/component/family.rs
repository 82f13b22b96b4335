//! The children of a component, as they are registered with the engine.
//!
//! # What this may not do
//!
//! Know what a child is for, beyond its inputs and the options that reach it.

use super::child::Child;
use super::reach::Reaching;
use crate::engine::error::EngineError;
use crate::engine::monitor::{ChildRegistration, Former, Monitor, Registered};
use crate::resources::error::ResourceError;
use crate::resources::tokens;
use std::collections::{BTreeMap, BTreeSet};
use tokio::task::JoinSet;

/// How many registrations wait for the engine at a time: more than it runs at once, which is four for each core, and few
/// enough for their messages, of 20 KB each, to take little memory in a graph of thousands of webhooks.
const MAX_WAITING: usize = 128;

/// The children of a component that is registered.
pub(super) struct Family<'a> {
    /// The component's URN.
    pub(super) parent: &'a str,
    /// The options that each of them gets.
    pub(super) reaching: Reaching,
    /// What is registered.
    pub(super) children: &'a [Child],
    /// What each child may be called in an older state.
    pub(super) former: Vec<Vec<&'a Former>>,
}

impl Family<'_> {
    /// Registers all of them; those first that are `doubtful`, so nothing is made if one of them is refused. Answers in
    /// their order; `None` if the engine wants to know no more of the component.
    pub(super) async fn register(
        &self,
        monitor: &Monitor,
        doubtful: &BTreeSet<usize>,
    ) -> Result<Option<Vec<Registered>>, ResourceError> {
        let others = (0..self.children.len()).filter(|place| !doubtful.contains(place));
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

    /// Registers these side by side: the engine decides what runs when.
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
        let child = &self.children[place];
        let mut registration = ChildRegistration {
            token: child.token,
            name: child.name.clone(),
            parent: self.parent.to_owned(),
            inputs: child
                .inputs
                .iter()
                .map(|(name, input)| ((*name).to_owned(), input.value.clone()))
                .collect(),
            dependencies: child
                .inputs
                .iter()
                .map(|(name, input)| ((*name).to_owned(), input.dependencies.clone()))
                .collect(),
            former: self.former[place].iter().copied().cloned().collect(),
            ignore_changes: child
                .ignored
                .iter()
                .map(|name| (*name).to_owned())
                .collect(),
            replace_on_changes: Vec::new(),
        };
        if child.token == tokens::WEBHOOK {
            // The options name properties of webhooks.
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

/// What the next task that ends has to say; `None` if there is none.
async fn next<T: 'static>(tasks: &mut JoinSet<T>) -> Option<T> {
    let joined = tasks.join_next().await?;
    Some(joined.expect("a registration does not panic, and nobody aborts it"))
}
