//! Carries a plan out on the cloud.
//!
//! Webhooks go on working meanwhile: where an upstream stack has one, it is the webhook that starts the stack, and we
//! only see to it that it starts in time and once. For a stack that webhooks would start too early or more than once,
//! deployments are paused until everything before it has run; then all but the newest of those that wait are taken out
//! of the queue, and the pause ends.
//!
//! # What this may not do
//!
//! Change a webhook or a setting. End while a pause of ours is left, except when the process is killed.

use crate::context::Context;
use auto_deploy::cascade::{Outcome, PlannedRun, Progress, RunPlan};
use auto_deploy::cloud::{
    CloudError, Deployment, DeploymentStatus, MAX_AT_ONCE, Operation, Pauses,
};
use auto_deploy::domain::StackRef;
use futures_util::stream::{self, StreamExt as _, TryStreamExt as _};
use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

/// How many of a stack's newest deployments are looked at.
const N_LOOKED_AT: usize = 20;

/// How a plan is to be carried out.
#[derive(Clone, Copy, Debug)]
pub(super) struct Options {
    /// What the deployments do.
    pub(super) operation: Operation,
    /// How long a webhook may take to start a deployment before we start one.
    pub(super) webhook_wait: Duration,
    /// Whether deployments of stacks that webhooks would start out of turn are paused.
    pub(super) may_hold: bool,
}

/// What is known of the run of one stack.
#[derive(Clone, Debug, Default)]
pub(super) struct Track {
    /// The deployments of this stack since the beginning, oldest first.
    pub(super) runs: Vec<Deployment>,
    /// Why it could not be started.
    pub(super) error: Option<String>,
    /// Since when a webhook is waited for.
    pub(super) awaited: Option<Instant>,
    /// The newest version before the beginning.
    before: i64,
    is_held: bool,
    is_started: bool,
}

impl Track {
    /// The deployment that counts: the newest that was not skipped.
    pub(super) fn run(&self) -> Option<&Deployment> {
        let counts = |run: &&Deployment| run.status != DeploymentStatus::Skipped;
        self.runs.iter().rev().find(counts)
    }

    /// How often the stack really ran.
    pub(super) fn n_runs(&self) -> usize {
        let counts = |run: &&Deployment| run.status != DeploymentStatus::Skipped;
        self.runs.iter().filter(counts).count()
    }
}

/// A plan that is being carried out.
#[derive(Debug)]
pub(super) struct Driver<'a> {
    context: &'a Context,
    options: Options,
    pub(super) progress: Progress,
    pub(super) tracks: BTreeMap<StackRef, Track>,
}

