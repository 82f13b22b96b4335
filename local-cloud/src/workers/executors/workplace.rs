//! The folder of a deployment: its source, its Pulumi home, its temporary files.

use crate::parts::{PLUGINS, log, platform};
use std::ffi::OsString;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// The folder with the folders of deployments, in the data folder.
const RUNS: &str = "runs";

/// The folder for the source.
pub(super) const SOURCE: &str = "source";

/// A folder that is deleted when this is dropped.
#[derive(Debug)]
pub(super) struct Workplace {
    root: PathBuf,
}

impl Workplace {
    /// Creates the folder for the deployment with this UID.
    pub(super) fn new(data: &Path, uid: &str) -> io::Result<Workplace> {
        let workplace = Workplace {
            root: data.join(RUNS).join(uid),
        };
        let plugins = data.join(PLUGINS);
        for folder in [&workplace.home(), &workplace.temporary(), &plugins] {
            platform::private_folder(folder)?;
        }
        platform::link_folder(&plugins, &workplace.home().join(PLUGINS))?;
        Ok(workplace)
    }

    /// The folder itself.
    pub(super) fn root(&self) -> &Path {
        &self.root
    }

    /// The folder for the source.
    pub(super) fn source(&self) -> PathBuf {
        self.root.join(SOURCE)
    }

    /// The Pulumi home.
    pub(super) fn home(&self) -> PathBuf {
        self.root.join("home")
    }

    /// The folder for temporary files.
    pub(super) fn temporary(&self) -> PathBuf {
        self.root.join("tmp")
    }

    /// The folder of the program: `folder` within the source. An error if it leads outside or does not exist.
    pub(super) fn program(&self, folder: &str) -> io::Result<PathBuf> {
        let source = self.source().canonicalize()?;
        let program = source.join(folder.trim_matches('/')).canonicalize()?;
        if program.starts_with(&source) && program.is_dir() {
            Ok(program)
        } else {
            Err(io::Error::from(io::ErrorKind::NotADirectory))
        }
    }

    /// Writes a file that only its owner can read and run; returns its path.
    pub(super) fn write(&self, name: &str, text: &str) -> io::Result<PathBuf> {
        let path = self.root.join(name);
        let mut options = fs::OpenOptions::new();
        options.write(true).create_new(true);
        platform::hide(&mut options);
        let mut file = options.open(&path)?;
        io::Write::write_all(&mut file, text.as_bytes())?;
        platform::make_executable(&file)?;
        Ok(path)
    }
}

impl Drop for Workplace {
    fn drop(&mut self) {
        remove(&self.root);
    }
}

/// Deletes the folders of deployments of a previous process.
pub(super) fn remove_leftovers(data: &Path) {
    remove(&data.join(RUNS));
}

/// The UIDs of the deployments with folders in a data folder.
pub(super) fn left_in(data: &Path) -> Vec<String> {
    let Ok(entries) = fs::read_dir(data.join(RUNS)) else {
        return Vec::new();
    };
    let uid = |entry: fs::DirEntry| entry.file_name().into_string().ok();
    entries.flatten().filter_map(uid).collect()
}

/// Deletes a folder if it exists.
pub(super) fn remove(folder: &Path) {
    match fs::remove_dir_all(folder) {
        Ok(()) => {}
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => log::warn("a folder of a deployment cannot be removed", &error),
    }
}

/// A search path that begins with this folder.
pub(super) fn search_path(first: Option<&Path>, rest: Option<OsString>) -> OsString {
    let rest = rest.unwrap_or_default();
    let first = first.into_iter().map(Path::to_owned);
    let folders = first.chain(std::env::split_paths(&rest));
    // A folder with a separator in its name cannot be part of a search path.
    std::env::join_paths(folders).unwrap_or(rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_is_in_its_source() {
        let data = tempfile::tempdir().unwrap();
        let workplace = Workplace::new(data.path(), "one").unwrap();
        fs::create_dir_all(workplace.source().join("a/b")).unwrap();
        fs::write(workplace.source().join("file"), "").unwrap();
        assert!(workplace.program("").unwrap().ends_with(SOURCE));
        assert!(workplace.program("/a/b/").unwrap().ends_with("source/a/b"));
        for wrong in ["../home", "missing", "file"] {
            assert!(workplace.program(wrong).is_err(), "{wrong}");
        }
        #[cfg(unix)]
        {
            std::os::unix::fs::symlink("/", workplace.source().join("link")).unwrap();
            assert!(workplace.program("link").is_err());
        }
        drop(workplace);
        assert_eq!(fs::read_dir(data.path().join(RUNS)).unwrap().count(), 0);
    }
}
