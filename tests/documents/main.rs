//! What people read: whether its links lead somewhere, its code can be what it says it is, and what it names is there.

mod floors;
mod links;
mod pages;
mod shell;

use std::path::{Path, PathBuf};

/// A path of the repository.
fn repository(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

fn read(path: &str) -> String {
    let text = std::fs::read_to_string(repository(path));
    text.unwrap_or_else(|error| panic!("{path}: {error}"))
}
