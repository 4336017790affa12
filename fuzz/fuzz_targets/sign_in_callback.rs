//! Gives what libFuzzer makes up to the target `sign_in_callback`.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| awsx_fuzz::sign_in_callback::holds(data));
