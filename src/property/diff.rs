//! The difference between two maps of properties, by path.
//!
//! # What this may not do
//!
//! Know a resource: the caller says which properties are sets and which force a replacement.

use super::path::PropertyPath;
use super::value::{Map, Value};
use std::collections::{BTreeMap, BTreeSet};

/// The change of a property.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// It is new.
    Add,
    /// It was removed.
    Delete,
    /// It has a different value, or an unknown one.
    Update,
}

/// An entry of a detailed diff.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PropertyDiff {
    /// The change of the property.
    pub change: Change,
    /// Whether the change forces a replacement of the resource.
    pub replaces: bool,
}

/// The differences by path. Empty if there are none.
pub type DetailedDiff = BTreeMap<PropertyPath, PropertyDiff>;

/// The rules for comparing the properties of a resource.
#[derive(Clone, Copy, Debug, Default)]
pub struct Rules<'a> {
    /// Top-level properties whose change forces a replacement.
    pub replaces: &'a [&'a str],
    /// Top-level lists whose order and duplicates do not matter.
    pub sets: &'a [&'a str],
}

/// Compares the old inputs of a resource with the new ones.
///
/// Marks are ignored: making a value secret is not a change. Null and an empty set count as absent. An unknown new value is
/// a change. Names that begin with `__` are not compared.
pub fn diff(old: &Map, new: &Map, rules: Rules<'_>) -> DetailedDiff {
    let mut found = DetailedDiff::new();
    let names: BTreeSet<&String> = old
        .keys()
        .chain(new.keys())
        .filter(|name| !name.starts_with("__"))
        .collect();
    for name in names {
        let comparison = Comparison {
            replaces: rules.replaces.contains(&name.as_str()),
            found: &mut found,
        };
        let path = PropertyPath::from(name.as_str());
        let (old, new) = (plain(old.get(name)), plain(new.get(name)));
        if rules.sets.contains(&name.as_str()) {
            comparison.sets(path, old.as_ref(), new.as_ref());
        } else {
            comparison.values(path, old.as_ref(), new.as_ref());
        }
    }
    found
}

fn plain(value: Option<&Value>) -> Option<Value> {
    value
        .map(Value::unmarked)
        .filter(|value| *value != Value::Null)
}

struct Comparison<'a> {
    replaces: bool,
    found: &'a mut DetailedDiff,
}

impl Comparison<'_> {
    fn values(mut self, path: PropertyPath, old: Option<&Value>, new: Option<&Value>) {
        self.value(path, old, new);
    }

    fn value(&mut self, path: PropertyPath, old: Option<&Value>, new: Option<&Value>) {
        match (old, new) {
            (None, None) => {}
            (None, Some(_)) => self.put(path, Change::Add),
            (Some(_), None) => self.put(path, Change::Delete),
            (Some(Value::Array(old)), Some(Value::Array(new))) => {
                for index in 0..old.len().max(new.len()) {
                    self.value(path.index(index), old.get(index), new.get(index));
                }
            }
            (Some(Value::Object(old)), Some(Value::Object(new))) => {
                let keys: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
                for key in keys {
                    let at = path.key(key.as_str());
                    self.value(
                        at,
                        plain(old.get(key)).as_ref(),
                        plain(new.get(key)).as_ref(),
                    );
                }
            }
            (Some(old), Some(new)) if old == new && !new.has_unknown() => {}
            (Some(_), Some(_)) => self.put(path, Change::Update),
        }
    }

    fn sets(mut self, path: PropertyPath, old: Option<&Value>, new: Option<&Value>) {
        let (Some(old_items), Some(new_items)) = (items(old), items(new)) else {
            return self.values(path, old, new);
        };
        if new_items.iter().any(Value::has_unknown) {
            return self.put(path, Change::Update);
        }
        for (index, item) in old_items.iter().enumerate() {
            if !new_items.contains(item) {
                self.put(path.index(index), Change::Delete);
            }
        }
        for (index, item) in new_items.iter().enumerate() {
            if !old_items.contains(item) && !new_items[..index].contains(item) {
                let at = path.index(index);
                let change = if self.found.contains_key(&at) {
                    Change::Update
                } else {
                    Change::Add
                };
                self.put(at, change);
            }
        }
    }

    fn put(&mut self, path: PropertyPath, change: Change) {
        self.found.insert(
            path,
            PropertyDiff {
                change,
                replaces: self.replaces,
            },
        );
    }
}

