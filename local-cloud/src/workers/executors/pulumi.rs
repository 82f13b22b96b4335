//! Runs deployments: clones the source, and runs the real Pulumi CLI.

use super::error::RunError;
use super::git_auth::Credentials;
use super::mask::Mask;
use super::plan::{CommandPlan, Program, StepPlan, plan};
use super::process::{ProcessError, Processes};
use super::transcript::Transcript;
use super::workplace::{SOURCE, Workplace, search_path};
use crate::app::{App, abandoned};
use crate::domain::deployments::{Git, Text, View, open_secret};
use crate::parts::{ExecutorSettings, Stop, log, new_token};
use crate::store::Job;
use secrecy::ExposeSecret as _;
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io;
use std::path::PathBuf;
use std::time::SystemTime;
use tokio::process::Command;

/// The prefixes of variables that a deployment must not inherit from the cloud: tokens and folders of the user who started
/// it, and settings of git.
const FOREIGN: [&str; 3] = ["PULUMI_", "AUTO_DEPLOY_", "GIT_"];

/// The protocols that git may use, which exclude commands (`ext::`) and descriptors (`fd::`) in URLs.
const PROTOCOLS: &str = "file:git:http:https:ssh";

/// What is known about a deployment before its first step.
struct Prepared {
    settings: View,
    git: Git,
    credentials: Credentials,
    /// The variables in the settings, as plain text.
    variables: BTreeMap<String, String>,
    token: String,
    mask: Mask,
}

/// Runs a deployment; returns whether it succeeded.
pub(super) async fn run(app: &App, job: &Job, stop: &Stop) -> Result<bool, RunError> {
    let prepared = prepare(app, job)?;
    let uid = job.deployment.uid.clone();
    app.running().let_in(&uid, &prepared.token);
    let mut transcript = Transcript::new(app, job.row, prepared.mask.clone());
    let (data, name) = (app.executor().data.clone(), uid.clone());
    let workplace = blocking(move || Workplace::new(&data, &name)).await?;
    let processes = Processes::new(uid, prepared.mask.clone());
    let run = Run {
        app,
        prepared: &prepared,
        workplace: &workplace,
        processes: &processes,
        stop,
    };
    let is_success = run.steps(job, &mut transcript).await;
    // Processes first: one that continues could write into the folder while it is deleted.
    blocking(move || {
        drop(processes);
        drop(workplace);
        Ok(())
    })
    .await?;
    is_success
}

fn prepare(app: &App, job: &Job) -> Result<Prepared, RunError> {
    let settings = job.settings.view()?;
    let mut git = settings.source().ok_or(RunError::NoSource)?;
    let mut secrets = Vec::new();
    let mut open = |text: &Text| -> Result<String, RunError> {
        match text {
            Text::Plain(text) => Ok(text.clone()),
            Text::Sealed { ciphertext } => {
                let opened = open_secret(app.secrets(), &job.stack_uid, ciphertext)?;
                secrets.push(opened.expose_secret().to_owned());
                Ok(opened.expose_secret().to_owned())
            }
        }
    };
    let mut variables = BTreeMap::new();
    for (name, text) in &settings.operation_context.environment_variables {
        variables.insert(name.clone(), open(text)?);
    }
    let auth = &git.authorization;
    let mut maybe = |text: &Option<Text>| text.as_ref().map(&mut open).transpose();
    let mut credentials = Credentials {
        access_token: maybe(&auth.access_token)?,
        user_name: maybe(&auth.basic_auth.user_name)?,
        password: maybe(&auth.basic_auth.password)?,
        ssh_key: maybe(&auth.ssh_auth.ssh_private_key)?,
        ssh_password: maybe(&auth.ssh_auth.password)?,
        hidden: None,
    };
    let url = credentials.take_from(&git.repo_url);
    let token = new_token()?;
    secrets.push(token.clone());
    secrets.extend(credentials.secrets());
    let mask = Mask::new(secrets.iter().map(String::as_str));
    git.repo_url = url;
    Ok(Prepared {
        settings,
        git,
        credentials,
        variables,
        token,
        mask,
    })
}

/// A deployment in progress.
struct Run<'a> {
    app: &'a App,
    prepared: &'a Prepared,
    workplace: &'a Workplace,
    processes: &'a Processes,
    stop: &'a Stop,
}

