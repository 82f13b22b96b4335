//! Builds a state from a base and the entries of a journal.
//!
//! Entries refer to the resources of the base by their index, and to new ones by the operation that made them.

use super::document::{PendingOperation, Snapshot, State, deployment};
use super::finish::{BYTE_STRING, drop_dangling, features, resolve_aliases};
use super::integrity::flaw;
use super::journal::{Entry, EntryKind, NewPatch, Resource};
use super::migration::{Migrated, migrate};
use super::provider::SERVICE;
use super::raw::{Object, Raw};
use crate::domain::stacks::StackPath;
use jiff::Timestamp;
use serde_json::json;
use sha2::{Digest as _, Sha256};
use std::collections::{BTreeMap, HashMap, HashSet};

/// What a new state says about its origin.
#[derive(Clone, Debug)]
pub(crate) struct Origin {
    pub(crate) now: Timestamp,
    /// The version of the CLI that wrote the journal; if absent, the base's manifest stays.
    pub(crate) cli: Option<String>,
    /// The stack, and the address of the cloud, which is the secrets provider if none is named.
    pub(crate) path: StackPath,
    pub(crate) url: String,
}

/// The result of a journal.
#[derive(Clone, Debug)]
pub(crate) struct Replayed {
    /// The state after all entries, or after those before the one that cannot be applied.
    pub(crate) state: State,
    pub(crate) misfit: Option<Misfit>,
}

/// An entry that cannot be applied to the ones before it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("entry {sequence_id} of the journal cannot be applied: {reason}")]
pub(crate) struct Misfit {
    sequence_id: i64,
    reason: String,
}

/// Replays `entries`, ordered by their sequence, on `base`. Entries about missing resources are ignored; an invalid state
/// migration ends the replay.
pub(crate) fn replay(base: State, entries: Vec<Entry>, origin: &Origin) -> Replayed {
    let mut replay = Replay::new(base);
    let misfit = entries.into_iter().find_map(|entry| {
        let sequence_id = entry.sequence_id;
        let added = replay.add(entry, origin);
        added.err().map(|reason| Misfit {
            sequence_id,
            reason,
        })
    });
    let mut state = replay.generate(origin);
    if state.deployment.members.raw("secrets_providers").is_none() {
        // Without a secrets provider, the secrets in the state could not be read.
        let StackPath {
            organization,
            project,
            stack,
        } = &origin.path;
        let provider =
            json!({ "url": origin.url, "owner": organization, "project": project, "stack": stack });
        let provider = json!({ "type": SERVICE, "state": provider });
        state.deployment.members.set("secrets_providers", &provider);
    }
    Replayed { state, misfit }
}

#[derive(Clone, Debug, Default)]
struct Replay {
    base: Snapshot,
    new: Vec<Object>,
    /// The index of an operation's resource in `new`.
    places: HashMap<i64, usize>,
    /// Operations whose new resource was removed again.
    dropped: HashSet<i64>,
    // Changes of the base's resources, by their index.
    gone: HashSet<i64>,
    to_delete: HashSet<i64>,
    to_replace: HashSet<i64>,
    swapped: HashMap<i64, Object>,
    /// Operations that have begun and not ended.
    begun: BTreeMap<i64, Option<PendingOperation>>,
    extensions: BTreeMap<String, Raw>,
    is_refreshed: bool,
    has_byte_strings: bool,
}

impl Replay {
    fn new(base: State) -> Replay {
        Replay {
            has_byte_strings: base.features.iter().any(|feature| feature == BYTE_STRING),
            base: base.deployment,
            ..Replay::default()
        }
    }

