//! The state that a base and the entries of a journal make.
//!
//! Entries speak of the resources of the base by their place in it, and of new ones by the operation that made them.

use super::document::{PendingOperation, SERVICE, Snapshot, State, deployment};
use super::journal::{Entry, EntryKind};
use super::raw::{Object, Raw};
use super::urns::{Urn, change_urns};
use crate::domain::stacks::StackPath;
use jiff::Timestamp;
use serde_json::json;
use sha2::{Digest as _, Sha256};
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

/// The feature that a state has if strings of it are not UTF-8. Inside of secrets this cannot be seen.
const BYTE_STRING: &str = "byteString";

/// What a new state says about where it comes from.
#[derive(Clone, Debug)]
pub(crate) struct Origin {
    pub(crate) now: Timestamp,
    /// The version of the CLI that wrote the journal; without one, the base's manifest stays.
    pub(crate) cli: Option<String>,
    /// The stack, and where the cloud is: its secrets provider, if nobody has told another.
    pub(crate) path: StackPath,
    pub(crate) url: String,
}

/// Replays `entries`, in the order of their sequence, on `base`. What an entry says about a resource that is not there
/// is passed over.
pub(crate) fn replay(base: State, entries: Vec<Entry>, origin: &Origin) -> State {
    let mut replay = Replay::new(base);
    for entry in entries {
        replay.add(entry, origin);
    }
    let mut state = replay.generate(origin);
    if state.deployment.members.raw("secrets_providers").is_none() {
        // Without one, nobody could read the secrets in the state.
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
    state
}

#[derive(Debug, Default)]
struct Replay {
    base: Snapshot,
    new: Vec<Object>,
    /// The place of an operation's resource in `new`.
    places: HashMap<i64, usize>,
    /// Operations whose new resource is gone again.
    dropped: HashSet<i64>,
    // What happened to the resources of the base, by their place.
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

    fn add(&mut self, entry: Entry, origin: &Origin) {
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
                if let Some(state) = entry.state {
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
        }
    }

    fn succeed(&mut self, entry: Entry) {
        self.begun.remove(&entry.operation_id);
        if let Some(state) = entry.state {
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
        if let Some(state) = entry.state {
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

    /// What there is so far becomes the base of what follows.
    fn rebuild(&mut self, origin: &Origin) {
        let before = std::mem::take(self);
        *self = Replay {
            is_refreshed: before.is_refreshed,
            has_byte_strings: before.has_byte_strings,
            ..Replay::default()
        };
        self.base = before.generate(origin).deployment;
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
            // The CLI refuses a state whose magic is not the digest of its version.
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

    /// The resources in order: the new ones, then those of the base that are left.
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
        // Nobody but a person can say what became of a resource whose creation was not seen to end.
        let old = self.base.pending_operations.into_iter();
        let old = old.filter(|operation| operation.kind == "creating");
        let pending = self.begun.into_values().flatten().chain(old).collect();
        (resources, pending)
    }
}

/// Takes out what refers to resources that a refresh has found to be gone, as the CLI does when it writes a state.
fn drop_dangling(resources: &mut [Object]) {
    // Whatever a resource refers to stands before it.
    let mut seen = HashSet::new();
    for resource in resources {
        for name in ["dependencies", "replaceWith"] {
            if let Some(mut urns) = resource.read::<Vec<String>>(name) {
                urns.retain(|urn| seen.contains(urn));
                resource.set_or_take(name, &urns, urns.is_empty());
            }
        }
        let by_property =
            resource.read::<BTreeMap<String, Option<Vec<String>>>>("propertyDependencies");
        if let Some(mut by_property) = by_property {
            for urns in by_property.values_mut().flatten() {
                urns.retain(|urn| seen.contains(urn));
            }
            by_property.retain(|_, urns| urns.as_ref().is_some_and(|urns| !urns.is_empty()));
            resource.set_or_take("propertyDependencies", &by_property, by_property.is_empty());
        }
        for name in ["deletedWith", "parent"] {
            if resource.text(name).is_some_and(|urn| !seen.contains(&urn)) {
                resource.take(name);
            }
        }
        seen.extend(resource.text("urn"));
    }
}

/// The features that a reader of the state must know, in order.
fn features(
    resources: &[Object],
    pending: &[PendingOperation],
    members: &Object,
    has_byte_strings: bool,
) -> BTreeSet<&'static str> {
    let mut features = BTreeSet::new();
    let pending = pending.iter().map(|operation| &operation.resource);
    for resource in resources.iter().chain(pending) {
        let found = [
            (
                resource.is_true("refreshBeforeUpdate"),
                "refreshBeforeUpdate",
            ),
            (resource.text("viewOf").is_some(), "views"),
            (resource.has_items("resourceHooks"), "hooks"),
            (resource.is_true("taint"), "taint"),
            (resource.has_items("replaceWith"), "replaceWith"),
            (
                resource.text("extensionRef").is_some(),
                "extensionParameterization",
            ),
            (resource.text("snippetID").is_some(), "snippets-prototype"),
            (has_byte_strings, BYTE_STRING),
        ];
        features.extend(
            found
                .into_iter()
                .filter_map(|(has, name)| has.then_some(name)),
        );
    }
    if members.has_items("snippets") {
        features.insert("snippets-prototype");
    }
    features
}

/// Gives every resource that was renamed its new URN wherever the old one is still named, and forgets the old names.
fn resolve_aliases(resources: &mut [Object], members: &mut Object) {
    let mut renamed: HashMap<String, String> = HashMap::new();
    for resource in resources.iter() {
        let urn = resource.text("urn").unwrap_or_default();
        for alias in resource.read::<Vec<String>>("aliases").unwrap_or_default() {
            renamed.insert(alias, urn.clone());
        }
        let parent = resource.text("parent");
        let parent = parent.and_then(|parent| renamed.get(&parent).cloned());
        // The type of the parent is part of the child's URN.
        if let Some(new) = parent.and_then(|parent| below(&urn, &parent)) {
            renamed.insert(urn, new);
        }
    }
    if renamed.is_empty() {
        return;
    }
    for resource in resources {
        resource.take("aliases");
        change_urns(resource, &|urn| renamed.get(urn).cloned());
    }
    let Some(mut snippets) = members.read::<Vec<Object>>("snippets") else {
        return;
    };
    for snippet in &mut snippets {
        if let Some(mut references) = snippet.read::<BTreeMap<String, String>>("references") {
            for urn in references.values_mut() {
                if let Some(new) = renamed.get(urn) {
                    urn.clone_from(new);
                }
            }
            snippet.set("references", &references);
        }
    }
    members.set("snippets", &snippets);
}

/// The URN of a child whose parent has the URN `parent` now.
fn below(child: &str, parent: &str) -> Option<String> {
    let (child, parent) = (Urn::parse(child)?, Urn::parse(parent)?);
    if parent.is_root() {
        return None;
    }
    let qualified_type = format!("{}${}", parent.qualified_type, child.own_type());
    Some(
        Urn {
            qualified_type: &qualified_type,
            ..child
        }
        .to_text(),
    )
}

#[cfg(test)]
#[path = "replay_tests.rs"]
mod tests;
