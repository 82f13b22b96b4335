//! How many webhooks a plugin creates per second with concurrent callers, and over how many connections.

use crate::lifecycle::{Purpose, checked};
use crate::plugin::{Plugin, Subject};
use crate::report::{Figure, Section};
use crate::stub::Stub;
use anyhow::Context as _;
use std::io::Write as _;
use std::sync::{Arc, Mutex};
use std::time::Instant;
use tokio::task::JoinSet;

/// The numbers of concurrent callers. The engine uses four per core, or as many as `--parallel` says.
const CALLERS: [usize; 4] = [1, 16, 64, 256];

/// The number of creates in a run.
const N_CREATES: usize = 4000;

/// What is created, its name in the tables, the goals for 64 callers, and the goal for the rate relative to the first peer.
const KINDS: [(Purpose, &str, [&str; 3]); 2] = [
    (
        Purpose::Events,
        "webhooks for events",
        ["≥ 6000", "≤ 16", ""],
    ),
    (Purpose::Edge, "edges of one stack", ["", "≤ 16", "≥ 2.0"]),
];

/// Measures each plugin in turn, `runs` times for each number of callers.
pub(crate) async fn measure(subjects: &[Subject], runs: usize) -> anyhow::Result<Section> {
    let mut section = Section::new(
        "Creates under load",
        "All callers share one gRPC connection, as in the engine; the cloud is in memory and answers at once. It, the \
         plugin and the callers share this machine's cores. All webhooks are of one stack.",
    );
    for (purpose, kind, goals) in KINDS {
        for callers in CALLERS {
            let what = format!("{kind}, {callers} callers");
            add(
                &mut section,
                subjects,
                runs,
                (purpose, callers),
                &what,
                goals,
            )
            .await;
        }
    }
    Ok(section)
}

async fn add(
    section: &mut Section,
    subjects: &[Subject],
    runs: usize,
    (purpose, callers): (Purpose, usize),
    what: &str,
    goals: [&'static str; 3],
) {
    let mut rates: Vec<Vec<f64>> = subjects.iter().map(|_| Vec::new()).collect();
    let mut connections = rates.clone();
    for _ in 0..runs {
        for (place, subject) in subjects.iter().enumerate() {
            match run(subject, callers, purpose).await {
                Ok((rate, opened)) => {
                    rates[place].push(rate);
                    connections[place].push(opened);
                }
                // Another provider may not support such a webhook.
                Err(error) => tell(&subject.name, what, &error),
            }
        }
    }
    for (place, subject) in subjects.iter().enumerate() {
        if rates[place].is_empty() {
            continue;
        }
        let has_goal = place == 0 && callers == 64;
        let goal = |text| if has_goal { text } else { "" };
        let name = &subject.name;
        let (rates, connections) = (rates[place].clone(), connections[place].clone());
        section.push(Figure::of(
            format!("{name}: {what}, creates/s"),
            goal(goals[0]),
            rates,
        ));
        let opened = format!("{name}: {what}, connections");
        section.push(Figure::of(opened, goal(goals[1]), connections));
    }
    if let [ours, peer, ..] = rates.as_slice()
        && !ours.is_empty()
        && ours.len() == peer.len()
    {
        let ratios = ours.iter().zip(peer).map(|(ours, peer)| ours / peer);
        let of = format!("{what}, by the rate of {}", subjects[1].name);
        section.push(Figure::of(of, goals[2], ratios.collect()));
    }
}

/// The creates per second, and the number of connections.
async fn run(subject: &Subject, callers: usize, purpose: Purpose) -> anyhow::Result<(f64, f64)> {
    let stub = Stub::start().await?;
    let mut plugin = Plugin::start(subject, &stub.url).await?;
    plugin.configure(&stub.url).await?;
    let mut creates = Vec::with_capacity(N_CREATES);
    for number in 0..=N_CREATES {
        creates.push(checked(&plugin, &format!("hook{number}"), purpose).await?);
    }
    let first = creates.pop().context("there is one")?;
    plugin.client.create(first).await?;
    let creates = Arc::new(Mutex::new(creates));
    let begin = Instant::now();
    let mut tasks = JoinSet::new();
    for _ in 0..callers {
        let (mut client, creates) = (plugin.client.clone(), Arc::clone(&creates));
        tasks.spawn(async move {
            loop {
                let next = creates.lock().expect("nobody panics holding it").pop();
                let Some(next) = next else {
                    return anyhow::Ok(());
                };
                client.create(next).await?;
            }
        });
    }
    while let Some(ended) = tasks.join_next().await {
        ended.context("a caller panicked")??;
    }
    let seconds = begin.elapsed().as_secs_f64();
    let (_, connections) = stub.counts();
    plugin.end().await?;
    #[expect(clippy::cast_precision_loss, reason = "they are small numbers")]
    let figures = (N_CREATES as f64 / seconds, connections as f64);
    Ok(figures)
}

fn tell(name: &str, what: &str, error: &anyhow::Error) {
    // If this fails, no one reads it.
    let _ = writeln!(std::io::stderr(), "{name} makes no {what}: {error:#}");
}
