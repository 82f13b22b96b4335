//! The plugin as a process: what the engine relies on before and beside the protocol.

use std::io::{BufRead as _, BufReader, Read as _};
use std::process::{Child, Command, Output, Stdio};

fn plugin(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_pulumi-resource-auto-deploy"));
    command
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

/// Starts the plugin and waits for its port line.
fn started(arguments: &[&str]) -> (Child, BufReader<std::process::ChildStdout>) {
    let mut child = plugin(arguments).spawn().expect("it starts");
    let mut out = BufReader::new(child.stdout.take().expect("it is a pipe"));
    let mut line = String::new();
    out.read_line(&mut line).expect("it says its port");
    let port: u16 = line
        .trim_end()
        .parse()
        .expect("the first line is the port, and nothing else");
    assert!(
        std::net::TcpStream::connect(("127.0.0.1", port)).is_ok(),
        "it listens there"
    );
    (child, out)
}

#[test]
fn it_ends_when_the_engine_is_gone() {
    let (mut child, mut out) = started(&["127.0.0.1:1"]);
    drop(child.stdin.take());
    assert!(child.wait().expect("it ends").success());
    let mut rest = String::new();
    out.read_to_string(&mut rest).expect("it can be read");
    assert_eq!(rest, "", "stdout belongs to the protocol");
}

#[cfg(unix)]
#[test]
fn it_ends_when_it_is_interrupted() {
    let (mut child, _out) = started(&["--logtostderr", "-v=9", "127.0.0.1:1"]);
    let interrupted = Command::new("kill")
        .args(["-INT", &child.id().to_string()])
        .status()
        .expect("there is kill");
    assert!(interrupted.success());
    assert!(child.wait().expect("it ends").success());
}

#[test]
fn started_by_hand_it_serves_though_nobody_holds_its_stdin() {
    let mut command = plugin(&[]);
    let mut child = command.stdin(Stdio::null()).spawn().expect("it starts");
    let mut out = BufReader::new(child.stdout.take().expect("it is a pipe"));
    let mut line = String::new();
    out.read_line(&mut line).expect("it says its port");
    let port: u16 = line.trim_end().parse().expect("it is a port");
    assert!(
        std::net::TcpStream::connect(("127.0.0.1", port)).is_ok(),
        "it listens there"
    );
    assert!(child.try_wait().expect("it can be asked").is_none());
    child.kill().expect("it is ended");
    child.wait().expect("it has ended");
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
