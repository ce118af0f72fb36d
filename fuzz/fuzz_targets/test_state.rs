//! See `stepclock_fuzz_targets::test_state`.
#![no_main]
libfuzzer_sys::fuzz_target!(|data: &[u8]| stepclock_fuzz_targets::test_state(data));
