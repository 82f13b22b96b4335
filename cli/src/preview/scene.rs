//! What is known before the first preview begins.
//!
//! # What this may not do
//!
//! Start anything.

use super::ahead::{self, Hearer};
use super::request::{WINDOW, takes_revision};
use crate::context::Context;
use crate::look::{self, Look};
use crate::output::text::count;
use anyhow::Context as _;
use auto_deploy::cascade::Answer;
use auto_deploy::cascade::preview::{Gap, Member, Members, Rest, Tie, Ties, join_rests};
use auto_deploy::cloud::{
    CloudError, Deployment, DeploymentStatus, MAX_AT_ONCE, Operation, PreviewSettings, Revision,
};
use auto_deploy::domain::{Repository, Scope, StackRef, starts_per_run};
use auto_deploy::survey::{Attention, Detail, Survey};
use futures_util::stream::{self, StreamExt as _};
use std::collections::{BTreeMap, BTreeSet};
use std::io::Write as _;

/// How many of a stack's newest deployments are searched for previews that an earlier command left behind.
const N_DEPLOYMENTS: usize = 20;

/// The user's request.
pub(super) struct Wish<'a> {
    pub(super) root: &'a StackRef,
    pub(super) revision: Option<&'a Revision>,
    pub(super) takes_all: bool,
    pub(super) max: usize,
    pub(super) parallel: usize,
    pub(super) allows_starts: bool,
}

/// What is known before the first preview begins.
#[derive(Debug)]
pub(super) struct Scene {
    /// The previewed stacks.
    pub(super) members: Members,
    /// What is known about each of them.
    pub(super) known: BTreeMap<StackRef, Known>,
    /// The members that would not be started.
    pub(super) resting: BTreeMap<StackRef, Rest>,
    /// The members that joins start only if an output changes, and that are not due for another reason.
    pub(super) comparing: BTreeSet<StackRef>,
    /// The requested revision.
    pub(super) revision: Option<Revision>,
    /// Whether previews can read what others predict.
    pub(super) has_windows: bool,
    /// How many previews run at the same time.
    pub(super) parallel: usize,
    /// Webhooks that receive events of previews.
    hearers: Vec<Hearer>,
    /// The pages of previews that earlier commands left behind.
    left: Vec<String>,
}

/// What is known about a member.
#[derive(Clone, Debug, Default)]
pub(super) struct Known {
    /// Why it cannot be previewed.
    pub(super) gap: Option<Gap>,
    /// Its version; `None` if it was never updated.
    pub(super) version: Option<i64>,
    /// Whether the requested revision applies to it.
    pub(super) takes_revision: bool,
    /// Whether one of its pre-run commands calls the CLI.
    calls_pulumi: bool,
    /// The stacks whose joins start it and whose last run failed.
    pub(super) failed_conductors: BTreeSet<StackRef>,
    repository: Option<Repository>,
    left: Vec<Deployment>,
}

impl Scene {
    /// Reads everything that matters.
    ///
    /// # Errors
    ///
    /// No preview may begin; with the reason.
    pub(super) async fn look(context: &Context, wish: &Wish<'_>) -> anyhow::Result<Scene> {
        let survey = Survey::new(context.client.clone());
        let look = look::look_by(&survey, context, Detail::Edges).await?;
        anyhow::ensure!(
            look.stacks.contains_key(wish.root),
            "there is no stack `{}`, or the access token may not see it; `auto-deploy graph --org {}` lists those that \
             there are",
            wish.root,
            context.organization
        );
        let members = Members::of(wish.root, ties(&look), wish.takes_all);
        let n = members.members().len();
        anyhow::ensure!(
            n <= wish.max,
            "{n} stacks would be previewed, more than {}, so none was: `--max {n}` previews all of them",
            wish.max
        );
        let hearers = hearers(context, &survey, &look, &members).await?;
        if let Some(refusal) = ahead::refusal(&hearers).filter(|_| !wish.allows_starts) {
            anyhow::bail!(refusal);
        }
        let has_windows = context.client.has_windows().await?;
        let concurrency = context.client.concurrency(&context.organization).await;
        // An unknown limit is no limit. One place is left for other deployments.
        let concurrency = concurrency.ok().flatten();
        let free = concurrency.map_or(wish.parallel, |n| n.saturating_sub(1).max(1));
        let mut known = known(context, &look, &members).await;
        note_revision(wish, &mut known)?;
        note_conductors(&look, &mut known);
        let (resting, comparing) = resting(context, &look, &members).await;
        let left = left(context, &known).await;
        Ok(Scene {
            members,
            known,
            resting,
            comparing,
            revision: wish.revision.cloned(),
            has_windows,
            parallel: wish.parallel.min(free),
            hearers,
            left,
        })
    }

