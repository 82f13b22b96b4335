//! Cascades through many stacks of a local cloud that only pretends to deploy.

use crate::local::{LocalCloud, Node, ORGANIZATION};
use crate::report::{Figure, Section};
use crate::shape::Shape;
use anyhow::ensure;
use serde_json::{Value, json};
use std::path::Path;
use std::time::{Duration, Instant};

/// The project of the stack that everything begins with.
pub(crate) const ROOT: &str = "root";

/// Each deployment: queued, started, updated, succeeded.
const N_EVENTS: u64 = 4;

/// How often the cloud is asked whether it is done, and how long that may take.
const LOOK_EVERY: Duration = Duration::from_millis(20);
const PATIENCE: Duration = Duration::from_mins(5);

/// What one size is to keep to.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Goals {
    /// The time.
    pub(crate) time: &'static str,
    /// The memory.
    pub(crate) memory: &'static str,
}

/// Measures one cascade from a root, which the first of the layers follow, to the last layer, `runs` times.
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
        let took = cascade(&cloud, n_runs).await?;
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

/// A root, and layers of stacks below it; those of the last layer have two upstream stacks.
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

/// Starts the root; answers how long it took until `n_runs` deployments had succeeded, in seconds.
async fn cascade(cloud: &LocalCloud, n_runs: u64) -> anyhow::Result<f64> {
    let begin = Instant::now();
    let path = format!("/api/stacks/{ORGANIZATION}/{ROOT}/dev/deployments");
    let update = json!({"operation": "update", "inheritSettings": true});
    cloud.ask("POST", &path, update).await?;
    let path = format!("/api/orgs/{ORGANIZATION}/deployments/metadata");
    loop {
        let counts = cloud.ask("GET", &path, Value::Null).await?;
        if counts["deploymentCounts"]["succeeded"].as_u64() == Some(n_runs) {
            return Ok(begin.elapsed().as_secs_f64());
        }
        ensure!(
            begin.elapsed() < PATIENCE,
            "the cascade did not end: {counts}"
        );
        tokio::time::sleep(LOOK_EVERY).await;
    }
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
