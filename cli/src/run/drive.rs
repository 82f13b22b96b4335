//! Executes a plan on the cloud.
//!
//! Webhooks keep working meanwhile: if an upstream stack has one, that webhook starts the stack, and we only ensure that it
//! starts in time and only once. If webhooks would start a stack too early or more than once, its deployments are paused
//! until everything before it has run. Then all but the newest queued deployment are cancelled, and the pause ends. A tag
//! on the stack names the run that holds it (`hold`).
//!
//! # What this may not do
//!
//! Change a webhook or a setting. End with a pause of ours left behind without reporting it, unless the process is killed.

use super::hold::Owner;
use super::track::Track;
use crate::context::Context;
use crate::look::Look;
use auto_deploy::cascade::{History, Outcome, PlannedRun, Progress, RunPlan, Step};
use auto_deploy::cloud::{
    CloudError, Deployment, DeploymentStatus, MAX_AT_ONCE, Operation, calls::MAX_PAGE,
};
use auto_deploy::domain::StackRef;
use futures_util::stream::{self, StreamExt as _, TryStreamExt as _};
use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

/// How many of a stack's updates are read to find one that blocked a deployment.
const N_UPDATES: usize = 20;

/// How to execute a plan.
#[derive(Clone, Copy, Debug)]
pub(super) struct Options {
    /// The operation of the deployments.
    pub(super) operation: Operation,
    /// How long to wait for a webhook to start a deployment before we start one.
    pub(super) webhook_wait: Duration,
    /// How long an obstacle may last: a cloud that cannot be reached, an update that someone else runs.
    pub(super) patience: Duration,
    /// Whether to pause deployments of stacks that webhooks would start out of turn.
    pub(super) may_hold: bool,
}

/// A plan, and its basis.
#[derive(Debug)]
pub(super) struct Scene {
    /// The stack that the user named.
    pub(super) root: StackRef,
    /// The organization, before anything is started.
    pub(super) look: Look,
    /// The stacks that may refer to a destroyed one, because they are destroyed before it.
    pub(super) inside: BTreeSet<StackRef>,
    /// The plan.
    pub(super) plan: RunPlan,
}

/// A plan that is being executed.
#[derive(Debug)]
pub(super) struct Driver<'a> {
    pub(super) context: &'a Context,
    pub(super) options: Options,
    /// As in [`Scene`].
    pub(super) root: StackRef,
    pub(super) look: Look,
    pub(super) inside: BTreeSet<StackRef>,
    pub(super) owner: Option<Owner>,
    /// When our tags were last written.
    beat: Instant,
    pub(super) progress: Progress,
    pub(super) tracks: BTreeMap<StackRef, Track>,
}

