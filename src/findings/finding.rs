//! What a finding is, and what a program declares that findings are about.
//!
//! # What this may not do
//!
//! Find anything.

use crate::domain::{StackRef, WebhookId};
use crate::graph::{Cycle, Edge};
use crate::veil::clean;
use std::collections::BTreeSet;
use std::fmt;

/// Something about a graph of stacks that a person should know.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Finding {
    /// What kind of thing it is.
    pub code: Code,
    /// How bad it is.
    pub severity: Severity,
    /// The stacks concerned; the one to do something about comes first.
    pub stacks: Vec<StackRef>,
    /// The edges concerned; of a program, if it is about a program.
    pub edges: Vec<Edge>,
    /// What is the matter: one sentence, in lower case, without a full stop.
    pub sentence: String,
    /// What to do about it, in the same form.
    pub cure: String,
    /// What it is about.
    pub subject: Subject,
}

/// What a finding is about: the same for all who find the same thing, though they see different parts of it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Subject {
    /// All stacks of an organization.
    Organization(String),
    /// A stack.
    Stack(StackRef),
    /// An edge.
    Edge(Edge),
    /// A cycle.
    Cycle(Cycle),
    /// A webhook.
    Webhook(WebhookId),
    /// The events of a program's webhooks.
    Events(Vec<String>),
}

impl Finding {
    /// The same without what a terminal would act upon: names on the cloud are other people's words.
    #[must_use]
    pub(super) fn cleaned(self) -> Finding {
        Finding {
            sentence: clean(&self.sentence),
            cure: clean(&self.cure),
            ..self
        }
    }
}

impl fmt::Display for Finding {
    /// The sentence and the cure.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}; {}", self.sentence, self.cure)
    }
}

/// How bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// It cannot work, or never ends.
    Error,
    /// It works, but too often, too early, or only after someone steps in.
    Warning,
    /// It may be just what is wanted.
    Notice,
}

impl Severity {
    /// `error`, `warning` or `notice`.
    pub fn as_str(self) -> &'static str {
        match self {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Notice => "notice",
        }
    }
}

/// The kinds of findings, in the order in which they are reported. The words for them never change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Code {
    /// Stacks start each other forever.
    Cycle,
    /// A stack of an edge does not exist.
    StackMissing,
    /// A live webhook starts a stack that does not exist.
    TargetMissing,
    /// A stack has no deployment settings, so nothing can start it.
    NoSettings,
    /// The deployment settings of a stack do not say where its program is.
    NoSource,
    /// Deployments of a stack, or of its organization, wait.
    Paused,
    /// A push deploys a stack that also follows others.
    DeploysCommits,
    /// Another webhook starts the same stack.
    DuplicateWebhook,
    /// A webhook starts its target at other events than a successful update.
    OtherEvents,
    /// An edge beside which there is a longer path.
    Shortcut,
    /// A stack runs more than once for one change.
    Diamond,
    /// A stack refers to another, but does not follow it.
    MissingEdge,
    /// A stack follows another, but does not refer to it.
    SurplusEdge,
    /// The stack that conducts joins has no deployment settings, or none that could work.
    ConductorWithoutSettings,
    /// The stack that conducts joins runs for each of several events that wait.
    ConductorRunsEachEvent,
    /// The deployments of the stack that conducts joins have no right to deploy others.
    ConductorMayNotDeploy,
    /// One start that is refused keeps the stack that conducts joins from the others.
    ConductorStopsEarly,
    /// The last run of the stack that conducts joins failed.
    ConductorFailed,
    /// No webhook runs the stack that conducts a join after a stack that the join waits for.
    JoinWithoutWakeUp,
    /// A webhook starts a stack that a join starts as well.
    JoinedAndStarted,
    /// Several programs have a join for the same stack.
    JoinedTwice,
}

impl Code {
    /// Every code.
    pub const ALL: [Code; 21] = [
        Code::Cycle,
        Code::StackMissing,
        Code::TargetMissing,
        Code::NoSettings,
        Code::NoSource,
        Code::Paused,
        Code::DeploysCommits,
        Code::DuplicateWebhook,
        Code::OtherEvents,
        Code::Shortcut,
        Code::Diamond,
        Code::MissingEdge,
        Code::SurplusEdge,
        Code::ConductorWithoutSettings,
        Code::ConductorRunsEachEvent,
        Code::ConductorMayNotDeploy,
        Code::ConductorStopsEarly,
        Code::ConductorFailed,
        Code::JoinWithoutWakeUp,
        Code::JoinedAndStarted,
        Code::JoinedTwice,
    ];

    /// The word for it, such as `no-settings`.
    pub fn as_str(self) -> &'static str {
        match self {
            Code::Cycle => "cycle",
            Code::StackMissing => "stack-missing",
            Code::TargetMissing => "target-missing",
            Code::NoSettings => "no-settings",
            Code::NoSource => "no-source",
            Code::Paused => "paused",
            Code::DeploysCommits => "deploys-commits",
            Code::DuplicateWebhook => "duplicate-webhook",
            Code::OtherEvents => "other-events",
            Code::Shortcut => "shortcut",
            Code::Diamond => "diamond",
            Code::MissingEdge => "missing-edge",
            Code::SurplusEdge => "surplus-edge",
            Code::ConductorWithoutSettings => "conductor-without-settings",
            Code::ConductorRunsEachEvent => "conductor-runs-each-event",
            Code::ConductorMayNotDeploy => "conductor-may-not-deploy",
            Code::ConductorStopsEarly => "conductor-stops-early",
            Code::ConductorFailed => "conductor-failed",
            Code::JoinWithoutWakeUp => "join-without-wake-up",
            Code::JoinedAndStarted => "joined-and-started",
            Code::JoinedTwice => "joined-twice",
        }
    }
}

/// What a program declares.
#[derive(Clone, Debug, Default)]
pub struct Declared {
    /// The edges that will start something: those of inactive webhooks are not among them.
    pub edges: BTreeSet<Edge>,
    /// The stacks that the program itself speaks for: that one of these does not exist yet is not a finding.
    pub stacks: BTreeSet<StackRef>,
    /// The names of the webhooks that these edges are, or were; all others are someone else's.
    pub webhooks: BTreeSet<String>,
    /// The events of these webhooks; empty while they are not known.
    pub events: Vec<String>,
    /// The stacks that joins of the program start.
    pub joined: BTreeSet<StackRef>,
}
