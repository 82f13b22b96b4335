//! Updates: created, started, renewed, ended, and the events that the engine reports.

use crate::actions::updates;
use crate::app::App;
use crate::domain::capabilities::Capability;
use crate::domain::state::{Object, StackOutputs};
use crate::domain::updates::{EventFilter, NewUpdate, Outcome, UpdateError, UpdateKind};
use crate::domain::windows::{WindowError, WindowName};
use crate::web::{ApiError, Body, Caller, Lease, PathNames, Query, RawBody, StateBody};
use axum::extract::{MatchedPath, State};
use axum::http::StatusCode;
use axum::{Extension, Json};
use secrecy::ExposeSecret as _;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// An update to create. Further information about the program is ignored.
#[derive(Debug, Deserialize)]
pub(super) struct NewBody {
    #[serde(default)]
    options: Options,
    #[serde(default)]
    metadata: Metadata,
    config: Option<BTreeMap<String, ConfigValue>>,
    #[serde(rename = "coherenceWindow", default)]
    coherence_window: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Options {
    #[serde(default)]
    dry_run: bool,
}

/// A value of the stack's configuration. A secret is encrypted.
#[derive(Debug, Default, Deserialize, Serialize)]
#[serde(default)]
struct ConfigValue {
    string: String,
    secret: bool,
    object: bool,
}

#[derive(Debug, Default, Deserialize)]
struct Metadata {
    #[serde(default)]
    message: String,
    environment: Option<BTreeMap<String, String>>,
}

/// An update to start.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct StartBody {
    tags: Option<BTreeMap<String, String>>,
    /// The newest version of the journal that the client supports; it also supports the older ones.
    journal_version: Option<i64>,
}

/// The longest time in seconds for which a lease can be renewed.
const LONGEST_LEASE: i64 = 300;

/// A lease to renew. The duration is not the client's choice, but it must not request more than possible.
#[derive(Debug, Deserialize)]
pub(super) struct RenewBody {
    duration: Option<i64>,
}

/// The result of an update.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct CompleteBody {
    status: Outcome,
    /// The outputs that a preview in a coherence window predicts.
    outputs: Option<Object>,
    secrets_providers: Option<Object>,
}

/// Engine events.
#[derive(Debug, Deserialize)]
pub(super) struct EventsBody {
    events: Vec<Object>,
}

/// `POST …/update`, `…/preview`, `…/refresh` and `…/destroy`
pub(super) async fn create(
    State(app): State<App>,
    route: MatchedPath,
    names: PathNames,
    Extension(caller): Extension<Caller>,
    Body(body): Body<NewBody>,
) -> Result<Json<Value>, ApiError> {
    let (kind, is_preview) = match route.as_str().rsplit('/').next() {
        Some("preview") => (UpdateKind::Update, true),
        Some("refresh") => (UpdateKind::Refresh, false),
        Some("destroy") => (UpdateKind::Destroy, false),
        _ => (UpdateKind::Update, false),
    };
    let window = window(&app, &body.coherence_window)?;
    let config = body.config.as_ref().map(serde_json::value::to_raw_value);
    let new = NewUpdate {
        kind,
        is_preview: is_preview || body.options.dry_run,
        message: body.metadata.message,
        environment: body.metadata.environment.unwrap_or_default(),
        config: config.transpose().map_err(|_| ApiError::bug())?,
        window,
    };
    let now = app.clock().steady();
    let uid = match caller {
        Caller::User => app.store().create_update(names.stack(), new, now).await?,
        Caller::Deployment(uid) => {
            let made = app.store().create_update_of(uid, names.stack(), new, now);
            made.await?
        }
    };
    Ok(Json(json!({ "updateID": uid })))
}

/// The coherence window of an update. A cloud without windows ignores the name, as it ignores any unknown member.
fn window(app: &App, name: &str) -> Result<Option<WindowName>, UpdateError> {
    if name.is_empty() || !app.capabilities().has(Capability::CoherenceWindows) {
        return Ok(None);
    }
    let name = WindowName::new(name).ok_or(WindowError::Name)?;
    Ok(Some(name))
}

/// `POST …/update/{update}`
pub(super) async fn start(
    State(app): State<App>,
    names: PathNames,
    Body(body): Body<StartBody>,
) -> Result<Json<Value>, ApiError> {
    let started = updates::begin(&app, names.update(), body.tags, body.journal_version).await?;
    let mut answer = json!({
        "version": started.version,
        "token": started.token,
        "tokenExpiration": started.expires,
    });
    if let Some(version) = started.journal_version {
        answer["journalVersion"] = version.into();
    }
    Ok(Json(answer))
}

