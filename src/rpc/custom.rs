//! Custom resources: decodes a request, calls the resource, encodes its answer.
//!
//! # What this may not do
//!
//! Know what a resource is.

use super::session::Session;
use super::status;
use crate::engine::urn::Urn;
use crate::pb;
use crate::property::diff::{Change, DetailedDiff, PropertyDiff};
use crate::property::wire::{self, Outputs};
use crate::property::{Map, PropertyPath};
use crate::resources::outcome::{Found, Listed, Olds, Preview};
use crate::veil::Veil;
use pb::property_diff::Kind;
use std::collections::BTreeSet;
use std::sync::Arc;
use tonic::Status;

pub(super) async fn check(
    session: Arc<Session>,
    request: pb::CheckRequest,
) -> Result<pb::CheckResponse, Status> {
    let configured = session.configured()?;
    let (olds, news) = (decode(request.olds)?, decode(request.news)?);
    let urn = Urn::new(request.urn);
    let checked = configured
        .resources
        .check(&urn, &olds, &news, &request.random_seed)
        .await
        .map_err(|error| status::resource(error, &news))?;
    session.tell(&configured, urn.as_str()).await;
    Ok(pb::CheckResponse {
        failures: status::check_failures(&checked.failures, &checked.inputs),
        inputs: Some(encode(checked.inputs)),
    })
}

pub(super) async fn diff(
    session: Arc<Session>,
    request: pb::DiffRequest,
) -> Result<pb::DiffResponse, Status> {
    let configured = session.configured()?;
    let olds = Olds {
        state: decode(request.olds)?,
        inputs: decode(request.old_inputs)?,
    };
    let news = decode(request.news)?;
    let urn = Urn::new(request.urn);
    let compared = configured
        .resources
        .diff(&urn, &request.id, &olds, &news, &request.ignore_changes)
        .await;
    let compared = compared.map_err(|error| status::resource(error, &news))?;
    say(&session, &urn, &[], &compared.notes).await;
    Ok(pb::DiffResponse {
        // Always set: when a partially completed replacement is continued, whatever changed since, this flag decides
        // whether the engine deletes the old ID again after the create.
        delete_before_replace: true,
        ..diff_response(&compared.changes)
    })
}

pub(super) async fn create(
    session: Arc<Session>,
    request: pb::CreateRequest,
) -> Result<pb::CreateResponse, Status> {
    let configured = session.configured()?;
    let (urn, news) = (Urn::new(request.urn), decode(request.properties)?);
    let made = configured
        .resources
        .create(&urn, &news, preview(request.preview))
        .await;
    let made = made.map_err(|error| status::resource(error, &news))?;
    say(&session, &urn, &made.advice, &made.notes).await;
    Ok(pb::CreateResponse {
        id: made.id,
        properties: Some(encode(made.state)),
        ..pb::CreateResponse::default()
    })
}

/// Reads a resource. If it does not exist, the answer has no ID and no properties: with properties, even empty ones, an
/// import would treat it as found.
pub(super) async fn read(
    session: Arc<Session>,
    request: pb::ReadRequest,
) -> Result<pb::ReadResponse, Status> {
    let configured = session.configured()?;
    let olds = Olds {
        state: decode(request.properties)?,
        inputs: decode(request.inputs)?,
    };
    let found = configured
        .resources
        .read(&Urn::new(request.urn), &request.id, &olds)
        .await;
    Ok(
        match found.map_err(|error| status::resource(error, &olds.inputs))? {
            None => pb::ReadResponse::default(),
            Some(Found { id, state, inputs }) => pb::ReadResponse {
                id,
                properties: Some(encode(state)),
                inputs: Some(encode(inputs)),
                ..pb::ReadResponse::default()
            },
        },
    )
}

pub(super) async fn update(
    session: Arc<Session>,
    request: pb::UpdateRequest,
) -> Result<pb::UpdateResponse, Status> {
    let configured = session.configured()?;
    let olds = Olds {
        state: decode(request.olds)?,
        inputs: decode(request.old_inputs)?,
    };
    let news = decode(request.news)?;
    let urn = Urn::new(request.urn);
    let preview = preview(request.preview);
    let changed = configured
        .resources
        .update(&urn, &request.id, &olds, &news, preview)
        .await;
    let changed = changed.map_err(|error| status::resource(error, &news))?;
    say(&session, &urn, &changed.advice, &changed.notes).await;
    Ok(pb::UpdateResponse {
        properties: Some(encode(changed.state)),
        ..pb::UpdateResponse::default()
    })
}

