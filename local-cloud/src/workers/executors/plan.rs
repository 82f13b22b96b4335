//! The commands of a deployment.
//!
//! # What this may not do
//!
//! Start anything, or read files: these are pure functions.

use crate::domain::deployments::{Git, Operation, View};
use crate::domain::stacks::StackPath;

/// A step of a deployment, as its log shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct StepPlan {
    pub(super) name: String,
    pub(super) commands: Vec<CommandPlan>,
}

/// A command of a step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct CommandPlan {
    pub(super) program: Program,
    pub(super) arguments: Vec<String>,
}

/// The program of a command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Program {
    /// Git, in the parent of the folder for the source.
    Clone,
    /// Git, in the folder of the source.
    Git,
    /// The Pulumi CLI, in the folder of the program.
    Pulumi,
    /// A shell, in the folder of the program.
    Shell(String),
}

impl CommandPlan {
    fn new(program: Program, arguments: &[&str]) -> CommandPlan {
        let arguments = arguments.iter().map(|text| (*text).to_owned()).collect();
        CommandPlan { program, arguments }
    }
}

/// The steps of a deployment. `source` is the name of the folder for the source.
pub(super) fn plan(
    view: &View,
    git: &Git,
    operation: Operation,
    stack: &StackPath,
    source: &str,
) -> Vec<StepPlan> {
    let mut steps = vec![get_source(git, source)];
    let context = &view.operation_context;
    if !context.pre_run_commands.is_empty() {
        let shell = match context.options.shell.as_str() {
            "" => "sh",
            shell => shell,
        };
        let run =
            |command: &String| CommandPlan::new(Program::Shell(shell.into()), &["-c", command]);
        steps.push(StepPlan {
            name: "Pre-run commands".to_owned(),
            commands: context.pre_run_commands.iter().map(run).collect(),
        });
    }
    if !context.options.skip_install_dependencies {
        let install = CommandPlan::new(Program::Pulumi, &["install", "--non-interactive"]);
        steps.push(StepPlan {
            name: "Install dependencies".to_owned(),
            commands: vec![install],
        });
    }
    let removes = context.options.delete_after_destroy;
    steps.push(StepPlan {
        // Clients that follow the log recognize the last step by this name.
        name: format!("pulumi {}", operation.as_str()),
        commands: vec![operate(operation, &stack.to_string(), removes)],
    });
    steps
}

fn get_source(git: &Git, source: &str) -> StepPlan {
    let mut clone = vec!["clone".to_owned()];
    if git.commit.is_empty() {
        let named = [&git.branch, &git.tag]
            .into_iter()
            .find(|name| !name.is_empty());
        if let Some(name) = named {
            let name = ["refs/heads/", "refs/tags/"]
                .iter()
                .find_map(|prefix| name.strip_prefix(prefix))
                .unwrap_or(name);
            clone.extend(["--single-branch".to_owned(), format!("--branch={name}")]);
        }
    } else {
        clone.push("--no-checkout".to_owned());
    }
    clone.extend(["--".to_owned(), git.repo_url.clone(), source.to_owned()]);
    let mut commands = vec![CommandPlan {
        program: Program::Clone,
        arguments: clone,
    }];
    if !git.commit.is_empty() {
        let checkout = ["checkout", "--detach", git.commit.as_str()];
        commands.push(CommandPlan::new(Program::Git, &checkout));
    }
    let show = ["log", "--max-count=1", "--format=commit %H%n%s"];
    commands.push(CommandPlan::new(Program::Git, &show));
    StepPlan {
        name: "Get source".to_owned(),
        commands,
    }
}

fn operate(operation: Operation, stack: &str, removes: bool) -> CommandPlan {
    // There would be a preview first, and webhooks would report it.
    let mut arguments = match operation {
        Operation::Update => vec!["up", "--yes", "--skip-preview"],
        Operation::Preview => vec!["preview"],
        Operation::Refresh => vec!["refresh", "--yes", "--skip-preview"],
        Operation::Destroy => vec!["destroy", "--yes", "--skip-preview"],
    };
    if removes && operation == Operation::Destroy {
        arguments.push("--remove");
    }
    arguments.extend(["--non-interactive", "--stack", stack]);
    CommandPlan::new(Program::Pulumi, &arguments)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::deployments::DeploymentSettings;
    use insta::assert_snapshot;
    use serde_json::json;
    use std::fmt::Write as _;

    fn check(operation: Operation, settings: serde_json::Value) -> String {
        let settings = DeploymentSettings::from_kept(&settings.to_string()).unwrap();
        let view = settings.view().unwrap();
        let stack = StackPath {
            organization: "acme".into(),
            project: "web".into(),
            stack: "dev".into(),
        };
        let steps = plan(&view, &view.source().unwrap(), operation, &stack, "source");
        let mut text = String::new();
        for step in steps {
            writeln!(text, "{}", step.name).unwrap();
            for command in step.commands {
                writeln!(
                    text,
                    "  {:?} {}",
                    command.program,
                    command.arguments.join(" ")
                )
                .unwrap();
            }
        }
        text
    }

    #[test]
    fn an_update_of_a_branch() {
        let settings = json!({
            "sourceContext": {"git": {"repoUrl": "file:///r", "branch": "refs/heads/main"}},
            "operationContext": {"preRunCommands": ["echo hi", "true"]},
        });
        assert_snapshot!(check(Operation::Update, settings), @r#"
        Get source
          Clone clone --single-branch --branch=main -- file:///r source
          Git log --max-count=1 --format=commit %H%n%s
        Pre-run commands
          Shell("sh") -c echo hi
          Shell("sh") -c true
        Install dependencies
          Pulumi install --non-interactive
        pulumi update
          Pulumi up --yes --skip-preview --non-interactive --stack acme/web/dev
        "#);
    }

    #[test]
    fn a_destroy_of_a_commit() {
        let settings = json!({
            "sourceContext": {"git": {"repoUrl": "/r", "commit": "abcd"}},
            "operationContext": {"options": {"skipInstallDependencies": true, "deleteAfterDestroy": true}},
        });
        assert_snapshot!(check(Operation::Destroy, settings), @r#"
        Get source
          Clone clone --no-checkout -- /r source
          Git checkout --detach abcd
          Git log --max-count=1 --format=commit %H%n%s
        pulumi destroy
          Pulumi destroy --yes --skip-preview --remove --non-interactive --stack acme/web/dev
        "#);
    }

    #[test]
    fn a_preview_of_the_default_branch() {
        let settings = json!({
            "sourceContext": {"git": {"repoUrl": "/r"}},
            "operationContext": {"preRunCommands": ["true"],
                "options": {"skipInstallDependencies": true, "shell": "bash"}},
        });
        assert_snapshot!(check(Operation::Preview, settings), @r#"
        Get source
          Clone clone -- /r source
          Git log --max-count=1 --format=commit %H%n%s
        Pre-run commands
          Shell("bash") -c true
        pulumi preview
          Pulumi preview --non-interactive --stack acme/web/dev
        "#);
    }
}
