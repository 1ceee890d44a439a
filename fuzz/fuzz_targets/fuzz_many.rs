//! Networks of one to seven operands, of all layouts and in all forms of assignment.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| einsum_runtime::many::fuzzed(bytes));
