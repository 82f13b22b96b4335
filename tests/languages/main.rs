//! The package in every language: the SDKs in `sdk/`, the programs in `examples/`, and the examples in the schema.
//!
//! Programs run with the real CLI, the real language host, the SDK of this repository and a local cloud. `make sdk-deps`
//! installs their dependencies.

mod announcement;
mod csharp;
mod dotnet;
mod examples;
mod live;
mod migrations;
mod outputs;
mod packages;
mod python;
mod sdks;
mod snippets;
mod types;
