//! The names of coherence windows.

use std::fmt;

/// The maximum length of a window's name. Our choice.
pub(super) const MAX_NAME: usize = 128;

/// The name of a window, such as a UUID, unique within an organization.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct WindowName(String);

impl WindowName {
    /// The name in `text`, if it is valid.
    pub(crate) fn new(text: &str) -> Option<WindowName> {
        let n_characters = text.chars().count();
        let is_visible = |character: char| !character.is_control() && !character.is_whitespace();
        let is_name = (1..=MAX_NAME).contains(&n_characters) && text.chars().all(is_visible);
        is_name.then(|| WindowName(text.to_owned()))
    }

    /// The name as text.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for WindowName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names() {
        let is_name = |text: &str| WindowName::new(text).is_some();
        assert!(is_name("w") && is_name(&"ä".repeat(128)) && is_name("0b7f/1:2"));
        for text in ["", " ", "a b", "a\n", "a\u{7f}", &"a".repeat(129)] {
            assert!(!is_name(text), "{text:?}");
        }
    }
}
