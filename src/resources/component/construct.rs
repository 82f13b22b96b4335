//! Registers a component and its children with the engine.
//!
//! # What this may not do
//!
//! Change anything on the cloud: the engine calls the provider for each webhook when its turn comes. See protobuf.

use super::begun::Begun;
use super::child::{Child, text};
use super::children::Children;
use super::family::Family;
use super::owed::Owed;
use super::plan::{Plan, Webhooks};
use super::planned::marked;
use super::preflight::Preflight;
use super::programs::{Component, Program, Programs};
use super::remarks::Remarks;
use super::request::Construct;
use crate::engine::error::EngineError;
use crate::engine::log::EngineLog;
use crate::engine::monitor::{Former, Monitor, Registered};
use crate::graph::Edge;
use crate::property::encode::{unknown_as_outputs, with_dependencies};
use crate::property::{Known, Map, Value};
use crate::resources::error::ResourceError;
use crate::resources::webhook::strict::Strict;
use crate::survey::Survey;
use std::collections::BTreeSet;

/// A constructed component: its URN, and its outputs with their dependencies.
#[derive(Clone, Debug)]
pub struct Constructed {
    /// The URN that the engine gave it.
    pub urn: String,
    /// Its outputs.
    pub state: Map,
}

/// The program and the engine for which a component is constructed.
#[derive(Clone, Copy, Debug)]
pub struct Told<'a> {
    /// The engine's resource monitor.
    pub monitor: &'a Monitor,
    /// The declarations of the programs that this process serves.
    pub programs: &'a Programs,
    /// The engine's log.
    pub log: &'a EngineLog,
}

/// What the construction of a component uses.
#[derive(Clone, Copy, Debug)]
pub struct Surroundings<'a> {
    /// The program and the engine.
    pub told: Told<'a>,
    /// What is on the cloud.
    pub survey: &'a Survey,
    /// The webhooks of components whose creation has begun in this process.
    pub begun: &'a Begun,
    /// The final checks that components have yet to make.
    pub owed: &'a Owed,
    /// The webhooks of components whose findings are errors.
    pub strict: &'a Strict,
}

/// Constructs the component that `plan` describes: registers the component, its children in parallel, and its outputs.
///
/// # Errors
///
/// [`ResourceError::Inputs`] for invalid edges, before anything is registered; errors of the engine.
pub async fn construct(
    construct: &Construct,
    plan: Plan,
    around: Surroundings<'_>,
) -> Result<Constructed, ResourceError> {
    let RegisteredComponent { urn, children } = register(construct, &plan, around).await?;
    match children {
        Some(registered) => {
            let outputs = Outputs {
                plan,
                registered,
                preview: construct.preview,
            };
            hand_over(around.told.monitor, urn, outputs).await
        }
        None => Ok(without_outputs(urn)),
    }
}

/// A registered component.
struct RegisteredComponent {
    urn: String,
    /// Its children in order; `None` if the engine has stopped processing the component.
    children: Option<Vec<Registered>>,
}

impl RegisteredComponent {
    fn over(urn: String) -> RegisteredComponent {
        RegisteredComponent {
            urn,
            children: None,
        }
    }
}

