//! The edge between two stacks that a webhook makes.
//!
//! # What this may not do
//!
//! Judge unknown values, or a webhook that may not start its target after a successful update.

use super::inputs::WebhookInputs;
use crate::domain::{Filter, Group, ScopeKind, StackRef, Starts, events_of};
use crate::graph::Edge;
use crate::property::{Input, Map};

/// The edge if the inputs, as far as they are known, start another stack after every update.
pub fn edge(inputs: &Map) -> Option<Edge> {
    let (inputs, _) = WebhookInputs::read(inputs);
    let now = |input: &Option<Input<String>>| input.as_ref().and_then(Input::now).cloned();
    if !starts(&inputs)?.is_certain() {
        return None;
    }
    let organization = now(&inputs.organization_name)?;
    let (project, stack) = (now(&inputs.project_name)?, now(&inputs.stack_name)?);
    Some(Edge {
        upstream: StackRef::new(&organization, &project, &stack).ok()?,
        downstream: StackRef::parse_in(&organization, inputs.payload_url.now()?).ok()?,
    })
}

/// When the webhook starts its target, by the known events; `None` if none is known.
fn starts(inputs: &WebhookInputs) -> Option<Starts> {
    let format = inputs.format.as_ref().and_then(Input::now)?;
    let is_active = inputs.active.as_ref().and_then(Input::now) != Some(&false);
    let filters = words(inputs.filters.as_ref(), |filter: Filter| filter.as_str());
    let groups = words(inputs.groups.as_ref(), |group: Group| group.as_str());
    // An empty list would mean all events.
    if filters.is_empty() && groups.is_empty() {
        return None;
    }
    let events = events_of(&filters, &groups, ScopeKind::Stack);
    Some(Starts::of(format.as_str(), is_active, &events))
}

fn words<T: Copy>(
    list: Option<&Input<Vec<Input<T>>>>,
    word: impl Fn(T) -> &'static str,
) -> Vec<String> {
    let known = list.and_then(Input::now).into_iter().flatten();
    let known = known.filter_map(Input::now);
    known.map(|item| word(*item).to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::property::testing::map;
    use serde_json::json;

    #[test]
    fn only_what_starts_a_stack_after_each_update_is_an_edge() {
        let edge_of = |changes: serde_json::Value| {
            let mut inputs = map(json!({
                "organizationName": "acme", "projectName": "p", "stackName": "a", "format": "pulumi_deployments",
                "payloadUrl": "p/b", "displayName": "b", "active": true, "filters": ["update_succeeded"],
            }));
            inputs.extend(map(changes));
            edge(&inputs).map(|edge| edge.to_string())
        };
        assert_eq!(edge_of(json!({})).as_deref(), Some("p/a → p/b"));
        assert_eq!(
            edge_of(json!({"filters": [], "groups": ["stacks"]})).as_deref(),
            Some("p/a → p/b")
        );
        assert_eq!(
            edge_of(json!({"filters": ["deployment_succeeded"]})).as_deref(),
            Some("p/a → p/b"),
            "every deployment that succeeds starts the next one"
        );
        for other in [
            json!({"active": false}),
            json!({"format": "raw", "payloadUrl": "https://example.com"}),
            json!({"filters": ["update_failed"]}),
            json!({"filters": "?"}),
            json!({"payloadUrl": "?"}),
            json!({"stackName": null, "environmentName": "e"}),
        ] {
            assert_eq!(edge_of(other.clone()), None, "{other}");
        }
    }
}
