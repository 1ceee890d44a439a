//! The static types of results. That these functions compile is the test; the values are checked in passing.

use ndarray::prelude::*;
use ndeinsum::{EinsumError, einsum, einsum_view, sliding_windows, try_einsum};

fn ones<D: Dimension>(shape: impl ndarray::ShapeBuilder<Dim = D>) -> Array<f64, D> {
    Array::ones(shape)
}

#[test]
fn of_values() {
    let (a, b) = (ones((2, 2)), ones((2, 2)));
    let c: f64 = einsum!("ij,ji->", a, b);
    assert_eq!(c, 4.0);
    let c: f64 = einsum!("ii", a);
    assert_eq!(c, 2.0);
    let c: Array<f64, Ix1> = einsum!("ij,j->i", a, a.row(0));
    assert_eq!(c.len(), 2);
    let c: Array<f64, Ix2> = einsum!("ij,jk", a, b);
    assert_eq!(c.len(), 4);
    let c: Array<f64, Ix3> = einsum!("ij,jk->ijk", a, b);
    assert_eq!(c.len(), 8);
    let c: Array<f64, Ix4> = einsum!("ij,kl->ijkl", a, b);
    assert_eq!(c.len(), 16);
    let c: Array<f64, Ix5> = einsum!("ij,kl,m->ijklm", a, b, a.row(0));
    assert_eq!(c.len(), 32);
    let c: Array<f64, Ix6> = einsum!("ij,kl,mn->ijklmn", a, b, a);
    assert_eq!(c.len(), 64);
    // No static rank is higher.
    let c: ArrayD<f64> = einsum!("ij,kl,mn,o->ijklmno", a, b, a, a.row(0));
    assert_eq!(c.len(), 128);
    let c: Result<Array<f64, Ix3>, EinsumError> = try_einsum!("ij,jk->ijk", a, b);
    assert!(c.is_ok());
    let c: Result<f64, EinsumError> = try_einsum!("ij->", a);
    assert_eq!(c, Ok(4.0));
    let c: Result<(), EinsumError> = try_einsum!(a.clone() = "ij->ij", b);
    assert_eq!(c, Ok(()));
}

/// The axes that `...` stands for are counted by the compiler.
#[test]
fn of_values_with_an_ellipsis() {
    let (a, b) = (ones((2, 3, 4)), ones((3, 4)));
    let c: Array<f64, Ix0> = einsum!("...->...", ones(()));
    assert_eq!(c, arr0(1.0));
    let c: Array<f64, Ix0> = einsum!("i...->...", ones(2));
    assert_eq!(c, arr0(2.0));
    let c: f64 = einsum!("...->", a);
    assert_eq!(c, 24.0);
    let c: Array<f64, Ix1> = einsum!("...i->i", a);
    assert_eq!(c, arr1(&[6.0; 4]));
    let c: Array<f64, Ix2> = einsum!("i...->...", a);
    assert_eq!(c.dim(), (3, 4));
    let c: Array<f64, Ix3> = einsum!("...,...", a, b);
    assert_eq!(c.dim(), (2, 3, 4));
    let c: Array<f64, Ix3> = einsum!("...,...->...", b, a);
    assert_eq!(c.dim(), (2, 3, 4));
    let c: Array<f64, Ix3> = einsum!("...jk,k...->...jk", a, ones((4, 2)));
    assert_eq!(c.dim(), (2, 3, 4));
    let c: Array<f64, Ix4> = einsum!("i...,k...->ki...", a, ones((5, 4)));
    assert_eq!(c.dim(), (5, 2, 3, 4));
    let c: Array<f64, Ix6> = einsum!("...,ijk->...ijk", a, a);
    assert_eq!(c.len(), 576);
    // Three and four are more than six.
    let c: ArrayD<f64> = einsum!("...,ijkl->...ijkl", a, ones((1, 1, 1, 2)));
    assert_eq!(c.shape(), [2, 3, 4, 1, 1, 1, 2]);
    // One of the ranks is not known before the program runs.
    let c: ArrayD<f64> = einsum!("...,...->...", a, b.view().into_dyn());
    assert_eq!(c.shape(), [2, 3, 4]);
    let c: ArrayD<f64> = einsum!("...i->i...", a.view().into_dyn());
    assert_eq!(c.shape(), [4, 2, 3]);
    // It is, where the output has labels alone.
    let c: Array<f64, Ix1> = einsum!("...i->i", a.view().into_dyn());
    assert_eq!(c.len(), 4);
}

