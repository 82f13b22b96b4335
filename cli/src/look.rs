//! What all commands read: the stacks of an organization, and their dependencies.
//!
//! # What this may not do
//!
//! Judge: the library makes the findings.

use crate::context::{CloudArguments, Context};
use crate::output::style::Tone;
use crate::output::text::count;
use crate::output::{Cell, Progress};
use auto_deploy::domain::{StackRef, Starts, WebhookId};
use auto_deploy::findings::{self, Finding, Severity};
use auto_deploy::graph::Edge;
use auto_deploy::survey::{Attention, Detail, LiveEdge, LiveGraph, Standing, Survey, Unavailable};
use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet};
use std::io::Write as _;

/// The current state of an organization.
#[derive(Clone, Debug)]
pub(crate) struct Look {
    /// Everything that was found.
    pub(crate) live: LiveGraph,
    /// The existing stacks, with the time of their last update.
    pub(crate) stacks: BTreeMap<StackRef, Option<Timestamp>>,
    /// The dependencies: by a webhook, a join, or a StackReference that a webhook can follow.
    pub(crate) edges: BTreeSet<Edge>,
    /// The edges of joins, with the stacks that conduct them.
    pub(crate) joined: BTreeMap<Edge, StackRef>,
    /// The StackReferences in this organization, including those of a stack to itself.
    pub(crate) references: BTreeSet<Edge>,
    /// The webhooks that should start deployments, without those that wake up a stack that conducts joins.
    pub(crate) webhooks: Vec<Webhook>,
    /// The findings of the checks.
    pub(crate) findings: Vec<Finding>,
}

/// A webhook that should start deployments of another stack.
#[derive(Clone, Debug)]
pub(crate) struct Webhook {
    /// The edge.
    pub(crate) edge: Edge,
    /// Its ID.
    pub(crate) id: WebhookId,
    /// When it starts the downstream stack.
    pub(crate) starts: Starts,
}

impl Webhook {
    fn of(live: &LiveEdge) -> Webhook {
        Webhook {
            edge: live.edge.clone(),
            id: live.id(),
            starts: live.starts(),
        }
    }
}

/// Determines the cloud and the organization, and reads the organization.
///
/// # Errors
///
/// There is no cloud, token or organization; the stacks cannot be listed; or there are none, because any result would look
/// like a healthy graph.
pub(crate) async fn open(
    arguments: &CloudArguments,
    detail: Detail,
) -> anyhow::Result<(Context, Look)> {
    let context = Context::open(arguments).await?;
    let look = look(&context, detail).await?;
    anyhow::ensure!(
        !look.stacks.is_empty(),
        "the organization `{}` has no stacks on {}, as far as the access token can see; name another one with `--org`, or \
         with `pulumi org set-default`",
        context.organization,
        context.client.cloud()
    );
    Ok((context, look))
}

/// Reads an organization. What the cloud does not report is missing, and standard error says so.
///
/// # Errors
///
/// The stacks cannot be listed.
pub(crate) async fn look(context: &Context, detail: Detail) -> anyhow::Result<Look> {
    look_by(&Survey::new(context.client.clone()), context, detail).await
}

/// Like [`look`], with a survey that keeps the answers.
///
/// # Errors
///
/// The stacks cannot be listed.
pub(crate) async fn look_by(
    survey: &Survey,
    context: &Context,
    detail: Detail,
) -> anyhow::Result<Look> {
    let live = {
        let progress = Progress::new("Looking at stacks");
        let told = |done, all| progress.at(done, all);
        survey
            .live(&context.organization, None, detail, told)
            .await?
    };
    if let Some(unavailable) = &live.unavailable {
        let error = anyhow::Error::from(unavailable.clone());
        // The result matters even if this cannot be written.
        let _ = writeln!(
            std::io::stderr(),
            "warning: not everything is known: {error:#}"
        );
    }
    Ok(Look::of(live))
}

impl Look {
    /// Summarizes a live graph.
    pub(crate) fn of(live: LiveGraph) -> Look {
        let references = live.references.iter();
        let references = references
            .filter(|edge| edge.downstream.organization() == live.organization)
            .cloned();
        let webhooks: Vec<Webhook> = live.direct().map(Webhook::of).collect();
        let joins = live.joins.iter().rev();
        let joined = joins.flat_map(|join| join.edges().map(|edge| (edge, join.conductor.clone())));
        Look {
            joined: joined.collect(),
            stacks: live.last_updates(),
            edges: live.dependencies(),
            references: references.collect(),
            webhooks,
            findings: findings::audit(&live),
            live,
        }
    }

    /// The findings about these stacks, without duplicates.
    pub(crate) fn findings_about(&self, stacks: &BTreeSet<StackRef>) -> Vec<&Finding> {
        let concerns =
            |finding: &&Finding| finding.stacks.iter().any(|stack| stacks.contains(stack));
        self.findings.iter().filter(concerns).collect()
    }

    /// The marks of a stack, worst first, one for each error or warning that calls for an action on this stack, and the
    /// severity of the worst.
    pub(crate) fn marks(&self, stack: &StackRef) -> Cell {
        let mut severities: Vec<Severity> = self
            .findings
            .iter()
            .filter(|finding| finding.stacks.first() == Some(stack))
            .map(|finding| finding.severity)
            .filter(|severity| *severity != Severity::Notice)
            .collect();
        severities.sort_unstable();
        let tone = severities
            .first()
            .map_or(Tone::Plain, |worst| mark(*worst).0);
        let marks = severities.into_iter().map(|severity| mark(severity).1);
        Cell::new(tone, marks.collect::<String>())
    }

