//! The REST API: every route on one page.

mod capabilities;
mod deployment_logs;
mod deployment_settings;
mod deployments;
mod environments;
mod history;
mod outputs;
mod secrets;
mod stacks;
mod states;
mod updates;
mod users;
mod webhooks;
mod windows;

use crate::app::App;
use crate::web::{no_method, no_route, require_token};
use axum::Router;
use axum::middleware::from_fn_with_state;
use axum::routing::{delete, get, patch, post};

/// Every route below `/api`: those for whoever has a token, and those for the holder of a running update's lease.
pub(crate) fn routes(app: &App) -> Router<App> {
    let api = Router::new()
        .route("/user", get(users::user))
        .route(
            "/user/organizations/default",
            get(users::default_organization),
        )
        .route("/user/stacks", get(stacks::list))
        .route("/capabilities", get(capabilities::list))
        .route(
            "/stacks/{organization}/{project}",
            post(stacks::create).head(stacks::has_project),
        )
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
        .nest(
            "/stacks/{organization}/{project}/{stack}",
            of_stack().merge(capabilities::of_stack(app)),
        )
        .nest("/orgs/{organization}", capabilities::of_organization(app))
        .nest("/orgs/{organization}/hooks", scoped_webhooks())
        .nest(
            "/stacks/{organization}/{project}/{stack}/hooks",
            scoped_webhooks(),
        )
        .nest(
            "/esc/environments/{organization}/{project}/{environment}/hooks",
            scoped_webhooks(),
        )
        .fallback(no_route)
        .method_not_allowed_fallback(no_method)
        .layer(from_fn_with_state(app.clone(), require_token));
    let leased = Router::new()
        .nest(
            "/stacks/{organization}/{project}/{stack}/update/{update}",
            of_lease(),
        )
        .method_not_allowed_fallback(no_method);
    api.merge(leased)
}

/// What a stack has besides webhooks: state, updates, secrets.
fn of_stack() -> Router<App> {
    Router::new()
        .route("/rename", post(stacks::rename))
        .route("/tags", patch(stacks::replace_tags).post(stacks::add_tag))
        .route(
            "/tags/{tag}",
            patch(stacks::set_tag).delete(stacks::remove_tag),
        )
        .route("/encrypt", post(secrets::encrypt))
        .route("/decrypt", post(secrets::decrypt))
        .route("/batch-decrypt", post(secrets::decrypt_all))
        .route("/decrypt/log-decryption", post(secrets::note_decryption))
        .route(
            "/decrypt/log-batch-decryption",
            post(secrets::note_decryption),
        )
        .route("/export", get(states::export))
        .route("/export/{version}", get(states::export_version))
        .route("/import", post(states::import))
        .route("/update", post(updates::create))
        .route("/preview", post(updates::create))
        .route("/refresh", post(updates::create))
        .route("/destroy", post(updates::create))
        .route("/update/{update}", get(updates::poll).post(updates::start))
        .route("/update/{update}/cancel", post(updates::cancel))
        .route("/update/{update}/events", get(updates::events))
        .route("/updates", get(history::list))
        .route("/updates/latest", get(history::latest))
        .route("/updates/latest/previews", get(history::previews))
        .route("/updates/{version}", get(history::read))
        .route("/upstreamreferences", get(history::upstream))
        .route("/downstreamreferences", get(history::downstream))
}

/// What only the holder of a running update's lease may do. The token of users does not open these.
fn of_lease() -> Router<App> {
    Router::new()
        .route("/checkpoint", patch(states::checkpoint))
        .route("/checkpointverbatim", patch(states::verbatim))
        .route("/checkpointdelta", patch(states::delta))
        .route("/journalentries", patch(states::journal))
        .route("/events/batch", post(updates::append_events))
        .route("/renew_lease", post(updates::renew))
        .route("/complete", post(updates::complete))
}

/// The webhooks of a scope: the parameters of the path before it say which.
fn scoped_webhooks() -> Router<App> {
    Router::new()
        .route("/", get(webhooks::list).post(webhooks::create))
        .route(
            "/{webhook}",
            get(webhooks::read)
                .patch(webhooks::change)
                .delete(webhooks::delete),
        )
        .route("/{webhook}/ping", post(webhooks::ping))
        .route("/{webhook}/deliveries", get(webhooks::deliveries))
        .route(
            "/{webhook}/deliveries/{event}/redeliver",
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
        .route("/settings/encrypt", post(deployment_settings::encrypt))
        .route("/metadata", get(deployments::metadata))
        .route("/schedules", get(deployments::schedules))
        .route("/pause", post(deployments::pause))
        .route("/resume", post(deployments::resume))
        .route("/version/{version}", get(deployments::read_version))
        .route("/{deployment}", get(deployments::read))
        .route("/{deployment}/logs", get(deployment_logs::read))
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
