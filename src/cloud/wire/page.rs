//! Lists that come in pages, each of which names the next.
//!
//! # What this may not do
//!
//! Leave the folder of the cloud.

use serde::de::DeserializeOwned;

/// What names a page in a request, and the next one in an answer.
pub(in crate::cloud) const TOKEN: &str = "continuationToken";

/// A page of a list.
pub(in crate::cloud) trait Page: DeserializeOwned {
    /// What names the page after this one; absent, or empty, on the last.
    fn next(&mut self) -> Option<String>;
}
