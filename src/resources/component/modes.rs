//! The words by which a program chooses how a component works.
//!
//! # What this may not do
//!
//! Say what follows from a choice.

use crate::property::Value;
use crate::property::decode::FromValue;

/// A set of words that is a type, as an input is written.
macro_rules! modes {
    ($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident = $word:literal,)* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum $name {
            $($(#[$variant_doc])* $variant,)*
        }

        impl $name {
            /// Every one, in the order of the schema.
            pub const ALL: &[$name] = &[$($name::$variant),*];

            /// The word in a program.
            pub fn as_str(self) -> &'static str {
                match self {
                    $($name::$variant => $word,)*
                }
            }
        }

        impl From<$name> for Value {
            fn from(mode: $name) -> Value {
                mode.as_str().into()
            }
        }

        impl FromValue for $name {
            fn from_value(value: &Value) -> Result<$name, String> {
                let given = String::from_value(value)?;
                let found = $name::ALL.iter().copied().find(|mode| mode.as_str() == given);
                found.ok_or_else(|| {
                    let words: Vec<_> = $name::ALL.iter().map(|mode| format!("`{}`", mode.as_str())).collect();
                    format!("must be one of {}, and is `{given}`", words.join(", "))
                })
            }
        }
    };
}

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

    #[test]
    fn a_word_is_read_back_and_another_is_answered_with_all() {
        for mode in CheckMode::ALL {
            assert_eq!(CheckMode::from_value(&(*mode).into()), Ok(*mode));
        }
        insta::assert_snapshot!(GraphStrategy::from_value(&"serial".into()).unwrap_err(), @"must be one of `parallel`, `sequential`, `joined`, and is `serial`");
    }
}
