//! Random calls against the oracle: those of one seed, each on several sets of arrays. `einsum-calls` makes them, and more of other seeds.

#![allow(mixed_script_confusables, reason = "any letter is a label")]

use einsum_calls::{Options, check, emit, generate};
use std::{env, fs, path::Path};

#[allow(clippy::all, reason = "generated")]
mod generated {
    use einsum_calls::{Case, Complex, Fraction, Function, Io, Kind, Matrix, MaxPlus, Outcome, failed};
    use ndarray::{Array, ArrayView, ArrayViewMut, Ix0, Ix1, Ix2, Ix3, Ix4, Ix5, Ix6, IxDyn};
    use ndeinsum::{einsum, einsum_view, einsum_vjp, try_einsum};

    include!("calls.in");
}

const SEED: u64 = 6;
const CALLS: usize = 400;

/// One test, since the check keeps panics from being printed.
#[test]
fn are_those_of_their_seed_and_agree_with_the_oracle() {
    let text = emit::module(&generate::calls(SEED, CALLS));
    if env::var_os("EINSUM_BLESS").is_some() {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/calls.in");
        fs::write(file, &text).expect("the file can be written");
    }
    assert!(text == include_str!("calls.in"), "generate tests/calls.in anew, with EINSUM_BLESS=1");

    let mut options = Options { seed: SEED, draws: 4, only: None, dump: None };
    match check(generated::CALLS, &mut options) {
        Ok(done) => println!("{done}"),
        Err(failures) => panic!("{failures}"),
    }
}
