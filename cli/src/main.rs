//! The command for people: a local cloud, and a look at stacks that depend on each other.
fn main() {}
