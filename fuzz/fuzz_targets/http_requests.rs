//! Gives what libFuzzer makes up to the target `http_requests`.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| awsx_fuzz::http_requests::holds(data));
