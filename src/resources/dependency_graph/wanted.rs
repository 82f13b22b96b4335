//! The dependencies as a program wrote them, parsed into edges.
//!
//! # What this may not do
//!
//! Leave out an edge that is unnecessary: shortcuts and the strategy are applied later.

use super::inputs::DependencyGraphInputs;
use crate::domain::StackRef;
use crate::graph::{Cycle, Dag, Edge};
use crate::property::decode::shown_reason;
use crate::property::{CheckFailure, Input, PropertyPath, Value};
use crate::resources::component::options::Place;
use crate::resources::component::plan::veil;
use crate::resources::component::planned::{PlannedValue, marked};
use crate::resources::component::target::{Target, digest, follows_itself, is_made_here};
use std::collections::{BTreeMap, BTreeSet};

/// The known part of the graph that a program wants.
#[derive(Debug, Default)]
pub(super) struct WantedGraph {
    stacks: BTreeSet<StackRef>,
    /// The edges with their dependencies.
    edges: BTreeMap<Edge, BTreeSet<String>>,
    /// The stacks with secret names.
    pub(super) hidden: BTreeSet<StackRef>,
    /// The stacks that resources of the program may create.
    pub(super) made_here: BTreeSet<StackRef>,
    /// The dependencies of the whole input.
    all: BTreeSet<String>,
    is_part: bool,
    /// Advice about unknown values.
    pub(super) advice: Vec<String>,
}

/// The input that this file is about.
const PROPERTY: &str = "dependencies";

impl WantedGraph {
    /// Parses the dependencies, and reports every invalid stack.
    pub(super) fn of(
        inputs: &DependencyGraphInputs,
        organization: &Input<String>,
        failures: &mut Vec<CheckFailure>,
    ) -> WantedGraph {
        let mut wanted = WantedGraph::default();
        let map = &inputs.dependencies;
        let (Some(lists), Some(organization)) = (map.now(), organization.now()) else {
            wanted.is_part = true;
            wanted.all.clone_from(&map.dependencies);
            return wanted;
        };
        for (key, list) in lists {
            let mut reader = Reader {
                organization,
                wanted: &mut wanted,
                failures,
            };
            let path = PropertyPath::from(PROPERTY).key(key);
            let given = Given {
                text: key,
                secret: map.secret,
                dependencies: &map.dependencies,
            };
            if let Some(downstream) = reader.stack(given, &path) {
                reader.upstream(&downstream, list, given, &path);
            }
        }
        wanted
    }

    /// Whether the whole graph is known.
    pub(super) fn is_whole(&self) -> bool {
        !self.is_part
    }

    /// Whether the whole graph is secret.
    pub(super) fn is_secret(&self) -> bool {
        !self.hidden.is_empty()
    }

    /// The dependencies of the whole graph.
    pub(super) fn all_dependencies(&self) -> BTreeSet<String> {
        self.all.clone()
    }

    /// Whether a stack is part of the graph, ignoring upper and lower case.
    pub(super) fn holds(&self, stack: &StackRef) -> bool {
        self.stacks
            .iter()
            .any(|own| own == stack || own.is_like(stack))
    }

    /// The graph.
    pub(super) fn dag(&self) -> Result<Dag, Cycle> {
        Dag::with_stacks(&self.stacks, self.edges.keys())
    }

    /// The text without the secret names of stacks.
    pub(super) fn veil(&self, text: &str) -> String {
        veil(&self.hidden, text)
    }

    /// The name of a stack in a name that is not secret.
    pub(super) fn name(&self, stack: &StackRef) -> String {
        if self.hidden.contains(stack) {
            digest(stack)
        } else {
            stack.short()
        }
    }

