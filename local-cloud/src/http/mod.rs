//! HTTP to domain words and back: every route on one page.
//!
//! A request passes, from the outside in: the edge (log, scripted trouble), the guard against panics, the guard
//! against foreign hosts, and for everything below `/api` the check of the token.

mod auth;
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
