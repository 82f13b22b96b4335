//! Lists in pages, each of which names the next one.
//!
//! # What this may not do
//!
//! Leave the folder of the cloud.

use serde::de::DeserializeOwned;

/// The name of the token of a page, both in a request and in an answer.
pub(in crate::cloud) const TOKEN: &str = "continuationToken";

/// A page of a list.
pub(in crate::cloud) trait Page: DeserializeOwned {
    /// The token of the next page; `None` or empty on the last page.
    fn next(&mut self) -> Option<String>;
}
