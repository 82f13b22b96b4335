//! Property values.
//!
//! # What this may not do
//!
//! Know how a value is encoded: [`super::wire`] does.

use std::collections::{BTreeMap, BTreeSet};

/// Property values by name: the inputs or outputs of a resource. Iterates in the order of names.
pub type Map = BTreeMap<String, Value>;

/// A value of the engine's type system, without loss.
///
/// Marks can be nested: a secret may hold an unknown, and an output may hold a list with secrets in it. [`Value::peel`]
/// removes the marks of one level and reports them.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// No value. SDKs send it for a property that is set to nothing; it counts as absent.
    Null,
    /// A boolean.
    Bool(bool),
    /// A number. The engine has one kind, a 64-bit float.
    Number(f64),
    /// A text.
    String(String),
    /// A list.
    Array(Vec<Value>),
    /// An object, or a map from text.
    Object(Map),
    /// A value that is unknown before `up`.
    Unknown(UnknownKind),
    /// A value that must not be shown.
    Secret(Box<Value>),
    /// A value with its dependencies. Only components receive these.
    Output(Output),
    /// A reference to another resource: its `urn`, and `id`, `packageVersion`, `name` and `type` if they were sent.
    Resource(Map),
    /// A single file or text: its `hash`, and one of `text`, `path` and `uri`, as sent.
    Asset(Map),
    /// A set of files: its `hash`, and one of `assets`, `path` and `uri`, as sent.
    Archive(Map),
    /// Bytes that are not valid UTF-8 text, as base64.
    Bytes(String),
}

/// The announced kind of an unknown value. It has no effect; most senders always use `String`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UnknownKind {
    /// A text, or unspecified.
    String,
    /// A boolean.
    Bool,
    /// A number.
    Number,
    /// A list.
    Array,
    /// An asset.
    Asset,
    /// An archive.
    Archive,
    /// An object.
    Object,
}

/// A value and the resources that it was computed from.
#[derive(Clone, Debug, PartialEq)]
pub struct Output {
    /// The value, or `None` while it is unknown.
    pub value: Option<Box<Value>>,
    /// Whether the value is secret.
    pub secret: bool,
    /// The URNs of the resources that it was computed from.
    pub dependencies: BTreeSet<String>,
}

/// A value without its outer marks, and what the marks said.
#[derive(Clone, Debug, PartialEq)]
pub struct Peeled<'a> {
    /// The value; `None` if it is unknown.
    pub value: Option<&'a Value>,
    /// Whether it was marked secret.
    pub secret: bool,
    /// The resources that it depends on.
    pub dependencies: BTreeSet<String>,
}

impl Value {
    /// An unknown value in the form that most senders use.
    pub const UNKNOWN: Value = Value::Unknown(UnknownKind::String);

    /// Marks `self` secret, unless it already is.
    #[must_use]
    pub fn into_secret(self) -> Value {
        match self {
            Value::Secret(_) => self,
            other => Value::Secret(Box::new(other)),
        }
    }

