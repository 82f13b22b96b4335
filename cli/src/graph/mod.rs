//! `auto-deploy graph`: what depends on what.

mod svg;
mod tree;

use crate::context::{CloudArguments, Console};
use crate::exit::Exit;
use crate::look::{self, Look};
use crate::output::style::Tone;
use crate::output::text::{count, wrap};
use crate::output::{Cell, Screen, time, write_json};
use crate::say;
use auto_deploy::cascade::{Answer, Observed, Run, words};
use auto_deploy::domain::{StackRef, check_path_name};
use auto_deploy::findings::{Finding, Severity};
use auto_deploy::graph::{Drawing, Edge, Emphasis, reached};
use auto_deploy::survey::{Attention, Detail, Standing};
use jiff::Timestamp;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::io::Write;
use svg::Wire;
use tree::Tree;

/// Show what depends on what: the stacks, and what starts what
///
/// A stack depends on those that start it by a webhook or through a join, and on those that it holds a StackReference to. Each stack has
/// its state, a mark for each error or warning, and its last update.
#[derive(Debug, clap::Args)]
#[command(after_long_help = HELP)]
pub(crate) struct Arguments {
    #[command(flatten)]
    cloud: CloudArguments,
    /// Only the stacks of this project, with all that they depend on, and all that depends on them
    #[arg(long, value_name = "PROJECT", value_parser = name)]
    project: Option<String>,
    /// Only the stacks of this name, with all that they depend on, and all that depends on them
    #[arg(long, value_name = "STACK", value_parser = name)]
    stack: Option<String>,
    /// Also list what is wrong, below the tree
    #[arg(long)]
    findings: bool,
    /// How to draw it
    #[arg(long, value_enum, default_value_t = Format::Tree, conflicts_with = "json")]
    format: Format,
    /// The same as `--format json`
    #[arg(long)]
    json: bool,
}

const HELP: &str = "\
Marks:
  ✗  a finding that is an error: it cannot work
  !  a finding that is a warning

In pictures, dashed lines are dependencies that start nothing; thick lines, or lines that say `join`, are joins.

Exit status:
  0  the graph was drawn, whatever was found; `auto-deploy check` judges it
  2  there is no such stack, or the cloud could not be read

Examples:
  auto-deploy graph
  auto-deploy graph --project network
  auto-deploy graph --format svg > graph.svg
  auto-deploy graph --format dot | dot -Tpng > graph.png";

/// The form of a graph.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    /// For terminals.
    Tree,
    /// For Markdown.
    Mermaid,
    /// For Graphviz.
    Dot,
    /// For programs.
    Json,
    /// A self-contained image.
    Svg,
}

fn name(text: &str) -> Result<String, String> {
    check_path_name(text)
        .map(|()| text.to_owned())
        .map_err(|reason| format!("it {reason}"))
}

/// Prints the graph.
pub(crate) async fn run(arguments: Arguments, out: &mut impl Write) -> anyhow::Result<Exit> {
    let (context, look) = look::open(&arguments.cloud, Detail::EdgesAndSettings).await?;
    let part = Part::of(&look, &arguments);
    anyhow::ensure!(
        !part.stacks.is_empty(),
        "the organization `{}` has no such stack, as far as the access token can see; without `--project` and `--stack` \
         all are shown",
        context.organization
    );
    let standing = look.standing(&context, &Attention::default()).await;
    let view = View {
        look: &look,
        standing: &standing,
        part: &part,
        tells_findings: arguments.findings,
        now: time::now(),
    };
    let format = if arguments.json {
        Format::Json
    } else {
        arguments.format
    };
    match format {
        Format::Tree => view.tree(&Screen::of_stdout(), out)?,
        Format::Mermaid => write!(out, "{}", view.drawing().mermaid())?,
        Format::Dot => write!(out, "{}", view.drawing().dot())?,
        Format::Json => write_json(out, &view.json(&context.organization, &context.console))?,
        Format::Svg => write!(out, "{}", view.svg(&context.organization))?,
    }
    Ok(Exit::Well)
}

/// The requested part of the graph.
pub(crate) struct Part {
    pub(crate) stacks: BTreeSet<StackRef>,
    pub(crate) edges: BTreeSet<Edge>,
}

