//! Kills a process of an update at a certain call to the cloud.
//!
//! The cloud itself does it, while it answers the call, so that there is no race with what follows.

use local_cloud::{Method, Trouble, Watch};
use rustix::process::{Pid, Signal, kill_process};
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex};

/// Who is killed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Victim {
    Cli,
    Plugin,
}

/// How far the cloud has got with the call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Moment {
    /// The request has arrived, and nothing is done, nor will be.
    Arrived,
    /// What was asked for is done, and no answer sent.
    Done,
}

/// Kills once. Clones are the same killer.
#[derive(Clone)]
pub(crate) struct Killer(Arc<Mutex<Plan>>);

struct Plan {
    victim: Victim,
    moment: Moment,
    n_calls_left: usize,
    cli: Option<Pid>,
    /// What a killed CLI has left behind.
    orphans: Vec<Pid>,
}

impl Killer {
    /// Kills `victim` at the `call`th request about a webhook, counted from 1.
    pub(crate) fn new(victim: Victim, moment: Moment, call: usize) -> Killer {
        Killer(Arc::new(Mutex::new(Plan {
            victim,
            moment,
            n_calls_left: call,
            cli: None,
            orphans: Vec::new(),
        })))
    }

    /// Runs the CLI to its end, whoever brings it about, and answers what it said.
    pub(crate) async fn run(&self, mut command: Command) -> String {
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let child = command.spawn().expect("the CLI starts");
        self.0.lock().expect("no panic").cli = Some(Pid::from_child(&child));
        let plan = Arc::clone(&self.0);
        let output = tokio::task::spawn_blocking(move || {
            let output = child.wait_with_output().expect("it ends");
            let orphans = std::mem::take(&mut plan.lock().expect("no panic").orphans);
            orphans.into_iter().for_each(end);
            output
        });
        let output = output.await.expect("no panic");
        let said = [output.stdout, output.stderr].concat();
        String::from_utf8_lossy(&said).into_owned()
    }

    /// Whether it came to it.
    pub(crate) fn has_killed(&self) -> bool {
        self.0.lock().expect("no panic").n_calls_left == 0
    }

    /// Counts a call, and kills if it is the one. Answers whether it was.
    fn count(&self, moment: Moment, path: &str) -> bool {
        let mut plan = self.0.lock().expect("no panic");
        if plan.moment != moment || plan.n_calls_left == 0 || !path.contains("/hooks") {
            return false;
        }
        plan.n_calls_left -= 1;
        if plan.n_calls_left > 0 {
            return false;
        }
        let cli = plan
            .cli
            .expect("the plugin that calls was started by the CLI");
        match plan.victim {
            Victim::Cli => {
                plan.orphans = children(cli);
                kill(cli);
            }
            Victim::Plugin => {
                let plugins: Vec<_> = children(cli)
                    .into_iter()
                    .filter(|pid| is_plugin(*pid))
                    .collect();
                assert!(!plugins.is_empty(), "a plugin calls the cloud");
                plugins.into_iter().for_each(kill);
            }
        }
        true
    }
}

impl Watch for Killer {
    fn arrived(&self, _: &Method, path: &str) -> Option<Trouble> {
        self.count(Moment::Arrived, path).then_some(Trouble::Reset)
    }

    fn done(&self, _: &Method, path: &str) {
        self.count(Moment::Done, path);
    }
}

/// Kills a process, and waits until it does nothing more.
fn kill(pid: Pid) {
    kill_process(pid, Signal::KILL).expect("it runs");
    while runs(pid) {
        std::thread::yield_now();
    }
}

/// Waits for an orphan to end by itself, as a plugin must when its engine is gone; a language host does not.
fn end(pid: Pid) {
    if is_plugin(pid) {
        while runs(pid) {
            std::thread::yield_now();
        }
    } else if runs(pid) && name(pid).starts_with("pulumi-language") {
        kill(pid);
    }
}

fn is_plugin(pid: Pid) -> bool {
    name(pid).starts_with("pulumi-resource")
}

/// The processes that another has started.
fn children(parent: Pid) -> Vec<Pid> {
    let processes = std::fs::read_dir("/proc").expect("this is Linux").flatten();
    let pids = processes.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    let parent = parent.to_string();
    pids.filter_map(Pid::from_raw)
        .filter(|pid| stat(*pid).is_some_and(|(_, of)| of == parent))
        .collect()
}

/// The name of a process, of which the system shows the first fifteen characters.
fn name(pid: Pid) -> String {
    std::fs::read_to_string(format!("/proc/{pid}/comm")).unwrap_or_default()
}

fn runs(pid: Pid) -> bool {
    stat(pid).is_some_and(|(state, _)| !matches!(state.as_str(), "Z" | "X"))
}

/// The state and the parent of a process that is there.
fn stat(pid: Pid) -> Option<(String, String)> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The name, in parentheses, may hold anything.
    let mut fields = stat.rsplit_once(") ")?.1.split(' ').map(str::to_owned);
    Some((fields.next()?, fields.next()?))
}
