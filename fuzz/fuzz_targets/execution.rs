//! See `stepclock_fuzz_targets::execution`.
#![no_main]
libfuzzer_sys::fuzz_target!(|data: &[u8]| stepclock_fuzz_targets::execution(data));
