//! The git repository that the stacks of the demo are deployed from: one small program for each.

use super::stacks::{PROJECT, STACKS};
use anyhow::{Context as _, ensure};
use std::path::Path;
use tokio::process::Command;

/// Makes the repository in `folder`, with the branch `main` and one commit.
pub(super) async fn make(folder: &Path, organization: &str) -> anyhow::Result<()> {
    for (stack, upstream) in STACKS {
        let program = folder.join(stack);
        std::fs::create_dir_all(&program).context("cannot make a folder")?;
        std::fs::write(
            program.join("Pulumi.yaml"),
            program_of(stack, upstream, organization),
        )
        .context("cannot write a program")?;
    }
    git(folder, &["init", "--quiet", "--initial-branch=main"]).await?;
    git(folder, &["add", "."]).await?;
    git(
        folder,
        &[
            "commit",
            "--quiet",
            "--message=Six stacks that follow each other",
        ],
    )
    .await
}

/// The first stack has a value; each other takes it over from the one that it follows.
fn program_of(stack: &str, upstream: Option<&str>, organization: &str) -> String {
    let head =
        format!("name: {PROJECT}\nruntime: yaml\ndescription: The stack {stack} of the demo\n");
    match upstream {
        None => format!(
            "{head}config:\n  release: {{type: string, default: first}}\noutputs:\n  release: ${{release}}\n"
        ),
        Some(upstream) => format!(
            "{head}resources:\n  upstream:\n    type: pulumi:pulumi:StackReference\n    properties: {{name: {organization}/{PROJECT}/{upstream}}}\n\
             outputs:\n  release: ${{upstream.outputs[\"release\"]}}\n"
        ),
    }
}

async fn git(folder: &Path, arguments: &[&str]) -> anyhow::Result<()> {
    let mut command = Command::new("git");
    command.args([
        "-c",
        "user.name=demo",
        "-c",
        "user.email=demo@localhost",
        "-c",
        "commit.gpgsign=false",
    ]);
    command
        .args(arguments)
        .current_dir(folder)
        .kill_on_drop(true);
    // Whatever the person has set for git elsewhere stays out of it.
    command
        .env("GIT_CONFIG_GLOBAL", folder.join("none"))
        .env("GIT_CONFIG_NOSYSTEM", "1");
    let output = command
        .output()
        .await
        .context("cannot run git; is it installed?")?;
    let said = String::from_utf8_lossy(&output.stderr);
    ensure!(
        output.status.success(),
        "git {} did not succeed: {}",
        arguments[0],
        said.trim()
    );
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_repository_has_one_commit_with_six_programs() {
        let folder = tempfile::tempdir().unwrap();
        make(folder.path(), "acme").await.unwrap();
        let listed = std::process::Command::new("git")
            .args(["ls-tree", "-r", "--name-only", "main"])
            .current_dir(folder.path())
            .output()
            .unwrap();
        let expected: Vec<String> = STACKS
            .iter()
            .map(|(stack, _)| format!("{stack}/Pulumi.yaml"))
            .collect();
        assert_eq!(
            String::from_utf8(listed.stdout)
                .unwrap()
                .lines()
                .collect::<Vec<_>>(),
            expected
        );
        assert!(program_of("b", Some("a"), "acme").contains("acme/dependency-example/a"));
    }
}
