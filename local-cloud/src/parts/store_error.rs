//! What a store says that could not answer.

/// The store could not answer.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// SQLite refused.
    #[error("the database refused")]
    Database(#[from] rusqlite::Error),
    /// The database file cannot be made, or closed to other people.
    #[error("the database file cannot be made, or closed to other users")]
    File(#[source] std::io::Error),
    /// A thread of the store could not be started.
    #[error("a thread of the store could not be started")]
    Thread(#[source] std::io::Error),
    /// The database was written by a later version of this program.
    #[error("the database has version {found}, and this program knows versions up to {known}")]
    TooNew {
        /// The version it has.
        found: u32,
        /// The latest version we know.
        known: u32,
    },
    /// The work was given up: the store is closing, or the work had a bug.
    #[error("the store gave up on its work")]
    GivenUp,
}
