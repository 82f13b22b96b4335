//! The operations of the engine on a join.
//!
//! # What this may not do
//!
//! Decide which stack may start: [`crate::cascade`] does.

use super::resource::Custom;
use crate::cascade::{Reason, words};
use crate::domain::StackRef;
use crate::engine::urn::Urn;
use crate::joins::inputs::{UPSTREAM_REFS, Wanted};
use crate::joins::memory::{AFTER, DEPLOYMENT, Memory};
use crate::property::diff::{Change, PropertyDiff};
use crate::property::{Map, PropertyPath, Value};
use crate::resources::component::kind::is_around;
use crate::resources::context::Context;
use crate::resources::error::ResourceError;
use crate::resources::join::Planned;
use crate::resources::join::act::{self, Acted};
use crate::resources::join::check;
use crate::resources::join::declared::Declared;
use crate::resources::join::judge::{Judged, not_started};
use crate::resources::join::look::{Look, Need};
use crate::resources::outcome::{Changed, Checked, Compared, Found, Listed, Made, Olds, Preview};
use crate::survey::Unavailable;
use jiff::Timestamp;
use std::sync::Arc;

/// `auto-deploy:index:Join`.
pub(super) struct Join;

#[tonic::async_trait]
impl Custom for Join {
    /// Refuses a join that closes a cycle with the program's declarations so far. For a join in a component, the component
    /// does this.
    async fn check(
        &self,
        context: &Context,
        urn: &Urn,
        _olds: &Map,
        news: &Map,
        _seed: &[u8],
    ) -> Result<Checked, ResourceError> {
        let news = &context.organization.meant(news, "organization");
        let organization = context.default_for(news, "organization", urn).await;
        let mut checked = check::check(news, organization.as_ref());
        let edges = check::edges(&checked.inputs);
        if !is_around(urn) && checked.failures.is_empty() {
            let refused = context.declared_alone(&edges, UPSTREAM_REFS, news);
            checked.failures.extend(refused);
        }
        context.joins.checked(urn);
        Ok(checked)
    }

    /// If the stack should start, the difference is that it gets a deployment; a note says why, or why not.
    async fn diff(
        &self,
        context: &Context,
        urn: &Urn,
        _id: &str,
        olds: &Olds,
        news: &Map,
        ignored: &[String],
    ) -> Result<Compared, ResourceError> {
        let mut compared = Compared {
            changes: check::diff(olds, news),
            notes: Vec::new(),
        };
        let is_replaced = compared.changes.values().any(|diff| diff.replaces);
        if is_replaced || !context.joins.is_declared(urn) {
            return Ok(compared);
        }
        let Some(wanted) = Wanted::of(news) else {
            let note =
                "what it starts is decided during the update, because not all of it is known yet";
            compared.notes.push(note.to_owned());
            return Ok(compared);
        };
        let is_ignored = ignored.iter().any(|path| path == DEPLOYMENT);
        let (planned, note) = plan(context, urn, &wanted, olds, is_ignored).await?;
        if planned.start.is_some() {
            let is_new = PropertyDiff {
                change: Change::Add,
                replaces: false,
            };
            compared
                .changes
                .insert(PropertyPath::from(DEPLOYMENT), is_new);
        }
        compared.notes.push(note);
        context.joins.plan(urn, planned);
        Ok(compared)
    }

    async fn create(
        &self,
        context: &Context,
        urn: &Urn,
        news: &Map,
        preview: Preview,
    ) -> Result<Made, ResourceError> {
        let Some(wanted) = Wanted::of(news) else {
            return unknown(news, preview).map(|state| made(String::new(), state, Vec::new()));
        };
        let id = wanted.stack.to_string();
        if preview == Preview::Yes && !wanted.catches_up {
            return Ok(made(id, baseline_later(news), Vec::new()));
        }
        let need = Need {
            wanted: &wanted,
            may_start: wanted.catches_up,
        };
        let look = look(context, urn, need).await?;
        let judged = Judged::of(&look.around(&wanted), &wanted, &Memory::default());
        if !wanted.catches_up {
            let state = judged.memory_now().outputs(news, wanted.is_secret);
            return Ok(made(id, state, Vec::new()));
        }
        let judged = compared(context, judged, &wanted, &Memory::default()).await;
        let (start, note) = verdict(context, &wanted, judged);
        let mut notes = vec![note];
        let memory = match (start, preview) {
            (None, _) => Memory::default(),
            (Some(_), Preview::Yes) => return Ok(made(id, started_later(news), notes)),
            (Some(judged), Preview::No) => {
                let acted = start_of(context, &wanted, &judged, Memory::default()).await?;
                notes = vec![acted.note];
                acted.memory
            }
        };
        if preview == Preview::No {
            notes.extend(rest(context, urn, &look).await);
        }
        Ok(made(id, memory.outputs(news, wanted.is_secret), notes))
    }

