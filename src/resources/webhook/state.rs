//! A webhook's outputs, and its inputs after a refresh or an import.
//!
//! # What this may not do
//!
//! Make a request: it is given the cloud's answer.

use super::inputs::SETS;
use super::name::GENERATED;
use crate::cloud::LiveWebhook;
use crate::domain::{Format, Scope, WebhookId};
use crate::property::{Map, Value};

/// The input for a secret that someone else set on the cloud and that cannot be read. It never equals a program's value, so
/// the next update sets that of the program.
pub const FOREIGN_SECRET: &str = "(set outside of Pulumi)";

/// The outputs that a webhook may lack.
const OPTIONAL: [&str; 5] = [
    "environmentName",
    "projectName",
    "secret",
    "secretCiphertext",
    "stackName",
];

/// The outputs after `inputs` were applied and the cloud answered with `live`.
pub fn outputs(inputs: &Map, live: &LiveWebhook) -> Map {
    let mut state = inputs.clone();
    state.remove(GENERATED);
    put_lists(&mut state);
    put_identity(&mut state, live);
    state
}

/// The outputs that a preview can predict. Only the ciphertext of a secret cannot be predicted.
///
/// An output that the webhook will lack is null, because the SDKs treat one that a preview leaves out as unknown.
pub fn previewed(inputs: &Map, name: Value) -> Map {
    let mut state = inputs.clone();
    state.remove(GENERATED);
    put_lists(&mut state);
    for name in OPTIONAL {
        state.entry(name.to_owned()).or_insert(Value::Null);
    }
    state.insert("name".to_owned(), name);
    let secret = inputs.get("secret").filter(|secret| !secret.is_null());
    state.insert("hasSecret".to_owned(), secret.is_some().into());
    if secret.is_some() {
        state.insert("secretCiphertext".to_owned(), Value::UNKNOWN.into_secret());
    }
    state
}

/// The outputs of a webhook on the cloud. `olds` are those of the last successful operation, empty in an import; `secret`
/// is the signing key, if known.
pub fn found(id: &WebhookId, live: &LiveWebhook, olds: &Map, secret: Option<&Value>) -> Map {
    let mut state = brought_up_to_date(id, live, olds);
    state.remove(GENERATED);
    put_lists(&mut state);
    put(&mut state, "secret", secret.cloned());
    put_identity(&mut state, live);
    state
}

/// The inputs of a webhook on the cloud. `old` are those of the last successful operation, empty in an import; `secret` is
/// the signing key, if known.
pub fn inputs(id: &WebhookId, live: &LiveWebhook, old: &Map, secret: Option<&Value>) -> Map {
    let mut inputs = brought_up_to_date(id, live, old);
    put(&mut inputs, "secret", secret.cloned());
    inputs
}

/// The properties as they are on the cloud. Values that mean the same stay as written, including their order; an empty list
/// that was never written stays absent.
fn brought_up_to_date(id: &WebhookId, live: &LiveWebhook, old: &Map) -> Map {
    let mut map = old.clone();
    for (name, value) in described(&id.scope, live) {
        let written = old.get(&name).filter(|written| !written.is_null());
        let is_same = match written {
            Some(written) => agrees(&written.unmarked(), &value.unmarked()),
            None => value == Value::Array(Vec::new()),
        };
        if is_same {
            continue;
        }
        let secret = written.is_some_and(Value::has_secret);
        map.insert(name, if secret { value.into_secret() } else { value });
    }
    map
}

/// Adds empty lists where there are none, so that programs always find a list.
fn put_lists(state: &mut Map) {
    for name in SETS {
        let list = state.entry(name.to_owned()).or_insert(Value::Null);
        if list.is_null() {
            *list = Value::Array(Vec::new());
        }
    }
}

fn put(map: &mut Map, name: &str, value: Option<Value>) {
    match value {
        Some(value) => map.insert(name.to_owned(), value),
        None => map.remove(name),
    };
}

/// The secret after a refresh: the old one while the cloud still has it, none if it has none, and a placeholder if it has
/// another one. `None` as ciphertext means that the cloud does not say; then the old secret stays.
pub fn refreshed_secret(live: &LiveWebhook, olds: &Map, old: Option<&Value>) -> Option<Value> {
    if !live.has_secret {
        return None;
    }
    let Some(old) = old else {
        // Someone has given the webhook a secret. After an import, nothing is known to have changed.
        let had_none = olds.get("hasSecret") == Some(&Value::Bool(false));
        return had_none.then(|| Value::from(FOREIGN_SECRET).into_secret());
    };
    let before = olds.get("secretCiphertext").map(Value::unmarked);
    match (before, &live.secret_ciphertext) {
        (Some(Value::String(before)), Some(now)) if before != *now => {
            Some(Value::from(FOREIGN_SECRET).into_secret())
        }
        _ => Some(old.clone()),
    }
}

fn described(scope: &Scope, live: &LiveWebhook) -> Map {
    let mut map = scope_properties(scope);
    let mut put = |name: &str, value: Value| map.insert(name.to_owned(), value);
    put("displayName", live.display_name.as_str().into());
    let url = Value::from(live.payload_url.as_str());
    // The address of a chat's webhook is a credential.
    let format: Option<Format> = live.format.parse().ok();
    let is_of_a_chat = format.is_some_and(Format::is_of_a_chat);
    put(
        "payloadUrl",
        if is_of_a_chat { url.into_secret() } else { url },
    );
    put("active", live.active.into());
    put("format", live.format.as_str().into());
    put(
        "filters",
        live.filters
            .iter()
            .map(std::string::String::as_str)
            .collect(),
    );
    put(
        "groups",
        live.groups
            .iter()
            .map(std::string::String::as_str)
            .collect(),
    );
    map
}

fn scope_properties(scope: &Scope) -> Map {
    let properties: &[(&str, &str)] = match scope {
        Scope::Organization { organization } => &[("organizationName", organization)],
        Scope::Stack {
            organization,
            project,
            stack,
        } => &[
            ("organizationName", organization),
            ("projectName", project),
            ("stackName", stack),
        ],
        Scope::Environment {
            organization,
            project,
            environment,
        } => &[
            ("organizationName", organization),
            ("projectName", project),
            ("environmentName", environment),
        ],
    };
    properties
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).into()))
        .collect()
}

fn put_identity(state: &mut Map, live: &LiveWebhook) {
    put(state, "name", Some(live.name.as_str().into()));
    put(state, "hasSecret", Some(live.has_secret.into()));
    let ciphertext = live
        .secret_ciphertext
        .as_deref()
        .filter(|_| live.has_secret);
    put(
        state,
        "secretCiphertext",
        ciphertext.map(|ciphertext| Value::from(ciphertext).into_secret()),
    );
}

/// Whether a written value means the same as the cloud's; lists are sets.
fn agrees(written: &Value, live: &Value) -> bool {
    match (written, live) {
        (Value::Array(written), Value::Array(live)) => {
            written.iter().all(|item| live.contains(item))
                && live.iter().all(|item| written.contains(item))
        }
        _ => written == live,
    }
}
