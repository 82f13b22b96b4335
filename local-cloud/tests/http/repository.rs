//! A git repository with a program, and a stand-in for the Pulumi CLI.

use crate::support::{Cloud, builder};
use local_cloud::AppBuilder;
use serde_json::{Value, json};
use std::fs;
use std::path::{Path, PathBuf};
use tempfile::TempDir;
use testkit::git::git;
use testkit::patience::until;
use testkit::tools::write_script;

/// The stand-in prints how it was called, and then runs the program's file `behave`.
const STAND_IN: &str = "#!/bin/sh
echo \"called: $*\"
if [ \"$1\" != install ] && [ -e behave ]; then . ./behave; fi
";

/// A repository, a stand-in, and a folder to which programs write.
pub(crate) struct Repository {
    folder: TempDir,
}

impl Repository {
    /// A repository whose program runs this script.
    pub(crate) fn new(behave: &str) -> Repository {
        let folder = tempfile::tempdir().unwrap();
        let repository = Repository { folder };
        for name in ["source", "out", "bin"] {
            fs::create_dir(repository.folder.path().join(name)).unwrap();
        }
        write_script(&repository.stand_in(), STAND_IN);
        repository.git(&["init", "--quiet", "--initial-branch=main"]);
        repository.commit("behave", behave);
        repository
    }

    /// Commits a file, and returns the commit.
    pub(crate) fn commit(&self, file: &str, text: &str) -> String {
        let path = self.path().join(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
        self.git(&["add", "--all"]);
        self.git(&["commit", "--quiet", "--allow-empty", "--message", file]);
        self.git(&["rev-parse", "HEAD"])
    }

    pub(crate) fn git(&self, arguments: &[&str]) -> String {
        git(&self.path(), arguments)
    }

    pub(crate) fn path(&self) -> PathBuf {
        self.folder.path().join("source")
    }

    /// The folder that programs find as `$OUT`.
    pub(crate) fn out(&self) -> PathBuf {
        self.folder.path().join("out")
    }

    pub(crate) fn stand_in(&self) -> PathBuf {
        self.folder.path().join("bin/pulumi")
    }

    pub(crate) fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// A cloud with its data beside the repository, which runs the stand-in.
    pub(crate) fn builder(&self) -> AppBuilder {
        builder().data(self.data()).pulumi(self.stand_in())
    }

    /// A cloud with the stack `acme/web/dev`, which is deployed from the branch `main`.
    pub(crate) async fn cloud(&self) -> Cloud {
        self.cloud_with(self.builder()).await
    }

    /// The same, with a builder that began as [`Repository::builder`].
    pub(crate) async fn cloud_with(&self, builder: AppBuilder) -> Cloud {
        let cloud = Cloud::start_with(builder).await;
        cloud.make_deployable("web").await;
        let url = format!("file://{}", self.path().display());
        let settings = json!({
            "sourceContext": {"git": {"repoUrl": url, "branch": "main"}},
            "operationContext": {"environmentVariables": {"OUT": self.out()}},
        });
        cloud.put(SETTINGS, settings).await.expect(200);
        cloud
    }

    /// What a program wrote into a file of `$OUT`, once the file exists.
    pub(crate) async fn written(&self, file: &str) -> String {
        until(async || {
            let text = fs::read_to_string(self.out().join(file)).ok()?;
            text.ends_with('\n').then(|| text.trim().to_owned())
        })
        .await
    }

    /// How many folders of deployments there are.
    pub(crate) fn n_workplaces(&self) -> usize {
        fs::read_dir(self.data().join("runs")).map_or(0, Iterator::count)
    }
}

pub(crate) const SETTINGS: &str = "/api/stacks/acme/web/dev/deployments/settings";

/// Whether a process with this id exists that has not ended.
pub(crate) fn is_running(pid: &str) -> bool {
    // A process that has ended and has not been waited for has no command line left.
    fs::read(Path::new("/proc").join(pid).join("cmdline")).is_ok_and(|line| !line.is_empty())
}

impl Cloud {
    /// A deployment of `acme/web/dev`, once it has ended.
    pub(crate) async fn ended(&self, version: i64) -> Value {
        until(async || {
            let found = self.version(version).await;
            let is_over = ["failed", "succeeded", "skipped"]
                .iter()
                .any(|status| found["status"] == *status);
            is_over.then_some(found)
        })
        .await
    }

    /// A deployment of `acme/web/dev`.
    pub(crate) async fn version(&self, version: i64) -> Value {
        self.get(&format!(
            "/api/stacks/acme/web/dev/deployments/version/{version}"
        ))
        .await
        .expect(200)
    }

    /// The log of a deployment of `acme/web/dev`, with `# ` before the name of a step.
    pub(crate) async fn log(&self, version: i64) -> String {
        let logs = self
            .get(&format!(
                "/api/stacks/acme/web/dev/deployments/{version}/logs"
            ))
            .await
            .expect(200);
        let line = |line: &Value| match line["header"].as_str() {
            Some(header) => format!("# {header}\n"),
            None => line["line"].as_str().unwrap().to_owned(),
        };
        logs["lines"].as_array().unwrap().iter().map(line).collect()
    }
}
