//! The webhooks of components that this process has begun to make.
//!
//! # What this may not do
//!
//! Tell whether they were made in the end.

use std::collections::BTreeSet;
use std::sync::{Mutex, MutexGuard};

/// The names of webhooks whose creation has begun since the provider was configured. Names are made from URNs, and so
/// differ from stack to stack.
#[derive(Debug, Default)]
pub struct Begun(Mutex<BTreeSet<String>>);

impl Begun {
    /// Remembers a webhook that is about to be made.
    pub fn insert(&self, name: String) {
        self.lock().insert(name);
    }

    /// Whether a webhook was, or is being, made.
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
