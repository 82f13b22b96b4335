//! The database of a data folder: its threads and its transactions.

use super::workers::Workers;
use crate::parts::store_error::StoreError;
use rusqlite::{Transaction, TransactionBehavior};

/// The database of one data folder. Closes when dropped, after the work that was already asked for.
#[derive(Debug)]
pub(crate) struct Store {
    // Readers close first, so that the writer is the last and folds the write-ahead log into the database.
    pub(super) readers: Workers,
    pub(super) writer: Workers,
}

impl Store {
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
