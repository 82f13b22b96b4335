//! The programs that tests run, made by `make tools` and `cargo build`.

use std::path::{Path, PathBuf};
use std::process::Command;

/// The folder of the programs that `tools/build` makes.
pub(crate) fn bin() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(".tools/bin")
}

/// The descriptors of the official protocol, a `FileDescriptorSet`.
pub(crate) fn official_descriptors() -> Vec<u8> {
    let program = bin().join("official-descriptors");
    assert!(
        program.exists(),
        "`tools/build official-descriptors` makes what this test compares with"
    );
    let output = Command::new(program).output().expect("the program runs");
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    output.stdout
}
