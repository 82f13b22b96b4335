//! What other processes create at the same time as a webhook of a component whose findings are errors.
//!
//! A component reads the cloud before its webhooks are created. What another process creates after that, each webhook only
//! sees when it is created itself. Without the program's state, nothing says who owns a webhook, and the component warns
//! instead.
//!
//! # What this may not do
//!
//! Change anything on the cloud.

use super::doubles;
use super::edge::edge;
use super::own_state::OwnState;
use super::surroundings::Surroundings;
use super::wanted::Creation;
use crate::cloud::{Bounds, LiveWebhook};
use crate::domain::{StackRef, WebhookId};
use crate::engine::urn::Urn;
use crate::findings::{self, Code, Declared};
use crate::resources::error::ResourceError;
use crate::survey::{Facts, LiveEdge, Survey};
use std::collections::BTreeSet;

/// Ensures that no one else has a webhook that does the same as the one to create.
///
/// # Errors
///
/// [`ResourceError::Double`] if someone has.
pub(super) async fn require_no_double(
    around: Surroundings<'_>,
    creation: &Creation<'_>,
) -> Result<(), ResourceError> {
    if !around.strict.contains(creation.urn) {
        return Ok(());
    }
    let list = around.cloud.webhooks_together(&creation.wanted.id.scope);
    let listed = Bounds::current().while_there_is_time(list).await;
    let Some(Ok(Some(there))) = listed else {
        return Ok(());
    };
    if doubles::advice(creation, there.iter()).is_none() {
        return Ok(());
    }
    let Some(state) = around.state(creation).await else {
        return Ok(());
    };
    match double(around, creation, &there, &state) {
        Some(advice) => Err(ResourceError::Double { advice }),
        None => Ok(()),
    }
}

/// The cycle that a newly created webhook closes with the webhooks that are on the cloud now. Stacks that cannot be read
/// are skipped.
pub(super) async fn cycle(
    around: Surroundings<'_>,
    creation: &Creation<'_>,
    made: &WebhookId,
    state: &OwnState,
) -> Option<String> {
    let edge = edge(creation.news).filter(|_| around.strict.contains(creation.urn))?;
    let walk = below(around.survey, &edge.downstream, &edge.upstream);
    let facts = Bounds::current().while_there_is_time(walk).await?;
    let live = facts.live_edges();
    let going = live.iter().map(LiveEdge::id);
    let going = going.filter(|id| is_going(around, creation.urn, id, state));
    let declared = Declared {
        edges: BTreeSet::from([edge]),
        webhooks: going.map(|id| id.name).chain([made.name.clone()]).collect(),
        ..Declared::default()
    };
    let found = findings::preflight(&declared, &facts).into_iter();
    let mut cycles = found.filter(|finding| finding.code == Code::Cycle);
    cycles.next().map(|finding| finding.to_string())
}

/// The message about a webhook that does the same and that neither a resource of this deployment nor the state has. A
/// create without a recorded end may have created it.
fn double(
    around: Surroundings<'_>,
    creation: &Creation<'_>,
    there: &[LiveWebhook],
    state: &OwnState,
) -> Option<String> {
    let scope = &creation.wanted.id.scope;
    let is_foreign = |live: &&LiveWebhook| {
        let id = WebhookId {
            scope: scope.clone(),
            name: live.name.clone(),
        };
        let is_in_state = state.holds(&id) || state.may_have_made(&id);
        !is_in_state && around.holders.other(creation.urn, &id).is_none()
    };
    doubles::advice(creation, there.iter().filter(is_foreign))
}

/// Whether a webhook will be deleted in this deployment: a resource of this provider had it, and the program has not
/// declared that resource again. About another provider's webhooks, only its own process knows.
fn is_going(around: Surroundings<'_>, urn: &Urn, id: &WebhookId, state: &OwnState) -> bool {
    state.is_held_through(id, around.provider) && around.holders.other(urn, id).is_none()
}

/// The current webhooks of a stack and of everything that it starts, up to `end`.
async fn below(survey: &Survey, stack: &StackRef, end: &StackRef) -> Facts {
    let mut facts = Facts::default();
    let mut seen = BTreeSet::from([stack.clone()]);
    let mut next = vec![stack.clone()];
    while let Some(stack) = next.pop() {
        let Ok(webhooks) = survey.webhooks_now(&stack).await else {
            continue;
        };
        for live in webhooks.iter().flat_map(|webhooks| webhooks.iter()) {
            let started = LiveEdge::of(&stack, live).filter(|live| live.starts().is_edge());
            let Some(LiveEdge { edge, .. }) = started else {
                continue;
            };
            if edge.downstream != *end && seen.insert(edge.downstream.clone()) {
                next.push(edge.downstream);
            }
        }
        facts.webhooks.insert(stack, webhooks);
    }
    facts
}
