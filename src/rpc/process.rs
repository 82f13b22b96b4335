//! The engine's conventions for a plugin process: arguments, the port on stdout, and when to end.
//!
//! # What this may not do
//!
//! Know the provider's behaviour. Print anything but the port to stdout.

use super::platform;
use super::server::Server;
use anyhow::Context as _;
use std::io::{self, IsTerminal as _, Write};
use std::net::Ipv4Addr;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tonic::body::Body;
use tonic::codegen::http::Response;
use tonic::transport::server::TcpIncoming;
use tonic::{Code, Status};
use tower::util::MapResponseLayer;

/// What a user reads who starts the plugin by hand.
const INTRODUCTION: &str = "\
pulumi-resource-auto-deploy is a Pulumi provider plugin: it keeps dependent stacks up to date.
The Pulumi CLI starts it by itself when a program uses the package `auto-deploy`.

Started by hand, it waits for an engine to attach. The port is printed below; in another terminal:

    PULUMI_DEBUG_PROVIDERS=auto-deploy:PORT pulumi up

Ctrl-C ends it.
";

/// The arguments of the process. Unknown flags are the engine's own and are ignored.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Arguments {
    /// The engine's address, `host:port`; `None` if a user started the process.
    pub engine: Option<String>,
    /// Whether to print the version and end.
    pub version: bool,
}

impl Arguments {
    /// Parses the arguments after the program's name.
    pub fn parse(arguments: impl IntoIterator<Item = String>) -> Arguments {
        let mut parsed = Arguments::default();
        let mut arguments = arguments.into_iter();
        while let Some(argument) = arguments.next() {
            match argument.trim_start_matches('-') {
                flag if flag.len() == argument.len() => parsed.engine = Some(argument),
                "version" => parsed.version = true,
                // These flags of the engine have their value in the next argument.
                "tracing" | "v" => drop(arguments.next()),
                _ => {}
            }
        }
        parsed
    }
}

/// Serves the provider until the engine ends, the process is interrupted, or the connection fails.
///
/// # Errors
///
/// The port cannot be opened, announced or served.
pub async fn serve(arguments: Arguments) -> anyhow::Result<()> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
        .await
        .context("opening a port on 127.0.0.1")?;
    let port = listener.local_addr().context("reading the port")?.port();
    // Before the port is announced, so that a caller that knows the port can interrupt.
    let interrupted = platform::interrupt().context("listening for interrupts")?;
    let stop = CancellationToken::new();
    if arguments.engine.is_some() {
        platform::stop_when_the_engine_is_gone(&stop);
    } else if io::stderr().is_terminal() {
        introduce(&mut io::stderr()).context("writing to stderr")?;
    }
    announce_port(port, &mut io::stdout()).context("writing the port to stdout")?;
    let server = Server::new(arguments.engine.as_deref());
    tokio::select! {
        ended = serve_on(listener, server, stop.clone()) => ended,
        () = interrupted => Ok(()),
    }
}

/// Serves on an open port until `stop`, for tests, which choose the port.
///
/// # Errors
///
/// The connection cannot be served.
pub async fn serve_on(
    listener: TcpListener,
    server: Server,
    stop: CancellationToken,
) -> anyhow::Result<()> {
    // Answers are small and the engine waits for each, so no answer may wait for the acknowledgement of the one before.
    let incoming = TcpIncoming::from(listener).with_nodelay(Some(true));
    let serving = tonic::transport::Server::builder()
        .layer(MapResponseLayer::new(plain))
        .layer(server.under_way())
        .serve_with_incoming_shutdown(server.into_service(), incoming, stop.cancelled_owned());
    serving.await.context("serving the engine")
}

/// Part of tonic's message for a request that is nested more deeply than protobuf allows.
const TOO_DEEP: &str = "recursion";

/// A plain answer to a request that could not be decoded because it is nested too deeply. Its status says that nothing was
/// done, which `INTERNAL` would leave open.
fn plain(answer: Response<Body>) -> Response<Body> {
    let status = Status::from_header_map(answer.headers());
    let is_too_deep =
        |status: &Status| status.code() == Code::Internal && status.message().contains(TOO_DEEP);
    match status.filter(is_too_deep) {
        Some(_) => Status::invalid_argument(
            "a property is nested too deeply to be read: lists and maps may be at most 30 levels deep",
        )
        .into_http(),
        None => answer,
    }
}

fn announce_port(port: u16, out: &mut impl Write) -> io::Result<()> {
    writeln!(out, "{port}")?;
    out.flush()
}

fn introduce(out: &mut impl Write) -> io::Result<()> {
    writeln!(out, "{INTRODUCTION}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_engines_pass() {
        let check = |given: &[&str], engine: Option<&str>, version| {
            let parsed = Arguments::parse(given.iter().map(|argument| (*argument).to_owned()));
            assert_eq!(
                parsed,
                Arguments {
                    engine: engine.map(str::to_owned),
                    version
                },
                "{given:?}"
            );
        };
        check(&[], None, false);
        check(&["127.0.0.1:4242"], Some("127.0.0.1:4242"), false);
        check(
            &[
                "--logtostderr",
                "-v=9",
                "--tracing",
                "http://x",
                "127.0.0.1:1",
            ],
            Some("127.0.0.1:1"),
            false,
        );
        check(
            &["-logtostderr", "-v", "9", "--future", "127.0.0.1:1"],
            Some("127.0.0.1:1"),
            false,
        );
        check(&["--version"], None, true);
    }

    #[test]
    fn the_port_is_a_line_of_its_own() {
        let mut out = Vec::new();
        announce_port(4242, &mut out).unwrap();
        assert_eq!(out, b"4242\n");
    }
}
