//! The tags of stacks: which are valid, and how they change.
//!
//! # What this may not do
//!
//! Read the store: these are pure functions.

use crate::parts::Refusal;
use std::collections::BTreeMap;

/// The longest name of a tag.
const MAX_NAME: usize = 40;

/// The longest value of a tag.
const MAX_VALUE: usize = 256;

/// The tag with the project of a stack.
const PROJECT: &str = "pulumi:project";

/// The tags that Pulumi itself sets. Source: the published client's `AppStackTagName`.
const BUILT_IN: [&str; 8] = [
    PROJECT,
    "pulumi:runtime",
    "pulumi:description",
    "pulumi:template",
    "vcs:owner",
    "vcs:repo",
    "vcs:kind",
    "vcs:root",
];

/// The tags of a stack by name.
pub(crate) type Tags = BTreeMap<String, String>;

/// Why tags are invalid.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum TagError {
    #[error(
        "`{0}` is not a name of a tag: it must have 1 to {MAX_NAME} letters, digits, `-`, `_`, `.` and `:`"
    )]
    Name(String),
    #[error("the value of tag `{0}` is longer than {MAX_VALUE} characters")]
    Value(String),
    #[error("the stack already has a tag `{0}`")]
    Exists(String),
    #[error("the stack has no tag `{0}`")]
    Missing(String),
    #[error("tag `{0}` is Pulumi's own and cannot be removed")]
    BuiltIn(String),
    #[error("tag `{PROJECT}` must be `{0}`, the stack's project: rename the stack to move it")]
    OtherProject(String),
}

impl TagError {
    /// The kind of answer for this error.
    pub(crate) fn refusal(&self) -> Refusal {
        match self {
            TagError::Missing(_) => Refusal::NotFound,
            TagError::Name(_)
            | TagError::Value(_)
            | TagError::Exists(_)
            | TagError::BuiltIn(_)
            | TagError::OtherProject(_) => Refusal::Invalid,
        }
    }
}

/// A change of a stack's tags.
#[derive(Clone, Debug)]
pub(crate) enum TagChange {
    /// Replaces all tags by these.
    Replace(Tags),
    /// Adds a tag that does not exist yet.
    Add { name: String, value: String },
    /// Changes an existing tag.
    Set { name: String, value: String },
    /// Removes an existing tag.
    Remove { name: String },
}

impl TagChange {
    /// The tags of a stack in this project after this change.
    ///
    /// # Errors
    ///
    /// [`TagError`] if a name or a value is invalid, a tag exists that should not or vice versa, one of Pulumi's own tags
    /// would be removed, or the stack would be assigned to another project.
    pub(crate) fn apply(self, project: &str, mut tags: Tags) -> Result<Tags, TagError> {
        match self {
            TagChange::Replace(new) => tags = new,
            TagChange::Add { name, .. } if tags.contains_key(&name) => {
                return Err(TagError::Exists(name));
            }
            TagChange::Set { name, .. } | TagChange::Remove { name }
                if !tags.contains_key(&name) =>
            {
                return Err(TagError::Missing(name));
            }
            TagChange::Remove { name } if BUILT_IN.contains(&name.as_str()) => {
                return Err(TagError::BuiltIn(name));
            }
            TagChange::Add { name, value } | TagChange::Set { name, value } => {
                tags.insert(name, value);
            }
            TagChange::Remove { name } => drop(tags.remove(&name)),
        }
        check(&tags)?;
        if tags.get(PROJECT).is_some_and(|tag| *tag != project) {
            return Err(TagError::OtherProject(project.to_owned()));
        }
        Ok(tags)
    }
}

/// Sets the tag for the project when a stack moves to another project.
pub(crate) fn move_to(project: &str, tags: &mut Tags) {
    if let Some(tag) = tags.get_mut(PROJECT) {
        project.clone_into(tag);
    }
}

/// Checks the names and values of tags.
pub(crate) fn check(tags: &Tags) -> Result<(), TagError> {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b':');
    for (name, value) in tags {
        if !(1..=MAX_NAME).contains(&name.len()) || !name.bytes().all(fits) {
            return Err(TagError::Name(name.clone()));
        }
        if value.chars().count() > MAX_VALUE {
            return Err(TagError::Value(name.clone()));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(change: TagChange) -> Result<Tags, String> {
        let tags = [("pulumi:project", "web"), ("team", "a")];
        let tags = tags.map(|(name, value)| (name.to_owned(), value.to_owned()));
        let applied = change.apply("web", Tags::from(tags));
        applied.map_err(|error| error.to_string())
    }

    fn named(name: &str) -> (String, String) {
        (name.to_owned(), "b".to_owned())
    }

    #[test]
    fn a_tag_is_added_once_and_changed_or_removed_only_if_it_is_there() {
        let add = |(name, value)| after(TagChange::Add { name, value });
        let set = |(name, value)| after(TagChange::Set { name, value });
        let remove = |(name, _)| after(TagChange::Remove { name });
        assert_eq!(add(named("owner")).unwrap()["owner"], "b");
        assert_eq!(set(named("team")).unwrap()["team"], "b");
        assert!(!remove(named("team")).unwrap().contains_key("team"));
        for (refused, sentence) in [
            (add(named("team")), "the stack already has a tag `team`"),
            (set(named("owner")), "the stack has no tag `owner`"),
            (remove(named("owner")), "the stack has no tag `owner`"),
            (
                remove(named("pulumi:project")),
                "tag `pulumi:project` is Pulumi's own and cannot be removed",
            ),
        ] {
            assert_eq!(refused.unwrap_err(), sentence);
        }
    }

    #[test]
    fn the_project_of_a_stack_is_not_changed_by_a_tag() {
        let tags = |project: &str| Tags::from([("pulumi:project".to_owned(), project.to_owned())]);
        assert!(after(TagChange::Replace(tags("web"))).is_ok());
        let refused = after(TagChange::Replace(tags("db"))).unwrap_err();
        assert_eq!(
            refused,
            "tag `pulumi:project` must be `web`, the stack's project: rename the stack to move it"
        );
        assert!(after(TagChange::Replace(Tags::new())).is_ok());
    }
}
