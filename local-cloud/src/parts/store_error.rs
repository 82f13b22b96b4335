//! Errors of the store.

/// The store failed.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// An error of SQLite.
    #[error("the database refused")]
    Database(#[from] rusqlite::Error),
    /// The database file cannot be created, or made private.
    #[error("the database file cannot be made, or closed to other users")]
    File(#[source] std::io::Error),
    /// A thread of the store could not be started.
    #[error("a thread of the store could not be started")]
    Thread(#[source] std::io::Error),
    /// The database was written by a later version of this program.
    #[error("the database has version {found}, and this program knows versions up to {known}")]
    TooNew {
        /// Its version.
        found: u32,
        /// The latest version that this program knows.
        known: u32,
    },
    /// The work was abandoned: the store is closing, or the work had a bug.
    #[error("the store gave up on its work")]
    GivenUp,
}
