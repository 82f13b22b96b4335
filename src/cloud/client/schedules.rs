//! What we ask of Pulumi Cloud about schedules of deployments.
//!
//! # What this may not do
//!
//! Make a schedule twice. One whose answer is lost may have been made: it is looked for, never made again.

use super::Client;
use crate::cloud::calls;
use crate::cloud::error::CloudError;
use crate::cloud::schedule::{Schedule, ScheduleSpec};
use crate::cloud::wire::schedule::{ScheduleAnswer, ScheduleList};
use crate::domain::StackRef;
use std::collections::BTreeSet;

impl Client {
    /// The schedules of a stack; none if it is not there.
    pub async fn schedules(&self, stack: &StackRef) -> Result<Vec<Schedule>, CloudError> {
        let found: Option<ScheduleList> = self.transport.json(&calls::schedules(stack)).await?;
        let found = found.and_then(|list| list.schedules).unwrap_or_default();
        Ok(found.into_iter().map(Schedule::from).collect())
    }

    /// A schedule as it is now, or `None` if it or its stack is not there.
    pub async fn schedule(
        &self,
        stack: &StackRef,
        id: &str,
    ) -> Result<Option<Schedule>, CloudError> {
        let call = calls::schedule(stack, id);
        let found: Option<ScheduleAnswer> = self.transport.json(&call).await?;
        Ok(found.map(Schedule::from))
    }

    /// Makes a schedule, and answers with its id.
    ///
    /// One whose answer is lost is looked for among those that were not there before.
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

    /// Makes a schedule what `spec` says.
    pub async fn update_schedule(
        &self,
        stack: &StackRef,
        id: &str,
        spec: &ScheduleSpec,
    ) -> Result<(), CloudError> {
        let call = calls::update_schedule(stack, id, spec);
        self.transport.done(&call).await
    }

    /// Removes a schedule. One that is not there is as good as removed.
    pub async fn delete_schedule(&self, stack: &StackRef, id: &str) -> Result<(), CloudError> {
        self.transport
            .done(&calls::delete_schedule(stack, id))
            .await
    }
}
