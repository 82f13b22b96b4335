//! The bodies of tags.
//!
//! # What this may not do
//!
//! Leave the folder of the cloud.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

#[derive(Serialize)]
pub(in crate::cloud) struct NewTag<'a> {
    pub(in crate::cloud) name: &'a str,
    pub(in crate::cloud) value: &'a str,
}

#[derive(Deserialize)]
pub(in crate::cloud) struct TagsAnswer {
    #[serde(default)]
    pub(in crate::cloud) tags: Option<BTreeMap<String, String>>,
}
