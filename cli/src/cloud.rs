//! `auto-deploy cloud`: a Pulumi Cloud for this machine.

use anyhow::Context as _;
use auto_deploy::schema;
use clap::builder::{PossibleValuesParser, TypedValueParser as _};
use local_cloud::{App, AppBuilder, Capability, Executor};
use std::fmt;
use std::io::Write;
use std::net::SocketAddr;
use std::num::{NonZeroU32, NonZeroUsize};
use std::path::PathBuf;
use std::time::Duration;
use tokio::net::TcpListener;

/// Run a Pulumi Cloud on this machine, for development and tests
///
/// The first line on standard output is its base URL. It is not a product of Pulumi, serves this machine only, and ends
/// with Ctrl-C.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Where to listen: a loopback address, unless other machines are allowed; port 0 picks a free one.
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8080", value_parser = address)]
    listen: SocketAddr,
    /// Serve other machines as well, unencrypted. Anyone who has the token can run programs here, so it must be given,
    /// and have 32 characters or more.
    #[arg(long)]
    allow_remote: bool,
    /// A name by which other machines may call this one, in addition to its addresses. Can be given more than once.
    #[arg(long = "host", value_name = "NAME", requires = "allow_remote")]
    hosts: Vec<String>,
    /// Where to keep the data; without it, a temporary folder that is deleted when the cloud ends.
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// The access token for clients; without it, one is generated and printed on standard error.
    #[arg(long, env = "AUTO_DEPLOY_CLOUD_TOKEN", hide_env_values = true)]
    token: Option<String>,
    /// An organization in addition to `local`, which always exists. Can be given more than once.
    #[arg(long = "organization", value_name = "ORG")]
    organizations: Vec<String>,
    /// How to run deployments: with git and the Pulumi CLI, or not at all.
    #[arg(long, value_name = "EXECUTOR", value_enum, default_value_t = ExecutorName::Pulumi)]
    executor: ExecutorName,
    /// The Pulumi CLI that runs deployments; without it, the one on `PATH`.
    #[arg(long, value_name = "PATH")]
    pulumi: Option<PathBuf>,
    /// How many deployments run at the same time.
    #[arg(long, value_name = "N", default_value = "1")]
    concurrency: NonZeroUsize,
    /// How many seconds a deployment may take before it is stopped and fails.
    #[arg(long, value_name = "SECONDS", default_value = "3600")]
    deployment_timeout: NonZeroU32,
    /// Whether acknowledged writes survive a power failure; by default yes with `--data`.
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    durable: Option<bool>,
    /// Turn off this capability, to see what clients do with an older cloud. Can be given more than once.
    #[arg(long = "without", value_name = "CAPABILITY", value_parser = PossibleValuesParser::new(names()).map(named))]
    without: Vec<Capability>,
}

/// How deployments run.
#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum ExecutorName {
    /// With git and the Pulumi CLI.
    Pulumi,
    /// Not at all: each one succeeds immediately.
    Simulated,
}

impl fmt::Debug for Arguments {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Without the token.
        f.debug_struct("Arguments")
            .field("listen", &self.listen)
            .field("data", &self.data)
            .finish_non_exhaustive()
    }
}

/// Runs a cloud until the process is asked to end. Its URL goes to `out`, everything else to `notes`.
pub(crate) async fn run(
    arguments: Arguments,
    out: &mut impl Write,
    notes: &mut impl Write,
) -> anyhow::Result<()> {
    let Arguments {
        listen,
        allow_remote,
        hosts,
        data,
        token,
        organizations,
        executor,
        pulumi,
        concurrency,
        deployment_timeout,
        durable,
        without,
    } = arguments;
    if !listen.ip().is_loopback() && !allow_remote {
        anyhow::bail!(
            "`--listen {listen}` would let other machines in: write a loopback address such as 127.0.0.1:8080, or add \
             `--allow-remote`"
        );
    }
    if allow_remote && token.is_none() {
        anyhow::bail!(
            "`--allow-remote` needs a token of your own: give it 32 characters or more with AUTO_DEPLOY_CLOUD_TOKEN"
        );
    }
    let (token, is_made) = match token {
        Some(token) => (token, false),
        None => (
            local_cloud::new_token().context("cannot make a token")?,
            true,
        ),
    };
    // From here on, a signal ends the cloud properly, even before it is ready.
    let end = crate::platform::end().context("cannot listen for signals")?;
    let is_kept = data.is_some();
    let builder = organizations
        .into_iter()
        .fold(App::builder(&token), AppBuilder::organization)
        .concurrency(concurrency)
        .deployment_limit(Duration::from_secs(deployment_timeout.get().into()));
    let builder = durable.into_iter().fold(builder, AppBuilder::durable);
    let builder = without.into_iter().fold(builder, AppBuilder::without);
    let builder = if allow_remote {
        hosts
            .into_iter()
            .fold(builder.allow_remote(), AppBuilder::allowed_host)
    } else {
        builder
    };
    let builder = run_with(builder, executor, pulumi);
    let builder = match data {
        Some(folder) => builder.data(folder),
        None => builder,
    };
    let app = builder.open().context("cannot open the local cloud")?;
    let listener = TcpListener::bind(listen)
        .await
        .with_context(|| format!("cannot listen on {listen}"))?;
    let url = local_cloud::url_of(
        listener
            .local_addr()
            .context("cannot tell where it listens")?,
    );

    writeln!(out, "{url}")
        .and_then(|()| out.flush())
        .context("cannot print the URL")?;
    let token = if is_made { Some(token.as_str()) } else { None };
    // The cloud runs even if this cannot be written.
    let link = app
        .console_link(&url)
        .context("cannot make a link to the console")?;
    let _ = introduce(notes, &url, &link, token, is_kept);
    local_cloud::run(listener, app, end)
        .await
        .context("cannot serve the local cloud")
}

