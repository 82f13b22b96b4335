//! The kinds of values in the description, and whether a value matches one.

use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// The described kind of a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A text.
    Text,
    /// One of these texts.
    Words(Vec<String>),
    /// A whole number.
    Whole,
    /// `true` or `false`.
    Truth,
    /// Anything.
    Any,
    /// A list of these.
    List(Box<Kind>),
    /// A map from texts to these.
    Map(Box<Kind>),
    /// An object of the type with this name.
    Named(String),
    /// One of two kinds.
    Either(Box<Kind>, Box<Kind>),
    /// One of a kind, or null.
    Nullable(Box<Kind>),
    /// A number.
    Number,
    /// A body that is not JSON.
    Raw,
}

/// The types, each with its members.
#[derive(Debug)]
pub(super) struct Types(BTreeMap<String, Vec<Entry>>);

/// An entry of a type.
#[derive(Debug)]
enum Entry {
    /// The value of this member is the name of the actual type.
    NamedBy(String),
    /// A member.
    Member {
        name: String,
        is_required: bool,
        kind: Kind,
    },
}

/// The text between these two.
fn within<'a>(text: &'a str, begin: &str, end: &str) -> Option<&'a str> {
    text.strip_prefix(begin)?.strip_suffix(end)
}

impl Kind {
    /// Parses the notation of the document.
    pub(super) fn read(text: &str) -> Kind {
        if let Some(item) = within(text, "[", "]") {
            return Kind::List(Box::new(Kind::read(item)));
        }
        if let Some(item) = within(text, "{str: ", "}") {
            return Kind::Map(Box::new(Kind::read(item)));
        }
        if let Some(words) = within(text, "string enum(", ")") {
            return Kind::Words(words.split('/').map(str::to_owned).collect());
        }
        if let Some(inner) = text.strip_suffix('?') {
            return Kind::Nullable(Box::new(Kind::read(inner)));
        }
        if let Some((one, other)) = text.split_once('|') {
            return Kind::Either(Box::new(Kind::read(one)), Box::new(Kind::read(other)));
        }
        match text.split('/').next() {
            Some("string") => Kind::Text,
            Some("text") => Kind::Raw,
            Some("integer") => Kind::Whole,
            Some("number") => Kind::Number,
            Some("boolean") => Kind::Truth,
            Some("object") => Kind::Any,
            _ => Kind::Named(text.to_owned()),
        }
    }
}

impl Entry {
    fn read(text: &str) -> Entry {
        if let Some(member) = within(text, "<", ">") {
            return Entry::NamedBy(member.to_owned());
        }
        let (name, kind) = text.split_once(':').expect("a member has a kind");
        Entry::Member {
            name: name.trim_end_matches('!').to_owned(),
            is_required: name.ends_with('!'),
            kind: Kind::read(kind),
        }
    }

    fn name(&self) -> Option<&str> {
        match self {
            Entry::Member { name, .. } => Some(name),
            Entry::NamedBy(_) => None,
        }
    }
}

impl Types {
    /// Parses rows with the name of a type and its members.
    pub(super) fn read(rows: Vec<Vec<&str>>) -> Types {
        let types = rows.into_iter().map(|cells| {
            let entries = cells[1].split(", ").filter(|text| !text.is_empty());
            let entries = entries.map(Entry::read).collect();
            (cells[0].trim_matches('`').to_owned(), entries)
        });
        Types(types.collect())
    }

    /// What is wrong with a value for a kind, with its place; `None` if nothing is.
    pub(super) fn problem(&self, kind: &Kind, value: &Value, place: &str) -> Option<String> {
        let expected =
            |is_so: bool, what: &str| (!is_so).then(|| format!("{place} is no {what}: {value}"));
        match (kind, value) {
            (Kind::Any | Kind::Raw, _) | (Kind::Nullable(_), Value::Null) => None,
            (Kind::Nullable(inner), _) => self.problem(inner, value, place),
            (_, Value::Null) => Some(format!("{place} is null")),
            (Kind::Number, _) => expected(value.is_number(), "number"),
            (Kind::Either(one, other), _) => {
                let problem = self.problem(one, value, place)?;
                self.problem(other, value, place)
                    .map(|other| format!("{problem}; {other}"))
            }
            (Kind::Text, _) => expected(value.is_string(), "text"),
            (Kind::Whole, _) => expected(value.is_i64() || value.is_u64(), "whole number"),
            (Kind::Truth, _) => expected(value.is_boolean(), "truth value"),
            (Kind::Words(words), _) => {
                let is_known = value
                    .as_str()
                    .is_some_and(|given| words.iter().any(|word| word == given));
                expected(is_known, &format!("one of {}", words.join(", ")))
            }
            (Kind::List(item), Value::Array(items)) => items
                .iter()
                .enumerate()
                .find_map(|(n, inner)| self.problem(item, inner, &format!("{place}[{n}]"))),
            (Kind::List(_), _) => expected(false, "list"),
            (Kind::Map(item), Value::Object(members)) => members
                .iter()
                .find_map(|(name, inner)| self.problem(item, inner, &format!("{place}.{name}"))),
            (Kind::Named(name), Value::Object(members)) => self.of_object(name, members, place),
            (Kind::Map(_) | Kind::Named(_), _) => expected(false, "object"),
        }
    }

    fn of_object(&self, name: &str, members: &Map<String, Value>, place: &str) -> Option<String> {
        let entries = self.0.get(name);
        let Some(entries) = entries else {
            return Some(format!(
                "{place} is said to be {name}, which is not described"
            ));
        };
        if let [Entry::NamedBy(member)] = &entries[..] {
            let named = members
                .get(member)
                .and_then(Value::as_str)
                .unwrap_or_default();
            return self.of_object(named, members, place);
        }
        let declares = |key: &String| {
            let mut names = entries.iter().filter_map(Entry::name);
            names.any(|name| name == key)
        };
        if let Some(key) = members.keys().find(|key| !declares(key)) {
            return Some(format!("{place}.{key} is not a member of {name}"));
        }
        entries.iter().find_map(|entry| {
            let Entry::Member {
                name,
                is_required,
                kind,
            } = entry
            else {
                return None;
            };
            match members.get(name) {
                Some(inner) => self.problem(kind, inner, &format!("{place}.{name}")),
                None => is_required.then(|| format!("{place}.{name} is missing")),
            }
        })
    }
}
