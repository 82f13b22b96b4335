//! A client of the resource monitor: how a component registers itself and its children.
//!
//! Which options are passed on follows from what children inherit in the engine: `protect`, `retainOnDelete`,
//! `deletedWith`, transforms, and aliases of the parent. They do not inherit time limits.
//!
//! # What this may not do
//!
//! Decide what to register.

use super::error::EngineError;
use super::limits::MAX_MESSAGE;
use super::urn::Urn;
use crate::pb;
use crate::pb::register_resource_request::PropertyDependencies;
use crate::pb::resource_monitor_client::ResourceMonitorClient;
use crate::property::wire::{self, Outputs};
use crate::property::{Map, Value};
use crate::schema;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;
use tonic::transport::{Channel, Endpoint};
use tonic::{Code, Status};

/// The monitor for the deployment of one component. Clones share the connection.
#[derive(Clone, Debug)]
pub struct Monitor {
    client: ResourceMonitorClient<Channel>,
    /// The engine's request without its inputs and configuration: the options of the component.
    request: Arc<pb::ConstructRequest>,
    /// The reference to the provider for the children, `urn::id`.
    provider: String,
}

/// A custom resource below a component.
#[derive(Clone, Debug)]
pub struct ChildRegistration {
    /// Its type token.
    pub token: &'static str,
    /// Its name, unique among the resources of its type below components of this type.
    pub name: String,
    /// The component's URN.
    pub parent: String,
    /// Its inputs.
    pub inputs: Map,
    /// What each input depends on.
    pub dependencies: BTreeMap<String, BTreeSet<String>>,
    /// The names that it may have in an older state.
    pub former: Vec<Former>,
    /// The inputs whose changes are ignored.
    pub ignore_changes: Vec<String>,
    /// The inputs whose changes replace it.
    pub replace_on_changes: Vec<String>,
}

/// A child as the engine registered it.
#[derive(Clone, Debug)]
pub struct Registered {
    /// Its URN.
    pub urn: String,
    /// Its output `name`, if known. Its other outputs are not kept, because a graph has thousands of children.
    pub name: Option<Value>,
    /// Whether it was left out of this run, so its outputs are not reliable.
    pub unknown: bool,
    /// Whether it failed or was skipped while the deployment continues, as with `--continue-on-error`.
    pub failed: bool,
}

/// A name that a resource may have in an older state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Former {
    /// A resource of this type and name, below the same component.
    Sibling {
        /// The type token.
        token: &'static str,
        /// The name.
        name: String,
    },
    /// A resource with this URN.
    Elsewhere(Urn),
}

impl Monitor {
    /// Copies the options of a component. It connects on the first registration.
    ///
    /// `provider` is the reference to this provider, for the children of a component without one.
    ///
    /// # Errors
    ///
    /// [`EngineError::Refused`] if the monitor's address is invalid.
    pub fn new(mut request: pb::ConstructRequest, provider: &str) -> Result<Monitor, EngineError> {
        let address = format!("http://{}", request.monitor_endpoint);
        let endpoint = Endpoint::from_shared(address).map_err(|error| EngineError::Refused {
            operation: "name its resource monitor",
            reason: error.to_string(),
        })?;
        let client = ResourceMonitorClient::new(endpoint.connect_lazy())
            .max_decoding_message_size(MAX_MESSAGE)
            .max_encoding_message_size(MAX_MESSAGE);
        let provider = request
            .providers
            .get(schema::PACKAGE)
            .cloned()
            .unwrap_or_else(|| provider.to_owned());
        request.inputs = None;
        request.config.clear();
        Ok(Monitor {
            client,
            request: Arc::new(request),
            provider,
        })
    }

    /// The ID of this deployment, among others that the process serves.
    pub fn deployment(&self) -> &str {
        &self.request.monitor_endpoint
    }

    /// The reference to the provider for the children, `urn::id`; empty if neither the program nor the engine named one.
    pub fn provider(&self) -> &str {
        &self.provider
    }

