//! What deployments are run with.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

/// How deployments are run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Executor {
    /// With git and the Pulumi command line, in their own folder, from the source that their settings name.
    Pulumi,
    /// Not at all: each succeeds at once, and so does the update of its stack. One whose environment variable
    /// `SIMULATED_OUTCOME` is `failed` fails. A preview finds what is in the stack's state, reads the outputs of other stacks
    /// in its coherence window, and predicts the outputs that the variable `SIMULATED_OUTPUTS`, a JSON object, names.
    Simulated,
}

/// What an executor needs to know.
#[derive(Clone, Debug)]
pub(crate) struct ExecutorSettings {
    pub(crate) executor: Executor,
    pub(crate) data: PathBuf,
    /// The Pulumi command line: a path, or a name to be found on the search path.
    pub(crate) pulumi: PathBuf,
    /// Where programs are found first.
    pub(crate) folder: Option<PathBuf>,
    /// Where they are found besides.
    pub(crate) path: Option<OsString>,
}

impl ExecutorSettings {
    /// Settings of a cloud with this data folder.
    pub(crate) fn new(executor: Executor, data: &Path, pulumi: &Path) -> ExecutorSettings {
        let path = std::env::vars_os().find(|(name, _)| is_search_path(name, cfg!(windows)));
        let is_name = pulumi.components().count() == 1 && !pulumi.is_absolute();
        let absolute = |path: &Path| std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
        let pulumi = if is_name {
            pulumi.to_owned()
        } else {
            absolute(pulumi)
        };
        // The language hosts lie beside the command line.
        let beside = pulumi.parent().filter(|_| !is_name).map(Path::to_owned);
        ExecutorSettings {
            executor,
            data: data.to_owned(),
            pulumi,
            folder: beside,
            path: path.map(|(_, value)| value),
        }
    }
}

/// Whether the variable of this name is the search path. Windows calls it `Path`, and does not tell letters by their case.
fn is_search_path(name: &OsStr, ignores_case: bool) -> bool {
    name == "PATH" || ignores_case && name.eq_ignore_ascii_case("PATH")
}

#[cfg(test)]
mod tests {
    use super::is_search_path;

    #[test]
    fn windows_calls_the_search_path_otherwise() {
        let found = |ignores_case| {
            let names = ["PATH", "Path", "PATHEXT"];
            names.map(|name| is_search_path(name.as_ref(), ignores_case))
        };
        assert_eq!(found(true), [true, true, false]);
        assert_eq!(found(false), [true, false, false]);
    }
}
