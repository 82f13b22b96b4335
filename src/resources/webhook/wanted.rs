//! A webhook as described by checked inputs: its scope, its name and its properties.
//!
//! # What this may not do
//!
//! Make a request; accept unknown values.

use super::inputs::WebhookInputs;
use super::name;
use crate::cloud::WebhookSpec;
use crate::domain::{Format, Scope, WebhookId, check_path_name};
use crate::engine::urn::Urn;
use crate::property::{CheckFailure, Input, Map};
use crate::resources::error::ResourceError;

/// A webhook as described by checked inputs.
#[derive(Clone, Debug)]
pub(super) struct WantedWebhook {
    pub(super) id: WebhookId,
    pub(super) spec: WebhookSpec,
    /// Whether the program gives the name.
    pub(super) is_named: bool,
}

/// A create of a webhook.
#[derive(Clone, Copy, Debug)]
pub(super) struct Creation<'a> {
    /// What to create.
    pub(super) wanted: &'a WantedWebhook,
    /// The resource.
    pub(super) urn: &'a Urn,
    /// Its inputs.
    pub(super) news: &'a Map,
}

impl WantedWebhook {
    /// The webhook that a create with these inputs makes.
    ///
    /// # Errors
    ///
    /// An input is unknown or is not a valid name.
    pub(super) fn new(inputs: &Map) -> Result<WantedWebhook, ResourceError> {
        let generated = name::generated(inputs);
        let (inputs, _) = WebhookInputs::read(inputs);
        let scope = scope(&inputs)?;
        let given = inputs.name.as_ref();
        let given = given.map(|name| path_name(name, "name")).transpose()?;
        let is_named = given.is_some();
        let nameless = ResourceError::StillUnknown { property: "name" };
        let spec = spec(&inputs, given.or(generated).ok_or(nameless)?)?;
        let name = spec.name.clone();
        Ok(WantedWebhook {
            id: WebhookId { scope, name },
            spec,
            is_named,
        })
    }
}

pub(super) fn scope(inputs: &WebhookInputs) -> Result<Scope, ResourceError> {
    let part = |input: Option<&Input<String>>, name| match input {
        Some(input) => path_name(input, name),
        None => Err(ResourceError::StillUnknown { property: name }),
    };
    let organization = part(inputs.organization_name.as_ref(), "organizationName")?;
    let project = || part(inputs.project_name.as_ref(), "projectName");
    Ok(match (&inputs.stack_name, &inputs.environment_name) {
        (Some(stack), _) => Scope::Stack {
            organization,
            project: project()?,
            stack: path_name(stack, "stackName")?,
        },
        (None, Some(environment)) => Scope::Environment {
            organization,
            project: project()?,
            environment: path_name(environment, "environmentName")?,
        },
        (None, None) => Scope::Organization { organization },
    })
}

/// A name that becomes part of a path. It was checked before, but anything else could change the path, so it is never sent.
fn path_name(input: &Input<String>, property: &'static str) -> Result<String, ResourceError> {
    let name = now(input, property)?;
    match check_path_name(&name) {
        Ok(()) => Ok(name),
        Err(reason) => Err(ResourceError::Inputs(vec![CheckFailure::new(
            property, reason,
        )])),
    }
}

/// The properties of the webhook on the cloud.
pub(super) fn spec(inputs: &WebhookInputs, name: String) -> Result<WebhookSpec, ResourceError> {
    Ok(WebhookSpec {
        name,
        display_name: now(&inputs.display_name, "displayName")?,
        payload_url: now(&inputs.payload_url, "payloadUrl")?,
        active: inputs
            .active
            .as_ref()
            .map_or(Ok(true), |active| now(active, "active"))?,
        format: inputs
            .format
            .as_ref()
            .map_or(Ok(Format::Raw), |format| now(format, "format"))?,
        filters: set(inputs.filters.as_ref(), "filters")?,
        groups: set(inputs.groups.as_ref(), "groups")?,
        secret: inputs
            .secret
            .as_ref()
            .map(|secret| now(secret, "secret"))
            .transpose()?
            .map(|secret| secret.0),
    })
}

fn set<T: Clone + PartialEq>(
    list: Option<&Input<Vec<Input<T>>>>,
    property: &'static str,
) -> Result<Vec<T>, ResourceError> {
    let items = list.map_or(Ok(Vec::new()), |list| now(list, property))?;
    let mut set = Vec::with_capacity(items.len());
    for item in &items {
        let item = now(item, property)?;
        if !set.contains(&item) {
            set.push(item);
        }
    }
    Ok(set)
}

fn now<T: Clone>(input: &Input<T>, property: &'static str) -> Result<T, ResourceError> {
    input
        .now()
        .cloned()
        .ok_or(ResourceError::StillUnknown { property })
}
