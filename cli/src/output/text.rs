//! Fits text into a width.

use std::borrow::Cow;
use textwrap::{Options, WordSeparator, WordSplitter};
use unicode_width::{UnicodeWidthChar as _, UnicodeWidthStr as _};

/// The width of a text in columns.
pub(crate) fn width(text: &str) -> usize {
    text.width()
}

/// The text without its middle if it is wider than `limit`: names differ at their ends.
pub(crate) fn fit(text: &str, limit: usize) -> String {
    if width(text) <= limit {
        return text.to_owned();
    }
    let Some(room) = limit.checked_sub(1) else {
        return String::new();
    };
    let tail: String = {
        let kept = take(text.chars().rev(), room / 2);
        kept.chars().rev().collect()
    };
    let head = take(text.chars(), room - width(&tail));
    format!("{head}…{tail}")
}

/// As many characters as fit.
fn take(characters: impl Iterator<Item = char>, limit: usize) -> String {
    let mut used = 0;
    characters
        .take_while(|character| {
            used += character.width().unwrap_or(0);
            used <= limit
        })
        .collect()
}

/// The text wrapped into lines of at most `limit` columns, only at spaces, because names and commands contain hyphens.
pub(crate) fn wrap(text: &str, limit: usize) -> Vec<String> {
    let options = Options::new(limit)
        .break_words(false)
        .word_separator(WordSeparator::AsciiSpace)
        .word_splitter(WordSplitter::NoHyphenation);
    let words: Vec<&str> = text.split_whitespace().collect();
    let text = words.join(" ");
    let lines = textwrap::wrap(&text, options).into_iter();
    lines.map(Cow::into_owned).collect()
}

/// A line, which may contain colours, cut at `limit` columns; colours are reset at the cut.
pub(crate) fn cut(line: &str, limit: usize) -> String {
    let mut kept = String::new();
    let mut used = 0;
    let mut rest = line.chars();
    let mut has_colour = false;
    while let Some(character) = rest.next() {
        if character == '\u{1b}' {
            has_colour = true;
            kept.push(character);
            for character in rest.by_ref() {
                kept.push(character);
                if character.is_ascii_alphabetic() {
                    break;
                }
            }
            continue;
        }
        used += character.width().unwrap_or(0);
        if used > limit {
            if has_colour {
                kept.push_str("\u{1b}[0m");
            }
            break;
        }
        kept.push(character);
    }
    kept
}

/// `1 stack`, `2 stacks`.
pub(crate) fn count(n: usize, one: &str) -> String {
    if n == 1 {
        format!("1 {one}")
    } else if one.ends_with('y') {
        format!("{n} {}ies", one.trim_end_matches('y'))
    } else {
        format!("{n} {one}s")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_keep_both_ends() {
        assert_eq!(fit("network/prod", 12), "network/prod");
        assert_eq!(fit("a-long-project/production", 12), "a-long…ction");
        assert_eq!(fit("日本語のスタック/prod", 9), "日本…prod");
        assert_eq!((fit("abc", 1), fit("abc", 0)), ("…".into(), String::new()));
    }

    #[test]
    fn words_stay_whole() {
        assert_eq!(
            wrap("one two three", 8),
            ["one two".to_owned(), "three".to_owned()]
        );
        assert_eq!(wrap("unbreakable", 3), ["unbreakable"]);
        assert_eq!(
            wrap("a  stack\n my-app/prod", 8),
            ["a stack", "my-app/prod"]
        );
        assert_eq!(wrap("", 3), [""]);
    }

    #[test]
    fn colours_take_no_room_and_do_not_run_out() {
        let line = "\u{1b}[32mgood\u{1b}[0m and more";
        assert_eq!(cut(line, 2), "\u{1b}[32mgo\u{1b}[0m");
        assert_eq!(cut(line, 20), line);
    }

    #[test]
    fn counts_have_their_plural() {
        let said = [count(1, "stack"), count(0, "stack"), count(3, "delivery")];
        assert_eq!(said, ["1 stack", "0 stacks", "3 deliveries"]);
    }
}
