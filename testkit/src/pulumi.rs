//! The Pulumi CLI with its own home.

use crate::tools;
use std::path::Path;
use std::process::{Command, Stdio};

/// A command of the CLI with this home, and without the environment of the user who runs the tests.
pub fn command(home: &Path, program: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(tools::pulumi());
    command
        .args(arguments)
        .arg("--non-interactive")
        .current_dir(program)
        .stdin(Stdio::null())
        .env_clear()
        .env("PATH", tools::path())
        .env("HOME", home)
        .env("PULUMI_HOME", home)
        .env("PULUMI_SKIP_UPDATE_CHECK", "true")
        .env("NO_COLOR", "1");
    command
}

/// Installs our plugin for a CLI with this home.
pub fn install_plugin(home: &Path) {
    let name = format!("resource-auto-deploy-v{}", env!("CARGO_PKG_VERSION"));
    let folder = home.join("plugins").join(name);
    std::fs::create_dir_all(&folder).expect("it is made");
    std::os::unix::fs::symlink(tools::plugin(), folder.join("pulumi-resource-auto-deploy"))
        .expect("it is linked");
}
