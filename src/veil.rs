//! Removes from messages what must not be shown: secrets, and control characters.
//!
//! Every message to the engine goes through here, so no other place has to consider it. The secrets are collected from the
//! requests of a deployment.
//!
//! # What this may not do
//!
//! Know what a text means; print what it hides.

use crate::words::is_invisible;
use std::collections::BTreeSet;
use std::fmt;
use std::future::Future;
use std::sync::{Arc, Mutex};

tokio::task_local! {
    static CURRENT: Veil;
}

/// What is shown in place of a secret.
const HIDDEN: &str = "(a secret)";

/// The shortest text that is hidden everywhere. A shorter one would be found in every sentence.
const MIN_LENGTH: usize = 3;

/// The secrets of a deployment. Clones share them.
#[derive(Clone, Default)]
pub struct Veil(Arc<Mutex<BTreeSet<String>>>);

impl Veil {
    /// Hides a text from now on.
    pub fn hide(&self, text: &str) {
        let text = text.trim();
        if text.chars().count() >= MIN_LENGTH {
            let mut hidden = self
                .0
                .lock()
                .expect("nobody panics while holding this lock");
            hidden.insert(text.to_owned());
        }
    }

    /// Forgets what was hidden, for the next deployment.
    pub fn clear(&self) {
        let mut hidden = self
            .0
            .lock()
            .expect("nobody panics while holding this lock");
        hidden.clear();
    }

    /// The text without secrets and control characters.
    pub fn over(&self, text: &str) -> String {
        let hidden = self
            .0
            .lock()
            .expect("nobody panics while holding this lock");
        clean(&without(&hidden, text))
    }

    /// Runs a request whose messages are filtered by this veil.
    pub async fn hold<F: Future>(self, request: F) -> F::Output {
        CURRENT.scope(self, request).await
    }

    /// The veil of the current request, or one without secrets.
    pub fn current() -> Veil {
        CURRENT.try_with(Clone::clone).unwrap_or_default()
    }
}

impl fmt::Debug for Veil {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Veil")
    }
}

/// The text without these secrets, the longest first. A secret that is part of a longer name is not removed, because that
/// is another name.
pub fn without(hidden: &BTreeSet<String>, text: &str) -> String {
    let mut by_length: Vec<&str> = hidden.iter().map(String::as_str).collect();
    by_length.sort_by_key(|secret| std::cmp::Reverse(secret.len()));
    by_length
        .iter()
        .filter(|secret| !secret.is_empty())
        .fold(text.to_owned(), |text, secret| without_one(secret, &text))
}

fn without_one(secret: &str, text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(place) = rest.find(secret) {
        let (before, found) = rest.split_at(place);
        let after = &found[secret.len()..];
        shown.push_str(before);
        if is_end(shown.chars().next_back(), secret.chars().next()) && begins_anew(secret, after) {
            shown.push_str(HIDDEN);
        } else {
            shown.push_str(secret);
        }
        rest = after;
    }
    shown + rest
}

/// Whether the text before a secret ends before it.
fn is_end(before: Option<char>, first: Option<char>) -> bool {
    !before.is_some_and(is_of_a_name) || !first.is_some_and(is_of_a_name)
}

/// Whether the text after a secret does not continue it. A full stop does only if a name follows.
fn begins_anew(secret: &str, after: &str) -> bool {
    if !secret.chars().next_back().is_some_and(is_of_a_name) {
        return true;
    }
    let mut after = after.chars();
    match after.next() {
        Some('.') => !after.next().is_some_and(is_of_a_name),
        next => !next.is_some_and(is_of_a_name),
    }
}

/// Whether a character can be part of the name of a stack, project or organization.
fn is_of_a_name(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '-' | '_')
}

/// The text without control characters.
pub fn clean(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        if is_invisible(c) {
            shown.extend(c.escape_unicode());
        } else {
            shown.push(c);
        }
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    fn over(hidden: &[&str], text: &str) -> String {
        let veil = Veil::default();
        for text in hidden {
            veil.hide(text);
        }
        veil.over(text)
    }

    #[test]
    fn only_the_whole_name_is_hidden() {
        assert_eq!(
            over(&["p/a"], "`p/a` starts `p/a2`"),
            "`(a secret)` starts `p/a2`"
        );
        assert_eq!(
            over(&["p/a"], "p/a-b, p/a.b, xp/a, p/a."),
            "p/a-b, p/a.b, xp/a, (a secret)."
        );
        assert_eq!(
            over(&["p/a", "p/a2"], "`p/a2` and p/a"),
            "`(a secret)` and (a secret)"
        );
        assert_eq!(
            over(&["p/a", "acme/p/a"], "acme/p/a, other/p/a"),
            "(a secret), other/(a secret)"
        );
    }

    #[test]
    fn what_is_no_name_is_hidden_as_well() {
        let url = "https://hooks.example/T1/B2?token=3";
        assert_eq!(
            over(&[url], &format!("no such address: {url}")),
            "no such address: (a secret)"
        );
        assert_eq!(
            over(&["s3cret"], "the key (s3cret) is short"),
            "the key ((a secret)) is short"
        );
        // A word of two letters is in every sentence.
        assert_eq!(over(&["a", "is"], "it is a word"), "it is a word");
    }

    #[test]
    fn nothing_reaches_a_terminal_that_it_acts_upon() {
        assert_eq!(
            over(&[], "a\u{1b}[31mb\u{202e}c\nd"),
            "a\\u{1b}[31mb\\u{202e}c\\u{a}d"
        );
        assert_eq!(over(&[], "ä — `x`"), "ä — `x`");
    }

    #[tokio::test]
    async fn a_veil_is_that_of_the_request() {
        let veil = Veil::default();
        veil.hide("s3cret");
        let shown = veil.hold(async { Veil::current().over("s3cret") }).await;
        assert_eq!(shown, "(a secret)");
        assert_eq!(Veil::current().over("s3cret"), "s3cret");
        assert_eq!(format!("{:?}", Veil::current()), "Veil");
    }
}