    /// A join exists only in the state, so it is as the state says.
    async fn read(
        &self,
        context: &Context,
        urn: &Urn,
        id: &str,
        olds: &Olds,
    ) -> Result<Option<Found>, ResourceError> {
        context.joins.read(urn);
        if olds.inputs.is_empty() && olds.state.is_empty() {
            return Err(ResourceError::NothingToImport { kind: "Join" });
        }
        Ok(Some(Found {
            id: id.to_owned(),
            state: olds.state.clone(),
            inputs: olds.inputs.clone(),
        }))
    }

    async fn update(
        &self,
        context: &Context,
        urn: &Urn,
        _id: &str,
        olds: &Olds,
        news: &Map,
        preview: Preview,
    ) -> Result<Changed, ResourceError> {
        let Some(wanted) = Wanted::of(news) else {
            let state = unknown(news, preview)?;
            return Ok(Changed {
                state,
                ..Changed::default()
            });
        };
        let planned = match context.joins.take(urn) {
            Some(planned) => planned,
            None => plan(context, urn, &wanted, olds, false).await?.0,
        };
        let Some(judged) = planned.start else {
            return Ok(Changed {
                state: planned.memory.outputs(news, wanted.is_secret),
                ..Changed::default()
            });
        };
        if preview == Preview::Yes {
            return Ok(Changed {
                state: started_later(news),
                ..Changed::default()
            });
        }
        let acted = start_of(context, &wanted, &judged, planned.memory).await?;
        let mut notes = vec![acted.note];
        if acted.has_started {
            let look = look(context, urn, Need::start(&wanted)).await?;
            notes.extend(rest(context, urn, &look).await);
        }
        Ok(Changed {
            state: acted.memory.outputs(news, wanted.is_secret),
            advice: Vec::new(),
            notes,
        })
    }

    /// Forgets the join: nothing is started and nothing is destroyed.
    async fn delete(&self, _context: &Context, _urn: &Urn, _id: &str) -> Result<(), ResourceError> {
        Ok(())
    }

    /// Nothing: a join exists only in the state of its program.
    async fn list(&self, _context: &Context, _query: &Map) -> Result<Vec<Listed>, ResourceError> {
        Ok(Vec::new())
    }
}

/// What an update of a join will do, with the message about it.
async fn plan(
    context: &Context,
    urn: &Urn,
    wanted: &Wanted,
    olds: &Olds,
    is_ignored: bool,
) -> Result<(Planned, String), ResourceError> {
    let look = look(context, urn, Need::start(wanted)).await?;
    let world = look.around(wanted);
    let memory = Memory::read(wanted.stack.organization(), &olds.state);
    let before = Wanted::of(&olds.inputs).map(|before| before.upstream);
    let before = before.unwrap_or_default();
    let mut judged = Judged::of(&world, wanted, &memory);
    let mut memory = memory;
    if before != wanted.upstream {
        memory = memory.moved(judged.memory_now(), &before, &wanted.upstream);
        judged = Judged::of(&world, wanted, &memory);
    }
    judged = compared(context, judged, wanted, &memory).await;
    let (start, note) = if is_ignored && judged.answer().starts() {
        let why = "it is due, and `ignoreChanges` holds `deployment`";
        (None, not_started(&wanted.stack, why))
    } else {
        verdict(context, wanted, judged)
    };
    Ok((Planned { memory, start }, note))
}

/// Compares the outputs that only this join needs compared: the shared look covers what the state declares.
async fn compared(context: &Context, judged: Judged, wanted: &Wanted, memory: &Memory) -> Judged {
    if !judged.is_uncompared() {
        return judged;
    }
    let mut world = judged.world().clone();
    context.survey.compare_outputs(&mut world).await;
    Judged::of(&world, wanted, memory)
}