impl Run<'_> {
    /// Runs the steps until one fails.
    async fn steps(&self, job: &Job, transcript: &mut Transcript<'_>) -> Result<bool, RunError> {
        let Prepared { settings, git, .. } = self.prepared;
        let deployment = &job.deployment;
        let steps = plan(
            settings,
            git,
            deployment.operation,
            &deployment.stack,
            SOURCE,
        );
        for step in steps {
            transcript.begin(&step.name).await?;
            let taken = self.take(&step, transcript).await;
            if let Err(error) = &taken {
                let why = match error {
                    RunError::Process(ProcessError::Stopped) => {
                        format!("stopped: {}", self.stop.reason())
                    }
                    error => log::chain(error),
                };
                transcript.say(&why).await?;
            }
            transcript.end(taken.is_ok()).await?;
            if taken.is_err() {
                return Ok(false);
            }
        }
        Ok(true)
    }

    async fn take(&self, step: &StepPlan, transcript: &mut Transcript<'_>) -> Result<(), RunError> {
        for plan in &step.commands {
            let command = self.command(plan)?;
            if plan.program != Program::Git {
                transcript.say(&shown(plan)).await?;
            }
            self.processes
                .run(command, self.stop.token(), transcript)
                .await?;
        }
        Ok(())
    }

    fn command(&self, plan: &CommandPlan) -> Result<Command, RunError> {
        let executor = self.app.executor();
        let Prepared { git, .. } = self.prepared;
        let mut command = match &plan.program {
            Program::Clone => {
                let mut command = Command::new("git");
                self.own_environment(&mut command, executor);
                command.current_dir(self.workplace.root());
                let given = self
                    .prepared
                    .credentials
                    .environment(&git.repo_url, self.workplace);
                command.envs(given.map_err(RunError::Folder)?);
                command
            }
            Program::Git => {
                let mut command = Command::new("git");
                self.own_environment(&mut command, executor);
                command.current_dir(self.workplace.source());
                command
            }
            Program::Pulumi => self.in_program(executor.pulumi.clone().into(), executor)?,
            Program::Shell(shell) => self.in_program(shell.into(), executor)?,
        };
        command.args(&plan.arguments);
        Ok(command)
    }

    /// A command in the folder of the program, with the environment in the settings.
    fn in_program(
        &self,
        program: OsString,
        executor: &ExecutorSettings,
    ) -> Result<Command, RunError> {
        let folder = &self.prepared.git.repo_dir;
        let folder = self
            .workplace
            .program(folder)
            .map_err(|source| RunError::Program {
                folder: folder.clone(),
                source,
            })?;
        let mut command = Command::new(program);
        command.current_dir(folder);
        self.own_environment(&mut command, executor);
        let base_url = self.app.base_url();
        command.env("PULUMI_BACKEND_URL", &base_url);
        if let Some((_, host)) = base_url.split_once("://") {
            // Links in the output lead to this cloud.
            command.env("PULUMI_CONSOLE_DOMAIN", host);
        }
        command.env("PULUMI_ACCESS_TOKEN", &self.prepared.token);
        command.env("PULUMI_HOME", self.workplace.home());
        command.env("PULUMI_SKIP_UPDATE_CHECK", "true");
        command.env("NO_COLOR", "1");
        command.envs(&self.prepared.variables);
        Ok(command)
    }

    /// The environment of the cloud, without what belongs to the user who started it.
    fn own_environment(&self, command: &mut Command, executor: &ExecutorSettings) {
        for (name, _) in std::env::vars_os() {
            let is_foreign = |prefix: &&str| name.to_string_lossy().starts_with(*prefix);
            if FOREIGN.iter().any(is_foreign) {
                command.env_remove(name);
            }
        }
        let first = executor.folder.as_deref();
        command.env("PATH", search_path(first, executor.path.clone()));
        command.env("TMPDIR", self.workplace.temporary());
        command.env("GIT_TERMINAL_PROMPT", "0");
        command.env("GIT_ALLOW_PROTOCOL", PROTOCOLS);
    }
}

/// A command in the form of the log.
fn shown(plan: &CommandPlan) -> String {
    match &plan.program {
        Program::Shell(_) => format!("$ {}", plan.arguments.get(1).map_or("", String::as_str)),
        Program::Pulumi => format!("$ pulumi {}", plan.arguments.join(" ")),
        Program::Clone | Program::Git => format!("$ git {}", plan.arguments.join(" ")),
    }
}

