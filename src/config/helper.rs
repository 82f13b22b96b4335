//! Credentials helpers of the Pulumi CLI: programs that return its login.
//!
//! As pulumi/pulumi, `pkg/auth/credentialhelper/helper.go`, since 3.274. The answer of a helper takes precedence over every
//! other login.
//!
//! # What this may not do
//!
//! Run one.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

/// The name of the helper that the CLI looks for by default.
const NAME: &str = if cfg!(windows) {
    "pulumi-credential-helper.exe"
} else {
    "pulumi-credential-helper"
};

/// The name of the Pulumi CLI.
const CLI: &str = if cfg!(windows) {
    "pulumi.exe"
} else {
    "pulumi"
};

/// A credentials helper that the Pulumi CLI would run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Helper {
    /// The program.
    pub path: PathBuf,
    /// The setting that named it, as the end of a sentence.
    pub named: &'static str,
}

impl Helper {
    /// Finds the helper: `variable` is `PULUMI_CREDENTIAL_HELPER`, `kept` that of the stored login, and `path` the `PATH`.
    pub(super) fn find(
        variable: Option<&str>,
        kept: Option<&Path>,
        path: Option<&OsStr>,
    ) -> Option<Helper> {
        let helper = |path: &Path, named| Helper {
            path: path.to_owned(),
            named,
        };
        match (variable, kept) {
            (Some("none"), _) => return None,
            (Some(given), _) => return Some(helper(given.as_ref(), "PULUMI_CREDENTIAL_HELPER")),
            (None, Some(kept)) => return Some(helper(kept, "the stored login")),
            (None, None) => {}
        }
        let folders: Vec<PathBuf> = path.map(|path| std::env::split_paths(path).collect())?;
        let on_path = |name: &str| {
            let mut candidates = folders.iter().map(|folder| folder.join(name));
            candidates.find(|candidate| candidate.is_file())
        };
        let cli = on_path(CLI).and_then(|cli| cli.canonicalize().ok());
        let beside = cli
            .and_then(|cli| Some(cli.parent()?.join(NAME)))
            .filter(|beside| beside.is_file());
        match beside {
            Some(beside) => Some(helper(&beside, "its place beside the CLI")),
            None => Some(helper(&on_path(NAME)?, "PATH")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_that_is_named_or_lies_there_is_found() {
        let folder = tempfile::tempdir().expect("a folder");
        let (real, links, other) = (
            folder.path().join("real"),
            folder.path().join("links"),
            folder.path().join("other"),
        );
        for made in [&real, &links, &other] {
            std::fs::create_dir(made).expect("it is made");
        }
        let path = std::env::join_paths([&links, &other]).expect("no colons");
        let find = |variable, kept: Option<&str>| {
            let found = Helper::find(variable, kept.map(Path::new), Some(&path));
            found.map(|found| (found.path, found.named))
        };
        assert_eq!(find(None, None), None);
        let touch = |path: PathBuf| std::fs::write(path, "").expect("it is written");
        touch(other.join(NAME));
        assert_eq!(find(None, None), Some((other.join(NAME), "PATH")));
        touch(real.join(CLI));
        touch(real.join(NAME));
        #[cfg(unix)]
        {
            std::os::unix::fs::symlink(real.join(CLI), links.join(CLI)).expect("it is linked");
            let beside = real.canonicalize().expect("it is there").join(NAME);
            assert_eq!(find(None, None), Some((beside, "its place beside the CLI")));
        }
        assert_eq!(
            find(None, Some("/kept")),
            Some(("/kept".into(), "the stored login"))
        );
        let given = Some(("/given".into(), "PULUMI_CREDENTIAL_HELPER"));
        assert_eq!(find(Some("/given"), Some("/kept")), given);
        assert_eq!(find(Some("none"), Some("/kept")), None);
    }
}
