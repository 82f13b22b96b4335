//! `auto-deploy demo`: the real Pulumi CLI and our plugin against a local cloud, to watch.

mod stage;

use anyhow::Context as _;
use serde_json::Value;
use stage::Stage;
use std::io::Write;
use std::path::PathBuf;

/// Watch the Pulumi CLI deploy a graph of six stacks against a cloud on this machine.
///
/// No account is needed, nothing outside a temporary folder is touched, and nothing stays behind.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// The Pulumi CLI; its language hosts must be beside it or on PATH.
    #[arg(long, value_name = "PATH", default_value = "pulumi")]
    pulumi: PathBuf,
    /// The plugin; by default the one beside this program.
    #[arg(long, value_name = "PATH")]
    plugin: Option<PathBuf>,
}

/// The organization and the project of the six stacks.
const ORGANIZATION: &str = "acme";
const PROJECT: &str = "dependency-example";

const STACKS: [&str; 6] = ["a", "b", "c", "d", "e", "f"];

/// The program of the announcement of AutoDeployer.
const PROGRAM: &str = include_str!("program.yaml");

/// Runs the demo; what it says goes to `out`, as does what the CLI says.
pub(crate) async fn run(arguments: Arguments, out: &mut impl Write) -> anyhow::Result<()> {
    let plugin = match arguments.plugin {
        Some(plugin) => plugin,
        None => stage::beside_us("pulumi-resource-auto-deploy")?,
    };
    let stage = Stage::set(arguments.pulumi, &plugin, ORGANIZATION).await?;
    let played = tokio::select! {
        played = play(&stage, out) => played,
        interrupted = tokio::signal::ctrl_c() => {
            interrupted.context("cannot listen for signals")?;
            Err(anyhow::anyhow!("interrupted; everything was cleaned up"))
        }
    };
    stage.clear().await;
    played
}

async fn play(stage: &Stage, out: &mut impl Write) -> anyhow::Result<()> {
    writeln!(
        out,
        "A local cloud runs at {}. It has six stacks, and these are to follow each other:\n",
        stage.url()
    )?;
    writeln!(
        out,
        "    a\n    ├── b\n    │   ├── d\n    │   ├── e\n    │   └── f\n    └── c\n"
    )?;
    for stack in STACKS {
        let path = format!("/api/stacks/{ORGANIZATION}/{PROJECT}");
        stage
            .ask(
                "POST",
                &path,
                Some(serde_json::json!({ "stackName": stack })),
            )
            .await?;
    }
    stage.write_program(PROGRAM)?;
    stage.pulumi(&["stack", "init", "demo"], out).await?;

    chapter(out, "Declare it: six AutoDeployers")?;
    stage
        .pulumi(&["up", "--yes", "--skip-preview"], out)
        .await?;

    chapter(out, "What the cloud has now: five webhooks")?;
    let hooks = list(stage, out).await?;

    chapter(out, "Again: nothing to do")?;
    stage
        .pulumi(&["up", "--yes", "--skip-preview"], out)
        .await?;

    chapter(
        out,
        "Somebody deletes a webhook by hand; a refresh sees it, and an update mends it",
    )?;
    if let Some(hook) = hooks.last() {
        writeln!(out, "DELETE {hook}\n")?;
        stage.ask("DELETE", hook, None).await?;
    }
    stage
        .pulumi(&["up", "--refresh", "--yes", "--skip-preview"], out)
        .await?;

    chapter(
        out,
        "Take it down: the stacks stay, and follow each other no longer",
    )?;
    stage
        .pulumi(&["destroy", "--yes", "--skip-preview"], out)
        .await?;
    list(stage, out).await?;

    chapter(out, "How to go on")?;
    write!(out, "{EPILOGUE}")?;
    Ok(())
}

/// Says which webhooks the cloud has; answers their paths.
async fn list(stage: &Stage, out: &mut impl Write) -> anyhow::Result<Vec<String>> {
    let mut paths = Vec::new();
    for stack in STACKS {
        let of_stack = format!("/api/stacks/{ORGANIZATION}/{PROJECT}/{stack}/hooks");
        let hooks = stage.ask("GET", &of_stack, None).await?;
        let mut lines: Vec<_> = hooks
            .as_array()
            .into_iter()
            .flatten()
            .map(|hook| (sentence(stack, hook), hook))
            .collect();
        lines.sort_by(|(left, _), (right, _)| left.cmp(right));
        for (line, hook) in lines {
            writeln!(out, "    {line}")?;
            paths.push(format!(
                "{of_stack}/{}",
                hook["name"].as_str().unwrap_or_default()
            ));
        }
    }
    if paths.is_empty() {
        writeln!(out, "    The cloud has no webhooks.")?;
    }
    Ok(paths)
}

const EPILOGUE: &str = "    README.md tells how to use the package in a program of your own.
    `target/release/auto-deploy cloud` starts a cloud like this one, to try things by hand.
    docs/moving-from-pulumi-auto-deploy.md is for those who have AutoDeployers already.

";

fn chapter(out: &mut impl Write, title: &str) -> std::io::Result<()> {
    writeln!(
        out,
        "\n── {title} {}\n",
        "─".repeat(76usize.saturating_sub(title.chars().count()))
    )?;
    out.flush()
}

/// A webhook as a person would say it.
fn sentence(stack: &str, hook: &Value) -> String {
    let text = |name: &str| hook[name].as_str().unwrap_or("?").to_owned();
    let filters: Vec<_> = hook["filters"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect();
    format!(
        "{PROJECT}/{stack}: {} starts {}   ({})",
        filters.join(", "),
        text("payloadUrl"),
        text("name")
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_webhook_reads_as_a_sentence() {
        let hook =
            serde_json::json!({"name": "x", "payloadUrl": "p/b", "filters": ["update_succeeded"]});
        assert_eq!(
            sentence("a", &hook),
            "dependency-example/a: update_succeeded starts p/b   (x)"
        );
    }
}
