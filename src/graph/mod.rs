//! Which stack starts which: order, cycles, shortcuts, diamonds and drawings of the graph of stacks.
//!
//! Read in this order: `cycle` finds cycles, [`Dag`] proves that there are none, and each other file answers one question
//! about the graph:
//!
//! - [`Dag::layers`]: which stacks can be updated at the same time;
//! - [`Dag::shortcuts`], [`Dag::without_shortcuts`]: edges that only make a stack run too early;
//! - [`Dag::runs_per_change`]: how often each stack runs for one change;
//! - [`Dag::diamonds`]: where and over which paths a stack runs more than once;
//! - [`Dag::in_sequence`]: edges that make each stack run once;
//! - [`reached`]: what can be reached from where, with or without cycles;
//! - [`Net`]: whether one more edge closes a cycle, without a search of the whole graph;
//! - [`Drawing`]: the graph as text for Mermaid and Graphviz.
//!
//! # What this may not do
//!
//! Know webhooks, URNs or the cloud: everything here is a function from edges to answers. Nothing outside this folder uses
//! the graph library.

mod cycle;
mod dag;
mod diamonds;
mod drawing;
mod edge;
mod layers;
mod net;
mod paths;
mod runs;
mod search;
mod sequence;
mod shortcuts;
#[cfg(test)]
pub(crate) mod testing;

pub use cycle::{Cycle, find_cycle, find_cycles, find_cycles_over};
pub use dag::Dag;
pub use diamonds::Diamond;
pub use drawing::{Drawing, Emphasis, Mark};
pub use edge::{Edge, path_text};
pub use net::{Net, closed_by};
pub use runs::MAX_RUNS;
pub use search::reached;
pub use shortcuts::Shortcut;
