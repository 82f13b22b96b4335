//! The page of a stack: its contents, updates, deployments and webhooks, and what starts it.

use super::flow::Flow;
use super::inside::{self, OutputView, StarterView};
use super::page::{Crumb, Page, PageError, html};
use super::place;
use super::view::{self, DeploymentView, StackView, UpdateView, WebhookView};
use crate::app::App;
use crate::domain::stacks::StackPath;
use crate::domain::webhooks::Scope;
use crate::store::{DeploymentsOf, Paging, Part};
use crate::web::PathNames;
use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{Redirect, Response};

/// How many updates, previews and deployments are shown.
const N_SHOWN: u32 = 30;

#[derive(Debug, Template)]
#[template(path = "stack.html")]
struct StackPage {
    page: Page,
    title: String,
    crumbs: Vec<Crumb>,
    organization: String,
    stack: StackView,
    tags: Vec<(String, String)>,
    outputs: Vec<OutputView>,
    /// The number of resources of each type.
    types: Vec<(String, usize)>,
    starters: Vec<StarterView>,
    /// Why deployments are paused; empty if they are not.
    paused: &'static str,
    updates: Vec<UpdateView>,
    previews: Vec<UpdateView>,
    deployments: Vec<DeploymentView>,
    n_deployments: i64,
    /// Whether there are more deployments than shown.
    is_more: bool,
    webhooks: Vec<WebhookView>,
    age: i64,
}

/// `GET /{organization}/{project}/{stack}`
pub(super) async fn stack(
    State(app): State<App>,
    page: Page,
    names: PathNames,
) -> Result<Response, PageError> {
    let (path, now) = (names.stack(), app.clock().now());
    let store = app.store();
    let kept = store.stack(path.clone()).await?;
    let activity = store.activity(path.clone()).await?;
    let some = Part::first(N_SHOWN);
    let updates = store.history(path.clone(), some).await?;
    let previews = store.previews(path.clone(), some).await?;
    let newest = Paging {
        number: 1,
        size: N_SHOWN,
        is_ascending: false,
        status: None,
    };
    let of = DeploymentsOf::Stack(path.clone());
    let (deployments, n_deployments) = store.list_deployments(of, newest).await?;
    let paused = store.paused(path.clone()).await?;
    let webhooks = store.webhooks(Scope::Stack(path.clone())).await?;
    let (outputs, types) = store.contents(path.clone()).await?;
    let triggers = store.triggers_of(path.clone()).await?;
    let schedules = store.schedules(path.clone()).await?;
    // The whole organization is only read for stacks that wait for others.
    let joined = if store.is_joined(path.clone()).await? {
        let overview = store.overview(path.organization.clone()).await?;
        Flow::of(&overview).joined.remove(&view::short_name(&path))
    } else {
        None
    };
    let page = StackPage {
        page,
        title: view::short_name(&path),
        crumbs: crumbs_to_organization(&path),
        organization: path.organization.clone(),
        stack: StackView::new(&activity, now),
        tags: kept.tags.into_iter().collect(),
        outputs: inside::outputs(&outputs),
        types: types.into_iter().collect(),
        starters: inside::starters(joined.as_ref(), &triggers, &schedules, now),
        paused: match (paused.stack, paused.organization) {
            (true, _) => "Deployments of this stack are paused.",
            (false, true) => "Deployments of the organization are paused.",
            (false, false) => "",
        },
        updates: updates
            .iter()
            .map(|update| UpdateView::new(&path, update, now))
            .collect(),
        previews: previews
            .iter()
            .map(|update| UpdateView::new(&path, update, now))
            .collect(),
        deployments: deployments
            .iter()
            .map(|(_, deployment)| DeploymentView::new(deployment, now))
            .collect(),
        n_deployments,
        is_more: n_deployments > i64::from(N_SHOWN),
        webhooks: webhooks.iter().map(WebhookView::new).collect(),
        age: view::age(&activity),
    };
    Ok(html(StatusCode::OK, &page))
}

/// `GET /{organization}/{project}/{stack}/settings/options`: redirects to the stack, because there are no options.
pub(super) async fn to_stack(names: PathNames) -> Redirect {
    Redirect::to(&view::stack_url(&names.stack()))
}

/// The path to a stack.
pub(super) fn crumbs_to_organization(path: &StackPath) -> Vec<Crumb> {
    vec![
        Crumb::new("Organizations", "/"),
        Crumb::new(&path.organization, place::of([path.organization.as_str()])),
    ]
}

/// The path to a page of a stack.
pub(super) fn crumbs_to_stack(path: &StackPath) -> Vec<Crumb> {
    let mut crumbs = crumbs_to_organization(path);
    crumbs.push(Crumb::new(view::short_name(path), view::stack_url(path)));
    crumbs
}
