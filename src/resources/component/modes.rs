//! The words by which a program selects the behaviour of a component.
//!
//! # What this may not do
//!
//! Say what follows from a choice.

use crate::property::modes::modes;

modes! {
    /// How the findings of the checks on the cloud are reported.
    CheckMode {
        /// Each finding is a warning.
        Warn = "warn",
        /// Each finding is an error.
        Error = "error",
        /// The checks are skipped.
        Off = "off",
    }
}

modes! {
    /// What happens to edges that a longer path makes unnecessary.
    ShortcutMode {
        /// They get a webhook like other edges.
        Keep = "keep",
        /// They get no webhook.
        Drop = "drop",
    }
}

modes! {
    /// The order of the updates in a graph.
    GraphStrategy {
        /// Each stack after each of its upstream stacks.
        Parallel = "parallel",
        /// All stacks one after the other.
        Sequential = "sequential",
        /// Each stack once, after all of its upstream stacks.
        Joined = "joined",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::property::decode::FromValue as _;

    #[test]
    fn a_word_is_read_back_and_another_is_answered_with_all() {
        for mode in CheckMode::ALL {
            assert_eq!(CheckMode::from_value(&(*mode).into()), Ok(*mode));
        }
        insta::assert_snapshot!(GraphStrategy::from_value(&"serial".into()).unwrap_err(), @"must be one of `parallel`, `sequential`, `joined`, but is `serial`");
    }
}
