//! Property paths: the places of values in a map of properties.
//!
//! # What this may not do
//!
//! Look anything up: a path names a place, whether or not it holds a value.

use std::fmt;
use std::str::FromStr;

/// One step of a path.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Step {
    /// Into an object, by its key.
    Key(String),
    /// Into a list, by position from 0.
    Index(usize),
}

/// A place in a map of properties, such as `filters[0]` or `tags["a.b"]`.
///
/// Prints in the engine's form, and parses back to the same path. The empty path is the resource as a whole.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PropertyPath {
    steps: Vec<Step>,
}

/// The text is not a property path.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("`{given}` is not a property path: {reason} at character {at}")]
pub struct PathError {
    given: String,
    reason: &'static str,
    at: usize,
}

impl PropertyPath {
    /// The resource as a whole.
    pub fn root() -> PropertyPath {
        PropertyPath::default()
    }

    /// This path and one step into an object.
    #[must_use]
    pub fn key(&self, key: impl Into<String>) -> PropertyPath {
        self.with(Step::Key(key.into()))
    }

    /// This path and one step into a list.
    #[must_use]
    pub fn index(&self, index: usize) -> PropertyPath {
        self.with(Step::Index(index))
    }

    /// The steps, outermost first.
    pub fn steps(&self) -> &[Step] {
        &self.steps
    }

    /// The top-level property of the path; `None` for the resource as a whole.
    pub fn top_level(&self) -> Option<&str> {
        match self.steps.first() {
            Some(Step::Key(key)) => Some(key),
            _ => None,
        }
    }

    fn with(&self, step: Step) -> PropertyPath {
        let mut steps = self.steps.clone();
        steps.push(step);
        PropertyPath { steps }
    }
}

impl From<&str> for PropertyPath {
    /// The top-level property with exactly this name, which is not parsed as a path.
    fn from(key: &str) -> PropertyPath {
        PropertyPath::root().key(key)
    }
}

impl fmt::Display for PropertyPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (position, step) in self.steps.iter().enumerate() {
            match step {
                Step::Index(index) => write!(f, "[{index}]")?,
                Step::Key(key) if is_plain(key) && position == 0 => f.write_str(key)?,
                Step::Key(key) if is_plain(key) => write!(f, ".{key}")?,
                Step::Key(key) => write!(
                    f,
                    "[\"{}\"]",
                    key.replace('\\', "\\\\").replace('"', "\\\"")
                )?,
            }
        }
        Ok(())
    }
}

impl FromStr for PropertyPath {
    type Err = PathError;

    fn from_str(given: &str) -> Result<PropertyPath, PathError> {
        Parser { given, at: 0 }.path()
    }
}

/// Whether a key needs no quotes in a path.
fn is_plain(key: &str) -> bool {
    !key.is_empty() && !key.contains(['.', '[', ']', '"', '\\'])
}

struct Parser<'a> {
    given: &'a str,
    at: usize,
}

impl Parser<'_> {
    fn path(mut self) -> Result<PropertyPath, PathError> {
        let mut steps = Vec::new();
        while let Some(next) = self.peek() {
            steps.push(match next {
                '[' => self.bracket()?,
                '.' if steps.is_empty() => return Err(self.error("a key is missing")),
                '.' => {
                    self.at += 1;
                    self.plain_key()?
                }
                _ if steps.is_empty() => self.plain_key()?,
                _ => return Err(self.error("`.` or `[` is missing")),
            });
        }
        Ok(PropertyPath { steps })
    }

    fn plain_key(&mut self) -> Result<Step, PathError> {
        let rest = &self.given[self.at..];
        let key = &rest[..rest.find(['.', '[']).unwrap_or(rest.len())];
        if !is_plain(key) {
            return Err(self.error("a key is missing or needs quotes"));
        }
        self.at += key.len();
        Ok(Step::Key(key.to_owned()))
    }

    fn bracket(&mut self) -> Result<Step, PathError> {
        self.at += 1;
        let step = if self.peek() == Some('"') {
            self.quoted_key()?
        } else {
            self.number()?
        };
        if self.peek() != Some(']') {
            return Err(self.error("`]` is missing"));
        }
        self.at += 1;
        Ok(step)
    }

    fn number(&mut self) -> Result<Step, PathError> {
        let rest = &self.given[self.at..];
        let digits = &rest[..rest
            .find(|c: char| !c.is_ascii_digit())
            .unwrap_or(rest.len())];
        let index = digits
            .parse()
            .map_err(|_| self.error("an index or a quoted key is missing"))?;
        self.at += digits.len();
        Ok(Step::Index(index))
    }

    fn quoted_key(&mut self) -> Result<Step, PathError> {
        self.at += 1;
        let mut key = String::new();
        while let Some(next) = self.take() {
            match next {
                '"' => return Ok(Step::Key(key)),
                '\\' => key.push(
                    self.take()
                        .ok_or_else(|| self.error("the text ends in an escape"))?,
                ),
                other => key.push(other),
            }
        }
        Err(self.error("a closing quote is missing"))
    }

    fn peek(&self) -> Option<char> {
        self.given[self.at..].chars().next()
    }

    fn take(&mut self) -> Option<char> {
        let next = self.peek()?;
        self.at += next.len_utf8();
        Some(next)
    }

    fn error(&self, reason: &'static str) -> PathError {
        PathError {
            given: self.given.to_owned(),
            reason,
            at: self.at,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn prints_in_the_engines_form() {
        let root = PropertyPath::root();
        let cases = [
            (root.clone(), ""),
            (root.key("filters"), "filters"),
            (root.key("filters").index(2), "filters[2]"),
            (root.key("a").key("b"), "a.b"),
            (root.key("map").key("a.b"), r#"map["a.b"]"#),
            (root.key("map").key(r#"say "hi""#), r#"map["say \"hi\""]"#),
            (root.key("").key("x"), r#"[""].x"#),
        ];
        for (path, text) in cases {
            assert_eq!(path.to_string(), text);
            assert_eq!(text.parse(), Ok(path));
        }
    }

    #[test]
    fn says_where_a_text_is_not_a_path() {
        for text in [
            "a[",
            "a[x]",
            "a[1",
            "a.",
            ".a",
            "a]b",
            r#"a["b"#,
            r#"a["b"x"#,
            "a[1]b",
            r#"["\"#,
        ] {
            let error = text.parse::<PropertyPath>().expect_err(text).to_string();
            assert!(error.contains(text), "{error}");
        }
    }

    proptest! {
        #[test]
        fn parses_what_it_prints(steps in prop::collection::vec(step(), 0..5)) {
            let path = PropertyPath { steps };
            prop_assert_eq!(path.to_string().parse(), Ok(path));
        }
    }

    fn step() -> impl Strategy<Value = Step> {
        prop_oneof![
            any::<String>().prop_map(Step::Key),
            any::<usize>().prop_map(Step::Index)
        ]
    }
}
