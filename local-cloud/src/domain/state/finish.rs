//! Completes the resources of a state that was made from a journal, before it is written.

use super::document::PendingOperation;
use super::raw::Object;
use super::urns::{Urn, change_urns};
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

/// The feature of a state with strings that are not UTF-8. Within secrets they cannot be detected.
pub(super) const BYTE_STRING: &str = "byteString";

/// Removes references to resources that a refresh has found to be missing, as the CLI does when it writes a state.
pub(super) fn drop_dangling(resources: &mut [Object]) {
    // A resource comes after everything that it refers to.
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

/// The features that a reader of the state must support, sorted.
pub(super) fn features(
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

/// Replaces the old URNs of renamed resources by the new ones, and removes the old names.
pub(super) fn resolve_aliases(resources: &mut [Object], members: &mut Object) {
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

/// The URN of a child after its parent got the URN `parent`.
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
