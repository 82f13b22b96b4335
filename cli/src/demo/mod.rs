//! `auto-deploy demo`: the real Pulumi CLI and our plugin against a local cloud, to watch.

mod cascade;
mod repository;
mod stacks;
mod stage;

use anyhow::Context as _;
use serde_json::{Value, json};
use stacks::{ORGANIZATION, PROJECT, STACKS};
use stage::Stage;
use std::io::Write;
use std::path::PathBuf;
use std::time::Instant;

/// Watch the Pulumi CLI deploy a graph of six stacks against a cloud on this machine
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

/// The program of the announcement of AutoDeployer.
const PROGRAM: &str = include_str!("program.yaml");

/// Runs the demo; what it says goes to `out`, as does what the CLI says. However it ends, no process and no folder is
/// left.
pub(crate) async fn run(arguments: Arguments, out: &mut impl Write) -> anyhow::Result<()> {
    let plugin = match arguments.plugin {
        Some(plugin) => plugin,
        None => stage::beside_us("pulumi-resource-auto-deploy")?,
    };
    // From here on, a signal ends the demo in good order, also before it has begun to play.
    let end = crate::signals::end_with_terminal().context("cannot listen for signals")?;
    let stage = Stage::set(arguments.pulumi, &plugin, ORGANIZATION).await?;
    let played = tokio::select! {
        played = play(&stage, out) => played,
        () = stage.interrupted(end) => Err(anyhow::anyhow!("interrupted")),
    };
    stage.clear().await;
    played?;
    writeln!(
        out,
        "6 updates, each stack exactly once, in order. No process and no folder is left of it."
    )?;
    Ok(())
}

async fn play(stage: &Stage, out: &mut impl Write) -> anyhow::Result<()> {
    writeln!(
        out,
        "A Pulumi Cloud of your own runs at {}. Its page shows what happens here:\n",
        stage.url()
    )?;
    writeln!(out, "    {}\n", stage.page()?)?;
    writeln!(out, "Six stacks are to follow each other:\n")?;
    writeln!(
        out,
        "    a\n    ├── b\n    │   ├── d\n    │   ├── e\n    │   └── f\n    └── c\n"
    )?;
    stage
        .pulumi("program", &["login", stage.url()], out)
        .await?;
    prepare_stacks(stage, out).await?;

    chapter(out, "Declare it: six AutoDeployers")?;
    stage.write_program(PROGRAM)?;
    let wiring = format!("{ORGANIZATION}/demo");
    stage
        .pulumi("program", &["stack", "init", &wiring], out)
        .await?;
    stage
        .pulumi("program", &["up", "--yes", "--skip-preview"], out)
        .await?;

    chapter(out, "What the cloud has now: five webhooks")?;
    list(stage, out).await?;

    chapter(out, "Update the first stack, and watch the others follow")?;
    let first = format!("{ORGANIZATION}/{PROJECT}/a");
    let begin = Instant::now();
    stage
        .pulumi(
            "repository/a",
            &["up", "--yes", "--skip-preview", "--stack", &first],
            out,
        )
        .await?;
    cascade::watch(stage, begin, out).await?;
    let last = format!("{ORGANIZATION}/{PROJECT}/f");
    stage
        .pulumi(
            "repository/f",
            &["stack", "output", "release", "--stack", &last],
            out,
        )
        .await?;

    chapter(out, "The wiring again: nothing to do")?;
    stage
        .pulumi("program", &["up", "--yes", "--skip-preview"], out)
        .await?;
    chapter(out, "How to go on")?;
    write!(out, "{EPILOGUE}")?;
    Ok(())
}

/// Makes the stacks, and tells the cloud where their programs are.
async fn prepare_stacks(stage: &Stage, out: &mut impl Write) -> anyhow::Result<()> {
    let repository = stage.path("repository");
    std::fs::create_dir(&repository).context("cannot make a folder")?;
    repository::make(&repository, ORGANIZATION).await?;
    for (stack, _) in STACKS {
        let project = format!("/api/stacks/{ORGANIZATION}/{PROJECT}");
        stage
            .ask("POST", &project, Some(json!({ "stackName": stack })))
            .await?;
        let source =
            json!({"git": {"repoUrl": repository, "branch": "refs/heads/main", "repoDir": stack}});
        let operation = json!({"options": {"skipInstallDependencies": true}});
        let settings = json!({"sourceContext": source, "operationContext": operation});
        stage
            .ask(
                "PUT",
                &format!("{project}/{stack}/deployments/settings"),
                Some(settings),
            )
            .await?;
    }
    writeln!(
        out,
        "\nEach stack has deployment settings: its program is in a git repository in a temporary folder."
    )?;
    Ok(())
}

/// Says which webhooks the cloud has.
async fn list(stage: &Stage, out: &mut impl Write) -> anyhow::Result<()> {
    for (stack, _) in STACKS {
        let path = format!("/api/stacks/{ORGANIZATION}/{PROJECT}/{stack}/hooks");
        let webhooks = stage.ask("GET", &path, None).await?;
        let mut lines: Vec<_> = webhooks
            .as_array()
            .into_iter()
            .flatten()
            .map(|webhook| sentence(stack, webhook))
            .collect();
        lines.sort();
        for line in lines {
            writeln!(out, "    {line}")?;
        }
    }
    Ok(())
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
fn sentence(stack: &str, webhook: &Value) -> String {
    let text = |name: &str| webhook[name].as_str().unwrap_or("?").to_owned();
    let filters: Vec<_> = webhook["filters"]
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
        let webhook =
            serde_json::json!({"name": "x", "payloadUrl": "p/b", "filters": ["update_succeeded"]});
        assert_eq!(
            sentence("a", &webhook),
            "dependency-example/a: update_succeeded starts p/b   (x)"
        );
    }
}
