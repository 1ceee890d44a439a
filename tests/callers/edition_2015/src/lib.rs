//! The first edition: crates and macros are imported with `extern crate`, and paths begin at the root.

#![deny(warnings)]

#[macro_use(einsum, einsum_path, einsum_view, try_einsum)]
extern crate es;
extern crate ndarray;

pub mod inner {
    use es::EinsumError;
    use ndarray::{Array1, Array2, ArrayView1};

    pub fn product(a: &Array2<f64>, b: &Array2<f64>) -> Array2<f64> {
        einsum!("ij,jk->ik", a, b)
    }

    pub fn sums(c: &mut Array1<f64>, a: &Array2<f64>) -> Result<f64, EinsumError> {
        einsum!(c += 2.0 * "...j->...", a);
        try_einsum!(c -= "ij,jk,kl->l", a, a, a)?;
        try_einsum!("i->", c)
    }

    pub fn flop_count(a: &Array2<f64>) -> u128 {
        einsum_path!("ij,jk,...->i", a, a, a; memory_limit = 2 + 2).flop_count()
    }

    pub fn diagonal<'a>(a: &'a Array2<f64>) -> ArrayView1<'a, f64> {
        einsum_view!("ii->i", a)
    }
}

#[test]
fn numbers() {
    let a = ndarray::arr2(&[[1.0, 2.0], [3.0, 4.0]]);
    assert_eq!(inner::product(&a, &a), a.dot(&a));
    assert_eq!(inner::sums(&mut ndarray::Array1::zeros(2), &a), Ok(20.0 - a.dot(&a).dot(&a).sum()));
    assert!(inner::flop_count(&a) > 0);
    assert_eq!(inner::diagonal(&a), ndarray::arr1(&[1.0, 4.0]));
}
