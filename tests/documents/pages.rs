//! The pages, and their parts.

use std::fs;
use std::path::Path;
use std::process::Command;
use testkit::tools::{read, repository};

/// A piece of code in a page.
pub(crate) struct Block {
    /// The text after the opening fence.
    pub(crate) fence: String,
    /// The text of the HTML comment in the line above, if there is one.
    pub(crate) note: Option<String>,
    pub(crate) code: String,
    /// The line of the opening fence.
    pub(crate) line: usize,
}

/// The pages for readers, by their path: all Markdown, except in dependencies.
pub(crate) fn pages() -> Vec<String> {
    let pages = files("md");
    assert!(pages.len() > 30, "{pages:?}");
    pages
}

/// The files of the repository with this extension, by their path, except in dependencies.
pub(crate) fn files(extension: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut folders = vec![String::new()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(repository(&folder)).expect("it is a folder") {
            let entry = entry.expect("it is read");
            let name = entry.file_name().into_string().expect("names are text");
            let path = if folder.is_empty() {
                name.clone()
            } else {
                format!("{folder}/{name}")
            };
            let brought = ["target", "node_modules", "dist", "bin", "venv"];
            let kind = entry.file_type().expect("it has one");
            if kind.is_dir() && !name.starts_with('.') && !brought.contains(&&*name) {
                folders.push(path);
            } else if kind.is_file()
                && Path::new(&path)
                    .extension()
                    .is_some_and(|kind| kind == extension)
            {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

/// The code in fences.
pub(crate) fn blocks(text: &str) -> Vec<Block> {
    let mut found: Vec<Block> = Vec::new();
    let (mut open, mut last) = (false, "");
    for (place, line) in text.lines().enumerate() {
        let bare = line.trim_start();
        if let Some(fence) = bare.strip_prefix("```") {
            if !open {
                let note = last
                    .trim()
                    .strip_prefix("<!-- ")
                    .and_then(|rest| rest.strip_suffix(" -->"));
                found.push(Block {
                    fence: fence.to_owned(),
                    note: note.map(ToOwned::to_owned),
                    code: String::new(),
                    line: place + 1,
                });
            }
            open = !open;
        } else if open {
            let block = found.last_mut().expect("one is open");
            block.code += line;
            block.code.push('\n');
        }
        last = line;
    }
    assert!(!open, "a fence is not closed");
    found
}

/// The text outside of fences.
pub(crate) fn prose(text: &str) -> String {
    let mut open = false;
    let mut found = String::new();
    for line in text.lines() {
        let is_fence = line.trim_start().starts_with("```");
        open ^= is_fence;
        if !open && !is_fence {
            found += line;
            found.push('\n');
        }
    }
    found
}

#[test]
fn say_what_language_their_code_is_in() {
    let known = [
        "sh",
        "yaml",
        "typescript",
        "ts",
        "python",
        "go",
        "csharp",
        "java",
        "xml",
        "text",
        "json",
        "mermaid",
    ];
    for page in pages() {
        for block in blocks(&read(&page)) {
            let place = format!("{page}:{}", block.line);
            assert!(known.contains(&&*block.fence), "{place}: {}", block.fence);
            assert!(!block.code.trim().is_empty(), "{place}: it is empty");
        }
    }
}

#[test]
fn have_one_title_and_are_in_the_index() {
    let index = read("docs/README.md");
    for page in pages() {
        let titles = prose(&read(&page))
            .lines()
            .filter(|line| line.starts_with("# "))
            .count();
        let in_registry = page == "docs/_index.md" || page.starts_with("sdk/");
        assert!(titles == 1 || in_registry, "{page}: {titles} titles");
        if let Some(name) = page
            .strip_prefix("docs/")
            .filter(|name| !["README.md", "_index.md"].contains(name))
        {
            assert!(
                index.contains(&format!("]({name})")),
                "docs/README.md does not lead to {name}"
            );
        }
    }
}

/// The form in which the Pulumi Registry takes pages.
#[test]
fn of_the_registry_have_what_it_asks_for() {
    for page in ["docs/_index.md", "docs/installation-configuration.md"] {
        let text = read(page);
        let head = text
            .strip_prefix("---\n")
            .and_then(|rest| rest.split_once("\n---\n"));
        let (head, _) = head.unwrap_or_else(|| panic!("{page} has no head"));
        let keys: Vec<_> = head
            .lines()
            .filter_map(|line| line.split_once(": "))
            .map(|(key, _)| key)
            .collect();
        assert_eq!(keys, ["title", "meta_desc", "layout"], "{page}");
    }
    let overview = read("docs/_index.md");
    for language in ["typescript", "python", "go", "csharp", "java", "yaml"] {
        let choice = format!("{{{{% choosable language {language} %}}}}\n\n```{language}\n");
        assert!(overview.contains(&choice), "{language}");
    }
}

#[test]
fn the_reference_is_what_the_schema_says() {
    let output = Command::new(repository("tools/reference"))
        .arg("--check")
        .output();
    let output = output.expect("Python is there");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
}
