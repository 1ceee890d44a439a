//! Nothing is in scope but what is named.

#![no_implicit_prelude]
#![forbid(unsafe_code)]
#![deny(warnings)]

use ::ndarray::{Array1, Array2, ArrayView1, ArrayViewMut1};
use ::ndeinsum::{ContractionReport, EinsumError};

pub fn product(a: &Array2<f64>, b: &Array2<f64>) -> Array2<f64> {
    ::ndeinsum::einsum!("ij,jk->ik", a, b)
}

pub fn chain(a: &Array2<f64>) -> f64 {
    ::ndeinsum::einsum!("ij,jk,kl,lm->", a, a, a, a)
}

pub fn scaled(a: &Array2<f64>) -> Array2<f64> {
    ::ndeinsum::einsum!(2.0 * "...i->i...", a)
}

pub fn assigned(c: &mut Array1<f64>, a: &Array2<f64>) -> ::core::result::Result<f64, EinsumError> {
    ::ndeinsum::einsum!(c = "ii->i", a);
    ::ndeinsum::einsum!(c += 0.5 * "ij->i", a);
    match ::ndeinsum::try_einsum!(c -= "ij->j", a) {
        ::core::result::Result::Ok(()) => ::ndeinsum::try_einsum!("i->", c),
        ::core::result::Result::Err(error) => ::core::result::Result::Err(error),
    }
}

pub fn report(a: &Array2<f64>) -> ContractionReport {
    ::ndeinsum::einsum_path!("ij,...->ij", a, a; memory_limit = 4)
}

pub fn diagonals<'a>(
    a: &'a Array2<f64>,
    b: &'a mut Array2<f64>,
) -> (ArrayView1<'a, f64>, ArrayViewMut1<'a, f64>) {
    (::ndeinsum::einsum_view!("ii->i", a), ::ndeinsum::einsum_view!("ii->i", &mut *b))
}

pub fn gradients(a: &Array2<f64>) -> (Array2<f64>, Array2<f64>) {
    ::ndeinsum::einsum_vjp!("(x+i)y,iz->xyz", a, a; ::ndeinsum::einsum!("(x+i)y,iz->xyz", a, a))
}

#[test]
fn numbers() {
    let mut a = ::ndarray::arr2(&[[1.0, 2.0], [3.0, 4.0]]);
    ::std::assert_eq!(product(&a, &a), a.dot(&a));
    ::std::assert_eq!(chain(&a), a.dot(&a).dot(&a).dot(&a).sum());
    ::std::assert_eq!(scaled(&a), 2.0 * &a.t());
    ::std::assert_eq!(report(&a).naive_scaling(), 4);
    let mut c = Array1::zeros(2);
    ::std::assert_eq!(assigned(&mut c, &a), ::core::result::Result::Ok(0.0));
    ::std::assert_eq!(c, ::ndarray::arr1(&[-1.5, 1.5]));
    ::std::assert_eq!(gradients(&a).0, ::ndarray::arr2(&[[38.0, 54.0], [86.0, 122.0]]));
    let copy = ::core::clone::Clone::clone(&a);
    let (read, mut written) = diagonals(&copy, &mut a);
    written.assign(&(2.0 * &read));
    ::std::assert_eq!(a, ::ndarray::arr2(&[[2.0, 2.0], [3.0, 8.0]]));
}
