//! The API and the console behind one listener.
//!
//! A request passes through, from the outside in: the edge (log, injected faults), the guard against panics, the guard
//! against foreign hosts, and below `/api` the check of the token, or of the lease of a running update.

use crate::app::App;
use crate::web::{no_route, panicked, require_known_host};
use crate::{api, console};
use axum::Router;
use axum::middleware::from_fn_with_state;
use std::time::Duration;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::timeout::RequestBodyTimeoutLayer;

/// How long a client may pause within a body.
const BODY_PAUSE: Duration = Duration::from_secs(30);

/// Every route.
pub(crate) fn router(app: App) -> Router {
    let api = api::routes(&app);
    let pages = console::routes(&app)
        .fallback(no_route)
        .with_state(app.clone());
    Router::new()
        .nest("/api", api)
        // These are not merged: what is below `/api` is never a page.
        .fallback_service(pages)
        .layer(from_fn_with_state(app.clone(), require_known_host))
        .layer(RequestBodyTimeoutLayer::new(BODY_PAUSE))
        .layer(CatchPanicLayer::custom(panicked))
        .with_state(app)
}
