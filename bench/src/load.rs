//! How many webhooks a plugin makes in a second when many ask at once, and over how many connections.

use crate::life::create;
use crate::plugin::{Plugin, Subject};
use crate::report::{Figure, Section};
use crate::stub::Stub;
use anyhow::Context as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;
use tokio::task::JoinSet;

/// How many ask at once; the engine asks as many as it has processors times four, or as `--parallel` says.
const CALLERS: [usize; 4] = [1, 16, 64, 256];

/// How many creates a run has.
const N_CREATES: usize = 4000;

/// Measures each plugin in turn, `runs` times for each number of callers.
pub(crate) async fn measure(subjects: &[Subject], runs: usize) -> anyhow::Result<Section> {
    let mut section = Section::new(
        "Creates under load",
        "All callers share one gRPC connection, as in the engine; the cloud is in memory and answers at once. It, the \
         plugin and the callers share this machine's cores.",
    );
    for callers in CALLERS {
        let mut rates: Vec<Vec<f64>> = subjects.iter().map(|_| Vec::new()).collect();
        let mut connections = rates.clone();
        for _ in 0..runs {
            for (place, subject) in subjects.iter().enumerate() {
                let Ok((rate, opened)) = run(subject, callers).await else {
                    continue;
                };
                rates[place].push(rate);
                connections[place].push(opened);
            }
        }
        for (place, subject) in subjects.iter().enumerate() {
            if rates[place].is_empty() {
                continue;
            }
            let has_goal = place == 0 && callers == 64;
            let goal = |text| if has_goal { text } else { "" };
            section.push(Figure::of(
                format!("{}: {callers} callers, creates/s", subject.name),
                goal("≥ 6000"),
                std::mem::take(&mut rates[place]),
            ));
            section.push(Figure::of(
                format!("{}: {callers} callers, connections", subject.name),
                goal("≤ 16"),
                std::mem::take(&mut connections[place]),
            ));
        }
    }
    Ok(section)
}

/// The creates in a second, and the connections that were opened.
async fn run(subject: &Subject, callers: usize) -> anyhow::Result<(f64, f64)> {
    let stub = Stub::start().await?;
    let mut plugin = Plugin::start(subject, &stub.url).await?;
    plugin.configure(&stub.url).await?;
    create(&plugin, "first").await?;
    let plugin = Arc::new(plugin);
    let next = Arc::new(AtomicUsize::new(0));
    let begin = Instant::now();
    let mut tasks = JoinSet::new();
    for _ in 0..callers {
        let (plugin, next) = (Arc::clone(&plugin), Arc::clone(&next));
        tasks.spawn(async move {
            loop {
                let number = next.fetch_add(1, Ordering::Relaxed);
                if number >= N_CREATES {
                    return anyhow::Ok(());
                }
                create(&plugin, &format!("hook{number}")).await?;
            }
        });
    }
    while let Some(ended) = tasks.join_next().await {
        ended.context("a caller panicked")??;
    }
    let seconds = begin.elapsed().as_secs_f64();
    let (_, connections) = stub.counts();
    Arc::into_inner(plugin)
        .context("the callers have ended")?
        .end()
        .await?;
    #[expect(clippy::cast_precision_loss, reason = "they are small numbers")]
    let figures = (N_CREATES as f64 / seconds, connections as f64);
    Ok(figures)
}
