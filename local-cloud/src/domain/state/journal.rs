//! The entries of a journal: what the CLI tells about an update step by step.

use super::document::{PendingOperation, is_resource};
use super::raw::{Object, Raw};
use serde::Deserialize;

/// An entry of a journal. Its form is the CLI's.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Entry {
    /// The form of the entry; 1 is the only one.
    #[serde(deserialize_with = "version")]
    #[expect(dead_code, reason = "checked while it is read")]
    version: u32,
    pub(crate) kind: EntryKind,
    /// 1, 2, 3 and so on in one update, in the order of what happened. Entries may come in another order.
    #[serde(rename = "sequenceID", deserialize_with = "sequence")]
    pub(crate) sequence_id: i64,
    /// Which operation of the engine it is about.
    #[serde(rename = "operationID", default)]
    pub(crate) operation_id: i64,
    /// The resource as it is now.
    #[serde(default, deserialize_with = "resource")]
    pub(crate) state: Option<Object>,
    /// What was begun, if a crash must not forget it.
    pub(crate) operation: Option<PendingOperation>,
    // Those named `old` are indices into the resources of the base, those named `new` ids of operations.
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
}

/// What an entry tells.
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
            _ => return Err("unknown kind"),
        })
    }
}

fn version<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<u32, D::Error> {
    let version = u32::deserialize(deserializer)?;
    if version == 1 {
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

/// A state with a resource of another form could not be read again.
fn resource<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<Object>, D::Error> {
    let resource = Option::<Object>::deserialize(deserializer)?;
    if resource.as_ref().is_none_or(is_resource) {
        Ok(resource)
    } else {
        Err(serde::de::Error::custom("a resource has a URN and a type"))
    }
}
