//! The bodies of previews: the request, the runs, and the engine's events.
//!
//! # What this may not do
//!
//! Leave the folder of the cloud.

use super::page::Page;
use crate::cloud::deployment::Operation;
use crate::cloud::preview::{PreviewRequest, PreviewSettings, Revision, RunOfCli};
use crate::domain::Repository;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;

/// The body that starts a preview.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::cloud) struct NewPreview<'a> {
    operation: &'static str,
    inherit_settings: bool,
    operation_context: NewContext<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    source_context: Option<NewSource<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct NewContext<'a> {
    environment_variables: &'a BTreeMap<String, String>,
    options: NewOptions,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct NewOptions {
    skip_intermediate_deployments: bool,
}

#[derive(Serialize)]
struct NewSource<'a> {
    git: NewGit<'a>,
}

/// A field without a value is `null`, which removes the setting, because it would contradict the others.
#[derive(Serialize)]
struct NewGit<'a> {
    branch: Option<String>,
    commit: Option<&'a str>,
    tag: Option<&'a str>,
}

impl<'a> From<&'a PreviewRequest> for NewPreview<'a> {
    fn from(request: &'a PreviewRequest) -> NewPreview<'a> {
        let git = |revision: &'a Revision| match revision {
            Revision::Branch(name) => NewGit {
                branch: Some(full_name(name)),
                commit: None,
                tag: None,
            },
            Revision::Commit(commit) => NewGit {
                branch: None,
                commit: Some(commit),
                tag: None,
            },
        };
        let revision = request.revision.as_ref();
        NewPreview {
            operation: Operation::Preview.as_str(),
            inherit_settings: true,
            operation_context: NewContext {
                environment_variables: &request.variables,
                // Do not replace a preview that someone else has queued.
                options: NewOptions {
                    skip_intermediate_deployments: false,
                },
            },
            source_context: revision.map(|revision| NewSource { git: git(revision) }),
        }
    }
}

/// The name of a branch in the form that settings use.
fn full_name(branch: &str) -> String {
    if branch.starts_with("refs/") {
        branch.to_owned()
    } else {
        format!("refs/heads/{branch}")
    }
}

/// A run of the CLI in the list of a deployment.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::cloud) struct RunAnswer {
    #[serde(rename = "updateID")]
    update_id: String,
    info: RunInfo,
}

#[derive(Deserialize)]
struct RunInfo {
    kind: String,
    #[serde(default)]
    environment: Option<BTreeMap<String, String>>,
}

impl From<RunAnswer> for RunOfCli {
    fn from(answer: RunAnswer) -> RunOfCli {
        RunOfCli {
            id: answer.update_id,
            operation: Operation::from_word(&answer.info.kind),
            environment: answer.info.environment.unwrap_or_default(),
        }
    }
}

/// A page of the engine's events.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::cloud) struct EventPage {
    pub(in crate::cloud) events: Vec<Value>,
    #[serde(default)]
    continuation_token: Option<String>,
}

impl Page for EventPage {
    fn next(&mut self) -> Option<String> {
        self.continuation_token.take()
    }
}

/// A deployment, of which only the variables matter.
#[derive(Deserialize)]
pub(in crate::cloud) struct ConfiguredAnswer {
    #[serde(default)]
    configuration: Option<Configuration>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Configuration {
    #[serde(default)]
    environment_variables: Option<Vec<Variable>>,
}

#[derive(Deserialize)]
struct Variable {
    name: String,
    #[serde(default)]
    value: Option<String>,
}

impl ConfiguredAnswer {
    /// The environment variables by name; without values for secrets.
    pub(in crate::cloud) fn variables(self) -> BTreeMap<String, Option<String>> {
        let variables = self.configuration.and_then(|it| it.environment_variables);
        let variables = variables.unwrap_or_default().into_iter();
        variables.map(|one| (one.name, one.value)).collect()
    }
}

/// How many deployments an organization can run at the same time.
#[derive(Deserialize)]
pub(in crate::cloud) struct ConcurrencyAnswer {
    #[serde(default)]
    pub(in crate::cloud) concurrency: Option<usize>,
}

/// Deployment settings, of which only those that matter to a preview are read.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::cloud) struct PreviewSettingsAnswer {
    #[serde(default)]
    source_context: Option<SourceAnswer>,
    #[serde(default)]
    operation_context: Option<ContextAnswer>,
    #[serde(default)]
    git_hub: Option<HostedAnswer>,
    #[serde(default)]
    vcs: Option<HostedAnswer>,
}

