//! A chain of stacks that the local cloud really deploys, and the parts of each deployment's time.

use crate::local::{LocalCloud, Node, ORGANIZATION, cascade};
use crate::programs::Binaries;
use crate::report::{Figure, Section};
use crate::shape::Shape;
use anyhow::{Context as _, ensure};
use jiff::Timestamp;
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::Path;
use std::process::Stdio;
use tokio::process::Command;

/// The length of the chain.
const N_STACKS: usize = 8;

/// The content of the programs.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Content {
    /// One output and no resources.
    Nothing,
    /// One `AutoDeployer`, so our plugin runs.
    Deployer,
}

/// The parts of a deployment by their names in the table, with their times in milliseconds.
type Parts = BTreeMap<&'static str, Vec<f64>>;

/// Measures a chain of deployments, one at a time, `runs` times.
///
/// Before that, each stack is deployed once, as stacks that follow others usually have been.
pub(crate) async fn measure(
    of: Binaries<'_>,
    content: Content,
    runs: usize,
) -> anyhow::Result<Section> {
    let nodes = Shape::Chain(N_STACKS).nodes();
    let repository = repository(&nodes, content).await?;
    let cloud = LocalCloud::start_to_deploy(of.command, of.cli).await?;
    let source = repository.path().to_str().context("paths are text")?;
    cloud.prepare_from(source, &nodes, true).await?;
    let root = &nodes[0].project;
    let mut n_runs = u64::try_from(nodes.len())?;
    cascade(&cloud, root, n_runs).await?;
    let (mut chain, mut parts) = (Vec::new(), Parts::new());
    for _ in 0..runs {
        n_runs += u64::try_from(nodes.len())?;
        chain.push(cascade(&cloud, root, n_runs).await?);
        for node in &nodes {
            take_apart(&cloud, node, &mut parts).await?;
        }
    }
    let what = match content {
        Content::Nothing => "without resources",
        Content::Deployer => "of one `AutoDeployer` each, nothing to do",
    };
    let mut section = Section::new(
        format!("A deployment in the local cloud, of programs {what}"),
        format!(
            "A chain of {N_STACKS} stacks in YAML, in one git repository on this machine; the Pulumi CLI runs in each. Of every \
             deployment, ms."
        ),
    );
    section.push(Figure::of("the whole chain, s", "", chain));
    for (name, times) in parts {
        section.push(Figure::of(name, "", times));
    }
    Ok(section)
}

/// A git repository with a folder for the program of each stack.
async fn repository(nodes: &[Node], content: Content) -> anyhow::Result<tempfile::TempDir> {
    let folder = tempfile::tempdir()?;
    for Node { project, .. } in nodes {
        let program = folder.path().join(project);
        std::fs::create_dir(&program)?;
        let text = match content {
            Content::Nothing => format!("outputs: {{said: {project}}}\n"),
            Content::Deployer => format!(
                "resources:\n  of: {{type: 'auto-deploy:AutoDeployer', properties: {{project: {project}, stack: dev}}}}\n"
            ),
        };
        let text = format!("name: {project}\nruntime: yaml\n{text}");
        std::fs::write(program.join("Pulumi.yaml"), text)?;
    }
    let author = ["-c", "user.name=bench", "-c", "user.email=bench@localhost"];
    git(folder.path(), &["init", "--quiet", "--initial-branch=main"]).await?;
    git(folder.path(), &["add", "."]).await?;
    let commit = [&author[..], &["commit", "--quiet", "--message=Programs"]].concat();
    git(folder.path(), &commit).await?;
    Ok(folder)
}

async fn git(folder: &Path, arguments: &[&str]) -> anyhow::Result<()> {
    let mut command = Command::new("git");
    command.args(arguments).current_dir(folder);
    let ran = command.stdin(Stdio::null()).status().await?;
    ensure!(ran.success(), "git {}: {ran}", arguments.join(" "));
    Ok(())
}

/// Adds the times of a stack's last deployment, part by part.
async fn take_apart(cloud: &LocalCloud, node: &Node, parts: &mut Parts) -> anyhow::Result<()> {
    let path = format!(
        "/api/stacks/{ORGANIZATION}/{}/dev/deployments",
        node.project
    );
    let page = cloud
        .ask("GET", &format!("{path}?pageSize=1"), Value::Null)
        .await?;
    let deployment = &page["deployments"][0];
    let job = &deployment["jobs"][0];
    let logs = format!(
        "{path}/{}/logs",
        deployment["id"].as_str().context("an ID")?
    );
    let logs = cloud.ask("GET", &logs, Value::Null).await?;
    let lines = logs["lines"].as_array().context("lines")?;
    let said = |begin: &str| {
        let line = lines.iter().find(|line| {
            let text = line["line"].as_str().unwrap_or_default();
            text.trim_start().starts_with(begin)
        });
        moment(&line.with_context(|| format!("`{begin}` in the log"))?["timestamp"])
    };
    let step = |name: &str| -> anyhow::Result<(i64, i64)> {
        let steps = job["steps"].as_array().context("steps")?.iter();
        let mut found = steps.filter(|step| step["name"] == name);
        let step = found.next().with_context(|| format!("step `{name}`"))?;
        Ok((moment(&step["started"])?, moment(&step["lastUpdated"])?))
    };
    let (created, begun) = (moment(&deployment["created"])?, moment(&job["started"])?);
    let (source, install) = (step("Get source")?, step("Install dependencies")?);
    let up = step("pulumi update")?;
    let (first, last) = (said("Updating (")?, said("Duration:")?);
    for (name, from, to) in [
        ("1. waiting for its turn", created, begun),
        ("2. git", source.0, source.1),
        ("3. `pulumi install`", install.0, install.1),
        ("4. `pulumi up`: until the update begins", up.0, first),
        (
            "5. `pulumi up`: the update, with program and plugins",
            first,
            last,
        ),
        ("6. `pulumi up`: after it", last, up.1),
        (
            "7. all of it, from its creation",
            created,
            moment(&job["lastUpdated"])?,
        ),
    ] {
        #[expect(
            clippy::cast_precision_loss,
            reason = "a deployment takes less than 2^52 ms"
        )]
        parts.entry(name).or_default().push((to - from) as f64);
    }
    Ok(())
}

/// A time from the cloud, in milliseconds.
fn moment(text: &Value) -> anyhow::Result<i64> {
    let text = text.as_str().context("a time")?;
    Ok(text.parse::<Timestamp>()?.as_millisecond())
}
