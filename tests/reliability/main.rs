//! Everything that can go wrong, tried on purpose and counted: the provider in this process, with a local cloud that
//! makes trouble behind it.
//!
//! `make soak` tries more of it than `make test`.

#[path = "../support/provider.rs"]
mod provider;
#[path = "../support/switches.rs"]
mod switches;
#[path = "../support/values.rs"]
mod values;

mod lives;
mod matrix;
