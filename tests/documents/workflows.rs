//! The workflows in the pages, checked with `actionlint`.

use crate::pages::{blocks, pages};
use std::io::Write as _;
use std::process::{Command, Stdio};
use testkit::tools::{bin, read};

/// The messages of `actionlint` about a workflow; empty if it is valid.
fn lint(workflow: &str) -> String {
    let program = bin().join("actionlint");
    assert!(program.exists(), "`make lint` builds {}", program.display());
    // The result must not depend on which script linters are installed.
    let mut child = Command::new(program)
        .args(["-no-color", "-shellcheck=", "-pyflakes=", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("it starts");
    let mut stdin = child.stdin.take().expect("it is piped");
    stdin.write_all(workflow.as_bytes()).expect("it reads all");
    drop(stdin);
    let output = child.wait_with_output().expect("it ends");
    let said = [output.stdout, output.stderr].concat();
    let said = String::from_utf8_lossy(&said).into_owned();
    assert_eq!(output.status.success(), said.is_empty(), "{said}");
    said
}

#[test]
fn are_accepted_by_actionlint() {
    let mut n = 0;
    for page in pages() {
        for block in blocks(&read(&page)) {
            if block.fence == "yaml" && block.code.lines().any(|line| line == "jobs:") {
                let said = lint(&block.code);
                assert_eq!(said, "", "{page}:{}", block.line);
                n += 1;
            }
        }
    }
    assert!(n > 0, "docs/command.md shows one for `reconcile`");
}

#[test]
fn a_mistake_is_found() {
    let wrong = "on: {shedule: [{cron: '* * * * *'}]}\njobs: {a: {runs-on: ubuntu-latest, steps: [{run: 'true'}]}}\n";
    assert!(lint(wrong).contains("shedule"), "{}", lint(wrong));
}
