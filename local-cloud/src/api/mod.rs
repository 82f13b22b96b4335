//! The REST API: every route on one page.

mod absent;
mod capabilities;
mod deployment_logs;
mod deployment_settings;
mod deployments;
mod environments;
mod history;
mod openapi;
mod outputs;
mod schedules;
mod secrets;
mod stacks;
mod states;
mod updates;
mod users;
mod webhooks;
mod windows;

use crate::app::App;
use crate::web::{Routes, no_method, no_route, require_token};
use axum::Router;
use axum::middleware::from_fn_with_state;

/// Every route below `/api`: those for any holder of a token, and those for the holder of an update's lease.
pub(crate) fn routes(app: &App) -> Router<App> {
    let (api, mut served) = for_users(app).into_parts();
    let (leased, for_lease) = Routes::default()
        .nest(&format!("{STACK}/update/{{update}}"), of_lease())
        .into_parts();
    served.extend(for_lease);
    let (description, _) = openapi::routes(served).into_parts();
    let api = api
        .merge(description)
        .fallback(no_route)
        .method_not_allowed_fallback(no_method)
        .layer(from_fn_with_state(app.clone(), require_token));
    api.merge(leased.method_not_allowed_fallback(no_method))
}

const STACK: &str = "/stacks/{organization}/{project}/{stack}";
const ORGANIZATION: &str = "/orgs/{organization}";
const ENVIRONMENT: &str = "/esc/environments/{organization}/{project}/{environment}";

fn for_users(app: &App) -> Routes {
    Routes::default()
        .get("/user", users::user)
        .get("/user/organizations/default", users::default_organization)
        .get("/user/stacks", stacks::list)
        .get("/capabilities", capabilities::list)
        .post("/stacks/{organization}/{project}", stacks::create)
        .head("/stacks/{organization}/{project}", stacks::has_project)
        .get(STACK, stacks::read)
        .delete(STACK, stacks::delete)
        .nest(STACK, of_stack().merge(capabilities::of_stack(app)))
        .nest(&format!("{STACK}/deployments"), stack_deployments())
        .nest(&format!("{STACK}/hooks"), scoped_webhooks())
        .get("/deployments/{deployment}/status", deployments::status)
        .nest(ORGANIZATION, capabilities::of_organization(app))
        .get(&format!("{ORGANIZATION}/members"), users::members)
        .get(&format!("{ORGANIZATION}/agent-pools"), absent::agent_pools)
        .nest(
            &format!("{ORGANIZATION}/deployments"),
            organization_deployments(),
        )
        .nest(&format!("{ORGANIZATION}/hooks"), scoped_webhooks())
        .get("/esc/environments", environments::list)
        .get("/esc/environments/{organization}", environments::list)
        .post("/esc/environments/{organization}", environments::create)
        .nest(
            "/esc/environments/{organization}/yaml",
            environments::of_yaml(),
        )
        .nest(ENVIRONMENT, environments::of_environment())
        .nest(&format!("{ENVIRONMENT}/hooks"), scoped_webhooks())
}

/// The routes of a stack other than webhooks: state, updates, secrets.
fn of_stack() -> Routes {
    Routes::default()
        .post("/rename", stacks::rename)
        .patch("/tags", stacks::replace_tags)
        .post("/tags", stacks::add_tag)
        .patch("/tags/{tag}", stacks::set_tag)
        .delete("/tags/{tag}", stacks::remove_tag)
        .post("/encrypt", secrets::encrypt)
        .post("/decrypt", secrets::decrypt)
        .post("/batch-decrypt", secrets::decrypt_all)
        .post("/decrypt/log-decryption", secrets::note_decryption)
        .post("/decrypt/log-batch-decryption", secrets::note_decryption)
        .get("/export", states::export)
        .get("/export/{version}", states::export_version)
        .post("/import", states::import)
        .post("/update", updates::create)
        .post("/preview", updates::create)
        .post("/refresh", updates::create)
        .post("/destroy", updates::create)
        .get("/update/{update}", updates::poll)
        .post("/update/{update}", updates::start)
        .post("/update/{update}/cancel", updates::cancel)
        .get("/update/{update}/events", updates::events)
        .get("/updates", history::list)
        .get("/updates/latest", history::latest)
        .get("/updates/latest/previews", history::previews)
        .get("/updates/{version}", history::read)
        .get("/upstreamreferences", history::upstream)
        .get("/downstreamreferences", history::downstream)
        .get("/drift/status", absent::drift_status)
        .get("/drift/runs", absent::drift_runs)
        .get("/policypacks", absent::policy_packs)
        .get("/policygroups", absent::policy_groups)
}

/// The routes for the holder of an update's lease, which the users' token does not open.
fn of_lease() -> Routes {
    Routes::default()
        .patch("/checkpoint", states::checkpoint)
        .patch("/checkpointverbatim", states::verbatim)
        .patch("/checkpointdelta", states::delta)
        .patch("/journalentries", states::journal)
        .post("/events/batch", updates::append_events)
        .post("/renew_lease", updates::renew)
        .post("/complete", updates::complete)
}

/// The webhooks of a scope, which the parameters in the path determine.
fn scoped_webhooks() -> Routes {
    Routes::default()
        .get("/", webhooks::list)
        .post("/", webhooks::create)
        .get("/{webhook}", webhooks::read)
        .patch("/{webhook}", webhooks::change)
        .delete("/{webhook}", webhooks::delete)
        .post("/{webhook}/ping", webhooks::ping)
        .get("/{webhook}/deliveries", webhooks::deliveries)
        .post(
            "/{webhook}/deliveries/{event}/redeliver",
            webhooks::redeliver,
        )
}

/// The deployments of a stack, and the settings for them.
fn stack_deployments() -> Routes {
    Routes::default()
        .get("/", deployments::list)
        .post("/", deployments::create)
        .get("/settings", deployment_settings::read)
        .put("/settings", deployment_settings::replace)
        .post("/settings", deployment_settings::change)
        .delete("/settings", deployment_settings::delete)
        .post("/settings/encrypt", deployment_settings::encrypt)
        .get("/metadata", deployments::metadata)
        .get("/schedules", schedules::list)
        .post("/schedules", schedules::put)
        .get("/schedules/{schedule}", schedules::read)
        .post("/schedules/{schedule}", schedules::put)
        .delete("/schedules/{schedule}", schedules::delete)
        .post("/drift/schedules", schedules::put_drift)
        .post("/drift/schedules/{schedule}", schedules::put_drift)
        .post("/ttl/schedules", schedules::put_ttl)
        .post("/ttl/schedules/{schedule}", schedules::put_ttl)
        .post("/pause", deployments::pause)
        .post("/resume", deployments::resume)
        .get("/version/{version}", deployments::read_version)
        .get("/{deployment}", deployments::read)
        .get("/{deployment}/logs", deployment_logs::read)
        .get("/{deployment}/updates", deployments::updates)
        .post("/{deployment}/cancel", deployments::cancel)
}

/// The deployments of all stacks of an organization.
fn organization_deployments() -> Routes {
    Routes::default()
        .get("/", deployments::list_organization)
        .get("/metadata", deployments::metadata_organization)
        .post("/pause", deployments::pause_organization)
        .post("/resume", deployments::resume_organization)
}
