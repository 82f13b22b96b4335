//! Files in the data folder that only their owner can read.

use super::platform;
use std::fs::File;
use std::io;
use std::path::Path;

/// Opens a file for writing that only its owner can read and write, and creates it if necessary. The permissions of others
/// are removed.
///
/// # Errors
///
/// It cannot be created, or belongs to another user.
pub(crate) fn private_file(path: &Path) -> io::Result<File> {
    let mut options = File::options();
    options.create(true).truncate(false).write(true);
    platform::hide(&mut options);
    let file = options.open(path)?;
    platform::close_to_others(&file)?;
    Ok(file)
}
