//! `auto-deploy demo`: shows the real Pulumi CLI and our plugin with a local cloud.

mod cascade;
mod diamond;
mod repository;
mod stage;
mod tree;

use anyhow::Context as _;
use stage::{Stage, chapter};
use std::io::Write;
use std::path::PathBuf;

/// Watch the Pulumi CLI deploy graphs of stacks against a cloud on this machine
///
/// Needs no account, changes nothing outside a temporary folder, and leaves nothing behind.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// The Pulumi CLI; its language hosts must be beside it or on PATH.
    #[arg(long, value_name = "PATH", default_value = "pulumi")]
    pulumi: PathBuf,
    /// The plugin; by default the one beside this program.
    #[arg(long, value_name = "PATH")]
    plugin: Option<PathBuf>,
    /// Show only this graph; by default first the tree, then the diamond.
    #[arg(long, value_enum, value_name = "GRAPH")]
    graph: Option<Graph>,
    /// Keep the cloud and its page running at the end, until Ctrl-C.
    #[arg(long)]
    keep: bool,
}

/// A graph that can be shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Graph {
    /// Six stacks and five webhooks.
    Tree,
    /// A stack that runs once, after two others.
    Diamond,
}

/// Runs the demo. Its own output and that of the CLI go to `out`. However it ends, no process and no folder remains.
pub(crate) async fn run(arguments: Arguments, out: &mut impl Write) -> anyhow::Result<()> {
    let plugin = match arguments.plugin {
        Some(plugin) => plugin,
        None => stage::beside_us("pulumi-resource-auto-deploy")?,
    };
    // From here on, a signal ends the demo properly, even before it begins.
    let end = crate::platform::end_with_terminal().context("cannot listen for signals")?;
    let mut end = std::pin::pin!(end);
    let stage = Stage::set(arguments.pulumi, &plugin).await?;
    let played = tokio::select! {
        played = play(&stage, arguments.graph, out) => played,
        () = stage.interrupted(end.as_mut()) => Err(anyhow::anyhow!("interrupted")),
    };
    if played.is_ok() && arguments.keep {
        chapter(out, "The cloud stays up until Ctrl-C")?;
        writeln!(out, "    {}\n", stage.page()?)?;
        out.flush()?;
        end.await;
    }
    stage.clear().await;
    played?;
    writeln!(
        out,
        "Each stack ran exactly as often as expected. No process and no folder is left."
    )?;
    Ok(())
}

async fn play(stage: &Stage, graph: Option<Graph>, out: &mut impl Write) -> anyhow::Result<()> {
    writeln!(
        out,
        "A local Pulumi Cloud runs at {}. Its page shows what happens here:\n",
        stage.url()
    )?;
    writeln!(out, "    {}\n", stage.page()?)?;
    stage
        .pulumi("program", &["login", stage.url()], out)
        .await?;
    writeln!(out)?;
    if graph != Some(Graph::Diamond) {
        tree::play(stage, out).await?;
    }
    if graph != Some(Graph::Tree) {
        diamond::play(stage, out).await?;
    }
    chapter(out, "How to go on")?;
    write!(out, "{EPILOGUE}")?;
    Ok(())
}

const EPILOGUE: &str = "    README.md shows how to use the package in your own program.
    `target/release/auto-deploy cloud` starts a cloud like this one, to try things by hand.
    docs/moving-from-pulumi-auto-deploy.md is for programs that already have AutoDeployers.

";
