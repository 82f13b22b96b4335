//! Webhooks of one stack, as most tests create them.

use auto_deploy::pb;
use local_cloud::{Fault, Method, Trouble};
use serde_json::{Value, json};
use testkit::engine::Log;
use testkit::provider::Provider;
use testkit::values::json_of;

/// The path of the webhooks of the stack that they watch.
pub(crate) const HOOKS: &str = "/api/stacks/acme/app/prod/hooks";

/// The inputs of a webhook that is an edge.
pub(crate) fn hook() -> Value {
    json!({
        "organizationName": "acme", "projectName": "app", "stackName": "prod", "displayName": "x", "active": true,
        "format": "pulumi_deployments", "payloadUrl": "app/dev", "filters": ["update_succeeded"],
    })
}

/// A fault for the next create.
pub(crate) fn on_create(trouble: Trouble) -> Fault {
    Fault::on(Method::POST, "/api/stacks/{o}/{p}/{s}/hooks", trouble)
}

/// The last part of an id.
pub(crate) fn name(id: &str) -> &str {
    id.rsplit('/').next().expect("there is a last part")
}

/// How many webhooks the stack has.
pub(crate) async fn n_webhooks(provider: &Provider) -> usize {
    provider
        .ask("GET", HOOKS, Value::Null)
        .await
        .1
        .as_array()
        .expect("a list")
        .len()
}

/// The messages in a log, without what differs from run to run.
pub(crate) fn told(log: &Log, id: &str) -> String {
    log.taken().join("\n").replace(name(id), "NAME")
}

/// The id and outputs of a resource that the engine keeps after a partial failure.
pub(crate) fn half_made(status: &tonic::Status) -> (String, Value) {
    use prost::Message as _;
    let details = tonic_types::Status::decode(status.details()).expect("there are details");
    let detail = &details.details[0];
    assert_eq!(
        detail.type_url,
        "type.googleapis.com/pulumirpc.ErrorResourceInitFailed"
    );
    let detail = pb::ErrorResourceInitFailed::decode(&*detail.value).expect("it is one");
    (detail.id, json_of(detail.properties))
}

/// An answer with this status and body.
pub(crate) fn answers(code: u16, body: &str) -> Trouble {
    let Trouble::Status {
        status,
        retry_after,
        ..
    } = Trouble::status(code)
    else {
        panic!("it is an answer")
    };
    Trouble::Status {
        status,
        retry_after,
        body: Some(body.to_owned()),
    }
}
