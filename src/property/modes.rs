//! Sets of words as types.
//!
//! # What this may not do
//!
//! Define a word.

/// Defines a set of words as a type, in the form of an input.
macro_rules! modes {
    ($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident = $word:literal,)* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum $name {
            $($(#[$variant_doc])* $variant,)*
        }

        impl $name {
            /// All of them, in the order of the schema.
            pub const ALL: &[$name] = &[$($name::$variant),*];

            /// The word in a program.
            pub fn as_str(self) -> &'static str {
                match self {
                    $($name::$variant => $word,)*
                }
            }
        }

        impl From<$name> for $crate::property::Value {
            fn from(mode: $name) -> $crate::property::Value {
                mode.as_str().into()
            }
        }

        impl $crate::property::decode::FromValue for $name {
            fn from_value(value: &$crate::property::Value) -> Result<$name, String> {
                let given = <String as $crate::property::decode::FromValue>::from_value(value)?;
                let found = $name::ALL.iter().copied().find(|mode| mode.as_str() == given);
                found.ok_or_else(|| {
                    let words: Vec<_> = $name::ALL.iter().map(|mode| format!("`{}`", mode.as_str())).collect();
                    format!("must be one of {}, but is `{given}`", words.join(", "))
                })
            }
        }
    };
}

pub(crate) use modes;
