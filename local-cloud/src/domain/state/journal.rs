//! The entries of a journal, in which the CLI reports an update step by step.

use super::document::{PendingOperation, is_deployment, is_resource};
use super::raw::{Object, Raw};
use serde::Deserialize;

/// The newest supported version of the journal. The first one supports everything but state migrations.
pub(crate) const NEWEST_JOURNAL: i64 = 2;

/// The version of the journal to use with a client that supports `newest` and all older ones: the newest that both support.
pub(crate) fn journal_for(newest: Option<i64>, has_state_migrations: bool) -> Option<i64> {
    let known = if has_state_migrations {
        NEWEST_JOURNAL
    } else {
        NEWEST_JOURNAL - 1
    };
    newest
        .filter(|newest| *newest > 0)
        .map(|newest| newest.min(known))
}

/// An entry of a journal, in the CLI's form.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Entry {
    /// The version of the entry, at most [`NEWEST_JOURNAL`].
    #[serde(deserialize_with = "version")]
    pub(crate) version: i64,
    pub(crate) kind: EntryKind,
    /// 1, 2, 3 and so on within an update, in the order of events. Entries may arrive in another order.
    #[serde(rename = "sequenceID", deserialize_with = "sequence")]
    pub(crate) sequence_id: i64,
    /// The operation of the engine that the entry belongs to.
    #[serde(rename = "operationID", default)]
    pub(crate) operation_id: i64,
    /// The resource after the operation.
    pub(crate) state: Option<Resource>,
    /// The operation that has begun, if a crash must not lose it.
    pub(crate) operation: Option<PendingOperation>,
    // Members named `old` are indices into the resources of the base, members named `new` are IDs of operations.
    pub(crate) remove_old: Option<i64>,
    pub(crate) remove_new: Option<i64>,
    pub(crate) delete_old: Option<i64>,
    pub(crate) delete_new: Option<i64>,
    pub(crate) pending_replacement_old: Option<i64>,
    pub(crate) pending_replacement_new: Option<i64>,
    #[serde(default)]
    pub(crate) is_refresh: bool,
    pub(crate) secrets_provider: Option<Raw>,
    /// A whole deployment.
    pub(crate) new_snapshot: Option<Object>,
    pub(crate) snippets: Option<Raw>,
    pub(crate) extension_ref: Option<String>,
    pub(crate) extension: Option<Raw>,
    #[serde(default)]
    pub(crate) requires_byte_string: bool,
    // Of a state migration: the new base, what it inserts, and its other changes.
    pub(crate) layout: Option<Vec<LayoutItem>>,
    pub(crate) states: Option<Vec<Resource>>,
    pub(crate) base_state_patches: Option<Vec<BasePatch>>,
    pub(crate) new_state_patches: Option<Vec<NewPatch>>,
}

impl Entry {
    /// Parses an entry.
    ///
    /// # Errors
    ///
    /// If it is invalid, of a kind that its version does not have, or contains a state without a deployment, which would
    /// remove everything.
    pub(crate) fn from_text(text: &str) -> serde_json::Result<Entry> {
        let entry: Entry = serde_json::from_str(text)?;
        if entry.kind == EntryKind::StateMigration && entry.version < 2 {
            return Err(serde::de::Error::custom(
                "the first version has no state migrations",
            ));
        }
        let writes_nothing = !entry.new_snapshot.as_ref().is_some_and(is_deployment);
        if entry.kind == EntryKind::Write && writes_nothing {
            return Err(serde::de::Error::custom("it writes no deployment"));
        }
        Ok(entry)
    }
}

/// A resource, which has a URN and a type. A state with any other object in its place could not be read again.
#[derive(Clone, Debug, Deserialize)]
#[serde(try_from = "Object")]
pub(crate) struct Resource(pub(crate) Object);

impl TryFrom<Object> for Resource {
    type Error = &'static str;

    fn try_from(object: Object) -> Result<Resource, &'static str> {
        if is_resource(&object) {
            Ok(Resource(object))
        } else {
            Err("a resource has a URN and a type")
        }
    }
}

/// The origin of a resource in the base that a state migration makes. Exactly one of the two is present.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct LayoutItem {
    /// Its index in the previous base.
    pub(super) base_index: Option<i64>,
    /// Its index among the entry's `states`.
    pub(super) state_index: Option<i64>,
}

/// A resource of the base that stays, as changed by a state migration.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct BasePatch {
    /// Its index in the previous base.
    pub(super) index: i64,
    pub(super) state: Resource,
}

/// A resource that an operation of this update has made, as changed by a state migration.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct NewPatch {
    #[serde(rename = "operationID")]
    pub(super) operation_id: i64,
    pub(super) state: Resource,
}

/// The kind of an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "i64")]
pub(crate) enum EntryKind {
    Begin,
    Success,
    Failure,
    RefreshSuccess,
    Outputs,
    Write,
    SecretsManager,
    RebuiltBaseState,
    ExtensionParameterize,
    Snippets,
    StateMigration,
}

impl TryFrom<i64> for EntryKind {
    type Error = &'static str;

    fn try_from(number: i64) -> Result<EntryKind, &'static str> {
        Ok(match number {
            0 => EntryKind::Begin,
            1 => EntryKind::Success,
            2 => EntryKind::Failure,
            3 => EntryKind::RefreshSuccess,
            4 => EntryKind::Outputs,
            5 => EntryKind::Write,
            6 => EntryKind::SecretsManager,
            7 => EntryKind::RebuiltBaseState,
            8 => EntryKind::ExtensionParameterize,
            9 => EntryKind::Snippets,
            10 => EntryKind::StateMigration,
            _ => return Err("unknown kind"),
        })
    }
}

fn version<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<i64, D::Error> {
    let version = i64::deserialize(deserializer)?;
    if (1..=NEWEST_JOURNAL).contains(&version) {
        Ok(version)
    } else {
        Err(serde::de::Error::custom("unknown version"))
    }
}

fn sequence<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<i64, D::Error> {
    let number = i64::deserialize(deserializer)?;
    if number > 0 {
        Ok(number)
    } else {
        Err(serde::de::Error::custom("sequences begin with 1"))
    }
}
