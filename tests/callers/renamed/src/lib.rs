//! A crate that knows its dependencies under other names, and passes the macros on under names of its own.
//!
//! A crate beside it compiles this file in an older edition.

#![deny(warnings, rust_2018_idioms, unused_qualifications)]

pub mod tensor {
    pub use es::{
        einsum as contract, einsum_view as viewed, sliding_windows as windows, try_einsum as try_contract,
    };
    pub use nd as arrays;

    /// A macro of this crate's own, around one that has another name here.
    #[macro_export]
    macro_rules! matmul {
        ($a:expr, $b:expr) => {
            $crate::tensor::contract!("ij,jk->ik", $a, $b)
        };
    }
}

use nd::{Array2, ArrayView1};
use std::cell::RefCell;

pub fn product(a: &Array2<f64>, b: &Array2<f64>) -> Array2<f64> {
    tensor::contract!("ij,jk->ik", a, b)
}

pub fn power(a: &Array2<f64>) -> Array2<f64> {
    es::einsum!("ij,jk,kl->il", a, a, matmul!(a, a))
}

pub fn scaled(c: &mut Array2<f64>, a: &Array2<f64>) -> Result<(), es::EinsumError> {
    use es::einsum;

    einsum!(c += 2.0 * "...->...", a);
    tensor::try_contract!(c -= "ij->ji", a)
}

pub fn diagonal(a: &Array2<f64>) -> ArrayView1<'_, f64> {
    tensor::viewed!("ii->i", a)
}

pub fn pairs(a: &Array2<f64>) -> Array2<f64> {
    tensor::contract!("xyi->xy", tensor::windows(a, [nd::Axis(1)], [2]))
}

/// In the editions before 2024 the temporaries of the last expression of a block outlive its variables, but those of a
/// call end with it.
pub fn temporaries_at_the_end() -> f64 {
    let cell = RefCell::new(nd::arr2(&[[1.0, 2.0], [3.0, 4.0]]));
    tensor::contract!("ij->", *cell.borrow())
}
