//! The bodies of deployment settings.
//!
//! # What this may not do
//!
//! Leave the folder of the cloud.

use crate::cloud::stack::{DeploymentSettings, Pauses, Pushes};
use serde::Deserialize;
use std::collections::BTreeMap;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::cloud) struct SettingsAnswer {
    #[serde(default)]
    source_context: Option<SourceAnswer>,
    #[serde(default)]
    operation_context: Option<OperationAnswer>,
    #[serde(default)]
    git_hub: Option<PushesAnswer>,
    #[serde(default)]
    vcs: Option<PushesAnswer>,
}

/// The source of the program. Of kinds without a branch, only their existence matters.
#[derive(Deserialize)]
struct SourceAnswer {
    #[serde(default)]
    git: Option<GitAnswer>,
    #[serde(default)]
    hg: Option<serde::de::IgnoredAny>,
    #[serde(default)]
    template: Option<serde::de::IgnoredAny>,
}

#[derive(Deserialize)]
struct GitAnswer {
    #[serde(rename = "repoUrl", alias = "repoURL", default)]
    url: Option<String>,
    #[serde(default)]
    branch: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct OperationAnswer {
    #[serde(default)]
    options: Option<OptionsAnswer>,
    #[serde(default)]
    environment_variables: Option<BTreeMap<String, serde_json::Value>>,
    #[serde(default)]
    role: Option<serde::de::IgnoredAny>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct OptionsAnswer {
    #[serde(default)]
    skip_intermediate_deployments: Option<bool>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct PushesAnswer {
    #[serde(default)]
    repository: Option<String>,
    #[serde(default)]
    deploy_commits: Option<bool>,
    #[serde(default)]
    paths: Option<Vec<String>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::cloud) struct MetadataAnswer {
    paused: bool,
    #[serde(default)]
    stack_paused: Option<bool>,
    #[serde(default)]
    organization_paused: bool,
}

impl From<MetadataAnswer> for Pauses {
    fn from(answer: MetadataAnswer) -> Pauses {
        Pauses {
            // An older cloud only says whether anything is paused.
            stack: answer
                .stack_paused
                .unwrap_or(answer.paused && !answer.organization_paused),
            organization: answer.organization_paused,
        }
    }
}

impl From<SettingsAnswer> for DeploymentSettings {
    fn from(answer: SettingsAnswer) -> DeploymentSettings {
        let is_told = |text: &Option<String>| text.as_deref().is_some_and(|text| !text.is_empty());
        let source = answer.source_context;
        let git = source.as_ref().and_then(|source| source.git.as_ref());
        let sides: Vec<PushesAnswer> = [answer.vcs, answer.git_hub].into_iter().flatten().collect();
        let has_source = git.is_some_and(|git| is_told(&git.url))
            || source
                .as_ref()
                .is_some_and(|source| source.hg.is_some() || source.template.is_some())
            || sides.iter().any(|side| is_told(&side.repository));
        let branch = git.and_then(|git| git.branch.as_deref());
        let branch = branch.filter(|branch| !branch.is_empty());
        let branch = branch.map(|branch| branch.trim_start_matches("refs/heads/").to_owned());
        let pushing = sides
            .into_iter()
            .find(|side| side.deploy_commits == Some(true));
        let operation = answer.operation_context;
        let variables = operation
            .as_ref()
            .and_then(|operation| operation.environment_variables.as_ref());
        let variables = variables.into_iter().flat_map(BTreeMap::keys);
        let variables = variables.cloned().collect();
        let has_role = operation
            .as_ref()
            .is_some_and(|operation| operation.role.is_some());
        let options = operation.and_then(|operation| operation.options);
        DeploymentSettings {
            has_source,
            pushes: pushing.map(|side| Pushes {
                repository: side.repository.filter(|name| !name.is_empty()),
                branch,
                paths: side.paths.unwrap_or_default(),
            }),
            variables,
            has_role,
            skips_intermediate: options.and_then(|options| options.skip_intermediate_deployments)
                == Some(true),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn settings(json: serde_json::Value) -> DeploymentSettings {
        serde_json::from_value::<SettingsAnswer>(json)
            .unwrap()
            .into()
    }

    #[test]
    fn settings_tell_the_source_and_what_starts_it() {
        assert_eq!(settings(json!({})), DeploymentSettings::default());
        assert_eq!(
            settings(
                json!({"sourceContext": null, "gitHub": null, "operationContext": {"options": null}, "more": 1})
            ),
            DeploymentSettings::default()
        );
        let git = json!({"repoURL": "https://example.com/r.git", "branch": "refs/heads/main"});
        let full = settings(json!({
            "sourceContext": {"git": git},
            "gitHub": {"repository": "acme/web", "deployCommits": true, "paths": ["web/**"]},
            "operationContext": {"options": {"skipIntermediateDeployments": true}},
        }));
        let pushes = Pushes {
            repository: Some("acme/web".to_owned()),
            branch: Some("main".to_owned()),
            paths: vec!["web/**".to_owned()],
        };
        assert!(full.has_source && full.skips_intermediate);
        assert_eq!(full.pushes, Some(pushes));
        let vcs = settings(
            json!({"vcs": {"provider": "gitlab", "repository": "acme/web", "deployCommits": true}}),
        );
        assert!(vcs.has_source && vcs.pushes.is_some_and(|pushes| pushes.branch.is_none()));
        let idle = settings(
            json!({"sourceContext": {"template": {}}, "gitHub": {"deployCommits": false}}),
        );
        assert!(idle.has_source && idle.pushes.is_none());
    }
}