impl<'a> Driver<'a> {
    /// Looks where every stack stands, before anything is started.
    ///
    /// # Errors
    ///
    /// A stack cannot be looked at, or its deployments are paused, so that the plan would never end.
    pub(super) async fn new(
        context: &'a Context,
        options: Options,
        plan: RunPlan,
    ) -> anyhow::Result<Driver<'a>> {
        let stacks: Vec<StackRef> = plan
            .stacks()
            .iter()
            .map(|planned| planned.stack.clone())
            .collect();
        let look = |stack: StackRef| async move {
            let client = &context.client;
            let pauses = client.deployment_pauses(&stack).await?;
            if pauses.is_some_and(Pauses::any) {
                return Ok::<_, CloudError>((stack, None));
            }
            let newest = client.stack_deployments(&stack, 1).await?;
            let version = newest
                .unwrap_or_default()
                .first()
                .map_or(0, |run| run.version);
            Ok((stack, Some(version)))
        };
        let found: Vec<_> = stream::iter(stacks)
            .map(look)
            .buffered(MAX_AT_ONCE)
            .try_collect()
            .await?;
        let mut tracks = BTreeMap::new();
        for (stack, before) in found {
            let Some(before) = before else {
                let page = context.console.stack(&stack);
                let page = page.map_or_else(String::new, |url| format!(" on {url}"));
                anyhow::bail!(
                    "the deployments of `{}` are paused, so that this run would wait for ever: resume them{page}, or \
                     run this again with `--resume`",
                    stack.short()
                );
            };
            let track = Track {
                before,
                ..Track::default()
            };
            tracks.insert(stack, track);
        }
        Ok(Driver {
            context,
            options,
            progress: Progress::new(plan),
            tracks,
        })
    }

    /// Where it is carried out.
    pub(super) fn context(&self) -> &'a Context {
        self.context
    }

    /// Pauses the deployments of the stacks that webhooks would start out of turn.
    pub(super) async fn hold(&mut self) -> Result<(), CloudError> {
        if !self.options.may_hold || self.options.operation != Operation::Update {
            return Ok(());
        }
        for planned in self.progress.plan().stacks().to_vec() {
            if planned.is_started_out_of_turn() {
                self.context
                    .client
                    .pause_deployments(&planned.stack)
                    .await?;
                self.track(&planned.stack).is_held = true;
            }
        }
        Ok(())
    }

    /// Ends all pauses that are left. Deployments of stacks that are left out are taken out of the queue first, if
    /// `drops` says so.
    pub(super) async fn release(&mut self, drops: bool) -> Result<(), CloudError> {
        let held: Vec<StackRef> = self
            .tracks
            .iter()
            .filter(|(_, track)| track.is_held)
            .map(|(stack, _)| stack.clone())
            .collect();
        let mut first_error = None;
        for stack in held {
            if drops {
                // What does not leave the queue will run: no reason to keep the pause.
                let dropped = self.drop_waiting(&stack, 0).await;
                first_error = first_error.or(dropped.err());
            }
            let resumed = self.resume(&stack).await;
            first_error = first_error.or(resumed.err());
        }
        first_error.map_or(Ok(()), Err)
    }

    /// Starts what can be started, and looks at what has been started.
    pub(super) async fn step(&mut self) -> anyhow::Result<()> {
        for planned in self.progress.take_ready() {
            self.begin(&planned).await;
        }
        let going: Vec<StackRef> = self.going().cloned().collect();
        let client = &self.context.client;
        let look = |stack: StackRef| async move {
            let found = client.stack_deployments(&stack, N_LOOKED_AT).await?;
            Ok::<_, CloudError>((stack, found.unwrap_or_default()))
        };
        let found: Vec<_> = stream::iter(going)
            .map(look)
            .buffered(MAX_AT_ONCE)
            .try_collect()
            .await?;
        for (stack, deployments) in found {
            let operation = self.options.operation;
            let track = self.track(&stack);
            let before = track.before;
            track.runs = deployments
                .into_iter()
                .filter(|run| run.version > before && run.operation == operation)
                .collect();
            track.runs.sort_by_key(|run| run.version);
            self.go_on(&stack).await?;
        }
        Ok(())
    }

    fn going(&self) -> impl Iterator<Item = &StackRef> {
        let is_going = |track: &Track| track.is_started || track.awaited.is_some();
        self.tracks
            .iter()
            .filter(move |(stack, track)| {
                is_going(track) && *self.progress.step(stack) == auto_deploy::cascade::Step::Going
            })
            .map(|(stack, _)| stack)
    }

    async fn begin(&mut self, planned: &PlannedRun) {
        let is_update = self.options.operation == Operation::Update;
        if is_update && !planned.started_by.is_empty() {
            self.track(&planned.stack).awaited = Some(Instant::now());
        } else {
            self.start(&planned.stack).await;
        }
    }

    /// Starts a deployment. If that cannot be, the stack has failed.
    async fn start(&mut self, stack: &StackRef) {
        let operation = self.options.operation;
        let started = self.context.client.start_deployment(stack, operation).await;
        let track = self.track(stack);
        track.awaited = None;
        match started {
            Ok(_) => track.is_started = true,
            Err(error) => {
                track.error = Some(error.to_string());
                self.progress.end(stack, Outcome::Failed);
            }
        }
    }

    async fn go_on(&mut self, stack: &StackRef) -> Result<(), CloudError> {
        let expected = self
            .progress
            .plan()
            .get(stack)
            .map_or(0, |planned| planned.started_by.len());
        let wait = self.options.webhook_wait;
        let track = self.track(stack);
        if let Some(since) = track.awaited {
            let n_started = track.runs.iter().filter(|run| run.is_by_webhook()).count();
            if n_started < expected && since.elapsed() < wait {
                return Ok(());
            }
            track.awaited = None;
            if track.runs.is_empty() {
                self.start(stack).await;
            } else {
                track.is_started = true;
                if track.is_held {
                    self.drop_waiting(stack, 1).await?;
                }
            }
            self.resume(stack).await?;
        }
        let track = self.track(stack);
        let is_over = !track.runs.is_empty() && track.runs.iter().all(|run| run.status.is_final());
        if is_over {
            let is_well = track
                .run()
                .is_some_and(|run| run.status == DeploymentStatus::Succeeded);
            let outcome = if is_well {
                Outcome::Succeeded
            } else {
                Outcome::Failed
            };
            self.progress.end(stack, outcome);
        }
        Ok(())
    }

    /// Takes the deployments of a held stack out of the queue, all but the newest `n_kept`.
    async fn drop_waiting(&mut self, stack: &StackRef, n_kept: usize) -> Result<(), CloudError> {
        let before = self.track(stack).before;
        let client = &self.context.client;
        let mut waiting = client
            .stack_deployments(stack, N_LOOKED_AT)
            .await?
            .unwrap_or_default();
        waiting.retain(|run| {
            run.version > before && run.status == DeploymentStatus::Queued && run.is_by_webhook()
        });
        waiting.sort_by_key(|run| std::cmp::Reverse(run.version));
        for surplus in waiting.iter().skip(n_kept) {
            client.cancel_deployment(stack, &surplus.id).await?;
        }
        Ok(())
    }

    async fn resume(&mut self, stack: &StackRef) -> Result<(), CloudError> {
        if self.track(stack).is_held {
            self.context.client.resume_deployments(stack).await?;
            self.track(stack).is_held = false;
        }
        Ok(())
    }

    fn track(&mut self, stack: &StackRef) -> &mut Track {
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
