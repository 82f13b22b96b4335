//! Schedules of deployments.

use super::database::Store;
use super::sql::{unreadable, word};
use super::{deployment_settings, deployments, stacks};
use crate::domain::deployments::{DeploymentError, DeploymentSettings, NewDeployment};
use crate::domain::moment::Moment;
use crate::domain::schedules::{
    Cron, NewSchedule, Schedule, ScheduleError, ScheduledOperation, Timing,
};
use crate::domain::stacks::StackPath;
use crate::parts::StoreError;
use jiff::Timestamp;
use rusqlite::{OptionalExtension as _, Row, Transaction, named_params};
use uuid::Uuid;

const COLUMNS: &str =
    "uid, cron, once, operation, inherits, changes, created, modified, last, next";

/// The initiator of deployments that a schedule started.
const INITIATOR: &str = "schedule";

/// A schedule that was due, and the result.
#[derive(Debug)]
pub(crate) struct Begun {
    pub(crate) stack: StackPath,
    pub(crate) schedule: String,
    /// The version of the deployment, or why there is none.
    pub(crate) result: Result<i64, DeploymentError>,
}

impl Store {
    /// The schedules of a stack, the oldest first.
    pub(crate) async fn schedules(&self, stack: StackPath) -> Result<Vec<Schedule>, ScheduleError> {
        self.read(move |transaction| {
            let row = known_row(transaction, &stack)?;
            let sql = format!("SELECT {COLUMNS} FROM schedules WHERE stack = ?1 ORDER BY id");
            let mut statement = transaction.prepare_cached(&sql)?;
            let found = statement.query_map([row], read)?;
            Ok(found.collect::<Result<_, _>>()?)
        })
        .await
    }

    /// A schedule of a stack.
    pub(crate) async fn schedule(
        &self,
        stack: StackPath,
        uid: String,
    ) -> Result<Schedule, ScheduleError> {
        self.read(move |transaction| Ok(find(transaction, &stack, &uid)?.1))
            .await
    }

    /// Creates a schedule. Its stack must have deployment settings.
    pub(crate) async fn create_schedule(
        &self,
        stack: StackPath,
        new: NewSchedule,
        now: Timestamp,
    ) -> Result<Schedule, ScheduleError> {
        self.write(move |transaction| {
            let row = known_row(transaction, &stack)?;
            if deployment_settings::find(transaction, row)?.is_none() {
                return Err(DeploymentError::NotConfigured(stack).into());
            }
            let (operation, inherits, changes) =
                new.request.ok_or(ScheduleError::Missing("request"))?;
            let schedule = Schedule {
                uid: Uuid::new_v4().to_string(),
                next: new.timing.next_after(now),
                timing: new.timing,
                operation,
                inherits,
                changes,
                created: now,
                modified: now,
                last: None,
            };
            put(transaction, row, &schedule)?;
            Ok(schedule)
        })
        .await
    }

    /// Changes a schedule. Its deployments stay the same if the request does not change them.
    pub(crate) async fn change_schedule(
        &self,
        stack: StackPath,
        uid: String,
        new: NewSchedule,
        now: Timestamp,
    ) -> Result<Schedule, ScheduleError> {
        self.write(move |transaction| {
            let (row, mut schedule) = find(transaction, &stack, &uid)?;
            if let Some((operation, inherits, changes)) = new.request {
                schedule.operation = operation;
                schedule.inherits = inherits;
                schedule.changes = changes;
            }
            schedule.next = new.timing.next_after(now);
            schedule.timing = new.timing;
            schedule.modified = now;
            put(transaction, row, &schedule)?;
            Ok(schedule)
        })
        .await
    }

    /// Deletes a schedule. The deployments that it has started continue.
    pub(crate) async fn delete_schedule(
        &self,
        stack: StackPath,
        uid: String,
    ) -> Result<(), ScheduleError> {
        self.write(move |transaction| {
            find(transaction, &stack, &uid)?;
            transaction.execute("DELETE FROM schedules WHERE uid = ?1", [uid])?;
            Ok(())
        })
        .await
    }

    /// When the next schedule is due.
    pub(crate) async fn next_scheduled(&self) -> Result<Option<Timestamp>, StoreError> {
        self.read(|transaction| {
            let sql = "SELECT min(next) FROM schedules WHERE next IS NOT NULL";
            let found: Option<i64> = transaction
                .prepare_cached(sql)?
                .query_row((), |row| row.get(0))?;
            Ok(found.and_then(|ms| Timestamp::from_millisecond(ms).ok()))
        })
        .await
    }

