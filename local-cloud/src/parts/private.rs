//! Files of the data folder that only their owner may read.

use super::platform;
use std::fs::File;
use std::io;
use std::path::Path;

/// Opens a file for writing that only its owner may read and write, and makes it if it is not there. One that was open to
/// others is closed.
///
/// # Errors
///
/// It cannot be made, or is someone else's.
pub(crate) fn private_file(path: &Path) -> io::Result<File> {
    let mut options = File::options();
    options.create(true).truncate(false).write(true);
    platform::hide(&mut options);
    let file = options.open(path)?;
    platform::close_to_others(&file)?;
    Ok(file)
}