    /// Registers the component with the options that the program gave it; returns its URN.
    ///
    /// # Errors
    ///
    /// [`EngineError::Ended`] if the deployment ended meanwhile, [`EngineError::Passed`] if the engine failed or skipped
    /// the component and continues, [`EngineError::Refused`] if the engine refuses the registration.
    pub async fn register_component(&self, inputs: &Map) -> Result<String, EngineError> {
        let given = &*self.request;
        let request = pb::RegisterResourceRequest {
            object: Some(wire::encode(inputs.clone(), Outputs::Flatten)),
            property_dependencies: component_dependencies(given, inputs),
            additional_secret_outputs: given.additional_secret_outputs.clone(),
            aliases: given.aliases.clone(),
            delete_before_replace: given.delete_before_replace.unwrap_or_default(),
            delete_before_replace_defined: given.delete_before_replace.is_some(),
            deleted_with: given.deleted_with.clone(),
            dependencies: given.dependencies.clone(),
            hooks: given.resource_hooks.clone().map(hooks),
            ignore_changes: given.ignore_changes.clone(),
            protect: given.protect,
            providers: given.providers.clone(),
            replace_on_changes: given.replace_on_changes.clone(),
            replace_with: given.replace_with.clone(),
            replacement_trigger: given.replacement_trigger.clone(),
            retain_on_delete: given.retain_on_delete,
            // Without the program's stack trace: the engine would write its two kilobytes into the state of the component,
            // and it writes the whole state twice for each resource. No message shows them.
            ..self.registration(&given.r#type, &given.name, &given.parent)
        };
        let answer = self.register(request).await?;
        if is_success(&answer) {
            Ok(answer.urn)
        } else {
            Err(EngineError::Passed { urn: answer.urn })
        }
    }

    /// Registers a child of the component.
    ///
    /// A child that must be replaced is deleted first, because two webhooks for one edge would start a stack twice.
    ///
    /// # Errors
    ///
    /// As [`Monitor::register_component`]. But a child that failed or was skipped while the deployment continues is
    /// returned, with unknown outputs.
    pub async fn register_child(
        &self,
        child: ChildRegistration,
    ) -> Result<Registered, EngineError> {
        let all: BTreeSet<String> = child.dependencies.values().flatten().cloned().collect();
        let request = pb::RegisterResourceRequest {
            custom: true,
            object: Some(wire::encode(child.inputs, Outputs::Flatten)),
            property_dependencies: told(child.dependencies),
            dependencies: all.into_iter().collect(),
            provider: self.provider.clone(),
            // Without a reference, the engine uses the provider with this version and origin, as for a program's own
            // webhooks.
            version: if self.provider.is_empty() {
                schema::VERSION.to_owned()
            } else {
                String::new()
            },
            plugin_download_url: if self.provider.is_empty() {
                schema::PLUGIN_DOWNLOAD_URL.to_owned()
            } else {
                String::new()
            },
            aliases: child.former.into_iter().map(alias).collect(),
            ignore_changes: child.ignore_changes,
            replace_on_changes: child.replace_on_changes,
            delete_before_replace: true,
            delete_before_replace_defined: true,
            replace_with: self.request.replace_with.clone(),
            replacement_trigger: self.request.replacement_trigger.clone(),
            ..self.registration(child.token, &child.name, &child.parent)
        };
        let answer = self.register(request).await?;
        if !is_success(&answer) {
            return Ok(Registered {
                urn: answer.urn,
                name: None,
                unknown: true,
                failed: true,
            });
        }
        let mut outputs = wire::decode(answer.object).map_err(|error| EngineError::Refused {
            operation: "register a webhook",
            reason: error.to_string(),
        })?;
        Ok(Registered {
            urn: answer.urn,
            name: outputs.remove("name"),
            unknown: answer.unknown,
            failed: false,
        })
    }

    /// Writes the component's outputs into the state and ends its display. Must be called once.
    ///
    /// # Errors
    ///
    /// As [`Monitor::register_component`].
    pub async fn register_outputs(&self, urn: &str, outputs: Map) -> Result<(), EngineError> {
        let outputs = Some(wire::encode(outputs, Outputs::Flatten));
        let request = pb::RegisterResourceOutputsRequest {
            urn: urn.to_owned(),
            outputs,
        };
        let answer = self.client.clone().register_resource_outputs(request).await;
        answer
            .map(drop)
            .map_err(|status| self.error("take the component's outputs", &status))
    }

    /// The common part of the registration of a component and of a child.
    fn registration(&self, token: &str, name: &str, parent: &str) -> pb::RegisterResourceRequest {
        pb::RegisterResourceRequest {
            r#type: token.to_owned(),
            name: name.to_owned(),
            parent: parent.to_owned(),
            accept_secrets: true,
            accept_resources: true,
            alias_specs: true,
            supports_partial_values: true,
            supports_result_reporting: true,
            custom_timeouts: self.request.custom_timeouts.clone().map(|limits| {
                pb::register_resource_request::CustomTimeouts {
                    create: limits.create,
                    update: limits.update,
                    delete: limits.delete,
                    read: limits.read,
                }
            }),
            ..pb::RegisterResourceRequest::default()
        }
    }

    async fn register(
        &self,
        request: pb::RegisterResourceRequest,
    ) -> Result<pb::RegisterResourceResponse, EngineError> {
        let answer = self.client.clone().register_resource(request).await;
        let answer = answer.map_err(|status| self.error("register a resource", &status))?;
        Ok(answer.into_inner())
    }

    fn error(&self, operation: &'static str, status: &Status) -> EngineError {
        match status.code() {
            Code::Unavailable | Code::Cancelled => self.ended(),
            _ => EngineError::Refused {
                operation,
                reason: status.message().to_owned(),
            },
        }
    }

    fn ended(&self) -> EngineError {
        EngineError::Ended {
            component: self.request.name.clone(),
        }
    }
}

/// Whether a registration succeeded. If not, as with `--continue-on-error`, the engine has reported why and continues.
///
/// This does not use `answer.result()`, which treats an unknown number as success: engines before 3.276 answer 2 for a
/// registration that was skipped.
fn is_success(answer: &pb::RegisterResourceResponse) -> bool {
    answer.result == i32::from(pb::Result::Success)
}

/// The dependencies of each input: those that the engine reported, and those that the values carry.
fn component_dependencies(
    request: &pb::ConstructRequest,
    inputs: &Map,
) -> HashMap<String, PropertyDependencies> {
    let one = |(name, value): (&String, &Value)| {
        let mut urns = carried(value);
        urns.extend(
            request
                .input_dependencies
                .get(name)
                .into_iter()
                .flat_map(|given| given.urns.iter().cloned()),
        );
        (name.clone(), urns)
    };
    told(inputs.iter().map(one))
}

/// The dependencies of each property, for the engine. Properties without dependencies are left out, which keeps them out of
/// the state. If that would leave none, one stays: without any entry, the engine assumes that each property depends on
/// everything that the resource depends on.
fn told(
    dependencies: impl IntoIterator<Item = (String, BTreeSet<String>)>,
) -> HashMap<String, PropertyDependencies> {
    let (some, none): (Vec<_>, Vec<_>) = dependencies
        .into_iter()
        .partition(|(_, urns)| !urns.is_empty());
    let one = usize::from(some.is_empty());
    let told = some.into_iter().chain(none.into_iter().take(one));
    told.map(|(name, urns)| {
        let urns = urns.into_iter().collect();
        (name, PropertyDependencies { urns })
    })
    .collect()
}

fn carried(value: &Value) -> BTreeSet<String> {
    let peeled = value.peel();
    let mut urns = peeled.dependencies;
    match peeled.value {
        Some(Value::Array(items)) => urns.extend(items.iter().flat_map(carried)),
        Some(Value::Object(map)) => urns.extend(map.values().flat_map(carried)),
        _ => {}
    }
    urns
}

fn alias(former: Former) -> pb::Alias {
    use pb::alias::{Alias, Spec};
    let alias = match former {
        Former::Sibling { token, name } => Alias::Spec(Spec {
            r#type: token.to_owned(),
            name,
            ..Spec::default()
        }),
        Former::Elsewhere(urn) => Alias::Urn(urn.to_string()),
    };
    pb::Alias { alias: Some(alias) }
}

fn hooks(
    given: pb::construct_request::ResourceHooksBinding,
) -> pb::register_resource_request::ResourceHooksBinding {
    pb::register_resource_request::ResourceHooksBinding {
        before_create: given.before_create,
        after_create: given.after_create,
        before_update: given.before_update,
        after_update: given.after_update,
        before_delete: given.before_delete,
        after_delete: given.after_delete,
        on_error: given.on_error,
    }
}
