//! HTTP to domain words and back: every route on one page.
//!
//! A request passes, from the outside in: the edge (log, scripted trouble), the guard against panics, the guard
//! against foreign hosts, and for everything below `/api` the check of the token.

mod auth;
mod deployment_settings;
mod deployments;
mod edge;
mod environments;
mod error;
mod extract;
mod host_guard;
mod request_log;
mod stacks;
mod users;
mod webhooks;

pub(crate) use auth::TokenDigest;
pub(crate) use edge::Edge;
pub use request_log::{LoggedRequest, RequestLog};

use crate::app::App;
use axum::Router;
use axum::middleware::from_fn_with_state;
use axum::routing::{delete, get, post};
use tower_http::catch_panic::CatchPanicLayer;

/// Every route.
fn router(app: App) -> Router {
    let api = Router::new()
        .route("/user", get(users::user))
        .route(
            "/user/organizations/default",
            get(users::default_organization),
        )
        .route("/user/stacks", get(stacks::list))
        .route("/stacks/{organization}/{project}", post(stacks::create))
        .route(
            "/stacks/{organization}/{project}/{stack}",
            get(stacks::read).delete(stacks::delete),
        )
        .route(
            "/esc/environments/{organization}",
            post(environments::create),
        )
        .route(
            "/esc/environments/{organization}/{project}/{environment}",
            delete(environments::delete),
        )
        .nest(
            "/stacks/{organization}/{project}/{stack}/deployments",
            stack_deployments(),
        )
        .nest(
            "/orgs/{organization}/deployments",
            organization_deployments(),
        )
        .route("/deployments/{deployment}/status", get(deployments::status))
        .nest("/orgs/{organization}/hooks", hooks())
        .nest("/stacks/{organization}/{project}/{stack}/hooks", hooks())
        .nest(
            "/esc/environments/{organization}/{project}/{environment}/hooks",
            hooks(),
        )
        .fallback(error::no_route)
        .method_not_allowed_fallback(error::no_method)
        .layer(from_fn_with_state(app.clone(), auth::require_token));
    Router::new()
        .nest("/api", api)
        .fallback(error::no_route)
        .layer(from_fn_with_state(
            app.clone(),
            host_guard::require_known_host,
        ))
        .layer(CatchPanicLayer::custom(error::panicked))
        .with_state(app)
}

/// The webhooks of a scope: the parameters of the path before it say which.
fn hooks() -> Router<App> {
    Router::new()
        .route("/", get(webhooks::list).post(webhooks::create))
        .route(
            "/{hook}",
            get(webhooks::read)
                .patch(webhooks::change)
                .delete(webhooks::delete),
        )
        .route("/{hook}/ping", post(webhooks::ping))
        .route("/{hook}/deliveries", get(webhooks::deliveries))
        .route(
            "/{hook}/deliveries/{event}/redeliver",
            post(webhooks::redeliver),
        )
}

/// The deployments of a stack, and the settings for them.
fn stack_deployments() -> Router<App> {
    Router::new()
        .route("/", get(deployments::list).post(deployments::create))
        .route(
            "/settings",
            get(deployment_settings::read)
                .put(deployment_settings::replace)
                .post(deployment_settings::change)
                .delete(deployment_settings::delete),
        )
        .route("/metadata", get(deployments::metadata))
        .route("/pause", post(deployments::pause))
        .route("/resume", post(deployments::resume))
        .route("/version/{version}", get(deployments::read_version))
        .route("/{deployment}", get(deployments::read))
        .route("/{deployment}/logs", get(deployments::logs))
        .route("/{deployment}/updates", get(deployments::updates))
        .route("/{deployment}/cancel", post(deployments::cancel))
}

/// The deployments of all stacks of an organization.
fn organization_deployments() -> Router<App> {
    Router::new()
        .route("/", get(deployments::list_organization))
        .route("/metadata", get(deployments::metadata_organization))
        .route("/pause", post(deployments::pause_organization))
        .route("/resume", post(deployments::resume_organization))
}
