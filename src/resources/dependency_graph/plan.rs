//! The plan of a `DependencyGraph`: its outputs, and the children that make its edges.
//!
//! # What this may not do
//!
//! Register anything, or make a request: a plan is a function of the inputs. Judge unknown values. Put a secret into a name
//! or a message.

use super::edges::Edges;
use super::inputs::DependencyGraphInputs;
use super::joined;
use super::wanted::WantedGraph;
use crate::domain::{StackRef, starts_per_run};
use crate::graph::{Dag, Drawing, Edge};
use crate::joins::inputs::{START_ON, StartOn};
use crate::property::{CheckFailure, Input, Known, Map, Value};
use crate::resources::component::children::Children as _;
use crate::resources::component::modes::{GraphStrategy, ShortcutMode};
use crate::resources::component::options::Options;
use crate::resources::component::plan::{Plan, Webhooks};
use crate::resources::component::planned::{PlannedValue, marked};
use crate::resources::component::programs::Refusal;
use crate::resources::component::request::Request;
use crate::resources::join::MAX_STARTS;
use std::collections::BTreeMap;

/// The highest count that every language can read as an integer.
const MAX_COUNT: u64 = i32::MAX as u64;

/// Plans the component.
///
/// # Errors
///
/// Every invalid input, by path, or a cycle of the dependencies.
pub fn plan(request: &Request) -> Result<Plan, Vec<CheckFailure>> {
    let (inputs, mut failures) = DependencyGraphInputs::read(&request.inputs);
    let options = Options::new(inputs.shared.clone(), &request.organization, &mut failures);
    options.check_filters(&mut failures);
    let wanted = WantedGraph::of(&inputs, &options.organization, &mut failures);
    joined::check(request, &inputs, &options, &wanted, &mut failures);
    if !failures.is_empty() {
        return Err(failures);
    }
    let dag = wanted.dag().map_err(|cycle| {
        let reason = Refusal::Cycle(cycle).to_string();
        let reason = wanted.veil(&reason);
        vec![CheckFailure::new("dependencies", reason)]
    })?;
    let shaped = shaped(&inputs, &wanted, dag);
    Ok(assemble(request, &inputs, options, wanted, &shaped))
}

/// The graph to create, and whether it is complete.
enum Shaped {
    /// The complete graph.
    Whole(Dag),
    /// The known part; the rest follows during the update.
    Part(Dag),
    /// Nothing can be said before everything is known, because unknown values may change any edge.
    Later,
}

impl Shaped {
    fn dag(&self) -> Option<&Dag> {
        match self {
            Shaped::Whole(dag) | Shaped::Part(dag) => Some(dag),
            Shaped::Later => None,
        }
    }

    fn whole(&self) -> Option<&Dag> {
        match self {
            Shaped::Whole(dag) => Some(dag),
            Shaped::Part(_) | Shaped::Later => None,
        }
    }
}

fn shaped(inputs: &DependencyGraphInputs, wanted: &WantedGraph, dag: Dag) -> Shaped {
    let strategy = mode(inputs.strategy.as_ref(), GraphStrategy::Parallel);
    let shortcuts = mode(inputs.shortcuts.as_ref(), ShortcutMode::Keep);
    let start_on = mode(inputs.start_on.as_ref(), StartOn::Updates);
    if strategy == Some(GraphStrategy::Joined) && start_on.is_none() {
        return Shaped::Later;
    }
    let shape: fn(&Dag) -> Dag = match (strategy, shortcuts) {
        (None, _) | (Some(GraphStrategy::Parallel | GraphStrategy::Joined), None) => {
            return Shaped::Later;
        }
        (Some(GraphStrategy::Sequential), _) => Dag::in_sequence,
        (_, Some(ShortcutMode::Drop)) => Dag::without_shortcuts,
        // The number of a stack's upstream stacks decides what starts it.
        (Some(GraphStrategy::Joined), Some(ShortcutMode::Keep)) => Dag::clone,
        (_, Some(ShortcutMode::Keep)) if wanted.is_whole() => return Shaped::Whole(dag),
        (_, Some(ShortcutMode::Keep)) if dag.stacks().len() > 0 => return Shaped::Part(dag),
        (_, Some(ShortcutMode::Keep)) => return Shaped::Later,
    };
    if wanted.is_whole() {
        Shaped::Whole(shape(&dag))
    } else {
        Shaped::Later
    }
}

/// The given mode, or the default; `None` while unknown.
fn mode<T: Copy>(given: Option<&Input<T>>, default: T) -> Option<T> {
    match given {
        Some(input) => input.now().copied(),
        None => Some(default),
    }
}

