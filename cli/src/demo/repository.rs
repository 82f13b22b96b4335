//! The git repositories from which the stacks of the demo are deployed, with a small program for each.

use anyhow::{Context as _, ensure};
use std::path::Path;
use tokio::process::Command;

/// A program in a repository.
#[derive(Clone, Debug)]
pub(super) struct Program {
    /// Its folder in the repository.
    pub(super) folder: &'static str,
    /// Its `Pulumi.yaml`.
    pub(super) text: String,
}

/// A change on a branch.
#[derive(Clone, Copy, Debug)]
pub(super) struct Change {
    pub(super) branch: &'static str,
    pub(super) message: &'static str,
}

/// Creates the repository in `folder`, with the branch `main` and one commit.
pub(super) async fn make(folder: &Path, programs: &[Program]) -> anyhow::Result<()> {
    for program in programs {
        write(folder, program)?;
    }
    git(folder, &["init", "--quiet", "--initial-branch=main"]).await?;
    record(folder, "Stacks that follow each other").await
}

/// Changes a program on the current branch.
pub(super) async fn commit(folder: &Path, message: &str, program: &Program) -> anyhow::Result<()> {
    write(folder, program)?;
    record(folder, message).await
}

/// Changes a program on a new branch, and returns to `main`.
pub(super) async fn change(
    folder: &Path,
    change: &Change,
    program: &Program,
) -> anyhow::Result<()> {
    git(folder, &["checkout", "--quiet", "-b", change.branch]).await?;
    commit(folder, change.message, program).await?;
    git(folder, &["checkout", "--quiet", "main"]).await
}

/// Merges a branch into `main`.
pub(super) async fn merge(folder: &Path, branch: &str) -> anyhow::Result<()> {
    git(folder, &["merge", "--quiet", "--ff-only", branch]).await
}

fn write(folder: &Path, program: &Program) -> anyhow::Result<()> {
    let place = folder.join(program.folder);
    std::fs::create_dir_all(&place).context("cannot make a folder")?;
    std::fs::write(place.join("Pulumi.yaml"), &program.text).context("cannot write a program")
}

async fn record(folder: &Path, message: &str) -> anyhow::Result<()> {
    git(folder, &["add", "."]).await?;
    git(folder, &["commit", "--quiet", "--message", message]).await
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
    // The user's own settings of git are not used.
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

    fn said(folder: &Path, arguments: &[&str]) -> String {
        let mut command = std::process::Command::new("git");
        let output = command
            .args(arguments)
            .current_dir(folder)
            .output()
            .unwrap();
        String::from_utf8(output.stdout).unwrap()
    }

    #[tokio::test]
    async fn a_repository_is_made_changed_and_merged() {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path();
        let program = |name, text: &str| Program {
            folder: name,
            text: text.to_owned(),
        };
        make(folder, &[program("a", "one"), program("b", "one")])
            .await
            .unwrap();
        let listed = said(folder, &["ls-tree", "-r", "--name-only", "main"]);
        assert_eq!(listed, "a/Pulumi.yaml\nb/Pulumi.yaml\n");
        let two = Change {
            branch: "next",
            message: "Two",
        };
        change(folder, &two, &program("a", "two")).await.unwrap();
        let text = |of: &str| said(folder, &["show", &format!("{of}:a/Pulumi.yaml")]);
        assert_eq!([text("main"), text("next")], ["one", "two"]);
        merge(folder, "next").await.unwrap();
        assert_eq!(text("main"), "two");
    }
}
