//! The page with all organizations, and that of one: its graph and its stacks.

use super::flow::{Flow, Joined};
use super::graph::{self, Drawing};
use super::page::{Crumb, Page, PageError, html};
use super::view::{self, StackState, StackView, WebhookView};
use super::{live, place, text};
use crate::app::App;
use crate::domain::webhooks::Scope;
use crate::store::Overview;
use crate::web::{PathNames, Query};
use askama::Template;
use axum::extract;
use axum::http::StatusCode;
use axum::response::{Redirect, Response};
use serde::Deserialize;
use std::collections::BTreeMap;

/// Up to this many stacks, there is no search field.
const FEW: usize = 12;

/// The query of an organization's page.
#[derive(Debug, Deserialize)]
pub(super) struct Search {
    /// Part of the names of the stacks to show.
    #[serde(default)]
    search: String,
}

/// The number of stacks in each state.
type Counts = Vec<(StackState, usize)>;

#[derive(Debug, Template)]
#[template(path = "organizations.html")]
struct AllPage {
    page: Page,
    title: &'static str,
    crumbs: Vec<Crumb>,
    organizations: Vec<(String, String, Counts)>,
}

#[derive(Debug, Template)]
#[template(path = "organization.html")]
struct OnePage {
    page: Page,
    title: String,
    crumbs: Vec<Crumb>,
    name: String,
    is_paused: bool,
    /// The graph in words.
    summary: String,
    counts: Counts,
    drawing: Drawing,
    joins: Vec<JoinRow>,
    alone: Vec<StackView>,
    stacks: Vec<Row>,
    /// The search text; `None` if there are too few stacks for a search.
    search: Option<String>,
    /// The number of stacks shown, in words; empty if all are shown.
    found: String,
    webhooks: Vec<WebhookView>,
    /// The same for pages that show the same graph.
    shape: String,
}

/// A stack with its neighbors in the graph.
#[derive(Debug)]
struct Row {
    stack: StackView,
    after: Vec<Neighbor>,
    starts: Vec<Neighbor>,
    is_found: bool,
}

/// A stack that is started after several others.
#[derive(Debug)]
struct JoinRow {
    stack: Neighbor,
    after: Vec<Neighbor>,
    conductors: Vec<Neighbor>,
    /// What holds it back, in a word and in full.
    now: &'static str,
    words: String,
}

/// A stack at the other end of a webhook, with its page.
#[derive(Clone, Debug)]
struct Neighbor {
    name: String,
    url: String,
}

/// `GET /`
pub(super) async fn all(
    extract::State(app): extract::State<App>,
    page: Page,
) -> Result<Response, PageError> {
    let mut organizations = Vec::new();
    for name in app.store().organizations().await? {
        let overview = app.store().overview(name.clone()).await?;
        let n_stacks = text::counted(overview.stacks.len(), "stack", "stacks");
        let mut counts = counts(&overview);
        counts.retain(|(_, n)| *n > 0);
        let colon = if counts.is_empty() { "" } else { ":" };
        organizations.push((name, n_stacks + colon, counts));
    }
    let page = AllPage {
        page,
        title: "Organizations",
        crumbs: Vec::new(),
        organizations,
    };
    Ok(html(StatusCode::OK, &page))
}

/// `GET /{organization}`
pub(super) async fn one(
    extract::State(app): extract::State<App>,
    page: Page,
    names: PathNames,
    Query(query): Query<Search>,
) -> Result<Response, PageError> {
    let name = names.get("organization");
    let overview = app.store().overview(name.clone()).await?;
    let webhooks = app
        .store()
        .webhooks(Scope::Organization(name.clone()))
        .await?;
    let flow = Flow::of(&overview);
    let drawing = graph::draw(&name, &overview, &flow);
    let now = app.clock().now();
    let views = || {
        overview
            .stacks
            .iter()
            .map(|stack| StackView::new(stack, now))
    };
    let (after, starts) = neighbors(&name, &flow);
    let near = |of: &BTreeMap<String, Vec<Neighbor>>, stack: &StackView| {
        of.get(&stack.name).cloned().unwrap_or_default()
    };
    let search = query.search.trim().to_owned();
    let rows = views().map(|stack| Row {
        is_found: is_found(&stack.name, &search),
        after: near(&after, &stack),
        starts: near(&starts, &stack),
        stack,
    });
    let stacks: Vec<Row> = rows.collect();
    let page = OnePage {
        page,
        title: name.clone(),
        crumbs: vec![Crumb::new("Organizations", "/")],
        is_paused: overview.is_paused,
        summary: summary(&drawing),
        counts: counts(&overview),
        alone: views()
            .filter(|stack| drawing.alone.contains(&stack.name))
            .collect(),
        found: found(&stacks),
        search: (stacks.len() > FEW || !search.is_empty()).then_some(search),
        stacks,
        webhooks: webhooks.iter().map(WebhookView::new).collect(),
        shape: live::shape(&overview),
        joins: joins(&name, &flow),
        drawing,
        name,
    };
    Ok(html(StatusCode::OK, &page))
}

/// Whether the search finds a stack.
fn is_found(name: &str, search: &str) -> bool {
    name.to_lowercase().contains(&search.to_lowercase())
}

fn found(rows: &[Row]) -> String {
    let n = rows.iter().filter(|row| row.is_found).count();
    if n == rows.len() {
        return String::new();
    }
    format!("{n} of {}", text::counted(rows.len(), "stack", "stacks"))
}

/// `GET /{organization}/{project}`: redirects, because projects have no pages.
pub(super) async fn of_project(names: PathNames) -> Redirect {
    Redirect::to(&place::of([names.get("organization").as_str()]))
}

fn counts(overview: &Overview) -> Counts {
    let states: Vec<StackState> = overview.stacks.iter().map(view::state).collect();
    let count = |wanted| states.iter().filter(|state| **state == wanted).count();
    StackState::ALL.map(|state| (state, count(state))).to_vec()
}

fn summary(drawing: &Drawing) -> String {
    let edges = text::counted(drawing.n_edges, "edge", "edges");
    let layers = text::counted(drawing.n_layers, "layer", "layers");
    let cycles = match drawing.n_cycles {
        0 => String::new(),
        n => format!(
            ", {}",
            text::counted(n, "edge closes a cycle", "edges close cycles")
        ),
    };
    format!("{layers}, {edges}{cycles}")
}

fn joins(organization: &str, flow: &Flow) -> Vec<JoinRow> {
    let near = |name: &String| neighbor(organization, name);
    let row = |(stack, joined): (&String, &Joined)| JoinRow {
        stack: near(stack),
        after: joined.after.iter().map(near).collect(),
        conductors: joined.conductors.iter().map(near).collect(),
        now: joined.now.as_str(),
        words: joined.now.words(),
    };
    flow.joined.iter().map(row).collect()
}

/// For each stack, the stacks that start it and those that it starts.
fn neighbors(
    organization: &str,
    flow: &Flow,
) -> (
    BTreeMap<String, Vec<Neighbor>>,
    BTreeMap<String, Vec<Neighbor>>,
) {
    let (mut after, mut starts): (BTreeMap<String, Vec<_>>, BTreeMap<String, Vec<_>>) =
        Default::default();
    for (from, to) in flow.edges.keys() {
        let of = starts.entry(from.clone()).or_default();
        of.push(neighbor(organization, to));
        let of = after.entry(to.clone()).or_default();
        of.push(neighbor(organization, from));
    }
    (after, starts)
}

fn neighbor(organization: &str, name: &str) -> Neighbor {
    Neighbor {
        name: name.to_owned(),
        url: place::of([organization]) + "/" + name,
    }
}
