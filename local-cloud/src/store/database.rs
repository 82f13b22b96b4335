//! The database of a data folder: its threads and its transactions.

use super::workers::Workers;
use crate::parts::StoreError;
use rusqlite::{Connection, Transaction, TransactionBehavior};
use tokio::sync::watch;

/// The database of one data folder. It closes when dropped, after all work that was already requested.
#[derive(Debug)]
pub(crate) struct Store {
    // Readers close first, so that the writer is last and merges the write-ahead log into the database.
    pub(super) readers: Workers,
    pub(super) writer: Workers,
    pub(super) commits: watch::Sender<()>,
}

impl Store {
    /// A receiver whose `changed` completes after each commit, from now on, that changed something.
    ///
    /// It does not say what changed, so receivers read again. Several commits may count as one.
    pub(crate) fn commits(&self) -> watch::Receiver<()> {
        self.commits.subscribe()
    }

    /// Runs `work` in a transaction, which is committed if it succeeds. If anything changed, the receivers of
    /// [`Store::commits`] are notified, so that no caller can forget to.
    pub(super) async fn write<T, E>(
        &self,
        work: impl FnOnce(&Transaction<'_>) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        let commits = self.commits.clone();
        self.writer
            .run(move |connection| {
                let n_changes = connection.total_changes();
                let done = commit(connection, work)?;
                if connection.total_changes() != n_changes {
                    commits.send_replace(());
                }
                Ok(done)
            })
            .await
    }

    /// Like [`Store::write`], but without notification, for frequent writes that nothing waits for: lines of a log, events,
    /// states within an update, records of deliveries.
    pub(super) async fn write_quietly<T, E>(
        &self,
        work: impl FnOnce(&Transaction<'_>) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        self.writer.run(|connection| commit(connection, work)).await
    }

    /// Runs `work`, which sees the database at one moment and cannot change it.
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

/// Runs `work` in a transaction, and commits it if it succeeds.
fn commit<T, E: From<StoreError>>(
    connection: &mut Connection,
    work: impl FnOnce(&Transaction<'_>) -> Result<T, E>,
) -> Result<T, E> {
    let transaction = connection
        .transaction_with_behavior(TransactionBehavior::Immediate)
        .map_err(StoreError::from)?;
    let done = work(&transaction)?;
    transaction.commit().map_err(StoreError::from)?;
    Ok(done)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A database with a table of numbers.
    fn store() -> Store {
        let connection = Connection::open_in_memory().unwrap();
        connection.execute("CREATE TABLE a (x)", ()).unwrap();
        Store {
            readers: Workers::start("test-read", Vec::new()).unwrap(),
            writer: Workers::start("test-write", vec![connection]).unwrap(),
            commits: watch::Sender::new(()),
        }
    }

    fn insert(transaction: &Transaction<'_>) -> Result<(), StoreError> {
        transaction.execute("INSERT INTO a VALUES (1)", ())?;
        Ok(())
    }

    #[tokio::test]
    async fn a_commit_is_said_when_it_is_done() {
        let store = store();
        let mut commits = store.commits();
        store.write(insert).await.unwrap();
        assert!(commits.has_changed().unwrap());
        commits.mark_unchanged();
        store.write(insert).await.unwrap();
        store.write(insert).await.unwrap();
        commits.changed().await.unwrap();
        assert!(!commits.has_changed().unwrap(), "two are one");
    }

    #[tokio::test]
    async fn what_changed_nothing_is_not_said() {
        let store = store();
        let commits = store.commits();
        let looked: Result<(), StoreError> = store.write(|_| Ok(())).await;
        looked.unwrap();
        let failed = store.write(|transaction| {
            insert(transaction)?;
            Err::<(), _>(StoreError::GivenUp)
        });
        failed.await.unwrap_err();
        store.write_quietly(insert).await.unwrap();
        assert!(!commits.has_changed().unwrap());
    }
}
