//! The table of floors in `ARCHITECTURE.md`.

use std::path::Path;

/// One row: a floor of a crate, and the files on it.
pub(super) struct Floor {
    /// The folder of the crate's sources, such as `local-cloud/src`.
    folder: String,
    pub(super) name: String,
    /// Files, and folders with a slash at the end, below the folder of the crate.
    places: Vec<String>,
    /// Counted from the lowest; only floors of the same crate are compared.
    pub(super) height: usize,
}

/// The floors of all crates.
pub(super) struct Table(Vec<Floor>);

impl Table {
    /// The table below the heading "Floors", whose rows go from the top floor of a crate to the lowest.
    pub(super) fn of(page: &str) -> Self {
        let (_, section) = page
            .split_once("\n## Floors\n")
            .or_else(|| page.split_once("## Floors\n"))
            .expect("the page has the section");
        let section = section.split("\n## ").next().unwrap_or_default();
        let rows: Vec<&str> = section
            .lines()
            .filter(|line| line.starts_with('|'))
            .skip(2)
            .collect();
        let floors: Vec<Floor> = rows
            .iter()
            .rev()
            .enumerate()
            .map(|(height, row)| {
                let cells: Vec<&str> = row.split('|').map(str::trim).collect();
                let [_, folder, name, places, ..] = cells[..] else {
                    panic!("a row of floors has three cells: {row}");
                };
                Floor {
                    folder: folder.trim_matches('`').to_owned(),
                    name: name.to_owned(),
                    places: places
                        .split('`')
                        .skip(1)
                        .step_by(2)
                        .map(ToOwned::to_owned)
                        .collect(),
                    height,
                }
            })
            .collect();
        assert!(!floors.is_empty(), "there are no floors");
        Self(floors)
    }

    /// The folders of the crates that have floors, each once.
    pub(super) fn crates(&self) -> Vec<&str> {
        let mut folders: Vec<&str> = self.0.iter().map(|floor| &*floor.folder).collect();
        folders.dedup();
        folders
    }

    /// The floor of a file: the one that names it, or else the one with the deepest folder that contains it.
    pub(super) fn floor_of(&self, folder: &str, file: &str) -> Option<&Floor> {
        let contains =
            |place: &str| place == file || (place.ends_with('/') && file.starts_with(place));
        self.0
            .iter()
            .filter(|floor| floor.folder == folder)
            .flat_map(|floor| floor.places.iter().map(move |place| (place, floor)))
            .filter(|(place, _)| contains(place))
            .max_by_key(|(place, _)| place.len())
            .map(|(_, floor)| floor)
    }

    /// Places that do not exist, or that are on two floors.
    pub(super) fn faults(&self) -> Vec<String> {
        let mut found = Vec::new();
        let mut seen = Vec::new();
        for floor in &self.0 {
            for place in &floor.places {
                let path = format!("{}/{place}", floor.folder);
                if !testkit::tools::repository(&path).exists() || Path::new(place).is_absolute() {
                    found.push(format!("{path} ({}) is not there", floor.name));
                }
                if seen.contains(&path) {
                    found.push(format!("{path} is on two floors"));
                }
                seen.push(path);
            }
        }
        found
    }
}
