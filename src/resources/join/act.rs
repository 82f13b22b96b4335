//! What a join does: it starts its stack or says why not, and remembers.
//!
//! # What this may not do
//!
//! Run in a preview; judge upstream stacks again; wait for what it has started, which would occupy a runner.

use super::judge::{Judged, Last, not_started};
use crate::cascade::Observed;
use crate::cloud::{Client, Operation};
use crate::domain::StackRef;
use crate::joins::inputs::Wanted;
use crate::joins::memory::Memory;
use crate::resources::error::ResourceError;
use crate::survey::Survey;

/// A start, or why there was none.
#[derive(Clone, Debug)]
pub struct Acted {
    /// What to remember from now on.
    pub memory: Memory,
    /// Whether this started something.
    pub has_started: bool,
    /// What happened, in a sentence.
    pub note: String,
}

/// Starts the stack of a join as decided, unless it is already running or can no longer be started: then its memory stays
/// unchanged.
///
/// # Errors
///
/// The stack cannot be read; the cloud refuses the start, or does not confirm it.
pub async fn start(
    cloud: &Client,
    survey: &Survey,
    wanted: &Wanted,
    judged: &Judged,
    before: Memory,
) -> Result<Acted, ResourceError> {
    let stack = &wanted.stack;
    let seen = survey.own_past(stack).await?;
    let handled = |deployment| Memory {
        deployment,
        ..judged.memory_now()
    };
    Ok(match judged.again(seen) {
        Last::Start => {
            let id = cloud.start_deployment(stack, Operation::Update).await?;
            Acted {
                note: format!("started {}: deployment {id}", stack.short()),
                memory: handled(Some(id)),
                has_started: true,
            }
        }
        Last::Taken(deployment) => Acted {
            note: not_started(stack, &taken(deployment.as_deref())),
            memory: handled(deployment),
            has_started: false,
        },
        Last::Not(why) => Acted {
            note: not_started(stack, &why),
            memory: before,
            has_started: false,
        },
    })
}

fn taken(deployment: Option<&str>) -> String {
    match deployment {
        Some(id) => format!("deployment {id} is its run"),
        None => "an update that began meanwhile is its run".to_owned(),
    }
}

/// Starts the program of the joins again for stacks that were held back, unless it is about to run; returns a sentence
/// about it.
pub async fn conduct_again(cloud: &Client, survey: &Survey, program: &StackRef) -> String {
    let seen = survey.own_past(program).await;
    let seen = seen.as_ref().ok().and_then(Observed::found);
    if seen.is_some_and(|found| found.history.waits()) {
        return format!(
            "a deployment of {} that is queued starts the rest",
            program.short()
        );
    }
    match cloud.start_deployment(program, Operation::Update).await {
        Ok(id) => format!("deployment {id} of {} starts the rest", program.short()),
        Err(error) => format!(
            "run `pulumi up` again to start the rest: {} could not be started: {error}",
            program.short()
        ),
    }
}
