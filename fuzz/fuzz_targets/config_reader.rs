//! Gives what libFuzzer makes up to the target `config_reader`.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| awsx_fuzz::config_reader::holds(data));
