//! The messages and services of `proto/`, as `build.rs` makes them. Nothing here is written by hand.

#![expect(
    clippy::all,
    clippy::pedantic,
    clippy::allow_attributes_without_reason,
    clippy::disallowed_types,
    missing_docs,
    reason = "generated code; `proto/` has the comments"
)]

tonic::include_proto!("pulumirpc");

/// The descriptors of `proto/`, a `FileDescriptorSet`, for the test that compares them with the official ones.
pub const DESCRIPTORS: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/descriptors.bin"));
