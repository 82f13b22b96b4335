//! The webhooks for the edges of a graph, each built when its turn comes.
//!
//! # What this may not do
//!
//! Know what a join is.

use super::wanted::WantedGraph;
use crate::domain::StackRef;
use crate::engine::monitor::Former;
use crate::graph::Edge;
use crate::resources::component::child::Child;
use crate::resources::component::children::Children;
use crate::resources::component::options::Options;
use crate::resources::component::origin::{
    Origin, conventional_names, edge_name, former_edge_name,
};
use crate::resources::component::request::Request;
use crate::resources::component::target::{Target, shown};
use crate::resources::tokens;
use std::collections::{BTreeMap, BTreeSet};

/// The edges of a graph, and what their webhooks are built from.
#[derive(Debug)]
pub(super) struct Edges {
    /// The component's name.
    pub(super) component: String,
    /// The organization in the names of webhooks.
    pub(super) organization: String,
    pub(super) options: Options,
    pub(super) wanted: WantedGraph,
    pub(super) all: Vec<Edge>,
    origin: Origin,
    /// For each edge, which of the conventional names of its upstream stack can only mean this edge.
    unambiguous: Vec<[bool; 4]>,
}

impl Edges {
    pub(super) fn new(
        request: &Request,
        options: Options,
        wanted: WantedGraph,
        all: Vec<Edge>,
    ) -> Edges {
        Edges {
            component: request.name.clone(),
            organization: options.organization_in_names(),
            options,
            wanted,
            unambiguous: unambiguous(&all),
            all,
            origin: request.origin.clone(),
        }
    }

    /// The names that an edge's webhook may have in an `AutoDeployer`. A name that could mean two edges is left out,
    /// because only one resource can continue an older one.
    fn former(&self, place: usize, upstream: &str, target: &Target<'_>) -> Vec<Former> {
        let names = conventional_names(&self.all[place].upstream).into_iter();
        let names = names.zip(self.unambiguous[place]);
        let mut names: Vec<String> = names
            .filter_map(|(name, is_one)| is_one.then_some(name))
            .collect();
        names.dedup();
        let own = Former::Sibling {
            token: tokens::WEBHOOK,
            name: former_edge_name(upstream, &shown(target)),
        };
        let in_deployer = |name: &String| self.origin.in_deployer(name, &self.organization, target);
        let elsewhere = names.iter().flat_map(in_deployer);
        [own].into_iter().chain(elsewhere).collect()
    }
}

impl Children for Edges {
    fn count(&self) -> usize {
        self.all.len()
    }

    fn child(&self, place: usize) -> Child {
        let edge = &self.all[place];
        let target = self.wanted.target(edge);
        let upstream = self.wanted.name(&edge.upstream);
        let (component, organization) = (&self.component, &self.organization);
        Child::webhook(
            edge_name(component, organization, &upstream, &shown(&target)),
            self.former(place, &upstream, &target),
            self.options
                .webhook(self.wanted.place(&edge.upstream, &[edge]), &target),
        )
    }

    fn edge(&self, place: usize) -> Option<Edge> {
        Some(self.all[place].clone())
    }
}

/// For each edge, which of the [`conventional_names`] of its upstream stack no other edge to the same downstream stack has.
fn unambiguous(edges: &[Edge]) -> Vec<[bool; 4]> {
    let mut by_downstream: BTreeMap<&StackRef, Vec<usize>> = BTreeMap::new();
    for (place, edge) in edges.iter().enumerate() {
        by_downstream
            .entry(&edge.downstream)
            .or_default()
            .push(place);
    }
    let mut all = vec![[true; 4]; edges.len()];
    for places in by_downstream.into_values() {
        let names = places
            .iter()
            .map(|place| conventional_names(&edges[*place].upstream));
        let names: Vec<[String; 4]> = names.collect();
        let mut by_name: BTreeMap<&str, BTreeSet<usize>> = BTreeMap::new();
        for (place, names) in places.iter().zip(&names) {
            for name in names {
                by_name.entry(name).or_default().insert(*place);
            }
        }
        for (place, names) in places.iter().zip(&names) {
            all[*place] = names
                .each_ref()
                .map(|name| by_name[name.as_str()].len() == 1);
        }
    }
    all
}
