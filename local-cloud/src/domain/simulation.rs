//! A preview that is not run: the stack's state takes the place of its program.
//!
//! # What this may not do
//!
//! Report that a resource changes: without a program nothing is known about that. Only outputs may change.

use super::stacks::StackPath;
use super::state::{Object, ROOT, StackOutputs, State, referred};
use serde_json::{Value, json};

/// The result of a simulated preview.
#[derive(Debug)]
pub(crate) struct Simulated {
    /// The events that the engine would report, in order.
    pub(crate) events: Vec<Object>,
    /// The outputs that the stack would have.
    pub(crate) outputs: StackOutputs,
}

/// The preview of a stack with this state. `wished` are outputs that override those of the state; in their texts,
/// `${project/stack.output}` stands for an output that the stack reads. `read` returns the outputs of another stack.
///
/// # Errors
///
/// Those of `read`.
pub(crate) fn preview<E>(
    path: &StackPath,
    state: &State,
    wished: Object,
    mut read: impl FnMut(&StackPath) -> Result<StackOutputs, E>,
) -> Result<Simulated, E> {
    let mut events = Vec::new();
    let mut texts = Vec::new();
    let mut n_same = 0;
    for resource in &state.deployment.resources {
        let is_root = resource.text("type").as_deref() == Some(ROOT);
        if is_root || resource.is_true("delete") {
            continue;
        }
        n_same += 1;
        let Some(other) = referred(path, resource) else {
            events.push(step(
                "same",
                resource.text("type"),
                resource.text("urn"),
                json!({}),
            ));
            continue;
        };
        let outputs = read(&other)?.outputs.unwrap_or_default();
        for name in outputs.names() {
            if let Some(text) = outputs.text(name) {
                let place = format!("${{{}/{}.{name}}}", other.project, other.stack);
                texts.push((place, text));
            }
        }
        let name = other.to_string();
        let new = json!({"inputs": {"name": name}, "outputs": {"name": name, "outputs": outputs}});
        events.push(step(
            "read",
            resource.text("type"),
            resource.text("urn"),
            new,
        ));
    }
    let mut outputs = StackOutputs::of(state);
    let mut values = outputs.outputs.take().unwrap_or_default();
    for name in wished.names() {
        let filled = filled(wished.read(name).unwrap_or_default(), &texts);
        values.set(name, &filled);
    }
    let urn = format!(
        "urn:pulumi:{stack}::{project}::{ROOT}::{project}-{stack}",
        stack = path.stack,
        project = path.project
    );
    let root = json!({ "outputs": values });
    events.push(step("same", Some(ROOT.to_owned()), Some(urn), root));
    events.push(object(json!({
        "summaryEvent": {"isPreview": true, "resourceChanges": {"same": n_same + 1}},
    })));
    outputs.outputs = Some(values);
    Ok(Simulated { events, outputs })
}

/// The engine's event about a completed operation on a resource.
fn step(op: &str, kind: Option<String>, urn: Option<String>, new: Value) -> Object {
    let metadata = json!({"op": op, "type": kind, "urn": urn, "new": new});
    object(json!({"resOutputsEvent": {"metadata": metadata}}))
}

fn object(value: Value) -> Object {
    serde_json::from_value(value).expect("it is an object")
}

fn filled(value: Value, texts: &[(String, String)]) -> Value {
    match value {
        Value::String(text) => {
            let filled = texts.iter();
            filled
                .fold(text, |text, (place, with)| text.replace(place, with))
                .into()
        }
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::convert::Infallible;

    #[test]
    fn a_stack_hands_on_what_it_reads() {
        let path = StackPath {
            organization: "acme".into(),
            project: "app".into(),
            stack: "prod".into(),
        };
        let state = r#"{"version":3,"deployment":{"resources":[
            {"urn":"urn:pulumi:prod::app::pulumi:pulumi:Stack::app-prod","type":"pulumi:pulumi:Stack","outputs":{"kept":1,"url":"old"}},
            {"urn":"u::a","type":"a:b:C"},
            {"urn":"u::r","type":"pulumi:pulumi:StackReference","inputs":{"name":"acme/network/prod"}}]}}"#;
        let state = State::from_text(state).unwrap();
        let wished = object(json!({"url": "at ${network/prod.cidr}", "n": 2}));
        let read = |other: &StackPath| {
            assert_eq!(other.to_string(), "acme/network/prod");
            let outputs = Some(object(json!({"cidr": "10.8"})));
            Ok::<_, Infallible>(StackOutputs {
                outputs,
                ..StackOutputs::default()
            })
        };
        let Ok(said) = preview(&path, &state, wished, read);
        let outputs = json!({"kept": 1, "url": "at 10.8", "n": 2});
        assert_eq!(json!(said.outputs.outputs), outputs);
        let events = json!(said.events);
        let words: Vec<_> = (0..3)
            .map(|n| &events[n]["resOutputsEvent"]["metadata"])
            .map(|it| (it["op"].as_str().unwrap(), it["type"].as_str().unwrap()))
            .collect();
        assert_eq!(
            words,
            [
                ("same", "a:b:C"),
                ("read", "pulumi:pulumi:StackReference"),
                ("same", ROOT)
            ]
        );
        let read = &events[1]["resOutputsEvent"]["metadata"]["new"]["outputs"];
        assert_eq!(
            *read,
            json!({"name": "acme/network/prod", "outputs": {"cidr": "10.8"}})
        );
        assert_eq!(
            events[2]["resOutputsEvent"]["metadata"]["new"]["outputs"],
            outputs
        );
        assert_eq!(events[3]["summaryEvent"]["resourceChanges"]["same"], 3);
    }
}
