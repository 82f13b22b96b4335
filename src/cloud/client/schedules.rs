//! Operations on schedules of deployments.
//!
//! # What this may not do
//!
//! Create a schedule twice. One whose answer was lost may have been created: it is looked for, never created again.

use super::Client;
use crate::cloud::calls;
use crate::cloud::error::CloudError;
use crate::cloud::schedule::{Schedule, ScheduleSpec};
use crate::cloud::wire::schedule::{ScheduleAnswer, ScheduleList};
use crate::domain::StackRef;
use std::collections::BTreeSet;

impl Client {
    /// The schedules of a stack; none if it does not exist.
    pub async fn schedules(&self, stack: &StackRef) -> Result<Vec<Schedule>, CloudError> {
        let found: Option<ScheduleList> = self.transport.json(&calls::schedules(stack)).await?;
        let found = found.and_then(|list| list.schedules).unwrap_or_default();
        Ok(found.into_iter().map(Schedule::from).collect())
    }

    /// A schedule as it is now; `None` if it or its stack does not exist.
    pub async fn schedule(
        &self,
        stack: &StackRef,
        id: &str,
    ) -> Result<Option<Schedule>, CloudError> {
        let call = calls::schedule(stack, id);
        let found: Option<ScheduleAnswer> = self.transport.json(&call).await?;
        Ok(found.map(Schedule::from))
    }

    /// Creates a schedule; returns its ID.
    ///
    /// If the answer is lost, the schedule is looked for among the new ones.
    pub async fn create_schedule(
        &self,
        stack: &StackRef,
        spec: &ScheduleSpec,
    ) -> Result<String, CloudError> {
        let before = self.schedules(stack).await?.into_iter();
        let before: BTreeSet<String> = before.map(|schedule| schedule.id).collect();
        let call = calls::create_schedule(stack, spec);
        let made: Result<ScheduleAnswer, CloudError> = self.transport.required(&call).await;
        match made {
            Ok(made) => Ok(Schedule::from(made).id),
            Err(error) if error.may_have_been_done() => {
                let mut now = self.schedules(stack).await?.into_iter();
                let ours = now.find(|found| !before.contains(&found.id) && found.is(spec));
                ours.map(|ours| ours.id).ok_or(error)
            }
            Err(error) => Err(error),
        }
    }

    /// Replaces a schedule by `spec`.
    pub async fn update_schedule(
        &self,
        stack: &StackRef,
        id: &str,
        spec: &ScheduleSpec,
    ) -> Result<(), CloudError> {
        let call = calls::update_schedule(stack, id, spec);
        self.transport.done(&call).await
    }

    /// Deletes a schedule. One that does not exist counts as deleted.
    pub async fn delete_schedule(&self, stack: &StackRef, id: &str) -> Result<(), CloudError> {
        self.transport
            .done(&calls::delete_schedule(stack, id))
            .await
    }
}