impl<'a> Driver<'a> {
    /// Reads the state of every stack, before anything is started. `adopted` were paused by a run that has ended.
    ///
    /// # Errors
    ///
    /// A stack cannot be read.
    pub(super) async fn new(
        context: &'a Context,
        options: Options,
        scene: Scene,
        adopted: &BTreeSet<StackRef>,
    ) -> Result<Driver<'a>, CloudError> {
        let Scene {
            root,
            look,
            inside,
            plan,
        } = scene;
        let operation = options.operation;
        let first_look = |planned: &PlannedRun| {
            let stack = planned.stack.clone();
            let is_held = adopted.contains(&stack);
            // A deployment that is queued for a first stack, or held for us, counts as started by us.
            let takes_queued = is_held || planned.upstream.is_empty();
            async move {
                let newest = context.client.stack_deployments(&stack, MAX_PAGE).await?;
                let newest = newest.unwrap_or_default();
                let waiting = newest.iter().filter(|run| {
                    takes_queued
                        && run.operation == operation
                        && run.status == DeploymentStatus::Queued
                });
                let first = waiting.map(|run| run.version - 1).min();
                let last = newest.first().map_or(0, |run| run.version);
                let track = Track {
                    before: first.unwrap_or(last),
                    is_held,
                    ..Track::default()
                };
                Ok::<_, CloudError>((stack, track))
            }
        };
        let looks: Vec<_> = plan.stacks().iter().map(first_look).collect();
        let tracks = stream::iter(looks)
            .buffered(MAX_AT_ONCE)
            .try_collect()
            .await?;
        Ok(Driver {
            context,
            options,
            root,
            look,
            inside,
            owner: None,
            beat: Instant::now(),
            progress: Progress::new(plan),
            tracks,
        })
    }

    /// Pauses the deployments of the stacks that webhooks would start out of turn, after writing a tag that names this run.
    ///
    /// Returns the stack that another run began to hold at the same time, if there is one: that run goes first.
    pub(super) async fn hold(&mut self, owner: Owner) -> Result<Option<StackRef>, CloudError> {
        let planned = self.progress.plan().stacks().iter();
        let planned =
            planned.filter(|planned| self.holds(planned) || self.tracks[&planned.stack].is_held);
        let stacks: Vec<StackRef> = planned.map(|planned| planned.stack.clone()).collect();
        self.owner = Some(owner.clone());
        for stack in stacks {
            owner.note(self.context, &stack).await?;
            if !owner.holds(self.context, &stack).await? {
                return Ok(Some(stack));
            }
            // Even if the answer is lost: from now on it may be paused.
            self.track(&stack).is_held = true;
            self.context.client.pause_deployments(&stack).await?;
        }
        Ok(None)
    }

    fn holds(&self, planned: &PlannedRun) -> bool {
        self.options.may_hold
            && self.options.operation == Operation::Update
            && planned.is_started_out_of_turn()
    }

    /// Whether it holds a stack, or has to.
    pub(super) fn needs_hold(&self) -> bool {
        let mut planned = self.progress.plan().stacks().iter();
        planned.any(|planned| self.holds(planned)) || !self.held().is_empty()
    }

    /// The stacks that this run has paused, or may have.
    pub(super) fn held(&self) -> Vec<StackRef> {
        let held = self.tracks.iter().filter(|(_, track)| track.is_held);
        held.map(|(stack, _)| stack.clone()).collect()
    }

    /// Ends all remaining pauses. If `drops`, the queued deployments of skipped stacks are cancelled first.
    pub(super) async fn release(&mut self, drops: bool) -> Result<(), CloudError> {
        let mut first_error = None;
        for stack in self.held() {
            if drops {
                // A deployment that stays in the queue will run, which is no reason to keep the pause.
                let dropped = self.drop_waiting(&stack, 0).await;
                first_error = first_error.or(dropped.err());
            }
            let resumed = self.resume(&stack).await;
            first_error = first_error.or(resumed.err());
        }
        first_error.map_or(Ok(()), Err)
    }

    /// Starts what can be started, and reads the state of what was started.
    pub(super) async fn step(&mut self) -> Result<(), CloudError> {
        for planned in self.progress.take_ready() {
            self.track(&planned.stack).awaited = Some(Instant::now());
        }
        self.say_that_it_lives().await;
        let going: Vec<(StackRef, i64)> = self
            .going()
            .map(|(stack, track)| (stack.clone(), track.before))
            .collect();
        let client = &self.context.client;
        let look = |(stack, before): (StackRef, i64)| async move {
            let found = client.deployments_since(&stack, before).await?;
            Ok::<_, CloudError>((stack, found))
        };
        let found: Vec<_> = stream::iter(going)
            .map(look)
            .buffered(MAX_AT_ONCE)
            .try_collect()
            .await?;
        let mut going = Vec::with_capacity(found.len());
        for (stack, mut deployments) in found {
            let operation = self.options.operation;
            deployments.retain(|run| run.operation == operation);
            self.track(&stack).see(deployments);
            going.push(stack);
        }
        self.ask_decision().await;
        for stack in going {
            self.go_on(&stack).await?;
        }
        Ok(())
    }

    pub(super) fn going(&self) -> impl Iterator<Item = (&StackRef, &Track)> {
        let is_going = |stack: &StackRef| *self.progress.step(stack) == Step::Going;
        self.tracks.iter().filter(move |(stack, _)| is_going(stack))
    }

    /// Writes the tags of held stacks again, to show other runs that this one is alive.
    async fn say_that_it_lives(&mut self) {
        let Some(owner) = self.owner.clone() else {
            return;
        };
        if self.beat.elapsed() < owner.beat() {
            return;
        }
        self.beat = Instant::now();
        for stack in self.held() {
            // If one fails, the next one makes up for it.
            let _ = owner.note(self.context, &stack).await;
        }
    }

    async fn go_on(&mut self, stack: &StackRef) -> Result<(), CloudError> {
        if self.tracks[stack].locked.is_some() {
            return self.wait_for_lock(stack).await;
        }
        if self.tracks[stack].awaited.is_some() && !self.get_started(stack).await? {
            return Ok(());
        }
        self.look_at_pause(stack).await?;
        let patience = self.options.patience;
        let track = self.track(stack);
        let is_unknown = |run: &Deployment| run.status == DeploymentStatus::Unknown;
        track.unknown = if track.run().is_some_and(is_unknown) {
            Some(track.unknown.unwrap_or_else(Instant::now))
        } else {
            None
        };
        if track
            .unknown
            .is_some_and(|since| since.elapsed() >= patience)
        {
            track.error =
                Some("the cloud reports a status that this version does not know".to_owned());
            self.progress.end(stack, Outcome::Failed);
            return Ok(());
        }
        if self.tracks[stack].is_over() {
            self.end(stack).await?;
        } else if self.is_gone(stack).await? {
            self.progress.end(stack, Outcome::Succeeded);
        }
        Ok(())
    }

    /// Whether a stack that was being destroyed no longer exists, with its deployments: its settings may ask for that.
    async fn is_gone(&self, stack: &StackRef) -> Result<bool, CloudError> {
        let track = &self.tracks[stack];
        let may_be = self.options.operation == Operation::Destroy && track.is_started;
        if !may_be || !track.runs.is_empty() {
            return Ok(false);
        }
        let found = self.context.client.stack_deployments(stack, 1).await?;
        Ok(found.is_none())
    }

    /// Records which pause, other than ours, holds a stack in the queue.
    async fn look_at_pause(&mut self, stack: &StackRef) -> Result<(), CloudError> {
        let track = &self.tracks[stack];
        let is_paused = !track.is_held
            && track
                .run()
                .is_some_and(|run| run.status == DeploymentStatus::Queued && run.is_paused);
        if !is_paused {
            self.track(stack).paused = None;
        } else if track.paused.is_none() {
            let pauses = self.context.client.deployment_pauses(stack).await?;
            self.track(stack).paused = pauses;
        }
        Ok(())
    }

    /// Records the result of a stack: everything that was started is over.
    async fn end(&mut self, stack: &StackRef) -> Result<(), CloudError> {
        let run = self.tracks[stack].run().cloned();
        let status = run.as_ref().map(|run| run.status);
        if status == Some(DeploymentStatus::Succeeded) {
            self.progress.end(stack, Outcome::Succeeded);
            return Ok(());
        }
        if let Some(run) = run.filter(|run| run.status == DeploymentStatus::Failed) {
            if run.update().is_none() && self.met_a_lock(stack, &run).await? {
                let track = self.track(stack);
                track.locked = Some(Instant::now());
                track.before = run.version;
                track.runs.clear();
                return Ok(());
            }
            let error = if run.began.is_none() {
                Some("cancelled in the queue".to_owned())
            } else {
                // The log explains the failure, but is not necessary to report it.
                let said = self.context.client.deployment_failure(stack, &run.id).await;
                said.ok().flatten()
            };
            self.track(stack).error = error;
        }
        self.progress.end(stack, Outcome::Failed);
        Ok(())
    }

    /// Whether a deployment failed because someone else was updating its stack.
    async fn met_a_lock(&self, stack: &StackRef, run: &Deployment) -> Result<bool, CloudError> {
        let history = self.history(stack).await?;
        Ok(run.began.is_some() && history.came_to_nothing(run))
    }

    pub(super) async fn history(&self, stack: &StackRef) -> Result<History, CloudError> {
        let client = &self.context.client;
        let updates = client.updates(stack, 1, N_UPDATES).await?;
        let deployments = client.stack_deployments(stack, N_UPDATES).await?;
        Ok(History::new(
            updates.unwrap_or_default(),
            deployments.unwrap_or_default(),
        ))
    }

    pub(super) fn track(&mut self, stack: &StackRef) -> &mut Track {
        self.tracks.entry(stack.clone()).or_default()
    }

    /// The stacks that ran more than once.
    pub(super) fn repeated(&self) -> BTreeSet<&StackRef> {
        self.tracks
            .iter()
            .filter(|(_, track)| track.n_runs() > 1)
            .map(|(stack, _)| stack)
            .collect()
    }
}
