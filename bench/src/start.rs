//! The cost of a plugin before it does anything: its size, its start, its first Configure, its memory when idle.

use crate::plugin::{Plugin, Subject};
use crate::report::{Figure, Section};
use crate::stub::Stub;

/// The result of one run of one plugin.
struct Run {
    first_answer_ms: f64,
    resident_mb: f64,
    configure_ms: f64,
}

/// Starts each plugin in turn, `runs` times, so that a change of the machine's speed affects all of them.
pub(crate) async fn measure(subjects: &[Subject], runs: usize) -> anyhow::Result<Section> {
    let stub = Stub::start().await?;
    let mut measured: Vec<Vec<Run>> = subjects.iter().map(|_| Vec::new()).collect();
    for _ in 0..runs {
        for (subject, runs) in subjects.iter().zip(&mut measured) {
            runs.push(run(subject, &stub.url).await?);
        }
    }
    let mut section = Section::new(
        "A plugin's start",
        "From the start of the process to its first answer; the engine starts two or three for each command.",
    );
    for (place, (subject, runs)) in subjects.iter().zip(&measured).enumerate() {
        let goal = |text| if place == 0 { text } else { "" };
        let of = |figure: fn(&Run) -> f64| runs.iter().map(figure).collect::<Vec<_>>();
        let name = &subject.name;
        section.push(Figure::once(
            format!("{name}: binary, MB"),
            goal("≤ 9"),
            subject.size()?,
        ));
        let start = of(|run| run.first_answer_ms);
        section.push(Figure::of(
            format!("{name}: start to first answer, ms"),
            goal("≤ 8"),
            start,
        ));
        let idle = of(|run| run.resident_mb);
        section.push(Figure::of(
            format!("{name}: resident when idle, MB"),
            goal("≤ 8"),
            idle,
        ));
        let configure = of(|run| run.configure_ms);
        section.push(Figure::of(
            format!("{name}: first Configure, ms"),
            "",
            configure,
        ));
    }
    ratios(&mut section, subjects, &measured);
    Ok(section)
}

/// The time of our start relative to the others, run by run.
fn ratios(section: &mut Section, subjects: &[Subject], measured: &[Vec<Run>]) {
    for (peer, runs) in subjects.iter().zip(measured).skip(1) {
        let pairs = measured[0].iter().zip(runs);
        let ratio = pairs.map(|(ours, theirs)| ours.first_answer_ms / theirs.first_answer_ms);
        let name = format!("start, {} / {}", subjects[0].name, peer.name);
        section.push(Figure::of(name, "≤ 0.2", ratio.collect()));
    }
}

async fn run(subject: &Subject, cloud: &str) -> anyhow::Result<Run> {
    let mut plugin = Plugin::start(subject, cloud).await?;
    let first_answer_ms = plugin.first_answer.as_secs_f64() * 1e3;
    let resident_mb = plugin.resident()?;
    let configure_ms = plugin.configure(cloud).await?.as_secs_f64() * 1e3;
    plugin.end().await?;
    Ok(Run {
        first_answer_ms,
        resident_mb,
        configure_ms,
    })
}
