//! See `stepclock_fuzz_targets::mock_config`.
#![no_main]
libfuzzer_sys::fuzz_target!(|data: &[u8]| stepclock_fuzz_targets::mock_config(data));
