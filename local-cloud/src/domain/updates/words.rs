//! What an update is.

use crate::domain::stacks::StackPath;
use crate::domain::state::{Object, Raw};
use crate::domain::windows::WindowName;
use crate::domain::words::{self, UnknownWord};
use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

/// Which update.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct UpdatePath {
    pub(crate) stack: StackPath,
    /// Its id, which no other update ever has.
    pub(crate) uid: String,
}

/// What an update does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum UpdateKind {
    Update,
    Refresh,
    Destroy,
    Import,
    Rename,
}

impl UpdateKind {
    const ALL: [UpdateKind; 5] = [
        UpdateKind::Update,
        UpdateKind::Refresh,
        UpdateKind::Destroy,
        UpdateKind::Import,
        UpdateKind::Rename,
    ];

    /// Its name in the API.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            UpdateKind::Update => "update",
            UpdateKind::Refresh => "refresh",
            UpdateKind::Destroy => "destroy",
            UpdateKind::Import => "import",
            UpdateKind::Rename => "rename",
        }
    }
}

impl FromStr for UpdateKind {
    type Err = UnknownWord;

    fn from_str(text: &str) -> Result<UpdateKind, UnknownWord> {
        words::find(&UpdateKind::ALL, UpdateKind::as_str, "kind of update", text)
    }
}

/// How far an update is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum UpdateStatus {
    NotStarted,
    Running,
    Succeeded,
    Failed,
    Cancelled,
    /// Its lease was not renewed; for clients it failed.
    Expired,
}

impl UpdateStatus {
    const ALL: [UpdateStatus; 6] = [
        UpdateStatus::NotStarted,
        UpdateStatus::Running,
        UpdateStatus::Succeeded,
        UpdateStatus::Failed,
        UpdateStatus::Cancelled,
        UpdateStatus::Expired,
    ];

    /// Whether nothing can happen to it any more.
    pub(crate) fn has_ended(self) -> bool {
        !matches!(self, UpdateStatus::NotStarted | UpdateStatus::Running)
    }

    /// Its name in the store.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            UpdateStatus::NotStarted => "not-started",
            UpdateStatus::Running => "running",
            UpdateStatus::Succeeded => "succeeded",
            UpdateStatus::Failed => "failed",
            UpdateStatus::Cancelled => "cancelled",
            UpdateStatus::Expired => "expired",
        }
    }

    /// What a poll of the update is told.
    pub(crate) fn polled(self) -> &'static str {
        match self {
            UpdateStatus::NotStarted => "not started",
            UpdateStatus::Expired => "failed",
            _ => self.as_str(),
        }
    }

    /// What the history says.
    pub(crate) fn result(self) -> &'static str {
        match self {
            UpdateStatus::NotStarted => "not-started",
            UpdateStatus::Running => "in-progress",
            UpdateStatus::Succeeded => "succeeded",
            UpdateStatus::Failed | UpdateStatus::Cancelled | UpdateStatus::Expired => "failed",
        }
    }
}

impl fmt::Display for UpdateStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for UpdateStatus {
    type Err = UnknownWord;

    fn from_str(text: &str) -> Result<UpdateStatus, UnknownWord> {
        words::find(
            &UpdateStatus::ALL,
            UpdateStatus::as_str,
            "status of an update",
            text,
        )
    }
}

/// How an update ended, in the words of its client.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Outcome {
    Succeeded,
    Failed,
    Cancelled,
}

impl From<Outcome> for UpdateStatus {
    fn from(outcome: Outcome) -> UpdateStatus {
        match outcome {
            Outcome::Succeeded => UpdateStatus::Succeeded,
            Outcome::Failed => UpdateStatus::Failed,
            Outcome::Cancelled => UpdateStatus::Cancelled,
        }
    }
}

/// An update to be made.
#[derive(Clone, Debug)]
pub(crate) struct NewUpdate {
    pub(crate) kind: UpdateKind,
    /// Whether it only shows what it would do.
    pub(crate) is_preview: bool,
    pub(crate) message: String,
    /// Where it runs: facts about git, CI and the CLI.
    pub(crate) environment: BTreeMap<String, String>,
    /// The configuration as it was sent, secrets encrypted.
    pub(crate) config: Option<Raw>,
    /// The coherence window that it joins.
    pub(crate) window: Option<WindowName>,
}

/// An update that begins.
#[derive(Clone, Debug)]
pub(crate) struct Started {
    /// The version that the stack will have; for a preview, the one that it has.
    pub(crate) version: i64,
    /// The form of the journal that its client keeps instead of sending checkpoints.
    pub(crate) journal_version: Option<i64>,
    /// The lease token; empty until it is known.
    pub(crate) token: String,
    /// When the lease is over, in Unix seconds.
    pub(crate) expires: i64,
}

/// An update in the history.
#[derive(Clone, Debug)]
pub(crate) struct Update {
    pub(crate) uid: String,
    pub(crate) kind: UpdateKind,
    pub(crate) is_preview: bool,
    pub(crate) status: UpdateStatus,
    pub(crate) version: i64,
    pub(crate) message: String,
    pub(crate) environment: Raw,
    pub(crate) config: Raw,
    /// Unix seconds.
    pub(crate) started: i64,
    /// Unix seconds; absent while it runs.
    pub(crate) ended: Option<i64>,
    /// How many resources were created, updated and so on.
    pub(crate) resource_changes: Raw,
    pub(crate) resource_count: i64,
}

/// The latest update of a stack that was not a preview.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ActiveUpdate {
    pub(crate) uid: String,
    pub(crate) kind: UpdateKind,
    /// Unix seconds.
    pub(crate) started: i64,
    pub(crate) is_running: bool,
}

/// A stack at the other end of a reference.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Reference {
    pub(crate) path: StackPath,
    pub(crate) version: i64,
}

/// Which engine events to read.
#[derive(Clone, Debug, Default)]
pub(crate) struct EventFilter {
    /// The sequence number after which to begin.
    pub(crate) after: Option<i64>,
    /// The names of their members, such as `summaryEvent`; empty for all.
    pub(crate) kinds: Vec<String>,
    pub(crate) urn: Option<String>,
}

/// Some engine events, in order.
#[derive(Clone, Debug)]
pub(crate) struct EventPage {
    /// Each says in `type` which of its members it is about.
    pub(crate) events: Vec<Object>,
    /// After which sequence number to go on; absent if there will be no more.
    pub(crate) next: Option<i64>,
}
