//! The page of a deployment: its steps and their logs.

use super::page::{Crumb, Page, PageError, html};
use super::stack_page::crumbs_to_stack;
use super::view::{self, DeploymentView, StepView};
use crate::app::App;
use crate::web::PathNames;
use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;

/// How many lines of a log are shown.
const N_LINES: u32 = 10_000;

#[derive(Debug, Template)]
#[template(path = "deployment.html")]
struct DeploymentPage {
    page: Page,
    title: String,
    crumbs: Vec<Crumb>,
    organization: String,
    stack: String,
    deployment: DeploymentView,
    steps: Vec<StepView>,
    is_cut: bool,
    age: i64,
}

/// `GET /{organization}/{project}/{stack}/deployments/{deployment}`, by version or UID.
pub(super) async fn deployment(
    State(app): State<App>,
    page: Page,
    names: PathNames,
) -> Result<Response, PageError> {
    let (path, store) = (names.stack(), app.store());
    let found = store
        .deployment(path.clone(), names.get("deployment"))
        .await?;
    let (row, deployment) = found;
    let steps = store.steps(vec![row]).await?;
    let lines = store.log(row, 0, N_LINES).await?;
    let activity = store.activity(path.clone()).await?;
    let page = DeploymentPage {
        page,
        title: format!("Deployment {}", deployment.version),
        crumbs: crumbs_to_stack(&path),
        organization: path.organization.clone(),
        stack: view::short_name(&path),
        is_cut: lines.len() >= N_LINES as usize,
        steps: view::steps(steps.into_iter().next().unwrap_or_default(), lines),
        deployment: DeploymentView::new(&deployment, app.clock().now()),
        age: view::age(&activity),
    };
    Ok(html(StatusCode::OK, &page))
}
