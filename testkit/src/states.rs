//! States of stacks, as the CLI exports and imports them.

use serde_json::{Value, json};

/// A state of the stack `project/stack`, with the stack's own resource and `StackReference`s with these names.
pub fn of_references(stack: &str, names: &[&str]) -> Value {
    let (project, stack) = stack.split_once('/').expect("it has two parts");
    let resource = |name: &&str| {
        json!({
            "urn": format!("urn:pulumi:{stack}::{project}::pulumi:pulumi:StackReference::{name}"),
            "type": "pulumi:pulumi:StackReference", "custom": true, "id": name, "inputs": {"name": name},
        })
    };
    let root = json!({
        "urn": format!("urn:pulumi:{stack}::{project}::pulumi:pulumi:Stack::{project}-{stack}"),
        "type": "pulumi:pulumi:Stack", "custom": false,
    });
    let references = names.iter().map(resource);
    let resources: Vec<_> = [root].into_iter().chain(references).collect();
    json!({"version": 3, "deployment": {"resources": resources}})
}
