//! URNs, `urn:pulumi:<stack>::<project>::<type of parents$type>::<name>`, and where resources contain them.

use super::raw::Object;
use std::collections::BTreeMap;

/// The type of the resource that stands for the stack.
pub(crate) const ROOT: &str = "pulumi:pulumi:Stack";

const PREFIX: &str = "urn:pulumi:";

/// The parts of a URN.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Urn<'a> {
    pub(super) stack: &'a str,
    pub(super) project: &'a str,
    /// Including the types of its parents.
    pub(super) qualified_type: &'a str,
    pub(super) name: &'a str,
}

impl<'a> Urn<'a> {
    /// The parts of `text`, if it is a URN. A name may contain anything, including `::`.
    pub(super) fn parse(text: &'a str) -> Option<Urn<'a>> {
        let mut parts = text.strip_prefix(PREFIX)?.splitn(4, "::");
        Some(Urn {
            stack: parts.next()?,
            project: parts.next()?,
            qualified_type: parts.next()?,
            name: parts.next()?,
        })
    }

    /// Whether it is the URN of the stack itself.
    pub(super) fn is_root(&self) -> bool {
        self.qualified_type == ROOT
    }

    /// Its type without those of its parents.
    pub(super) fn own_type(&self) -> &'a str {
        self.qualified_type
            .rsplit_once('$')
            .map_or(self.qualified_type, |(_, own)| own)
    }

    /// The URN as text.
    pub(super) fn to_text(self) -> String {
        let Urn {
            stack,
            project,
            qualified_type,
            name,
        } = self;
        format!("{PREFIX}{stack}::{project}::{qualified_type}::{name}")
    }
}

/// Replaces every URN in the resource, except in its inputs and outputs, by the result of `change`, if there is one.
pub(super) fn change_urns(resource: &mut Object, change: &dyn Fn(&str) -> Option<String>) {
    for name in ["urn", "parent", "deletedWith", "viewOf"] {
        if let Some(new) = resource.text(name).and_then(|urn| change(&urn)) {
            resource.set(name, &new);
        }
    }
    for name in ["dependencies", "replaceWith", "aliases"] {
        if let Some(mut urns) = resource.read::<Vec<String>>(name)
            && change_all(&mut urns, change)
        {
            resource.set(name, &urns);
        }
    }
    let by_property =
        resource.read::<BTreeMap<String, Option<Vec<String>>>>("propertyDependencies");
    if let Some(mut by_property) = by_property {
        let mut is_changed = false;
        for urns in by_property.values_mut().flatten() {
            is_changed |= change_all(urns, change);
        }
        if is_changed {
            resource.set("propertyDependencies", &by_property);
        }
    }
    let provider = resource.text("provider");
    let split = provider.as_deref().and_then(|text| text.rsplit_once("::"));
    if let Some((urn, id)) = split
        && let Some(new) = change(urn)
    {
        resource.set("provider", &format!("{new}::{id}"));
    }
}

fn change_all(urns: &mut [String], change: &dyn Fn(&str) -> Option<String>) -> bool {
    let mut is_changed = false;
    for urn in urns {
        if let Some(new) = change(urn) {
            *urn = new;
            is_changed = true;
        }
    }
    is_changed
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn taken_apart_and_put_together() {
        let text = "urn:pulumi:dev::web::my:index:Group$aws:s3/bucket:Bucket::a::b";
        let urn = Urn::parse(text).unwrap();
        assert_eq!(urn.own_type(), "aws:s3/bucket:Bucket");
        assert_eq!(urn.name, "a::b");
        assert_eq!(urn.to_text(), text);
        for text in ["", "urn:pulumi:dev::web", "urn:other:dev::web::t::n"] {
            assert_eq!(Urn::parse(text), None, "{text}");
        }
    }
}
