//! The tree of the announcement: six stacks and five webhooks. No stack waits for several others.

use super::cascade::{Cascade, Member, history, time};
use super::repository::{self, Change, Program};
use super::stage::{ORGANIZATION, Stage, chapter};
use anyhow::ensure;
use serde_json::Value;
use std::collections::BTreeMap;
use std::io::Write;

/// The project of the six stacks.
const PROJECT: &str = "dependency-example";

/// Each stack, and the one that it follows.
const STACKS: [(&str, Option<&str>); 6] = [
    ("a", None),
    ("b", Some("a")),
    ("c", Some("a")),
    ("d", Some("b")),
    ("e", Some("b")),
    ("f", Some("b")),
];

/// The program of the announcement of AutoDeployer.
const PROGRAM: &str = include_str!("program.yaml");

/// The branch with the previewed change.
const BRANCH: &str = "next";

/// The first version of the Pulumi CLI with coherence windows, which the preview of a cascade needs: the number after `3.`.
const WINDOWS_SINCE: u32 = 269;

/// Runs this part of the demo.
pub(super) async fn play(stage: &Stage, out: &mut impl Write) -> anyhow::Result<()> {
    writeln!(out, "Six stacks are to follow each other:\n")?;
    writeln!(
        out,
        "    a\n    ├── b\n    │   ├── d\n    │   ├── e\n    │   └── f\n    └── c\n"
    )?;
    let programs = STACKS.map(|(stack, upstream)| program(stack, upstream, "first"));
    repository::make(&stage.path("tree"), &programs).await?;
    for (stack, _) in STACKS {
        stage.make_stack("tree", &path(stack), stack).await?;
    }
    writeln!(
        out,
        "Each has deployment settings: its program is in a git repository in a temporary folder."
    )?;

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
    update_the_first(stage, out).await?;

    chapter(out, "What would a change do below? Ask before it is merged")?;
    let change = Change {
        branch: BRANCH,
        message: "Release the second",
    };
    repository::change(&stage.path("tree"), &change, &program("a", None, "second")).await?;
    let title = if preview(stage, out).await? {
        "Merge it: what was predicted happens"
    } else {
        "Merge it: the others follow again"
    };

    chapter(out, title)?;
    repository::merge(&stage.path("tree"), BRANCH).await?;
    update_the_first(stage, out).await?;

    chapter(out, "The wiring again: nothing to do")?;
    stage
        .pulumi("program", &["up", "--yes", "--skip-preview"], out)
        .await
}

/// Previews the change, if the CLI can do that; returns whether it did.
async fn preview(stage: &Stage, out: &mut impl Write) -> anyhow::Result<bool> {
    let version = stage.cli_version().await?;
    if !has_windows(&version) {
        writeln!(
            out,
            "The preview of a cascade needs the Pulumi CLI 3.{WINDOWS_SINCE} or newer. This one is {version}, so it is left out."
        )?;
        return Ok(false);
    }
    let first = path("a");
    let preview = ["preview", &first, "--branch", BRANCH, "--show-values"];
    stage.auto_deploy(&preview, out).await?;
    Ok(true)
}

/// Whether this version of the Pulumi CLI has coherence windows.
fn has_windows(version: &str) -> bool {
    let parts = version.split(['.', '-']);
    let mut numbers = parts.map_while(|part| part.parse::<u32>().ok());
    (numbers.next(), numbers.next()) >= (Some(3), Some(WINDOWS_SINCE))
}

/// `organization/project/stack`.
fn path(stack: &str) -> String {
    format!("{ORGANIZATION}/{PROJECT}/{stack}")
}

/// The first stack has a value, and each other stack copies it from the one that it follows.
fn program(stack: &'static str, upstream: Option<&str>, release: &str) -> Program {
    let head =
        format!("name: {PROJECT}\nruntime: yaml\ndescription: The stack {stack} of the demo\n");
    let text = match upstream {
        None => format!("{head}outputs:\n  release: {release}\n"),
        Some(upstream) => format!(
            "{head}resources:\n  upstream:\n    type: pulumi:pulumi:StackReference\n    properties: {{name: {}}}\n\
             outputs:\n  release: ${{upstream.outputs[\"release\"]}}\n",
            path(upstream)
        ),
    };
    Program {
        folder: stack,
        text,
    }
}

