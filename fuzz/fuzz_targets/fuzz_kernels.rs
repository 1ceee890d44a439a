//! Steps of all kinds, on every instruction set and type of element.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    einsum_runtime::kernel::fuzzed::kernels(bytes);
});