/// Registers the component and its children, and reports the findings of the checks.
async fn register(
    construct: &Construct,
    plan: &Plan,
    around: Surroundings<'_>,
) -> Result<RegisteredComponent, ResourceError> {
    let Surroundings {
        told,
        survey,
        begun,
        owed,
        strict,
    } = around;
    let Told {
        monitor,
        programs,
        log,
    } = told;
    for stack in &plan.hidden {
        log.veil.hide(&stack.to_string());
        log.veil.hide(&stack.short());
    }
    let program = programs.program(monitor.deployment());
    if let Some(joined) = &plan.joined {
        program.join(&joined.stacks);
    }
    let declared = declare(construct, plan, program)?;
    let look = || look(construct, plan, around);
    let under_way = plan.is_checked().then(|| owed.begin());
    // Only webhooks that a finding may refuse have to wait for the findings.
    let is_strict = plan.is_strict();
    let mut looked = if is_strict { look().await } else { None };
    if let Some((preflight, before)) = &looked {
        refuse(preflight, before)?;
    }

    let registered = monitor.register_component(&construct.request.inputs).await;
    let urn = match registered {
        Ok(urn) => urn,
        Err(EngineError::Passed { urn }) => return Ok(RegisteredComponent::over(urn)),
        Err(EngineError::Ended { .. }) => return Ok(RegisteredComponent::over(construct.urn())),
        Err(error) => return Err(error.into()),
    };
    say(construct, plan, &declared, &urn, log).await;
    if let Some((preflight, before)) = &looked {
        preflight.tell(before, &urn, log).await;
    }
    let children = &*plan.children;
    let refusing = looked.as_ref().filter(|_| !construct.preview);
    let doubtful = refusing.map(|(preflight, _)| preflight.doubtful(children));
    let is_refusing = doubtful.is_some();
    let prepare = |child: &mut Child| {
        child
            .former
            .retain(|former| claim(former, construct, program));
        if is_refusing {
            let origin = &construct.request.origin;
            strict.insert(origin.child_urn(construct.kind.token(), &child.name));
        }
    };
    let family = Family {
        parent: &urn,
        reaching: construct.request.given.reaching(),
        children,
        prepare: &prepare,
    };
    let doubtful = doubtful.unwrap_or_default();
    let registering = family.register(monitor, &doubtful);
    let registered = if is_strict {
        registering.await
    } else {
        let looking = async {
            let looked = look().await;
            if let Some((preflight, before)) = &looked {
                preflight.tell(before, &urn, log).await;
            }
            looked
        };
        let registered;
        (looked, registered) = tokio::join!(looking, registering);
        registered
    };
    let Some(registered) = registered? else {
        return Ok(RegisteredComponent::over(urn));
    };
    if let (Some((preflight, _)), Some(under_way)) = (&mut looked, under_way) {
        let made = made(children, &registered, begun);
        let due = under_way.settle(preflight.made(&urn, &made), is_strict);
        preflight.look_again(survey, &due).await;
        let own = names(&registered).chain(begun.names()).collect();
        for (of, remarks) in &preflight.after(survey, own, &urn, &due).await {
            // Webhooks of other components are theirs, and their own `checks` decide how much a finding matters.
            if *of == urn {
                refuse(preflight, remarks)?;
            }
            preflight.tell(remarks, of, log).await;
        }
    }
    Ok(RegisteredComponent {
        urn,
        children: Some(registered),
    })
}

/// Sends the outputs to the engine for the state, then returns them for the program: one after the other, because a graph
/// has thousands of edges in each.
async fn hand_over(
    monitor: &Monitor,
    urn: String,
    outputs: Outputs,
) -> Result<Constructed, ResourceError> {
    let kept = monitor.register_outputs(&urn, outputs.for_state()).await;
    match kept {
        Ok(()) => {
            let state = outputs.into_program();
            Ok(Constructed { urn, state })
        }
        Err(EngineError::Ended { .. }) => Ok(without_outputs(urn)),
        Err(error) => Err(error.into()),
    }
}

/// A component that the engine has stopped processing. The engine has reported why; an error of ours would be a second,
/// wrong one and would end the program.
fn without_outputs(urn: String) -> Constructed {
    Constructed {
        urn,
        state: Map::new(),
    }
}

/// Adds the component to the program's declarations; returns advice about duplicates, and stacks with different spellings.
fn declare(
    construct: &Construct,
    plan: &Plan,
    program: Program<'_>,
) -> Result<Vec<String>, ResourceError> {
    let component = Component {
        kind: construct.kind,
        name: construct.request.name.clone(),
    };
    let ends = plan
        .edges
        .iter()
        .flat_map(|edge| [&edge.upstream, &edge.downstream]);
    // A secret is not compared, because the advice would show it.
    let named = ends
        .chain(&plan.about)
        .chain(&plan.made_here)
        .filter(|stack| !plan.hidden.contains(stack));
    let spelled = program.spell(&named.cloned().collect());
    let declared = program.declare(&component, &plan.edges, &plan.made_here);
    let twice = declared
        .map_err(|refusal| ResourceError::Inputs(vec![plan.refusal(&refusal.to_string())]))?;
    let twice = twice.iter().map(|(edge, by)| {
        let text = format!(
            "the {by} also has the edge `{edge}`, so each update starts `{}` twice: remove it from one of the two",
            edge.downstream.short()
        );
        plan.veil(&text)
    });
    let spelled = spelled.iter().map(|(stack, other)| {
        format!(
            "`{}` differs from `{}` only by upper and lower case: if they are the same stack, spell it the same way",
            stack.short(),
            other.short()
        )
    });
    Ok(twice.chain(spelled).collect())
}

/// Reports the findings that need no request to the cloud.
async fn say(construct: &Construct, plan: &Plan, declared: &[String], urn: &str, log: &EngineLog) {
    let given = &construct.request.given;
    for advice in plan.advice.iter().chain(declared).chain(&given.advice()) {
        log.warn(urn, advice).await;
    }
    if let Some(note) = given.note(construct.kind) {
        log.info(urn, &note).await;
    }
}

