//! JSON objects whose values keep their text.
//!
//! A state contains numbers that no float can represent, and fields that only later versions of the CLI know. Values that
//! are not used are never parsed, and are returned unchanged.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::value::{RawValue, to_raw_value};
use std::collections::BTreeMap;

/// The member with the kind of a special value.
pub(crate) const SIGNATURE: &str = "4dabf18193072939515e22adb298388d";

/// A JSON value as text.
pub(crate) type Raw = Box<RawValue>;

/// A JSON object. The order of its members is not preserved; their values are, byte by byte.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Object(BTreeMap<String, Raw>);

impl Object {
    /// The member as text; `None` if it is null.
    pub(crate) fn raw(&self, name: &str) -> Option<&RawValue> {
        self.0
            .get(name)
            .map(|raw| &**raw)
            .filter(|raw| raw.get() != "null")
    }

    /// The member as a `T`; `None` if it is null or not a `T`.
    pub(crate) fn read<T: DeserializeOwned>(&self, name: &str) -> Option<T> {
        serde_json::from_str(self.raw(name)?.get()).ok()
    }

    /// The member as a non-empty text.
    pub(crate) fn text(&self, name: &str) -> Option<String> {
        self.read(name).filter(|text: &String| !text.is_empty())
    }

    /// Whether the member is `true`.
    pub(crate) fn is_true(&self, name: &str) -> bool {
        self.raw(name).is_some_and(|raw| raw.get() == "true")
    }

    /// Whether the member is a non-empty list or object.
    pub(crate) fn has_items(&self, name: &str) -> bool {
        let is_empty = |text: &str| {
            let inner = text.trim_matches(['[', ']', '{', '}']);
            inner.trim().is_empty()
        };
        self.raw(name).is_some_and(|raw| !is_empty(raw.get()))
    }

    /// Sets the member.
    pub(crate) fn set(&mut self, name: &str, value: &(impl Serialize + ?Sized)) {
        let raw = to_raw_value(value).expect("what we set is plain data");
        self.0.insert(name.to_owned(), raw);
    }

    /// Sets the member, or removes it if it is empty, because the CLI writes no empty members.
    pub(crate) fn set_or_take(&mut self, name: &str, value: &impl Serialize, is_empty: bool) {
        if is_empty {
            self.take(name);
        } else {
            self.set(name, value);
        }
    }

    /// Removes the member.
    pub(crate) fn take(&mut self, name: &str) -> Option<Raw> {
        self.0.remove(name).filter(|raw| raw.get() != "null")
    }

    /// Adds the member if there is a value.
    pub(crate) fn put(&mut self, name: &str, value: Option<Raw>) {
        if let Some(value) = value {
            self.0.insert(name.to_owned(), value);
        }
    }

    /// Every member.
    pub(crate) fn members_mut(&mut self) -> impl Iterator<Item = (&String, &mut Raw)> {
        self.0.iter_mut()
    }

    /// The names of its members.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_keep_their_text() {
        let text = r#"{"a":12345678901234567890.10,"b":{"z":1e400,"y":"\u0041"},"c":null}"#;
        let mut object: Object = serde_json::from_str(text).unwrap();
        assert_eq!(serde_json::to_string(&object).unwrap(), text);
        assert!(object.raw("c").is_none());
        assert!(object.has_items("b"));
        object.set("c", "d");
        assert_eq!(object.text("c").as_deref(), Some("d"));
        assert_eq!(object.take("a").unwrap().get(), "12345678901234567890.10");
    }
}
