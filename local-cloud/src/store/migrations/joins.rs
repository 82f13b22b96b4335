//! The table of joins.

/// 9: the stacks that other stacks' programs start by joins.
pub(super) const STEP: &str = "
    -- By name, `project/stack` in the organization of the one that conducts: such stacks may come and go.
    CREATE TABLE joins (
        conductor INTEGER NOT NULL REFERENCES stacks (id) ON DELETE CASCADE,
        downstream TEXT NOT NULL,
        upstream TEXT NOT NULL,
        PRIMARY KEY (conductor, downstream, upstream)
    ) STRICT, WITHOUT ROWID;
";
