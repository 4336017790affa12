//! Gives what libFuzzer makes up to the target `process_words`.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| awsx_fuzz::process_words::holds(data));