pub(super) async fn delete(
    session: Arc<Session>,
    request: pb::DeleteRequest,
) -> Result<(), Status> {
    let configured = session.configured()?;
    let deleted = configured
        .resources
        .delete(&Urn::new(request.urn), &request.id)
        .await;
    deleted.map_err(|error| status::resource(error, &Map::new()))
}

/// All resources of a type that match the query, at most `limit` if that is greater than 0.
pub(super) async fn list(
    session: Arc<Session>,
    request: pb::ListRequest,
) -> Result<Vec<pb::ListResponse>, Status> {
    use pb::list_response::{Response, Result as Entry};
    let configured = session.configured()?;
    let query = decode(request.query)?;
    let found = configured.resources.list(&request.token, &query).await;
    let found = found.map_err(|error| status::resource(error, &query))?;
    let limit = usize::try_from(request.limit)
        .ok()
        .filter(|limit| *limit > 0)
        .unwrap_or(usize::MAX);
    let entries = found.into_iter().take(limit);
    Ok(entries
        .map(|Listed { id, name }| pb::ListResponse {
            response: Some(Response::Result(Entry { id, name })),
        })
        .collect())
}

/// Reports advice and notes about a resource.
async fn say(session: &Session, urn: &Urn, advice: &[String], notes: &[String]) {
    for advice in advice {
        session.log.warn(urn.as_str(), advice).await;
    }
    for note in notes {
        session.log.info(urn.as_str(), note).await;
    }
}

/// Decodes properties. From then on, no message shows the secrets among them.
pub(super) fn decode(properties: Option<wire::Message>) -> Result<Map, Status> {
    let map = wire::decode(properties).map_err(|error| status::wire(&error))?;
    let veil = Veil::current();
    for value in map.values() {
        value.for_each_secret(&mut |text| veil.hide(text));
    }
    Ok(map)
}

/// Encodes properties for a message without output values. They are always sent, because the engine distinguishes absent
/// from empty properties.
pub(super) fn encode(properties: Map) -> wire::Message {
    wire::encode(properties, Outputs::Flatten)
}

fn preview(given: bool) -> Preview {
    if given { Preview::Yes } else { Preview::No }
}

/// The answer to a Diff.
pub(super) fn diff_response(found: &DetailedDiff) -> pb::DiffResponse {
    use pb::diff_response::DiffChanges;
    let top_level = |paths: &mut dyn Iterator<Item = &PropertyPath>| -> Vec<String> {
        let names: BTreeSet<&str> = paths.filter_map(PropertyPath::top_level).collect();
        names.into_iter().map(str::to_owned).collect()
    };
    let replaces = top_level(
        &mut found
            .iter()
            .filter(|(_, diff)| diff.replaces)
            .map(|(path, _)| path),
    );
    pb::DiffResponse {
        changes: if found.is_empty() {
            DiffChanges::DiffNone
        } else {
            DiffChanges::DiffSome
        }
        .into(),
        diffs: top_level(&mut found.keys()),
        replaces,
        detailed_diff: found
            .iter()
            .map(|(path, diff)| (path.to_string(), property_diff(*diff)))
            .collect(),
        has_detailed_diff: true,
        ..pb::DiffResponse::default()
    }
}

fn property_diff(diff: PropertyDiff) -> pb::PropertyDiff {
    let kind = match (diff.change, diff.replaces) {
        (Change::Add, false) => Kind::Add,
        (Change::Add, true) => Kind::AddReplace,
        (Change::Delete, false) => Kind::Delete,
        (Change::Delete, true) => Kind::DeleteReplace,
        (Change::Update, false) => Kind::Update,
        (Change::Update, true) => Kind::UpdateReplace,
    };
    pb::PropertyDiff {
        kind: kind.into(),
        input_diff: true,
    }
}
