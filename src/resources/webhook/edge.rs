//! The edge that a webhook makes of two stacks.
//!
//! # What this may not do
//!
//! Judge what is not known yet, or a webhook that need not start its target after an update that went well.

use super::inputs::WebhookInputs;
use crate::domain::{Filter, Format, Group, StackRef};
use crate::graph::Edge;
use crate::property::{Input, Map};

/// Which stack starts which whenever it was updated, if these inputs, complete as far as they are known, say so.
pub fn edge(inputs: &Map) -> Option<Edge> {
    let (inputs, _) = WebhookInputs::read(inputs);
    let now = |input: &Option<Input<String>>| input.as_ref().and_then(Input::now).cloned();
    let format = inputs.format.as_ref().and_then(Input::now)?;
    let is_active = inputs.active.as_ref().and_then(Input::now) != Some(&false);
    if *format != Format::PulumiDeployments || !is_active || !follows_updates(&inputs) {
        return None;
    }
    let organization = now(&inputs.organization_name)?;
    let (project, stack) = (now(&inputs.project_name)?, now(&inputs.stack_name)?);
    Some(Edge {
        upstream: StackRef::new(&organization, &project, &stack).ok()?,
        downstream: StackRef::parse_in(&organization, inputs.payload_url.now()?).ok()?,
    })
}

/// Whether an event that every update raises that went well is among those of the webhook.
fn follows_updates(inputs: &WebhookInputs) -> bool {
    let filters = inputs.filters.as_ref().and_then(Input::now);
    let groups = inputs.groups.as_ref().and_then(Input::now);
    let by_filter = filters.into_iter().flatten().filter_map(Input::now);
    let by_group = groups.into_iter().flatten().filter_map(Input::now);
    by_filter
        .into_iter()
        .any(|filter| *filter == Filter::UpdateSucceeded)
        || by_group.into_iter().any(|group| *group == Group::Stacks)
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
