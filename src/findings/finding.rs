//! What a finding is, and the declarations of a program that findings are about.
//!
//! # What this may not do
//!
//! Find anything.

use crate::domain::{StackRef, WebhookId};
use crate::graph::{Cycle, Edge};
use crate::veil::clean;
use std::collections::BTreeSet;
use std::fmt;

/// Something about a graph of stacks that the user should know.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Finding {
    /// Its kind.
    pub code: Code,
    /// Its severity.
    pub severity: Severity,
    /// The stacks concerned. The one to act on comes first.
    pub stacks: Vec<StackRef>,
    /// The edges concerned; those of the program, if the finding is about a program.
    pub edges: Vec<Edge>,
    /// What is wrong: one sentence in lower case without a full stop.
    pub sentence: String,
    /// What to do about it, in the same form.
    pub cure: String,
    /// Its subject.
    pub subject: Subject,
}

/// The subject of a finding. It is the same for everyone who finds the same thing, even if they see different parts of it.
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
    /// The same finding without control characters for a terminal: names on the cloud are other people's words.
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

/// The severity of a finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// It cannot work, or never ends.
    Error,
    /// It works, but too often, too early, or only after someone intervenes.
    Warning,
    /// It may be intended.
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

/// The kinds of findings, in the order in which they are reported. Their words never change.
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
    /// The deployments of a stack, or of its whole organization, are paused.
    Paused,
    /// A push deploys a stack that also follows others.
    DeploysCommits,
    /// Another webhook starts the same stack.
    DuplicateWebhook,
    /// A webhook also starts its target at events other than a successful update.
    OtherEvents,
    /// An edge that a longer path makes unnecessary.
    Shortcut,
    /// A stack runs more than once for one change.
    Diamond,
    /// A stack refers to another, but does not follow it.
    MissingEdge,
    /// A stack follows another, but does not refer to it.
    SurplusEdge,
    /// The stack that conducts joins has no deployment settings, or none that can work.
    ConductorWithoutSettings,
    /// The stack that conducts joins runs once for each queued event.
    ConductorRunsEachEvent,
    /// The deployments of the stack that conducts joins may not deploy other stacks.
    ConductorMayNotDeploy,
    /// If one start is refused, the stack that conducts joins does not make the others.
    ConductorStopsEarly,
    /// The last run of the stack that conducts joins failed.
    ConductorFailed,
    /// No webhook runs the stack that conducts a join after a stack that the join waits for.
    JoinWithoutWakeUp,
    /// Both a webhook and a join start a stack.
    JoinedAndStarted,
    /// Several programs have a join for one stack.
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

/// The declarations of a program.
#[derive(Clone, Debug, Default)]
pub struct Declared {
    /// The edges that will start something, without those of inactive webhooks.
    pub edges: BTreeSet<Edge>,
    /// The stacks that the program itself declares. If one of them does not exist yet, that is not a finding.
    pub stacks: BTreeSet<StackRef>,
    /// The names of the webhooks that these edges have or had. All others belong to someone else.
    pub webhooks: BTreeSet<String>,
    /// The events of these webhooks; empty while unknown.
    pub events: Vec<String>,
    /// The stacks that joins of the program start.
    pub joined: BTreeSet<StackRef>,
}
