//! The plugin as a process: what the engine relies on before and beside the protocol.

use rustix::process::Signal;
use std::process::{Command, Output, Stdio};
use testkit::process::Service;
use testkit::tools;

fn plugin(arguments: &[&str]) -> Command {
    let mut command = Command::new(tools::plugin());
    command
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

/// Starts the plugin, which must listen at its port.
fn started(command: &mut Command) -> Service {
    let plugin = Service::start(command);
    assert!(
        std::net::TcpStream::connect(("127.0.0.1", plugin.port())).is_ok(),
        "it listens there"
    );
    plugin
}

#[test]
fn it_ends_when_the_engine_is_gone() {
    let mut plugin = started(&mut plugin(&["127.0.0.1:1"]));
    drop(plugin.child().stdin.take());
    let Output { status, stdout, .. } = plugin.ended();
    assert!(status.success());
    let rest = String::from_utf8_lossy(&stdout);
    assert_eq!(rest, "", "stdout belongs to the protocol");
}

#[test]
fn it_ends_when_it_is_interrupted() {
    let arguments = ["--logtostderr", "-v=9", "127.0.0.1:1"];
    let mut plugin = started(&mut plugin(&arguments));
    assert!(plugin.end(Signal::INT).status.success());
}

#[test]
fn started_by_hand_it_serves_though_nobody_holds_its_stdin() {
    let mut plugin = started(plugin(&[]).stdin(Stdio::null()));
    let ended = plugin.child().try_wait().expect("it can be asked");
    assert!(ended.is_none());
}

#[test]
fn it_says_its_version() {
    let Output { status, stdout, .. } = plugin(&["--version"]).output().expect("it runs");
    assert!(status.success());
    assert_eq!(
        String::from_utf8_lossy(&stdout).trim(),
        env!("CARGO_PKG_VERSION")
    );
}
