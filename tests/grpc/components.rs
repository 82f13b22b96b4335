//! Components of the program `wiring`, stack `dev`, constructed as the engine does it.

use auto_deploy::pb;
use serde_json::Value;
use testkit::provider::Provider;
use testkit::values::{json_of, properties};
use tonic::Status;

/// A request for the component `name` of the type `kind`, with the monitor at this address.
pub(crate) fn component(
    kind: &str,
    name: &str,
    monitor: &str,
    inputs: Value,
) -> pb::ConstructRequest {
    pb::ConstructRequest {
        r#type: format!("auto-deploy:index:{kind}"),
        name: name.to_owned(),
        project: "wiring".into(),
        stack: "dev".into(),
        organization: "acme".into(),
        parent: "urn:pulumi:dev::wiring::pulumi:pulumi:Stack::wiring-dev".into(),
        monitor_endpoint: monitor.to_owned(),
        accepts_output_values: true,
        inputs: properties(inputs),
        ..pb::ConstructRequest::default()
    }
}

/// Constructs a component; returns its outputs.
pub(crate) async fn construct(
    provider: &Provider,
    request: pb::ConstructRequest,
) -> Result<Value, Status> {
    let built = provider.client.clone().construct(request).await?;
    Ok(json_of(built.into_inner().state))
}
