//! The words by which a program chooses how a component works.
//!
//! # What this may not do
//!
//! Say what follows from a choice.

use crate::property::modes::modes;

modes! {
    /// What is done about what the checks find on the cloud.
    CheckMode {
        /// Each finding is a warning.
        Warn = "warn",
        /// Each finding is an error.
        Error = "error",
        /// Nobody is asked.
        Off = "off",
    }
}

modes! {
    /// What is done with edges beside a longer path.
    ShortcutMode {
        /// They are edges as others are.
        Keep = "keep",
        /// They get no webhook.
        Drop = "drop",
    }
}

modes! {
    /// How the updates of a graph follow each other.
    GraphStrategy {
        /// Each stack after each of its upstream stacks.
        Parallel = "parallel",
        /// All in one line.
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
