//! Windows, on which none of this was tried: rights, owners and groups are left to the system.

#![expect(
    clippy::unnecessary_wraps,
    clippy::unused_self,
    reason = "the signatures are those of `unix`"
)]

use std::fs::{File, Metadata, OpenOptions};
use std::io;
use std::path::Path;
use std::process::Stdio;
use tokio::io::AsyncRead;
use tokio::process::{Child, Command};

/// Makes a folder, and those above it that are not there.
pub(crate) fn private_folder(path: &Path) -> io::Result<()> {
    std::fs::create_dir_all(path)
}

/// A file has the rights of its folder.
pub(crate) fn hide(_: &mut OpenOptions) {}

/// A file has the rights of its folder.
pub(crate) fn close_to_others(_: &File) -> io::Result<()> {
    Ok(())
}

/// What is executable is known by its name.
pub(crate) fn make_executable(_: &File) -> io::Result<()> {
    Ok(())
}

/// There are no modes.
pub(crate) fn mode_for_others(_: &Path) -> Option<u32> {
    None
}

/// The owner is not known, so nothing counts as one's own.
pub(crate) fn is_own(_: &Metadata) -> bool {
    false
}

/// Links need a right that few have, so `link` is a copy.
pub(crate) fn link(file: &Path, link: &Path) -> io::Result<()> {
    std::fs::copy(file, link).map(|_| ())
}

/// Links need a right that few have; nothing is made.
pub(crate) fn link_folder(_: &Path, _: &Path) -> io::Result<()> {
    Ok(())
}

/// There are no groups.
pub(crate) fn begin_group(_: &mut Command) {}

/// There are no groups.
pub(crate) fn kill_group(_: &Child) {}

/// Where a command writes to: two pipes.
pub(crate) struct Streams;

impl Streams {
    /// Makes a command write there.
    pub(crate) fn of(command: &mut Command) -> io::Result<Streams> {
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        Ok(Streams)
    }

    /// What the command, which has begun, says.
    pub(crate) fn of_child(self, child: &mut Child) -> Vec<Box<dyn AsyncRead + Send + Unpin>> {
        let mut streams: Vec<Box<dyn AsyncRead + Send + Unpin>> = Vec::new();
        streams.extend(child.stdout.take().map(|out| Box::new(out) as _));
        streams.extend(child.stderr.take().map(|err| Box::new(err) as _));
        streams
    }
}

/// Processes that leave their parent are not found.
pub(crate) fn kill_marked(_: &str) {}