    /// Prints what is about to begin, and what to know beforehand.
    pub(super) fn announce(&self) -> std::io::Result<()> {
        let mut notes = std::io::stderr();
        for page in &self.left {
            writeln!(
                notes,
                "warning: an earlier preview of this command was left: {page}"
            )?;
        }
        for hearer in &self.hearers {
            let (id, events) = (&hearer.id, hearer.events.join(", "));
            writeln!(
                notes,
                "note: the webhook `{id}` receives events of previews ({events})"
            )?;
        }
        for (stack, known) in &self.known {
            if known.calls_pulumi {
                writeln!(
                    notes,
                    "warning: a pre-run command of {} calls `pulumi`, in the same window: it may fail, or take the \
                     stack's only place in it",
                    stack.short()
                )?;
            }
        }
        if self.revision.is_some() {
            let (take, keep): (Vec<_>, Vec<_>) = self
                .known
                .iter()
                .partition(|(_, known)| known.takes_revision);
            let names = |stacks: Vec<(&StackRef, &Known)>| {
                let names: Vec<String> = stacks.iter().map(|(stack, _)| stack.short()).collect();
                names.join(", ")
            };
            writeln!(notes, "With the code that you named: {}.", names(take))?;
            if !keep.is_empty() {
                writeln!(
                    notes,
                    "With their own, from another repository: {}.",
                    names(keep)
                )?;
            }
        }
        let n = count(self.n_to_start(), "preview");
        writeln!(notes, "{n} to run, each a deployment.")
    }

    /// How many previews can begin, as far as known.
    fn n_to_start(&self) -> usize {
        let free = self.members.members().iter();
        let free = free.filter(|member| !self.resting.contains_key(&member.stack));
        free.filter(|member| self.gap(member).is_none()).count()
    }

    /// Why a member cannot be previewed, as far as known beforehand.
    pub(super) fn gap(&self, member: &Member) -> Option<Gap> {
        if let Some(cycle) = &member.cycle {
            return Some(Gap::Cycle(cycle.clone()));
        }
        let known = self.known.get(&member.stack).and_then(|it| it.gap.clone());
        let is_alone = self.has_windows || member.tie == Tie::Root;
        known.or_else(|| (!is_alone).then_some(Gap::NoWindows))
    }
}

/// The edges between the stacks.
fn ties(look: &Look) -> Ties {
    let starting = look.live.direct();
    let starting = starting.filter(|live| live.active && starts_per_run(&live.events) > 0);
    Ties {
        webhooks: starting.map(|live| live.edge.clone()).collect(),
        references: look.live.followable().cloned().collect(),
        joins: look.live.joined().collect(),
    }
}

/// The webhooks of the members and of the organization that receive events of previews.
async fn hearers(
    context: &Context,
    survey: &Survey,
    look: &Look,
    members: &Members,
) -> anyhow::Result<Vec<Hearer>> {
    let mut found = Vec::new();
    for member in members.members() {
        if !look.stacks.contains_key(&member.stack) {
            continue;
        }
        let webhooks = survey.webhooks(&member.stack).await.with_context(|| {
            format!(
                "the webhooks of {} could not be read, so a preview might start a stack: none has begun",
                member.stack.short()
            )
        })?;
        let scope = Scope::from(&member.stack);
        found.extend(webhooks.iter().flat_map(|all| ahead::hearers(&scope, all)));
    }
    let scope = Scope::Organization {
        organization: context.organization.clone(),
    };
    match context.client.webhooks(&scope).await {
        Ok(webhooks) => found.extend(webhooks.iter().flat_map(|all| ahead::hearers(&scope, all))),
        // Not every token may read these, and only the organization's owners need to know.
        Err(error) => writeln!(
            std::io::stderr(),
            "warning: the webhooks of the organization could not be read, and may receive events of previews: {error}"
        )?,
    }
    Ok(found)
}

/// What is known about each member.
async fn known(context: &Context, look: &Look, members: &Members) -> BTreeMap<StackRef, Known> {
    let of_one = |member: &Member| {
        let stack = member.stack.clone();
        let is_there = look.stacks.contains_key(&stack);
        let live = look.live.stacks.get(&stack);
        let is_readable = live.is_none_or(|live| live.knows_references);
        async move {
            if !is_there {
                let gap = Some(Gap::Missing);
                return (
                    stack,
                    Known {
                        gap,
                        ..Known::default()
                    },
                );
            }
            let mut known = match of_stack(context, &stack).await {
                Ok(known) => known,
                Err(error) => Known {
                    gap: Some(Gap::Unreadable(error.to_string())),
                    ..Known::default()
                },
            };
            if !is_readable && known.gap.is_none() {
                known.gap = Some(Gap::Unreadable("what refers to it is not known".to_owned()));
            }
            (stack, known)
        }
    };
    let questions: Vec<_> = members.members().iter().map(of_one).collect();
    let answers = stream::iter(questions).buffer_unordered(MAX_AT_ONCE);
    answers.collect().await
}

