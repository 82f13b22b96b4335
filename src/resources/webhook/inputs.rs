//! A webhook's inputs, typed.
//!
//! # What this may not do
//!
//! Apply a rule that needs more than one property; that is [`super::check`].

use crate::domain::{Filter, Format, Group};
use crate::property::decode::FromValue;
use crate::property::{CheckFailure, Fields, Input, Map, Value};
use secrecy::SecretString;

/// The lists whose order and duplicates do not matter.
pub const SETS: [&str; 2] = ["filters", "groups"];

/// The inputs of a webhook as a program wrote them. `None` means that the property is absent.
#[derive(Clone, Debug)]
pub struct WebhookInputs {
    /// The organization of the events, or of the stack or environment.
    pub organization_name: Option<Input<String>>,
    /// The project of the stack or environment.
    pub project_name: Option<Input<String>>,
    /// The stack of the events.
    pub stack_name: Option<Input<String>>,
    /// The environment of the events.
    pub environment_name: Option<Input<String>>,
    /// The name that users see.
    pub display_name: Input<String>,
    /// Where deliveries go: a URL, or `project/stack` for [`Format::PulumiDeployments`].
    pub payload_url: Input<String>,
    /// Whether the webhook is active.
    pub active: Option<Input<bool>>,
    /// The form of the payload.
    pub format: Option<Input<Format>>,
    /// Single events that are delivered.
    pub filters: Option<Input<Vec<Input<Filter>>>>,
    /// Groups of events that are delivered.
    pub groups: Option<Input<Vec<Input<Group>>>>,
    /// The key that payloads are signed with.
    pub secret: Option<Input<Secret>>,
    /// The webhook's name on the cloud, the last part of its ID.
    pub name: Option<Input<String>>,
}

/// A signing key. It has its own type, so that it is never printed.
#[derive(Clone, Debug)]
pub struct Secret(pub SecretString);

impl WebhookInputs {
    /// Parses a webhook's properties; also returns those that are invalid.
    pub fn read(map: &Map) -> (WebhookInputs, Vec<CheckFailure>) {
        let mut fields = Fields::of(map);
        let inputs = WebhookInputs {
            organization_name: fields.optional("organizationName"),
            project_name: fields.optional("projectName"),
            stack_name: fields.optional("stackName"),
            environment_name: fields.optional("environmentName"),
            display_name: fields.required("displayName"),
            payload_url: fields.required("payloadUrl"),
            active: fields.optional("active"),
            format: fields.optional("format"),
            filters: fields.list("filters"),
            groups: fields.list("groups"),
            secret: fields.optional("secret"),
            name: fields.optional("name"),
        };
        (inputs, fields.finish())
    }
}

impl FromValue for Secret {
    fn from_value(value: &Value) -> Result<Secret, String> {
        Ok(Secret(String::from_value(value)?.into()))
    }
}

impl FromValue for Format {
    fn from_value(value: &Value) -> Result<Format, String> {
        String::from_value(value)?
            .parse()
            .map_err(|error: <Format as std::str::FromStr>::Err| error.to_string())
    }
}

impl FromValue for Filter {
    fn from_value(value: &Value) -> Result<Filter, String> {
        String::from_value(value)?
            .parse()
            .map_err(|error: <Filter as std::str::FromStr>::Err| error.to_string())
    }
}

impl FromValue for Group {
    fn from_value(value: &Value) -> Result<Group, String> {
        String::from_value(value)?
            .parse()
            .map_err(|error: <Group as std::str::FromStr>::Err| error.to_string())
    }
}