    /// The state of all stacks. Standard error says what the cloud does not report.
    pub(crate) async fn standing(&self, context: &Context, attention: &Attention) -> Standing {
        let standing = self.standing_of(context, &self.stacks, attention).await;
        warn(&standing);
        standing
    }

    /// Like [`Look::standing`], but only for these stacks, given the time of their last updates, and without messages.
    pub(crate) async fn standing_of(
        &self,
        context: &Context,
        stacks: &BTreeMap<StackRef, Option<Timestamp>>,
        attention: &Attention,
    ) -> Standing {
        // A new survey, so that nothing is cached.
        let survey = Survey::new(context.client.clone());
        let organization = &context.organization;
        let is_asked =
            |stack: &StackRef| stacks.contains_key(stack) || !self.stacks.contains_key(stack);
        let edges = self.edges.iter();
        let edges = edges.filter(|edge| edge.ends().into_iter().all(is_asked));
        let mut attention = attention.clone();
        let Attention {
            joins, identity, ..
        } = self.live.attention();
        attention.joins = joins;
        let identity = identity.into_iter().filter(|it| stacks.contains_key(it));
        attention.identity.extend(identity);
        survey
            .standing(organization, stacks, &edges.cloned().collect(), &attention)
            .await
    }

    /// The webhooks that make an edge, or that wake up the stack that conducts its join.
    pub(crate) fn webhooks_of(&self, edge: &Edge) -> Vec<WebhookId> {
        let direct = self.webhooks.iter().filter(|it| it.edge == *edge);
        let direct = direct
            .filter(|it| it.starts.is_edge())
            .map(|it| it.id.clone());
        let conductor = self.joined.get(edge);
        let wake_ups = self.live.edges.iter().filter(|live| {
            live.edge.upstream == edge.upstream
                && Some(&live.edge.downstream) == conductor
                && live.starts().is_edge()
        });
        direct.chain(wake_ups.map(LiveEdge::id)).collect()
    }

    /// Those of these stacks that still exist, with the current time of their last update.
    pub(crate) async fn last_updates(
        &self,
        context: &Context,
        of: &BTreeSet<StackRef>,
    ) -> Result<BTreeMap<StackRef, Option<Timestamp>>, Unavailable> {
        let survey = Survey::new(context.client.clone());
        let listed = survey
            .stacks(&context.organization, None)
            .await?
            .into_iter();
        let listed = listed.filter(|summary| of.contains(&summary.stack));
        let last_update = |at: Option<u64>| at.and_then(time_of);
        Ok(listed
            .map(|summary| (summary.stack, last_update(summary.last_update)))
            .collect())
    }

    /// The edges by which a webhook certainly starts a stack.
    pub(crate) fn starting(&self) -> BTreeSet<Edge> {
        let starting = self.webhooks.iter().filter(|it| it.starts.is_certain());
        starting.map(|webhook| webhook.edge.clone()).collect()
    }
}

/// Prints what is unknown about the state of stacks.
pub(crate) fn warn(standing: &Standing) {
    let mut notes = std::io::stderr();
    // The result matters even if this cannot be written.
    if let Some(unavailable) = &standing.unavailable {
        let error = anyhow::Error::from(unavailable.clone());
        let _ = writeln!(notes, "warning: not everything is known: {error:#}");
    }
    if standing.n_unfound > 0 {
        let n = count(standing.n_unfound, "deployment");
        let _ = writeln!(
            notes,
            "warning: {n} that wait or run are too old to be found, and are not counted"
        );
    }
}

/// A time in the list of stacks.
fn time_of(seconds: u64) -> Option<Timestamp> {
    Timestamp::from_second(seconds.try_into().ok()?).ok()
}

/// The mark of a finding.
pub(crate) fn mark(severity: Severity) -> (Tone, &'static str) {
    match severity {
        Severity::Error => (Tone::Bad, "✗"),
        Severity::Warning => (Tone::Odd, "!"),
        Severity::Notice => (Tone::Quiet, "?"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use auto_deploy::survey::LiveStack;

    #[test]
    fn what_check_takes_for_an_edge_is_one_for_every_command() {
        let stack = |text: &str| StackRef::parse_in("acme", text).expect("it is one");
        let edge = |upstream: &str, downstream: &str| Edge {
            upstream: stack(upstream),
            downstream: stack(downstream),
        };
        let webhook = |name: &str, edge: Edge, active, event: &str| LiveEdge {
            edge,
            webhook: name.to_owned(),
            active,
            events: vec![event.to_owned()],
            is_wake_up: false,
        };
        let live = LiveGraph {
            organization: "acme".to_owned(),
            stacks: ["p/a", "p/b", "p/c", "p/d"]
                .map(|text| (stack(text), LiveStack::default()))
                .into(),
            edges: vec![
                webhook("1", edge("p/a", "p/b"), true, "deployment_succeeded"),
                webhook("2", edge("p/a", "p/c"), false, "update_succeeded"),
                webhook("3", edge("p/a", "p/d"), true, "preview_succeeded"),
            ],
            references: [edge("p/b", "p/c"), edge("p/c", "p/c")].into(),
            ..LiveGraph::default()
        };
        let look = Look::of(live);
        let edges: Vec<String> = look.edges.iter().map(Edge::to_string).collect();
        assert_eq!(edges, ["p/a → p/b", "p/b → p/c"]);
        let starting = look.webhooks.iter().filter(|it| it.starts.is_certain());
        let names: Vec<&str> = starting.map(|webhook| webhook.id.name.as_str()).collect();
        assert_eq!(names, ["1"]);
    }
}
