//! `auto-deploy why`: why a stack should start now, or not.

pub(crate) mod explained;

use crate::context::CloudArguments;
use crate::exit::Exit;
use crate::look::{self, Look};
use crate::output::{Screen, time, write_json};
use anyhow::Context as _;
use auto_deploy::cascade::{Decision, Reason};
use auto_deploy::domain::StackRef;
use auto_deploy::graph::{Edge, reached};
use auto_deploy::survey::{Attention, Detail};
use explained::Explained;
use std::collections::BTreeSet;
use std::io::Write;

/// Explain why a stack is up to date or behind, and what it waits for
///
/// Shows each condition with its value: due, because of which upstream update; ready, or held back by which stack since
/// when; free to start, or not. Begins with the cause and ends with what to do next.
#[derive(Debug, clap::Args)]
#[command(after_long_help = HELP)]
pub(crate) struct Arguments {
    /// The stack
    #[arg(value_name = "PROJECT/STACK")]
    stack: String,
    #[command(flatten)]
    cloud: CloudArguments,
    /// Print JSON instead of text
    #[arg(long)]
    json: bool,
}

const HELP: &str = "\
Exit status:
  0  the stack is up to date
  1  it is behind, or something above it failed or is gone
  2  there is no such stack, or it could not be read

Examples:
  auto-deploy why app/prod
  auto-deploy why app/prod --json | jq -r '.roots[].stack'";

/// Prints the explanation.
pub(crate) async fn run(arguments: Arguments, out: &mut impl Write) -> anyhow::Result<Exit> {
    let (context, look) = look::open(&arguments.cloud, Detail::Edges).await?;
    let stack = context.stack(&arguments.stack)?;
    anyhow::ensure!(
        look.stacks.contains_key(&stack),
        "there is no stack `{stack}`, or the access token may not see it; `auto-deploy graph` lists those that there are"
    );
    let above = above(&look, &stack);
    let of_interest = look
        .stacks
        .iter()
        .filter(|(stack, _)| above.contains(*stack))
        .map(|(stack, at)| (stack.clone(), *at))
        .collect();
    // Only a stack's own history shows an update that is running outside of a deployment.
    let beside = look.edges.iter().filter(|edge| edge.downstream == stack);
    let beside = beside.map(|edge| edge.upstream.clone());
    let mut attention = Attention {
        closely: beside.chain([stack.clone()]).collect(),
        freedom: [stack.clone()].into(),
        ..Attention::default()
    };
    let standing = loop {
        let standing = look.standing_of(&context, &of_interest, &attention).await;
        let wanted = of_concern(&standing.decision, &stack);
        if wanted.is_subset(&attention.closely) {
            break standing;
        }
        attention.closely.extend(wanted);
    };
    look::warn(&standing);
    let explained = Explained::of(&stack, &look, &standing)
        .with_context(|| format!("nothing is known of the stack `{stack}`"))?;
    if arguments.json {
        write_json(out, &explained.json())?;
    } else {
        let screen = Screen::of_stdout();
        for line in explained.lines(&context.console, time::now(), screen.width, screen.paint) {
            writeln!(out, "{line}")?;
        }
    }
    if let Some(Reason::Unreadable { .. }) = explained.answer.reason() {
        return Ok(Exit::Unable);
    }
    Ok(Exit::findings_if(explained.answer.is_behind()))
}

/// The stack and everything that it depends on, directly or indirectly.
fn above(look: &Look, stack: &StackRef) -> BTreeSet<StackRef> {
    let above = reached([stack], look.edges.iter().map(Edge::up));
    above.into_iter().cloned().collect()
}

/// The stack, what it depends on, and what holds those back, directly or indirectly.
fn of_concern(decision: &Decision, stack: &StackRef) -> BTreeSet<StackRef> {
    let mut closely = BTreeSet::from([stack.clone()]);
    let mut left = vec![stack];
    while let Some(next) = left.pop() {
        let Some(answer) = decision.answer(next) else {
            continue;
        };
        for upstream in &answer.upstream {
            let is_open = upstream.hold.is_some() || next == stack;
            if is_open && closely.insert(upstream.stack.clone()) {
                left.push(&upstream.stack);
            }
        }
    }
    closely
}