    /// Removes the secret and output marks around the value, but not those further inside.
    pub fn peel(&self) -> Peeled<'_> {
        let mut peeled = Peeled {
            value: Some(self),
            secret: false,
            dependencies: BTreeSet::new(),
        };
        while let Some(marked) = peeled.value {
            match marked {
                Value::Secret(inner) => {
                    peeled.secret = true;
                    peeled.value = Some(inner);
                }
                Value::Output(output) => {
                    peeled.secret |= output.secret;
                    peeled
                        .dependencies
                        .extend(output.dependencies.iter().cloned());
                    peeled.value = output.value.as_deref();
                }
                Value::Unknown(_) => peeled.value = None,
                _ => return peeled,
            }
        }
        peeled
    }

    /// Whether any part of the value is unknown.
    pub fn has_unknown(&self) -> bool {
        match self {
            Value::Unknown(_) => true,
            Value::Secret(inner) => inner.has_unknown(),
            Value::Output(output) => output
                .value
                .as_ref()
                .is_none_or(|inner| inner.has_unknown()),
            Value::Array(items) => items.iter().any(Value::has_unknown),
            Value::Object(map) => map.values().any(Value::has_unknown),
            _ => false,
        }
    }

    /// Whether the value is null under its marks, which counts as absent.
    pub fn is_null(&self) -> bool {
        self.peel().value == Some(&Value::Null)
    }

    /// Whether any part of the value is secret.
    pub fn has_secret(&self) -> bool {
        match self {
            Value::Secret(_) => true,
            Value::Output(output) => {
                output.secret
                    || output
                        .value
                        .as_ref()
                        .is_some_and(|inner| inner.has_secret())
            }
            Value::Array(items) => items.iter().any(Value::has_secret),
            Value::Object(map) => map.values().any(Value::has_secret),
            _ => false,
        }
    }

    /// Calls `visit` with each text that is marked secret, at any depth.
    pub fn for_each_secret(&self, visit: &mut impl FnMut(&str)) {
        self.visit_texts(false, visit);
    }

    fn visit_texts(&self, is_secret: bool, visit: &mut impl FnMut(&str)) {
        match self {
            Value::String(text) if is_secret => visit(text),
            Value::Secret(inner) => inner.visit_texts(true, visit),
            Value::Output(output) => {
                if let Some(inner) = &output.value {
                    inner.visit_texts(is_secret || output.secret, visit);
                }
            }
            Value::Array(items) => {
                for item in items {
                    item.visit_texts(is_secret, visit);
                }
            }
            Value::Object(map) => {
                for item in map.values() {
                    item.visit_texts(is_secret, visit);
                }
            }
            Value::Number(_) if is_secret => {
                if let Some(digits) = self.digits() {
                    visit(&digits);
                }
            }
            _ => {}
        }
    }

    /// The value without secret and output marks at any depth. For comparisons, never to be shown.
    #[must_use]
    pub fn unmarked(&self) -> Value {
        let peeled = self.peel();
        match peeled.value {
            None => Value::UNKNOWN,
            Some(Value::Array(items)) => Value::Array(items.iter().map(Value::unmarked).collect()),
            Some(Value::Object(map)) => Value::Object(
                map.iter()
                    .map(|(key, value)| (key.clone(), value.unmarked()))
                    .collect(),
            ),
            Some(plain) => plain.clone(),
        }
    }

    /// The digits that a program wrote for a number, if they can be recovered: the number is whole, and small enough to be
    /// exact. `None` for any other value.
    pub fn digits(&self) -> Option<String> {
        /// From here on, not every whole number can be represented.
        const END: f64 = 9_007_199_254_740_992.0;
        match self {
            // Adding zero removes the sign of a negative zero.
            Value::Number(number) if number.fract() == 0.0 && number.abs() < END => {
                Some(format!("{:.0}", number + 0.0))
            }
            _ => None,
        }
    }

    /// The value with its [`digits`](Value::digits) as a text, for a text property: a YAML program may turn digits into a
    /// number.
    #[must_use]
    pub fn spelled(self) -> Value {
        match self {
            Value::Secret(inner) => Value::Secret(Box::new(inner.spelled())),
            Value::Output(output) => Value::Output(Output {
                value: output.value.map(|value| Box::new(value.spelled())),
                ..output
            }),
            other => match other.digits() {
                Some(digits) => Value::String(digits),
                None => other,
            },
        }
    }

    /// The kind of value, in the words of messages.
    pub fn type_name(&self) -> &'static str {
        match self {
            Value::Null => "nothing",
            Value::Bool(_) => "a boolean",
            Value::Number(_) => "a number",
            Value::String(_) => "a string",
            Value::Array(_) => "a list",
            Value::Object(_) => "an object",
            Value::Unknown(_) => "an unknown value",
            Value::Secret(inner) => inner.type_name(),
            Value::Output(output) => output
                .value
                .as_ref()
                .map_or("an unknown value", |inner| inner.type_name()),
            Value::Resource(_) => "a resource",
            Value::Asset(_) => "an asset",
            Value::Archive(_) => "an archive",
            Value::Bytes(_) => "bytes",
        }
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Value {
        Value::String(text.to_owned())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Value {
        Value::String(text)
    }
}

impl From<usize> for Value {
    #[expect(
        clippy::cast_precision_loss,
        reason = "counts are exact in a float, but for those that nobody has"
    )]
    fn from(count: usize) -> Value {
        Value::Number(count as f64)
    }
}

impl From<bool> for Value {
    fn from(flag: bool) -> Value {
        Value::Bool(flag)
    }
}

impl From<serde_json::Value> for Value {
    /// Converts plain JSON, without the engine's signatures: a secret in a state becomes an object.
    fn from(json: serde_json::Value) -> Value {
        match json {
            serde_json::Value::Null => Value::Null,
            serde_json::Value::Bool(flag) => flag.into(),
            // Every JSON number can be converted, even if not exactly.
            serde_json::Value::Number(number) => number.as_f64().map_or(Value::Null, Value::Number),
            serde_json::Value::String(text) => text.into(),
            serde_json::Value::Array(items) => items.into_iter().collect(),
            serde_json::Value::Object(members) => {
                let members = members.into_iter();
                let members: Map = members
                    .map(|(name, member)| (name, member.into()))
                    .collect();
                members.into()
            }
        }
    }
}

impl From<Map> for Value {
    fn from(members: Map) -> Value {
        Value::Object(members)
    }
}

impl<T: Into<Value>> FromIterator<T> for Value {
    fn from_iter<I: IntoIterator<Item = T>>(items: I) -> Value {
        Value::Array(items.into_iter().map(Into::into).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_whole_number_has_its_digits() {
        let digits = |number| Value::Number(number).digits();
        for (number, expected) in [
            (42.0, "42"),
            (0.0, "0"),
            (-0.0, "0"),
            (-7.0, "-7"),
            (1e3, "1000"),
            (9_007_199_254_740_991.0, "9007199254740991"),
        ] {
            assert_eq!(digits(number).as_deref(), Some(expected));
        }
        for lost in [1.5, 9_007_199_254_740_992.0, 1e300, f64::NAN, f64::INFINITY] {
            assert_eq!(digits(lost), None, "{lost}");
        }
        assert_eq!(Value::from("42").digits(), None);
    }

    #[test]
    fn digits_become_a_text_within_their_marks() {
        let output = |value| {
            Value::Output(Output {
                value: Some(Box::new(value)),
                secret: true,
                dependencies: BTreeSet::from(["urn".to_owned()]),
            })
        };
        let text = Value::from("42");
        assert_eq!(Value::Number(42.0).spelled(), text);
        assert_eq!(
            output(Value::Number(42.0).into_secret()).spelled(),
            output(text.clone().into_secret())
        );
        for other in [
            text,
            Value::Number(1.5),
            Value::UNKNOWN,
            Value::Bool(true),
            Value::Null,
        ] {
            assert_eq!(other.clone().spelled(), other);
        }
    }
}
