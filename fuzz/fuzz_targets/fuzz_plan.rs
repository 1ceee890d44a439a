//! Networks and extents, planned.
#![no_main]

#[path = "../../einsum-spec/tests/fuzzed/plan.rs"]
mod plan;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| plan::plan(bytes));
