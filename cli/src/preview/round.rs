//! Runs the previews of one window.
//!
//! # What this may not do
//!
//! Let a preview begin before those that it may read from have succeeded; displace a preview that someone else has in the
//! queue; start one twice.

use super::collect::collect;
use super::request::request;
use super::scene::Scene;
use crate::context::Context;
use auto_deploy::cascade::Reason;
use auto_deploy::cascade::preview::{
    Gap, Link, Member, Members, Outcome, Outputs, Rest, Result as RowResult, Row, proof,
};
use auto_deploy::cloud::{
    CloudError, Deployment, DeploymentStatus, MAX_AT_ONCE, Operation, Started,
};
use auto_deploy::domain::StackRef;
use auto_deploy::graph::Edge;
use futures_util::stream::{self, StreamExt as _, TryStreamExt as _};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Instant;

/// How many of a stack's newest deployments are read to find other people's previews in the queue.
const N_DEPLOYMENTS: usize = 20;

/// The progress of a member's preview.
#[derive(Clone, Debug)]
pub(super) enum Step {
    /// It waits for other members.
    Waiting,
    /// It waits for a preview that someone else has in the queue.
    Behind,
    /// It was started; the status is the last known one.
    Going {
        since: Instant,
        started: Started,
        status: Option<DeploymentStatus>,
    },
    /// It is done.
    Done,
}

/// The previews of one window.
#[derive(Debug)]
pub(super) struct Round<'a> {
    pub(super) context: &'a Context,
    scene: &'a Scene,
    members: Members,
    window: Option<String>,
    steps: BTreeMap<StackRef, Step>,
    rows: BTreeMap<StackRef, Row>,
    /// The version of the CLI that made each preview.
    clis: BTreeMap<StackRef, String>,
}

