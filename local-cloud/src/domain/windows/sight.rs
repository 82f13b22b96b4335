//! What a coherence window sees of a stack.

use crate::domain::state::StackOutputs;
use jiff::{SignedDuration, Timestamp};

/// How long a window is kept after its last use. Our choice.
const REMEMBERED: SignedDuration = SignedDuration::from_hours(24);

/// The time of the last use before which a window is no longer kept.
pub(crate) fn remembered_since(now: Timestamp) -> Timestamp {
    now - REMEMBERED
}

/// The status of a window's update of a stack.
#[derive(Clone, Debug)]
pub(crate) enum Member {
    /// It is running, and has produced nothing that others may see.
    Running,
    /// It has ended, whether it succeeded or not; the stack has had this version since.
    Updated { version: i64 },
    /// A preview that succeeded, with its predicted outputs.
    Predicted(StackOutputs),
    /// A preview that did not succeed.
    Unpredicted,
}

impl Member {
    /// The version of the stack whose outputs the window sees, unless it is the latest one.
    pub(crate) fn version_to_see(&self) -> Option<i64> {
        match self {
            Member::Updated { version } => Some(*version),
            Member::Running | Member::Predicted(_) | Member::Unpredicted => None,
        }
    }
}

/// What a window sees of a stack from its first read on. `stored` are the outputs of the stack's latest version, or of
/// [`Member::version_to_see`].
///
/// A window only waits for updates in its subgroups, which do not exist here: a running update has no effect.
pub(crate) fn seen(member: Option<Member>, stored: StackOutputs) -> StackOutputs {
    match member {
        None | Some(Member::Running | Member::Updated { .. }) => stored,
        Some(Member::Predicted(outputs)) => outputs,
        Some(Member::Unpredicted) => StackOutputs {
            unknown: true,
            ..stored
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn outputs(name: &str) -> StackOutputs {
        let value = json!({"outputs": {name: 1}, "secrets_providers": null, "unknown": false});
        serde_json::from_value(value).unwrap()
    }

    /// The names of the outputs that are seen, their version, and whether they are unknown.
    fn of(member: Option<Member>) -> (String, Option<i64>, bool) {
        let version = member.as_ref().and_then(Member::version_to_see);
        let seen = seen(member, outputs("stored"));
        let names = seen.outputs.unwrap_or_default();
        let names: Vec<_> = names.names().collect();
        (names.join(","), version, seen.unknown)
    }

    #[test]
    fn what_a_window_sees_of_a_stack() {
        let stored = || "stored".to_owned();
        assert_eq!(of(None), (stored(), None, false));
        assert_eq!(of(Some(Member::Running)), (stored(), None, false));
        let updated = Member::Updated { version: 7 };
        assert_eq!(of(Some(updated)), (stored(), Some(7), false));
        assert_eq!(of(Some(Member::Unpredicted)), (stored(), None, true));
        let predicted = Member::Predicted(outputs("predicted"));
        assert_eq!(of(Some(predicted)), ("predicted".into(), None, false));
        let nothing = Member::Predicted(StackOutputs::default());
        assert_eq!(of(Some(nothing)), (String::new(), None, false));
    }
}
