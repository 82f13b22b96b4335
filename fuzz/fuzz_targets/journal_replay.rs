#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| local_cloud::fuzzing::journal_replay(data));
