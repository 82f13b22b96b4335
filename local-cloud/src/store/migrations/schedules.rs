//! The tables of schedules.

/// 7: schedules of deployments.
pub(super) const STEP: &str = "
    -- Times are in Unix milliseconds. One that begins no deployment any more has no `next`.
    CREATE TABLE schedules (
        id INTEGER PRIMARY KEY,
        uid TEXT NOT NULL UNIQUE,
        stack INTEGER NOT NULL REFERENCES stacks (id) ON DELETE CASCADE,
        cron TEXT,
        once INTEGER,
        operation TEXT NOT NULL,
        inherits INTEGER NOT NULL,
        changes TEXT NOT NULL,
        created INTEGER NOT NULL,
        modified INTEGER NOT NULL,
        last INTEGER,
        next INTEGER,
        CHECK ((cron IS NULL) <> (once IS NULL))
    ) STRICT;

    CREATE INDEX schedules_of_stack ON schedules (stack);
    CREATE INDEX schedules_by_time ON schedules (next) WHERE next IS NOT NULL;
";
