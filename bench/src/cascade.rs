//! Cascades through many stacks of a local cloud that simulates deployments.

use crate::local::{LocalCloud, Node, ORGANIZATION, cascade};
use crate::report::{Figure, Section};
use crate::shape::Shape;
use anyhow::ensure;
use serde_json::Value;
use std::path::Path;

/// The project of the first stack.
pub(crate) const ROOT: &str = "root";

/// For each deployment: queued, started, updated, succeeded.
const N_EVENTS: u64 = 4;

/// The goals for one size.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Goals {
    /// The time.
    pub(crate) time: &'static str,
    /// The memory.
    pub(crate) memory: &'static str,
}

/// Measures a cascade from a root, which the first layer follows, to the last layer, `runs` times.
///
/// The stacks of the last layer have a second upstream stack, so each of them runs twice.
pub(crate) async fn measure(
    command: &Path,
    (layers, width): (usize, usize),
    goals: Goals,
    runs: usize,
) -> anyhow::Result<Section> {
    let nodes = nodes(layers, width);
    let (mut seconds, mut rates, mut memory) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..runs {
        let cloud = LocalCloud::start(command).await?;
        cloud.prepare(&nodes, true).await?;
        let n_runs = u64::try_from(1 + layers * width + width)?;
        let took = cascade(&cloud, ROOT, n_runs).await?;
        each_ran_as_often_as_it_should(&cloud, layers, &nodes).await?;
        seconds.push(took);
        #[expect(clippy::cast_precision_loss, reason = "it is a small number")]
        rates.push((n_runs * N_EVENTS) as f64 / took);
        memory.push(cloud.peak_memory()?);
    }
    let mut section = Section::new(
        format!("A cascade of {} stacks", nodes.len()),
        format!(
            "{layers} layers of {width} below one root, simulated deployments; the last layer runs twice, everything \
             else once, which each run counts."
        ),
    );
    section.push(Figure::of("from first to last, s", goals.time, seconds));
    section.push(Figure::of("events/s", "", rates));
    section.push(Figure::of(
        "the cloud's memory at most, MB",
        goals.memory,
        memory,
    ));
    Ok(section)
}

/// Measures a chain of `n` stacks, `runs` times. Each waits for the one above, so a stack adds the time that the cloud
/// needs from a successful update to the end of the deployment that its webhook starts.
pub(crate) async fn chain(command: &Path, n: usize, runs: usize) -> anyhow::Result<Section> {
    let nodes = Shape::Chain(n).nodes();
    let cloud = LocalCloud::start(command).await?;
    cloud.prepare(&nodes, true).await?;
    let n_each = u64::try_from(n)?;
    let (mut took, mut n_runs) = (Vec::new(), 0);
    for _ in 0..runs {
        n_runs += n_each;
        let seconds = cascade(&cloud, &nodes[0].project, n_runs).await?;
        #[expect(clippy::cast_precision_loss, reason = "it is a small number")]
        took.push(seconds * 1e3 / n_each as f64);
    }
    let mut section = Section::new(
        format!("A cascade down a chain of {n} stacks"),
        "Simulated deployments, so what is left is the cloud's own: from the update's event to its webhook, to the deployment \
         that this starts, to its update.",
    );
    section.push(Figure::of("per stack, ms", "≤ 20", took));
    Ok(section)
}

/// A root, and layers of stacks below it. Stacks in the last layer have two upstream stacks.
pub(crate) fn nodes(layers: usize, width: usize) -> Vec<Node> {
    let mut nodes = Shape::Layers(layers, width).nodes();
    let first = nodes.iter().take(width).map(|node| node.project.clone());
    let root = Node {
        project: ROOT.to_owned(),
        downstream: first.collect(),
    };
    let last: Vec<String> = nodes[(layers - 1) * width..]
        .iter()
        .map(|node| node.project.clone())
        .collect();
    let before_last = &mut nodes[(layers - 2) * width..(layers - 1) * width];
    for (place, node) in before_last.iter_mut().enumerate() {
        node.downstream.push(last[(place + 1) % width].clone());
    }
    nodes.insert(0, root);
    nodes
}

async fn each_ran_as_often_as_it_should(
    cloud: &LocalCloud,
    layers: usize,
    nodes: &[Node],
) -> anyhow::Result<()> {
    let last = format!("s{}-", layers - 1);
    for node in nodes {
        let path = format!(
            "/api/stacks/{ORGANIZATION}/{}/dev/deployments?pageSize=1",
            node.project
        );
        let found = cloud.ask("GET", &path, Value::Null).await?;
        let wanted = if node.project.starts_with(&last) {
            2
        } else {
            1
        };
        ensure!(
            found["total"] == wanted,
            "{} ran {} times instead of {wanted}",
            node.project,
            found["total"]
        );
    }
    Ok(())
}