fn assemble(
    request: &Request,
    inputs: &DependencyGraphInputs,
    options: Options,
    wanted: WantedGraph,
    shaped: &Shaped,
) -> Plan {
    let all = shaped.dag().map(|dag| dag.edges().collect());
    let edges = Edges::new(request, options, wanted, all.unwrap_or_default());
    let (options, wanted) = (&edges.options, &edges.wanted);
    let conducted = joined::conductor(request, inputs)
        .filter(|_| shaped.whole().is_some())
        .map(|conductor| joined::Conducted::of(&edges, conductor, inputs));
    let with_joins = conducted.as_ref().map(joined::Conducted::children);
    let mut advice = wanted.advice.clone();
    if matches!(shaped, Shaped::Later) {
        advice.push("the webhooks will be planned during the update, because the whole graph is not known yet".to_owned());
    }
    let places = match (shaped, &with_joins) {
        (Shaped::Whole(_), Some((_, places))) => {
            Known::Now(places.iter().copied().map(Some).collect())
        }
        (Shaped::Whole(_), None) => Known::Now((0..edges.count()).map(Some).collect()),
        (Shaped::Part(_) | Shaped::Later, _) => Known::Later,
    };
    Plan {
        webhooks: Webhooks {
            output: "webhooks",
            places,
            secret: wanted.is_secret(),
        },
        outputs: outputs(inputs, options, wanted, shaped.whole(), conducted.as_ref()),
        joined: conducted.map(|conducted| conducted.plan()),
        edges: edges.all.clone(),
        about: None,
        made_here: wanted.made_here.clone(),
        hidden: wanted.hidden.clone(),
        edges_from: "dependencies",
        events: options.events(),
        is_active: options.is_active(),
        checks: options.checks(),
        advice,
        children: match with_joins {
            Some((children, _)) => Box::new(children),
            None => Box::new(edges),
        },
    }
}

fn outputs(
    inputs: &DependencyGraphInputs,
    options: &Options,
    wanted: &WantedGraph,
    dag: Option<&Dag>,
    conducted: Option<&joined::Conducted<'_>>,
) -> BTreeMap<&'static str, PlannedValue> {
    let told_if_known = |value: Option<Value>| PlannedValue {
        value: marked(value.unwrap_or(Value::UNKNOWN), wanted.is_secret()),
        dependencies: wanted.all_dependencies(),
    };
    let told = |value: fn(&Dag) -> Value| told_if_known(dag.map(value));
    let starts = options.events().map(|events| starts_per_run(&events));
    let runs = match conducted {
        Some(_) => dag.map(joined::runs_per_change),
        None => dag
            .zip(starts)
            .map(|(dag, starts)| runs_per_change(dag, starts)),
    };
    let mut outputs = options.outputs();
    outputs.extend([
        (
            "dependencies",
            PlannedValue::of_list_map(&inputs.dependencies, |text| text.as_str().into()),
        ),
        (
            "shortcuts",
            PlannedValue::or(inputs.shortcuts.as_ref(), ShortcutMode::Keep),
        ),
        (
            "strategy",
            PlannedValue::or(inputs.strategy.as_ref(), GraphStrategy::Parallel),
        ),
        ("layers", told(layers)),
        ("edges", told(|dag| edges_value(dag.edges()))),
        ("runsPerChange", told_if_known(runs)),
        ("mermaid", told(|dag| drawing(dag).mermaid().into())),
        ("catchUp", PlannedValue::or(inputs.catch_up.as_ref(), false)),
        (
            "maxStarts",
            PlannedValue::or(inputs.max_starts.as_ref(), MAX_STARTS),
        ),
    ]);
    let resync = inputs.resync.as_ref().map(PlannedValue::of);
    outputs.extend(resync.map(|resync| ("resync", resync)));
    let start_on = inputs.start_on.as_ref().map(PlannedValue::of);
    outputs.extend(start_on.map(|start_on| (START_ON, start_on)));
    let joined = joined::outputs(dag, conducted).into_iter();
    let joined = joined.map(|(name, value)| {
        let value = marked(value, wanted.is_secret());
        let dependencies = wanted.all_dependencies();
        (
            name,
            PlannedValue {
                value,
                dependencies,
            },
        )
    });
    outputs.extend(joined);
    outputs
}

/// Layers of stacks as a value.
pub fn layers(dag: &Dag) -> Value {
    let layers = dag.layers().into_iter();
    Value::Array(
        layers
            .map(|layer| layer.into_iter().map(StackRef::short).collect())
            .collect(),
    )
}

/// Edges as a value.
pub fn edges_value(edges: impl IntoIterator<Item = Edge>) -> Value {
    let one = |edge: Edge| {
        Value::from(Map::from([
            ("upstream".to_owned(), edge.upstream.short().into()),
            ("downstream".to_owned(), edge.downstream.short().into()),
        ]))
    };
    Value::Array(edges.into_iter().map(one).collect())
}

/// A count as a value that every language can read.
#[expect(
    clippy::cast_precision_loss,
    reason = "what is left is exact in a float"
)]
pub fn count(runs: u64) -> Value {
    Value::Number(runs.min(MAX_COUNT) as f64)
}

fn drawing(dag: &Dag) -> Drawing {
    let edges: Vec<Edge> = dag.edges().collect();
    Drawing::new(dag.stacks(), &edges)
}

fn runs_per_change(dag: &Dag, starts: u64) -> Value {
    let counts = |runs: BTreeMap<&StackRef, u64>| {
        let members = runs.into_iter();
        members
            .map(|(stack, runs)| (stack.short(), count(runs)))
            .collect::<Map>()
    };
    let roots = dag.runs_per_change(starts).into_iter();
    let roots = roots.map(|(root, runs)| (root.short(), counts(runs).into()));
    roots.collect::<Map>().into()
}

#[cfg(test)]
mod tests;
