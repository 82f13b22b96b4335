//! Stacks.

use super::{Store, StoreError, is_taken, organizations, unreadable};
use crate::stacks::{Stack, StackError, StackFilter, StackPath};
use rusqlite::{OptionalExtension as _, Row, Transaction};

const COLUMNS: &str = "uid, organization, project, name, tags";

impl Store {
    /// Makes a stack.
    pub(crate) async fn create_stack(&self, stack: Stack) -> Result<(), StackError> {
        self.write(move |transaction| {
            let Stack { uid, path, tags } = stack;
            if !organizations::exists(transaction, &path.organization)? {
                return Err(StackError::NoOrganization(path.organization));
            }
            let tags = serde_json::to_string(&tags).expect("a map of text to text is JSON");
            let sql = format!("INSERT INTO stacks ({COLUMNS}) VALUES (?1, ?2, ?3, ?4, ?5)");
            match transaction.execute(
                &sql,
                [&uid, &path.organization, &path.project, &path.stack, &tags],
            ) {
                Ok(_) => Ok(()),
                Err(error) if is_taken(&error) => Err(StackError::StackExists(path)),
                Err(error) => Err(error.into()),
            }
        })
        .await
    }

    /// One stack.
    pub(crate) async fn stack(&self, path: StackPath) -> Result<Option<Stack>, StoreError> {
        self.read(move |transaction| {
            let sql = format!("SELECT {COLUMNS} FROM stacks WHERE organization = ?1 AND project = ?2 AND name = ?3");
            let mut statement = transaction.prepare_cached(&sql)?;
            Ok(statement.query_row([path.organization, path.project, path.stack], read).optional()?)
        })
        .await
    }

    /// The stacks that pass the filter, in the order of their names.
    pub(crate) async fn stacks(&self, filter: StackFilter) -> Result<Vec<Stack>, StoreError> {
        self.read(move |transaction| {
            let sql = format!(
                "SELECT {COLUMNS} FROM stacks
                 WHERE (?1 IS NULL OR organization = ?1) AND (?2 IS NULL OR project = ?2)
                 ORDER BY organization, project, name"
            );
            let mut statement = transaction.prepare_cached(&sql)?;
            let stacks = statement.query_map((&filter.organization, &filter.project), read)?;
            let stacks = stacks.collect::<Result<Vec<_>, _>>()?;
            Ok(stacks
                .into_iter()
                .filter(|stack| filter.passes_tags(stack))
                .collect())
        })
        .await
    }

    /// Removes a stack and its webhooks. Tells whether it was there.
    pub(crate) async fn delete_stack(&self, path: StackPath) -> Result<bool, StoreError> {
        self.write(move |transaction| {
            let sql = "DELETE FROM stacks WHERE organization = ?1 AND project = ?2 AND name = ?3";
            Ok(transaction.execute(sql, [path.organization, path.project, path.stack])? > 0)
        })
        .await
    }
}

/// The row of a stack.
pub(super) fn row(
    transaction: &Transaction<'_>,
    path: &StackPath,
) -> rusqlite::Result<Option<i64>> {
    transaction
        .prepare_cached(
            "SELECT id FROM stacks WHERE organization = ?1 AND project = ?2 AND name = ?3",
        )?
        .query_row([&path.organization, &path.project, &path.stack], |row| {
            row.get(0)
        })
        .optional()
}

fn read(row: &Row<'_>) -> rusqlite::Result<Stack> {
    let path = StackPath {
        organization: row.get(1)?,
        project: row.get(2)?,
        stack: row.get(3)?,
    };
    let tags = serde_json::from_str(&row.get::<_, String>(4)?).map_err(|why| unreadable(4, why))?;
    Ok(Stack {
        uid: row.get(0)?,
        path,
        tags,
    })
}
