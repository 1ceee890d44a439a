//! Without the standard library.

#![no_std]
#![forbid(unsafe_code)]
#![deny(warnings)]

use ndarray::{Array2, ArrayView1, ArrayView3, Axis};
use ndeinsum::{ContractionReport, EinsumError, einsum, einsum_path, einsum_view, sliding_windows, try_einsum};

pub fn product(a: &Array2<f64>, b: &Array2<f64>) -> Array2<f64> {
    einsum!("ij,jk->ik", a, b)
}

pub fn chain(c: &mut Array2<i32>, a: &Array2<i32>) -> Result<i32, EinsumError> {
    try_einsum!(c -= 2 * "ij,jk,kl->il", a, a, a)?;
    try_einsum!("...->", c)
}

pub fn report(a: &Array2<f64>) -> ContractionReport {
    einsum_path!("ij,jk,kl->il", a, a, a)
}

pub fn diagonal(a: &Array2<f64>) -> ArrayView1<'_, f64> {
    einsum_view!("ii->i", a)
}

pub fn pairs(a: &Array2<f64>) -> ArrayView3<'_, f64> {
    sliding_windows(a, [Axis(0)], [2])
}

#[test]
fn numbers() {
    let a = ndarray::arr2(&[[1.0, 2.0], [3.0, 4.0]]);
    let mut c = Array2::zeros((2, 2));
    ndarray::linalg::general_mat_mul(1.0, &a, &a, 0.0, &mut c);
    assert_eq!(product(&a, &a), c);
    let mut d = Array2::zeros((1, 1));
    assert_eq!(chain(&mut d, &ndarray::arr2(&[[3]])), Ok(-54));
    assert_eq!(report(&a).flop_count(), 32);
    assert_eq!(diagonal(&a)[1], 4.0);
    assert_eq!(pairs(&a).dim(), (1, 2, 2));
}
