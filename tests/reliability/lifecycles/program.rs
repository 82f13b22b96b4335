//! What a program declares of a webhook, at random.

use serde_json::{Value, json};
use testkit::dice::Dice;
use testkit::values::secret;

/// The beginning of the secrets of all webhooks.
pub(crate) const PLANTED: &str = "planted-secret-";

/// The inputs of the webhook of a lifecycle.
pub(crate) fn random(dice: &mut Dice, name: &str, stack: &str, is_named: bool) -> Value {
    let filters = [
        "update_succeeded",
        "update_failed",
        "preview_failed",
        "destroy_succeeded",
    ];
    let filters: Vec<_> = filters.into_iter().filter(|_| dice.chance(50)).collect();
    let mut inputs = json!({
        "organizationName": "acme", "projectName": "app", "stackName": stack, "active": dice.chance(70),
        "displayName": format!("{name} v{}", dice.below(1000)), "format": "raw",
        // Nobody listens there; deliveries are recorded nevertheless.
        "payloadUrl": format!("http://127.0.0.1:9/{}", dice.below(10)),
    });
    if filters.is_empty() {
        inputs["groups"] = json!(["deployments"]);
    } else {
        inputs["filters"] = json!(filters);
    }
    if dice.chance(50) {
        inputs["secret"] = secret(format!("{PLANTED}{name}-{}", dice.below(1000)));
    }
    if is_named {
        inputs["name"] = name.into();
    }
    inputs
}