/// Removes what deployments of a previous process left behind.
pub(super) async fn clear(data: PathBuf, uids: Vec<String>) {
    let cleared = blocking(move || {
        for uid in uids {
            super::process::kill_marked(&uid);
        }
        super::workplace::remove_leftovers(&data);
        Ok(())
    });
    // It only fails if it panics, which only code of others could do.
    let _ = cleared.await;
}

/// Ends what deployments of killed clouds left behind whose temporary folders are in `parent`, and deletes those folders.
pub(super) async fn clear_abandoned(parent: PathBuf, now: SystemTime) {
    let cleared = blocking(move || {
        for folder in abandoned(&parent, now) {
            for uid in super::workplace::left_in(&folder.path) {
                super::process::kill_marked(&uid);
            }
            super::workplace::remove(&folder.path);
        }
        Ok(())
    });
    // See above.
    let _ = cleared.await;
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> Result<T, RunError> {
    let done = tokio::task::spawn_blocking(work).await;
    done.map_err(|_| RunError::GivenUp)?
        .map_err(RunError::Folder)
}

#[cfg(all(test, target_os = "linux"))]
#[expect(
    clippy::unwrap_used,
    reason = "the helpers are part of the tests: they end where something unexpected happens"
)]
mod tests {
    use super::*;
    use crate::parts::Executor;
    use std::fs::File;
    use std::os::unix::process::ExitStatusExt as _;
    use std::path::Path;
    use std::process::{Child, Command as StdCommand};
    use std::time::Duration;

    /// A process of a deployment whose folder is in this data folder.
    fn process_of_a_deployment(data: &Path, uid: &str) -> Child {
        let workplace = Workplace::new(data, uid).unwrap();
        std::mem::forget(workplace);
        let mut command = StdCommand::new("sleep");
        command.arg("1000").env("LOCAL_CLOUD_DEPLOYMENT", uid);
        command.spawn().unwrap()
    }

    /// A temporary folder of a cloud that no longer exists.
    fn left_behind(parent: &Path, name: &str, files: &[&str]) -> PathBuf {
        let folder = parent.join(name);
        std::fs::create_dir(&folder).unwrap();
        for file in files {
            File::create(folder.join(file)).unwrap();
        }
        folder
    }

    /// When the lock file of a folder was last written.
    fn modified(folder: &Path) -> SystemTime {
        let lock = folder.join("lock").metadata().unwrap();
        lock.modified().unwrap()
    }

    #[tokio::test]
    async fn what_a_killed_cloud_has_left_goes_when_another_begins() {
        let parent = tempfile::tempdir().unwrap();
        let mark = |name: &str| format!("{name}-{}", uuid::Uuid::new_v4());
        let left = left_behind(parent.path(), "local-cloud-left", &["lock", "temporary"]);
        let mut ended = process_of_a_deployment(&left, &mark("left"));
        // One that is running, one that a user keeps, and one of another user.
        let alive = left_behind(parent.path(), "local-cloud-alive", &["temporary"]);
        let lock = File::create(alive.join("lock")).unwrap();
        lock.lock().unwrap();
        let mut spared = process_of_a_deployment(&alive, &mark("alive"));
        let kept = left_behind(parent.path(), "local-cloud-kept", &["lock"]);
        let other = left_behind(parent.path(), "other", &["lock", "temporary"]);
        let young = modified(&left);
        let later = young + Duration::from_mins(1);
        clear_abandoned(parent.path().to_owned(), young).await;
        assert!(left.is_dir(), "it may be one that just begins");
        clear_abandoned(parent.path().to_owned(), later).await;
        assert!(!left.exists());
        assert_eq!(ended.wait().unwrap().signal(), Some(9));
        assert!(alive.is_dir() && kept.is_dir() && other.is_dir());
        assert!(spared.try_wait().unwrap().is_none());
        spared.kill().unwrap();
        spared.wait().unwrap();
    }

    #[test]
    fn a_folder_that_someone_keeps_is_never_cleared() {
        let parent = tempfile::tempdir().unwrap();
        let left = left_behind(parent.path(), "local-cloud-left", &["lock", "temporary"]);
        let kept = App::builder("token").executor(Executor::Simulated);
        drop(kept.data(&left).open().unwrap());
        let later = modified(&left) + Duration::from_mins(1);
        assert!(abandoned(parent.path(), later).is_empty());
    }
}