impl<'a> Round<'a> {
    /// A round before anything has begun.
    pub(super) fn new(context: &'a Context, scene: &'a Scene, members: &Members) -> Round<'a> {
        let window = scene
            .has_windows
            .then(|| format!("auto-deploy-{}", uuid::Uuid::new_v4()));
        let mut round = Round {
            context,
            scene,
            members: members.clone(),
            window,
            steps: BTreeMap::new(),
            rows: BTreeMap::new(),
            clis: BTreeMap::new(),
        };
        for member in members.members() {
            let mut row = Row::of(member);
            if let Some(known) = scene.known.get(&member.stack) {
                row.version = known.version;
                row.takes_revision = known.takes_revision;
                row.failed_conductors.clone_from(&known.failed_conductors);
            }
            let reads = members.reads(&member.stack);
            row.reads = reads.into_iter().cloned().collect();
            row.rest = scene.resting.get(&member.stack).cloned();
            if row.rest.is_none() {
                row.gaps.extend(scene.gap(member));
            }
            let step = if row.gaps.is_empty() && row.rest.is_none() {
                Step::Waiting
            } else {
                Step::Done
            };
            round.steps.insert(member.stack.clone(), step);
            round.rows.insert(member.stack.clone(), row);
        }
        round
    }

    /// The members with their progress, layer by layer.
    pub(super) fn all(&self) -> impl Iterator<Item = (&Member, &Step, &Row)> {
        let members = self.members.members().iter();
        members.map(|member| {
            let stack = &member.stack;
            (member, &self.steps[stack], &self.rows[stack])
        })
    }

    /// Whether all members are done.
    pub(super) fn is_over(&self) -> bool {
        self.n_done() == self.steps.len()
    }

    /// The number of members that are done.
    pub(super) fn n_done(&self) -> usize {
        let steps = self.steps.values();
        steps.filter(|step| matches!(step, Step::Done)).count()
    }

    /// Starts what can be started, and reads the state of what was started.
    pub(super) async fn step(&mut self) -> Result<(), CloudError> {
        self.let_rest();
        self.leave_out();
        for stack in self.startable() {
            if self.n_going() >= self.scene.parallel {
                break;
            }
            self.start(&stack).await?;
        }
        let context = self.context;
        let going: Vec<(StackRef, Started)> = self.going();
        let look = |(stack, started): (StackRef, Started)| async move {
            let found = find(context, &stack, &started).await?;
            Ok::<_, CloudError>((stack, found))
        };
        let found: Vec<_> = stream::iter(going)
            .map(look)
            .buffered(MAX_AT_ONCE)
            .try_collect()
            .await?;
        for (stack, found) in found {
            self.see(&stack, found).await?;
        }
        self.leave_out();
        Ok(())
    }

    /// Skips members that a join would not start, because no output that it compares changes, and members that only those
    /// would start.
    fn let_rest(&mut self) {
        let comparing = self.scene.comparing.iter();
        let unchanged: Vec<StackRef> = comparing
            .filter(|stack| matches!(self.steps.get(*stack), Some(Step::Waiting)))
            .filter(|stack| self.reads_no_change(stack))
            .cloned()
            .collect();
        if unchanged.is_empty() {
            return;
        }
        let known = self.rows.values().filter_map(|row| match &row.rest {
            Some(Rest::Join(reason)) => Some((row.stack.clone(), reason.clone())),
            _ => None,
        });
        let unchanged = unchanged
            .into_iter()
            .map(|stack| (stack, Reason::Unchanged));
        for (stack, rest) in self.members.resting(&known.chain(unchanged).collect()) {
            if matches!(self.steps[&stack], Step::Waiting) {
                let row = self.rows.get_mut(&stack).expect("each member has one");
                row.rest = Some(rest);
                self.steps.insert(stack, Step::Done);
            }
        }
    }

    /// Whether everything that a member waits for is done, without a change of an output that this member could hold.
    fn reads_no_change(&self, stack: &StackRef) -> bool {
        let reads = self.members.reads(stack);
        let is_as_before = |upstream: &StackRef| {
            let row = &self.rows[upstream];
            let is_same = row.outputs.as_ref().is_some_and(BTreeMap::is_empty);
            let is_done = matches!(self.steps[upstream], Step::Done);
            is_done
                && (row.rest.is_some() || (row.is_good() && is_same && reads.contains(upstream)))
        };
        let member = self.members.get(stack);
        member.is_some_and(|member| member.upstream.iter().all(is_as_before))
    }

    /// Skips members below a stack that has no preview to read from.
    fn leave_out(&mut self) {
        for member in self.members.members() {
            if !matches!(self.steps[&member.stack], Step::Waiting) {
                continue;
            }
            let missing = member.upstream.iter().find_map(|upstream| {
                let is_done = matches!(self.steps[upstream], Step::Done);
                let row = &self.rows[upstream];
                let cause = row.gaps.iter().find_map(|gap| match gap {
                    Gap::Below(cause) => Some(cause),
                    _ => None,
                });
                (is_done && !row.is_settled()).then(|| cause.unwrap_or(upstream).clone())
            });
            if let Some(cause) = missing {
                self.steps.insert(member.stack.clone(), Step::Done);
                let row = self.rows.get_mut(&member.stack);
                row.expect("each member has one")
                    .gaps
                    .push(Gap::Below(cause));
            }
        }
    }

    /// The members that need not wait any longer, in order.
    fn startable(&self) -> Vec<StackRef> {
        let is_settled = |stack: &StackRef| {
            matches!(self.steps[stack], Step::Done) && self.rows[stack].is_settled()
        };
        let waiting = self.members.members().iter().filter(|member| {
            let step = &self.steps[&member.stack];
            matches!(step, Step::Waiting | Step::Behind) && member.upstream.iter().all(is_settled)
        });
        waiting.map(|member| member.stack.clone()).collect()
    }

    fn going(&self) -> Vec<(StackRef, Started)> {
        let going = self.steps.iter().filter_map(|(stack, step)| match step {
            Step::Going { started, .. } => Some((stack.clone(), started.clone())),
            _ => None,
        });
        going.collect()
    }

    fn n_going(&self) -> usize {
        self.going().len()
    }

    async fn start(&mut self, stack: &StackRef) -> Result<(), CloudError> {
        let client = &self.context.client;
        let newest = client.stack_deployments(stack, N_DEPLOYMENTS).await?;
        let is_queued = newest
            .unwrap_or_default()
            .iter()
            .any(|it| it.operation == Operation::Preview && it.status == DeploymentStatus::Queued);
        // Directly after it, ours would be skipped.
        if is_queued {
            self.steps.insert(stack.clone(), Step::Behind);
            return Ok(());
        }
        let row = self.rows.get_mut(stack).expect("each member has one");
        let revision = self.scene.revision.as_ref();
        let revision = revision.filter(|_| row.takes_revision);
        let request = request(self.window.as_deref(), revision);
        let step = match client.start_preview(stack, &request).await {
            Ok(started) => {
                row.link = Some(Link {
                    deployment: started.id.clone(),
                    version: started.version,
                    run: None,
                });
                Step::Going {
                    since: Instant::now(),
                    started,
                    status: None,
                }
            }
            Err(error) if error.meets_all() || error.may_have_been_done() => return Err(error),
            Err(error) => {
                row.gaps.push(Gap::Refused(error.to_string()));
                Step::Done
            }
        };
        self.steps.insert(stack.clone(), step);
        Ok(())
    }

    /// Records the state of one of our deployments.
    async fn see(&mut self, stack: &StackRef, found: Option<Deployment>) -> Result<(), CloudError> {
        let Some(found) = found else {
            // Its stack was deleted, or its list was too long: it cannot be followed either way.
            self.give_up(stack, Gap::Unreadable("its deployment is gone".to_owned()));
            return Ok(());
        };
        if found.status.is_final() {
            let row = self.rows.get_mut(stack).expect("each member has one");
            if let Some(cli) = collect(self.context, row, &found).await? {
                self.clis.insert(stack.clone(), cli);
            }
            self.steps.insert(stack.clone(), Step::Done);
            return Ok(());
        }
        if found.status == DeploymentStatus::Queued && found.is_paused {
            let pauses = self.context.client.deployment_pauses(stack).await?;
            if let Some(pauses) = pauses.filter(|pauses| pauses.any()) {
                let client = &self.context.client;
                client.cancel_deployment(stack, &found.id).await?;
                self.give_up(stack, Gap::Paused(pauses));
                return Ok(());
            }
        }
        if let Some(Step::Going { status, .. }) = self.steps.get_mut(stack) {
            *status = Some(found.status);
        }
        Ok(())
    }

    fn give_up(&mut self, stack: &StackRef, gap: Gap) {
        let row = self.rows.get_mut(stack).expect("each member has one");
        row.gaps.push(gap);
        self.steps.insert(stack.clone(), Step::Done);
    }

    /// The StackReferences by which a preview read outdated outputs of a member that it did not wait for.
    pub(super) fn learned(&self) -> BTreeSet<Edge> {
        let mut learned = BTreeSet::new();
        for (member, old) in self.old_values() {
            let waited = &member.upstream;
            let new = old.into_iter().filter(|stack| !waited.contains(stack));
            learned.extend(new.map(|upstream| Edge {
                upstream,
                downstream: member.stack.clone(),
            }));
        }
        learned
    }

    /// The members whose previews read outdated outputs, with the members they belong to.
    fn old_values(&self) -> Vec<(&Member, BTreeSet<StackRef>)> {
        if self.window.is_none() {
            return Vec::new();
        }
        let predicted = self.predicted();
        let of_one = |member: &'_ Member| {
            let seen = self.rows[&member.stack].seen.as_ref()?;
            let cli = self.clis.get(&member.stack).map(String::as_str);
            let old = proof::old_values(&member.stack, &seen.reads, &predicted, cli);
            Some(old.into_iter().cloned().collect::<BTreeSet<_>>()).filter(|old| !old.is_empty())
        };
        let members = self.members.members().iter();
        members
            .filter_map(|member| Some((member, of_one(member)?)))
            .collect()
    }

    /// The outputs that the completed previews predict.
    fn predicted(&self) -> BTreeMap<StackRef, Outputs> {
        let good = self.rows.values().filter(|row| row.is_good());
        good.filter_map(|row| {
            let outputs = row.seen.as_ref()?.outputs.clone();
            Some((row.stack.clone(), outputs.unwrap_or_default()))
        })
        .collect()
    }

    /// The result.
    pub(super) fn outcome(self) -> Outcome {
        let old: Vec<(StackRef, BTreeSet<StackRef>)> = self
            .old_values()
            .into_iter()
            .map(|(member, old)| (member.stack.clone(), old))
            .collect();
        let mut rows = self.rows;
        for (stack, old) in old {
            let row = rows.get_mut(&stack).expect("each member has one");
            row.gaps.push(Gap::OldValues(old));
        }
        for row in rows.values_mut() {
            note_reads(row, &self.members);
        }
        let members = self.members.members().iter();
        let rows = members.filter_map(|member| rows.remove(&member.stack));
        Outcome {
            rows: rows.collect(),
            onlookers: self.members.onlookers().to_vec(),
        }
    }

    /// Cancels queued previews; returns those that are still running.
    pub(super) async fn cancel(&self) -> (Vec<Deployment>, Vec<CloudError>) {
        let client = &self.context.client;
        let (mut running, mut errors) = (Vec::new(), Vec::new());
        for (stack, started) in self.going() {
            match find(self.context, &stack, &started).await {
                Ok(Some(found)) if found.status == DeploymentStatus::Queued => {
                    let cancelled = client.cancel_deployment(&stack, &found.id).await;
                    errors.extend(cancelled.err());
                }
                Ok(Some(found)) if !found.status.is_final() => running.push(found),
                Ok(_) => {}
                Err(error) => errors.push(error),
            }
        }
        (running, errors)
    }
}

/// Records the members that a preview actually read, rather than those in its state.
fn note_reads(row: &mut Row, members: &Members) {
    let is_previewed = row.result() != RowResult::NotPreviewed;
    let Some(seen) = row.seen.as_ref().filter(|_| is_previewed) else {
        return;
    };
    let read = seen.reads.iter().filter_map(|read| read.stack(&row.stack));
    row.reads = read.filter(|stack| members.get(stack).is_some()).collect();
}

/// The current state of a deployment, with its runs.
async fn find(
    context: &Context,
    stack: &StackRef,
    started: &Started,
) -> Result<Option<Deployment>, CloudError> {
    if started.version > 0 {
        let since = started.version - 1;
        let listed = context.client.deployments_since(stack, since).await?;
        if let Some(found) = listed.into_iter().find(|it| it.id == started.id) {
            return Ok(Some(found));
        }
    }
    context.client.deployment(stack, &started.id).await
}
