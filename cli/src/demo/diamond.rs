//! A diamond: the last stack runs once, after both stacks above it, and not at all while one of them has failed.

use super::cascade::{Cascade, Expected, Member};
use super::repository::{self, Program};
use super::stage::{ORGANIZATION, Stage, chapter};
use serde_json::json;
use std::io::Write;

/// The dependencies. Each stack is `prod` of its own project.
const STACKS: [(&str, &[&str]); 4] = [
    ("network", &[]),
    ("cluster", &["network"]),
    ("database", &["network"]),
    ("app", &["cluster", "database"]),
];

/// The program that conducts the join.
const WIRING: &str = "wiring";

/// Runs this part of the demo.
pub(super) async fn play(stage: &Stage, out: &mut impl Write) -> anyhow::Result<()> {
    chapter(out, "A diamond: app runs once, after both above it")?;
    writeln!(
        out,
        "    network ──► cluster ───┐\n       │                   ├──► app\n       └──────► database ──┘\n"
    )?;
    let mut programs: Vec<Program> = STACKS
        .iter()
        .map(|(name, upstream)| program(name, upstream))
        .collect();
    programs.push(wiring());
    let repository = stage.path("diamond");
    repository::make(&repository, &programs).await?;
    for (name, _) in STACKS {
        stage.make_stack("diamond", &path(name), name).await?;
    }
    writeln!(
        out,
        "Each is deployed for the first time, from its git repository:\n"
    )?;
    out.flush()?;
    first_deployments(stage, out).await?;
    stage
        .make_conductor("diamond", &path(WIRING), WIRING)
        .await?;
    writeln!(out, "\n{}", indented(&wiring().text))?;
    up(stage, WIRING, out).await?;

    chapter(out, "One update of network")?;
    let members = members();
    let cascade = Cascade::before(stage, &members).await?;
    up(stage, "network", out).await?;
    let mut all = Expected::from([
        ("cluster", ("succeeded", 1)),
        ("database", ("succeeded", 1)),
        ("app", ("succeeded", 1)),
        (WIRING, ("succeeded", 2)),
    ]);
    cascade.watch(Some("network"), &all, out).await?;

    chapter(out, "Now cluster fails: app waits, and can say why")?;
    let broken = Program {
        folder: "cluster",
        text: head("cluster") + "outputs:\n  said: ${missing}\n",
    };
    repository::commit(&repository, "Break cluster", &broken).await?;
    let cascade = Cascade::before(stage, &members).await?;
    up(stage, "network", out).await?;
    all.remove("app");
    all.insert("cluster", ("failed", 1));
    cascade.watch(Some("network"), &all, out).await?;
    writeln!(out)?;
    stage.auto_deploy(&["why", &path("app")], out).await?;

    chapter(out, "Fix it by hand: app runs, once")?;
    repository::commit(
        &repository,
        "Fix cluster",
        &program("cluster", &["network"]),
    )
    .await?;
    let cascade = Cascade::before(stage, &members).await?;
    up(stage, "cluster", out).await?;
    let rest = Expected::from([("app", ("succeeded", 1)), (WIRING, ("succeeded", 1))]);
    cascade.watch(Some("cluster"), &rest, out).await
}

/// `organization/project/stack`.
fn path(project: &str) -> String {
    format!("{ORGANIZATION}/{project}/prod")
}

fn head(name: &str) -> String {
    format!("name: {name}\nruntime: yaml\n")
}

/// Each program passes on the outputs of the stacks above it.
fn program(name: &'static str, upstream: &[&str]) -> Program {
    let reference = |upstream: &&str| {
        format!(
            "  {upstream}:\n    type: pulumi:pulumi:StackReference\n    properties: {{name: {}}}\n",
            path(upstream)
        )
    };
    let references: String = upstream.iter().map(reference).collect();
    let resources = if references.is_empty() {
        String::new()
    } else {
        format!("resources:\n{references}")
    };
    Program {
        folder: name,
        text: format!("{}{resources}outputs:\n  said: {name}\n", head(name)),
    }
}

/// The graph as a user declares it.
fn wiring() -> Program {
    let line = |(name, upstream): &(&str, &[&str])| {
        let upstream: Vec<String> = upstream.iter().map(|name| format!("{name}/prod")).collect();
        format!("        {name}/prod: [{}]\n", upstream.join(", "))
    };
    let dependencies: String = STACKS[1..].iter().map(line).collect();
    Program {
        folder: WIRING,
        text: format!(
            "{}resources:\n  graph:\n    type: auto-deploy:DependencyGraph\n    properties:\n      strategy: joined\n      dependencies:\n{dependencies}",
            head(WIRING)
        ),
    }
}

/// Updates a stack with the CLI.
async fn up(stage: &Stage, name: &str, out: &mut impl Write) -> anyhow::Result<()> {
    let (folder, path) = (format!("diamond/{name}"), path(name));
    let arguments = ["up", "--yes", "--skip-preview", "--stack", &path];
    stage.pulumi(&folder, &arguments, out).await
}

/// Deploys all stacks, upstream ones first.
async fn first_deployments(stage: &Stage, out: &mut impl Write) -> anyhow::Result<()> {
    for level in 0..=2 {
        let mut members = members();
        members.retain(|member| member.level == Some(level));
        let cascade = Cascade::before(stage, &members).await?;
        for member in &members {
            let path = format!("/api/stacks/{}/deployments", member.stack);
            let body = json!({"operation": "update"});
            stage.ask("POST", &path, Some(body)).await?;
        }
        let once = members.iter().map(|it| (it.name, ("succeeded", 1)));
        cascade.watch(None, &once.collect(), out).await?;
    }
    Ok(())
}

fn members() -> Vec<Member> {
    let member = |name: &'static str, level| Member {
        name,
        stack: path(name),
        level,
    };
    vec![
        member("network", Some(0)),
        member("cluster", Some(1)),
        member("database", Some(1)),
        member("app", Some(2)),
        member(WIRING, None),
    ]
}

fn indented(text: &str) -> String {
    let lines: Vec<String> = text.lines().map(|line| format!("    {line}")).collect();
    lines.join("\n") + "\n"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_graph_is_that_of_the_picture() {
        let expected = "\
name: wiring
runtime: yaml
resources:
  graph:
    type: auto-deploy:DependencyGraph
    properties:
      strategy: joined
      dependencies:
        cluster/prod: [network/prod]
        database/prod: [network/prod]
        app/prod: [cluster/prod, database/prod]
";
        assert_eq!(wiring().text, expected);
        assert!(
            program("app", &["cluster"])
                .text
                .contains("acme/cluster/prod")
        );
    }
}
