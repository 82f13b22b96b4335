//! The existing webhooks, for `pulumi import`.
//!
//! # What this may not do
//!
//! Invent a name: the names of a component's webhooks are defined with the components.

use super::choice::Form;
use super::names::Names;
use crate::look::{Look, Webhook};
use auto_deploy::graph::Edge;
use auto_deploy::resources::component::origin::{child_name, edge_name};
use auto_deploy::resources::component::target::Target;
use auto_deploy::resources::tokens;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// The name of the `DependencyGraph` in a program.
const GRAPH: &str = "graph";

/// What `pulumi import` imports.
pub(super) struct Imports<'a> {
    /// One webhook for each edge that has one.
    of_edge: BTreeMap<&'a Edge, &'a Webhook>,
    /// Whether an edge has more than one.
    pub(super) has_surplus: bool,
}

impl<'a> Imports<'a> {
    /// The existing webhooks for the edges of a program.
    pub(super) fn of(look: &'a Look) -> Imports<'a> {
        let mut of_edge = BTreeMap::new();
        let mut has_surplus = false;
        let edges = look
            .webhooks
            .iter()
            .filter(|webhook| webhook.starts.is_edge() && look.references.contains(&webhook.edge));
        for webhook in edges {
            has_surplus |= of_edge.contains_key(&webhook.edge);
            of_edge.entry(&webhook.edge).or_insert(webhook);
        }
        Imports {
            of_edge,
            has_surplus,
        }
    }

    /// The number of imported webhooks.
    pub(super) fn len(&self) -> usize {
        self.of_edge.len()
    }

    /// The import file: each webhook below its component, with the name that the component gives it.
    ///
    /// The components are not marked as remote: the state of a component that a plugin constructs names no provider, and
    /// one that does would be replaced by the next update.
    pub(super) fn file(&self, names: &Names, form: Form) -> Value {
        let component = |edge: &Edge| match form {
            Form::Deployers => names.resource(&edge.upstream).to_owned(),
            Form::Graph => GRAPH.to_owned(),
        };
        let token = match form {
            Form::Deployers => tokens::AUTO_DEPLOYER,
            Form::Graph => tokens::DEPENDENCY_GRAPH,
        };
        let parents: BTreeSet<String> = self.of_edge.keys().map(|edge| component(edge)).collect();
        let parents = parents
            .into_iter()
            .map(|name| json!({"type": token, "name": name, "component": true}));
        let webhooks = self.of_edge.iter().map(|(edge, webhook)| {
            let component = component(edge);
            json!({
                "type": tokens::WEBHOOK,
                "name": name(&component, edge, form),
                "id": webhook.id.to_string(),
                "parent": component,
            })
        });
        let resources: Vec<Value> = parents.chain(webhooks).collect();
        json!({ "resources": resources })
    }
}

/// The name of an edge's webhook in its component.
fn name(component: &str, edge: &Edge, form: Form) -> String {
    let (organization, upstream) = (edge.upstream.organization(), edge.upstream.short());
    match form {
        Form::Deployers => child_name(component, organization, &Target::plain(&edge.downstream)),
        Form::Graph => edge_name(component, organization, &upstream, &edge.downstream.short()),
    }
}
