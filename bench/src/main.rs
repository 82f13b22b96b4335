//! Measures what a person feels of the plugin and of the local cloud, and the checks of large graphs.
//!
//! `bench PLUGIN CLI` takes the plugin's binary and the Pulumi CLI.

mod cascade;
mod graph;
mod journal;
mod plugin;

use anyhow::Context as _;
use std::path::PathBuf;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let mut arguments = std::env::args_os().skip(1).map(PathBuf::from);
    let usage = "usage: bench PLUGIN CLI";
    let (plugin, cli) = (
        arguments.next().context(usage)?,
        arguments.next().context(usage)?,
    );
    let mut out = std::io::stdout();
    plugin::measure(&plugin, &mut out).await?;
    graph::measure(&mut out)?;
    cascade::measure(&mut out).await?;
    journal::measure(&plugin, &cli, &mut out).await
}
