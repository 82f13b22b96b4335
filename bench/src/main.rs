//! Measures what users notice of the plugin and the local cloud. `make bench` runs everything.
//!
//! # What this may not do
//!
//! Run in tests: the figures depend on the machine. What must hold everywhere, such as the number of requests, is tested
//! elsewhere.

mod beside;
mod calls;
mod cascade;
mod deployments;
mod graph;
mod growth;
mod instructions;
mod joins;
mod large;
mod lifecycle;
mod load;
mod local;
mod machine;
mod plugin;
mod preview;
mod programs;
mod pulumi;
mod report;
mod shape;
mod start;
mod stub;

use anyhow::Context as _;
use beside::Beside;
use cascade::Goals;
use clap::{Parser, ValueEnum};
use deployments::Content;
use instructions::Instructions;
use large::Large;
use machine::Machine;
use plugin::Subject;
use programs::{Binaries, Program};
use pulumi::Backend;
use report::{Figure, Report, Section};
use shape::Shape;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use stub::Manner;

/// Measures the plugin and the local cloud.
#[derive(Debug, Parser)]
struct Arguments {
    /// The plugin.
    #[arg(long, value_name = "PATH")]
    plugin: PathBuf,
    /// The command `auto-deploy`.
    #[arg(long, value_name = "PATH")]
    command: PathBuf,
    /// The Pulumi CLI.
    #[arg(long, value_name = "PATH")]
    pulumi: PathBuf,
    /// Another provider to measure beside ours: `name:path`, or `name:path:token` if its webhook has another type token.
    #[arg(long = "peer", value_name = "PEER", env = "PEER", value_delimiter = ',', value_parser = Subject::peer)]
    peers: Vec<Subject>,
    /// What to measure; by default everything but `large` and `larger`.
    #[arg(
        long = "only",
        value_name = "PART",
        env = "ONLY",
        value_delimiter = ',',
        value_enum
    )]
    parts: Vec<Part>,
    /// How often to measure each figure; what takes minutes is measured less often.
    #[arg(long, value_name = "N", default_value = "7", value_parser = clap::value_parser!(u16).range(1..))]
    runs: u16,
    /// Where to write the tables, and the same as JSON beside them.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// The instruction counts that were kept.
    #[arg(long, value_name = "FILE", default_value = "bench/instructions.json")]
    kept: PathBuf,
    /// Compare the instruction counts with those that were kept, and measure nothing else.
    #[arg(long, conflicts_with = "keep")]
    check: bool,
    /// Keep the instruction counts of today, and measure nothing else.
    #[arg(long)]
    keep: bool,
}

/// A part of the report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Part {
    /// The plugin's start, size and idle memory.
    Start,
    /// The plugin's methods, one after the other.
    Calls,
    /// Many callers at once.
    Load,
    /// The checks of a large graph, without a cloud.
    Checks,
    /// Calls to the cloud by the number of webhooks.
    Growth,
    /// The Pulumi CLI on programs of many webhooks.
    Webhooks,
    /// The Pulumi CLI on graphs of stacks.
    Graphs,
    /// The Pulumi CLI on a graph of a thousand stacks.
    Thousand,
    /// The Pulumi CLI on the same programs by each plugin.
    Beside,
    /// The Pulumi CLI with a cloud that takes its time.
    Far,
    /// Cascades in the local cloud.
    Cascades,
    /// Deployments by the Pulumi CLI in the local cloud.
    Deployments,
    /// The preview of a cascade in the local cloud.
    Previews,
    /// Programs that conduct joins.
    Joins,
    /// The Pulumi CLI on one graph of thousands of edges; takes half an hour.
    Large,
    /// The Pulumi CLI on one graph of ten thousand edges; takes hours with a CLI whose work grows with the square.
    Larger,
    /// Instructions, counted.
    Instructions,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    let ours = Subject::ours(&arguments.plugin);
    if arguments.check || arguments.keep {
        return compare(&arguments, &ours).await;
    }
    let parts = match arguments.parts.as_slice() {
        // Parts that take an hour must be named.
        [] => {
            let all = Part::value_variants().iter().copied();
            all.filter(|part| !matches!(part, Part::Large | Part::Larger))
                .collect()
        }
        some => some.to_vec(),
    };
    let mut report = Report {
        machine: Machine::here(&arguments.pulumi),
        sections: Vec::new(),
    };
    let mut out = std::io::stdout();
    writeln!(out, "{}", report.machine.markdown())?;
    for part in parts {
        for job in jobs(part) {
            let section = job.measure(&arguments, &ours).await?;
            write!(out, "\n{}", section.markdown())?;
            out.flush()?;
            report.sections.push(section);
            // The results so far are kept, even if a later part fails.
            write(&report, arguments.out.as_deref())?;
        }
    }
    Ok(())
}

