//! Registers an `AutoDeployer` and its webhooks with the engine.
//!
//! # What this may not do
//!
//! Call the cloud: the engine asks the provider for each webhook when its turn comes. See protobuf.

use super::declared::DeclaredEdges;
use super::plan::{Child, Plan, Planned, plan};
use crate::property::encode::with_dependencies;
use crate::property::{CheckFailure, Known, Map, Value};
use crate::resources::error::ResourceError;
use crate::resources::webhook;
use crate::rpc::engine::EngineLog;
use crate::rpc::monitor::{ChildRegistration, Monitor, Registered};
use std::collections::{BTreeMap, BTreeSet};
use tokio::task::JoinSet;

/// A component that the engine wants built.
#[derive(Clone, Debug)]
pub struct Construct {
    /// Its name in the program.
    pub name: String,
    /// Its inputs.
    pub inputs: Map,
    /// The organization to take if the inputs name none.
    pub organization: String,
    /// Whether this is a preview.
    pub preview: bool,
}

/// A component that was built: its URN and its outputs, with what each depends on.
#[derive(Clone, Debug)]
pub struct Constructed {
    /// The URN that the engine gave it.
    pub urn: String,
    /// Its outputs.
    pub state: Map,
}

/// Builds the component: checks its inputs, then registers it, its webhooks side by side, and its outputs.
///
/// # Errors
///
/// [`ResourceError::Inputs`] for inputs that cannot be right, before anything is registered; what the engine answers.
pub async fn construct(
    request: Construct,
    monitor: &Monitor,
    declared: &DeclaredEdges,
    log: &EngineLog,
) -> Result<Constructed, ResourceError> {
    let plan = plan(&request.name, &request.inputs, &request.organization)
        .map_err(ResourceError::Inputs)?;
    if let Some(cycle) = declared.declare(monitor.deployment(), &plan.edges) {
        let reason = format!(
            "these stacks would start each other for ever: {cycle}; remove one of the references"
        );
        return Err(ResourceError::Inputs(vec![CheckFailure::new(
            "downstreamRefs",
            reason,
        )]));
    }
    let urn = monitor.register_component(&request.inputs).await?;
    for advice in &plan.advice {
        log.warn(&urn, advice).await;
    }
    let registered = register_children(&plan.children, &urn, monitor).await?;
    let state = state(&plan, &registered, request.preview);
    monitor.register_outputs(&urn, &state).await?;
    Ok(Constructed { urn, state })
}

/// Registers all children at once: the engine decides what runs when. Answers in the order of `children`.
async fn register_children(
    children: &[Child],
    parent: &str,
    monitor: &Monitor,
) -> Result<Vec<Registered>, ResourceError> {
    let mut tasks = JoinSet::new();
    for (place, child) in children.iter().enumerate() {
        let registration = registration(child, parent);
        let monitor = monitor.clone();
        tasks.spawn(async move { (place, monitor.register_child(registration).await) });
    }
    let mut registered = BTreeMap::new();
    while let Some(joined) = tasks.join_next().await {
        let (place, answer) = joined.expect("a registration does not panic, and nobody aborts it");
        registered.insert(place, answer?);
    }
    Ok(registered.into_values().collect())
}

fn registration(child: &Child, parent: &str) -> ChildRegistration {
    ChildRegistration {
        token: webhook::TOKEN,
        name: child.name.clone(),
        parent: parent.to_owned(),
        inputs: child
            .inputs
            .iter()
            .map(|(name, input)| ((*name).to_owned(), input.value.clone()))
            .collect(),
        dependencies: child
            .inputs
            .iter()
            .map(|(name, input)| ((*name).to_owned(), input.dependencies.clone()))
            .collect(),
        former: (webhook::FORMER_TOKEN, child.former_name.clone()),
    }
}

fn state(plan: &Plan, registered: &[Registered], preview: bool) -> Map {
    let marked =
        |planned: &Planned| with_dependencies(planned.value.clone(), planned.dependencies.clone());
    let mut state: Map = plan
        .outputs
        .iter()
        .map(|(name, planned)| ((*name).to_owned(), marked(planned)))
        .collect();
    if let Some(webhooks) = webhook_names(plan, registered, preview) {
        state.insert("downstreamWebhooks".to_owned(), webhooks);
    }
    state
}

/// The names of the webhooks in the order of the references, or `None` if a name is not known though this is no
/// preview, as in an update of selected targets: outside a preview the engine takes no unknown.
fn webhook_names(plan: &Plan, registered: &[Registered], preview: bool) -> Option<Value> {
    let Known::Now(places) = &plan.places else {
        return preview.then_some(Value::UNKNOWN);
    };
    let mut urns = BTreeSet::new();
    let mut names = Vec::with_capacity(places.len());
    for place in places {
        let child = place.map(|place| &registered[place]);
        urns.extend(child.map(|child| child.urn.clone()));
        let name = child
            .filter(|child| preview || !child.unknown)
            .and_then(|child| child.outputs.get("name").cloned());
        match name.filter(|name| preview || !name.has_unknown()) {
            Some(name) => names.push(name),
            None if preview => names.push(Value::UNKNOWN),
            None => return None,
        }
    }
    Some(with_dependencies(Value::Array(names), urns))
}
