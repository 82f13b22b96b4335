//! Creates, deletes and renames stacks.

use super::database::Store;
use super::ends::{must_be_idle, settle};
use super::sql::is_taken;
use super::stacks::{self, row, tags_text};
use super::{organizations, outbox, states, updates};
use crate::domain::happenings::Happening;
use crate::domain::moment::Moment;
use crate::domain::stacks::{Stack, StackError, StackPath};
use crate::domain::state::Rename;
use crate::domain::tags::move_to;
use crate::domain::updates::UpdateError;

impl Store {
    /// Creates a stack, with a state if there is one.
    pub(crate) async fn create_stack(
        &self,
        stack: Stack,
        state: Option<String>,
    ) -> Result<(), UpdateError> {
        self.write(move |transaction| {
            let Stack {
                uid, path, tags, ..
            } = stack;
            organizations::must_exist(transaction, &path.organization)?;
            let sql = "INSERT INTO stacks (uid, organization, project, name, tags) VALUES (?1, ?2, ?3, ?4, ?5)";
            let names = [&uid, &path.organization, &path.project, &path.stack, &tags_text(&tags)];
            match transaction.execute(sql, names) {
                Ok(_) => {}
                Err(error) if is_taken(&error) => return Err(StackError::StackExists(path).into()),
                Err(error) => return Err(error.into()),
            }
            if let Some(state) = state {
                let stack = transaction.last_insert_rowid();
                states::put(transaction, stack, 0, &state)?;
                settle(transaction, stack, &path)?;
            }
            Ok(outbox::put(transaction, &Happening::of_stack(&path, "created"))?)
        })
        .await
    }

    /// Deletes a stack with everything that belongs to it. One that still has resources is only deleted by force.
    pub(crate) async fn delete_stack(
        &self,
        path: StackPath,
        by_force: bool,
        moment: Moment,
    ) -> Result<(), UpdateError> {
        self.write(move |transaction| {
            let stack = stacks::known_row(transaction, &path)?;
            must_be_idle(transaction, stack, &moment)?;
            let sql = "SELECT resource_count FROM stacks WHERE id = ?1";
            let n_resources: i64 = transaction.query_row(sql, [stack], |row| row.get(0))?;
            if n_resources > 0 && !by_force {
                return Err(StackError::HasResources.into());
            }
            transaction.execute("DELETE FROM stacks WHERE id = ?1", [stack])?;
            Ok(outbox::put(
                transaction,
                &Happening::of_stack(&path, "deleted"),
            )?)
        })
        .await
    }

    /// Renames a stack, also in its state and in the tag for its project; returns the ID of the update for this, which is
    /// complete and in no history.
    pub(crate) async fn rename_stack(
        &self,
        path: StackPath,
        new: StackPath,
        moment: Moment,
    ) -> Result<String, UpdateError> {
        self.write(move |transaction| {
            let stack = stacks::known_row(transaction, &path)?;
            if path == new {
                return Err(StackError::SameName(new).into());
            }
            must_be_idle(transaction, stack, &moment)?;
            let sql = "UPDATE stacks SET project = ?1, name = ?2 WHERE id = ?3";
            if row(transaction, &new)?.is_some() {
                return Err(StackError::StackExists(new).into());
            }
            transaction.execute(sql, (&new.project, &new.stack, stack))?;
            let mut tags = stacks::tags(transaction, stack)?;
            move_to(&new.project, &mut tags);
            stacks::set_tags(transaction, stack, &tags)?;
            let rename = Rename {
                old_project: path.project,
                old_stack: path.stack,
                new_project: new.project,
                new_stack: new.stack,
            };
            states::change(transaction, stack, |state| rename.apply(state))?;
            Ok(updates::insert_rename(transaction, stack)?)
        })
        .await
    }
}
