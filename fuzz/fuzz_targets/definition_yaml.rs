//! See `stepclock_fuzz_targets::definition_yaml`.
#![no_main]
libfuzzer_sys::fuzz_target!(|data: &[u8]| stepclock_fuzz_targets::definition_yaml(data));
