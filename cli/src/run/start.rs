//! Starts the stacks of a plan, by their webhooks or by ourselves, only once, and not while someone else updates them.
//!
//! # What this may not do
//!
//! Start a stack a second time because an answer was lost.

use super::drive::Driver;
use super::track::{Gate, Refused};
use auto_deploy::cascade::Outcome;
use auto_deploy::cloud::{CloudError, DeploymentStatus, Operation};
use auto_deploy::domain::StackRef;
use std::time::{Duration, Instant};

/// How long to wait for a deployment to appear whose start had no clear answer. Starting another one could be a second
/// start.
const LOST_START: Duration = Duration::from_mins(1);

impl Driver<'_> {
    /// Waits for the webhooks of a stack, or starts it. Returns whether it is under way.
    pub(super) async fn get_started(&mut self, stack: &StackRef) -> Result<bool, CloudError> {
        if self.leaves_to_webhooks(stack) {
            return Ok(false);
        }
        match self.tracks[stack].gate.clone() {
            Gate::Open => {}
            Gate::Blocked(why) => {
                self.track(stack).error = Some(why);
                self.progress.leave_out(stack);
                return Ok(false);
            }
            Gate::Waits(since, why) => {
                if since.elapsed() >= self.options.patience {
                    self.fail(stack, format!("not started, because {why}"));
                }
                return Ok(false);
            }
        }
        let track = &self.tracks[stack];
        if track.runs.is_empty() {
            if !self.start(stack).await? {
                return Ok(false);
            }
        } else if track.is_held {
            self.drop_waiting(stack, 1).await?;
        }
        self.resume(stack).await?;
        let track = self.track(stack);
        track.awaited = None;
        track.is_started = true;
        Ok(true)
    }

    /// Whether the webhooks of a stack still have time to start it.
    pub(super) fn leaves_to_webhooks(&self, stack: &StackRef) -> bool {
        let planned = self.progress.plan().get(stack);
        let is_update = self.options.operation == Operation::Update;
        let expected = planned.map_or(0, |planned| planned.started_by.len());
        let expected = if is_update { expected } else { 0 };
        let wait = self.options.webhook_wait;
        let track = &self.tracks[stack];
        let is_late = track.awaited.is_none_or(|since| since.elapsed() >= wait);
        track.n_by_webhook() < expected && !is_late
    }

    /// Starts a deployment. If that is impossible, the stack has failed; if it is only impossible now, it is tried again.
    async fn start(&mut self, stack: &StackRef) -> Result<bool, CloudError> {
        let patience = self.options.patience;
        if let Some(refused) = &self.tracks[stack].refused {
            let limit = if refused.may_have_started {
                patience.min(LOST_START)
            } else {
                patience
            };
            if refused.since.elapsed() >= limit {
                self.fail(stack, refused.error.clone());
                return Ok(false);
            }
            if refused.may_have_started {
                return Ok(false);
            }
        }
        let operation = self.options.operation;
        if operation == Operation::Destroy
            && let Some(other) = self.is_still_needed(stack).await?
        {
            self.fail(
                stack,
                format!("`{other}` refers to it by now; nothing of it was destroyed"),
            );
            return Ok(false);
        }
        let started = self.context.client.start_deployment(stack, operation).await;
        let Err(error) = started else {
            self.track(stack).refused = None;
            return Ok(true);
        };
        if error.meets_all() || error.may_have_been_done() {
            let track = self.track(stack);
            let since = track.refused.as_ref().map(|refused| refused.since);
            track.refused = Some(Refused {
                since: since.unwrap_or_else(Instant::now),
                may_have_started: error.may_have_been_done(),
                error: error.to_string(),
            });
        } else {
            self.fail(stack, error.to_string());
        }
        Ok(false)
    }

    /// A stack outside of the run that now refers to this one.
    async fn is_still_needed(&self, stack: &StackRef) -> Result<Option<StackRef>, CloudError> {
        let client = &self.context.client;
        let others = client
            .downstream_references(stack)
            .await?
            .unwrap_or_default();
        let mut others = others.into_iter();
        Ok(others.find(|other| other != stack && !self.inside.contains(other)))
    }

    pub(super) fn fail(&mut self, stack: &StackRef, error: String) {
        self.track(stack).error = Some(error);
        self.progress.end(stack, Outcome::Failed);
    }

    /// Starts a stack again after the update that someone else runs has ended.
    pub(super) async fn wait_for_lock(&mut self, stack: &StackRef) -> Result<(), CloudError> {
        let since = self.tracks[stack].locked;
        let is_late = since.is_some_and(|since| since.elapsed() >= self.options.patience);
        if !self.tracks[stack].runs.is_empty() {
            // Someone else was faster.
            let track = self.track(stack);
            (track.locked, track.is_started) = (None, true);
        } else if self.history(stack).await?.running().is_none() {
            let track = self.track(stack);
            track.locked = None;
            // The webhook has had its chance.
            track.awaited = Some(Instant::now());
            if self.start(stack).await? {
                let track = self.track(stack);
                track.awaited = None;
                track.is_started = true;
            }
        } else if is_late {
            self.fail(stack, "someone else was still updating it".to_owned());
        }
        Ok(())
    }

    /// Cancels the queued deployments of a held stack, except for the newest `n_kept`.
    pub(super) async fn drop_waiting(
        &mut self,
        stack: &StackRef,
        n_kept: usize,
    ) -> Result<(), CloudError> {
        let before = self.track(stack).before;
        let client = &self.context.client;
        let mut waiting = client.deployments_since(stack, before).await?;
        waiting.retain(|run| run.status == DeploymentStatus::Queued && run.is_by_webhook());
        waiting.sort_by_key(|run| std::cmp::Reverse(run.version));
        let mut first_error = None;
        for surplus in waiting.iter().skip(n_kept) {
            // Even if one stays, the others are removed.
            let cancelled = client.cancel_deployment(stack, &surplus.id).await;
            first_error = first_error.or(cancelled.err());
        }
        first_error.map_or(Ok(()), Err)
    }

    pub(super) async fn resume(&mut self, stack: &StackRef) -> Result<(), CloudError> {
        if self.track(stack).is_held {
            match &self.owner {
                Some(owner) => owner.release(self.context, stack).await?,
                None => self.context.client.resume_deployments(stack).await?,
            }
            self.track(stack).is_held = false;
        }
        Ok(())
    }
}
