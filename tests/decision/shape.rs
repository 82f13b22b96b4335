//! Graphs for the tests of the decision.

use auto_deploy::domain::StackRef;
use auto_deploy::graph::Edge;
use std::collections::BTreeSet;

/// A graph whose stacks are numbered; every edge leads from a lower to a higher number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Shape {
    names: Vec<StackRef>,
    upstream: Vec<Vec<usize>>,
    downstream: Vec<Vec<usize>>,
    edges: BTreeSet<Edge>,
}

impl Shape {
    pub(crate) fn new(n_stacks: usize, pairs: &[(usize, usize)]) -> Shape {
        let name = |number: usize| StackRef::new("acme", &format!("s{number:03}"), "prod");
        let names: Vec<StackRef> = (0..n_stacks)
            .map(|number| name(number).expect("it is a name"))
            .collect();
        let pairs: BTreeSet<(usize, usize)> = pairs.iter().copied().collect();
        let mut shape = Shape {
            upstream: vec![Vec::new(); n_stacks],
            downstream: vec![Vec::new(); n_stacks],
            edges: BTreeSet::new(),
            names,
        };
        for (upstream, downstream) in pairs {
            shape.upstream[downstream].push(upstream);
            shape.downstream[upstream].push(downstream);
            shape.edges.insert(Edge {
                upstream: shape.names[upstream].clone(),
                downstream: shape.names[downstream].clone(),
            });
        }
        shape
    }

    pub(crate) fn chain() -> Shape {
        Shape::new(3, &[(0, 1), (1, 2)])
    }

    /// Two stacks above one.
    pub(crate) fn fan_in() -> Shape {
        Shape::new(3, &[(0, 2), (1, 2)])
    }

    pub(crate) fn diamond() -> Shape {
        Shape::new(4, &[(0, 1), (0, 2), (1, 3), (2, 3)])
    }

    /// A diamond whose bottom is the top of another one.
    pub(crate) fn two_diamonds() -> Shape {
        let first = [(0, 1), (0, 2), (1, 3), (2, 3)];
        let second = [(3, 4), (3, 5), (4, 6), (5, 6)];
        Shape::new(7, &[first, second].concat())
    }

    /// A long way to the bottom, and a short one.
    pub(crate) fn shortcut() -> Shape {
        Shape::new(4, &[(0, 1), (1, 2), (2, 3), (0, 3)])
    }

    pub(crate) fn len(&self) -> usize {
        self.names.len()
    }

    pub(crate) fn name(&self, stack: usize) -> &StackRef {
        &self.names[stack]
    }

    pub(crate) fn number(&self, name: &StackRef) -> usize {
        let number = self.names.iter().position(|known| known == name);
        number.expect("it is a stack of the shape")
    }

    pub(crate) fn upstream(&self, stack: usize) -> &[usize] {
        &self.upstream[stack]
    }

    pub(crate) fn downstream(&self, stack: usize) -> &[usize] {
        &self.downstream[stack]
    }

    pub(crate) fn edges(&self) -> &BTreeSet<Edge> {
        &self.edges
    }
}
