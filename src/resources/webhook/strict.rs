//! The webhooks of components whose findings are errors.
//!
//! # What this may not do
//!
//! Judge a webhook outside of components: it has no `checks`.

use crate::engine::urn::Urn;
use std::collections::BTreeSet;
use std::sync::Mutex;

/// The URNs of these webhooks.
#[derive(Debug, Default)]
pub struct Strict(Mutex<BTreeSet<Urn>>);

impl Strict {
    /// Adds a webhook that is about to be registered.
    pub fn insert(&self, urn: Urn) {
        self.0
            .lock()
            .expect("nobody panics while holding this lock")
            .insert(urn);
    }

    /// Whether a webhook is one of them.
    pub(super) fn contains(&self, urn: &Urn) -> bool {
        self.0
            .lock()
            .expect("nobody panics while holding this lock")
            .contains(urn)
    }
}
