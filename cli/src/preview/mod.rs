//! `auto-deploy preview`: what a change would do to a stack and everything below it.
//!
//! `scene` is what is known before anything begins, `ahead` warns about its effects, `round` runs the previews of one
//! window, `collect` reads their results; `live`, `text`, `json` and `markdown` print them.
//!
//! # What this may not do
//!
//! Start an update, or change anything on the cloud. Judge the results: the library does.

mod ahead;
mod collect;
mod follow;
mod json;
mod live;
mod markdown;
mod request;
mod round;
#[cfg(test)]
mod samples;
mod scene;
mod shown;
mod text;

use crate::context::{CloudArguments, Context};
use crate::exit::Exit;
use crate::output::{Screen, write_json};
use anyhow::Context as _;
use auto_deploy::cascade::preview::{FailOn, Members, Outcome};
use auto_deploy::cloud::Revision;
use clap::builder::PossibleValuesParser;
use clap::builder::TypedValueParser as _;
use round::Round;
use scene::Scene;
use shown::Shown;
use std::collections::BTreeSet;
use std::io::Write;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use tokio_util::sync::CancellationToken;

/// Show what a change would do to a stack and everything that follows it
///
/// Previews the stack, and all stacks that a successful update of it would start, by webhooks or joins. Each preview reads
/// the outputs that the previews before it predicted. Nothing is updated, started or changed; each preview costs one
/// deployment.
#[derive(Debug, clap::Args)]
#[command(after_long_help = HELP)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a switch of the command line"
)]
pub(crate) struct Arguments {
    /// The stack that changes
    #[arg(value_name = "PROJECT/STACK")]
    stack: String,
    #[command(flatten)]
    cloud: CloudArguments,
    /// Use this branch of the stack's repository, for every stack in that repository
    #[arg(long, conflicts_with = "commit")]
    branch: Option<String>,
    /// Use this commit of the stack's repository, for every stack in that repository
    #[arg(long)]
    commit: Option<String>,
    /// Also preview stacks that only read one of these through a StackReference
    #[arg(long)]
    all: bool,
    /// How many previews run at the same time; at most one fewer than the organization's deployments
    #[arg(long, value_name = "N", default_value = "4")]
    parallel: NonZeroUsize,
    /// End with exit status 1 if a stack does one of these, such as `delete,replace`
    #[arg(long, value_name = "WORDS", value_delimiter = ',', value_parser = words())]
    fail_on: Vec<FailOn>,
    /// Show the values of outputs that change; secrets are never shown
    #[arg(long)]
    show_values: bool,
    /// Begin although a webhook would start a stack because of a preview
    #[arg(long)]
    allow_starts: bool,
    /// Exit with status 0 although not everything could be previewed
    #[arg(long)]
    allow_incomplete: bool,
    /// Preview nothing if there are more stacks than this
    #[arg(long, value_name = "N", default_value = "50")]
    max: NonZeroUsize,
    /// How long to wait where the cloud cannot be reached
    #[arg(long, value_name = "SECONDS", default_value = "600")]
    patience: u32,
    /// Print one JSON object at the end instead of text
    #[arg(long)]
    json: bool,
    /// Write Markdown for a pull request to this file, `-` for standard output
    #[arg(long, value_name = "FILE", conflicts_with = "json")]
    markdown: Option<PathBuf>,
}

const HELP: &str = "\
Before anything begins:
  A preview that the cloud runs raises the events `deployment_…` and `preview_…`. If a webhook of one of the stacks would \
start a stack because of them, nothing begins; `--allow-starts` overrides. A preview that someone else has queued goes first.

Where the values come from:
  The cloud must have coherence windows, and the executor's Pulumi CLI must be 3.269 or newer. What each preview has read is \
compared with what the others predicted. If one began too early, all are repeated once; if values are still old, the row \
says so.

Exit status:
  0  everything was previewed
  1  a preview failed, or does what `--fail-on` names
  2  the cloud could not be read, or not everything could be previewed
  130  interrupted; what waited is cancelled

Examples:
  auto-deploy preview network/prod
  auto-deploy preview network/prod --branch wider-range --fail-on delete,replace
  auto-deploy preview network/prod --branch \"$GITHUB_HEAD_REF\" --markdown preview.md
  auto-deploy preview network/prod --json | jq -r '.incomplete[].stack'";

