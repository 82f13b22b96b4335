//! Words that readers stumble over: in pages, comments, messages and names.

use crate::pages::{files, pages};
use testkit::tools::read;

/// What is not written, and what is written instead.
const WORDS: [(&str, &str); 24] = [
    ("at the most", "at most"),
    ("at the least", "at least"),
    ("mend", "fix"),
    ("mended", "fixed"),
    ("to be had", "available"),
    ("as it is to be", "as wanted"),
    ("as it should be", "healthy, valid"),
    ("whoever", "the user, anyone who"),
    ("somebody", "someone, the user"),
    ("anybody", "anyone"),
    ("everybody", "everyone, all"),
    ("for ever", "forever"),
    ("in vain", "without effect"),
    ("went well", "succeeded"),
    ("went badly", "failed"),
    ("goes well", "succeeds"),
    ("asks nobody", "makes no request"),
    ("processor time", "CPU time"),
    ("webhook's life", "webhook's lifecycle"),
    ("knot", "cycle"),
    ("circle", "cycle"),
    ("circles", "cycles"),
    ("lost sight of", "could not be followed any longer"),
    ("gone is an answer", "\"not found\" is an answer"),
];

/// The file with the list of words.
const THIS: &str = "tests/documents/english.rs";

/// The numbers of the lines of a text that contain the words, in any case and as whole words.
///
/// Identifiers are split into words: `a_circle_ends` has three.
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
fn texts_use_the_words_of_the_field() {
    let mut wrong = Vec::new();
    let sources = ["rs", "go"].into_iter().flat_map(files);
    let all = pages().into_iter().chain(sources);
    for file in all.chain(["schema.json".to_owned(), "Makefile".to_owned()]) {
        if file == THIS {
            continue;
        }
        let text = read(&file);
        for (words, instead) in WORDS {
            let lines = found(&text, words).into_iter();
            wrong.extend(lines.map(|line| format!("{file}:{line}: `{words}`; write: {instead}")));
        }
    }
    assert_eq!(wrong, [""; 0]);
}

#[test]
fn words_are_found_whole_and_in_any_case() {
    assert_eq!(found("a\nWhoever\nwhoevers", "whoever"), [2]);
    assert_eq!(found("to mend.\nrecommended", "mend"), [1]);
    assert_eq!(found("fn a_circle_ends() {}", "circle"), [1]);
}
