//! A Pulumi package that keeps dependent stacks up to date.
pub mod property;