/// A section to measure.
enum Job {
    Start,
    Calls,
    Load,
    Checks,
    Growth,
    Program(Program, u16),
    Beside(Beside, u16),
    Far(Program, u16),
    Cascade((usize, usize), Goals, u16),
    Chain(usize),
    Deployments(Content),
    Preview((usize, usize), u16),
    Joins((usize, usize)),
    Large(Large),
    Instructions,
}

/// The sections of a part. Those that take long are measured at most this often.
fn jobs(part: Part) -> Vec<Job> {
    const OFTEN: u16 = u16::MAX;
    let none = [""; 5];
    let no_goals = Goals {
        time: "",
        memory: "",
    };
    let graph = |shape| Job::Program(Program::graph(shape, none), OFTEN);
    match part {
        Part::Start => vec![Job::Start],
        Part::Calls => vec![Job::Calls],
        Part::Load => vec![Job::Load],
        Part::Checks => vec![Job::Checks],
        Part::Growth => vec![Job::Growth],
        Part::Webhooks => [(10, OFTEN), (100, OFTEN), (500, 3)]
            .map(|(n, runs)| Job::Program(Program::webhooks(n), runs))
            .into(),
        Part::Graphs => vec![
            graph(Shape::Chain(50)),
            graph(Shape::Fan(50)),
            graph(Shape::Layers(5, 10)),
        ],
        Part::Thousand => {
            let goals = ["≤ 15", "", "", "", ""];
            vec![Job::Program(
                Program::graph(Shape::Layers(10, 100), goals),
                1,
            )]
        }
        Part::Beside => beside(),
        Part::Far => [Shape::Chain(50), Shape::Meshed(5, 10)]
            .map(|shape| Job::Far(Program::graph(shape, none), 3))
            .into(),
        Part::Cascades => vec![
            Job::Chain(100),
            Job::Cascade((10, 10), no_goals, OFTEN),
            Job::Cascade(
                (10, 100),
                Goals {
                    memory: "≤ 200",
                    ..no_goals
                },
                3,
            ),
            Job::Cascade(
                (10, 1000),
                Goals {
                    time: "≤ 30",
                    memory: "≤ 300",
                },
                1,
            ),
        ],
        Part::Deployments => vec![
            Job::Deployments(Content::Nothing),
            Job::Deployments(Content::Deployer),
        ],
        Part::Previews => vec![Job::Preview((10, 100), 3)],
        Part::Joins => vec![Job::Joins((5, 20)), Job::Joins((10, 100))],
        Part::Large => [
            (11, Backend::Cloud, true),
            (11, Backend::Folder, true),
            (31, Backend::Cloud, false),
            (31, Backend::Folder, false),
        ]
        .map(|(layers, backend, previews)| {
            Job::Large(Large {
                layers,
                backend,
                previews,
            })
        })
        .into(),
        Part::Larger => vec![Job::Large(Large {
            layers: 101,
            backend: Backend::Cloud,
            previews: false,
        })],
        Part::Instructions => vec![Job::Instructions],
    }
}

