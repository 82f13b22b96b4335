//! The environment of the process: variables, the project in its working directory, what the Pulumi CLI has stored.
//!
//! # What this may not do
//!
//! Decide what any of it means.

use super::helper::Helper;
use super::login::Login;
use super::organization::Defaults;
use super::project::Project;
use super::proxy::Proxies;
use crate::domain::StackRef;
use secrecy::SecretString;
use std::path::{Path, PathBuf};

/// The environment of the process. Empty variables count as absent, as for the Pulumi CLI.
#[derive(Clone, Debug, Default)]
pub struct Environment {
    /// `PULUMI_ACCESS_TOKEN`.
    pub access_token: Option<SecretString>,
    /// `PULUMI_API`.
    pub api: Option<String>,
    /// `PULUMI_BACKEND_URL`; often a folder or a bucket rather than a cloud.
    pub backend_url: Option<String>,
    /// The project in the working directory.
    pub project: Project,
    /// The logins that `pulumi login` stored.
    pub login: Login,
    /// The credentials helper that the Pulumi CLI would run.
    pub helper: Option<Helper>,
    /// The organizations that `pulumi org set-default` stored.
    pub defaults: Defaults,
    /// `PULUMI_DEFAULT_ORGANIZATION`.
    pub default_organization: Option<String>,
    /// The stack for which Pulumi Deployments runs this process.
    pub deployment: Option<StackRef>,
    /// The proxies.
    pub proxies: Proxies,
    /// `PULUMI_CONSOLE_DOMAIN`: the host of the console.
    pub console_domain: Option<String>,
}

impl Environment {
    /// Reads the environment of this process.
    pub fn capture() -> Environment {
        let folder = variable("PULUMI_CREDENTIALS_PATH").map(PathBuf::from);
        let folder = folder.or_else(|| variable("PULUMI_HOME").map(PathBuf::from));
        let folder = folder.or_else(|| {
            Some(Path::new(&variable("HOME").or_else(|| variable("USERPROFILE"))?).join(".pulumi"))
        });
        let login = folder.as_deref().map(Login::load).unwrap_or_default();
        #[expect(
            clippy::disallowed_methods,
            reason = "the one place where the environment is read"
        )]
        let path = std::env::var_os("PATH");
        let helper = Helper::find(
            variable("PULUMI_CREDENTIAL_HELPER").as_deref(),
            login.helper(),
            path.as_deref(),
        );
        Environment {
            access_token: variable("PULUMI_ACCESS_TOKEN").map(Into::into),
            api: variable("PULUMI_API"),
            backend_url: variable("PULUMI_BACKEND_URL"),
            project: std::env::current_dir()
                .map(|folder| Project::find(&folder))
                .unwrap_or_default(),
            login,
            helper,
            defaults: folder.as_deref().map(Defaults::load).unwrap_or_default(),
            default_organization: variable("PULUMI_DEFAULT_ORGANIZATION"),
            deployment: deployment(),
            proxies: Proxies {
                https: variable("HTTPS_PROXY").or_else(|| variable("https_proxy")),
                http: variable("HTTP_PROXY").or_else(|| variable("http_proxy")),
                no: variable("NO_PROXY").or_else(|| variable("no_proxy")),
            },
            console_domain: variable("PULUMI_CONSOLE_DOMAIN"),
        }
    }
}

fn deployment() -> Option<StackRef> {
    let organization = variable("PULUMI_CI_ORGANIZATION")?;
    let (project, stack) = (variable("PULUMI_CI_PROJECT")?, variable("PULUMI_CI_STACK")?);
    StackRef::new(&organization, &project, &stack).ok()
}

/// The filter for our own log: `AUTO_DEPLOY_LOG`, such as `auto_deploy=debug`.
pub fn log_filter() -> Option<String> {
    variable("AUTO_DEPLOY_LOG")
}

fn variable(name: &str) -> Option<String> {
    #[expect(
        clippy::disallowed_methods,
        reason = "the one place where the environment is read"
    )]
    let value = std::env::var(name).ok()?;
    Some(value).filter(|value| !value.is_empty())
}
