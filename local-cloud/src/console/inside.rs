//! The contents of a stack and what starts it: outputs, resources by type, webhooks of other programs, schedules.
//!
//! These are pure functions. Secrets are shown as such; their values are unknown here, because states hold them encrypted.

use super::flow::Joined;
use super::text::{Time, shortened};
use super::view::{self, webhook_url};
use crate::domain::schedules::Schedule;
use crate::domain::state::{SIGNATURE, StackOutputs};
use crate::domain::webhooks::Scope;
use crate::store::Trigger;
use jiff::Timestamp;
use serde_json::Value;

/// The value of a secret's signature.
const SECRET_SIGNATURE: &str = "1b47061264138c4ac30d75fd1eb44270";

/// What is shown for a secret.
const SECRET: &str = "[secret]";

/// How many characters of an output are shown.
const MAX_VALUE: usize = 2000;

/// An output of a stack.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct OutputView {
    pub(super) name: String,
    pub(super) value: String,
}

/// The outputs of a stack, by name.
pub(super) fn outputs(found: &StackOutputs) -> Vec<OutputView> {
    let outputs = found.outputs.iter().flat_map(|outputs| {
        outputs.names().map(|name| OutputView {
            name: name.to_owned(),
            // A value that cannot be parsed, such as an excessive number, may contain a secret.
            value: outputs
                .read::<Value>(name)
                .map_or_else(|| "…".to_owned(), |value| shown(&value)),
        })
    });
    outputs.collect()
}

fn shown(value: &Value) -> String {
    let text = match masked(value) {
        Value::String(text) => text,
        other => serde_json::to_string_pretty(&other).expect("what was JSON is JSON"),
    };
    shortened(&text, MAX_VALUE)
}

/// The value with its secrets masked at any depth.
fn masked(value: &Value) -> Value {
    match value {
        Value::Array(items) => items.iter().map(masked).collect(),
        Value::Object(members) if members.get(SIGNATURE) == Some(&SECRET_SIGNATURE.into()) => {
            SECRET.into()
        }
        Value::Object(members) => {
            let members = members
                .iter()
                .map(|(name, value)| (name.clone(), masked(value)));
            Value::Object(members.collect())
        }
        other => other.clone(),
    }
}

/// Something that starts deployments of a stack.
#[derive(Clone, Debug)]
pub(super) struct StarterView {
    /// For example an upstream stack, with the page of its webhook.
    pub(super) name: String,
    pub(super) url: Option<String>,
    /// How it starts the stack, in words.
    pub(super) how: String,
}

/// What starts deployments of a stack: a join first, then webhooks of other programs, then schedules.
pub(super) fn starters(
    joined: Option<&Joined>,
    triggers: &[Trigger],
    schedules: &[Schedule],
    now: Timestamp,
) -> Vec<StarterView> {
    let webhooks = triggers.iter().map(|trigger| StarterView {
        name: view::short_name(&trigger.from),
        url: Some(webhook_url(
            &Scope::Stack(trigger.from.clone()),
            &trigger.webhook,
        )),
        how: if trigger.is_active {
            "by a webhook".to_owned()
        } else {
            "by a webhook that is off".to_owned()
        },
    });
    let schedules = schedules.iter().map(|schedule| {
        let operation = schedule.operation.as_str();
        let next = schedule.next.map_or_else(
            || "over".to_owned(),
            |next| format!("next at {}", Time::of_seconds(next.as_second(), now).full),
        );
        StarterView {
            name: "a schedule".to_owned(),
            url: None,
            how: format!("{operation}, {next}"),
        }
    });
    let conductors = joined.into_iter().flat_map(|joined| {
        let after: Vec<&str> = joined.after.iter().map(String::as_str).collect();
        let how = format!(
            "by a join, once after {}; it {}",
            after.join(", "),
            joined.now.words()
        );
        joined.conductors.iter().map(move |conductor| StarterView {
            name: conductor.clone(),
            url: None,
            how: how.clone(),
        })
    });
    conductors.chain(webhooks).chain(schedules).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_secret_is_never_shown_however_deep_it_is() {
        let secret = json!({SIGNATURE: SECRET_SIGNATURE, "ciphertext": "very-secret"});
        let deep = json!({"a": [1, {"b": secret}], "c": "open"});
        for value in [&secret, &deep] {
            assert!(!shown(value).contains("very-secret"));
        }
        assert_eq!(shown(&secret), SECRET);
        assert_eq!(masked(&deep), json!({"a": [1, {"b": SECRET}], "c": "open"}));
        assert_eq!(shown(&json!("text")), "text");
        assert_eq!(shown(&json!("x".repeat(3000))).chars().count(), MAX_VALUE);
    }
}
