//! The result for a pull request.
//!
//! # What this may not do
//!
//! Exceed the length of a comment, or let a name become markup.

use super::shown::{Shown, headline, link};
use super::text;
use auto_deploy::cascade::preview::{Op, Outcome, Result, Row};
use std::fmt::Write as _;

/// The longest comment on GitHub, in characters. A job summary may be longer.
const MAX_CHARACTERS: usize = 65_536;

/// Space for a note that something was left out.
const RESERVE: usize = 512;

/// The whole result.
pub(super) fn text(shown: &Shown<'_>) -> String {
    let mut text = head(shown);
    let rows: Vec<&Row> = shown.outcome.rows.iter().collect();
    let n_table = fill(&mut text, &rows, |row| table_row(row, shown));
    let n_left = rows.len() - n_table;
    if n_left > 0 {
        let _ = writeln!(text, "\nThe table was shortened: {n_left} more stacks.");
        return text;
    }
    text.push_str(&besides(shown.outcome));
    let with_details: Vec<&Row> = rows
        .into_iter()
        .filter(|row| !lines(row, shown).is_empty())
        .collect();
    let n_details = fill(&mut text, &with_details, |row| folded(row, shown));
    let n_left = with_details.len() - n_details;
    if n_left > 0 {
        let _ = writeln!(
            text,
            "\nThe details were shortened: {n_left} more stacks have some; `auto-deploy preview` shows all."
        );
    }
    text
}

/// Adds what fits, in order; returns how many parts did.
fn fill(text: &mut String, rows: &[&Row], part: impl Fn(&Row) -> String) -> usize {
    let mut room = MAX_CHARACTERS.saturating_sub(RESERVE + text.chars().count());
    for (n, row) in rows.iter().enumerate() {
        let part = part(row);
        let n_characters = part.chars().count();
        if n_characters > room {
            return n;
        }
        room -= n_characters;
        text.push_str(&part);
    }
    rows.len()
}

fn head(shown: &Shown<'_>) -> String {
    let root = shown.root;
    let mut text = format!(
        "<!-- auto-deploy:preview {root} -->\n### Preview of {} and what follows\n\n{}.\n",
        code(&root.short()),
        text::sentence(shown.outcome)
    );
    if shown.outcome.is_incomplete() {
        text.push_str("**Not everything could be previewed.**\n");
    }
    if shown.is_repeated {
        text.push_str("All previews were repeated, because one had begun too early.\n");
    }
    text.push_str("\n| stack | result | create | update | replace | delete | outputs |\n");
    text.push_str("| --- | --- | --: | --: | --: | --: | --: |\n");
    text
}

fn table_row(row: &Row, shown: &Shown<'_>) -> String {
    let name = code(&row.stack.short());
    let name = match link(row, shown.console) {
        Some(link) => format!("[{name}]({link})"),
        None => name,
    };
    let number = |n: usize| if n == 0 { String::new() } else { n.to_string() };
    let [create, update, replace, delete] =
        [Op::Create, Op::Update, Op::Replace, Op::Delete].map(|op| number(row.count(op)));
    let outputs = number(row.n_outputs());
    let result = match row.result() {
        Result::Failed => "**failed**",
        Result::NotStarted => "would not start",
        other => other.as_str(),
    };
    let doubt = if row.is_good() && !row.gaps.is_empty() {
        " (?)"
    } else {
        ""
    };
    format!(
        "| {name} | {result}{doubt} | {create} | {update} | {replace} | {delete} | {outputs} |\n"
    )
}

/// The stacks that nothing starts.
fn besides(outcome: &Outcome) -> String {
    let mut text = String::new();
    for it in &outcome.onlookers {
        let reads: Vec<String> = it.reads.iter().map(|stack| code(&stack.short())).collect();
        let name = code(&it.stack.short());
        let _ = write!(
            text,
            "\n{name} reads {}, and nothing starts it.\n",
            reads.join(", ")
        );
    }
    text
}

/// The lines about a stack.
fn lines(row: &Row, shown: &Shown<'_>) -> Vec<String> {
    if let Some(rest) = &row.rest {
        return vec![rest.words()];
    }
    if row.result() == Result::NotPreviewed {
        return text::reasons(row);
    }
    let details = text::details(row, shown.with_values).into_iter();
    details.map(|(_, text)| text).collect()
}

fn folded(row: &Row, shown: &Shown<'_>) -> String {
    let (_, words) = headline(row);
    let mut text = format!(
        "\n<details><summary><code>{}</code>: {}</summary>\n\n",
        escaped(&row.stack.short()),
        escaped(&words)
    );
    for line in lines(row, shown) {
        let _ = writeln!(text, "- {}", code(&line));
    }
    text.push_str("\n</details>\n");
    text
}

/// A text as code, so that nothing in it is markup.
fn code(text: &str) -> String {
    let plain: String = text
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect();
    let longest = plain.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    if longest == 0 {
        return format!("`{plain}`");
    }
    let fence = "`".repeat(longest + 1);
    format!("{fence} {plain} {fence}")
}

/// A text escaped for HTML.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::super::samples::{outcome, show};
    use super::*;

    #[test]
    fn each_kind_of_row_for_a_pull_request() {
        insta::assert_snapshot!("markdown", show(&outcome(), true, text));
    }

    #[test]
    fn what_does_not_fit_a_comment_is_left_out_and_that_is_said() {
        let few = outcome();
        for n in [30, 200] {
            let rows = few.rows.iter().cycle().take(few.rows.len() * n);
            let many = Outcome {
                rows: rows.cloned().collect(),
                onlookers: Vec::new(),
            };
            let text = show(&many, true, text);
            let n_characters = text.chars().count();
            assert!(n_characters <= MAX_CHARACTERS, "{n_characters}");
            let last = text.lines().last().unwrap_or_default();
            assert!(last.contains("shortened: "), "{last}");
        }
    }

    #[test]
    fn nothing_in_a_text_is_markup() {
        assert_eq!(code("a`b``c"), "``` a`b``c ```");
        assert_eq!(code("a\nb"), "`a b`");
        assert_eq!(escaped("<a&b>"), "&lt;a&amp;b&gt;");
    }
}