    /// Starts the deployments of the schedules that are due, one for each, however often it has been due in the meantime,
    /// and calculates their next times.
    pub(crate) async fn begin_scheduled(&self, moment: Moment) -> Result<Vec<Begun>, StoreError> {
        self.write(move |transaction| {
            let sql = format!(
                "SELECT {COLUMNS}, stack FROM schedules WHERE next <= ?1 ORDER BY next, id"
            );
            let mut statement = transaction.prepare_cached(&sql)?;
            let due = statement.query_map([moment.ms()], |row| {
                Ok((read(row)?, row.get::<_, i64>(10)?))
            })?;
            let due: Vec<_> = due.collect::<Result<_, _>>()?;
            let mut begun = Vec::new();
            for (mut schedule, row) in due {
                let stack = stacks::path(transaction, row)?;
                schedule.next = schedule.timing.next_after(moment.now);
                if let ScheduledOperation::Operation(operation) = schedule.operation {
                    schedule.last = Some(moment.now);
                    let new = NewDeployment {
                        stack: stack.clone(),
                        operation,
                        inherits: schedule.inherits,
                        changes: schedule.changes.clone(),
                        initiator: INITIATOR.to_owned(),
                    };
                    let result = match deployments::create(transaction, &new, &moment) {
                        Err(DeploymentError::Store(error)) => return Err(error),
                        made => made.map(|made| made.version),
                    };
                    let schedule = schedule.uid.clone();
                    begun.push(Begun {
                        stack,
                        schedule,
                        result,
                    });
                }
                put(transaction, row, &schedule)?;
            }
            Ok(begun)
        })
        .await
    }
}

fn known_row(transaction: &Transaction<'_>, stack: &StackPath) -> Result<i64, ScheduleError> {
    let found = stacks::known_row(transaction, stack);
    Ok(found.map_err(DeploymentError::from)?)
}

fn find(
    transaction: &Transaction<'_>,
    stack: &StackPath,
    uid: &str,
) -> Result<(i64, Schedule), ScheduleError> {
    let row = known_row(transaction, stack)?;
    let sql = format!("SELECT {COLUMNS} FROM schedules WHERE stack = ?1 AND uid = ?2");
    let mut statement = transaction.prepare_cached(&sql)?;
    let found = statement.query_row((row, uid), read).optional()?;
    match found {
        Some(schedule) => Ok((row, schedule)),
        None => Err(ScheduleError::NoSchedule {
            stack: stack.clone(),
            given: uid.to_owned(),
        }),
    }
}

/// Writes a new schedule, or the changes of an existing one.
fn put(transaction: &Transaction<'_>, stack: i64, schedule: &Schedule) -> rusqlite::Result<()> {
    let (cron, once) = match &schedule.timing {
        Timing::Cron(cron) => (Some(cron.as_str()), None),
        Timing::Once(time) => (None, Some(time.as_millisecond())),
    };
    let sql = "INSERT INTO schedules (uid, stack, cron, once, operation, inherits, changes, created, modified, last, next)
        VALUES (:uid, :stack, :cron, :once, :operation, :inherits, :changes, :created, :modified, :last, :next)
        ON CONFLICT (uid) DO UPDATE SET cron = :cron, once = :once, operation = :operation, inherits = :inherits,
            changes = :changes, modified = :modified, last = :last, next = :next";
    transaction.prepare_cached(sql)?.execute(named_params! {
        ":uid": schedule.uid,
        ":stack": stack,
        ":cron": cron,
        ":once": once,
        ":operation": schedule.operation.as_str(),
        ":inherits": schedule.inherits,
        ":changes": schedule.changes.to_kept(),
        ":created": schedule.created.as_millisecond(),
        ":modified": schedule.modified.as_millisecond(),
        ":last": schedule.last.map(Timestamp::as_millisecond),
        ":next": schedule.next.map(Timestamp::as_millisecond),
    })?;
    Ok(())
}

fn read(row: &Row<'_>) -> rusqlite::Result<Schedule> {
    let cron: Option<String> = row.get(1)?;
    let timing = match cron {
        Some(text) => Timing::Cron(Cron::new(&text).map_err(|why| unreadable(1, why))?),
        None => Timing::Once(time(row, 2)?.unwrap_or_default()),
    };
    let changes: String = row.get(5)?;
    Ok(Schedule {
        uid: row.get(0)?,
        timing,
        operation: word(row, 3)?,
        inherits: row.get(4)?,
        changes: DeploymentSettings::from_kept(&changes).map_err(|why| unreadable(5, why))?,
        created: time(row, 6)?.unwrap_or_default(),
        modified: time(row, 7)?.unwrap_or_default(),
        last: time(row, 8)?,
        next: time(row, 9)?,
    })
}

fn time(row: &Row<'_>, column: usize) -> rusqlite::Result<Option<Timestamp>> {
    let ms: Option<i64> = row.get(column)?;
    ms.map(|ms| Timestamp::from_millisecond(ms).map_err(|why| unreadable(column, why)))
        .transpose()
}

impl From<rusqlite::Error> for ScheduleError {
    fn from(error: rusqlite::Error) -> ScheduleError {
        DeploymentError::from(error).into()
    }
}

impl From<StoreError> for ScheduleError {
    fn from(error: StoreError) -> ScheduleError {
        DeploymentError::from(error).into()
    }
}