/// Reads from the cloud what the checks need before the component's webhooks are created; `None` if checks are off.
async fn look<'a>(
    construct: &'a Construct,
    plan: &'a Plan,
    around: Surroundings<'a>,
) -> Option<(Preflight<'a>, Remarks)> {
    let Told {
        monitor, programs, ..
    } = around.told;
    let program = programs.program(monitor.deployment());
    let origin = &construct.request.origin;
    let looking = Preflight::look(plan, program, origin, monitor.provider(), around.survey);
    let mut preflight = looking.await?;
    let before = preflight.before(around.survey).await;
    Some((preflight, before))
}

/// Fails the construction if findings are errors.
fn refuse(preflight: &Preflight<'_>, remarks: &Remarks) -> Result<(), ResourceError> {
    match preflight.failures(remarks) {
        failures if failures.is_empty() => Ok(()),
        failures => Err(ResourceError::Inputs(failures)),
    }
}

/// The names of the registered webhooks, where known.
fn names(registered: &[Registered]) -> impl Iterator<Item = String> {
    registered.iter().filter_map(name).map(str::to_owned)
}

/// The edges whose webhooks were just created.
fn made(children: &dyn Children, registered: &[Registered], begun: &Begun) -> BTreeSet<Edge> {
    let is_new = |child: &Registered| name(child).is_some_and(|name| begun.contains(name));
    let all = registered.iter().enumerate();
    let new = all.filter(|(_, registered)| is_new(registered));
    new.filter_map(|(place, _)| children.edge(place)).collect()
}

fn name(registered: &Registered) -> Option<&str> {
    text(registered.name.as_ref()?)
}

/// Claims a former name for a child; returns whether no other component has claimed it.
fn claim(former: &Former, construct: &Construct, program: Program<'_>) -> bool {
    match former {
        Former::Elsewhere(urn) => program.claim(urn),
        Former::Sibling { token, name } => {
            let origin = &construct.request.origin;
            program.claim(&origin.sibling_urn(construct.kind.token(), token, name))
        }
    }
}

/// The outputs of a component, in the forms for the program and for the state.
struct Outputs {
    plan: Plan,
    registered: Vec<Registered>,
    preview: bool,
}

impl Outputs {
    /// The outputs for the program. Unknown ones, as in a targeted update, are unknown rather than absent.
    fn into_program(mut self) -> Map {
        let names = with_dependencies(self.names(|_| true), self.urns());
        let outputs = std::mem::take(&mut self.plan.outputs).into_iter();
        let outputs = outputs.map(|(name, output)| (name, output.into_output()));
        let all = outputs.chain([(self.plan.webhooks.output, names)]);
        let as_it_is = |value| {
            if self.preview {
                value
            } else {
                unknown_as_outputs(value)
            }
        };
        all.map(|(name, value)| (name.to_owned(), as_it_is(value)))
            .collect()
    }

    /// The outputs for the state: the known ones. In a preview, where nothing is stored, all of them.
    fn for_state(&self) -> Map {
        let is_kept = |value: &Value| self.preview || !value.has_unknown();
        let outputs = self.plan.outputs.iter();
        let outputs = outputs.filter(|(_, output)| is_kept(&output.value));
        let outputs = outputs.map(|(name, output)| (*name, output.value.clone()));
        let names = Some((self.plan.webhooks.output, self.names(is_kept)));
        let names = names.filter(|(_, names)| is_kept(names));
        outputs
            .chain(names)
            .map(|(name, value)| (name.to_owned(), value))
            .collect()
    }

    /// The names of the webhooks for which `is_kept` holds, in order; unknown names stay unknown.
    fn names(&self, is_kept: impl Fn(&Value) -> bool) -> Value {
        let Webhooks { places, secret, .. } = &self.plan.webhooks;
        let names = match places {
            Known::Now(places) => {
                let names = places.iter().map(|place| self.name(*place));
                names.filter(is_kept).collect()
            }
            Known::Later => Value::UNKNOWN,
        };
        marked(names, *secret)
    }

    fn name(&self, place: Option<usize>) -> Value {
        let child = place.map(|place| &self.registered[place]);
        let child = child.filter(|child| self.preview || !child.unknown);
        child
            .and_then(|child| child.name.clone())
            .unwrap_or(Value::UNKNOWN)
    }

    /// The URNs of the webhooks with these names.
    fn urns(&self) -> BTreeSet<String> {
        let Known::Now(places) = &self.plan.webhooks.places else {
            return BTreeSet::new();
        };
        let children = places
            .iter()
            .flatten()
            .map(|place| &self.registered[*place]);
        children.map(|child| child.urn.clone()).collect()
    }
}