    /// The downstream stack of an edge as a webhook's target.
    pub(super) fn target<'a>(&self, edge: &'a Edge) -> Target<'a> {
        Target {
            stack: &edge.downstream,
            secret: self.hidden.contains(&edge.downstream),
            dependencies: self.dependencies(edge).clone(),
        }
    }

    /// The project and the name of a stack, with the dependencies of these edges.
    pub(super) fn place(&self, stack: &StackRef, edges: &[&Edge]) -> Place {
        let part = |text: &str| PlannedValue {
            value: marked(text.into(), self.hidden.contains(stack)),
            dependencies: self.dependencies_of(edges),
        };
        Place {
            project: part(stack.project()),
            stack: part(stack.stack()),
        }
    }

    /// The upstream stacks of these edges as references.
    pub(super) fn references(&self, edges: &[&Edge]) -> PlannedValue {
        let reference = |edge: &&Edge| {
            let is_secret = self.hidden.contains(&edge.upstream);
            marked(edge.upstream.short().into(), is_secret)
        };
        PlannedValue {
            value: Value::Array(edges.iter().map(reference).collect()),
            dependencies: self.dependencies_of(edges),
        }
    }

    fn dependencies_of(&self, edges: &[&Edge]) -> BTreeSet<String> {
        let urns = edges.iter().flat_map(|edge| self.dependencies(edge));
        urns.cloned().collect()
    }

    /// The dependencies of an edge. One that the program did not write follows from the whole input.
    fn dependencies(&self, edge: &Edge) -> &BTreeSet<String> {
        self.edges.get(edge).unwrap_or(&self.all)
    }
}

/// A stack as written in the dependencies.
#[derive(Clone, Copy)]
struct Given<'a> {
    text: &'a str,
    secret: bool,
    dependencies: &'a BTreeSet<String>,
}

struct Reader<'a> {
    organization: &'a str,
    wanted: &'a mut WantedGraph,
    failures: &'a mut Vec<CheckFailure>,
}

impl Reader<'_> {
    /// Parses the stacks that `downstream` depends on.
    fn upstream(
        &mut self,
        downstream: &StackRef,
        list: &Input<Vec<Input<String>>>,
        key: Given<'_>,
        path: &PropertyPath,
    ) {
        self.wanted.all.extend(list.dependencies.iter().cloned());
        let Some(items) = list.now() else {
            self.is_later(path, key.secret);
            return;
        };
        for (index, item) in items.iter().enumerate() {
            let path = path.index(index);
            let Some(text) = item.now() else {
                self.wanted.all.extend(item.dependencies.iter().cloned());
                self.is_later(&path, key.secret || list.secret);
                continue;
            };
            let given = Given {
                text,
                secret: key.secret || list.secret || item.secret,
                dependencies: &item.dependencies,
            };
            let Some(upstream) = self.stack(given, &path) else {
                continue;
            };
            if is_made_here(&list.dependencies) {
                self.wanted.made_here.insert(upstream.clone());
            }
            if let Some(reason) = follows_itself(&upstream, downstream) {
                self.fail(&path, shown_reason(given.secret, reason), given.secret);
                continue;
            }
            let edge = Edge {
                upstream,
                downstream: downstream.clone(),
            };
            let dependencies = self.wanted.edges.entry(edge).or_default();
            for urns in [key.dependencies, &list.dependencies, &item.dependencies] {
                dependencies.extend(urns.iter().cloned());
            }
        }
    }

    /// Parses one stack.
    fn stack(&mut self, given: Given<'_>, path: &PropertyPath) -> Option<StackRef> {
        self.wanted.all.extend(given.dependencies.iter().cloned());
        match StackRef::parse_in(self.organization, given.text) {
            Ok(stack) => {
                // One shared text for all places where the stack is written.
                let stack = self.wanted.stacks.get(&stack).cloned().unwrap_or(stack);
                if given.secret {
                    self.wanted.hidden.insert(stack.clone());
                }
                if is_made_here(given.dependencies) {
                    self.wanted.made_here.insert(stack.clone());
                }
                self.wanted.stacks.insert(stack.clone());
                Some(stack)
            }
            Err(error) => {
                let reason = shown_reason(given.secret, error.to_string());
                self.fail(path, reason, given.secret);
                None
            }
        }
    }

    /// Reports a stack. The path of a secret may contain its name as a key.
    fn fail(&mut self, path: &PropertyPath, reason: String, secret: bool) {
        let path = if secret {
            PropertyPath::from(PROPERTY)
        } else {
            path.clone()
        };
        self.failures.push(CheckFailure { path, reason });
    }

    fn is_later(&mut self, path: &PropertyPath, secret: bool) {
        self.wanted.is_part = true;
        if !secret {
            self.wanted.advice.push(format!(
                "the webhooks for `{path}` will be planned during the update, because it is not known yet"
            ));
        }
    }
}
