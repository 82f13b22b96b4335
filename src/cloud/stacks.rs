//! What we ask of Pulumi Cloud about stacks: which there are, what lets them be deployed, who refers to whom.
//!
//! Every operation here only reads. Fields that we do not know are passed over; a field of a wrong shape is an error that
//! names it.
//!
//! # What this may not do
//!
//! Decide what an answer means for a graph of stacks.

use super::client::{Client, of_stack};
use super::error::CloudError;
use super::transport::Call;
use crate::domain::StackRef;
use reqwest::Method;
use serde::Deserialize;

/// A stack, as the list of an organization's stacks has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StackSummary {
    /// The stack.
    pub stack: StackRef,
    /// When it was last updated, in seconds since 1970; `None` if never.
    pub last_update: Option<u64>,
}

/// What counts of a stack's deployment settings.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DeploymentSettings {
    /// Whether they say where the program is.
    pub has_source: bool,
    /// What deploys the stack when somebody pushes to a branch; `None` if nothing does.
    pub pushes: Option<Pushes>,
    /// Whether runs that wait are dropped in favour of the last one (`skipIntermediateDeployments`).
    pub skips_intermediate: bool,
}

/// Pushes that deploy a stack (`deployCommits`).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pushes {
    /// The repository, `owner/name`, if the settings tell.
    pub repository: Option<String>,
    /// The branch, without `refs/heads/`, if the settings tell.
    pub branch: Option<String>,
    /// Only pushes that change these files; all if empty.
    pub paths: Vec<String>,
}

/// Whether deployments of a stack wait until somebody resumes them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Pauses {
    /// Those of this stack.
    pub stack: bool,
    /// Those of all stacks of the organization.
    pub organization: bool,
}

impl Client {
    /// All stacks of an organization, or of one project in it, that the token may see, page by page to the last.
    pub async fn stacks(
        &self,
        organization: &str,
        project: Option<&str>,
    ) -> Result<Vec<StackSummary>, CloudError> {
        let mut stacks = Vec::new();
        let mut token: Option<String> = None;
        loop {
            let operation = format!("list the stacks of the organization `{organization}`");
            let mut call = Call::new(Method::GET, operation, vec!["api", "user", "stacks"]);
            call.query.push(("organization", organization));
            call.query
                .extend(project.map(|project| ("project", project)));
            call.query
                .extend(token.as_deref().map(|token| ("continuationToken", token)));
            let Some(page) = self.transport.json::<StackPage>(&call).await? else {
                return Ok(stacks);
            };
            for (place, answer) in page.stacks.into_iter().enumerate() {
                let Ok(stack) = StackRef::new(&answer.organization, &answer.project, &answer.stack)
                else {
                    return Err(self.misshapen(&call, format!("stacks[{place}]")));
                };
                let last_update = answer.last_update.filter(|seconds| *seconds > 0);
                stacks.push(StackSummary { stack, last_update });
            }
            let next = page.continuation_token.filter(|token| !token.is_empty());
            if next.is_some() && next == token {
                // The same page again would go on for ever.
                return Err(self.misshapen(&call, "continuationToken".to_owned()));
            }
            match next {
                Some(next) => token = Some(next),
                None => return Ok(stacks),
            }
        }
    }

    /// What counts of a stack's deployment settings; `None` if it has none, or is not there.
    pub async fn deployment_settings(
        &self,
        stack: &StackRef,
    ) -> Result<Option<DeploymentSettings>, CloudError> {
        let operation = format!("read the deployment settings of the stack `{stack}`");
        let segments = of_stack(stack, &["deployments", "settings"]);
        let call = Call::new(Method::GET, operation, segments);
        let answer = self.transport.json::<SettingsAnswer>(&call).await?;
        Ok(answer.map(DeploymentSettings::from))
    }

    /// Whether a stack's deployments wait; `None` if it is not there.
    pub async fn deployment_pauses(&self, stack: &StackRef) -> Result<Option<Pauses>, CloudError> {
        let operation = format!("ask whether deployments of the stack `{stack}` are paused");
        let segments = of_stack(stack, &["deployments", "metadata"]);
        let call = Call::new(Method::GET, operation, segments);
        let answer = self.transport.json::<MetadataAnswer>(&call).await?;
        Ok(answer.map(|answer| Pauses {
            // An older cloud tells only that something is paused.
            stack: answer
                .stack_paused
                .unwrap_or(answer.paused && !answer.organization_paused),
            organization: answer.organization_paused,
        }))
    }

    /// The stacks that hold a `StackReference` to this one, in the order of names; `None` if it is not there.
    pub async fn downstream_references(
        &self,
        stack: &StackRef,
    ) -> Result<Option<Vec<StackRef>>, CloudError> {
        let operation = format!("ask which stacks refer to the stack `{stack}`");
        self.references(operation, of_stack(stack, &["downstreamreferences"]))
            .await
    }

    /// The stacks that this one holds a `StackReference` to, in the order of names; `None` if it is not there.
    pub async fn upstream_references(
        &self,
        stack: &StackRef,
    ) -> Result<Option<Vec<StackRef>>, CloudError> {
        let operation = format!("ask which stacks the stack `{stack}` refers to");
        self.references(operation, of_stack(stack, &["upstreamreferences"]))
            .await
    }

    async fn references(
        &self,
        operation: String,
        segments: Vec<&str>,
    ) -> Result<Option<Vec<StackRef>>, CloudError> {
        let call = Call::new(Method::GET, operation, segments);
        let Some(answer) = self.transport.json::<ReferencesAnswer>(&call).await? else {
            return Ok(None);
        };
        let mut stacks = Vec::with_capacity(answer.referenced_stacks.len());
        for (place, end) in answer.referenced_stacks.into_iter().enumerate() {
            let stack = StackRef::new(&end.organization, &end.project, &end.stack);
            let path = || format!("referencedStacks[{place}]");
            stacks.push(stack.map_err(|_| self.misshapen(&call, path()))?);
        }
        stacks.sort_unstable();
        stacks.dedup();
        Ok(Some(stacks))
    }

    fn misshapen(&self, call: &Call<'_>, path: String) -> CloudError {
        CloudError::Shape {
            operation: call.operation.clone(),
            url: self.transport.url(),
            path,
        }
    }
}

/// A page of the list of stacks.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct StackPage {
    stacks: Vec<StackAnswer>,
    #[serde(default)]
    continuation_token: Option<String>,
}

#[derive(Deserialize)]
struct StackAnswer {
    #[serde(rename = "orgName")]
    organization: String,
    #[serde(rename = "projectName")]
    project: String,
    #[serde(rename = "stackName")]
    stack: String,
    #[serde(rename = "lastUpdate", default)]
    last_update: Option<u64>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct SettingsAnswer {
    #[serde(default)]
    source_context: Option<SourceAnswer>,
    #[serde(default)]
    operation_context: Option<OperationAnswer>,
    #[serde(default)]
    git_hub: Option<PushesAnswer>,
    #[serde(default)]
    vcs: Option<PushesAnswer>,
}

/// Where the program is. Of kinds that have no branch it is enough that they are there.
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
struct OperationAnswer {
    #[serde(default)]
    options: Option<OptionsAnswer>,
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
struct MetadataAnswer {
    paused: bool,
    #[serde(default)]
    stack_paused: Option<bool>,
    #[serde(default)]
    organization_paused: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ReferencesAnswer {
    referenced_stacks: Vec<ReferenceAnswer>,
}

#[derive(Deserialize)]
struct ReferenceAnswer {
    organization: String,
    #[serde(rename = "routingProject")]
    project: String,
    #[serde(rename = "name")]
    stack: String,
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