async fn of_stack(context: &Context, stack: &StackRef) -> Result<Known, CloudError> {
    let client = &context.client;
    let settings = client.preview_settings(stack).await?;
    let Some(PreviewSettings {
        repository,
        pre_run_commands,
    }) = settings
    else {
        return Ok(Known {
            gap: Some(Gap::NoSettings),
            version: version(context, stack).await?,
            ..Known::default()
        });
    };
    let pauses = client.deployment_pauses(stack).await?.unwrap_or_default();
    let newest = client.stack_deployments(stack, N_DEPLOYMENTS).await?;
    let newest = newest.unwrap_or_default().into_iter();
    let open = newest.filter(|it| it.operation == Operation::Preview && !it.status.is_final());
    Ok(Known {
        gap: pauses.any().then_some(Gap::Paused(pauses)),
        version: version(context, stack).await?,
        takes_revision: false,
        calls_pulumi: ahead::calls_pulumi(&pre_run_commands),
        failed_conductors: BTreeSet::new(),
        repository,
        left: open.collect(),
    })
}

/// The current version of a stack.
pub(super) async fn version(
    context: &Context,
    stack: &StackRef,
) -> Result<Option<i64>, CloudError> {
    let newest = context.client.updates(stack, 1, 1).await?;
    Ok(newest.unwrap_or_default().first().map(|it| it.version))
}

/// Records to which members the requested revision applies.
fn note_revision(wish: &Wish<'_>, known: &mut BTreeMap<StackRef, Known>) -> anyhow::Result<()> {
    if wish.revision.is_none() {
        return Ok(());
    }
    let root = known.get(wish.root).and_then(|it| it.repository.clone());
    anyhow::ensure!(
        root.is_some(),
        "the deployment settings of {} name no repository, so there is no branch or commit to take",
        wish.root.short()
    );
    for it in known.values_mut() {
        it.takes_revision = takes_revision(it.repository.as_ref(), root.as_ref());
    }
    Ok(())
}

/// Records which members are started by a join whose conductor may fail to do so.
fn note_conductors(look: &Look, known: &mut BTreeMap<StackRef, Known>) {
    let live = &look.live;
    let has_failed = |stack: &StackRef| {
        let conductor = live.conductors.get(stack);
        conductor.is_some_and(|it| it.has_failed == Some(true))
    };
    for join in live.joins.iter().filter(|it| has_failed(&it.conductor)) {
        if let Some(known) = known.get_mut(&join.stack) {
            known.failed_conductors.insert(join.conductor.clone());
        }
    }
}

/// The members that would not be started, because a join would not start them, and those for which that depends on outputs.
async fn resting(
    context: &Context,
    look: &Look,
    members: &Members,
) -> (BTreeMap<StackRef, Rest>, BTreeSet<StackRef>) {
    let joins = look.live.joins.iter();
    let joins = joins.filter(|it| members.get(&it.stack).is_some());
    let asked = joins.flat_map(|it| it.upstream.iter().chain([&it.stack]));
    let asked: BTreeMap<_, _> = asked
        .filter_map(|stack| Some((stack.clone(), *look.stacks.get(stack)?)))
        .collect();
    if asked.is_empty() {
        return (BTreeMap::new(), BTreeSet::new());
    }
    let attention = Attention::default();
    let standing = look.standing_of(context, &asked, &attention).await;
    let decision = standing.decision;
    let joined = look.live.joins.iter().map(|it| &it.stack);
    let resting = joined.filter_map(|stack| {
        let is_member = |other: &StackRef| members.get(other).is_some();
        let reason = join_rests(decision.answer(stack)?, is_member)?;
        Some((stack.clone(), reason))
    });
    let is_due = |stack: &StackRef| decision.answer(stack).is_some_and(Answer::is_due);
    let comparing = look
        .live
        .joins
        .iter()
        .filter(|it| it.memory.compares_outputs);
    let comparing = comparing
        .map(|it| it.stack.clone())
        .filter(|stack| !is_due(stack));
    (members.resting(&resting.collect()), comparing.collect())
}

/// The pages of previews that an earlier command left behind, because it was killed and could not cancel them.
async fn left(context: &Context, known: &BTreeMap<StackRef, Known>) -> Vec<String> {
    let mut pages = Vec::new();
    for deployment in known.values().flat_map(|known| &known.left) {
        let asked = context
            .client
            .deployment_variables(&deployment.stack, &deployment.id);
        // A preview without the variable is not one of ours.
        if asked.await.is_ok_and(|them| them.contains_key(WINDOW)) {
            let state = match deployment.status {
                DeploymentStatus::Queued => "queued",
                _ => "running",
            };
            let page = context.console.deployment(deployment);
            let page = page.unwrap_or_else(|| format!("number {}", deployment.version));
            pages.push(format!("{} ({state})  {page}", deployment.stack.short()));
        }
    }
    pages
}
