//! Our programs as processes: they print their addresses, and serve until they are told to end.

use rustix::process::{Pid, Signal, kill_process};
use std::io::{BufRead as _, BufReader, Read as _};
use std::process::{Child, ChildStdout, Command, Output, Stdio};

/// A serving process. It is killed when dropped, however the test ends.
#[derive(Debug)]
pub struct Service {
    child: Child,
    out: BufReader<ChildStdout>,
    first_line: String,
}

impl Service {
    /// Starts a command, and waits for the first line on standard output. Its standard error goes where `command` says.
    pub fn start(command: &mut Command) -> Service {
        let mut child = command
            .stdout(Stdio::piped())
            .spawn()
            .expect("the program starts");
        let mut out = BufReader::new(child.stdout.take().expect("it is a pipe"));
        let mut first_line = String::new();
        out.read_line(&mut first_line).expect("it prints text");
        Service {
            child,
            out,
            first_line: first_line.trim_end().to_owned(),
        }
    }

    /// Its first line: the URL of a cloud, the port of a plugin.
    pub fn address(&self) -> &str {
        &self.first_line
    }

    /// The port of a plugin.
    ///
    /// Panics if the first line is anything else.
    pub fn port(&self) -> u16 {
        let port = self.first_line.parse();
        port.expect("the first line is the port, and nothing else")
    }

    /// The process itself.
    pub fn child(&mut self) -> &mut Child {
        &mut self.child
    }

    /// Sends a signal, and waits for the end. Returns the exit status, and the output after the first line.
    pub fn end(&mut self, signal: Signal) -> Output {
        send(signal, &self.child);
        self.ended()
    }

    /// Waits for the end. Returns the exit status, and the output after the first line.
    pub fn ended(&mut self) -> Output {
        let (mut stdout, mut stderr) = (Vec::new(), Vec::new());
        let (out, errors) = (&mut self.out, self.child.stderr.take());
        std::thread::scope(|scope| {
            scope.spawn(|| out.read_to_end(&mut stdout).expect("it can be read"));
            if let Some(mut errors) = errors {
                errors.read_to_end(&mut stderr).expect("it can be read");
            }
        });
        let status = self.child.wait().expect("it ends");
        Output {
            status,
            stdout,
            stderr,
        }
    }

    /// Kills it, and waits for its end.
    pub fn kill(mut self) {
        self.child.kill().expect("it can be killed");
        self.child.wait().expect("it ends");
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Sends a signal to a process that this test has started and not yet waited for.
pub fn send(signal: Signal, child: &Child) {
    kill_process(Pid::from_child(child), signal).expect("the process takes signals");
}
