//! The settings of deployments that the cloud uses.
//!
//! # What this may not do
//!
//! Decrypt secrets, or read anything but the settings: these are pure functions.

use super::error::InvalidSettings;
use serde::Deserialize;
use std::collections::BTreeMap;

/// The settings that the cloud uses.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct View {
    source_context: SourceContext,
    pub(crate) operation_context: OperationContext,
    git_hub: GitHub,
    #[serde(rename = "agentPoolID")]
    agent_pool_id: String,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct SourceContext {
    git: Git,
    template: Option<Template>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Template {
    source_url: String,
}

/// The source of the program.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Git {
    pub(crate) repo_url: String,
    pub(crate) branch: String,
    pub(crate) tag: String,
    pub(crate) commit: String,
    pub(crate) repo_dir: String,
    #[serde(rename = "gitAuth")]
    pub(crate) authorization: GitAuth,
}

/// The credentials for the source.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct GitAuth {
    pub(crate) access_token: Option<Text>,
    pub(crate) ssh_auth: SshAuth,
    pub(crate) basic_auth: BasicAuth,
}

/// An SSH key.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct SshAuth {
    pub(crate) ssh_private_key: Option<Text>,
    pub(crate) password: Option<Text>,
}

/// A user name and a password.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct BasicAuth {
    pub(crate) user_name: Option<Text>,
    pub(crate) password: Option<Text>,
}

/// What to do with the program.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct OperationContext {
    pub(crate) pre_run_commands: Vec<String>,
    pub(crate) environment_variables: BTreeMap<String, Text>,
    pub(crate) options: Options,
}

/// How to do it.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Options {
    pub(crate) skip_install_dependencies: bool,
    pub(crate) skip_intermediate_deployments: bool,
    pub(crate) delete_after_destroy: bool,
    pub(crate) shell: String,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct GitHub {
    repository: String,
}

/// Text, plain or encrypted.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
pub(crate) enum Text {
    Plain(String),
    Sealed { ciphertext: String },
}

impl View {
    /// The repository that the settings name, directly or on GitHub; `None` if they name none.
    pub(crate) fn source(&self) -> Option<Git> {
        let mut git = self.source_context.git.clone();
        if git.repo_url.is_empty() && !self.git_hub.repository.is_empty() {
            git.repo_url = format!("https://github.com/{}.git", self.git_hub.repository);
        }
        (!git.repo_url.is_empty()).then_some(git)
    }

    /// Checks what can be checked without any other source.
    pub(super) fn check(&self) -> Result<(), InvalidSettings> {
        let wrong = |path: &str, problem| {
            Err(InvalidSettings::Value {
                path: path.to_owned(),
                problem,
            })
        };
        if !self.agent_pool_id.is_empty() {
            return wrong(
                "agentPoolID",
                "does not exist: a local cloud has no agent pools",
            );
        }
        let template = self.source_context.template.as_ref();
        if template.is_some_and(|template| template.source_url.is_empty()) {
            return wrong("sourceContext.template.sourceUrl", "is required");
        }
        let git = &self.source_context.git;
        let has_name = !(git.branch.is_empty() && git.tag.is_empty());
        if !git.commit.is_empty() && has_name {
            return wrong(
                "sourceContext.git",
                "can name a branch or a commit, but not both",
            );
        }
        let is_commit =
            |text: &str| text.len() >= 4 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
        if !git.commit.is_empty() && !is_commit(&git.commit) {
            return wrong(
                "sourceContext.git.commit",
                "must be the hexadecimal digits of a commit",
            );
        }
        let is_above = |dir: &str| dir.split(['/', '\\']).any(|part| part == "..");
        if is_above(&git.repo_dir) {
            return wrong(
                "sourceContext.git.repoDir",
                "must be a folder of the repository",
            );
        }
        let operation = &self.operation_context;
        let is_name = |name: &String| !name.is_empty() && !name.contains(['=', '\0']);
        if !operation.environment_variables.keys().all(is_name) {
            return wrong(
                "operationContext.environmentVariables",
                "has a name that no variable can have",
            );
        }
        let plain = operation.environment_variables.values();
        let mut texts = plain
            .filter_map(|text| match text {
                Text::Plain(text) => Some(text),
                Text::Sealed { .. } => None,
            })
            .chain(&operation.pre_run_commands)
            .chain([&git.repo_url, &git.branch, &git.tag, &git.repo_dir]);
        if texts.any(|text| text.contains('\0')) {
            return wrong("operationContext", "has a text with a null byte");
        }
        Ok(())
    }
}
