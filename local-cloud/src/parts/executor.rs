//! How deployments run.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

/// How deployments run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Executor {
    /// With git and the Pulumi CLI, in separate folders, from the sources in their settings.
    Pulumi,
    /// Not at all: each one succeeds immediately, and so does the update of its stack. It fails if its environment variable
    /// `SIMULATED_OUTCOME` is `failed`. A preview uses the resources in the stack's state, reads the outputs of other
    /// stacks in its coherence window, and predicts the outputs in the variable `SIMULATED_OUTPUTS`, a JSON object.
    Simulated,
}

/// The settings of an executor.
#[derive(Clone, Debug)]
pub(crate) struct ExecutorSettings {
    pub(crate) executor: Executor,
    pub(crate) data: PathBuf,
    /// The Pulumi CLI: a path, or a name to look up on the search path.
    pub(crate) pulumi: PathBuf,
    /// The folder that comes first in the search path.
    pub(crate) folder: Option<PathBuf>,
    /// The rest of the search path.
    pub(crate) path: Option<OsString>,
}

impl ExecutorSettings {
    /// The settings of a cloud with this data folder.
    pub(crate) fn new(executor: Executor, data: &Path, pulumi: &Path) -> ExecutorSettings {
        let path = std::env::vars_os().find(|(name, _)| is_search_path(name, cfg!(windows)));
        let is_name = pulumi.components().count() == 1 && !pulumi.is_absolute();
        let absolute = |path: &Path| std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
        let pulumi = if is_name {
            pulumi.to_owned()
        } else {
            absolute(pulumi)
        };
        // The language hosts are next to the CLI.
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

/// Whether a variable is the search path. Windows calls it `Path`, and ignores the case of names.
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
