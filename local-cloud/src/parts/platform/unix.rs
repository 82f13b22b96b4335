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

/// Makes a folder, and those above it that are not there; only its owner may look into new ones.
pub(crate) fn private_folder(path: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(path)
}

/// Has a file that is made with these options be its owner's alone.
pub(crate) fn hide(options: &mut OpenOptions) {
    options.mode(0o600);
}

/// Takes a file that may be open to others from them.
pub(crate) fn close_to_others(file: &File) -> io::Result<()> {
    file.set_permissions(PermissionsExt::from_mode(0o600))
}

/// Lets the owner of a file read and run it, and nobody anything else: SSH refuses keys that are open to others.
pub(crate) fn make_executable(file: &File) -> io::Result<()> {
    file.set_permissions(PermissionsExt::from_mode(0o500))
}

/// The mode of a folder that others may look into.
pub(crate) fn mode_for_others(folder: &Path) -> Option<u32> {
    let mode = folder.metadata().ok()?.permissions().mode() & 0o777;
    (mode & 0o077 != 0).then_some(mode)
}

/// Whether a file or folder is one of the user who runs this process.
pub(crate) fn is_own(metadata: &Metadata) -> bool {
    metadata.uid() == rustix::process::geteuid().as_raw()
}

/// Has `link` lead to a file.
pub(crate) fn link(file: &Path, link: &Path) -> io::Result<()> {
    std::os::unix::fs::symlink(file, link)
}

/// Has `link` lead to a folder.
pub(crate) fn link_folder(folder: &Path, link: &Path) -> io::Result<()> {
    std::os::unix::fs::symlink(folder, link)
}

/// Has a command begin a group of processes.
pub(crate) fn begin_group(command: &mut Command) {
    command.process_group(0);
}

/// Kills the group that a command began.
pub(crate) fn kill_group(child: &Child) {
    // The group has the number of its first process, which is not reused before that process is waited for.
    if let Some(group) = child.id().and_then(pid) {
        // It may have ended in this moment.
        let _ = rustix::process::kill_process_group(group, Signal::KILL);
    }
}

fn pid(number: u32) -> Option<Pid> {
    Pid::from_raw(number.cast_signed())
}

/// Where a command writes to: one pipe for both streams, so lines stay in their order.
pub(crate) struct Streams(Receiver);

impl Streams {
    /// Makes a command write there.
    pub(crate) fn of(command: &mut Command) -> io::Result<Streams> {
        let (from, to) = io::pipe()?;
        command.stdout(to.try_clone()?).stderr(to);
        Receiver::from_owned_fd(from.into()).map(Streams)
    }

    /// What the command, which has begun, says.
    pub(crate) fn of_child(self, _: &mut Child) -> Vec<Box<dyn AsyncRead + Send + Unpin>> {
        vec![Box::new(self.0)]
    }
}

/// Kills every process that has this in its environment, `NAME=value`, until there is none.
///
/// Plugins have their own groups, and outlive the command line that started them: the environment, which every process
/// hands down, is what they have in common.
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
            // It may have ended in this moment.
            let _ = rustix::process::kill_process(pid, Signal::KILL);
        }
        std::thread::sleep(PAUSE);
    }
}

/// The processes whose environment has this in it. Those of other people cannot be looked into, and are not ours.
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

/// On other systems, processes that leave the group of their parent are not found.
#[cfg(not(target_os = "linux"))]
pub(crate) fn kill_marked(_: &str) {}