/// The elements of a set, none if it is absent; `None` if the value is not a list.
fn items(set: Option<&Value>) -> Option<&[Value]> {
    match set {
        None => Some(&[]),
        Some(Value::Array(items)) => Some(items),
        Some(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::property::testing::lines;
    use proptest::prelude::*;

    const RULES: Rules<'static> = Rules {
        replaces: &["org"],
        sets: &["set"],
    };

    fn map(json: &str) -> Map {
        crate::property::testing::map(serde_json::from_str(json).unwrap())
    }

    fn check(old: &str, new: &str, expected: &[&str]) {
        let found = diff(&map(old), &map(new), RULES);
        assert_eq!(lines(&found), expected, "{old} -> {new}");
    }

    #[test]
    fn names_what_differs() {
        check(r#"{"a":1,"b":"x"}"#, r#"{"a":1,"b":"x"}"#, &[]);
        check(r#"{"a":1}"#, r#"{"b":1}"#, &["a Delete", "b Add"]);
        check(r#"{"a":1}"#, r#"{"a":2}"#, &["a Update"]);
        check(r#"{"a":1}"#, r#"{"a":"?"}"#, &["a Update"]);
        check(r"{}", r#"{"a":"?"}"#, &["a Add"]);
        check(r#"{"a":null}"#, r"{}", &[]);
        check(r#"{"a":"x"}"#, r#"{"a":"secret x"}"#, &[]);
        check(r#"{"a":"secret x"}"#, r#"{"a":"secret y"}"#, &["a Update"]);
        check(r#"{"org":"a"}"#, r#"{"org":"b"}"#, &["org Update replaces"]);
        check(
            r#"{"o":{"x":1,"y":[1,2]}}"#,
            r#"{"o":{"y":[1,3,4]}}"#,
            &["o.x Delete", "o.y[1] Update", "o.y[2] Add"],
        );
        check(r#"{"__defaults":[]}"#, r"{}", &[]);
    }

    #[test]
    fn a_set_is_a_set() {
        check(r#"{"set":["a","b"]}"#, r#"{"set":["b","a","b"]}"#, &[]);
        check(r#"{"set":[]}"#, r"{}", &[]);
        check(
            r#"{"set":["a","b"]}"#,
            r#"{"set":["b"]}"#,
            &["set[0] Delete"],
        );
        check(r#"{"set":["a"]}"#, r#"{"set":["b"]}"#, &["set[0] Update"]);
        check(
            r#"{"set":["a"]}"#,
            r#"{"set":["a","b","b"]}"#,
            &["set[1] Add"],
        );
        check(r#"{"set":["a"]}"#, r#"{"set":["a","?"]}"#, &["set Update"]);
        check(r#"{"set":["a"]}"#, r#"{"set":"?"}"#, &["set Update"]);
        check(r#"{"set":["a"]}"#, r"{}", &["set[0] Delete"]);
    }

    proptest! {
        #[test]
        fn equal_maps_do_not_differ(items in prop::collection::vec("[a-c]", 0..6), number in any::<f64>()) {
            prop_assume!(!number.is_nan());
            let map = Map::from([
                ("set".to_owned(), items.iter().map(String::as_str).collect::<Value>()),
                ("list".to_owned(), items.iter().map(String::as_str).collect::<Value>()),
                ("number".to_owned(), Value::Number(number)),
            ]);
            prop_assert_eq!(diff(&map, &map, RULES), DetailedDiff::new());
        }

        #[test]
        fn sets_differ_exactly_when_their_members_do(
            old in prop::collection::vec("[a-d]", 0..6),
            new in prop::collection::vec("[a-d]", 0..6),
        ) {
            let map = |items: &[String]| Map::from([("set".to_owned(), items.iter().map(String::as_str).collect())]);
            let same = BTreeSet::from_iter(&old) == BTreeSet::from_iter(&new);
            prop_assert_eq!(diff(&map(&old), &map(&new), RULES).is_empty(), same);
        }
    }
}
