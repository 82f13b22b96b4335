//! Linux, macOS and similar systems.

use rustix::process::{Pid, Signal};
use std::fs::{DirBuilder, File, Metadata, OpenOptions};
use std::io;
use std::os::unix::fs::{
    DirBuilderExt as _, MetadataExt as _, OpenOptionsExt as _, PermissionsExt,
};
use std::path::Path;
use tokio::io::AsyncRead;
use tokio::net::unix::pipe::Receiver;
use tokio::process::{Child, Command};

/// Creates a folder and its missing parents. Only the owner can read the new ones.
pub(crate) fn private_folder(path: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(path)
}

/// Makes files created with these options readable only by their owner.
pub(crate) fn hide(options: &mut OpenOptions) {
    options.mode(0o600);
}

/// Removes the permissions of others from a file.
pub(crate) fn close_to_others(file: &File) -> io::Result<()> {
    file.set_permissions(PermissionsExt::from_mode(0o600))
}

/// Makes a file readable and executable only by its owner: SSH rejects keys that others can read.
pub(crate) fn make_executable(file: &File) -> io::Result<()> {
    file.set_permissions(PermissionsExt::from_mode(0o500))
}

/// The mode of a folder that others can read.
pub(crate) fn mode_for_others(folder: &Path) -> Option<u32> {
    let mode = folder.metadata().ok()?.permissions().mode() & 0o777;
    (mode & 0o077 != 0).then_some(mode)
}

/// Whether a file or folder belongs to the user of this process.
pub(crate) fn is_own(metadata: &Metadata) -> bool {
    metadata.uid() == rustix::process::geteuid().as_raw()
}

/// Creates a link to a file.
pub(crate) fn link(file: &Path, link: &Path) -> io::Result<()> {
    std::os::unix::fs::symlink(file, link)
}

/// Creates a link to a folder.
pub(crate) fn link_folder(folder: &Path, link: &Path) -> io::Result<()> {
    std::os::unix::fs::symlink(folder, link)
}

/// Makes a command begin a group of processes.
pub(crate) fn begin_group(command: &mut Command) {
    command.process_group(0);
}

/// Kills the group of a command.
pub(crate) fn kill_group(child: &Child) {
    // The group has the ID of its first process, which is not reused until that process has been waited for.
    if let Some(group) = child.id().and_then(pid) {
        // It may just have ended.
        let _ = rustix::process::kill_process_group(group, Signal::KILL);
    }
}

fn pid(number: u32) -> Option<Pid> {
    Pid::from_raw(number.cast_signed())
}

/// The output of a command: one pipe for both streams, so that lines stay in order.
pub(crate) struct Streams(Receiver);

impl Streams {
    /// Redirects the output of a command.
    pub(crate) fn of(command: &mut Command) -> io::Result<Streams> {
        let (from, to) = io::pipe()?;
        command.stdout(to.try_clone()?).stderr(to);
        Receiver::from_owned_fd(from.into()).map(Streams)
    }

    /// The output of the started command.
    pub(crate) fn of_child(self, _: &mut Child) -> Vec<Box<dyn AsyncRead + Send + Unpin>> {
        vec![Box::new(self.0)]
    }
}

/// Kills every process with this in its environment, `NAME=value`, until there is none.
///
/// Plugins have their own groups, and outlive the CLI that started them. What they have in common is the environment, which
/// every process passes on.
#[cfg(target_os = "linux")]
pub(crate) fn kill_marked(mark: &str) {
    use std::time::Duration;
    const N_TRIES: usize = 200;
    const PAUSE: Duration = Duration::from_millis(5);
    let mark = format!("{mark}\0").into_bytes();
    for _ in 0..N_TRIES {
        let marked = marked(&mark);
        if marked.is_empty() {
            return;
        }
        for pid in marked {
            // It may just have ended.
            let _ = rustix::process::kill_process(pid, Signal::KILL);
        }
        std::thread::sleep(PAUSE);
    }
}

/// The processes with this in their environment. Those of other users cannot be read, and are not ours.
#[cfg(target_os = "linux")]
fn marked(mark: &[u8]) -> Vec<Pid> {
    let Ok(processes) = std::fs::read_dir("/proc") else {
        return Vec::new();
    };
    let find = |entry: std::fs::DirEntry| {
        let number: u32 = entry.file_name().to_str()?.parse().ok()?;
        let environment = std::fs::read(entry.path().join("environ")).ok()?;
        let is_marked = environment
            .split_inclusive(|byte| *byte == 0)
            .any(|one| one == mark);
        if is_marked { pid(number) } else { None }
    };
    processes.flatten().filter_map(find).collect()
}

/// On other systems, processes that leave the group of their parent cannot be found.
#[cfg(not(target_os = "linux"))]
pub(crate) fn kill_marked(_: &str) {}
