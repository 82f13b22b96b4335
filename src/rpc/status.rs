//! Our errors as gRPC statuses. No other place knows codes and details.
//!
//! For the engine, `INTERNAL`, `DATA_LOSS` and `UNKNOWN` mean that the state may be wrong; every other code means that
//! nothing happened.
//!
//! # What this may not do
//!
//! Invent text: a message is that of the error, followed by its causes.

use crate::cloud::{CloudError, ErrorKind};
use crate::config::ConfigFailure;
use crate::engine::error::EngineError;
use crate::pb;
use crate::property::wire::{self, Outputs, WireError};
use crate::property::{CheckFailure, Map, Value};
use crate::resources::error::ResourceError;
use crate::veil::Veil;
use crate::words::{is_visible, quoted};
use prost::Message as _;
use std::error::Error;
use tonic::{Code, Status};

/// The namespace of the types in a status's details.
const TYPE_URL: &str = "type.googleapis.com/pulumirpc.";

/// The longest value that the engine may print with a failure, as written in a program.
const MAX_PRINTED: usize = 500;

/// The status for an error of a resource.
///
/// `inputs` are those that the error is about. They decide whether a property can be named, because the engine then prints
/// its value.
pub(super) fn resource(error: ResourceError, inputs: &Map) -> Status {
    let message = chain(&error);
    match error {
        ResourceError::Inputs(failures) => input_properties(&message, &failures, inputs),
        ResourceError::Partial { id, state, source } => {
            half_made(&message, id, state, chain(&source))
        }
        ResourceError::Unconfirmed { id, state, .. } => {
            half_made(&message, id, state, message.clone())
        }
        other => Status::new(code(&other), message),
    }
}

/// The status for a resource that exists or may exist but is not as wanted. The engine keeps it in the state, and prints
/// the `reason`.
fn half_made(message: &str, id: String, state: Map, reason: String) -> Status {
    let detail = pb::ErrorResourceInitFailed {
        id,
        properties: Some(wire::encode(state, Outputs::Flatten)),
        reasons: vec![reason],
        ..pb::ErrorResourceInitFailed::default()
    };
    with_detail(Code::Unknown, message, "ErrorResourceInitFailed", &detail)
}

/// The status for a value that violates the protocol.
pub(super) fn wire(error: &WireError) -> Status {
    Status::invalid_argument(chain(error))
}

/// Check failures in the engine's form.
pub(super) fn check_failures(failures: &[CheckFailure], inputs: &Map) -> Vec<pb::CheckFailure> {
    let one = |failure: &CheckFailure| {
        let (property, reason) = shown(failure, inputs);
        match failure.path.top_level() {
            // The engine looks up the value by the whole path, but only finds top-level properties.
            Some(top) if !property.is_empty() && property != top => pb::CheckFailure {
                property: top.to_owned(),
                reason: format!("`{property}`: {reason}"),
            },
            _ => pb::CheckFailure { property, reason },
        }
    };
    failures.iter().map(one).collect()
}

/// The property and the reason to send. The engine prints the value of the property that a failure names. So a failure
/// about a secret, or about a value that is too long or contains control characters, names no property; its reason does.
fn shown(failure: &CheckFailure, inputs: &Map) -> (String, String) {
    let name = failure.path.top_level().unwrap_or_default();
    let is_fit_to_print = inputs.get(name).is_none_or(is_fit_to_print) && quoted(name) == name;
    let reason = Veil::current().over(&failure.reason);
    if is_fit_to_print {
        return (failure.path.to_string(), reason);
    }
    let path = quoted(&failure.path.to_string());
    (String::new(), format!("`{path}`: {reason}"))
}

/// Whether a value may be printed: it is not secret, not too long, and fully visible.
fn is_fit_to_print(value: &Value) -> bool {
    let is_empty = value.unmarked() == Value::String(String::new());
    is_empty
        || !value.has_secret()
            && printed(&value.unmarked()).is_some_and(|length| length <= MAX_PRINTED)
}

/// The approximate length of a value in print; `None` if a part of it is invisible.
fn printed(value: &Value) -> Option<usize> {
    match value {
        Value::String(text) => is_visible(text).then_some(text.len()),
        Value::Array(items) => items.iter().map(printed).sum(),
        Value::Object(members) => members
            .iter()
            .map(|(name, value)| Some(printed(value)? + name.len()).filter(|_| is_visible(name)))
            .sum(),
        _ => Some(1),
    }
}

