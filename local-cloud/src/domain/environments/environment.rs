//! An environment, its revisions and its tags.

use super::error::EnvironmentError;
use crate::domain::stacks::EnvironmentPath;
use jiff::Timestamp;

/// The tag of the newest revision.
pub(crate) const LATEST: &str = "latest";

/// The longest name of a tag.
const MAX_TAG: usize = 100;

/// An environment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Environment {
    /// Never reused, not even for an environment of the same name.
    pub(crate) uid: String,
    pub(crate) path: EnvironmentPath,
    pub(crate) created: Timestamp,
    pub(crate) modified: Timestamp,
    /// Whether it is protected against deletion.
    pub(crate) is_protected: bool,
    pub(crate) tags: Vec<Tag>,
}

/// A tag of an environment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Tag {
    pub(crate) name: String,
    pub(crate) value: String,
    pub(crate) created: Timestamp,
    pub(crate) modified: Timestamp,
}

/// A present or past definition of an environment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Revision {
    /// The environment's ID.
    pub(crate) uid: String,
    /// Counts from 1.
    pub(crate) number: i64,
    /// With its secrets encrypted.
    pub(crate) definition: String,
    pub(crate) created: Timestamp,
    pub(crate) tags: Vec<String>,
}

impl Revision {
    /// The ETag, which identifies the definition that was read.
    pub(crate) fn etag(&self) -> String {
        format!("{}:{}", self.uid, self.number)
    }
}

/// A name for a revision.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RevisionTag {
    pub(crate) name: String,
    pub(crate) revision: i64,
    pub(crate) created: Timestamp,
    pub(crate) modified: Timestamp,
}

/// A reference to a revision.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Version {
    Latest,
    Number(i64),
    Tag(String),
}

impl Version {
    /// A number, or else a tag: names of tags begin with a letter.
    pub(crate) fn read(text: &str) -> Version {
        match text.parse() {
            _ if text == LATEST => Version::Latest,
            Ok(number) => Version::Number(number),
            Err(_) => Version::Tag(text.to_owned()),
        }
    }
}

/// What is copied when an environment is cloned.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct CloneOptions {
    /// The revision to clone; absent for the newest.
    pub(crate) version: Option<i64>,
    pub(crate) has_history: bool,
    pub(crate) has_tags: bool,
    pub(crate) has_revision_tags: bool,
}

/// Checks the name of a tag of an environment.
///
/// # Errors
///
/// [`EnvironmentError::TagName`] if it is invalid.
pub(crate) fn check_tag(name: &str) -> Result<(), EnvironmentError> {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-' | b':');
    if (1..=MAX_TAG).contains(&name.len()) && name.bytes().all(fits) {
        Ok(())
    } else {
        Err(EnvironmentError::TagName(name.to_owned()))
    }
}

/// Checks the name of a tag of revisions.
///
/// # Errors
///
/// [`EnvironmentError::RevisionTagName`] if it is invalid, or reserved for the cloud.
pub(crate) fn check_revision_tag(name: &str) -> Result<(), EnvironmentError> {
    let wrong = || EnvironmentError::RevisionTagName(name.to_owned());
    check_tag(name).map_err(|_| wrong())?;
    if name.starts_with(|first: char| first.is_ascii_alphabetic()) && name != LATEST {
        Ok(())
    } else {
        Err(wrong())
    }
}
