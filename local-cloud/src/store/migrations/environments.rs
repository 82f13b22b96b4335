//! The tables of environments.

/// 8: definitions and tags of environments. Environments of earlier versions get an empty first revision.
pub(super) const STEP: &str = "
    -- Times are in Unix milliseconds.
    ALTER TABLE environments ADD COLUMN uid TEXT NOT NULL DEFAULT '';
    ALTER TABLE environments ADD COLUMN created INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE environments ADD COLUMN is_protected INTEGER NOT NULL DEFAULT 0;

    UPDATE environments SET uid = lower(hex(randomblob(16)));

    CREATE UNIQUE INDEX environments_by_uid ON environments (uid);

    -- Secrets in a definition are sealed.
    CREATE TABLE environment_revisions (
        environment INTEGER NOT NULL REFERENCES environments (id) ON DELETE CASCADE,
        number INTEGER NOT NULL,
        definition TEXT NOT NULL,
        created INTEGER NOT NULL,
        PRIMARY KEY (environment, number)
    ) STRICT, WITHOUT ROWID;

    INSERT INTO environment_revisions (environment, number, definition, created) SELECT id, 1, '', 0 FROM environments;

    CREATE TABLE environment_revision_tags (
        environment INTEGER NOT NULL,
        name TEXT NOT NULL,
        revision INTEGER NOT NULL,
        created INTEGER NOT NULL,
        modified INTEGER NOT NULL,
        PRIMARY KEY (environment, name),
        FOREIGN KEY (environment, revision) REFERENCES environment_revisions (environment, number) ON DELETE CASCADE
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE environment_tags (
        environment INTEGER NOT NULL REFERENCES environments (id) ON DELETE CASCADE,
        name TEXT NOT NULL,
        value TEXT NOT NULL,
        created INTEGER NOT NULL,
        modified INTEGER NOT NULL,
        PRIMARY KEY (environment, name)
    ) STRICT, WITHOUT ROWID;
";
