//! The plugin, which the Pulumi engine starts once for each provider of a deployment.

use anyhow::Context as _;
use auto_deploy::rpc::process::{self, Arguments};
use std::io::Write as _;
use std::process::ExitCode;

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(std::io::stderr(), "pulumi-resource-auto-deploy: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> anyhow::Result<()> {
    let arguments = Arguments::parse(std::env::args().skip(1));
    if arguments.version {
        let version = auto_deploy::schema::VERSION;
        return writeln!(std::io::stdout(), "{version}").context("writing the version");
    }
    auto_deploy::telemetry::start(auto_deploy::config::log_filter().as_deref());
    // One thread: requests are short and mostly wait for the cloud, and handing them to another thread costs more than they
    // do.
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    runtime
        .context("starting the runtime")?
        .block_on(process::serve(arguments))
}
