//! Random sequences of steps on two stacks in two projects of one organization, by the real CLI: resources are renamed and
//! moved, updates are killed, in any order. All webhooks look alike, so only the id tells which resource owns which.
//!
//! After each step exactly one resource of one state has each webhook of the cloud, and each resource's webhook exists.
//! `SEED=… make soak` repeats the same sequences.

use crate::killer::{Killer, Moment, Roll, Victim};
use crate::program::start;
use crate::whose::live;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use testkit::dice::Dice;
use testkit::session::Session;
use testkit::switches;

/// The number of sequences, and of steps in each, for a soak and otherwise.
const N_SEQUENCES: (usize, usize) = (12, 1);
const N_STEPS: (usize, usize) = (40, 12);

/// The names that resources may have.
const NAMES: [&str; 4] = ["a", "b", "c", "d"];

/// A stack, and what its program declares.
struct Home {
    project: &'static str,
    stack: String,
    /// The resources, each with its former name if it is renamed in this update.
    resources: BTreeMap<&'static str, Option<&'static str>>,
}

impl Home {
    fn full(&self) -> String {
        format!("acme/{}/{}", self.project, self.stack)
    }

    fn urn(&self, name: &str) -> String {
        let (project, stack) = (self.project, &self.stack);
        format!("urn:pulumi:{stack}::{project}::auto-deploy:index:Webhook::{name}")
    }

    fn free(&self) -> Vec<&'static str> {
        let is_free = |name: &&&'static str| !self.resources.contains_key(**name);
        NAMES.iter().filter(is_free).copied().collect()
    }

    fn taken(&self) -> Vec<&'static str> {
        self.resources.keys().copied().collect()
    }

    fn program(&self) -> String {
        let mut program = format!("name: {}\nruntime: yaml\n", self.project);
        if !self.resources.is_empty() {
            program.push_str("resources:\n");
        }
        for (name, former) in &self.resources {
            let options = match former {
                Some(former) => format!("aliases: [{{name: {former}}}]"),
                None => String::new(),
            };
            writeln!(
                program,
                "  {name}: {{type: 'auto-deploy:Webhook', properties: {{organizationName: acme, projectName: app, stackName: \
                 prod, displayName: x, payloadUrl: 'http://127.0.0.1:9/'}}, options: {{{options}}}}}"
            )
            .expect("a text takes all");
        }
        program
    }
}

/// Both stacks, on one cloud.
struct Sequence {
    session: Session,
    roll: Roll,
    homes: [Home; 2],
    dice: Dice,
    done: Vec<String>,
}

impl Sequence {
    async fn begin(seed: u64, number: usize) -> Sequence {
        let home = |project| Home {
            project,
            stack: "dev".to_owned(),
            resources: BTreeMap::new(),
        };
        let homes = [home("one"), home("two")];
        let (session, roll) = start("name: web\nruntime: yaml\n", &["prod", "dev"]).await;
        for home in &homes {
            session.program(&home.program());
            let init = ["stack", "init", &home.full()];
            session.pulumi(&init).await.succeeds();
        }
        Sequence {
            session,
            roll,
            homes,
            dice: Dice::new(seed, number),
            done: Vec::new(),
        }
    }

    async fn run(&mut self, at: usize, arguments: &[&str]) {
        let home = &self.homes[at];
        self.session.program(&home.program());
        let full = home.full();
        let arguments = [arguments, &["--stack", &full]].concat();
        let ran = self.session.pulumi(&arguments).await;
        let said = format!("{}{}", ran.out, ran.err);
        assert_eq!(ran.code, Some(0), "{:?}: {said}", self.done);
    }

    async fn up(&mut self, at: usize) {
        self.run(at, &["up", "--yes", "--skip-preview"]).await;
        for former in self.homes[at].resources.values_mut() {
            *former = None;
        }
    }

    /// Kills an update as soon as it has created something; the next update completes it.
    async fn kill(&mut self, at: usize) {
        let home = &self.homes[at];
        self.session.program(&home.program());
        let killer = Killer::new(&self.roll, Victim::Cli, Moment::Done, 1);
        let faults = self.session.cloud().app();
        faults.faults().watch(killer.clone());
        let full = home.full();
        let up = ["up", "--yes", "--skip-preview", "--stack", &full];
        killer.run(self.session.command(&up)).await;
        faults.faults().unwatch();
        assert!(killer.has_killed(), "{:?}", self.done);
        self.run(at, &["cancel", "--yes"]).await;
    }

