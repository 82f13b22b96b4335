//! The cost of each method of a plugin, with one caller, and a cloud that answers immediately.

use crate::lifecycle::{METHODS, run_all};
use crate::plugin::{Plugin, Subject};
use crate::report::{Figure, Section};
use crate::stub::Stub;

/// How many lifecycles are run before those that count, and how many count, in each run.
const N_WARM: usize = 50;
const N_LIFECYCLES: usize = 1000;

/// The goals for the methods, in order.
const GOALS: [&str; 6] = ["≤ 0.25", "≤ 0.6", "≤ 0.6", "≤ 0.25", "≤ 0.6", "≤ 0.6"];

/// The result of one run of one plugin: medians over its lifecycles.
struct Run {
    medians_ms: [f64; 6],
    cpu_ms_per_lifecycle: f64,
    resident_mb: f64,
}

/// Runs lifecycles with each plugin in turn, `runs` times. A plugin without such a webhook is left out, with a note.
pub(crate) async fn measure(subjects: &[Subject], runs: usize) -> anyhow::Result<Section> {
    let mut section = Section::new(
        "A webhook's lifecycle over gRPC",
        "Medians of the lifecycles of each run; one caller, and a cloud in memory that answers at once.",
    );
    let mut measured: Vec<anyhow::Result<Vec<Run>>> =
        subjects.iter().map(|_| Ok(Vec::new())).collect();
    for _ in 0..runs {
        for (subject, runs) in subjects.iter().zip(&mut measured) {
            let Ok(so_far) = runs else { continue };
            match run(subject).await {
                Ok(run) => so_far.push(run),
                Err(error) => *runs = Err(error),
            }
        }
    }
    for (place, (subject, runs)) in subjects.iter().zip(measured).enumerate() {
        match runs {
            Ok(runs) => table(&mut section, subject, &runs, place == 0),
            Err(error) if place == 0 => return Err(error),
            Err(error) => {
                let remark = format!(" {} was left out: {error}.", subject.name);
                section.note.push_str(&remark);
            }
        }
    }
    Ok(section)
}

fn table(section: &mut Section, subject: &Subject, runs: &[Run], with_goals: bool) {
    let goal = |text| if with_goals { text } else { "" };
    let name = &subject.name;
    for (place, method) in METHODS.iter().enumerate() {
        let medians = runs.iter().map(|run| run.medians_ms[place]).collect();
        let figure = Figure::of(format!("{name}: {method}, ms"), goal(GOALS[place]), medians);
        section.push(figure);
    }
    section.push(Figure::of(
        format!("{name}: CPU time of a lifecycle, ms"),
        goal("≤ 1.5"),
        runs.iter().map(|run| run.cpu_ms_per_lifecycle).collect(),
    ));
    section.push(Figure::of(
        format!("{name}: resident after {N_LIFECYCLES} lifecycles, MB"),
        goal("≤ 14"),
        runs.iter().map(|run| run.resident_mb).collect(),
    ));
}

async fn run(subject: &Subject) -> anyhow::Result<Run> {
    let stub = Stub::start().await?;
    let mut plugin = Plugin::start(subject, &stub.url).await?;
    plugin.configure(&stub.url).await?;
    let names = |what: &str, n| {
        (0..n)
            .map(|number| format!("{what}{number}"))
            .collect::<Vec<_>>()
    };
    run_all(&mut plugin, &stub.url, &names("warm", N_WARM)).await?;
    let before = plugin.cpu_time()?;
    let mut took: [Vec<f64>; 6] = Default::default();
    for durations in run_all(&mut plugin, &stub.url, &names("hook", N_LIFECYCLES)).await? {
        for (all, duration) in took.iter_mut().zip(durations) {
            all.push(duration.as_secs_f64() * 1e3);
        }
    }
    #[expect(clippy::cast_precision_loss, reason = "it is a small number")]
    let cpu_ms_per_lifecycle = (plugin.cpu_time()? - before) / N_LIFECYCLES as f64;
    let resident_mb = plugin.resident()?;
    plugin.end().await?;
    Ok(Run {
        medians_ms: took.map(median),
        cpu_ms_per_lifecycle,
        resident_mb,
    })
}

fn median(mut figures: Vec<f64>) -> f64 {
    figures.sort_by(f64::total_cmp);
    figures[figures.len() / 2]
}
