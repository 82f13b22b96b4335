//! Which options of a component are passed to its webhooks.
//!
//! The engine itself applies some options to children, such as `protect`. It applies lists of properties only to the
//! component itself, so they are passed on if a webhook has a property with the same name and meaning.
//!
//! # What this may not do
//!
//! Know how a webhook is registered.

use super::kind::Kind;
use crate::property::PropertyPath;
use crate::schema;
use crate::words::enumerated;

/// The properties that a component shares with each of its webhooks.
const SHARED: [&str; 2] = ["active", "filters"];

/// The wildcard for every property.
const ALL: &str = "*";

/// The options of a component that its webhooks do not inherit in the engine.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Given {
    /// The properties whose changes are ignored.
    pub ignore_changes: Vec<String>,
    /// The properties whose changes force a replacement.
    pub replace_on_changes: Vec<String>,
    /// Whether a replacement deletes first, if the program says so.
    pub delete_before_replace: Option<bool>,
    /// The packages of the providers.
    pub packages: Vec<String>,
}

/// The options to pass to each webhook of a component.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reaching {
    /// The properties whose changes are ignored.
    pub ignore_changes: Vec<String>,
    /// The properties whose changes force a replacement.
    pub replace_on_changes: Vec<String>,
}

impl Given {
    /// The options to pass to each webhook.
    pub fn reaching(&self) -> Reaching {
        let reaching = |paths: &[String]| {
            let paths = paths.iter().filter(|path| reaches(path));
            paths.cloned().collect()
        };
        Reaching {
            ignore_changes: reaching(&self.ignore_changes),
            replace_on_changes: reaching(&self.replace_on_changes),
        }
    }

    /// The warning about options that have no effect, and what to do instead.
    pub fn advice(&self) -> Option<String> {
        let mut reasons = Vec::new();
        let lists = [
            ("ignoreChanges", &self.ignore_changes),
            ("replaceOnChanges", &self.replace_on_changes),
        ];
        let lost = lists
            .iter()
            .filter_map(|(option, paths)| lost(option, paths));
        let lost: Vec<String> = lost.collect();
        if !lost.is_empty() {
            reasons.push(format!(
                "{} has no effect on the webhooks of a component, which share only {} with it: keep the old value in the \
                 program, or set the option on the webhook with a transform",
                enumerated(lost, "and"),
                quoted(SHARED),
            ));
        }
        if self.delete_before_replace == Some(false) {
            reasons.push(
                "`deleteBeforeReplace: false` has no effect on the webhooks of a component: each is deleted before its \
                 replacement is created, because two would start the stack twice"
                    .to_owned(),
            );
        }
        (!reasons.is_empty()).then(|| reasons.join("; "))
    }

    /// The note about providers that can have no effect, because all are of other packages.
    pub fn note(&self, kind: Kind) -> Option<String> {
        if self.packages.is_empty() || self.packages.iter().any(|name| name == schema::PACKAGE) {
            return None;
        }
        Some(format!(
            "the provider of {} has no effect here: the webhooks of an {} are made by the provider of `{}`; remove the option",
            quoted(&self.packages),
            kind.name(),
            schema::PACKAGE,
        ))
    }
}

/// An option and its properties that have no effect; `None` if there are none.
fn lost(option: &str, paths: &[String]) -> Option<String> {
    let lost: Vec<_> = paths.iter().filter(|path| !reaches(path)).collect();
    (!lost.is_empty()).then(|| format!("`{option}` for {}", quoted(lost)))
}

/// `` `active` and `filters` ``.
fn quoted(names: impl IntoIterator<Item = impl std::fmt::Display>) -> String {
    let names = names.into_iter().map(|name| format!("`{name}`"));
    enumerated(names.collect(), "and")
}

/// Whether a webhook has the property at this path of a component.
fn reaches(path: &str) -> bool {
    let parsed = path.parse::<PropertyPath>();
    let top = parsed.as_ref().ok().and_then(PropertyPath::top_level);
    path == ALL || top.is_some_and(|top| SHARED.contains(&top))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn given(ignore_changes: &[&str]) -> Given {
        Given {
            ignore_changes: ignore_changes.iter().map(|&path| path.to_owned()).collect(),
            ..Given::default()
        }
    }

    #[test]
    fn what_component_and_webhook_share_reaches_the_webhooks() {
        let shared = given(&["filters", "filters[0]", "[\"active\"]", "*"]);
        assert_eq!(shared.reaching().ignore_changes, shared.ignore_changes);
        assert_eq!(shared.advice(), None);
    }

    #[test]
    fn what_reaches_nothing_is_one_warning() {
        let mut lost = given(&["filters", "downstreamRefs", "stack"]);
        lost.replace_on_changes = vec!["project".to_owned()];
        lost.delete_before_replace = Some(false);
        assert_eq!(lost.reaching().ignore_changes, ["filters"]);
        assert_eq!(lost.reaching().replace_on_changes, [""; 0]);
        insta::assert_snapshot!(lost.advice().expect("it is said"), @"`ignoreChanges` for `downstreamRefs` and `stack` and `replaceOnChanges` for `project` has no effect on the webhooks of a component, which share only `active` and `filters` with it: keep the old value in the program, or set the option on the webhook with a transform; `deleteBeforeReplace: false` has no effect on the webhooks of a component: each is deleted before its replacement is created, because two would start the stack twice");
    }

    #[test]
    fn a_provider_of_another_package_is_one_note() {
        let of = |packages: &[&str]| {
            let packages = packages.iter().map(|&name| name.to_owned()).collect();
            let given = Given {
                packages,
                ..Given::default()
            };
            given.note(Kind::AutoDeployer)
        };
        assert_eq!(of(&[]), None);
        assert_eq!(of(&["auto-deploy", "pulumiservice"]), None);
        insta::assert_snapshot!(of(&["pulumiservice"]).expect("it is said"), @"the provider of `pulumiservice` has no effect here: the webhooks of an AutoDeployer are made by the provider of `auto-deploy`; remove the option");
    }
}
