//! `auto-deploy status`: what one change led to, and how far it is.

use crate::context::{CloudArguments, Context};
use crate::exit::Exit;
use crate::look::{self, Look};
use crate::output::style::Tone;
use crate::output::text::{count, wrap};
use crate::output::{Cell, Live, Paint, Screen, Table, time, write_json};
use auto_deploy::cascade::{Cascade, Row, Runs, State};
use auto_deploy::cloud::{CloudError, Deployment};
use auto_deploy::domain::StackRef;
use jiff::Timestamp;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;
use std::time::Duration;

/// How often the cloud is asked.
const PAUSE: Duration = Duration::from_secs(1);

/// How many deployments of the organization are looked at while a cascade is followed.
const N_RECENT: usize = 200;

/// Show the last cascade, or the one that is running: what one change led to
///
/// Without a stack it is the cascade of the newest deployment. The cloud does not tell what started what: a run belongs
/// to a change of a stack if it came after it, and a path leads from that stack to it.
#[derive(Debug, clap::Args)]
#[command(after_long_help = HELP)]
pub(crate) struct Arguments {
    /// The stack that changed first
    #[arg(value_name = "PROJECT/STACK")]
    stack: Option<String>,
    #[command(flatten)]
    cloud: CloudArguments,
    /// Go on until the cascade is over: drawn in place on a terminal, a line for each change in a pipe
    #[arg(long)]
    follow: bool,
    /// Print JSON; with `--follow`, one line for each change of a stack
    #[arg(long)]
    json: bool,
}

const HELP: &str = "\
States:
  queued, running, succeeded, failed, skipped   as the cloud says
  waiting      stacks before it have yet to run
  blocked      a stack before it did not run well, so that nothing starts it
  not started  all stacks before it ran well, and nothing has started it within 30 seconds

Exit status:
  0  all that ran went well, or goes on
  1  something failed, or was not started
  2  there is no cascade, or it could not be looked at
  130  interrupted

Examples:
  auto-deploy status
  auto-deploy status network/prod
  pulumi up --yes && auto-deploy status network/prod --follow";

/// Shows the cascade, once or until it is over.
pub(crate) async fn run(arguments: Arguments, out: &mut impl Write) -> anyhow::Result<Exit> {
    let context = Context::open(&arguments.cloud).await?;
    let root = arguments.stack.as_deref();
    let root = root.map(|given| context.stack(given)).transpose()?;
    let look = look::look(&context).await?;
    let history = look.history(&context).await?;
    let now = time::now();
    let cascade = Cascade::of(&look.edges, &history, root.as_ref(), now);
    let Some(cascade) = cascade else {
        anyhow::bail!(
            "{}; `auto-deploy graph` shows the stacks that there are",
            match root {
                Some(root) => format!("no update of `{root}` is known"),
                None => format!(
                    "no update of a stack of `{}` that others depend on is known",
                    context.organization
                ),
            }
        );
    };
    let view = View {
        context: &context,
        arguments: &arguments,
    };
    // Scripts that follow read lines, also when they come late.
    let cascade = if arguments.follow && (arguments.json || !cascade.is_over()) {
        view.follow(&look, history, cascade, out).await?
    } else {
        view.once(&cascade, now, out)?;
        cascade
    };
    Ok(Exit::findings_if(!cascade.is_well()))
}

struct View<'a> {
    context: &'a Context,
    arguments: &'a Arguments,
}

