//! The shell commands in the pages. `cli/tests/getting_started.rs` types those of the getting-started page.

use crate::pages::{blocks, pages};
use std::process::Command;
use testkit::tools::read;

/// The pages whose commands are all run, and the blocks in them that are not, with the reason. A page has the same reason
/// in the line above the block, except README, where it would disturb the reader.
const NOT_RUN: [(&str, &str, &str); 6] = [
    (
        "README.md",
        "make demo",
        "cli/tests/demo.rs runs the demo, and ends it at every kind of moment",
    ),
    ("README.md", "make test", "it is what runs this"),
    (
        "README.md",
        "make install",
        "the tests have built both already; getting started types the rest",
    ),
    (
        "docs/getting-started.md",
        "make install",
        "the tests have built both already",
    ),
    (
        "docs/getting-started.md",
        "make tools-core",
        "the tests have built both already",
    ),
    (
        "docs/getting-started.md",
        "AUTO_DEPLOY_CLOUD_TOKEN=",
        "runs on",
    ),
];

#[test]
fn is_run_or_it_says_why_not() {
    for page in ["README.md", "docs/getting-started.md"] {
        for block in blocks(&read(page)) {
            if block.fence != "sh" {
                continue;
            }
            let known = NOT_RUN
                .iter()
                .find(|(of, begin, _)| *of == page && block.code.starts_with(begin));
            let place = format!("{page}:{}", block.line);
            if page == "README.md" {
                assert!(
                    known.is_some(),
                    "{place}: nothing runs this, and no reason is known"
                );
            } else {
                let note = block.note.as_deref().unwrap_or_default();
                let note = note.strip_prefix("not run: ").unwrap_or(note);
                let reason = known.map_or("", |(_, _, reason)| reason);
                let runs = note.is_empty() || note.starts_with("runs after");
                assert!(
                    if runs {
                        reason.is_empty()
                    } else {
                        reason == note
                    },
                    "{place}: `{note}` or `{reason}`"
                );
            }
        }
    }
    for (page, begin, _) in NOT_RUN {
        let found = blocks(&read(page))
            .iter()
            .any(|block| block.code.starts_with(begin));
        assert!(found, "{page} has no block that starts with `{begin}`");
    }
}

/// Commands that are not run have at least valid syntax.
#[test]
fn is_understood_by_a_shell() {
    for page in pages() {
        for block in blocks(&read(&page)) {
            if block.fence == "sh" {
                let output = Command::new("bash")
                    .args(["-n", "-c", &block.code])
                    .output();
                let output = output.expect("bash is there");
                let said = String::from_utf8_lossy(&output.stderr).into_owned();
                assert!(output.status.success(), "{page}:{}: {said}", block.line);
            }
        }
    }
}
