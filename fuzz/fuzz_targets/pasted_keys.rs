//! Gives what libFuzzer makes up to the target `pasted_keys`.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| awsx_fuzz::pasted_keys::holds(data));
