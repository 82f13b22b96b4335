//! Opening the database of a data folder.

use super::database::Store;
use super::workers::Workers;
use super::{migrations, organizations};
use crate::parts::StoreError;
use rusqlite::Connection;
use std::path::Path;
use std::time::Duration;
use tokio::sync::watch;

const DATABASE_FILE: &str = "cloud.db";
const N_READERS: usize = 2;

/// How long a connection waits for another process that looks into the database, such as the `sqlite3` shell.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

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
            commits: watch::Sender::new(()),
        })
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
