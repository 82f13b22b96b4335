//! The bodies of stacks and of their settings.
//!
//! # What this may not do
//!
//! Leave the folder of the cloud.

use crate::cloud::stack::{DeploymentSettings, Pushes};
use serde::Deserialize;

/// A page of the list of stacks.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::cloud) struct StackPage {
    pub(in crate::cloud) stacks: Vec<StackAnswer>,
    #[serde(default)]
    pub(in crate::cloud) continuation_token: Option<String>,
}

#[derive(Deserialize)]
pub(in crate::cloud) struct StackAnswer {
    #[serde(rename = "orgName")]
    pub(in crate::cloud) organization: String,
    #[serde(rename = "projectName")]
    pub(in crate::cloud) project: String,
    #[serde(rename = "stackName")]
    pub(in crate::cloud) stack: String,
    #[serde(rename = "lastUpdate", default)]
    pub(in crate::cloud) last_update: Option<u64>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::cloud) struct SettingsAnswer {
    #[serde(default)]
    pub(in crate::cloud) source_context: Option<SourceAnswer>,
    #[serde(default)]
    pub(in crate::cloud) operation_context: Option<OperationAnswer>,
    #[serde(default)]
    pub(in crate::cloud) git_hub: Option<PushesAnswer>,
    #[serde(default)]
    pub(in crate::cloud) vcs: Option<PushesAnswer>,
}

/// Where the program is. Of kinds that have no branch it is enough that they are there.
#[derive(Deserialize)]
pub(in crate::cloud) struct SourceAnswer {
    #[serde(default)]
    pub(in crate::cloud) git: Option<GitAnswer>,
    #[serde(default)]
    pub(in crate::cloud) hg: Option<serde::de::IgnoredAny>,
    #[serde(default)]
    pub(in crate::cloud) template: Option<serde::de::IgnoredAny>,
}

#[derive(Deserialize)]
pub(in crate::cloud) struct GitAnswer {
    #[serde(rename = "repoUrl", alias = "repoURL", default)]
    pub(in crate::cloud) url: Option<String>,
    #[serde(default)]
    pub(in crate::cloud) branch: Option<String>,
}

#[derive(Deserialize)]
pub(in crate::cloud) struct OperationAnswer {
    #[serde(default)]
    pub(in crate::cloud) options: Option<OptionsAnswer>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::cloud) struct OptionsAnswer {
    #[serde(default)]
    pub(in crate::cloud) skip_intermediate_deployments: Option<bool>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::cloud) struct PushesAnswer {
    #[serde(default)]
    pub(in crate::cloud) repository: Option<String>,
    #[serde(default)]
    pub(in crate::cloud) deploy_commits: Option<bool>,
    #[serde(default)]
    pub(in crate::cloud) paths: Option<Vec<String>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::cloud) struct MetadataAnswer {
    pub(in crate::cloud) paused: bool,
    #[serde(default)]
    pub(in crate::cloud) stack_paused: Option<bool>,
    #[serde(default)]
    pub(in crate::cloud) organization_paused: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::cloud) struct ReferencesAnswer {
    pub(in crate::cloud) referenced_stacks: Vec<ReferenceAnswer>,
}

#[derive(Deserialize)]
pub(in crate::cloud) struct ReferenceAnswer {
    pub(in crate::cloud) organization: String,
    #[serde(rename = "routingProject")]
    pub(in crate::cloud) project: String,
    #[serde(rename = "name")]
    pub(in crate::cloud) stack: String,
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
        let options = answer
            .operation_context
            .and_then(|operation| operation.options);
        DeploymentSettings {
            has_source,
            pushes: pushing.map(|side| Pushes {
                repository: side.repository.filter(|name| !name.is_empty()),
                branch,
                paths: side.paths.unwrap_or_default(),
            }),
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
