//! The values of an environment.

use super::range::Range;
use super::text::Step;
use serde_json::{Number, Value as Json, json};
use std::collections::BTreeMap;

/// Replaces a secret that is not shown.
const HIDDEN: &str = "[secret]";

/// A value with its origin.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Value {
    pub(crate) data: Data,
    pub(crate) is_secret: bool,
    /// Whether only Pulumi Cloud knows the value.
    pub(crate) is_unknown: bool,
    pub(crate) place: Place,
}

/// A part of an environment's definition.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Place {
    pub(crate) environment: String,
    pub(crate) range: Range,
}

impl Place {
    /// In the form of the API.
    pub(crate) fn to_json(&self) -> Json {
        self.range.to_json(&self.environment)
    }
}

/// The data of a value.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Data {
    Null,
    Boolean(bool),
    Number(Number),
    Text(String),
    List(Vec<Value>),
    Object(BTreeMap<String, Value>),
}

impl Value {
    /// A value that is neither secret nor unknown.
    pub(crate) fn new(data: Data, place: Place) -> Value {
        Value {
            data,
            is_secret: false,
            is_unknown: false,
            place,
        }
    }

    /// A value that only Pulumi Cloud knows.
    pub(crate) fn unknown(place: Place) -> Value {
        Value {
            is_unknown: true,
            ..Value::new(Data::Null, place)
        }
    }

    /// A secret, with everything in it.
    pub(crate) fn secret(plain: Json, place: &Place) -> Value {
        let secret = |plain| Value::secret(plain, place);
        let data = match plain {
            Json::Null => Data::Null,
            Json::Bool(truth) => Data::Boolean(truth),
            Json::Number(number) => Data::Number(number),
            Json::String(text) => Data::Text(text),
            Json::Array(items) => Data::List(items.into_iter().map(secret).collect()),
            Json::Object(members) => {
                let members = members
                    .into_iter()
                    .map(|(name, plain)| (name, secret(plain)));
                Data::Object(members.collect())
            }
        };
        Value {
            is_secret: true,
            ..Value::new(data, place.clone())
        }
    }

    /// This value over another one: objects are merged, any other value hides the one below.
    pub(crate) fn over(mut self, below: Value) -> Value {
        if let (Data::Object(members), Data::Object(others)) = (&mut self.data, below.data) {
            for (name, other) in others {
                let merged = match members.remove(&name) {
                    Some(member) => member.over(other),
                    None => other,
                };
                members.insert(name, merged);
            }
        }
        self
    }

    /// The value at a path. Everything within an unknown value is unknown.
    pub(crate) fn at(&self, path: &[Step]) -> Option<&Value> {
        let Some((step, rest)) = path.split_first() else {
            return Some(self);
        };
        match (&self.data, step) {
            _ if self.is_unknown => Some(self),
            (Data::Object(members), Step::Name(name)) => members.get(name)?.at(rest),
            (Data::List(items), Step::Index(index)) => items.get(*index)?.at(rest),
            _ => None,
        }
    }

    /// Its size, which determines what it costs to copy it.
    pub(crate) fn size(&self) -> usize {
        1 + match &self.data {
            Data::Text(text) => text.len(),
            Data::List(items) => items.iter().map(Value::size).sum(),
            Data::Object(members) => {
                let sizes = members
                    .iter()
                    .map(|(name, member)| name.len() + member.size());
                sizes.sum()
            }
            _ => 0,
        }
    }

    /// In the form of the API. Secrets are hidden unless `shows_secrets`.
    pub(crate) fn to_json(&self, shows_secrets: bool) -> Json {
        let inner = |value: &Value| value.to_json(shows_secrets);
        let value = match &self.data {
            _ if self.is_secret && !shows_secrets => HIDDEN.into(),
            Data::Null => Json::Null,
            Data::Boolean(truth) => (*truth).into(),
            Data::Number(number) => number.clone().into(),
            Data::Text(text) => text.as_str().into(),
            Data::List(items) => items.iter().map(inner).collect(),
            Data::Object(members) => members
                .iter()
                .map(|(name, member)| (name.clone(), inner(member)))
                .collect(),
        };
        let mut answer = json!({ "value": value, "trace": { "def": self.place.to_json() } });
        if self.is_secret {
            answer["secret"] = true.into();
        }
        if self.is_unknown {
            answer["unknown"] = true.into();
        }
        answer
    }
}
