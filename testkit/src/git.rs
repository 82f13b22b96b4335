//! The real git, without the settings of the user who runs the tests.

use std::path::Path;
use std::process::Command;

/// Runs git in a folder; returns what it printed on standard output, trimmed.
pub fn git(folder: &Path, arguments: &[&str]) -> String {
    let done = Command::new("git")
        .args(["-c", "user.name=Test", "-c", "user.email=test@localhost"])
        .args(arguments)
        .current_dir(folder)
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .output()
        .expect("there is git");
    assert!(
        done.status.success(),
        "git {arguments:?}: {}",
        String::from_utf8_lossy(&done.stderr)
    );
    let printed = String::from_utf8(done.stdout).expect("it prints text");
    printed.trim().to_owned()
}
