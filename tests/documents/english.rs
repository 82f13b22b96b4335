//! The words that readers stumble over.

use crate::pages::pages;
use testkit::tools::read;

/// What is not written, and what is written instead.
const WORDS: [(&str, &str); 18] = [
    ("at the most", "at most"),
    ("at the least", "at least"),
    ("mend", "fix"),
    ("mended", "fixed"),
    ("to be had", "available"),
    ("as it is to be", "as wanted"),
    ("as it should be", "healthy, valid"),
    ("whoever", "the user, anyone who"),
    ("somebody", "someone, the user"),
    ("went well", "succeeded"),
    ("went badly", "failed"),
    ("goes well", "succeeds"),
    ("asks nobody", "makes no request"),
    ("knot", "cycle"),
    ("circle", "cycle"),
    ("circles", "cycles"),
    ("lost sight of", "could not be followed any longer"),
    ("gone is an answer", "\"not found\" is an answer"),
];

/// Pages that tools write, from texts that are elsewhere, and the ones that say what has been.
const OTHERS: [&str; 4] = [
    "docs/reference.md",
    "docs/reliability.md",
    "bench/RESULTS.md",
    "CHANGELOG.md",
];

/// The lines of a text that have the words, in any case and as whole words.
fn found(text: &str, words: &str) -> Vec<usize> {
    let is_letter = |letter: Option<char>| letter.is_some_and(char::is_alphanumeric);
    let has = |line: &str| {
        let line = line.to_lowercase();
        line.match_indices(words).any(|(at, _)| {
            let (before, after) = (&line[..at], &line[at + words.len()..]);
            !is_letter(before.chars().next_back()) && !is_letter(after.chars().next())
        })
    };
    let numbered = text.lines().zip(1..);
    numbered
        .filter(|(line, _)| has(line))
        .map(|(_, number)| number)
        .collect()
}

#[test]
fn pages_use_the_words_of_the_field() {
    let mut wrong = Vec::new();
    for page in pages() {
        let of_an_sdk = page.starts_with("sdk/") && page != "sdk/README.md";
        if OTHERS.contains(&page.as_str()) || of_an_sdk {
            continue;
        }
        let text = read(&page);
        for (words, instead) in WORDS {
            let lines = found(&text, words).into_iter();
            wrong.extend(lines.map(|line| format!("{page}:{line}: `{words}`; write: {instead}")));
        }
    }
    assert_eq!(wrong, [""; 0]);
}

#[test]
fn words_are_found_whole_and_in_any_case() {
    assert_eq!(found("a\nWhoever\nwhoevers", "whoever"), [2]);
    assert_eq!(found("to mend.\nrecommended", "mend"), [1]);
}
