//! The tables of updates and states.

/// 5: the version of an update's journal; 0 for none.
pub(super) const JOURNAL_STEP: &str =
    "ALTER TABLE updates RENAME COLUMN keeps_journal TO journal_version;";

/// 3: states of stacks, updates with their leases, journals and events, and references.
pub(super) const STEP: &str = "
    -- The version of the last update that has ended.
    ALTER TABLE stacks ADD COLUMN version INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE stacks ADD COLUMN last_update INTEGER;
    ALTER TABLE stacks ADD COLUMN resource_count INTEGER NOT NULL DEFAULT 0;

    -- `version` is that of the stack after the update, and absent until it starts; a preview has that of the stack.
    CREATE TABLE updates (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        uid TEXT NOT NULL UNIQUE,
        stack INTEGER NOT NULL REFERENCES stacks (id) ON DELETE CASCADE,
        kind TEXT NOT NULL,
        is_preview INTEGER NOT NULL,
        status TEXT NOT NULL,
        version INTEGER,
        message TEXT NOT NULL,
        environment TEXT NOT NULL,
        config TEXT NOT NULL,
        keeps_journal INTEGER NOT NULL DEFAULT 0,
        lease BLOB,
        lease_end INTEGER,
        upload_sequence INTEGER,
        started INTEGER,
        ended INTEGER,
        resource_changes TEXT NOT NULL DEFAULT '{}',
        resource_count INTEGER NOT NULL DEFAULT 0
    ) STRICT;

    CREATE INDEX updates_of_stack ON updates (stack, is_preview, version);
    CREATE UNIQUE INDEX one_update_at_a_time ON updates (stack) WHERE status = 'running' AND NOT is_preview;
    CREATE INDEX leases ON updates (lease_end) WHERE status = 'running';

    -- The state that a stack had with a version. An update that changed nothing has none: the one before holds on.
    CREATE TABLE states (
        stack INTEGER NOT NULL REFERENCES stacks (id) ON DELETE CASCADE,
        version INTEGER NOT NULL,
        body TEXT NOT NULL,
        PRIMARY KEY (stack, version)
    ) STRICT;

    -- Gone when the update has ended: the state says it all.
    CREATE TABLE journal (
        update_ INTEGER NOT NULL REFERENCES updates (id) ON DELETE CASCADE,
        sequence INTEGER NOT NULL,
        entry TEXT NOT NULL,
        PRIMARY KEY (update_, sequence)
    ) STRICT;

    CREATE TABLE events (
        update_ INTEGER NOT NULL REFERENCES updates (id) ON DELETE CASCADE,
        sequence INTEGER NOT NULL,
        kind TEXT NOT NULL,
        event TEXT NOT NULL,
        PRIMARY KEY (update_, sequence)
    ) STRICT;

    -- By name: a stack of that name may come and go.
    CREATE TABLE stack_references (
        stack INTEGER NOT NULL REFERENCES stacks (id) ON DELETE CASCADE,
        organization TEXT NOT NULL,
        project TEXT NOT NULL,
        name TEXT NOT NULL,
        PRIMARY KEY (stack, organization, project, name)
    ) STRICT, WITHOUT ROWID;

    CREATE INDEX references_to_stack ON stack_references (organization, project, name);
";
