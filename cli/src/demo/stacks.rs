//! The six stacks of the demo.

/// The organization and the project of the six stacks.
pub(super) const ORGANIZATION: &str = "acme";
pub(super) const PROJECT: &str = "dependency-example";

/// What follows what: each stack, and the one that it follows.
pub(super) const STACKS: [(&str, Option<&str>); 6] = [
    ("a", None),
    ("b", Some("a")),
    ("c", Some("a")),
    ("d", Some("b")),
    ("e", Some("b")),
    ("f", Some("b")),
];
