//! The programs that tests run: those that `make tools` builds, and scripts that replace others.

use std::ffi::OsString;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A path in the repository.
pub fn repository(path: &str) -> PathBuf {
    let testkit = Path::new(env!("CARGO_MANIFEST_DIR"));
    testkit.parent().expect("it is a member").join(path)
}

/// The text of a file in the repository.
pub fn read(path: &str) -> String {
    let text = std::fs::read_to_string(repository(path));
    text.unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// The folder of the programs that `tools/build` builds.
pub fn bin() -> PathBuf {
    repository(".tools/bin")
}

/// The plugin, which is built for the tests of the root package.
pub fn plugin() -> PathBuf {
    assert_cmd::cargo::cargo_bin("pulumi-resource-auto-deploy")
}

/// The Pulumi CLI: the one that `PULUMI` names, or else the one that `tools/build` builds.
pub fn pulumi() -> PathBuf {
    let given = environment("PULUMI")
        .filter(|given| !given.is_empty())
        .map(PathBuf::from);
    let program = given.unwrap_or_else(|| bin().join("pulumi"));
    assert!(
        program.exists(),
        "`make tools` builds the Pulumi CLI that this test runs"
    );
    program
}

/// The `PATH` of the CLI: its language hosts, followed by the existing `PATH`.
pub fn path() -> OsString {
    let hosts = pulumi().parent().expect("it is in a folder").to_owned();
    let rest = environment("PATH").unwrap_or_default();
    let folders = [hosts].into_iter().chain(std::env::split_paths(&rest));
    std::env::join_paths(folders).expect("folders have no colon in their names")
}

/// Writes an executable script.
pub fn write_script(path: &Path, text: &str) {
    std::fs::write(path, text).expect("it is written");
    let executable = std::fs::Permissions::from_mode(0o755);
    std::fs::set_permissions(path, executable).expect("it is ours");
}

/// The descriptors of the official protocol, a `FileDescriptorSet`.
pub fn official_descriptors() -> Vec<u8> {
    let program = bin().join("official-descriptors");
    assert!(
        program.exists(),
        "`make tools` builds what this test compares with"
    );
    let output = Command::new(program).output().expect("the program runs");
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    output.stdout
}

fn environment(name: &str) -> Option<OsString> {
    #[expect(
        clippy::disallowed_methods,
        reason = "tests take their tools from the environment"
    )]
    std::env::var_os(name)
}
