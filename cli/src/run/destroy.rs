//! What a destroying run ensures before it begins.
//!
//! # What this may not do
//!
//! Destroy anything: the driver does that, one stack after the other.

use crate::look::Look;
use anyhow::{Context as _, ensure};
use auto_deploy::cascade::RunPlan;
use auto_deploy::domain::StackRef;
use std::collections::BTreeSet;
use std::io::{self, IsTerminal as _, Write as _};
use tokio::sync::oneshot;

/// Fails if there is no user to confirm.
///
/// # Errors
///
/// Standard input is not a terminal.
pub(super) fn can_ask() -> anyhow::Result<()> {
    ensure!(
        io::stdin().is_terminal(),
        "`--operation destroy` asks for the name of the first stack, and standard input is not a terminal; add `--yes` to \
         destroy without a question"
    );
    Ok(())
}

/// Fails if something outside of the run still depends on one of its stacks, or would start one again.
///
/// # Errors
///
/// Every reference and webhook that prevents it, and what to do.
pub(super) fn ensure_free(look: &Look, inside: &BTreeSet<StackRef>) -> anyhow::Result<()> {
    let obstacles = obstacles(look, inside);
    ensure!(
        obstacles.is_empty(),
        "nothing has been destroyed:\n  {}",
        obstacles.join("\n  ")
    );
    Ok(())
}

fn obstacles(look: &Look, inside: &BTreeSet<StackRef>) -> Vec<String> {
    let live = &look.live;
    let is_inside = |stack: &StackRef| inside.contains(stack);
    let references = live
        .references
        .iter()
        .filter(|edge| is_inside(&edge.upstream) && !is_inside(&edge.downstream))
        .map(|edge| {
            let (name, other) = (edge.upstream.short(), &edge.downstream);
            format!("`{other}` refers to `{name}` and is not part of this run: destroy it first, or remove the reference")
        });
    let starting = live.edges.iter().filter(|live| {
        let (above, below) = (&live.edge.upstream, &live.edge.downstream);
        is_inside(below) && !is_inside(above) && live.starts().is_deployment()
    });
    let starting = starting.map(|live| {
        let (above, below) = (live.edge.upstream.short(), live.edge.downstream.short());
        let id = live.id();
        format!(
            "the webhook `{id}` starts `{below}`, and `{above}` is not part of this run: remove the edge, or make it inactive"
        )
    });
    let reviving = live.edges.iter().filter(|live| {
        let (above, below) = (&live.edge.upstream, &live.edge.downstream);
        is_inside(above) && is_inside(below) && live.starts_after_destroy()
    });
    let reviving = reviving.map(|live| {
        let (above, below) = (live.edge.upstream.short(), live.edge.downstream.short());
        let id = live.id();
        format!(
            "the webhook `{id}` would update `{below}` again when `{above}` is destroyed: limit it to `update_succeeded`, \
             or make it inactive"
        )
    });
    references.chain(starting).chain(reviving).collect()
}

/// Lists what will be destroyed, and asks for the name of the first stack.
///
/// # Errors
///
/// Something else is typed, or nothing can be read.
pub(super) async fn confirm(plan: &RunPlan, root: &StackRef) -> anyhow::Result<()> {
    let mut notes = io::stderr();
    writeln!(notes, "This destroys, in this order:")?;
    for planned in plan.stacks() {
        writeln!(notes, "  {}", planned.stack.short())?;
    }
    write!(notes, "Type {} to confirm: ", root.short())?;
    notes.flush()?;
    let (answer, typed) = oneshot::channel();
    // A separate thread, because an interruption must not wait for a line of input.
    std::thread::spawn(move || {
        let mut line = String::new();
        let read = io::stdin().read_line(&mut line).map(|_| line);
        // After an interruption nothing receives this.
        let _ = answer.send(read);
    });
    let typed = typed.await.context("standard input was not read")?;
    let typed = typed.context("cannot read standard input")?;
    ensure!(
        typed.trim() == root.short(),
        "`{}` is not `{}`; nothing has been destroyed",
        typed.trim(),
        root.short()
    );
    Ok(())
}
