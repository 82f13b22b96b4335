//! Links, anchors and paths.

use crate::pages::{pages, prose};
use std::path::{Component, Path, PathBuf};
use testkit::tools::{read, repository};

/// The targets of a page's links.
fn targets(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    for (place, _) in text.match_indices("](") {
        let rest = &text[place + 2..];
        let end = rest.find(')').expect("a link ends");
        found.push(rest[..end].to_owned());
    }
    found
}

/// The anchors of a page: its headings, as code hosts convert them.
fn anchors(text: &str) -> Vec<String> {
    let headings = prose(text);
    let headings = headings.lines().filter(|line| line.starts_with('#'));
    headings
        .map(|heading| {
            let heading = heading.trim_start_matches('#').trim().to_lowercase();
            let kept = heading
                .chars()
                .filter(|sign| sign.is_alphanumeric() || " -_".contains(*sign));
            kept.collect::<String>().replace(' ', "-")
        })
        .collect()
}

/// A path without `..`.
fn plain(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for part in path.components() {
        if part == Component::ParentDir {
            plain.pop();
        } else {
            plain.push(part);
        }
    }
    plain
}

#[test]
fn lead_to_what_is_there() {
    let mut broken = Vec::new();
    let mut count = 0;
    for page in pages() {
        let folder = Path::new(&page).parent().expect("it has one").to_owned();
        for target in targets(&prose(&read(&page))) {
            count += 1;
            if target.starts_with("https://") {
                continue;
            }
            let (path, anchor) = target.split_once('#').unwrap_or((&target, ""));
            let path = if path.is_empty() {
                PathBuf::from(&page)
            } else {
                plain(&folder.join(path))
            };
            let path = path.to_str().expect("paths are text");
            let fits = repository(path).exists()
                && (anchor.is_empty() || anchors(&read(path)).iter().any(|known| known == anchor));
            if !fits {
                broken.push(format!("{page}: {target}"));
            }
        }
    }
    assert!(count > 80, "{count}");
    assert_eq!(broken, [""; 0]);
}

#[test]
fn a_heading_has_the_anchor_that_code_hosts_give_it() {
    let found = anchors(
        "# The `auto-deploy` command\n```sh\n# no heading\n```\n## 1. Say it, once & for all\n",
    );
    assert_eq!(found, ["the-auto-deploy-command", "1-say-it-once--for-all"]);
}

/// Checks everything in code marks that contains a slash or a file extension, and no pattern character.
#[test]
fn what_the_architecture_names_is_there() {
    let text = prose(&read("ARCHITECTURE.md"));
    let mut missing = Vec::new();
    let mut count = 0;
    for code in text.split('`').skip(1).step_by(2) {
        let endings = [".rs", ".md", ".json", ".toml", ".go"];
        let is_path = code.contains('/') || endings.iter().any(|end| code.ends_with(end));
        if !is_path || code.contains([' ', '*', '{', '…', ':']) {
            continue;
        }
        count += 1;
        // A module's file may be given relative to the `src` of its crate.
        if !["", "src/", "cli/src/", "local-cloud/src/"]
            .iter()
            .any(|from| repository(&format!("{from}{code}")).exists())
        {
            missing.push(code);
        }
    }
    assert!(count > 15, "{count}");
    assert_eq!(missing, [""; 0]);
}
