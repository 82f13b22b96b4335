//! The project file of the program, for its `backend.url`.
//!
//! As pulumi/pulumi, `sdk/go/common/workspace/paths.go`: the nearest file from the working directory upwards. Within a
//! folder, `Pulumi.json` precedes `Pulumi.yaml`, and that precedes `Pulumi.yml`.
//!
//! # What this may not do
//!
//! Look beyond the nearest project file: one without `backend.url` leaves the choice to the login.

use saphyr::{LoadableYamlNode as _, Yaml};
use std::path::{Path, PathBuf};

/// The names of a project file, in order of precedence.
const NAMES: [&str; 3] = ["Pulumi.json", "Pulumi.yaml", "Pulumi.yml"];

/// What the project in the working directory says about its backend.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Project {
    /// There is no project, or it names no backend.
    #[default]
    Silent,
    /// It names a backend.
    Names {
        /// The project file.
        path: PathBuf,
        /// `backend.url`.
        backend: String,
    },
    /// There is a project file, but it cannot be read.
    Unreadable {
        /// The project file.
        path: PathBuf,
        /// What is wrong with it; never its content.
        reason: String,
    },
}

impl Project {
    /// Finds the project of a folder.
    pub fn find(folder: &Path) -> Project {
        let candidates = folder
            .ancestors()
            .flat_map(|folder| NAMES.map(|name| folder.join(name)));
        match candidates.into_iter().find(|path| path.is_file()) {
            Some(path) => Project::read(path),
            None => Project::Silent,
        }
    }

    fn read(path: PathBuf) -> Project {
        let unreadable = |path, reason| Project::Unreadable { path, reason };
        let text = match std::fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) => return unreadable(path, error.to_string()),
        };
        // Every JSON document is a YAML document.
        let documents = match Yaml::load_from_str(&text) {
            Ok(documents) => documents,
            Err(error) => {
                // The error's own message could quote the file.
                let line = error.marker().line();
                return unreadable(path, format!("line {line} is not YAML"));
            }
        };
        let backend = documents
            .first()
            .and_then(|project| project.as_mapping_get("backend"))
            .and_then(|backend| backend.as_mapping_get("url"))
            .and_then(Yaml::as_str)
            .filter(|url| !url.is_empty());
        match backend {
            Some(backend) => Project::Names {
                backend: backend.to_owned(),
                path,
            },
            None => Project::Silent,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_project_file_decides() {
        let folder = tempfile::tempdir().expect("a folder");
        let deep = folder.path().join("a/b");
        std::fs::create_dir_all(&deep).expect("it is made");
        let write = |name: &str, text: &str| {
            let path = folder.path().join(name);
            std::fs::write(&path, text).expect("it is written");
            path
        };
        let named = |path: &Path, url: &str| Project::Names {
            path: path.to_owned(),
            backend: url.to_owned(),
        };
        assert_eq!(Project::find(&deep), Project::Silent);
        let yml = write("Pulumi.yml", "name: x\nbackend: {url: https://yml}\n");
        assert_eq!(Project::find(&deep), named(&yml, "https://yml"));
        let first = write(
            "Pulumi.yaml",
            "name: x\nruntime: yaml\nbackend:\n  url: file:///state\n",
        );
        assert_eq!(Project::find(&deep), named(&first, "file:///state"));
        let json = write(
            "Pulumi.json",
            r#"{"name": "x", "backend": {"url": "https://json"}}"#,
        );
        assert_eq!(Project::find(&deep), named(&json, "https://json"));
        // A folder with that name does not count, nor does another file.
        std::fs::create_dir(folder.path().join("a/Pulumi.yaml")).expect("it is made");
        write("a/Pulumi.dev.yaml", "backend: {url: https://stack}");
        assert_eq!(Project::find(&deep), named(&json, "https://json"));
        for silent in [
            "name: y\n",
            "name: y\nbackend: {}\n",
            "backend: {url: ''}",
            "",
        ] {
            write("a/b/Pulumi.yaml", silent);
            assert_eq!(Project::find(&deep), Project::Silent, "{silent}");
        }
        let broken = write("a/b/Pulumi.yaml", "name: x\nruntime: [hidden\n");
        let Project::Unreadable { path, reason } = Project::find(&deep) else {
            panic!("it is broken");
        };
        assert_eq!(path, broken);
        insta::assert_snapshot!(reason, @"line 3 is not YAML");
    }
}
