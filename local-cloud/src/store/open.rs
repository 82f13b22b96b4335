//! Opens the database of a data folder.

use super::database::Store;
use super::workers::Workers;
use super::{migrations, organizations};
use crate::parts::{StoreError, private_file};
use rusqlite::Connection;
use std::io;
use std::path::Path;
use std::time::Duration;
use tokio::sync::watch;

const DATABASE_FILE: &str = "cloud.db";
const N_READERS: usize = 2;

/// How long a connection waits for another process that uses the database, such as the `sqlite3` shell.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// How many prepared statements a connection keeps: more than this crate has. rusqlite keeps 16 by default, and a cascade
/// uses more of them in turn, so that each would be prepared again every time.
const N_STATEMENTS: usize = 256;

impl Store {
    /// Whether the data folder has a database.
    pub(crate) fn is_in(data: &Path) -> bool {
        data.join(DATABASE_FILE).exists()
    }

    /// Opens the database of the data folder, after creating or migrating it if necessary, and creates those of
    /// `organizations` that do not exist.
    ///
    /// With `is_durable`, commits survive a power failure; without it, only the end of the process.
    pub(crate) fn open(
        data: &Path,
        organizations: Vec<String>,
        is_durable: bool,
    ) -> Result<Store, StoreError> {
        let path = data.join(DATABASE_FILE);
        close_to_others(&path).map_err(StoreError::File)?;
        let mut writer = connect(&path)?;
        let synchronous = if is_durable { "full" } else { "normal" };
        writer.pragma_update(None, "synchronous", synchronous)?;
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
            commits: watch::Sender::new(()),
        })
    }
}

fn connect(path: &Path) -> Result<Connection, StoreError> {
    let connection = Connection::open(path)?;
    connection.busy_timeout(BUSY_TIMEOUT)?;
    connection.set_prepared_statement_cache_capacity(N_STATEMENTS);
    connection.pragma_update(None, "foreign_keys", true)?;
    Ok(connection)
}

/// Creates the database file, or makes it private. SQLite gives its other files the same permissions.
fn close_to_others(path: &Path) -> io::Result<()> {
    private_file(path)?;
    for suffix in ["-wal", "-shm"] {
        let mut beside = path.as_os_str().to_owned();
        beside.push(suffix);
        if Path::new(&beside).exists() {
            private_file(Path::new(&beside))?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_is_committed_is_on_the_disk_if_that_is_wanted() {
        for (is_durable, level) in [(true, 2), (false, 1)] {
            let data = tempfile::tempdir().unwrap();
            let store = Store::open(data.path(), Vec::new(), is_durable).unwrap();
            let asked: Result<i64, StoreError> = store
                .writer
                .run(|writer| Ok(writer.pragma_query_value(None, "synchronous", |row| row.get(0))?))
                .await;
            assert_eq!(asked.unwrap(), level);
        }
    }
}
