//! Edges that make a stack run more than once for one change, whatever is on the cloud.
//!
//! # What this may not do
//!
//! Report the same thing both as a shortcut and as a diamond.

use super::finding::{Code, Finding, Severity, Subject};
use super::words::{name, paths, times};
use crate::graph::{Dag, Diamond, Edge, Shortcut};

/// The shortcuts and diamonds of a graph.
pub fn shapes(dag: &Dag) -> Vec<Finding> {
    let shortcuts = dag.shortcuts().into_iter().map(shortcut);
    let diamonds = dag.diamonds().into_iter().map(diamond);
    shortcuts.chain(diamonds).collect()
}

fn shortcut(Shortcut { edge, path }: Shortcut) -> Finding {
    let (upstream, downstream) = (name(&edge.upstream), name(&edge.downstream));
    let sentence = format!(
        "an update of {upstream} starts {downstream} at once, and again by the longer path {}, so {downstream} runs \
         one time too many, and the first time too early",
        crate::graph::path_text(&path)
    );
    Finding {
        code: Code::Shortcut,
        severity: Severity::Warning,
        stacks: vec![edge.downstream.clone(), edge.upstream.clone()],
        sentence,
        cure: format!(
            "remove the edge from {upstream} to {downstream}: by the longer path it still follows"
        ),
        subject: Subject::Edge(edge.clone()),
        edges: vec![edge],
    }
}

fn diamond(diamond: Diamond) -> Finding {
    let sides: Vec<Edge> = diamond
        .sides()
        .map(|side| Edge {
            upstream: side.clone(),
            downstream: diamond.bottom.clone(),
        })
        .collect();
    let stacks = [&diamond.bottom, &diamond.top].into_iter();
    Finding {
        code: Code::Diamond,
        severity: Severity::Warning,
        stacks: stacks.chain(diamond.sides()).cloned().collect(),
        sentence: format!(
            "{} runs {} for one change of {}, too early each time but the last: it follows by {}",
            name(&diamond.bottom),
            times(diamond.runs),
            name(&diamond.top),
            paths(&diamond.paths),
        ),
        cure:
            "to run it once, after all of them, use the strategy `joined` of a DependencyGraph, or a Join; for fewer \
             runs, turn on `skipIntermediateDeployments` in its deployment settings"
                .to_owned(),
        edges: sides,
        subject: Subject::Stack(diamond.bottom.clone()),
    }
}