    /// One of these names, if there are any.
    fn one_of(&mut self, names: &[&'static str]) -> Option<&'static str> {
        (!names.is_empty()).then(|| *self.dice.one_of(names))
    }

    /// Does a random step and says which; nothing if the step is not possible now.
    async fn step(&mut self) -> Option<()> {
        let at = self.dice.below(2);
        let (free, taken) = (self.homes[at].free(), self.homes[at].taken());
        match self.dice.below(7) {
            0 => {
                let name = self.one_of(&free)?;
                self.done.push(format!("{at}: add {name}"));
                self.homes[at].resources.insert(name, None);
                self.up(at).await;
            }
            1 => {
                let name = self.one_of(&taken)?;
                self.done.push(format!("{at}: remove {name}"));
                self.homes[at].resources.remove(name);
                self.up(at).await;
            }
            2 => {
                let (old, new) = (self.one_of(&taken)?, self.one_of(&free)?);
                self.done.push(format!("{at}: {old} is {new} by an alias"));
                self.homes[at].resources.remove(old);
                self.homes[at].resources.insert(new, Some(old));
                self.up(at).await;
            }
            3 => {
                let (old, new) = (self.one_of(&taken)?, self.one_of(&free)?);
                self.done.push(format!("{at}: {old} is {new} in the state"));
                let urn = self.homes[at].urn(old);
                self.run(at, &["state", "rename", &urn, new, "--yes"]).await;
                self.homes[at].resources.remove(old);
                self.homes[at].resources.insert(new, None);
                // Sometimes the old name is used again at once.
                if self.dice.chance(50) {
                    self.homes[at].resources.insert(old, None);
                }
                self.up(at).await;
            }
            4 => self.move_over(at).await?,
            5 => {
                let name = *self.dice.one_of(&["dev", "live", "main"]);
                if name == self.homes[at].stack {
                    return None;
                }
                self.done.push(format!("{at}: the stack is {name}"));
                self.run(at, &["stack", "rename", name]).await;
                name.clone_into(&mut self.homes[at].stack);
                self.up(at).await;
            }
            _ => {
                let name = self.one_of(&free)?;
                let is_renamed = self.dice.chance(30);
                self.done.push(format!(
                    "{at}: killed with {name}, renamed then: {is_renamed}"
                ));
                self.homes[at].resources.insert(name, None);
                self.kill(at).await;
                if is_renamed {
                    let next = format!("{}x", self.homes[at].stack);
                    self.run(at, &["stack", "rename", &next]).await;
                    self.homes[at].stack = next;
                }
                self.up(at).await;
            }
        }
        Some(())
    }

    /// Moves a webhook to the other stack; the first one's program is edited then, or one update later.
    async fn move_over(&mut self, at: usize) -> Option<()> {
        let to = 1 - at;
        let theirs = self.homes[to].free();
        let both: Vec<_> = self.homes[at]
            .taken()
            .into_iter()
            .filter(|name| theirs.contains(name))
            .collect();
        let name = self.one_of(&both)?;
        let is_late = self.dice.chance(50);
        self.done.push(format!(
            "{at}: {name} moves to the other, edited late: {is_late}"
        ));
        // The other stack must exist with a resource first.
        self.up(to).await;
        let (urn, source, dest) = (
            self.homes[at].urn(name),
            self.homes[at].full(),
            self.homes[to].full(),
        );
        self.session.program(&self.homes[at].program());
        let state_move = [
            "state", "move", "--source", &source, "--dest", &dest, &urn, "--yes",
        ];
        self.session.pulumi(&state_move).await.succeeds();
        self.homes[to].resources.insert(name, None);
        if is_late {
            self.up(at).await;
            self.look().await;
        }
        self.homes[at].resources.remove(name);
        self.up(at).await;
        self.up(to).await;
        Some(())
    }

    /// Exactly one resource has each webhook, and each resource's webhook exists.
    async fn look(&self) {
        let mut held = Vec::new();
        for home in &self.homes {
            let export = format!("/api/stacks/{}/export", home.full());
            let state = self.session.get(&export).await;
            let resources = state["deployment"]["resources"]
                .as_array()
                .cloned()
                .unwrap_or_default();
            let hooks = resources
                .iter()
                .filter(|it| it["type"] == "auto-deploy:index:Webhook");
            held.extend(hooks.map(|hook| hook["id"].as_str().map(str::to_owned).expect("a text")));
        }
        let once: BTreeSet<_> = held.iter().cloned().collect();
        assert_eq!(
            once.len(),
            held.len(),
            "held twice: {held:?}, {:?}",
            self.done
        );
        let live: BTreeSet<String> = live(&self.session).await.into_keys().collect();
        assert_eq!(live, once, "{:?}", self.done);
    }
}

#[expect(clippy::print_stdout, reason = "the user who soaks reads it")]
#[tokio::test(flavor = "multi_thread")]
async fn of_two_stacks_each_webhook_is_held_by_one_resource() {
    let (n_sequences, n_steps) = if switches::soak() {
        (N_SEQUENCES.0, N_STEPS.0)
    } else {
        (N_SEQUENCES.1, N_STEPS.1)
    };
    let seed = switches::seed();
    println!("{n_sequences} sequences of two stacks, SEED={seed}");
    for number in 0..n_sequences {
        let mut sequence = Sequence::begin(seed, number).await;
        sequence
            .done
            .push(format!("SEED={seed}, sequence {number}"));
        let mut n_done = 0;
        while n_done < n_steps {
            if sequence.step().await.is_some() {
                n_done += 1;
                sequence.look().await;
            }
        }
        println!("{:?}", sequence.done);
    }
}
