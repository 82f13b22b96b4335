//! The same programs with our plugin and with others, in turn: time, state and requests.
//!
//! The state is in a folder, and the webhooks are in the stub. So the differences come from the plugins, and from what the
//! engine makes of their answers.

use crate::plugin::Subject;
use crate::programs::Program;
use crate::pulumi::{Backend, Workspace};
use crate::report::{Figure, Section};
use crate::stub::{Manner, Stub};
use std::path::Path;
use std::time::Duration;

/// A program to measure, and the goals relative to the first peer.
pub(crate) struct Beside {
    /// The program.
    pub(crate) program: Program,
    /// The goals for `up` and `destroy`.
    pub(crate) goals: [&'static str; 2],
    /// The goal for the state, in KB.
    pub(crate) state: &'static str,
    /// The behaviour of the cloud.
    pub(crate) manner: Manner,
}

/// The results of one plugin's runs.
#[derive(Default)]
struct Runs {
    up: Vec<f64>,
    destroy: Vec<f64>,
    state: Vec<f64>,
    calls: Vec<f64>,
}

impl Beside {
    /// Runs `up` and `destroy` of the program with each plugin in turn, `runs` times.
    pub(crate) async fn measure(
        &self,
        subjects: &[Subject],
        cli: &Path,
        runs: usize,
    ) -> anyhow::Result<Section> {
        let mut all: Vec<Runs> = subjects.iter().map(|_| Runs::default()).collect();
        for _ in 0..runs {
            for (subject, runs) in subjects.iter().zip(&mut all) {
                runs.add(run(&self.program.text, subject, cli, self.manner).await?);
            }
        }
        let length = self.manner.name_length;
        let names = if length == Manner::default().name_length {
            String::new()
        } else {
            format!(", where the cloud gives names of {length} characters")
        };
        let mut section = Section::new(
            format!("Beside others: {}{names}", self.program.name),
            "The state is in a folder, the webhooks are in a cloud in memory; the plugins take turns. A ratio is of the runs \
             that followed each other.",
        );
        for (place, (subject, runs)) in subjects.iter().zip(&all).enumerate() {
            let goal = |goal| if place == 0 { goal } else { "" };
            let mut push = |what: &str, goal, runs: &[f64]| {
                section.push(Figure::of(
                    format!("{}: {what}", subject.name),
                    goal,
                    runs.to_vec(),
                ));
            };
            push("up, s", "", &runs.up);
            push("destroy, s", "", &runs.destroy);
            push("state, KB", goal(self.state), &runs.state);
            push("up, requests", "", &runs.calls);
        }
        if let [ours, peer, ..] = all.as_slice() {
            let name = &subjects[1].name;
            for (what, goal, ours, peer) in [
                ("up", self.goals[0], &ours.up, &peer.up),
                ("destroy", self.goals[1], &ours.destroy, &peer.destroy),
            ] {
                let ratios = ours.iter().zip(peer).map(|(ours, peer)| ours / peer);
                section.push(Figure::of(
                    format!("{what}, by that of {name}"),
                    goal,
                    ratios.collect(),
                ));
            }
        }
        Ok(section)
    }
}

/// How long `up` takes with this latency of the cloud, with and without checks.
pub(crate) async fn far(
    program: &Program,
    subject: &Subject,
    cli: &Path,
    runs: usize,
) -> anyhow::Result<Section> {
    let mut section = Section::new(
        format!("A cloud that is far: {}", program.name),
        "`up` with the state in a folder; each answer of the cloud takes as long as the line says.",
    );
    let without = program
        .text
        .replace("downstreamRefs", "checks: 'off', downstreamRefs");
    for latency in [0, 20, 100] {
        let far = Manner {
            latency: Duration::from_millis(latency),
            ..Manner::default()
        };
        let mut figures = [Runs::default(), Runs::default()];
        for _ in 0..runs {
            for (text, figures) in [&program.text, &without].into_iter().zip(&mut figures) {
                figures.add(run(text, subject, cli, far).await?);
            }
        }
        let [with, without] = figures;
        let ratios = with
            .up
            .iter()
            .zip(&without.up)
            .map(|(with, without)| with / without);
        let ratios = ratios.collect();
        let mut push = |what: &str, goal, runs| {
            section.push(Figure::of(format!("{latency} ms: {what}"), goal, runs));
        };
        push("with checks, s", "", with.up);
        push("without, s", "", without.up);
        push("ratio", "≤ 1.15", ratios);
        push("with checks, requests", "", with.calls);
        push("without, requests", "", without.calls);
    }
    Ok(section)
}

/// The result of one run: `up` and `destroy` in seconds, the state in KB, and the requests of `up`.
async fn run(
    program: &str,
    subject: &Subject,
    cli: &Path,
    manner: Manner,
) -> anyhow::Result<[f64; 4]> {
    let stub = Stub::start_as(manner).await?;
    let workspace = Workspace::new(&subject.path, cli, &stub.url)?;
    workspace.write_for(&stub.url, program)?;
    let backend = Backend::Folder;
    workspace.run(backend, &["stack", "init", "run"]).await?;
    let up = workspace
        .run(backend, &["up", "--yes", "--skip-preview"])
        .await?;
    let (calls, _) = stub.counts();
    #[expect(clippy::cast_precision_loss, reason = "they are small numbers")]
    let (state, calls) = (workspace.state_bytes()? as f64 / 1e3, calls as f64);
    let destroy = workspace
        .run(backend, &["destroy", "--yes", "--skip-preview"])
        .await?;
    Ok([up, destroy, state, calls])
}

impl Runs {
    fn add(&mut self, [up, destroy, state, calls]: [f64; 4]) {
        self.up.push(up);
        self.destroy.push(destroy);
        self.state.push(state);
        self.calls.push(calls);
    }
}
