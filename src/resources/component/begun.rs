//! The webhooks of components whose creation has begun in this process.
//!
//! # What this may not do
//!
//! Say whether they were created in the end.

use std::collections::BTreeSet;
use std::sync::{Mutex, MutexGuard};

/// The names of webhooks whose creation has begun since the provider was configured. Names are derived from URNs, so they
/// differ between stacks.
#[derive(Debug, Default)]
pub struct Begun(Mutex<BTreeSet<String>>);

impl Begun {
    /// Adds a webhook that is about to be created.
    pub fn insert(&self, name: String) {
        self.lock().insert(name);
    }

    /// Whether a webhook was created or is being created.
    pub fn contains(&self, name: &str) -> bool {
        self.lock().contains(name)
    }

    /// All of them.
    pub fn names(&self) -> BTreeSet<String> {
        self.lock().clone()
    }

    fn lock(&self) -> MutexGuard<'_, BTreeSet<String>> {
        self.0
            .lock()
            .expect("nobody panics while holding this lock")
    }
}
