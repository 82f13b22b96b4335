//! The database of a data folder: its threads and its transactions.

use super::workers::Workers;
use super::{migrations, organizations};
use rusqlite::{Connection, Transaction, TransactionBehavior};
use std::path::Path;
use std::time::Duration;

const DATABASE_FILE: &str = "cloud.db";
const N_READERS: usize = 2;

/// How long a connection waits for another process that looks into the database, such as the `sqlite3` shell.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// The store could not answer.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// SQLite refused.
    #[error("the database refused")]
    Database(#[from] rusqlite::Error),
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

/// The database of one data folder. Closes when dropped, after the work that was already asked for.
#[derive(Debug)]
pub(crate) struct Store {
    // Readers close first, so that the writer is the last and folds the write-ahead log into the database.
    readers: Workers,
    writer: Workers,
}

impl Store {
    /// Opens the database of the data folder, makes it if there is none, brings an older one up to date, and makes
    /// those of `organizations` that are not there.
    pub(crate) fn open(data: &Path, organizations: Vec<String>) -> Result<Store, StoreError> {
        let path = data.join(DATABASE_FILE);
        let mut writer = connect(&path)?;
        writer.pragma_update(None, "journal_mode", "wal")?;
        migrations::migrate(&mut writer)?;
        organizations::ensure(&writer, organizations)?;
        let readers = (0..N_READERS).map(|_| {
            let reader = connect(&path)?;
            reader.pragma_update(None, "query_only", true)?;
            Ok(reader)
        });
        let readers = readers.collect::<Result<Vec<_>, StoreError>>()?;
        Ok(Store {
            readers: Workers::start("store-read", readers)?,
            writer: Workers::start("store-write", vec![writer])?,
        })
    }

    /// Runs `work` in a transaction that is kept if it succeeds.
    pub(super) async fn write<T, E>(
        &self,
        work: impl FnOnce(&Transaction<'_>) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        self.writer
            .run(|connection| {
                let transaction = connection
                    .transaction_with_behavior(TransactionBehavior::Immediate)
                    .map_err(StoreError::from)?;
                let done = work(&transaction)?;
                transaction.commit().map_err(StoreError::from)?;
                Ok(done)
            })
            .await
    }

    /// Runs `work`, which sees the database as it is at one moment, and cannot change it.
    pub(super) async fn read<T, E>(
        &self,
        work: impl FnOnce(&Transaction<'_>) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        self.readers
            .run(|connection| {
                let transaction = connection.transaction().map_err(StoreError::from)?;
                work(&transaction)
            })
            .await
    }
}

fn connect(path: &Path) -> Result<Connection, StoreError> {
    let connection = Connection::open(path)?;
    connection.busy_timeout(BUSY_TIMEOUT)?;
    connection.pragma_update(None, "foreign_keys", true)?;
    // With a write-ahead log this loses nothing when the process dies, only when the machine does.
    connection.pragma_update(None, "synchronous", "normal")?;
    Ok(connection)
}

/// Whether the error says that a row with this key is already there.
pub(super) fn is_taken(error: &rusqlite::Error) -> bool {
    let code = error.sqlite_error().map(|error| error.extended_code);
    matches!(
        code,
        Some(rusqlite::ffi::SQLITE_CONSTRAINT_UNIQUE | rusqlite::ffi::SQLITE_CONSTRAINT_PRIMARYKEY)
    )
}

/// Text of a column that we wrote ourselves and that does not read: the database was changed by hand.
pub(super) fn unreadable(
    column: usize,
    why: impl std::error::Error + Send + Sync + 'static,
) -> rusqlite::Error {
    rusqlite::Error::FromSqlConversionFailure(column, rusqlite::types::Type::Text, Box::new(why))
}
