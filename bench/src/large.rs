//! `pulumi` on one `DependencyGraph` with very many edges: what grows with their number, and how.

use crate::local::{LocalCloud, ORGANIZATION};
use crate::programs::{Binaries, COMMANDS, header};
use crate::pulumi::{Backend, Workspace};
use crate::report::{Figure, Section};
use crate::shape::Shape;
use std::fmt::Write as _;

/// A graph, and the backend for the state of its program.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Large {
    /// The number of layers of ten stacks, each stack following all of the layer before.
    pub(crate) layers: usize,
    /// The backend.
    pub(crate) backend: Backend,
    /// Whether to measure a preview. The engine's own work for one grows with the square of the number of creates.
    pub(crate) previews: bool,
}

const WIDTH: usize = 10;

impl Large {
    /// Runs all commands once, and measures the plugin's memory.
    pub(crate) async fn measure(self, of: Binaries<'_>) -> anyhow::Result<Section> {
        let n_edges = (self.layers - 1) * WIDTH * WIDTH;
        let cloud = LocalCloud::start(of.command).await?;
        let nodes = Shape::Meshed(self.layers, WIDTH).nodes();
        cloud.prepare(&nodes, false).await?;
        let workspace = Workspace::new(of.plugin, of.cli, &cloud.url)?;
        workspace.write(&self.program())?;
        let stack = match self.backend {
            Backend::Cloud => format!("{ORGANIZATION}/large{n_edges}"),
            Backend::Folder => "large".to_owned(),
        };
        workspace
            .run(self.backend, &["stack", "init", &stack, "--no-select"])
            .await?;
        let mut section = Section::new(
            format!(
                "`pulumi` on a `DependencyGraph` of {n_edges} edges, {}",
                self.backend.name()
            ),
            "One run. The webhooks are in the local cloud. The plugin's memory is what it has more than 6 MB, by edge.",
        );
        for (command, arguments) in COMMANDS {
            if command == "preview" && !self.previews {
                continue;
            }
            let arguments = [arguments, &["--stack", &stack]].concat();
            let took = workspace.run_watched(self.backend, &arguments).await?;
            section.push(Figure::once(format!("{command}, s"), "", took.seconds));
            #[expect(clippy::cast_precision_loss, reason = "it is a small number")]
            let n_edges = n_edges as f64;
            let memory = (took.memory - 6.0).max(0.0) * 1e3 / n_edges;
            let time = took.processor * 1e3 / n_edges;
            let mut push = |what: &str, goal, figure| {
                let name = format!("{command}, the plugin's {what} by edge");
                section.push(Figure::once(name, goal, figure));
            };
            push("memory, KB,", "≤ 8", memory);
            push("CPU time, ms,", "", time);
        }
        let memory = cloud.peak_memory()?;
        section.push(Figure::once("the cloud's memory, MB", "", memory));
        Ok(section)
    }

    /// The graph in YAML.
    fn program(self) -> String {
        let mut text = header();
        text.push_str(
            "  graph:\n    type: auto-deploy:DependencyGraph\n    properties:\n      dependencies:\n",
        );
        let nodes = Shape::Meshed(self.layers, WIDTH).nodes();
        for (above, layer) in nodes.chunks(WIDTH).zip(nodes.chunks(WIDTH).skip(1)) {
            let above: Vec<String> = above
                .iter()
                .map(|node| format!("{}/dev", node.project))
                .collect();
            for node in layer {
                let _ = writeln!(text, "        {}/dev: [{}]", node.project, above.join(", "));
            }
        }
        text
    }
}
