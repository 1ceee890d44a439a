//! Texts, parsed and checked.
#![no_main]

#[path = "../../einsum-spec/tests/fuzzed/parse.rs"]
mod parse;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| parse::parse(bytes));