/// The decision, if the stack should start in this run, with the message about it.
fn verdict(context: &Context, wanted: &Wanted, judged: Judged) -> (Option<Judged>, String) {
    let stack = &wanted.stack;
    let answer = judged.answer();
    if let Some(grace) = judged.grace() {
        let why = format!("its webhook has {} s to start it", grace.as_secs());
        return (None, not_started(stack, &why));
    }
    match answer.reason() {
        Some(reason) => (None, not_started(stack, &words::short(reason))),
        None if context.joins.permit(stack) => {
            let note = format!("{} is to start: {}", stack.short(), words::because(answer));
            (Some(judged), note)
        }
        None => {
            let reason = Reason::HeldBack {
                max_starts: context.joins.max_starts(),
            };
            (None, not_started(stack, &words::short(&reason)))
        }
    }
}

/// The look of the program's joins, including this one.
async fn look(context: &Context, urn: &Urn, need: Need<'_>) -> Result<Arc<Look>, ResourceError> {
    let above = context.programs.upstream(&need.wanted.stack);
    let ask = async || declared(context, urn, need).await;
    let look = context.joins.look(&context.survey, need, &above, ask).await;
    Ok(look?)
}

/// The joins that the program declares, by its state and in this run, and a time of the cloud if one of them waits for a
/// webhook.
async fn declared(
    context: &Context,
    urn: &Urn,
    need: Need<'_>,
) -> Result<(Declared, Option<Timestamp>), Unavailable> {
    let home = context.home(urn.project(), urn.stack()).await;
    let state = match &home {
        Some(home) => context.survey.state(home).await?,
        None => None,
    };
    let mut declared = state.map_or_else(Declared::default, |state| Declared::of(&state));
    declared.edges.extend(context.programs.edges());
    declared.edges.extend(need.wanted.edges());
    let mut new = context.programs.joined();
    new.insert(need.wanted.stack.clone());
    new.retain(|stack| !declared.joins.contains_key(stack));
    declared.new = new;
    let clock = match &home {
        Some(home) if need.has_grace(&declared) => time_at(context, home).await,
        _ => None,
    };
    Ok((declared, clock))
}

/// The newest time of the program's own stack: when its run began, except in a preview.
async fn time_at(context: &Context, home: &StackRef) -> Option<Timestamp> {
    let seen = context.survey.own_past(home).await.ok()?;
    seen.found()?.history.newest_time()
}

async fn start_of(
    context: &Context,
    wanted: &Wanted,
    judged: &Judged,
    before: Memory,
) -> Result<Acted, ResourceError> {
    act::start(&context.cloud, &context.survey, wanted, judged, before).await
}

/// Starts the program again if it held stacks back; returns the message about it.
async fn rest(context: &Context, urn: &Urn, look: &Look) -> Option<String> {
    if !context.joins.conducts_again(look.n_starts) {
        return None;
    }
    let program = context.home(urn.project(), urn.stack()).await?;
    Some(act::conduct_again(&context.cloud, &context.survey, &program).await)
}

/// The outputs of a join with unknown inputs.
///
/// # Errors
///
/// [`ResourceError::StillUnknown`] in an update.
fn unknown(news: &Map, preview: Preview) -> Result<Map, ResourceError> {
    match preview {
        Preview::Yes => Ok(with(news, Value::UNKNOWN, Value::UNKNOWN)),
        Preview::No => Err(ResourceError::StillUnknown {
            property: UPSTREAM_REFS,
        }),
    }
}

/// The outputs of a join that will record a baseline when it is created.
fn baseline_later(news: &Map) -> Map {
    with(news, Value::UNKNOWN, Value::Null)
}

/// The outputs of a join whose stack will start.
fn started_later(news: &Map) -> Map {
    with(news, Value::UNKNOWN, Value::UNKNOWN)
}

fn with(inputs: &Map, after: Value, deployment: Value) -> Map {
    let mut outputs = inputs.clone();
    outputs.insert(AFTER.to_owned(), after);
    outputs.insert(DEPLOYMENT.to_owned(), deployment);
    outputs
}

fn made(id: String, state: Map, notes: Vec<String>) -> Made {
    Made {
        id,
        state,
        advice: Vec::new(),
        notes,
    }
}
