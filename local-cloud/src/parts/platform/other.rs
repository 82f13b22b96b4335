//! Windows. None of this has been tried there: permissions, owners and groups are left to the system.

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

/// Creates a folder and its missing parents.
pub(crate) fn private_folder(path: &Path) -> io::Result<()> {
    std::fs::create_dir_all(path)
}

/// Does nothing: a file has the permissions of its folder.
pub(crate) fn hide(_: &mut OpenOptions) {}

/// Does nothing: a file has the permissions of its folder.
pub(crate) fn close_to_others(_: &File) -> io::Result<()> {
    Ok(())
}

/// Does nothing: a program is recognized by its name.
pub(crate) fn make_executable(_: &File) -> io::Result<()> {
    Ok(())
}

/// None: there are no modes.
pub(crate) fn mode_for_others(_: &Path) -> Option<u32> {
    None
}

/// False: the owner is unknown.
pub(crate) fn is_own(_: &Metadata) -> bool {
    false
}

/// Copies the file, because links need a permission that few users have.
pub(crate) fn link(file: &Path, link: &Path) -> io::Result<()> {
    std::fs::copy(file, link).map(|_| ())
}

/// Does nothing, because links need a permission that few users have.
pub(crate) fn link_folder(_: &Path, _: &Path) -> io::Result<()> {
    Ok(())
}

/// Does nothing: there are no groups.
pub(crate) fn begin_group(_: &mut Command) {}

/// Does nothing: there are no groups.
pub(crate) fn kill_group(_: &Child) {}

/// The output of a command: two pipes.
pub(crate) struct Streams;

impl Streams {
    /// Redirects the output of a command.
    pub(crate) fn of(command: &mut Command) -> io::Result<Streams> {
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        Ok(Streams)
    }

    /// The output of the started command.
    pub(crate) fn of_child(self, child: &mut Child) -> Vec<Box<dyn AsyncRead + Send + Unpin>> {
        let mut streams: Vec<Box<dyn AsyncRead + Send + Unpin>> = Vec::new();
        streams.extend(child.stdout.take().map(|out| Box::new(out) as _));
        streams.extend(child.stderr.take().map(|err| Box::new(err) as _));
        streams
    }
}

/// Does nothing: processes that leave their parent cannot be found.
pub(crate) fn kill_marked(_: &str) {}
