//! One run of a program that conducts many joins, as started by a wake-up.

use crate::local::{LocalCloud, Node, ORGANIZATION};
use crate::programs::{Binaries, header};
use crate::pulumi::{Backend, Workspace};
use crate::report::{Figure, Section};
use crate::shape::Shape;
use anyhow::ensure;
use serde_json::{Value, json};
use std::fmt::Write as _;
use std::time::{Duration, Instant};

/// How many stacks of the first layer change before the run that has work to do.
const N_CHANGES: usize = 20;

/// How often the cloud is asked whether it is done, and the time limit.
const LOOK_EVERY: Duration = Duration::from_millis(50);
const PATIENCE: Duration = Duration::from_mins(10);

const UP: [&str; 3] = ["up", "--yes", "--skip-preview"];

/// Measures runs of a graph of layers, in which each stack is joined after the nearest stacks of the layer above.
pub(crate) async fn measure(
    of: Binaries<'_>,
    (layers, width): (usize, usize),
) -> anyhow::Result<Section> {
    let cloud = LocalCloud::start_with(of.command, &["--concurrency", "65"]).await?;
    let names: Vec<Vec<String>> = (0..layers)
        .map(|layer| {
            (0..width)
                .map(|place| format!("s{layer}x{place}"))
                .collect()
        })
        .collect();
    let nodes: Vec<Node> = names.iter().flatten().map(|name| node(name)).collect();
    cloud.prepare(&nodes, false).await?;
    for layer in &names {
        deploy(&cloud, layer).await?;
    }
    let workspace = Workspace::new(of.plugin, of.cli, &cloud.url)?;
    workspace.write(&program(&names))?;
    let stack = format!("{ORGANIZATION}/wiring");
    let init = ["stack", "init", &stack];
    workspace.run(Backend::Cloud, &init).await?;
    let made = workspace.run(Backend::Cloud, &UP).await?;
    let idle = workspace.run_watched(Backend::Cloud, &UP).await?;
    let n_changes = N_CHANGES.min(width);
    deploy(&cloud, &names[0][..n_changes]).await?;
    let busy = workspace.run_watched(Backend::Cloud, &UP).await?;
    settled(&cloud).await?;
    let begin = Instant::now();
    for _ in 2..layers {
        workspace.run(Backend::Cloud, &UP).await?;
        settled(&cloud).await?;
    }
    let rest = begin.elapsed().as_secs_f64();
    once_each(&cloud, &names, n_changes).await?;
    let mut section = Section::new(
        format!(
            "`pulumi up` of a program that joins {} stacks",
            layers * width
        ),
        format!(
            "Seconds; {}, simulated deployments, each stack joined after two of the layer above it. The state of the program is \
             in the local cloud.",
            Shape::Layers(layers, width).name()
        ),
    );
    section.push(Figure::once("making it", "", made));
    section.push(Figure::once(
        "a wake-up with nothing to do",
        "",
        idle.seconds,
    ));
    section.push(Figure::once(
        format!("a wake-up after {n_changes} changes"),
        "",
        busy.seconds,
    ));
    section.push(Figure::once("the wake-ups for all layers below", "", rest));
    section.push(Figure::once(
        "the plugin's peak memory, MB",
        "",
        idle.memory.max(busy.memory),
    ));
    section.push(Figure::once(
        "the cloud's memory, MB",
        "",
        cloud.peak_memory()?,
    ));
    Ok(section)
}

fn node(project: &str) -> Node {
    Node {
        project: project.to_owned(),
        downstream: Vec::new(),
    }
}

/// The graph in YAML.
fn program(names: &[Vec<String>]) -> String {
    let mut text = header();
    text.push_str(
        "  graph:\n    type: auto-deploy:DependencyGraph\n    properties:\n      strategy: joined\n      maxStarts: 1000\n      \
         checks: 'off'\n      dependencies:\n",
    );
    for (above, layer) in names.iter().zip(&names[1..]) {
        for (place, name) in layer.iter().enumerate() {
            let other = &above[(place + 1) % above.len()];
            let _ = writeln!(
                text,
                "        {name}/dev: [{}/dev, {other}/dev]",
                above[place]
            );
        }
    }
    text
}

/// Updates stacks, and waits until nothing is running.
async fn deploy(cloud: &LocalCloud, projects: &[String]) -> anyhow::Result<()> {
    for project in projects {
        let path = format!("/api/stacks/{ORGANIZATION}/{project}/dev/deployments");
        cloud
            .ask("POST", &path, json!({"operation": "update"}))
            .await?;
    }
    settled(cloud).await
}

async fn settled(cloud: &LocalCloud) -> anyhow::Result<()> {
    let begin = Instant::now();
    let path = format!("/api/orgs/{ORGANIZATION}/deployments/metadata");
    loop {
        let counts = cloud.ask("GET", &path, Value::Null).await?;
        let count = |name: &str| counts["deploymentCounts"][name].as_i64().unwrap_or(0);
        // Times are whole seconds, so the next beginning must be in a later second.
        if count("notStarted") + count("accepted") + count("running") == 0 {
            tokio::time::sleep(Duration::from_millis(1100)).await;
            return Ok(());
        }
        ensure!(
            begin.elapsed() < PATIENCE,
            "the deployments do not end: {counts}"
        );
        tokio::time::sleep(LOOK_EVERY).await;
    }
}

/// Verifies the cascade: each stack below a change ran again.
async fn once_each(
    cloud: &LocalCloud,
    names: &[Vec<String>],
    n_changes: usize,
) -> anyhow::Result<()> {
    for layer in names {
        let mut n_again = 0;
        for project in layer {
            let path = format!("/api/stacks/{ORGANIZATION}/{project}/dev/deployments");
            let list = cloud.ask("GET", &path, Value::Null).await?;
            let n = list["deployments"].as_array().map_or(0, Vec::len);
            ensure!((1..=2).contains(&n), "{project} ran {n} times");
            n_again += usize::from(n == 2);
        }
        ensure!(
            n_again >= n_changes.min(layer.len()),
            "{n_again} of a layer ran"
        );
    }
    Ok(())
}