impl View<'_> {
    fn once(&self, cascade: &Cascade, now: Timestamp, out: &mut impl Write) -> anyhow::Result<()> {
        if self.arguments.json {
            return write_json(out, &self.json(cascade));
        }
        let screen = Screen::of_stdout();
        for line in self.lines(cascade, now, screen.width, screen.paint) {
            writeln!(out, "{line}")?;
        }
        Ok(())
    }

    /// Looks again and again until nothing more comes.
    async fn follow(
        &self,
        look: &Look,
        mut history: Runs,
        mut cascade: Cascade,
        out: &mut impl Write,
    ) -> anyhow::Result<Cascade> {
        let screen = Screen::of_stdout();
        let mut live = (screen.is_terminal && !self.arguments.json).then(Live::new);
        let mut told = BTreeMap::new();
        loop {
            let now = time::now();
            if let Some(live) = &mut live {
                let width = Screen::of_stdout().width;
                live.draw(&self.lines(&cascade, now, width, screen.paint))?;
            } else {
                self.tell(&cascade, &mut told, out)?;
            }
            if cascade.is_over() {
                if live.is_none() && !self.arguments.json {
                    writeln!(out, "{}", summary(&cascade))?;
                }
                return Ok(cascade);
            }
            tokio::time::sleep(PAUSE).await;
            let root = &cascade.root;
            history = self.look_again(look, history).await?;
            let found = Cascade::of(&look.edges, &history, Some(root), time::now());
            cascade = found.unwrap_or(cascade);
        }
    }

    /// The history with what has come since. Updates that no deployment made do not come again.
    async fn look_again(&self, look: &Look, before: Runs) -> Result<Runs, CloudError> {
        let client = &self.context.client;
        let organization = &self.context.organization;
        let deployments = client
            .organization_deployments(organization, N_RECENT)
            .await?;
        let mut history = Runs::default();
        history.add_deployments(deployments);
        // Older ones, and updates from elsewhere.
        history.merge(before);
        for (stack, updated) in &look.stacks {
            if let Some(updated) = updated {
                history.add_last_update(stack, *updated);
            }
        }
        Ok(history)
    }

    /// The whole cascade, level by level.
    fn lines(
        &self,
        cascade: &Cascade,
        now: Timestamp,
        width: Option<usize>,
        paint: Paint,
    ) -> Vec<String> {
        let link = |deployment: &Deployment| self.context.console.deployment(deployment);
        let with_links = table(cascade, now, link);
        // A link that is cut leads nowhere: then the number has to do.
        let table = if width.is_some_and(|width| with_links.width() > width) {
            table(cascade, now, |deployment| {
                Some(format!("#{}", deployment.version))
            })
        } else {
            with_links
        };
        let mut lines = table.lines(width, paint);
        lines.push(String::new());
        let began = time::ago(cascade.began, now);
        let end = format!("{} Began {began}.", summary(cascade));
        lines.extend(wrap(&end, width.unwrap_or(usize::MAX)));
        lines
    }

    /// Prints each stack that stands differently than when it was told last.
    fn tell(
        &self,
        cascade: &Cascade,
        told: &mut BTreeMap<StackRef, (State, usize)>,
        out: &mut impl Write,
    ) -> anyhow::Result<()> {
        for row in &cascade.rows {
            let stands = (row.state.clone(), row.n_runs());
            if told.get(&row.stack) == Some(&stands) {
                continue;
            }
            let is_news = !matches!(row.state, State::Waiting(_)) || told.contains_key(&row.stack);
            told.insert(row.stack.clone(), stands);
            if !is_news {
                continue;
            }
            if self.arguments.json {
                writeln!(out, "{}", self.row(row))?;
            } else {
                let note = note(row);
                let note = if note.is_empty() {
                    note
                } else {
                    format!(" ({note})")
                };
                writeln!(out, "{}: {}{note}", row.stack.short(), row.state.as_str())?;
            }
            out.flush()?;
        }
        Ok(())
    }

    fn json(&self, cascade: &Cascade) -> Value {
        json!({
            "root": cascade.root.to_string(),
            "began": cascade.began,
            "ended": cascade.ended(),
            "isOver": cascade.is_over(),
            "isWell": cascade.is_well(),
            "stacks": cascade.rows.iter().map(|row| self.row(row)).collect::<Vec<_>>(),
        })
    }

    fn row(&self, row: &Row) -> Value {
        let because = match &row.state {
            State::Waiting(stacks) | State::Blocked(stacks) => stacks.clone(),
            _ => BTreeSet::new(),
        };
        let because: Vec<String> = because.iter().map(ToString::to_string).collect();
        let url = |deployment: &Deployment| self.context.console.deployment(deployment);
        let run = |run: &auto_deploy::cascade::Run| {
            let deployment = run.deployment.as_ref();
            json!({
                "status": run.status.as_str(),
                "deployment": deployment.map(|deployment| &deployment.id),
                "version": deployment.map(|deployment| deployment.version),
                "initiator": deployment.map(|deployment| &deployment.initiator),
                "created": run.created,
                "began": run.began,
                "ended": run.ended,
                "url": deployment.and_then(url),
            })
        };
        json!({
            "stack": row.stack.to_string(),
            "level": row.level,
            "state": row.state.as_str(),
            "because": because,
            "startedTwice": row.n_runs() > 1,
            "runs": row.runs.iter().map(run).collect::<Vec<_>>(),
        })
    }
}