/// Operands of dynamic rank under terms without an ellipsis.
#[test]
fn of_values_of_dynamic_operands() {
    let a = ones((2, 3)).into_dyn();
    let c: Array<f64, Ix2> = einsum!("ij->ji", a);
    assert_eq!(c.dim(), (3, 2));
    let c: Array<f64, Ix2> = einsum!("ij,kj->ik", a, ones((4, 3)));
    assert_eq!(c.dim(), (2, 4));
    let c: f64 = einsum!("ij,ij->", a, a);
    assert_eq!(c, 6.0);
    let wide = ones(vec![1, 1, 1, 2, 1, 1, 1, 1]);
    let c: Array<f64, Ix1> = einsum!("abcdefgh->d", wide);
    assert_eq!(c.len(), 2);
    let c: ArrayD<f64> = einsum!("abcdefgh->hgfedcba", wide);
    assert_eq!(c.ndim(), 8);
    let c: Array<f64, Ix2> = einsum!("abcdefgh,d->de", wide, ones(1));
    assert_eq!(c.dim(), (2, 1));
}

#[test]
fn of_views() {
    let mut a = ones((2, 2, 2));
    let v: ArrayView<'_, f64, Ix3> = einsum_view!("ijk->kij", a);
    assert_eq!(v.ndim(), 3);
    let v: ArrayView<'_, f64, Ix2> = einsum_view!("iji->ij", a);
    assert_eq!(v.ndim(), 2);
    let v: ArrayView<'_, f64, Ix1> = einsum_view!("iii->i", a);
    assert_eq!(v.ndim(), 1);
    let v: ArrayView<'_, f64, Ix2> = einsum_view!("...ii->i...", a);
    assert_eq!(v.ndim(), 2);
    let scalar = ones(());
    let v: ArrayView<'_, f64, Ix0> = einsum_view!("...->...", scalar);
    assert_eq!(v.ndim(), 0);
    let v: ArrayViewMut<'_, f64, Ix2> = einsum_view!("i...i->...i", &mut a);
    assert_eq!(v.ndim(), 2);
    let mut dynamic = a.clone().into_dyn();
    let v: ArrayView<'_, f64, Ix2> = einsum_view!("iji->ij", dynamic);
    assert_eq!(v.ndim(), 2);
    let v: ArrayViewMut<'_, f64, IxDyn> = einsum_view!("...i->i...", &mut dynamic);
    assert_eq!(v.ndim(), 3);
    let wide: Array<f64, Ix6> = ones((1, 1, 1, 1, 1, 1));
    let v: ArrayView<'_, f64, Ix6> = einsum_view!("abcdef->fedcba", wide);
    assert_eq!(v.ndim(), 6);
}

/// The number of windows is added to the rank.
#[test]
fn of_windows() {
    let a: Array<f64, Ix2> = ones((4, 5));
    let w: ArrayView<'_, f64, Ix2> = sliding_windows(&a, [], []);
    assert_eq!(w.dim(), (4, 5));
    let w: ArrayView<'_, f64, Ix3> = sliding_windows(&a, [Axis(1)], [2]);
    assert_eq!(w.dim(), (4, 4, 2));
    let w: ArrayView<'_, f64, Ix4> = sliding_windows(&a, [Axis(1), Axis(0)], [2, 3]);
    assert_eq!(w.dim(), (2, 4, 2, 3));
    let a: Array<f64, Ix4> = ones((2, 2, 2, 2));
    let w: ArrayView<'_, f64, Ix6> = sliding_windows(&a, [Axis(1), Axis(0)], [2, 1]);
    assert_eq!(w.dim(), (2, 1, 2, 2, 2, 1));
    let w: ArrayView<'_, f64, IxDyn> = sliding_windows(&a, [Axis(1), Axis(0), Axis(3)], [2, 1, 2]);
    assert_eq!(w.shape(), [2, 1, 2, 1, 2, 1, 2]);
    let dynamic = a.into_dyn();
    let w: ArrayView<'_, f64, IxDyn> = sliding_windows(&dynamic, [Axis(1)], [2]);
    assert_eq!(w.shape(), [2, 1, 2, 2, 2]);
}
