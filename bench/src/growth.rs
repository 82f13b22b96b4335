//! How the requests to the cloud, and the time that a user waits, grow with the number of webhooks.
//!
//! The state is in a local cloud and the webhooks in the stub, so all counted requests are the plugin's.

use crate::local::{LocalCloud, ORGANIZATION};
use crate::programs::{Binaries, COMMANDS, header};
use crate::pulumi::{Backend, Workspace};
use crate::report::{Figure, Section};
use crate::stub::Stub;
use std::fmt::Write as _;

/// The number of stacks, the webhooks of each, the engine's parallelism if it is not four per core, and the goal for the
/// requests of a refresh: a list for each stack.
const SIZES: [(usize, usize, &[&str], &str); 8] = [
    (10, 4, &[], "≤ 10"),
    (20, 4, &[], "≤ 20"),
    (40, 4, &[], "≤ 40"),
    (80, 4, &[], "≤ 80"),
    (40, 1, &[], "≤ 40"),
    (40, 8, &[], "≤ 40"),
    (40, 10, &[], "≤ 40"),
    (40, 10, &["--parallel=400"], "≤ 40"),
];

/// Runs all commands with a program of each size.
pub(crate) async fn measure(of: Binaries<'_>) -> anyhow::Result<Section> {
    let state = LocalCloud::start(of.command).await?;
    let mut section = Section::new(
        "Calls and time by size",
        "Stacks × webhooks of each. The engine works at four resources for each core at a time, unless it is told otherwise.",
    );
    for (n_stacks, n_each, parallel, goal) in SIZES {
        let stub = Stub::start().await?;
        let workspace = Workspace::new(of.plugin, of.cli, &state.url)?;
        let size = format!("{n_stacks} × {n_each} {}", parallel.concat());
        workspace.write_for(&stub.url, &program(n_stacks, n_each))?;
        let stack = format!("{ORGANIZATION}/of{}", size.replace([' ', '=', '×'], "-"));
        workspace
            .run(Backend::Cloud, &["stack", "init", &stack, "--no-select"])
            .await?;
        for (command, arguments) in COMMANDS {
            let (before, _) = stub.counts();
            let arguments = [arguments, parallel, &["--stack", &stack]].concat();
            let seconds = workspace.run(Backend::Cloud, &arguments).await?;
            let (after, _) = stub.counts();
            let goal = if command == "refresh" { goal } else { "" };
            let name = format!("{}: {command}", size.trim());
            let calls = f64::from(u32::try_from(after - before)?);
            section.push(Figure::once(format!("{name}, calls"), goal, calls));
            section.push(Figure::once(format!("{name}, s"), "", seconds));
        }
    }
    Ok(section)
}

/// A program with webhooks, grouped by stack.
fn program(n_stacks: usize, n_each: usize) -> String {
    let mut text = header();
    for stack in 0..n_stacks {
        for number in 0..n_each {
            let _ = writeln!(
                text,
                "  hook{stack}-{number}: {{type: 'auto-deploy:Webhook', properties: {{organizationName: {ORGANIZATION}, \
                 projectName: app{stack}, stackName: dev, displayName: hook, payloadUrl: 'https://example.com/{number}'}}}}"
            );
        }
    }
    text
}
