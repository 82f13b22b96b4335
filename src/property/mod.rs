//! The engine's values: decoded once at the edge, then plain data.
//!
//! Read in this order: [`value`] is what a value can be, [`wire`] turns protobuf into it and back, [`path`] names a
//! place in it, [`decode`] and [`encode`] are the way to typed inputs and from typed state, `modes` are sets of words, [`diff`] compares two maps.
//!
//! # What this may not do
//!
//! Know the name of a resource or of a property, do I/O, or drop an unknown or a secret without being told to.

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
