//! The floors of `ARCHITECTURE.md`: every file of a crate is on one of them, imports from its own or from a lower one, and
//! is part of no cycle of imports.

mod imports;
mod table;

use imports::Crate;
use petgraph::algo::tarjan_scc;
use petgraph::graphmap::DiGraphMap;
use std::collections::{BTreeMap, BTreeSet};
use table::Table;

/// Imports between the files of a crate, by path below its `src`: each file with those that it imports from.
type Arrows = BTreeMap<String, BTreeSet<String>>;

/// What is wrong with the imports of one crate, a sentence each.
fn faults(table: &Table, name: &str, arrows: &Arrows) -> Vec<String> {
    let mut found = Vec::new();
    let mut floors = BTreeMap::new();
    for file in arrows.keys() {
        match table.floor_of(name, file) {
            Some(floor) => drop(floors.insert(file.as_str(), floor)),
            None => found.push(format!("{name}/{file} has no floor in ARCHITECTURE.md")),
        }
    }
    for (file, imports) in arrows {
        for import in imports {
            let (Some(from), Some(to)) = (floors.get(&**file), floors.get(&**import)) else {
                continue;
            };
            if to.height > from.height {
                found.push(format!(
                    "{name}/{file} ({}) may not import {name}/{import} ({})",
                    from.name, to.name
                ));
            }
        }
    }
    found.extend(cycles(arrows).into_iter().map(|files| {
        let files: Vec<_> = files.iter().map(|file| format!("{name}/{file}")).collect();
        format!(
            "these files import each other in a cycle: {}",
            files.join(", ")
        )
    }));
    found
}

/// The groups of files that all reach each other by imports, sorted.
fn cycles(arrows: &Arrows) -> Vec<Vec<&str>> {
    let mut graph = DiGraphMap::<&str, ()>::new();
    for (file, imports) in arrows {
        for import in imports {
            graph.add_edge(file, import, ());
        }
    }
    let mut found: Vec<Vec<&str>> = tarjan_scc(&graph)
        .into_iter()
        .filter(|files| files.len() > 1)
        .collect();
    for files in &mut found {
        files.sort_unstable();
    }
    found.sort();
    found
}

#[test]
fn imports_go_down_the_floors_and_never_in_a_cycle() {
    let table = Table::of(&testkit::tools::read("ARCHITECTURE.md"));
    let mut found = table.faults();
    for name in table.crates() {
        found.extend(faults(&table, name, &Crate::read(name).arrows()));
    }
    assert!(found.is_empty(), "\n{}\n", found.join("\n"));
}

#[test]
fn each_wrong_import_is_named() {
    let table = Table::of(
        "## Floors\n\n| crate | floor | files |\n| --- | --- | --- |\n\
         | `src` | top | `lib.rs` `api/` |\n| `src` | ground | `words.rs` `names/` |\n",
    );
    let arrows = |pairs: &[(&str, &str)]| -> Arrows {
        let mut arrows = Arrows::new();
        for &(from, to) in pairs {
            arrows
                .entry(from.to_owned())
                .or_default()
                .insert(to.to_owned());
            arrows.entry(to.to_owned()).or_default();
        }
        arrows
    };
    let none: &[&str] = &[];
    for (pairs, expected) in [
        (
            &[("api/mod.rs", "words.rs"), ("api/mod.rs", "lib.rs")][..],
            none,
        ),
        (
            &[("words.rs", "api/mod.rs")],
            &["src/words.rs (ground) may not import src/api/mod.rs (top)"],
        ),
        (
            &[("names/a.rs", "words.rs"), ("words.rs", "names/a.rs")],
            &["these files import each other in a cycle: src/names/a.rs, src/words.rs"],
        ),
        (
            &[("api/a.rs", "other.rs")],
            &["src/other.rs has no floor in ARCHITECTURE.md"],
        ),
    ] {
        assert_eq!(faults(&table, "src", &arrows(pairs)), expected);
    }
}
