//! Gives what libFuzzer makes up to the target `shell_quoting`.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| awsx_fuzz::shell_quoting::holds(data));
