//! temp
fn main() {
    let bytes = std::fs::read("/tmp/desc/official.bin").unwrap();
    let set = <prost_types::FileDescriptorSet as prost::Message>::decode(bytes.as_slice()).unwrap();
    tonic_prost_build::configure().compile_fds(set).unwrap();
}
