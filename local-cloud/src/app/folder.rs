//! The data folder: creates and locks it, and finds those of clouds that were killed.

use super::open_error::OpenError;
use crate::parts::{platform, private_file};
use std::fs::{self, File, TryLockError};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};
use tempfile::TempDir;

/// The file that is locked while a cloud uses the folder.
const LOCK_FILE: &str = "lock";

/// The file that marks a folder that is deleted with its cloud.
const TEMPORARY_FILE: &str = "temporary";

/// The prefix of temporary data folders.
const PREFIX: &str = "local-cloud-";

/// How old an unlocked lock file must be to count as abandoned: a starting cloud creates the file a moment before it locks
/// it.
const YOUNG: Duration = Duration::from_secs(10);

/// The data folder, created if necessary. Only its owner can read a new one.
pub(super) fn folder(given: Option<PathBuf>) -> Result<(PathBuf, Option<TempDir>), OpenError> {
    if let Some(path) = given {
        platform::private_folder(&path).map_err(|source| OpenError::Folder {
            path: path.clone(),
            source,
        })?;
        warn_if_open(&path);
        // A user who names the folder of a cloud that was killed wants to keep it.
        let _ = fs::remove_file(path.join(TEMPORARY_FILE));
        // Programs that are started in other folders must find it too.
        let path = path
            .canonicalize()
            .map_err(|source| OpenError::Folder { path, source })?;
        return Ok((path, None));
    }
    let temporary = tempfile::Builder::new().prefix(PREFIX).tempdir();
    let temporary = temporary.map_err(|source| OpenError::Folder {
        path: std::env::temp_dir(),
        source,
    })?;
    let path = temporary.path().to_owned();
    private_file(&path.join(TEMPORARY_FILE)).map_err(|source| OpenError::Folder {
        path: path.clone(),
        source,
    })?;
    Ok((path, Some(temporary)))
}

/// Warns if others can read an existing folder. They still cannot read our files in it.
fn warn_if_open(path: &Path) {
    if let Some(mode) = platform::mode_for_others(path) {
        tracing::warn!(
            "the data folder {} is open to other users of this machine (mode {mode:o}): `chmod 700` closes it",
            path.display()
        );
    }
}

/// Locks the data folder while the file is open. The system unlocks it when the process ends in any way.
pub(super) fn lock(data: &Path) -> Result<File, OpenError> {
    let cannot = |source| OpenError::Folder {
        path: data.to_owned(),
        source,
    };
    let file = private_file(&data.join(LOCK_FILE)).map_err(cannot)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(OpenError::InUse {
            path: data.to_owned(),
        }),
        Err(TryLockError::Error(source)) => Err(cannot(source)),
    }
}

/// A temporary data folder whose cloud was killed. It is locked while this exists.
#[derive(Debug)]
pub(crate) struct Abandoned {
    pub(crate) path: PathBuf,
    _lock: File,
}

/// The temporary data folders in `parent` that clouds of this user left behind because they were killed. None on systems
/// where the owner of a folder is unknown.
pub(crate) fn abandoned(parent: &Path, now: SystemTime) -> Vec<Abandoned> {
    let Ok(entries) = fs::read_dir(parent) else {
        return Vec::new();
    };
    let left = |entry: fs::DirEntry| {
        let is_named_so = entry.file_name().to_string_lossy().starts_with(PREFIX);
        // Without following links.
        let metadata = entry.metadata().ok().filter(|_| is_named_so)?;
        if !metadata.is_dir() || !platform::is_own(&metadata) {
            return None;
        }
        entry.path().join(TEMPORARY_FILE).metadata().ok()?;
        let file = File::open(entry.path().join(LOCK_FILE)).ok()?;
        let modified = file.metadata().and_then(|found| found.modified()).ok()?;
        let is_old = now.duration_since(modified).is_ok_and(|age| age >= YOUNG);
        (is_old && file.try_lock().is_ok()).then(|| Abandoned {
            path: entry.path(),
            _lock: file,
        })
    };
    entries.flatten().filter_map(left).collect()
}
