//! The terms of updates.

use crate::domain::stacks::StackPath;
use crate::domain::state::{Object, Raw};
use crate::domain::windows::WindowName;
use crate::domain::words::{self, UnknownWord};
use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

/// An update of a stack.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct UpdatePath {
    pub(crate) stack: StackPath,
    /// Its ID, which is never reused.
    pub(crate) uid: String,
}

/// The kind of an update.
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

/// The status of an update.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum UpdateStatus {
    NotStarted,
    Running,
    Succeeded,
    Failed,
    Cancelled,
    /// Its lease was not renewed. For clients, this is a failure.
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

    /// Whether its status can no longer change.
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

    /// Its name in the answer to a poll.
    pub(crate) fn polled(self) -> &'static str {
        match self {
            UpdateStatus::NotStarted => "not started",
            UpdateStatus::Expired => "failed",
            _ => self.as_str(),
        }
    }

    /// Its name in the history.
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

/// The result of an update, as reported by its client.
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

/// An update to create.
#[derive(Clone, Debug)]
pub(crate) struct NewUpdate {
    pub(crate) kind: UpdateKind,
    /// Whether it is a preview.
    pub(crate) is_preview: bool,
    pub(crate) message: String,
    /// Facts about where it runs: git, CI and the CLI.
    pub(crate) environment: BTreeMap<String, String>,
    /// The configuration as sent, with encrypted secrets.
    pub(crate) config: Option<Raw>,
    /// The coherence window of the update.
    pub(crate) window: Option<WindowName>,
}

/// A started update.
#[derive(Clone, Debug)]
pub(crate) struct Started {
    /// The version that the stack will have; for a preview, its current version.
    pub(crate) version: i64,
    /// The version of the journal that its client writes instead of checkpoints.
    pub(crate) journal_version: Option<i64>,
    /// The lease token; empty until it is generated.
    pub(crate) token: String,
    /// When the lease ends, in Unix seconds.
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
    /// Unix seconds; `None` while it is running.
    pub(crate) ended: Option<i64>,
    /// The numbers of resources that were created, updated and so on.
    pub(crate) resource_changes: Raw,
    pub(crate) resource_count: i64,
}

/// The latest update of a stack, without previews.
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
    /// Begin after this sequence number.
    pub(crate) after: Option<i64>,
    /// The names of their members, such as `summaryEvent`; empty for all.
    pub(crate) kinds: Vec<String>,
    pub(crate) urn: Option<String>,
}

/// A page of engine events, in order.
#[derive(Clone, Debug)]
pub(crate) struct EventPage {
    /// Each event names its kind of member in `type`.
    pub(crate) events: Vec<Object>,
    /// The sequence number after which to continue; `None` if there will be no more.
    pub(crate) next: Option<i64>,
}
