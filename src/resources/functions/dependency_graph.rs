//! `getDependencyGraph`: the graph on the cloud, and what is wrong with it.
//!
//! # What this may not do
//!
//! Report a declaration as a fact: only what is on the cloud counts.

use super::names::{Names, organization};
use crate::cascade::words;
use crate::domain::StackRef;
use crate::engine::urn::Urn;
use crate::findings::Following;
use crate::graph::{Diamond, Drawing, Edge, Emphasis};
use crate::property::{CheckFailure, Fields, Input, Map, Value};
use crate::resources::context::Context;
use crate::resources::dependency_graph::plan::{count, edges_value, layers};
use crate::resources::error::ResourceError;
use crate::survey::{Detail, LiveEdge, LiveGraph, Standing};
use std::collections::{BTreeMap, BTreeSet};

/// The function's token.
pub const TOKEN: &str = "auto-deploy:index:getDependencyGraph";

/// The function's arguments.
#[derive(Clone, Debug)]
pub struct Arguments {
    /// The organization; by default that of the program.
    pub organization: Option<Input<String>>,
    /// The project in which edges must begin or end; by default any.
    pub project: Option<Input<String>>,
}

impl Arguments {
    /// Parses the arguments; also returns those that are invalid.
    pub fn read(map: &Map) -> (Arguments, Vec<CheckFailure>) {
        let mut fields = Fields::of(map);
        let arguments = Arguments {
            organization: fields.optional("organization"),
            project: fields.optional("project"),
        };
        (arguments, fields.finish())
    }
}

pub(super) async fn call(
    context: &Context,
    arguments: &Map,
    provider: &Urn,
) -> Result<Map, ResourceError> {
    let (arguments, failures) = Arguments::read(arguments);
    let mut names = Names(failures);
    let asked = names.optional("organization", arguments.organization.as_ref());
    let project = names.optional("project", arguments.project.as_ref());
    names.finish()?;
    let organization = organization(context, asked, provider).await?;
    let survey = &context.survey;
    let live = survey
        .live(&organization, project, Detail::EdgesAndSettings, |_, _| {})
        .await?;
    let standing = survey
        .standing(
            &organization,
            &live.last_updates(),
            &live.dependencies(),
            &live.attention(),
        )
        .await;
    Ok(answer(&live, &standing))
}

/// An edge, and what makes it.
#[derive(Default)]
struct MadeBy<'a> {
    webhooks: Vec<&'a LiveEdge>,
    /// The stack that conducts the join that makes the edge.
    conductor: Option<&'a StackRef>,
}

/// The edges of webhooks, and those of joins with the webhooks that wake up their conductors.
fn edges(live: &LiveGraph) -> BTreeMap<Edge, MadeBy<'_>> {
    let mut edges: BTreeMap<Edge, MadeBy<'_>> = BTreeMap::new();
    for webhook in live.direct() {
        let made_by = edges.entry(webhook.edge.clone()).or_default();
        made_by.webhooks.push(webhook);
    }
    for join in &live.joins {
        for edge in join.edges() {
            let wake_ups = live.edges.iter().filter(|webhook| {
                webhook.edge.upstream == edge.upstream && webhook.edge.downstream == join.conductor
            });
            let made_by = edges.entry(edge.clone()).or_default();
            made_by.webhooks.extend(wake_ups);
            made_by.conductor.get_or_insert(&join.conductor);
        }
    }
    edges
}

/// The stacks that an edge starts but that have no deployment settings or do not exist.
fn without_settings<'a>(
    live: &'a LiveGraph,
    started: &'a BTreeSet<Edge>,
) -> BTreeSet<&'a StackRef> {
    let has_none = |stack: &&StackRef| match live.stacks.get(*stack) {
        Some(known) => known.settings == Some(None),
        None => live.covers(stack),
    };
    let targets = started.iter().map(|edge| &edge.downstream);
    targets.filter(has_none).collect()
}

