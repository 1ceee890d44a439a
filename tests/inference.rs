//! One element type for all arrays of a call: what one array says, another need not.

use ndarray::prelude::*;
use ndeinsum::{EinsumError, einsum, try_einsum};

/// From the first operand to the others, and to a scale.
#[test]
fn from_an_operand() {
    let a = arr2(&[[1.0_f32, 2.0], [3.0, 4.0]]);
    assert_eq!(einsum!("ij,j->i", a, arr1(&[0.5, 0.25])), arr1(&[1.0, 2.5]));
    assert_eq!(einsum!("ij,j->i", a, Array::ones(2)), arr1(&[3.0, 7.0]));
    assert_eq!(einsum!("ij,j,jk->ik", a, Array1::ones(2), Array2::zeros((2, 1))), Array2::zeros((2, 1)));
    assert_eq!(einsum!("j,ij->i", arr1(&[0.5, 0.25]), a), arr1(&[1.0, 2.5]));
    assert_eq!(einsum!(0.5 * "ij->i", a), arr1(&[1.5, 3.5]));
    assert_eq!(einsum!(2 * "i->", arr1(&[1_u8, 2])), 6);
}

/// From the array that is assigned to.
#[test]
fn from_the_output() {
    let mut c: Array1<f32> = Array1::zeros(2);
    einsum!(c += 0.5 * "i->i", arr1(&[1.0, 3.0]));
    assert_eq!(c, arr1(&[0.5, 1.5]));
    einsum!(c = "i,i->i", Array::ones(2), Array1::from_iter([4.0, 6.0]));
    assert_eq!(c, arr1(&[4.0, 6.0]));
}

/// From the type that the result should have, as with any function.
#[test]
fn from_the_result() {
    let c: Array1<f32> = einsum!("ij,j->i", arr2(&[[1.0, 2.0]]), arr1(&[1.0, 1.0]));
    assert_eq!(c, arr1(&[3.0]));
    let s: f32 = einsum!("ii", arr2(&[[1.0, 2.0], [3.0, 4.0]]));
    assert_eq!(s, 5.0);
    let c: Result<Array2<u8>, EinsumError> = try_einsum!("ij->ji", arr2(&[[1, 2]]));
    assert_eq!(c, Ok(arr2(&[[1], [2]])));
}

/// Literals alone have the types that Rust gives them.
#[test]
fn from_literals() {
    assert_eq!(size_of_val(&einsum!("i,i->", arr1(&[1.0]), arr1(&[2.0]))), 8);
    assert_eq!(size_of_val(&einsum!("i,i->", arr1(&[1]), arr1(&[2]))), 4);
}
