//! The tables, as a list of migrations. A database stores in `user_version` how many were applied.

mod deployments;
mod environments;
mod joins;
mod schedules;
mod updates;
mod windows;

use crate::parts::StoreError;
use rusqlite::Connection;

/// Never change a migration that was released: add one.
const STEPS: &[&str] = &[
    // 1: organizations, stacks, environments, webhooks, deliveries.
    "
    CREATE TABLE organizations (
        name TEXT PRIMARY KEY
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE stacks (
        id INTEGER PRIMARY KEY,
        uid TEXT NOT NULL UNIQUE,
        organization TEXT NOT NULL REFERENCES organizations (name),
        project TEXT NOT NULL,
        name TEXT NOT NULL,
        tags TEXT NOT NULL,
        UNIQUE (organization, project, name)
    ) STRICT;

    CREATE TABLE environments (
        id INTEGER PRIMARY KEY,
        organization TEXT NOT NULL REFERENCES organizations (name),
        project TEXT NOT NULL,
        name TEXT NOT NULL,
        UNIQUE (organization, project, name)
    ) STRICT;

    -- A webhook of an organization has neither a stack nor an environment.
    CREATE TABLE webhooks (
        id INTEGER PRIMARY KEY,
        organization TEXT NOT NULL REFERENCES organizations (name),
        stack INTEGER REFERENCES stacks (id) ON DELETE CASCADE,
        environment INTEGER REFERENCES environments (id) ON DELETE CASCADE,
        name TEXT NOT NULL,
        display_name TEXT NOT NULL,
        payload_url TEXT NOT NULL,
        active INTEGER NOT NULL,
        format TEXT NOT NULL,
        filters TEXT NOT NULL,
        groups TEXT NOT NULL,
        secret BLOB,
        secret_digest TEXT,
        CHECK (stack IS NULL OR environment IS NULL),
        CHECK ((secret IS NULL) = (secret_digest IS NULL))
    ) STRICT;

    CREATE UNIQUE INDEX webhooks_of_organization ON webhooks (organization, name)
        WHERE stack IS NULL AND environment IS NULL;
    CREATE UNIQUE INDEX webhooks_of_stack ON webhooks (stack, name) WHERE stack IS NOT NULL;
    CREATE UNIQUE INDEX webhooks_of_environment ON webhooks (environment, name) WHERE environment IS NOT NULL;

    -- `event` is what the API calls the id of a delivery: a redelivery has the same.
    CREATE TABLE deliveries (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        webhook INTEGER NOT NULL REFERENCES webhooks (id) ON DELETE CASCADE,
        event TEXT NOT NULL,
        kind TEXT NOT NULL,
        payload TEXT NOT NULL,
        timestamp INTEGER NOT NULL,
        duration_ms INTEGER NOT NULL,
        request_url TEXT NOT NULL,
        request_headers TEXT NOT NULL,
        response_code INTEGER NOT NULL,
        response_headers TEXT NOT NULL,
        response_body TEXT NOT NULL
    ) STRICT;

    CREATE INDEX deliveries_of_webhook ON deliveries (webhook, id);
    ",
    // 2: events for webhooks.
    "
    CREATE TABLE outbox (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        happening TEXT NOT NULL
    ) STRICT;
    ",
    // 3: states and updates.
    updates::STEP,
    // 4: parcels, and deployments with their settings, pauses, steps and logs.
    deployments::STEP,
    // 5: versions of journals.
    updates::JOURNAL_STEP,
    // 6: coherence windows.
    windows::STEP,
    // 7: schedules of deployments.
    schedules::STEP,
    // 8: definitions and tags of environments.
    environments::STEP,
    // 9: joins.
    joins::STEP,
];

/// Applies the migrations that are missing, all or none.
pub(super) fn migrate(connection: &mut Connection) -> Result<(), StoreError> {
    take(connection, STEPS)
}

fn take(connection: &mut Connection, steps: &[&str]) -> Result<(), StoreError> {
    let transaction = connection.transaction()?;
    let found: u32 = transaction.pragma_query_value(None, "user_version", |row| row.get(0))?;
    let known = u32::try_from(steps.len()).expect("there are few steps");
    if found > known {
        return Err(StoreError::TooNew { found, known });
    }
    for step in steps.iter().skip(found as usize) {
        transaction.execute_batch(step)?;
    }
    transaction.pragma_update(None, "user_version", known)?;
    transaction.commit()?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn version(connection: &Connection) -> u32 {
        connection
            .pragma_query_value(None, "user_version", |row| row.get(0))
            .unwrap()
    }

    #[test]
    fn each_step_is_taken_once() {
        let mut connection = Connection::open_in_memory().unwrap();
        take(&mut connection, &["CREATE TABLE a (x)"]).unwrap();
        take(
            &mut connection,
            &["CREATE TABLE a (x)", "CREATE TABLE b (x)"],
        )
        .unwrap();
        assert_eq!(version(&connection), 2);
    }

    #[test]
    fn a_step_that_fails_leaves_nothing() {
        let mut connection = Connection::open_in_memory().unwrap();
        assert!(take(&mut connection, &["CREATE TABLE a (x)", "nonsense"]).is_err());
        assert_eq!(version(&connection), 0);
        take(&mut connection, &["CREATE TABLE a (x)"]).unwrap();
    }

    #[test]
    fn a_database_of_a_later_version_is_left_alone() {
        let mut connection = Connection::open_in_memory().unwrap();
        connection.pragma_update(None, "user_version", 7).unwrap();
        assert!(matches!(
            take(&mut connection, &["x"]),
            Err(StoreError::TooNew { found: 7, known: 1 })
        ));
    }
}
