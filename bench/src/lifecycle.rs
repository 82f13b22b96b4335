//! The lifecycle of a webhook through a plugin's protocol, one method after the other.

use crate::plugin::{Plugin, map};
use anyhow::ensure;
use auto_deploy::pb;
use auto_deploy::property::wire::{self, Message, Outputs};
use auto_deploy::property::{Map, Value};
use std::time::{Duration, Instant};
use tonic::Request;

/// The methods in the order of a lifecycle.
pub(crate) const METHODS: [&str; 6] = ["Check", "Create", "Read", "Diff", "Update", "Delete"];

/// Runs the lifecycles of as many webhooks as there are `names`, each of its own stack, one after the other; returns the
/// time of each of [`METHODS`] for each.
///
/// The webhooks are deleted after another Configure, as by a later command of the CLI: a deployment does not delete what it
/// has just created.
///
/// # Errors
///
/// The plugin failed. A provider without such a webhook rejects the first one.
pub(crate) async fn run_all(
    plugin: &mut Plugin,
    cloud: &str,
    names: &[String],
) -> anyhow::Result<Vec<[Duration; 6]>> {
    let mut all = Vec::with_capacity(names.len());
    let mut left = Vec::with_capacity(names.len());
    for name in names {
        let mut took = [Duration::ZERO; 6];
        left.push(begin(plugin, name, &mut took).await?);
        all.push(took);
    }
    plugin.configure(cloud).await?;
    for (delete, took) in left.into_iter().zip(&mut all) {
        let begin = Instant::now();
        plugin.client.delete(Request::new(delete)).await?;
        took[5] = begin.elapsed();
    }
    Ok(all)
}

/// Runs the lifecycle of a webhook except for its end; returns the request for that.
async fn begin(
    plugin: &Plugin,
    name: &str,
    took: &mut [Duration; 6],
) -> anyhow::Result<pb::DeleteRequest> {
    let mut client = plugin.client.clone();
    let urn = plugin.urn(name);
    let mut clock = Clock::new(took);

    let (first, second) = (webhook(name, "first"), webhook(name, "second"));
    let check = pb::CheckRequest {
        urn: urn.clone(),
        news: Some(message(&first)),
        random_seed: name.as_bytes().to_vec(),
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
    Ok(pb::DeleteRequest {
        id,
        urn,
        properties: updated.properties,
        ..pb::DeleteRequest::default()
    })
}

/// The purpose of a webhook.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// It delivers events to an address.
    Events,
    /// It is an edge of a graph: it starts another stack.
    Edge,
}

/// Checks the webhook `name` of one stack; returns the request that creates it.
pub(crate) async fn checked(
    plugin: &Plugin,
    name: &str,
    purpose: Purpose,
) -> anyhow::Result<pb::CreateRequest> {
    let mut inputs = webhook("prod", "made");
    let target = match purpose {
        Purpose::Events => format!("https://example.com/{name}"),
        Purpose::Edge => {
            inputs.insert("format".to_owned(), "pulumi_deployments".into());
            format!("{name}/prod")
        }
    };
    inputs.insert("payloadUrl".to_owned(), target.into());
    let urn = plugin.urn(name);
    let check = pb::CheckRequest {
        urn: urn.clone(),
        news: Some(message(&inputs)),
        random_seed: name.as_bytes().to_vec(),
        ..pb::CheckRequest::default()
    };
    let checked = plugin.client.clone().check(check).await?.into_inner();
    ensure!(
        checked.failures.is_empty(),
        "the webhook is refused: {:?}",
        checked.failures
    );
    Ok(pb::CreateRequest {
        urn,
        properties: checked.inputs,
        ..pb::CreateRequest::default()
    })
}

/// A webhook of a stack with every input that a check would add.
fn webhook(stack: &str, display_name: &str) -> Map {
    let filters: Value = ["update_succeeded", "update_failed"].into_iter().collect();
    map([
        ("organizationName", "acme".into()),
        ("projectName", "app".into()),
        ("stackName", stack.into()),
        ("displayName", display_name.into()),
        ("payloadUrl", "https://example.com/deliveries".into()),
        ("active", true.into()),
        ("format", "raw".into()),
        ("filters", filters),
    ])
}

fn message(map: &Map) -> Message {
    wire::encode(map.clone(), Outputs::Flatten)
}

/// Measures the time of one call after the other.
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
            .expect("a lifecycle has as many calls as METHODS") = begin.elapsed();
        Ok(answer)
    }
}