fn input_properties(message: &str, failures: &[CheckFailure], inputs: &Map) -> Status {
    let one = |failure: &CheckFailure| {
        let (property_path, reason) = shown(failure, inputs);
        pb::input_properties_error::PropertyError {
            property_path,
            reason,
        }
    };
    let detail = pb::InputPropertiesError {
        errors: failures.iter().map(one).collect(),
    };
    with_detail(
        Code::InvalidArgument,
        message,
        "InputPropertiesError",
        &detail,
    )
}

fn with_detail(code: Code, message: &str, name: &str, detail: &impl prost::Message) -> Status {
    let any = prost_types::Any {
        type_url: format!("{TYPE_URL}{name}"),
        value: detail.encode_to_vec(),
    };
    let status = tonic_types::Status {
        code: code.into(),
        message: message.to_owned(),
        details: vec![any],
    };
    Status::with_details(code, message, status.encode_to_vec().into())
}

fn code(error: &ResourceError) -> Code {
    match error {
        ResourceError::UnknownToken { .. } => Code::Unimplemented,
        ResourceError::Component { .. }
        | ResourceError::NothingToImport { .. }
        | ResourceError::Id(_)
        | ResourceError::ScheduleId { .. }
        | ResourceError::Inputs(_)
        | ResourceError::StillUnknown { .. } => Code::InvalidArgument,
        ResourceError::Gone { .. } | ResourceError::NoSuchStack { .. } => Code::NotFound,
        ResourceError::Taken { .. }
        | ResourceError::CreatesFirst { .. }
        | ResourceError::Double { .. } => Code::AlreadyExists,
        ResourceError::NoRoom { source, .. } => code(source),
        ResourceError::MaybeDeleted { source, .. } => cloud(source),
        ResourceError::Partial { .. } | ResourceError::Unconfirmed { .. } => Code::Unknown,
        ResourceError::Engine(EngineError::Ended { .. } | EngineError::Passed { .. }) => {
            Code::Cancelled
        }
        ResourceError::ClosesCycle { .. } | ResourceError::Engine(EngineError::Refused { .. }) => {
            Code::FailedPrecondition
        }
        ResourceError::Cloud(error) => cloud(error),
        ResourceError::Unavailable(unavailable) => cloud(&unavailable.reason),
    }
}

fn cloud(error: &CloudError) -> Code {
    match &error.kind {
        ErrorKind::Unauthorized { .. } => Code::Unauthenticated,
        ErrorKind::Forbidden { .. } => Code::PermissionDenied,
        ErrorKind::NoSuchScope { .. } => Code::NotFound,
        ErrorKind::NameTaken => Code::AlreadyExists,
        ErrorKind::Stopped => Code::Cancelled,
        ErrorKind::Refused { status, .. } if status.is_server_error() || status.as_u16() == 429 => {
            Code::Unavailable
        }
        ErrorKind::Refused { .. } | ErrorKind::Redirected { .. } => Code::FailedPrecondition,
        ErrorKind::Unreachable { .. } | ErrorKind::Busy { .. } => Code::Unavailable,
        ErrorKind::NotTheCloud { status } if !status.is_success() => Code::Unavailable,
        ErrorKind::NotTheCloud { .. } | ErrorKind::TooLarge { .. } | ErrorKind::Shape { .. } => {
            Code::Internal
        }
    }
}

/// The status for a configuration that names no usable cloud.
pub(super) fn config(failure: &ConfigFailure) -> Status {
    let code = match failure {
        ConfigFailure::NoToken { .. }
        | ConfigFailure::Expired { .. }
        | ConfigFailure::HelperWithoutToken { .. }
        | ConfigFailure::NoReadableToken { .. }
        | ConfigFailure::OddToken { .. } => Code::Unauthenticated,
        ConfigFailure::NoCloud { .. }
        | ConfigFailure::UnreadableLogin { .. }
        | ConfigFailure::UnreadableProject { .. }
        | ConfigFailure::Helper { .. } => Code::FailedPrecondition,
        ConfigFailure::Address { .. } => Code::InvalidArgument,
    };
    Status::new(code, chain(failure))
}

/// An error and its causes in one line.
fn chain(error: &dyn Error) -> String {
    let mut message = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        message = format!("{message}: {error}");
        cause = error.source();
    }
    Veil::current().over(&message)
}
