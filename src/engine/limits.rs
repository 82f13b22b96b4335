//! What the engine and a provider agree on for every connection between them.
//!
//! # What this may not do
//!
//! Hold a limit that is ours alone.

/// The largest message that the engine accepts and sends, in bytes: 400 MiB.
pub const MAX_MESSAGE: usize = 400 * 1024 * 1024;
