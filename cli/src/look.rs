//! What all commands look at: the stacks of an organization, and what depends on what.
//!
//! # What this may not do
//!
//! Judge: findings come from the library.

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

/// An organization as it is now.
#[derive(Clone, Debug)]
pub(crate) struct Look {
    /// Everything that was found.
    pub(crate) live: LiveGraph,
    /// The stacks that there are, and when each was last updated.
    pub(crate) stacks: BTreeMap<StackRef, Option<Timestamp>>,
    /// What depends on what: by a webhook that starts it, through a join, or by a StackReference that one can follow.
    pub(crate) edges: BTreeSet<Edge>,
    /// The edges that joins make, with the stacks that conduct them.
    pub(crate) joined: BTreeMap<Edge, StackRef>,
    /// What refers to what in this organization by StackReferences, a stack to itself among it.
    pub(crate) references: BTreeSet<Edge>,
    /// The webhooks that are to start deployments, those that wake up a stack which conducts joins not among them.
    pub(crate) webhooks: Vec<Webhook>,
    /// What the checks report about it.
    pub(crate) findings: Vec<Finding>,
}

/// A webhook that is to start deployments of another stack.
#[derive(Clone, Debug)]
pub(crate) struct Webhook {
    /// From where to where.
    pub(crate) edge: Edge,
    /// What it is called.
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

/// Finds the cloud and the organization, and looks at it.
///
/// # Errors
///
/// There is no cloud, token or organization; the stacks cannot be listed; or there are none, so whatever would be said
/// of them would sound like a clean bill.
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

/// Looks at an organization. What the cloud does not tell is missing, and said so on standard error.
///
/// # Errors
///
/// The stacks cannot even be listed.
pub(crate) async fn look(context: &Context, detail: Detail) -> anyhow::Result<Look> {
    look_by(&Survey::new(context.client.clone()), context, detail).await
}

/// As [`look`], by a survey that keeps the answers.
///
/// # Errors
///
/// The stacks cannot even be listed.
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
        // If nobody can read this, what was found counts all the same.
        let _ = writeln!(
            std::io::stderr(),
            "warning: not everything is known: {error:#}"
        );
    }
    Ok(Look::of(live))
}

impl Look {
    /// What a live graph says.
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

    /// The findings that concern these stacks, each once.
    pub(crate) fn findings_about(&self, stacks: &BTreeSet<StackRef>) -> Vec<&Finding> {
        let concerns =
            |finding: &&Finding| finding.stacks.iter().any(|stack| stacks.contains(stack));
        self.findings.iter().filter(concerns).collect()
    }

    /// The marks of a stack, worst first, one for each error or warning that it is the one to do something about; and
    /// how bad the worst is.
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

    /// How all stacks stand. What the cloud does not tell is said on standard error.
    pub(crate) async fn standing(&self, context: &Context, attention: &Attention) -> Standing {
        let standing = self.standing_of(context, &self.stacks, attention).await;
        warn(&standing);
        standing
    }

    /// As [`Look::standing`], of these stacks alone, with when each was last updated; and nothing is said.
    pub(crate) async fn standing_of(
        &self,
        context: &Context,
        stacks: &BTreeMap<StackRef, Option<Timestamp>>,
        attention: &Attention,
    ) -> Standing {
        // Each look asks anew.
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

    /// The webhooks that make an edge, or wake up the stack which conducts the join that makes it.
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

    /// These stacks, as far as they are still there, with when each was last updated by now.
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

/// Says what is not known of how stacks stand.
pub(crate) fn warn(standing: &Standing) {
    let mut notes = std::io::stderr();
    // If nobody can read this, what was found counts all the same.
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

/// The time of a list of stacks.
fn time_of(seconds: u64) -> Option<Timestamp> {
    Timestamp::from_second(seconds.try_into().ok()?).ok()
}

/// How a finding is marked.
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
