//! Which cloud, token and organization a command uses: those of the Pulumi CLI's login.

use anyhow::anyhow;
use auto_deploy::cloud::{Client, Deployment, Patience};
use auto_deploy::config::{self, Asker, Environment, Explicit};
use auto_deploy::domain::{StackRef, check_path_name};
use std::io::Write as _;
use std::time::Duration;
use url::Url;

/// Where to look.
#[derive(Clone, Debug, Default, clap::Args)]
pub(crate) struct CloudArguments {
    /// The organization; without it, the one that the Pulumi CLI takes: PULUMI_DEFAULT_ORGANIZATION, else `pulumi org get-default`
    #[arg(long = "org", value_name = "ORG", value_parser = name)]
    pub(crate) organization: Option<String>,
}

/// The cloud and the organization of a command.
#[derive(Clone, Debug)]
pub(crate) struct Context {
    /// The cloud.
    pub(crate) client: Client,
    /// The organization.
    pub(crate) organization: String,
    /// The console for it.
    pub(crate) console: Console,
}

/// The cloud's console in a browser, if its address is known.
#[derive(Clone, Debug, Default)]
pub(crate) struct Console(Option<String>);

impl Context {
    /// Determines the cloud and the organization.
    pub(crate) async fn open(arguments: &CloudArguments) -> anyhow::Result<Context> {
        let environment = Environment::capture();
        // A command has no stack configuration, which the plugin uses.
        let access = config::resolve(Asker::Command, &Explicit::default(), &environment)?;
        if access.endpoint.route.is_insecure {
            // The result matters even if this cannot be written.
            let _ = writeln!(
                std::io::stderr(),
                "warning: the certificate of {} is not checked, because the Pulumi CLI is logged in there with `--insecure`",
                access.endpoint.url.as_str().trim_end_matches('/')
            );
        }
        let console = Console::of(&access.endpoint.url, environment.console_domain.as_deref());
        let default = access.organizations.default_here().map(str::to_owned);
        // A user is waiting: three tries within about two seconds.
        let patience = Patience {
            first_wait: Duration::from_millis(300),
            repeats: 2,
            try_limit: Duration::from_secs(30),
        };
        let client = Client::new(access.endpoint, patience);
        let organization = match arguments.organization.clone().or(default) {
            Some(organization) => organization,
            None => client.default_organization().await?.ok_or_else(|| {
                let cloud = client.cloud();
                anyhow!("{cloud} has no default organization for this access token: name one with `--org`")
            })?,
        };
        Ok(Context {
            client,
            organization,
            console,
        })
    }

    /// The stack that `given` names: `project/stack`, optionally preceded by its organization.
    pub(crate) fn stack(&self, given: &str) -> anyhow::Result<StackRef> {
        StackRef::parse_in(&self.organization, given).map_err(|error| match error {
            auto_deploy::domain::StackRefError::Elsewhere { given, .. } => {
                let organization = given.split('/').next().unwrap_or_default();
                anyhow!(
                    "`{given}` is in another organization than `{}`: add `--org {organization}`",
                    self.organization
                )
            }
            other => other.into(),
        })
    }
}

impl Console {
    /// Determines it as the Pulumi CLI does.
    fn of(url: &Url, domain: Option<&str>) -> Console {
        let scheme = url.scheme();
        if let Some(domain) = domain {
            return Console(Some(format!("{scheme}://{domain}")));
        }
        let host = url.host_str().unwrap_or_default();
        Console(
            host.strip_prefix("api.")
                .map(|rest| format!("{scheme}://app.{rest}")),
        )
    }

    /// The page of a stack.
    pub(crate) fn stack(&self, stack: &StackRef) -> Option<String> {
        let base = self.0.as_ref()?;
        Some(format!("{base}/{stack}"))
    }

    /// The page of an organization.
    pub(crate) fn organization(&self, organization: &str) -> Option<String> {
        let base = self.0.as_ref()?;
        Some(format!("{base}/{organization}"))
    }

    /// The page of a deployment.
    pub(crate) fn deployment(&self, deployment: &Deployment) -> Option<String> {
        let stack = self.stack(&deployment.stack)?;
        Some(format!("{stack}/deployments/{}", deployment.version))
    }
}

fn name(text: &str) -> Result<String, String> {
    check_path_name(text)
        .map(|()| text.to_owned())
        .map_err(|reason| format!("it {reason}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_console_is_where_the_pulumi_cli_says() {
        let of = |url: &str, domain| Console::of(&Url::parse(url).expect("a URL"), domain).0;
        assert_eq!(
            of("https://api.pulumi.com", None).as_deref(),
            Some("https://app.pulumi.com")
        );
        assert_eq!(of("http://127.0.0.1:1", None), None);
        assert_eq!(
            of("http://127.0.0.1:1", Some("127.0.0.1:1")).as_deref(),
            Some("http://127.0.0.1:1")
        );
    }
}