#[derive(Deserialize)]
struct SourceAnswer {
    #[serde(default)]
    git: Option<GitAnswer>,
}

#[derive(Deserialize)]
struct GitAnswer {
    #[serde(rename = "repoUrl", alias = "repoURL", default)]
    url: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ContextAnswer {
    #[serde(default)]
    pre_run_commands: Option<Vec<String>>,
}

#[derive(Deserialize)]
struct HostedAnswer {
    #[serde(default)]
    provider: Option<String>,
    #[serde(default)]
    repository: Option<String>,
}

impl From<PreviewSettingsAnswer> for PreviewSettings {
    fn from(answer: PreviewSettingsAnswer) -> PreviewSettings {
        let git = answer.source_context.and_then(|source| source.git);
        let url = git.and_then(|git| git.url).unwrap_or_default();
        let hosted = |side: Option<HostedAnswer>, otherwise: &str| {
            let side = side?;
            let provider = side.provider.as_deref().unwrap_or(otherwise);
            Repository::of(provider, &side.repository?)
        };
        let repository = Repository::at(&url)
            .or_else(|| hosted(answer.vcs, "vcs"))
            .or_else(|| hosted(answer.git_hub, "github"));
        let commands = answer.operation_context.and_then(|it| it.pre_run_commands);
        PreviewSettings {
            repository,
            pre_run_commands: commands.unwrap_or_default(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_request_takes_away_what_contradicts_it() {
        let body = |revision| {
            let variables = BTreeMap::from([("A".to_owned(), "1".to_owned())]);
            let request = PreviewRequest {
                variables,
                revision,
            };
            serde_json::to_value(NewPreview::from(&request)).expect("it is plain data")
        };
        let context = json!({"environmentVariables": {"A": "1"}, "options": {"skipIntermediateDeployments": false}});
        let plain =
            json!({"operation": "preview", "inheritSettings": true, "operationContext": context});
        assert_eq!(body(None), plain);
        let of = |revision| body(Some(revision))["sourceContext"]["git"].clone();
        let wider = json!({"branch": "refs/heads/wider", "commit": null, "tag": null});
        assert_eq!(of(Revision::Branch("wider".into())), wider);
        assert_eq!(of(Revision::Branch("refs/heads/wider".into())), wider);
        assert_eq!(
            of(Revision::Commit("abcd".into())),
            json!({"branch": null, "commit": "abcd", "tag": null})
        );
    }

    #[test]
    fn settings_name_the_repository_in_one_of_three_places() {
        let of = |settings: Value| {
            let answer: PreviewSettingsAnswer = serde_json::from_value(settings).expect("it reads");
            PreviewSettings::from(answer)
        };
        let acme = Repository::of("github", "acme/infra");
        let url = "https://github.com/acme/infra.git";
        for settings in [
            json!({"sourceContext": {"git": {"repoUrl": url}}}),
            json!({"sourceContext": {"git": {"repoURL": url}}, "gitHub": {"repository": "other/one"}}),
            json!({"gitHub": {"repository": "acme/infra"}, "sourceContext": {"git": {"branch": "main"}}}),
            json!({"vcs": {"provider": "github", "repository": "acme/infra"}}),
        ] {
            assert_eq!(of(settings.clone()).repository, acme, "{settings}");
        }
        let other =
            of(json!({"operationContext": {"preRunCommands": ["make"]}, "sourceContext": null}));
        assert_eq!(other.repository, None);
        assert_eq!(other.pre_run_commands, ["make"]);
        assert_eq!(of(json!({})), PreviewSettings::default());
    }

    #[test]
    fn facts_of_a_run() {
        let answer = json!({"updateID": "u-1", "version": 3, "info": {"kind": "update", "environment":
            {"pulumi.version": "v3.276.0", "git.head": "abc", "stack.environments": r#"[{"id":"web/net@3"}]"#}}});
        let run = RunOfCli::from(serde_json::from_value::<RunAnswer>(answer).expect("it reads"));
        assert_eq!(
            (run.id.as_str(), run.cli_version()),
            ("u-1", Some("v3.276.0"))
        );
        assert_eq!(
            (run.commit(), run.environments()),
            (Some("abc"), vec!["web/net@3".to_owned()])
        );
    }
}
