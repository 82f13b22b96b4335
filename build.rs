//! Compiles `proto/` to Rust, without any tool that would have to be installed.

use prost::Message as _;
use std::error::Error;
use std::path::PathBuf;

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=proto");
    let files = [
        "provider.proto",
        "component.proto",
        "resource.proto",
        "engine.proto",
        "errors.proto",
        "common.proto",
    ];
    let descriptors = protox::compile(files, ["proto"])?;
    #[expect(
        clippy::disallowed_methods,
        reason = "cargo says by the environment where a build script writes"
    )]
    let out = PathBuf::from(std::env::var("OUT_DIR")?);
    std::fs::write(out.join("descriptors.bin"), descriptors.encode_to_vec())?;
    tonic_prost_build::configure().compile_fds(descriptors)?;
    Ok(())
}
