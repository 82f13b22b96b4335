//! Kills a process of an update at a certain request to the cloud.
//!
//! The cloud itself does it while it answers the request, so nothing can happen in between. Each process that the CLI
//! starts writes down its own id first, so no process list is searched.

use local_cloud::{Method, Trouble, Watch};
use rustix::process::{Pid, Signal, kill_process};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use testkit::session::Session;
use testkit::tools;

/// The pause between two checks whether a process has ended.
const BETWEEN_LOOKS: Duration = Duration::from_millis(1);

/// Which process is killed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Victim {
    Cli,
    Plugin,
}

/// How far the cloud has got with the request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Moment {
    /// The request has arrived, and nothing has been done, nor will be.
    Arrived,
    /// The request has been carried out, and no answer has been sent.
    Done,
}

/// Kills once. Clones share the same state.
#[derive(Clone)]
pub(crate) struct Killer(Arc<Mutex<Plan>>);

struct Plan {
    /// Which requests count.
    counts: fn(&Method, &str) -> bool,
    roll: Roll,
    victim: Victim,
    moment: Moment,
    n_calls_left: usize,
    cli: Option<Pid>,
    /// The processes that a killed CLI has left behind.
    orphans: Vec<(Part, Pid)>,
}

/// A program that the CLI starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    Plugin,
    LanguageHost,
}

/// The processes that the CLI of a session has started: each writes its id into this folder before it runs the program.
#[derive(Clone)]
pub(crate) struct Roll(PathBuf);

impl Roll {
    /// From now on, the processes of a session write down their ids.
    pub(crate) fn of(session: &mut Session) -> Roll {
        let roll = Roll(session.path("roll"));
        let plugins = format!(
            "home/plugins/resource-auto-deploy-v{}",
            env!("CARGO_PKG_VERSION")
        );
        let plugin = session.path(&plugins).join("pulumi-resource-auto-deploy");
        std::fs::remove_file(&plugin).expect("it is a link");
        roll.signs_in(&plugin, Part::Plugin, &tools::plugin());
        let hosts = session.path("hosts");
        std::fs::create_dir(&hosts).expect("it is made");
        let host = "pulumi-language-yaml";
        let beside_cli = tools::pulumi().with_file_name(host);
        roll.signs_in(&hosts.join(host), Part::LanguageHost, &beside_cli);
        let path = tools::path().into_string().expect("it is text");
        session.set("PATH", format!("{}:{path}", hosts.display()));
        roll
    }

    /// Writes a script that writes down its id and then becomes another program; the id stays.
    fn signs_in(&self, program: &Path, part: Part, becomes: &Path) {
        let (roll, becomes) = (self.0.display(), becomes.display());
        let script = format!("#!/bin/sh\necho {part:?} $$ >> '{roll}'\nexec '{becomes}' \"$@\"\n");
        tools::write_script(program, &script);
    }

    /// Forgets the processes of earlier runs.
    fn clear(&self) {
        std::fs::write(&self.0, "").expect("it is written");
    }

    /// The processes of this run that are still children of `cli`.
    fn children(&self, cli: Pid) -> Vec<(Part, Pid)> {
        let signed = std::fs::read_to_string(&self.0).expect("it is there");
        let entry = |line: &str| {
            let (part, pid) = line.split_once(' ').expect("there are two words");
            let part = if part == "Plugin" {
                Part::Plugin
            } else {
                Part::LanguageHost
            };
            let pid = Pid::from_raw(pid.parse().expect("it is a number"));
            (part, pid.expect("it is not 0"))
        };
        let parent = cli.to_string();
        let entries = signed.lines().map(entry);
        // Another process may have got the id of one that has ended.
        entries
            .filter(|(_, pid)| stat(*pid).is_some_and(|(_, of)| of == parent))
            .collect()
    }
}

impl Killer {
    /// Kills `victim` at the `call`th request about a webhook, counted from 1.
    pub(crate) fn new(roll: &Roll, victim: Victim, moment: Moment, call: usize) -> Killer {
        Killer::at(roll, victim, moment, call, |_, path| {
            path.contains("/hooks")
        })
    }

    /// The same for other requests.
    pub(crate) fn at(
        roll: &Roll,
        victim: Victim,
        moment: Moment,
        call: usize,
        counts: fn(&Method, &str) -> bool,
    ) -> Killer {
        roll.clear();
        Killer(Arc::new(Mutex::new(Plan {
            counts,
            roll: roll.clone(),
            victim,
            moment,
            n_calls_left: call,
            cli: None,
            orphans: Vec::new(),
        })))
    }

    /// Runs the CLI until it ends or is killed, and returns its output.
    pub(crate) async fn run(&self, mut command: Command) -> String {
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let child = command.spawn().expect("the CLI starts");
        self.0.lock().expect("no panic").cli = Some(Pid::from_child(&child));
        let plan = Arc::clone(&self.0);
        let output = tokio::task::spawn_blocking(move || {
            let output = child.wait_with_output().expect("it ends");
            let orphans = std::mem::take(&mut plan.lock().expect("no panic").orphans);
            for (part, pid) in orphans {
                end(part, pid);
            }
            output
        });
        let output = output.await.expect("no panic");
        let said = [output.stdout, output.stderr].concat();
        String::from_utf8_lossy(&said).into_owned()
    }

    /// Whether something was killed.
    pub(crate) fn has_killed(&self) -> bool {
        self.0.lock().expect("no panic").n_calls_left == 0
    }

    /// Counts a request, and kills if it is the one. Returns whether it was.
    fn count(&self, moment: Moment, method: &Method, path: &str) -> bool {
        let mut plan = self.0.lock().expect("no panic");
        if plan.moment != moment || plan.n_calls_left == 0 || !(plan.counts)(method, path) {
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
                plan.orphans = plan.roll.children(cli);
                kill(cli);
            }
            Victim::Plugin => {
                let mut plugins = plan.roll.children(cli);
                plugins.retain(|(part, _)| *part == Part::Plugin);
                assert!(!plugins.is_empty(), "a plugin calls the cloud");
                for (_, pid) in plugins {
                    kill(pid);
                }
            }
        }
        true
    }
}

impl Watch for Killer {
    fn arrived(&self, method: &Method, path: &str) -> Option<Trouble> {
        self.count(Moment::Arrived, method, path)
            .then_some(Trouble::Reset)
    }

    fn done(&self, method: &Method, path: &str) {
        self.count(Moment::Done, method, path);
    }
}

/// Kills a process, and waits until it has stopped.
fn kill(pid: Pid) {
    kill_process(pid, Signal::KILL).expect("it runs");
    while runs(pid) {
        std::thread::sleep(BETWEEN_LOOKS);
    }
}

/// Waits until an orphan ends by itself, as a plugin must when its engine is gone; a language host does not.
fn end(part: Part, pid: Pid) {
    match part {
        Part::Plugin => {
            while runs(pid) {
                std::thread::sleep(BETWEEN_LOOKS);
            }
        }
        Part::LanguageHost if runs(pid) => kill(pid),
        Part::LanguageHost => {}
    }
}

fn runs(pid: Pid) -> bool {
    stat(pid).is_some_and(|(state, _)| !matches!(state.as_str(), "Z" | "X"))
}

/// The state and the parent of a process, if it exists.
fn stat(pid: Pid) -> Option<(String, String)> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The name, in parentheses, may contain any character.
    let mut fields = stat.rsplit_once(") ")?.1.split(' ').map(str::to_owned);
    Some((fields.next()?, fields.next()?))
}
