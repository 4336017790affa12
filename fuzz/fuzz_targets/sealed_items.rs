//! Gives what libFuzzer makes up to the target `sealed_items`.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| awsx_fuzz::sealed_items::holds(data));
