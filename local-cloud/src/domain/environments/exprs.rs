//! The expressions of a definition, for clients that show where a value is defined.

use super::syntax::{Content, Entry, Node};
use serde_json::{Map, Value, json};

/// The expressions of an environment's values, by name.
pub(crate) fn exprs(environment: &str, values: &[Entry]) -> Map<String, Value> {
    let expr = |entry: &Entry| (entry.name.clone(), expr(environment, &entry.node));
    values.iter().map(expr).collect()
}

/// How often each function is called.
pub(crate) fn function_counts(values: &[Entry]) -> Map<String, Value> {
    let mut counts = Map::new();
    for entry in values {
        count(&entry.node, &mut counts);
    }
    counts
}

fn count(node: &Node, counts: &mut Map<String, Value>) {
    if let Some(call) = node.call() {
        let n_calls = counts
            .get(&call.name)
            .and_then(Value::as_u64)
            .unwrap_or_default();
        counts.insert(call.name.clone(), (n_calls + 1).into());
    }
    match &node.content {
        Content::List(nodes) => nodes.iter().for_each(|node| count(node, counts)),
        Content::Object(entries) => entries.iter().for_each(|entry| count(&entry.node, counts)),
        _ => {}
    }
}

fn expr(environment: &str, node: &Node) -> Value {
    let mut answer = json!({ "range": node.range.to_json(environment) });
    match &node.content {
        Content::Null => {}
        Content::List(nodes) => {
            answer["list"] = nodes.iter().map(|node| expr(environment, node)).collect();
        }
        Content::Object(entries) => {
            if let Some(call) = node.call() {
                answer["builtin"] = json!({
                    "name": call.name,
                    "nameRange": call.range.to_json(environment),
                    "argSchema": {},
                    "arg": expr(environment, &call.node),
                });
            } else {
                let range = |entry: &Entry| (entry.name.clone(), entry.range.to_json(environment));
                answer["keyRanges"] = entries.iter().map(range).collect::<Map<_, _>>().into();
                answer["object"] = exprs(environment, entries).into();
            }
        }
        _ => answer["literal"] = node.to_json(),
    }
    answer
}
