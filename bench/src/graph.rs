//! All checks of a large graph of stacks, without a cloud.

use crate::report::{Figure, Section};
use anyhow::Context as _;
use auto_deploy::domain::StackRef;
use auto_deploy::findings::audit;
use auto_deploy::graph::{Dag, Drawing, Edge, find_cycle};
use auto_deploy::survey::LiveEdge;
use auto_deploy::survey::{LiveGraph, LiveStack};
use std::collections::BTreeSet;
use std::time::{Duration, Instant};

const N_STACKS: u32 = 1_000;
const N_EDGES: usize = 3_000;

/// Measures each check, and all of them together, `runs` times.
pub(crate) fn measure(runs: usize) -> anyhow::Result<Section> {
    let edges = edges()?;
    let mut times: Vec<Times> = Vec::with_capacity(runs);
    for _ in 0..runs {
        times.push(run(&edges)?);
    }
    let mut section = Section::new(
        format!("Checks of a graph of {N_STACKS} stacks and {N_EDGES} edges"),
        "Pure, in one thread.",
    );
    let ms = |time: Duration| time.as_secs_f64() * 1e3;
    let total = |times: &Times| ms(times.iter().map(|(_, time)| *time).sum());
    let totals = times.iter().map(total).collect();
    section.push(Figure::of("all checks, ms", "≤ 100", totals));
    for place in 0..times[0].len() {
        let name = format!("{}, ms", times[0][place].0);
        let each = times.iter().map(|times| ms(times[place].1)).collect();
        section.push(Figure::of(name, "", each));
    }
    Ok(section)
}

/// The time of each check, in order.
type Times = Vec<(&'static str, Duration)>;

fn run(edges: &[Edge]) -> anyhow::Result<Times> {
    let mut times: Times = Vec::new();
    let mut time = |what: &'static str, work: &mut dyn FnMut()| {
        let begin = Instant::now();
        work();
        times.push((what, begin.elapsed()));
    };
    let mut dag = None;
    time("find a cycle", &mut || drop(find_cycle(edges)));
    time("build", &mut || dag = Dag::new(edges).ok());
    let dag = dag.context("the edges lead from lower numbers to higher ones")?;
    time("layers", &mut || drop(dag.layers()));
    time("shortcuts", &mut || drop(dag.shortcuts()));
    time("without shortcuts", &mut || drop(dag.without_shortcuts()));
    time("runs per change", &mut || drop(dag.runs_per_change(1)));
    time("diamonds", &mut || drop(dag.diamonds()));
    time("in sequence", &mut || drop(dag.in_sequence()));
    time("mermaid", &mut || {
        drop(Drawing::new(dag.stacks(), edges).mermaid());
    });
    let live = live(&dag, edges);
    time("audit", &mut || drop(audit(&live)));
    Ok(times)
}

/// A cloud on which these edges are webhooks, and whose stacks have no settings and no references.
fn live(dag: &Dag, edges: &[Edge]) -> LiveGraph {
    let stack = LiveStack {
        settings: Some(None),
        knows_webhooks: true,
        knows_references: true,
        ..LiveStack::default()
    };
    let edge = |edge: &Edge| LiveEdge {
        edge: edge.clone(),
        webhook: "webhook".to_owned(),
        active: true,
        events: vec!["update_succeeded".to_owned()],
        is_wake_up: false,
    };
    LiveGraph {
        organization: "acme".to_owned(),
        stacks: dag
            .stacks()
            .map(|name| (name.clone(), stack.clone()))
            .collect(),
        edges: edges.iter().map(edge).collect(),
        ..LiveGraph::default()
    }
}

/// Pseudo-random edges, the same each time, each from a lower number to a higher one.
fn edges() -> anyhow::Result<Vec<Edge>> {
    let mut state = 1_u64;
    let mut next = || {
        // A linear congruential generator with the constants of MMIX.
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        u32::try_from(state >> 33).map(|number| number % N_STACKS)
    };
    let mut pairs = BTreeSet::new();
    while pairs.len() < N_EDGES {
        let (one, other) = (next()?, next()?);
        if one != other {
            pairs.insert((one.min(other), one.max(other)));
        }
    }
    let stack = |number: u32| StackRef::new("acme", "project", &format!("s{number:04}"));
    let edge = |(from, to)| {
        anyhow::Ok(Edge {
            upstream: stack(from)?,
            downstream: stack(to)?,
        })
    };
    pairs.into_iter().map(edge).collect()
}