/// The function's result for `live`. It lists all webhooks; the findings concern those that start something after an
/// update, as in `auto-deploy check`.
fn answer(live: &LiveGraph, standing: &Standing) -> Map {
    let edges = edges(live);
    let following = Following::of(live);
    let Following {
        started,
        dag,
        cycles,
    } = &following;
    let order = if cycles.is_empty() {
        layers(dag)
    } else {
        Value::Array(Vec::new())
    };
    let stacks: BTreeSet<&StackRef> = live.stacks.keys().chain(dag.stacks()).collect();
    let cycles = cycles.iter().map(|cycle| refs(cycle.stacks()));
    let shortcuts = dag.shortcuts().into_iter().map(|shortcut| shortcut.edge);
    let unavailable = live.unavailable.as_ref();
    let unavailable = unavailable.or(standing.unavailable.as_ref());
    let drawing = drawing(live, started);
    members([
        ("organization", live.organization.as_str().into()),
        (
            "stacks",
            stacks
                .iter()
                .map(|stack| stack_value(live, standing, stack))
                .collect(),
        ),
        ("edges", edges.iter().map(edge_value).collect()),
        ("layers", order),
        ("cycles", Value::Array(cycles.collect())),
        ("shortcuts", edges_value(shortcuts)),
        (
            "diamonds",
            dag.diamonds().iter().map(diamond_value).collect(),
        ),
        (
            "stacksWithoutSettings",
            refs(without_settings(live, started)),
        ),
        (
            "missing",
            edges_value(following.missing(live).into_iter().cloned()),
        ),
        (
            "surplus",
            edges_value(following.surplus(live).into_iter().cloned()),
        ),
        ("mermaid", drawing.mermaid().into()),
        ("dot", drawing.dot().into()),
        (
            "unavailable",
            unavailable
                .map_or(String::new(), |why| format!("{why}: {}", why.reason))
                .into(),
        ),
    ])
}

fn drawing(live: &LiveGraph, started: &BTreeSet<Edge>) -> Drawing {
    let mut drawing = Drawing::new(&[], live.direct().map(|webhook| &webhook.edge));
    for edge in live.joined() {
        drawing.mark_edge(&edge, "join", Emphasis::Plain);
    }
    for stack in without_settings(live, started) {
        drawing.mark_stack(stack, "no deployment settings", Emphasis::Alarm);
    }
    for webhook in live.direct() {
        if !started.contains(&webhook.edge) {
            drawing.mark_edge(&webhook.edge, "", Emphasis::Faint);
        }
    }
    drawing
}

fn refs<'a>(stacks: impl IntoIterator<Item = &'a StackRef>) -> Value {
    stacks.into_iter().map(StackRef::short).collect()
}

fn members<const N: usize>(members: [(&str, Value); N]) -> Map {
    let members = members.into_iter();
    members
        .map(|(name, value)| (name.to_owned(), value))
        .collect()
}

fn stack_value(live: &LiveGraph, standing: &Standing, stack: &StackRef) -> Map {
    let mut told = members([
        ("project", stack.project().into()),
        ("stack", stack.stack().into()),
        ("ref", stack.short().into()),
    ]);
    let settings = live
        .stacks
        .get(stack)
        .and_then(|known| known.settings.as_ref());
    if let Some(settings) = settings {
        told.insert("hasSettings".to_owned(), settings.is_some().into());
    }
    if let Some(answer) = standing.decision.answer(stack) {
        told.extend(members([
            ("state", answer.as_str().into()),
            ("because", words::because(answer).into()),
            ("isBehind", answer.is_behind().into()),
        ]));
    }
    told
}

fn edge_value((edge, made_by): (&Edge, &MadeBy<'_>)) -> Map {
    let webhook = |webhook: &&LiveEdge| {
        members([
            ("name", webhook.webhook.as_str().into()),
            ("active", webhook.active.into()),
            (
                "events",
                webhook.events.iter().map(String::as_str).collect(),
            ),
        ])
    };
    let mut told = members([
        ("upstream", edge.upstream.short().into()),
        ("downstream", edge.downstream.short().into()),
        ("webhooks", made_by.webhooks.iter().map(webhook).collect()),
    ]);
    let conductor = made_by.conductor.map(|stack| stack.short().into());
    told.extend(conductor.map(|conductor| ("conductor".to_owned(), conductor)));
    told
}

fn diamond_value(diamond: &Diamond) -> Map {
    members([
        ("top", diamond.top.short().into()),
        ("bottom", diamond.bottom.short().into()),
        ("runs", count(diamond.runs)),
    ])
}

#[cfg(test)]
mod tests;