/// The programs that are measured beside other plugins, with the goals.
fn beside() -> Vec<Job> {
    let of = |program, goals, state, runs| {
        let beside = Beside {
            program,
            goals,
            state,
            manner: Manner::default(),
        };
        Job::Beside(beside, runs)
    };
    // Our names are longer, and so is the state. This shows how much of the difference comes from that.
    let with_long_names = Beside {
        program: Program::graph(Shape::Meshed(5, 10), [""; 5]),
        goals: ["", ""],
        state: "",
        manner: Manner {
            name_length: 32,
            ..Manner::default()
        },
    };
    let graph = |shape, goals, state| of(Program::graph(shape, [""; 5]), goals, state, u16::MAX);
    vec![
        graph(Shape::Meshed(5, 10), ["≤ 0.90", "≤ 0.95"], "≤ 560"),
        graph(Shape::Fan(51), ["≤ 0.90", "≤ 0.95"], "≤ 90"),
        graph(Shape::Chain(50), ["≤ 0.95", "≤ 0.95"], ""),
        of(Program::webhooks(500), ["≤ 0.90", ""], "", 3),
        Job::Beside(with_long_names, 3),
    ]
}

impl Job {
    async fn measure(&self, arguments: &Arguments, ours: &Subject) -> anyhow::Result<Section> {
        let runs = |most: u16| usize::from(arguments.runs.min(most));
        let subjects: Vec<Subject> = std::iter::once(ours.clone())
            .chain(arguments.peers.iter().cloned())
            .collect();
        let binaries = Binaries {
            plugin: &arguments.plugin,
            command: &arguments.command,
            cli: &arguments.pulumi,
        };
        match self {
            Job::Start => start::measure(&subjects, runs(u16::MAX)).await,
            Job::Calls => calls::measure(&subjects, runs(u16::MAX)).await,
            Job::Load => load::measure(&subjects, runs(u16::MAX)).await,
            Job::Checks => graph::measure(runs(u16::MAX)),
            Job::Growth => growth::measure(binaries).await,
            Job::Program(program, most) => program.measure(binaries, runs(*most)).await,
            Job::Beside(beside, most) => {
                let cli = &arguments.pulumi;
                beside.measure(&subjects, cli, runs(*most)).await
            }
            Job::Far(program, most) => {
                beside::far(program, ours, &arguments.pulumi, runs(*most)).await
            }
            Job::Cascade(size, goals, most) => {
                cascade::measure(&arguments.command, *size, *goals, runs(*most)).await
            }
            Job::Chain(n) => cascade::chain(&arguments.command, *n, runs(u16::MAX)).await,
            Job::Deployments(content) => {
                deployments::measure(binaries, *content, runs(u16::MAX)).await
            }
            Job::Preview(size, most) => {
                preview::measure(&arguments.command, *size, runs(*most)).await
            }
            Job::Joins(size) => joins::measure(binaries, *size).await,
            Job::Large(large) => large.measure(binaries).await,
            Job::Instructions => instructions(ours, &arguments.pulumi).await,
        }
    }
}

async fn instructions(ours: &Subject, cli: &Path) -> anyhow::Result<Section> {
    let counted = Instructions::count(ours, cli).await?;
    let mut section = Section::new(
        "Instructions, requests and bytes",
        "Instructions are counted by callgrind; `make bench-check` finds a rise.",
    );
    #[expect(clippy::cast_precision_loss, reason = "a figure is wanted")]
    let figure = |count: u64| count as f64;
    for (name, count, _) in counted.figures() {
        section.push(Figure::once(name, "", figure(count)));
    }
    Ok(section)
}

async fn compare(arguments: &Arguments, ours: &Subject) -> anyhow::Result<()> {
    let counted = Instructions::count(ours, &arguments.pulumi).await?;
    let mut out = std::io::stdout();
    for (name, count, _) in counted.figures() {
        writeln!(out, "{name}: {count}")?;
    }
    if arguments.keep {
        return counted.keep(&arguments.kept);
    }
    counted.check(&Instructions::kept(&arguments.kept)?)
}

/// Writes the report into `file`, and as JSON beside it.
fn write(report: &Report, file: Option<&Path>) -> anyhow::Result<()> {
    let Some(file) = file else { return Ok(()) };
    let json = serde_json::to_string_pretty(&report.json())? + "\n";
    for (file, text) in [
        (file.to_owned(), report.markdown()),
        (file.with_extension("json"), json),
    ] {
        std::fs::write(&file, text).with_context(|| format!("cannot write {}", file.display()))?;
    }
    Ok(())
}
