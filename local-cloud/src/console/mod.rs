//! The console: web pages for the user of this machine.
//!
//! Pages are rendered on the server and complete without JavaScript. A small script updates them: it listens to a stream of
//! state changes, and reloads a page when something else has changed.
//!
//! # Access
//!
//! A browser needs a session, which is a cookie. There are two ways to get one: a link with a key that works once, which
//! the command prints when the cloud starts, and a form that asks for the cloud's token. Sessions are kept in memory and
//! end with the process. A request that changes something must be posted by a page of the console: its origin is checked,
//! and it must contain the session's form token.
//!
//! Browsers send the cookie to every port of this host. It is `HttpOnly` and `SameSite=Strict`, and its name contains the
//! port, so that two clouds do not overwrite each other's.
//!
//! # Parts
//!
//! - `view`: what the pages show, as plain data; pure functions derive it from the store's results.
//! - `inside`: the contents of a stack, and what starts it; also pure.
//! - `flow`: which stacks start which, including joins. `graph`: its drawing, with the positions of `layout`.
//! - `pages`: handlers and their templates. `live`: the stream.
//! - `access`, `sessions`: access. `assets`: style sheet and script, which are part of the program.
//!
//! # What this may not do
//!
//! Show a secret, or what may contain one: queries and credentials of URLs, signatures, configuration. Decide anything
//! about stacks, webhooks or deployments: it calls the rooms that do.

mod access;
mod assets;
mod deployment_page;
mod flow;
mod graph;
mod inside;
mod live;
mod organization_page;
mod page;
mod place;
mod stack_page;
mod text;
mod update_page;
mod view;
mod webhook_page;

use crate::app::App;
use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::StatusCode;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::routing::{get, post};
use std::time::Duration;
use tower_http::timeout::TimeoutLayer;

/// The largest sign-in form in bytes, and how long it may take to arrive: anyone can send one.
const MAX_SIGN_IN: usize = 16 << 10;
const SIGN_IN_LIMIT: Duration = Duration::from_secs(30);

/// Every page. The CLI links to these paths.
pub(crate) fn routes(app: &App) -> Router<App> {
    let pages = Router::new()
        .route("/", get(organization_page::all))
        .route("/{organization}", get(organization_page::one))
        .route(
            "/{organization}/{project}",
            get(organization_page::of_project),
        )
        .route("/events/{organization}", get(live::events))
        .nest("/{organization}/-/webhooks", scoped_webhooks())
        .route("/{organization}/{project}/{stack}", get(stack_page::stack))
        .nest("/{organization}/{project}/{stack}", of_stack())
        .route("/welcome/cli", get(page::about_tokens))
        .route("/user/settings/tokens", get(page::about_tokens))
        .route("/cli-login", get(page::about_tokens))
        .route("/sign-out", post(access::sign_out))
        .method_not_allowed_fallback(page::no_method)
        .layer(from_fn_with_state(app.clone(), access::require_session));
    let open = Router::new()
        .route("/sign-in", post(access::sign_in).get(access::to_start))
        .layer(DefaultBodyLimit::max(MAX_SIGN_IN))
        .layer(TimeoutLayer::with_status_code(
            StatusCode::REQUEST_TIMEOUT,
            SIGN_IN_LIMIT,
        ))
        .route("/assets/{file}", get(assets::file));
    pages.merge(open).layer(from_fn(access::seal))
}

fn of_stack() -> Router<App> {
    Router::new()
        .route("/updates/{version}", get(update_page::update))
        .route("/previews/{update}", get(update_page::preview))
        .route(
            "/deployments/{deployment}",
            get(deployment_page::deployment),
        )
        .route("/settings/options", get(stack_page::to_stack))
        .nest("/webhooks", scoped_webhooks())
}

/// The webhooks of a scope, which the parameters in the path determine.
fn scoped_webhooks() -> Router<App> {
    Router::new()
        .route("/{webhook}", get(webhook_page::webhook))
        .route(
            "/{webhook}/deliveries/{event}/redeliver",
            post(webhook_page::redeliver),
        )
}
