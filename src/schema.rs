//! The package's schema: what programs can declare, and the contract that code, SDKs and documentation follow.
//!
//! # What this may not do
//!
//! Differ from `schema.json`, but for the version, which has one place: `Cargo.toml`.

/// The schema as it is written, without a version.
const SCHEMA: &str = include_str!("../schema.json");

/// The package's name.
pub const PACKAGE: &str = "auto-deploy";

/// The package's version.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");

/// The package's schema as JSON, with its version.
pub fn package_schema() -> String {
    let (_, rest) = SCHEMA.split_once('{').expect("the schema is an object");
    format!("{{\n  \"version\": \"{VERSION}\",{rest}")
}