impl Part {
    fn of(look: &Look, arguments: &Arguments) -> Part {
        let ends = look.edges.iter().flat_map(Edge::ends);
        let all: BTreeSet<&StackRef> = look.stacks.keys().chain(ends).collect();
        let is_named = |stack: &StackRef| {
            let (project, name) = (&arguments.project, &arguments.stack);
            project
                .as_ref()
                .is_none_or(|wanted| wanted == stack.project())
                && name.as_ref().is_none_or(|wanted| wanted == stack.stack())
        };
        let named: BTreeSet<&StackRef> = all.into_iter().filter(|stack| is_named(stack)).collect();
        let down = reached(named.iter().copied(), look.edges.iter().map(Edge::down));
        let up = reached(named, look.edges.iter().map(Edge::up));
        let stacks: BTreeSet<StackRef> = down.union(&up).map(|stack| (*stack).clone()).collect();
        let edges = look
            .edges
            .iter()
            .filter(|edge| stacks.contains(&edge.upstream) && stacks.contains(&edge.downstream))
            .cloned()
            .collect();
        Part { stacks, edges }
    }
}

/// Prints the number of findings, and how to see them.
fn tally(findings: &[&Finding]) -> anyhow::Result<()> {
    let severities = [
        (Severity::Error, "error"),
        (Severity::Warning, "warning"),
        (Severity::Notice, "notice"),
    ];
    let counts = severities.iter().filter_map(|(severity, word)| {
        let same = findings.iter().filter(|it| it.severity == *severity);
        let n = same.count();
        (n > 0).then(|| count(n, word))
    });
    let counts: Vec<String> = counts.collect();
    if !counts.is_empty() {
        let counts = counts.join(", ");
        writeln!(
            std::io::stderr(),
            "{counts}; `auto-deploy check` explains them."
        )?;
    }
    Ok(())
}

/// A graph to print.
pub(crate) struct View<'a> {
    pub(crate) look: &'a Look,
    pub(crate) standing: &'a Standing,
    pub(crate) part: &'a Part,
    pub(crate) tells_findings: bool,
    pub(crate) now: Timestamp,
}