    /// Adds an entry. An invalid one changes no resource; the error is the reason, as the end of a sentence.
    fn add(&mut self, entry: Entry, origin: &Origin) -> Result<(), String> {
        self.has_byte_strings |= entry.requires_byte_string;
        match entry.kind {
            EntryKind::Begin => {
                self.begun.insert(entry.operation_id, entry.operation);
            }
            EntryKind::Success => self.succeed(entry),
            EntryKind::Failure => {
                self.begun.remove(&entry.operation_id);
            }
            EntryKind::RefreshSuccess => self.refresh(entry),
            EntryKind::Outputs => {
                if let Some(Resource(state)) = entry.state {
                    self.overwrite(entry.remove_old, entry.remove_new, state);
                }
            }
            EntryKind::Write => {
                let snapshot = entry.new_snapshot.unwrap_or_default();
                self.base = deployment(snapshot).unwrap_or_default();
            }
            EntryKind::SecretsManager => self.put("secrets_providers", entry.secrets_provider),
            EntryKind::Snippets => self.put("snippets", entry.snippets),
            EntryKind::RebuiltBaseState => self.rebuild(origin),
            EntryKind::ExtensionParameterize => {
                if let (Some(name), Some(extension)) = (entry.extension_ref, entry.extension) {
                    self.extensions.insert(name, extension);
                }
            }
            EntryKind::StateMigration => self.migrate(&entry, origin)?,
        }
        Ok(())
    }

    fn succeed(&mut self, entry: Entry) {
        self.begun.remove(&entry.operation_id);
        if let Some(Resource(state)) = entry.state {
            self.places.insert(entry.operation_id, self.new.len());
            self.new.push(state);
        }
        self.gone.extend(entry.remove_old);
        self.dropped.extend(entry.remove_new);
        self.to_delete.extend(entry.delete_old);
        self.to_replace.extend(entry.pending_replacement_old);
        self.mark(entry.delete_new, "delete");
        self.mark(entry.pending_replacement_new, "pendingReplacement");
        self.is_refreshed |= entry.is_refresh;
    }

    fn refresh(&mut self, entry: Entry) {
        self.begun.remove(&entry.operation_id);
        self.is_refreshed = true;
        if let Some(Resource(state)) = entry.state {
            self.overwrite(entry.remove_old, entry.remove_new, state);
        } else {
            self.gone.extend(entry.remove_old);
            self.dropped.extend(entry.remove_new);
        }
    }

    fn overwrite(&mut self, old: Option<i64>, new: Option<i64>, state: Object) {
        let place = new.and_then(|operation| self.places.get(&operation));
        if let Some(place) = place {
            self.new[*place] = state.clone();
        }
        if let Some(old) = old {
            self.swapped.insert(old, state);
        }
    }

    fn mark(&mut self, operation: Option<i64>, name: &str) {
        let place = operation.and_then(|operation| self.places.get(&operation));
        if let Some(place) = place {
            self.new[*place].set(name, &true);
        }
    }

    fn put(&mut self, name: &str, value: Option<Raw>) {
        self.base.members.take(name);
        self.base.members.put(name, value);
    }

    /// Makes the current result the base of the entries to come.
    fn rebuild(&mut self, origin: &Origin) {
        let before = std::mem::take(self);
        *self = Replay {
            is_refreshed: before.is_refreshed,
            has_byte_strings: before.has_byte_strings,
            ..Replay::default()
        };
        self.base = before.generate(origin).deployment;
    }

    /// Migrates the base. What is recorded about its resources by index moves to their new indices.
    fn migrate(&mut self, entry: &Entry, origin: &Origin) -> Result<(), String> {
        if !self.base.pending_operations.is_empty() || self.begun.values().any(Option::is_some) {
            return Err("operations are pending during the migration".to_owned());
        }
        let knows_extension = |name: &str| {
            let of_base = self
                .base
                .members
                .read::<BTreeMap<String, Raw>>("extensions");
            self.extensions.contains_key(name)
                || of_base.is_some_and(|of_base| of_base.contains_key(name))
        };
        let migrated = migrate(entry, &self.base.resources, knows_extension)?;
        let mut after = self.clone();
        after.patch_new(entry.new_state_patches.as_deref().unwrap_or_default())?;
        after.move_to(migrated);
        if let Some(flaw) = flaw(&after.clone().generate(origin).deployment.resources) {
            return Err(format!("after the migration, {flaw}"));
        }
        *self = after;
        Ok(())
    }