/// `GET …/update/{update}`, which a client polls after an import.
pub(super) async fn poll(
    State(app): State<App>,
    names: PathNames,
) -> Result<Json<Value>, ApiError> {
    let status = app.store().update_status(names.update()).await?;
    Ok(Json(json!({ "status": status.polled(), "events": [] })))
}

/// `POST …/update/{update}/cancel`
pub(super) async fn cancel(
    State(app): State<App>,
    names: PathNames,
) -> Result<StatusCode, ApiError> {
    updates::cancel(&app, names.update()).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// `POST …/update/{update}/renew_lease`
pub(super) async fn renew(
    State(app): State<App>,
    lease: Lease,
    Body(body): Body<RenewBody>,
) -> Result<Json<Value>, ApiError> {
    if !(0..=LONGEST_LEASE).contains(&body.duration.unwrap_or_default()) {
        return Err(ApiError::bad_request(format_args!(
            "`duration` must be 0 to {LONGEST_LEASE} seconds"
        )));
    }
    let expires = updates::renew(&app, lease.path, lease.digest).await?;
    // The token stays the same, because only its holder can renew it.
    Ok(Json(
        json!({ "token": lease.token.expose_secret(), "tokenExpiration": expires }),
    ))
}

/// `POST …/update/{update}/complete`
pub(super) async fn complete(
    State(app): State<App>,
    lease: Lease,
    RawBody(body): RawBody<CompleteBody>,
) -> Result<StatusCode, ApiError> {
    let predicted = StackOutputs {
        outputs: body.outputs,
        secrets_providers: body.secrets_providers,
        unknown: false,
    };
    updates::complete(&app, lease.path, lease.digest, body.status, predicted).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// `POST …/update/{update}/events/batch`
pub(super) async fn append_events(
    State(app): State<App>,
    lease: Lease,
    StateBody(body): StateBody<EventsBody>,
) -> Result<StatusCode, ApiError> {
    if body.events.is_empty() {
        return Err(ApiError::bad_request("`events` must not be empty"));
    }
    let numbered = |(place, event): (usize, Object)| {
        let sequence = event.read::<i64>("sequence").filter(|number| *number >= 0);
        let missing =
            || ApiError::bad_request(format_args!("`events[{place}].sequence` is not a number"));
        if !has_counts(&event) {
            let sentence = "is not a number for each operation";
            let which = format_args!("`events[{place}].summaryEvent.resourceChanges` {sentence}");
            return Err(ApiError::bad_request(which));
        }
        Ok((sequence.ok_or_else(missing)?, event))
    };
    let events = body.events.into_iter().enumerate().map(numbered);
    let events = events.collect::<Result<_, ApiError>>()?;
    let now = app.clock().steady();
    app.store()
        .append_events(lease.path, lease.digest, now, events)
        .await?;
    Ok(StatusCode::OK)
}

/// Whether an event with a summary has valid counts of changes, which webhooks report.
fn has_counts(event: &Object) -> bool {
    let summary = event.read::<Object>("summaryEvent");
    let changes = summary
        .as_ref()
        .and_then(|summary| summary.raw("resourceChanges"));
    changes.is_none_or(|changes| {
        serde_json::from_str::<Option<BTreeMap<String, i64>>>(changes.get()).is_ok()
    })
}

/// A page of engine events.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct EventsAnswer {
    events: Vec<Object>,
    /// Null if there will be no more.
    continuation_token: Option<String>,
}

/// `GET …/update/{update}/events`
pub(super) async fn events(
    State(app): State<App>,
    names: PathNames,
    Query(query): Query<Vec<(String, String)>>,
) -> Result<Json<EventsAnswer>, ApiError> {
    let mut filter = EventFilter::default();
    for (name, value) in query {
        match name.as_str() {
            "continuationToken" if !value.is_empty() => {
                let wrong = |_| ApiError::bad_request("`continuationToken` is not one of ours");
                filter.after = Some(value.parse().map_err(wrong)?);
            }
            "type" => filter.kinds.push(value),
            "urn" => filter.urn = Some(value),
            _ => {}
        }
    }
    let page = app.store().events(names.update(), filter).await?;
    Ok(Json(EventsAnswer {
        events: page.events,
        continuation_token: page.next.map(|sequence| sequence.to_string()),
    }))
}
