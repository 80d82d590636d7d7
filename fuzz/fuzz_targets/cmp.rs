#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| kaztoken_fuzz::cmp(data));