fn words() -> impl clap::builder::TypedValueParser<Value = FailOn> {
    let parser = PossibleValuesParser::new(FailOn::ALL.map(FailOn::as_str));
    parser.map(|word| word.parse().expect("it is one of the words"))
}

impl Arguments {
    fn revision(&self) -> Option<Revision> {
        let branch = self.branch.clone().map(Revision::Branch);
        branch.or_else(|| self.commit.clone().map(Revision::Commit))
    }

    /// Whether standard output is reserved for the result.
    fn is_quiet(&self) -> bool {
        self.json || self.prints_markdown()
    }

    fn prints_markdown(&self) -> bool {
        self.markdown.as_deref().is_some_and(|file| file == "-")
    }
}

/// Runs the command.
pub(crate) async fn run(
    arguments: Arguments,
    out: &mut impl Write,
    interrupted: &CancellationToken,
) -> anyhow::Result<Exit> {
    let context = Context::open(&arguments.cloud).await?;
    let root = context.stack(&arguments.stack)?;
    let revision = arguments.revision();
    let wish = scene::Wish {
        root: &root,
        revision: revision.as_ref(),
        takes_all: arguments.all,
        max: arguments.max.get(),
        parallel: arguments.parallel.get(),
        allows_starts: arguments.allow_starts,
    };
    let scene = tokio::select! {
        scene = Scene::look(&context, &wish) => scene?,
        () = interrupted.cancelled() => return Ok(Exit::Interrupted),
    };
    scene.announce()?;
    let Some((outcome, is_repeated)) =
        previewed(&context, &scene, &arguments, out, interrupted).await?
    else {
        return Ok(Exit::Interrupted);
    };
    let shown = Shown {
        root: &root,
        revision: revision.as_ref(),
        outcome: &outcome,
        is_repeated,
        with_values: arguments.show_values,
        console: &context.console,
    };
    show(&shown, &arguments, out)?;
    Ok(exit(&outcome, &arguments))
}

/// Runs the previews, a second time if one had begun too early; `None` if it was interrupted.
async fn previewed(
    context: &Context,
    scene: &Scene,
    arguments: &Arguments,
    out: &mut impl Write,
    interrupted: &CancellationToken,
) -> anyhow::Result<Option<(Outcome, bool)>> {
    let follow = follow::Follow {
        patience: std::time::Duration::from_secs(arguments.patience.into()),
        is_quiet: arguments.is_quiet(),
        interrupted,
    };
    let mut members: Members = scene.members.clone();
    let mut round = Round::new(context, scene, &members);
    if follow.to_the_end(&mut round, out).await? {
        return Ok(None);
    }
    let learned = round.learned();
    let is_repeated = !learned.is_empty();
    if is_repeated {
        let names: Vec<String> = learned.iter().map(ToString::to_string).collect();
        writeln!(
            std::io::stderr(),
            "A preview read what was not predicted yet ({}): all are repeated in this order.",
            names.join(", ")
        )?;
        members = members.with_references(&learned);
        round = Round::new(context, scene, &members);
        if follow.to_the_end(&mut round, out).await? {
            return Ok(None);
        }
    }
    Ok(Some((round.outcome(), is_repeated)))
}

fn show(shown: &Shown<'_>, arguments: &Arguments, out: &mut impl Write) -> anyhow::Result<()> {
    if let Some(file) = &arguments.markdown {
        let text = markdown::text(shown);
        if arguments.prints_markdown() {
            out.write_all(text.as_bytes())?;
            return Ok(());
        }
        std::fs::write(file, text)
            .with_context(|| format!("`{}` could not be written", file.display()))?;
    }
    if arguments.json {
        return write_json(out, &json::document(shown));
    }
    let screen = Screen::of_stdout();
    for line in text::lines(shown, screen.width, screen.paint) {
        writeln!(out, "{line}")?;
    }
    Ok(())
}

/// A failure is more important than a gap.
fn exit(outcome: &Outcome, arguments: &Arguments) -> Exit {
    let fail_on: BTreeSet<FailOn> = arguments.fail_on.iter().copied().collect();
    if outcome.fails(&fail_on) {
        Exit::Findings
    } else if outcome.is_incomplete() && !arguments.allow_incomplete {
        Exit::Unable
    } else {
        Exit::Well
    }
}
