//! The tables of coherence windows.

/// 6: coherence windows, their updates, and what they have seen.
pub(super) const STEP: &str = "
    -- A window is of previews or of updates. `last_used` is in Unix seconds.
    CREATE TABLE windows (
        id INTEGER PRIMARY KEY,
        organization TEXT NOT NULL REFERENCES organizations (name),
        name TEXT NOT NULL,
        is_of_previews INTEGER NOT NULL,
        last_used INTEGER NOT NULL,
        UNIQUE (organization, name)
    ) STRICT;

    CREATE INDEX windows_by_use ON windows (last_used);

    ALTER TABLE updates ADD COLUMN window_ INTEGER REFERENCES windows (id) ON DELETE SET NULL;

    -- Each stack has one update in a window. One that was made and never began is none.
    CREATE UNIQUE INDEX one_update_in_a_window ON updates (window_, stack)
        WHERE window_ IS NOT NULL AND status <> 'not-started';

    -- The outputs that a preview predicted.
    CREATE TABLE window_predictions (
        update_ INTEGER PRIMARY KEY REFERENCES updates (id) ON DELETE CASCADE,
        window_ INTEGER NOT NULL REFERENCES windows (id) ON DELETE CASCADE,
        outputs TEXT NOT NULL
    ) STRICT;

    CREATE INDEX predictions_of_window ON window_predictions (window_);

    -- What a window sees of a stack, from its first read on.
    CREATE TABLE window_reads (
        window_ INTEGER NOT NULL REFERENCES windows (id) ON DELETE CASCADE,
        stack INTEGER NOT NULL REFERENCES stacks (id) ON DELETE CASCADE,
        outputs TEXT NOT NULL,
        PRIMARY KEY (window_, stack)
    ) STRICT, WITHOUT ROWID;
";
