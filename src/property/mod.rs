//! The engine's values, decoded once at the edge into plain data.
//!
//! Read in this order: [`value`] defines values, [`wire`] converts them from and to protobuf, [`path`] names a place in
//! them, [`decode`] and [`encode`] convert them to and from typed inputs, `modes` defines sets of words, and [`diff`]
//! compares two maps.
//!
//! # What this may not do
//!
//! Know the name of a resource or a property, do I/O, or drop an unknown or a secret without being told to.

pub mod decode;
pub mod diff;
pub mod encode;
pub(crate) mod modes;
pub mod path;
#[cfg(test)]
pub(crate) mod testing;
pub mod value;
pub mod wire;

pub use decode::{CheckFailure, Fields, Input, Known, ListMap};
pub use path::PropertyPath;
pub use value::{Map, Output, UnknownKind, Value};
