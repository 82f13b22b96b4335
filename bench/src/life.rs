//! The life of a webhook through a plugin's protocol, one method after the other.

use crate::plugin::{Plugin, map};
use anyhow::ensure;
use auto_deploy::pb;
use auto_deploy::property::wire::{self, Message, Outputs};
use auto_deploy::property::{Map, Value};
use std::time::{Duration, Instant};
use tonic::Request;

/// The methods in the order in which a life has them.
pub(crate) const METHODS: [&str; 6] = ["Check", "Create", "Read", "Diff", "Update", "Delete"];

/// Leads the webhook `name` through its life; answers how long each of [`METHODS`] took.
///
/// # Errors
///
/// The plugin refused something; a provider without such a webhook refuses the first.
pub(crate) async fn live(plugin: &Plugin, name: &str) -> anyhow::Result<[Duration; 6]> {
    let mut client = plugin.client.clone();
    let urn = plugin.urn(name);
    let mut took = [Duration::ZERO; 6];
    let mut clock = Clock::new(&mut took);

    let (first, second) = (webhook("first"), webhook("second"));
    let check = pb::CheckRequest {
        urn: urn.clone(),
        news: Some(message(&first)),
        ..pb::CheckRequest::default()
    };
    let checked = clock.time(client.check(Request::new(check))).await?;
    ensure!(
        checked.failures.is_empty(),
        "the webhook is refused: {:?}",
        checked.failures
    );
    let inputs = checked.inputs;
    let create = pb::CreateRequest {
        urn: urn.clone(),
        properties: inputs.clone(),
        ..pb::CreateRequest::default()
    };
    let created = clock.time(client.create(Request::new(create))).await?;
    let (id, state) = (created.id, created.properties);
    let read = pb::ReadRequest {
        id: id.clone(),
        urn: urn.clone(),
        properties: state.clone(),
        inputs: inputs.clone(),
        ..pb::ReadRequest::default()
    };
    let read = clock.time(client.read(Request::new(read))).await?;
    ensure!(!read.id.is_empty(), "the webhook is there");
    let diff = pb::DiffRequest {
        id: id.clone(),
        urn: urn.clone(),
        olds: state.clone(),
        old_inputs: inputs.clone(),
        news: Some(message(&second)),
        ..pb::DiffRequest::default()
    };
    clock.time(client.diff(Request::new(diff))).await?;
    let update = pb::UpdateRequest {
        id: id.clone(),
        urn: urn.clone(),
        olds: state,
        old_inputs: inputs,
        news: Some(message(&second)),
        ..pb::UpdateRequest::default()
    };
    let updated = clock.time(client.update(Request::new(update))).await?;
    let delete = pb::DeleteRequest {
        id,
        urn,
        properties: updated.properties,
        ..pb::DeleteRequest::default()
    };
    clock.time(client.delete(Request::new(delete))).await?;
    Ok(took)
}

/// Makes the webhook `name`; its inputs are taken as checked.
pub(crate) async fn create(plugin: &Plugin, name: &str) -> anyhow::Result<()> {
    let create = pb::CreateRequest {
        urn: plugin.urn(name),
        properties: Some(message(&webhook("made"))),
        ..pb::CreateRequest::default()
    };
    plugin.client.clone().create(create).await?;
    Ok(())
}

/// A webhook of a stack with every input that a check would fill in.
fn webhook(display_name: &str) -> Map {
    let filters: Value = ["update_succeeded", "update_failed"].into_iter().collect();
    map([
        ("organizationName", "acme".into()),
        ("projectName", "app".into()),
        ("stackName", "prod".into()),
        ("displayName", display_name.into()),
        ("payloadUrl", "https://example.com/deliveries".into()),
        ("active", true.into()),
        ("format", "raw".into()),
        ("filters", filters),
    ])
}

fn message(map: &Map) -> Message {
    wire::encode(map, Outputs::Flatten)
}

/// Times one call after the other.
struct Clock<'a> {
    took: std::slice::IterMut<'a, Duration>,
}

impl<'a> Clock<'a> {
    fn new(took: &'a mut [Duration]) -> Clock<'a> {
        Clock {
            took: took.iter_mut(),
        }
    }

    async fn time<T>(
        &mut self,
        call: impl Future<Output = Result<tonic::Response<T>, tonic::Status>>,
    ) -> anyhow::Result<T> {
        let begin = Instant::now();
        let answer = call.await?.into_inner();
        *self
            .took
            .next()
            .expect("a life has as many calls as METHODS") = begin.elapsed();
        Ok(answer)
    }
}