    /// Replaces resources that operations of this update have made.
    fn patch_new(&mut self, patches: &[NewPatch]) -> Result<(), String> {
        let mut seen = HashSet::new();
        for NewPatch {
            operation_id: operation,
            state,
        } in patches
        {
            let place = self
                .places
                .get(operation)
                .filter(|_| !self.dropped.contains(operation));
            let Some(place) = place else {
                return Err(format!(
                    "`newStatePatches` has operation {operation}, which has made no resource"
                ));
            };
            if !seen.insert(operation) {
                return Err(format!("`newStatePatches` has operation {operation} twice"));
            }
            self.new[*place] = state.0.clone();
        }
        Ok(())
    }

    fn move_to(&mut self, migrated: Migrated) {
        let Migrated {
            resources,
            moved,
            patched,
        } = migrated;
        self.base.resources = resources;
        for places in [&mut self.gone, &mut self.to_delete, &mut self.to_replace] {
            *places = places
                .iter()
                .filter_map(|old| moved.get(old).copied())
                .collect();
        }
        let swapped = std::mem::take(&mut self.swapped).into_iter();
        // A patch already contains what was swapped before.
        let swapped = swapped.filter(|(old, _)| !patched.contains(old));
        self.swapped = swapped
            .filter_map(|(old, state)| Some((*moved.get(&old)?, state)))
            .collect();
    }

    fn generate(self, origin: &Origin) -> State {
        let has_byte_strings = self.has_byte_strings;
        let is_refreshed = self.is_refreshed;
        let mut members = self.members(origin);
        let (mut resources, pending_operations) = self.resources();
        if is_refreshed {
            drop_dangling(&mut resources);
        }
        let features = features(&resources, &pending_operations, &members, has_byte_strings);
        resolve_aliases(&mut resources, &mut members);
        State {
            version: if features.is_empty() { 3 } else { 4 },
            features: features.into_iter().map(str::to_owned).collect(),
            deployment: Snapshot {
                members,
                resources,
                pending_operations,
            },
        }
    }

    fn members(&self, origin: &Origin) -> Object {
        let mut members = Object::default();
        for name in ["manifest", "secrets_providers", "metadata", "snippets"] {
            members.put(name, self.base.members.raw(name).map(ToOwned::to_owned));
        }
        if members.raw("metadata").is_none() {
            members.set("metadata", &json!({}));
        }
        if let Some(cli) = &origin.cli {
            // The CLI rejects a state whose magic is not the digest of its version.
            let magic = hex::encode(Sha256::digest(cli));
            let manifest = json!({ "time": origin.now, "magic": magic, "version": cli });
            members.set("manifest", &manifest);
        }
        let mut extensions = self.extensions.clone();
        let old = self
            .base
            .members
            .read::<BTreeMap<String, Raw>>("extensions");
        extensions.extend(old.unwrap_or_default());
        if !extensions.is_empty() {
            members.set("extensions", &extensions);
        }
        members
    }

    /// The resources in order: new ones, then the remaining ones of the base.
    fn resources(self) -> (Vec<Object>, Vec<PendingOperation>) {
        let dropped: HashSet<_> = self
            .dropped
            .iter()
            .filter_map(|operation| self.places.get(operation))
            .collect();
        let new = self.new.into_iter().enumerate();
        let new = new.filter(|(place, _)| !dropped.contains(place));
        let mut resources: Vec<_> = new.map(|(_, resource)| resource).collect();
        let mut swapped = self.swapped;
        for (place, mut resource) in (0..).zip(self.base.resources) {
            if self.gone.contains(&place) {
                continue;
            }
            if let Some(replacement) = swapped.remove(&place) {
                resources.push(replacement);
                continue;
            }
            if self.to_delete.contains(&place) {
                resource.set("delete", &true);
            }
            if self.to_replace.contains(&place) {
                resource.set("pendingReplacement", &true);
            }
            resources.push(resource);
        }
        // Only a user can say what happened to a resource whose creation has no recorded end.
        let old = self.base.pending_operations.into_iter();
        let old = old.filter(|operation| operation.kind == "creating");
        let pending = self.begun.into_values().flatten().chain(old).collect();
        (resources, pending)
    }
}

#[cfg(test)]
#[path = "replay_tests.rs"]
mod tests;
