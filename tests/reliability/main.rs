//! Everything that can go wrong, tried on purpose and counted: the provider in this process, with a local cloud that makes
//! trouble behind it.
//!
//! `make soak` tries more of it than `make test`.

mod lifecycles;
mod matrix;
