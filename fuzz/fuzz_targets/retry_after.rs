#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| auto_deploy::fuzzing::retry_after(data));
