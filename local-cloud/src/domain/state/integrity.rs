//! The invariants of a list of resources, however it was made.
//!
//! The rules are those of `VerifyIntegrity` in `pkg/resource/stack/snapshot/integrity.go` of the CLI 3.276, which rejects a
//! state that violates them.

use super::raw::Object;
use super::urns::Urn;
use std::collections::{BTreeMap, HashMap, HashSet};

/// The prefix of the types of providers.
const PROVIDER: &str = "pulumi:providers:";

/// The first problem with the resources, as a sentence.
pub(super) fn flaw(resources: &[Object]) -> Option<String> {
    let mut seen = HashSet::new();
    let mut providers = HashSet::new();
    let mut alive: HashMap<String, usize> = HashMap::new();
    for resource in resources {
        let urn = resource.text("urn").unwrap_or_default();
        let id = resource.text("id");
        if id.is_some() && !resource.is_true("custom") {
            return Some(format!("the component `{urn}` has an id"));
        }
        if Urn::parse(&urn).is_some_and(|urn| urn.own_type().starts_with(PROVIDER)) {
            providers.insert(format!("{urn}::{}", id.unwrap_or_default()));
        }
        let provider = resource.text("provider");
        let is_known = |provider: &String| providers.contains(provider);
        if provider.is_some_and(|provider| !is_known(&provider))
            && !resource.is_true("pendingReplacement")
        {
            return Some(format!("the provider of `{urn}` does not stand before it"));
        }
        if let Some(other) = needed(resource).find(|other| !seen.contains(other)) {
            return Some(format!(
                "`{urn}` refers to `{other}`, which does not stand before it"
            ));
        }
        *alive.entry(urn.clone()).or_default() += usize::from(!resource.is_true("delete"));
        seen.insert(urn);
    }
    let double = alive.into_iter().find(|(_, n)| *n > 1)?;
    Some(format!("`{}` is there twice", double.0))
}

/// The URNs that must precede the resource.
fn needed(resource: &Object) -> impl Iterator<Item = String> {
    let list = resource.read::<Vec<String>>("dependencies");
    let by_property =
        resource.read::<BTreeMap<String, Option<Vec<String>>>>("propertyDependencies");
    let by_property = by_property
        .unwrap_or_default()
        .into_values()
        .flatten()
        .flatten();
    let single = ["parent", "deletedWith"].map(|name| resource.text(name));
    let single = single.into_iter().flatten();
    single.chain(list.unwrap_or_default()).chain(by_property)
}
