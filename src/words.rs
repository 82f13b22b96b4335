//! Words that users wrote: how messages quote them, and which word was probably meant.
//!
//! # What this may not do
//!
//! Know the valid words.

/// The longest quote, in characters.
const MAX_QUOTE: usize = 60;

/// The most things of one kind that are named; the others are counted.
const MAX_NAMED: usize = 4;

/// The longest word that is compared with others, in characters. A longer one matches none.
const MAX_WORD: usize = 80;

/// A text as a message quotes it: on one line, without control characters, and shortened.
pub fn quoted(text: &str) -> String {
    let mut quote = String::new();
    for c in text.chars().take(MAX_QUOTE) {
        if is_invisible(c) {
            quote.extend(c.escape_unicode());
        } else {
            quote.push(c);
        }
    }
    if text.chars().nth(MAX_QUOTE).is_some() {
        quote.push('…');
    }
    quote
}

/// Several texts in a sentence: `a, b and c`, with `and` for the conjunction. If there are many, only the first are named.
pub fn enumerated(mut texts: Vec<String>, conjunction: &str) -> String {
    if texts.len() > MAX_NAMED + 1 {
        let n_more = texts.len() - MAX_NAMED;
        texts.truncate(MAX_NAMED);
        texts.push(format!("{n_more} more"));
    }
    match texts.split_last() {
        None => String::new(),
        Some((last, [])) => last.clone(),
        Some((last, before)) => format!("{} {conjunction} {last}", before.join(", ")),
    }
}

/// A hint for a name that was not found and that has a number as a part: the number may have been changed by YAML.
pub fn quotes_hint(name: &str) -> &'static str {
    let is_number = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    if name.split(['/', '`', ' ']).any(is_number) {
        "; a name of digits, such as `0123`, must be in quotes, or it becomes another number"
    } else {
        ""
    }
}

/// Whether every character of a text is visible.
pub fn is_visible(text: &str) -> bool {
    !text.chars().any(is_invisible)
}

/// Whether a character is invisible or changes the display of others: control characters, and marks for the direction of
/// writing.
pub fn is_invisible(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

/// The word most similar to `given`, if at most a third of its letters differ.
pub fn nearest<'a>(given: &str, words: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    if given.chars().nth(MAX_WORD).is_some() {
        return None;
    }
    let folded = folded(given.trim());
    let (distance, word) = words
        .into_iter()
        .map(|word| (distance(&folded, &self::folded(word)), word))
        .min()?;
    (distance * 3 <= word.len()).then_some(word)
}

/// A word without differences that users do not intend: case, and the separators of its parts.
fn folded(word: &str) -> String {
    word.to_lowercase().replace([' ', '-', '.'], "_")
}

/// The number of letters to insert, remove or replace to turn one word into the other (Levenshtein).
fn distance(from: &str, to: &str) -> usize {
    let (from, to): (Vec<char>, Vec<char>) = (from.chars().collect(), to.chars().collect());
    let mut row: Vec<usize> = (0..=to.len()).collect();
    for (i, left) in from.iter().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, right) in to.iter().enumerate() {
            let exchange = diagonal + usize::from(left != right);
            diagonal = row[j + 1];
            row[j + 1] = exchange.min(row[j] + 1).min(row[j + 1] + 1);
        }
    }
    row[to.len()]
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_quote_is_short_and_harmless() {
        assert_eq!(quoted("a b/ü"), "a b/ü");
        assert_eq!(
            quoted("a\n\u{1b}[31m\u{202e}"),
            "a\\u{a}\\u{1b}[31m\\u{202e}"
        );
        assert_eq!(quoted(&"x".repeat(60)), "x".repeat(60));
        assert_eq!(quoted(&"ü".repeat(10_000)), format!("{}…", "ü".repeat(60)));
    }

    #[test]
    fn the_nearest_word_is_found_if_one_is_near() {
        let words = ["payloadUrl", "projectName", "stackName"];
        let check = |given: &str, expected: Option<&str>| {
            assert_eq!(nearest(given, words), expected, "{given}");
        };
        check("payloadURL", Some("payloadUrl"));
        check(" payload-url ", Some("payloadUrl"));
        check("stackname", Some("stackName"));
        check("projctName", Some("projectName"));
        check("secret", None);
        check("", None);
        check(&"x".repeat(10_000), None);
    }

    proptest! {
        #[test]
        fn any_text_is_quoted_on_one_line(text: String) {
            let quote = quoted(&text);
            prop_assert!(is_visible(&quote));
            prop_assert!(quote.chars().count() <= MAX_QUOTE * 10 + 1);
            nearest(&text, ["payloadUrl", "x"]);
        }
    }
}
