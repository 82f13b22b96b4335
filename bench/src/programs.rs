//! `pulumi` on programs with many webhooks and on graphs of many stacks: the time that a user waits for each command.

use crate::local::{LocalCloud, Node, ORGANIZATION};
use crate::pulumi::{Backend, Workspace};
use crate::report::{Figure, Section};
use crate::shape::Shape;
use std::fmt::Write as _;
use std::path::Path;

/// The commands in the order of a stack's lifecycle.
pub(crate) const COMMANDS: [(&str, &[&str]); 5] = [
    ("preview", &["preview"]),
    ("up", &["up", "--yes", "--skip-preview"]),
    ("up, nothing to do", &["up", "--yes", "--skip-preview"]),
    ("refresh", &["refresh", "--yes", "--skip-preview"]),
    ("destroy", &["destroy", "--yes", "--skip-preview"]),
];

/// A program to measure.
pub(crate) struct Program {
    /// Its name in the tables.
    pub(crate) name: String,
    /// The program in YAML.
    pub(crate) text: String,
    nodes: Vec<Node>,
    goals: [&'static str; 5],
}

/// The binaries that a measurement needs.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Binaries<'a> {
    /// The plugin.
    pub(crate) plugin: &'a Path,
    /// The command `auto-deploy`.
    pub(crate) command: &'a Path,
    /// The Pulumi CLI.
    pub(crate) cli: &'a Path,
}

impl Program {
    /// `n` webhooks on one stack.
    pub(crate) fn webhooks(n: usize) -> Program {
        let mut text = header();
        for number in 0..n {
            let _ = writeln!(
                text,
                "  hook{number}: {{type: 'auto-deploy:Webhook', properties: {{organizationName: {ORGANIZATION}, \
                 projectName: app, stackName: dev, displayName: hook, active: true, format: raw, filters: [update_succeeded], \
                 payloadUrl: 'https://example.com/{number}'}}}}"
            );
        }
        let app = Node {
            project: "app".to_owned(),
            downstream: Vec::new(),
        };
        Program {
            name: format!("{n} webhooks"),
            text,
            nodes: vec![app],
            goals: [""; 5],
        }
    }

    /// An `AutoDeployer` for each stack of a graph.
    pub(crate) fn graph(shape: Shape, goals: [&'static str; 5]) -> Program {
        let nodes = shape.nodes();
        let mut text = header();
        for node in &nodes {
            let refs = node.downstream.iter();
            let refs: Vec<String> = refs.map(|below| format!("'${{{below}.ref}}'")).collect();
            let _ = writeln!(
                text,
                "  {0}: {{type: 'auto-deploy:AutoDeployer', properties: {{organization: {ORGANIZATION}, project: {0}, \
                 stack: dev, downstreamRefs: [{1}]}}}}",
                node.project,
                refs.join(", ")
            );
        }
        Program {
            name: shape.name(),
            text,
            nodes,
            goals,
        }
    }

    /// Measures each command with the state in the local cloud and in a folder in turn, `runs` times, and the ratio.
    pub(crate) async fn measure(&self, of: Binaries<'_>, runs: usize) -> anyhow::Result<Section> {
        let cloud = LocalCloud::start(of.command).await?;
        cloud.prepare(&self.nodes, false).await?;
        let workspace = Workspace::new(of.plugin, of.cli, &cloud.url)?;
        workspace.write(&self.text)?;
        let mut seconds: [[Vec<f64>; 5]; 2] = Default::default();
        let backends = [Backend::Cloud, Backend::Folder];
        for run in 0..runs {
            for (backend, seconds) in backends.into_iter().zip(&mut seconds) {
                lifecycle(&workspace, backend, run, seconds).await?;
            }
        }
        let mut section = Section::new(
            format!("`pulumi` on {}", self.name),
            "Seconds, with the program's webhooks in the local cloud.",
        );
        for (place, (command, _)) in COMMANDS.iter().enumerate() {
            for (backend, seconds) in backends.into_iter().zip(&seconds) {
                let is_cloud = backend == Backend::Cloud;
                let goal = if is_cloud { self.goals[place] } else { "" };
                let name = format!("{command}, {}", backend.name());
                section.push(Figure::of(name, goal, seconds[place].clone()));
            }
            let pairs = seconds[0][place].iter().zip(&seconds[1][place]);
            let ratio = pairs.map(|(cloud, folder)| cloud / folder).collect();
            section.push(Figure::of(format!("{command}, ratio"), "≤ 1.3", ratio));
        }
        Ok(section)
    }
}

/// Runs all commands with a stack of the program, and adds their times.
async fn lifecycle(
    workspace: &Workspace,
    backend: Backend,
    run: usize,
    seconds: &mut [Vec<f64>; 5],
) -> anyhow::Result<()> {
    let stack = match backend {
        Backend::Cloud => format!("{ORGANIZATION}/run{run}"),
        Backend::Folder => format!("run{run}"),
    };
    workspace
        .run(backend, &["stack", "init", &stack, "--no-select"])
        .await?;
    for ((_, arguments), seconds) in COMMANDS.iter().zip(seconds) {
        let arguments = [*arguments, &["--stack", &stack]].concat();
        seconds.push(workspace.run(backend, &arguments).await?);
    }
    workspace
        .run(backend, &["stack", "rm", "--yes", &stack])
        .await?;
    Ok(())
}

/// The beginning of a program in YAML, up to its resources.
pub(crate) fn header() -> String {
    "name: bench\nruntime: yaml\nresources:\n".to_owned()
}
