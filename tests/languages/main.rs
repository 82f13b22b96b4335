//! The package in every language: the SDKs in `sdk/`, the programs in `examples/`, and what the schema shows as examples.
//!
//! Programs run with the real CLI, the real language host, the SDK of this repository and a local cloud. What they
//! depend on is installed by `make sdk-deps`.

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