/// The distance of a stack from the first one.
fn level(stack: &str) -> usize {
    let upstream = STACKS
        .iter()
        .find(|(name, _)| *name == stack)
        .and_then(|(_, upstream)| *upstream);
    upstream.map_or(0, |upstream| level(upstream) + 1)
}

/// Updates the first stack, watches the others follow, and shows the value that has arrived at the last one.
async fn update_the_first(stage: &Stage, out: &mut impl Write) -> anyhow::Result<()> {
    let members: Vec<Member> = STACKS[1..]
        .iter()
        .map(|(stack, _)| Member {
            name: stack,
            stack: path(stack),
            level: Some(level(stack)),
        })
        .collect();
    let cascade = Cascade::before(stage, &members).await?;
    let before = histories(stage).await?;
    stage
        .pulumi(
            "tree/a",
            &["up", "--yes", "--skip-preview", "--stack", &path("a")],
            out,
        )
        .await?;
    let once = members.iter().map(|it| (it.name, ("succeeded", 1)));
    cascade.watch(Some("a"), &once.collect(), out).await?;
    verify(&before, &histories(stage).await?)?;
    let output = ["stack", "output", "release", "--stack", &path("f")];
    stage.pulumi("tree/f", &output, out).await
}

/// The updates of each stack, as reported by the cloud.
async fn histories(stage: &Stage) -> anyhow::Result<BTreeMap<&'static str, Value>> {
    let mut found = BTreeMap::new();
    for (stack, _) in STACKS {
        found.insert(stack, history(stage, &path(stack)).await?);
    }
    Ok(found)
}

/// Verifies the cascade: each stack was updated once, and after the one that it follows.
fn verify(before: &BTreeMap<&str, Value>, after: &BTreeMap<&str, Value>) -> anyhow::Result<()> {
    let n_updates = |of: &BTreeMap<&str, Value>, stack| of[stack].as_array().map_or(0, Vec::len);
    for (stack, upstream) in STACKS {
        let n_new = n_updates(after, stack) - n_updates(before, stack);
        ensure!(n_new == 1, "{stack} was updated {n_new} times");
        let Some(upstream) = upstream else { continue };
        ensure!(
            time(&after[stack], stack, "startTime")?
                >= time(&after[upstream], upstream, "endTime")?,
            "{stack} was updated before {upstream} was done"
        );
    }
    Ok(())
}

/// Prints the webhooks on the cloud.
async fn list(stage: &Stage, out: &mut impl Write) -> anyhow::Result<()> {
    for (stack, _) in STACKS {
        let path = format!("/api/stacks/{}/hooks", path(stack));
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

/// A webhook in words.
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
    use serde_json::json;
    use testkit::since;

    #[test]
    fn old_clis_have_no_windows() {
        assert_eq!(WINDOWS_SINCE, since::COHERENCE_WINDOWS.since);
        for version in ["3.269.0", "3.276.0", "3.300.0-alpha.1", "4.0.0"] {
            assert!(has_windows(version), "{version}");
        }
        for version in ["3.200.0", "3.268.1", "3.9.0", "2.300.0", ""] {
            assert!(!has_windows(version), "{version}");
        }
    }

    #[test]
    fn a_webhook_reads_as_a_sentence() {
        let webhook = json!({"name": "x", "payloadUrl": "p/b", "filters": ["update_succeeded"]});
        assert_eq!(
            sentence("a", &webhook),
            "dependency-example/a: update_succeeded starts p/b   (x)"
        );
        assert_eq!(STACKS.map(|(stack, _)| level(stack)), [0, 1, 1, 2, 2, 2]);
    }

    #[test]
    fn each_stack_once_and_in_order() {
        let history = |start: i64, end: i64| json!([{"startTime": start, "endTime": end}]);
        let none = BTreeMap::from(STACKS.map(|(stack, _)| (stack, json!([]))));
        let mut found = BTreeMap::from(STACKS.map(|(stack, _)| {
            let begin = i64::try_from(level(stack)).unwrap();
            (stack, history(begin, begin + 1))
        }));
        verify(&none, &found).unwrap();
        found.insert("d", history(1, 3));
        let said = |found: &BTreeMap<&str, Value>| verify(&none, found).unwrap_err().to_string();
        assert_eq!(said(&found), "d was updated before b was done");
        found.insert("d", json!([{}, {}]));
        assert_eq!(said(&found), "d was updated 2 times");
    }
}