impl View<'_> {
    fn tree(&self, screen: &Screen, out: &mut impl Write) -> anyhow::Result<()> {
        let columns = |stack: &StackRef| {
            let updated = self.updated(stack);
            let updated = updated.map_or(String::new(), |at| time::ago(at, self.now));
            vec![
                self.state(stack),
                self.look.marks(stack),
                Cell::quiet(updated),
            ]
        };
        let tree = Tree::new(&self.part.stacks, &self.part.edges);
        for line in tree.lines(screen.width, screen.paint, columns) {
            writeln!(out, "{line}")?;
        }
        self.legend(screen, out)
    }

    /// The findings about the printed stacks: their number, or each in full.
    fn legend(&self, screen: &Screen, out: &mut impl Write) -> anyhow::Result<()> {
        let findings = self.look.findings_about(&self.part.stacks);
        if !self.tells_findings {
            return tally(&findings);
        }
        let (notices, findings): (Vec<&Finding>, Vec<&Finding>) = findings
            .into_iter()
            .partition(|finding| finding.severity == Severity::Notice);
        if !findings.is_empty() {
            writeln!(out)?;
        }
        let width = screen.width.unwrap_or(100).max(40);
        for finding in &findings {
            let (tone, mark) = look::mark(finding.severity);
            let text = wrap(&finding.to_string(), width - 4);
            for (n, line) in text.iter().enumerate() {
                let mark = if n == 0 { mark } else { " " };
                writeln!(out, "{} {line}", screen.paint.text(tone, mark))?;
            }
        }
        tally(&notices)
    }

    /// The state of a stack in a word or two.
    fn state(&self, stack: &StackRef) -> Cell {
        self.answer(stack)
            .map_or(Cell::new(Tone::Bad, "missing"), say::state)
    }

    fn answer(&self, stack: &StackRef) -> Option<&Answer> {
        self.standing.decision.answer(stack)
    }

    /// The newest run of a stack that ran its program or still may.
    fn newest(&self, stack: &StackRef) -> Option<Run> {
        let observed = self.standing.world.stacks.get(stack);
        let found = observed.and_then(Observed::found)?;
        Run::all(&found.history).into_iter().find(|run| run.counts)
    }

    fn updated(&self, stack: &StackRef) -> Option<Timestamp> {
        let newest = self.newest(stack)?;
        Some(newest.ended.or(newest.began).unwrap_or(newest.created))
    }

    /// Whether this edge is only a StackReference.
    fn is_reference_only(&self, edge: &Edge) -> bool {
        let mut webhooks = self.look.webhooks.iter();
        !self.look.joined.contains_key(edge)
            && !webhooks.any(|webhook| webhook.edge == *edge && webhook.starts.is_edge())
    }

    fn drawing(&self) -> Drawing {
        let mut drawing = Drawing::new(&self.part.stacks, &self.part.edges);
        for stack in &self.part.stacks {
            let (state, marks) = (self.state(stack), self.look.marks(stack));
            let line = format!("{} {}", state.text, marks.text);
            let worst = match (state.tone, marks.tone) {
                (Tone::Bad, _) | (_, Tone::Bad) => Emphasis::Alarm,
                (_, Tone::Odd) => Emphasis::Notice,
                _ => Emphasis::Plain,
            };
            drawing.mark_stack(stack, line.trim_end(), worst);
        }
        for edge in self
            .part
            .edges
            .iter()
            .filter(|edge| self.is_reference_only(edge))
        {
            drawing.mark_edge(edge, "reference", Emphasis::Faint);
        }
        let joined = self.look.joined.keys();
        for edge in joined.filter(|edge| self.part.edges.contains(edge)) {
            drawing.mark_edge(edge, "join", Emphasis::Plain);
        }
        drawing
    }

    fn svg(&self, organization: &str) -> String {
        let labels = self.part.stacks.iter().map(|stack| {
            let (state, marks) = (self.state(stack), self.look.marks(stack));
            let tone = match marks.tone {
                Tone::Bad | Tone::Odd if state.tone != Tone::Bad => marks.tone,
                _ => state.tone,
            };
            let text = format!("{} {}", state.text, marks.text);
            (stack.clone(), Cell::new(tone, text.trim_end()))
        });
        let title = format!(
            "{}: {}",
            organization,
            count(self.part.stacks.len(), "stack")
        );
        svg::draw(&title, &labels.collect(), &self.part.edges, |edge| {
            if self.is_reference_only(edge) {
                Wire::Reference
            } else if self.look.joined.contains_key(edge) {
                Wire::Join
            } else {
                Wire::Webhook
            }
        })
    }

    /// The whole graph as JSON.
    pub(crate) fn json(&self, organization: &str, console: &Console) -> Value {
        let stack = |stack: &StackRef| {
            let deployment = self.newest(stack).and_then(|run| run.deployment);
            let answer = self.answer(stack);
            let findings = self.look.findings_about(&BTreeSet::from([stack.clone()]));
            json!({
                "stack": stack.to_string(),
                "exists": self.look.stacks.contains_key(stack),
                "state": self.state(stack).text,
                "because": answer.map(words::because),
                "isBehind": answer.map(Answer::is_behind),
                "updated": self.updated(stack),
                "url": console.stack(stack),
                "deployment": deployment.and_then(|deployment| console.deployment(&deployment)),
                "findings": findings.iter().map(|finding| finding.code.as_str()).collect::<Vec<_>>(),
            })
        };
        let edge = |edge: &Edge| {
            let webhooks = self.look.webhooks_of(edge).into_iter();
            json!({
                "upstream": edge.upstream.to_string(),
                "downstream": edge.downstream.to_string(),
                "webhooks": webhooks.map(|webhook| webhook.to_string()).collect::<Vec<_>>(),
                "conductor": self.look.joined.get(edge).map(StackRef::to_string),
                "isReference": self.look.references.contains(edge),
            })
        };
        json!({
            "organization": organization,
            "stacks": self.part.stacks.iter().map(stack).collect::<Vec<_>>(),
            "edges": self.part.edges.iter().map(edge).collect::<Vec<_>>(),
        })
    }
}