/// The stacks, level by level.
fn table(cascade: &Cascade, now: Timestamp, link: impl Fn(&Deployment) -> Option<String>) -> Table {
    let mut table = Table::bare();
    for row in &cascade.rows {
        let indent = "  ".repeat(row.level);
        let last = row.runs.iter().rev().find(|run| run.counts());
        let took = last.and_then(|run| {
            let end = run.ended.unwrap_or(now);
            Some(time::took(time::between(run.began?, end)))
        });
        let mut note = note(row);
        if note.is_empty() {
            let deployment = last.and_then(|run| run.deployment.as_ref());
            note = deployment.and_then(&link).unwrap_or_default();
        }
        table.push([
            Cell::plain(format!("{indent}{}", row.stack.short())),
            Cell::new(tone(&row.state), row.state.as_str()),
            Cell::plain(took.unwrap_or_default()),
            Cell::quiet(note),
        ]);
    }
    table
}

fn tone(state: &State) -> Tone {
    match state {
        State::Succeeded => Tone::Good,
        State::Running | State::Queued => Tone::Busy,
        State::Failed => Tone::Bad,
        State::Blocked(_) | State::NotStarted | State::Skipped => Tone::Odd,
        State::Waiting(_) => Tone::Quiet,
    }
}

fn note(row: &Row) -> String {
    let names = |stacks: &BTreeSet<StackRef>| {
        let names: Vec<String> = stacks.iter().map(StackRef::short).collect();
        names.join(", ")
    };
    let twice = match row.n_runs() {
        0 | 1 => String::new(),
        2 => "started twice".to_owned(),
        n => format!("started {n} times"),
    };
    match &row.state {
        State::Waiting(stacks) => format!("for {}", names(stacks)),
        State::Blocked(stacks) => format!("by {}", names(stacks)),
        _ => twice,
    }
}

fn summary(cascade: &Cascade) -> String {
    let n = |is: fn(&State) -> bool| cascade.rows.iter().filter(|row| is(&row.state)).count();
    let n_well = n(|state| *state == State::Succeeded);
    let n_bad = n(|state| state.is_final() && *state != State::Succeeded);
    let n_open = n(|state| !state.is_final());
    let n_twice = cascade.rows.iter().filter(|row| row.n_runs() > 1).count();
    let mut parts = vec![format!(
        "{n_well} of {} up to date",
        count(cascade.rows.len(), "stack")
    )];
    for (n, word) in [
        (n_open, "to come"),
        (n_bad, "not well"),
        (n_twice, "started more than once"),
    ] {
        if n > 0 {
            parts.push(format!("{n} {word}"));
        }
    }
    let took = cascade
        .ended()
        .map(|ended| format!(", in {}", time::took(time::between(cascade.began, ended))));
    format!("{}{}.", parts.join(", "), took.unwrap_or_default())
}