/// Configures how deployments run.
fn run_with(builder: AppBuilder, executor: ExecutorName, pulumi: Option<PathBuf>) -> AppBuilder {
    let builder = match executor {
        ExecutorName::Pulumi => builder.executor(Executor::Pulumi),
        ExecutorName::Simulated => builder.executor(Executor::Simulated),
    };
    let builder = match pulumi {
        Some(path) => builder.pulumi(path),
        None => builder,
    };
    // The plugin is next to this command, so deployments find it without installing it.
    match std::env::current_exe() {
        Ok(command) => {
            let suffix = std::env::consts::EXE_SUFFIX;
            let plugin = command.with_file_name(format!("pulumi-resource-auto-deploy{suffix}"));
            builder.plugin(schema::PACKAGE, schema::VERSION, plugin)
        }
        Err(_) => builder,
    }
}

/// Prints what this is and how to use it. `token` is only present if it was generated here.
fn introduce(
    notes: &mut impl Write,
    url: &str,
    link: &str,
    token: Option<&str>,
    is_kept: bool,
) -> std::io::Result<()> {
    writeln!(
        notes,
        "A local cloud for development and tests, not a Pulumi product. To use it from another terminal:\n"
    )?;
    writeln!(notes, "  export PULUMI_BACKEND_URL={url}")?;
    writeln!(
        notes,
        "  export PULUMI_ACCESS_TOKEN={}",
        token.unwrap_or("<the token that it was given>")
    )?;
    // Without this variable, the CLI prints no links to the pages of a backend other than Pulumi's.
    let host = url.trim_start_matches("http://");
    writeln!(notes, "  export PULUMI_CONSOLE_DOMAIN={host}\n")?;
    writeln!(
        notes,
        "To look at it, open this link in a browser; it works once, later the page asks for the token:\n"
    )?;
    writeln!(notes, "  {link}\n")?;
    if !is_kept {
        writeln!(
            notes,
            "Its data goes when it ends: keep it in a folder with `--data`."
        )?;
    }
    writeln!(notes, "Ctrl-C ends it.")
}

/// The names of the capabilities.
fn names() -> impl Iterator<Item = &'static str> {
    Capability::ALL.into_iter().map(Capability::as_str)
}

/// The capability with one of [`names`].
fn named(name: String) -> Capability {
    Capability::named(&name).expect("only the names of capabilities are let through")
}

fn address(text: &str) -> Result<SocketAddr, String> {
    text.parse()
        .map_err(|_| "write an address and a port, such as 127.0.0.1:8080".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_that_was_given_is_not_printed() {
        let said = |token| {
            let mut notes = Vec::new();
            introduce(
                &mut notes,
                "http://127.0.0.1:1",
                "http://127.0.0.1:1/?key=a",
                token,
                true,
            )
            .unwrap();
            String::from_utf8(notes).unwrap()
        };
        assert!(said(Some("pul-1")).contains("PULUMI_ACCESS_TOKEN=pul-1\n"));
        assert!(!said(None).contains("pul-"));
        let arguments = Arguments {
            listen: "127.0.0.1:0".parse().unwrap(),
            allow_remote: false,
            hosts: Vec::new(),
            data: None,
            token: Some("pul-1".to_owned()),
            organizations: Vec::new(),
            executor: ExecutorName::Simulated,
            pulumi: None,
            concurrency: NonZeroUsize::MIN,
            deployment_timeout: NonZeroU32::MIN,
            durable: None,
            without: Vec::new(),
        };
        assert!(!format!("{arguments:?}").contains("pul-1"));
    }
}
