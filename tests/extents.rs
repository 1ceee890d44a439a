//! Extents 0 and 1 in every place, and broadcasting: of labels, of the ellipsis, and into the output.

mod oracle;

use ndarray::prelude::*;
use ndeinsum::{EinsumErrorKind, einsum, try_einsum};
use oracle::evaluate;

/// 1, 2, 3, … in C order.
fn counting(shape: &[usize]) -> ArrayD<f64> {
    let mut n = 0.0;
    Array::from_shape_simple_fn(shape, || {
        n += 1.0;
        n
    })
}

/// Results with and without axes.
trait IntoDyn {
    fn into_dyn(self) -> ArrayD<f64>;
}

impl IntoDyn for f64 {
    fn into_dyn(self) -> ArrayD<f64> {
        arr0(self).into_dyn()
    }
}

impl<D: Dimension> IntoDyn for Array<f64, D> {
    fn into_dyn(self) -> ArrayD<f64> {
        Array::into_dyn(self)
    }
}

/// All shapes of the operands in which every index has extent 0 or 2, and each term may have 1 instead.
fn every_shape(subscripts: &str) -> Vec<Vec<Vec<usize>>> {
    let inputs = subscripts.split("->").next().expect("a first part");
    let terms: Vec<Vec<char>> = inputs.split(',').map(|term| term.chars().collect()).collect();
    let mut labels: Vec<char> = terms.concat();
    labels.sort_unstable();
    labels.dedup();
    // One choice per label, and one per label of each term: a diagonal has one extent.
    let places: Vec<(usize, char)> = terms
        .iter()
        .enumerate()
        .flat_map(|(n, term)| {
            labels.iter().filter(|label| term.contains(label)).map(move |&label| (n, label))
        })
        .collect();
    let mut shapes = Vec::new();
    for extents in 0..1_u32 << labels.len() {
        for ones in 0..1_u32 << places.len() {
            let extent = |n: usize, label: char| {
                let place =
                    places.iter().position(|&other| other == (n, label)).expect("a place of this term");
                let index = labels.iter().position(|&other| other == label).expect("a label");
                if ones >> place & 1 == 1 { 1 } else { 2 * (extents >> index & 1) as usize }
            };
            let shape = |(n, term): (usize, &Vec<char>)| term.iter().map(|&label| extent(n, label)).collect();
            shapes.push(terms.iter().enumerate().map(shape).collect());
        }
    }
    shapes
}

/// Compares every form of a call with the oracle, for each of these shapes.
macro_rules! check {
    ($shapes:expr, $text:literal, $($operand:ident: $D:ty),+) => {
        for shapes in $shapes {
            let mut shape = shapes.iter();
            $(
                let $operand: Array<f64, $D> = counting(shape.next().expect("a shape for each operand"))
                    .into_dimensionality()
                    .expect("the rank of the table");
            )+
            let expected = evaluate($text, &[$($operand.view().into_dyn()),+]);
            let what = format!("{} of {shapes:?}", $text);
            assert_eq!(IntoDyn::into_dyn(einsum!($text, $($operand),+)), expected, "{what}");
            assert_eq!(IntoDyn::into_dyn(einsum!($text, $($operand.view().into_dyn()),+)), expected, "{what}, IxDyn");
            let mut c = ArrayD::from_elem(expected.shape(), 0.5);
            einsum!(c = $text, $($operand),+);
            assert_eq!(c, expected, "{what}, assigned");
            assert_eq!(try_einsum!(c -= 3.0 * $text, $($operand),+), Ok(()), "{what}");
            assert_eq!(c, -2.0 * &expected, "{what}, subtracted");
        }
    };
}

macro_rules! check_every_shape {
    ($($text:literal, $($operand:ident: $D:ty),+;)*) => { $(
        check!(every_shape($text), $text, $($operand: $D),+);
    )* };
}

#[test]
fn of_labels() {
    check_every_shape! {
        "i->i", a: Ix1;
        "i->", a: Ix1;
        "ij->ji", a: Ix2;
        "ij->i", a: Ix2;
        "ij->", a: Ix2;
        "i,i->i", a: Ix1, b: Ix1;
        "i,i->", a: Ix1, b: Ix1;
        "i,j->ji", a: Ix1, b: Ix1;
        "ij,j->i", a: Ix2, b: Ix1;
        "ij,i->j", a: Ix2, b: Ix1;
        "ij,ji->", a: Ix2, b: Ix2;
        "ij,jk->ik", a: Ix2, b: Ix2;
        "ij,kj->ki", a: Ix2, b: Ix2;
        "nij,njk->nik", a: Ix3, b: Ix3;
        ",i->i", a: Ix0, b: Ix1;
        "i,i,i->i", a: Ix1, b: Ix1, c: Ix1;
        "i,ij,j->", a: Ix1, b: Ix2, c: Ix1;
        "i,j,i->j", a: Ix1, b: Ix1, c: Ix1;
    }
}

/// An intermediate has the extent that all operands agree on, whichever of them went into it.
#[test]
fn of_labels_of_intermediates() {
    check_every_shape! {
        "ij,jk,kl->il", a: Ix2, b: Ix2, c: Ix2;
        "ij,j,ik->k", a: Ix2, b: Ix1, c: Ix2;
        "ij,jk,i->ik", a: Ix2, b: Ix2, c: Ix1;
    }
}

/// A diagonal of extent 1 is broadcast like any axis. That its own axes are not, against each other, is below.
#[test]
fn of_diagonals() {
    check_every_shape! {
        "ii->i", a: Ix2;
        "ii->", a: Ix2;
        "iij->ji", a: Ix3;
        "iji->j", a: Ix3;
        "ii,i->i", a: Ix2, b: Ix1;
        "ii,ij->j", a: Ix2, b: Ix2;
        "ii,jj->ij", a: Ix2, b: Ix2;
        "ii,jj->", a: Ix2, b: Ix2;
    }
}

#[test]
fn on_a_diagonal_do_not_broadcast() {
    for shape in [[1, 3], [3, 1], [0, 1], [1, 0], [2, 3]] {
        let a = counting(&shape).into_dimensionality::<Ix2>().expect("two axes");
        for outcome in [
            try_einsum!("ii->i", a).map(drop),
            try_einsum!("ii", a).map(drop),
            try_einsum!("ii,i->i", a, Array1::<f64>::ones(3)).map(drop),
            try_einsum!("ii,i->i", a, Array1::<f64>::ones(1)).map(drop),
            try_einsum!("ii->i", a.view().into_dyn()).map(drop),
        ] {
            let error = outcome.expect_err("no square");
            assert!(matches!(error.kind(), EinsumErrorKind::ExtentMismatch { label: 'i', .. }), "{error}");
        }
    }
}

/// Axes of an ellipsis are broadcast from the right, whatever their number.
#[test]
fn of_the_ellipsis() {
    let shapes: [&[usize]; 12] = [
        &[],
        &[1],
        &[2],
        &[0],
        &[1, 1],
        &[1, 2],
        &[3, 1],
        &[3, 2],
        &[3, 0],
        &[1, 3, 1],
        &[2, 1, 2],
        &[2, 3, 2],
    ];
    let fits = |a: &[usize], b: &[usize]| {
        a.iter().rev().zip(b.iter().rev()).all(|(&n, &m)| n == m || n == 1 || m == 1)
    };
    let pairs = shapes.iter().flat_map(|&a| shapes.iter().map(move |&b| (a, b))).filter(|(a, b)| fits(a, b));
    let plain: Vec<[Vec<usize>; 2]> = pairs.map(|(a, b)| [a.to_vec(), b.to_vec()]).collect();
    assert!(plain.len() > 70, "{} pairs fit", plain.len());
    let with = |front: usize, shape: &[usize], back: usize| [&[front], shape, &[back]].concat();
    let labelled: Vec<[Vec<usize>; 2]> = plain.iter().map(|[a, b]| [with(2, a, 3), with(3, b, 2)]).collect();

    check!(&plain, "...,...->...", a: IxDyn, b: IxDyn);
    check!(&plain, "...,...", a: IxDyn, b: IxDyn);
    check!(&plain, "...,...->", a: IxDyn, b: IxDyn);
    check!(&labelled, "i...j,j...i->...", a: IxDyn, b: IxDyn);
    check!(&labelled, "i...j,j...k->i...k", a: IxDyn, b: IxDyn);
    check!(&labelled, "i...j,j...k->ki", a: IxDyn, b: IxDyn);
    check!(&labelled, "i...j,k...i", a: IxDyn, b: IxDyn);
    check!(&labelled, "j...i,i...j->j...", a: IxDyn, b: IxDyn);
}

/// Of static rank: the compiler knows the number of axes, the ellipsis the extents.
#[test]
fn of_the_ellipsis_of_static_rank() {
    let pair = |a: &[usize], b: &[usize]| vec![[a.to_vec(), b.to_vec()]];
    check!(pair(&[2, 3], &[3]), "...,...->...", a: Ix2, b: Ix1);
    check!(pair(&[3], &[2, 1]), "...,...->...", a: Ix1, b: Ix2);
    check!(pair(&[], &[2, 1]), "...,...->...", a: Ix0, b: Ix2);
    check!(pair(&[2, 1, 3], &[4, 1]), "...,...", a: Ix3, b: Ix2);
    check!(pair(&[2, 1, 3], &[4, 1]), "...,...->", a: Ix3, b: Ix2);
    check!(pair(&[1, 4, 2], &[5, 1, 2]), "...i,...i->...", a: Ix3, b: Ix3);
    check!(pair(&[4, 2], &[5, 1, 2]), "...i,...i->i", a: Ix2, b: Ix3);
    check!(pair(&[2, 4], &[3, 4]), "i...,j...->i...j", a: Ix2, b: Ix2);
    check!(pair(&[2, 0], &[3, 1]), "i...,j...->i...j", a: Ix2, b: Ix2);
    let three = |a: &[usize], b: &[usize], c: &[usize]| vec![[a.to_vec(), b.to_vec(), c.to_vec()]];
    check!(three(&[2, 1, 3], &[4, 3], &[2, 4, 1]), "...,...,...->...", a: Ix3, b: Ix2, c: Ix3);
    check!(three(&[4, 2, 3], &[4, 3, 2], &[2]), "...ij,...jk,k->...ik", a: Ix3, b: Ix3, c: Ix1);
    check!(three(&[5, 2, 3], &[3, 2], &[1, 2, 4]), "...ij,jk,...kl->...il", a: Ix3, b: Ix2, c: Ix3);
    check!(three(&[5, 2, 3], &[3, 2], &[1, 2, 4]), "...ij,jk,...kl->li", a: Ix3, b: Ix2, c: Ix3);
}

/// As in NumPy with `out=`: an index of extent 1 in all operands takes that of the output.
#[test]
fn broadcast_into_the_output() {
    let one = |shape: &[usize]| counting(shape);
    let mut c = arr1(&[1.0, 2.0, 3.0]);
    einsum!(c = "i->i", arr1(&[5.0]));
    assert_eq!(c, arr1(&[5.0, 5.0, 5.0]));
    einsum!(c += 2.0 * "i,i->i", arr1(&[3.0]), arr1(&[0.5]));
    assert_eq!(c, arr1(&[8.0, 8.0, 8.0]));
    einsum!(c -= "ij->i", arr2(&[[1.0, 2.0]]));
    assert_eq!(c, arr1(&[5.0, 5.0, 5.0]));
    einsum!(c = "ii->i", arr2(&[[7.0]]));
    assert_eq!(c, arr1(&[7.0, 7.0, 7.0]));
    einsum!(c = "...->...", arr1(&[4.0]));
    assert_eq!(c, arr1(&[4.0, 4.0, 4.0]));
    // Along one axis, and along none.
    let mut c = Array2::zeros((2, 3));
    einsum!(c += "ij,jk->ik", one(&[1, 2]), one(&[2, 3]));
    assert_eq!(c, arr2(&[[9.0, 12.0, 15.0], [9.0, 12.0, 15.0]]));
    einsum!(c = "ij,jk,kl->il", one(&[1, 2]), one(&[2, 3]), one(&[3, 1]));
    assert_eq!(c, Array2::from_elem((2, 3), 78.0));
    einsum!(c = "...i->i...", one(&[3, 1]));
    assert_eq!(c, arr2(&[[1.0, 2.0, 3.0], [1.0, 2.0, 3.0]]));
    // Into nothing.
    let mut c = Array1::<f64>::zeros(0);
    einsum!(c += "i->i", arr1(&[5.0]));
    einsum!(c = "...->...", arr1(&[5.0]));
    assert_eq!(c.len(), 0);
    // A sum over a broadcast index has as many terms as the index is long, wherever the length comes from.
    let mut c = arr0(0.0);
    einsum!(c = "i,i->", arr1(&[5.0]), arr1(&[1.0, 1.0, 1.0]));
    assert_eq!(c, arr0(15.0));
}

/// The other way round it would be a sum that nobody asked for.
#[test]
fn of_the_output_do_not_broadcast() {
    for shape in [&[1_usize, 3][..], &[2, 1], &[1, 1], &[0, 3], &[2, 4], &[2], &[1, 2, 3], &[]] {
        let (a, before) = (counting(&[2, 3]), counting(shape));
        let mut c = before.clone();
        assert!(try_einsum!(c = "ij->ij", a).is_err(), "{shape:?}");
        assert!(try_einsum!(c += "...->...", a).is_err(), "{shape:?}");
        assert!(try_einsum!(c -= 2.0 * "i...->i...", a).is_err(), "{shape:?}");
        assert!(try_einsum!(c = "ij,jk->ik", a, Array2::<f64>::ones((3, 3))).is_err(), "{shape:?}");
        assert!(try_einsum!(c = "ij,jk,kl->il", a, Array2::<f64>::eye(3), Array2::<f64>::eye(3)).is_err());
        assert_eq!(c, before);
    }
}

/// Broadcast operands (stride 0) and windows (overlapping) are operands like any other.
#[test]
fn of_views_that_repeat() {
    let row = arr1(&[1.0, 2.0, 3.0]);
    let rows = row.broadcast((4, 3)).expect("rows");
    assert_eq!(einsum!("ij->j", rows), 4.0 * &row);
    assert_eq!(einsum!("ij,kj->ik", rows, rows), Array2::from_elem((4, 4), 14.0));
    assert_eq!(einsum!("ij->ji", rows).strides(), [4, 1]);
    let huge = row.broadcast((1 << 20, 1 << 20, 3)).expect("a view without memory of its own");
    assert_eq!(einsum!("abi->i", huge.slice(s![..2, ..2, ..])), 4.0 * &row);
}

/// A fresh result is in C order, whatever its operands are in.
#[test]
fn of_fresh_results_in_c_order() {
    let a = counting(&[2, 3, 4]).into_dimensionality::<Ix3>().expect("three axes");
    let b = a.slice(s![.., ..;-1, ..;2]);
    for view in [a.view(), a.t(), a.view().permuted_axes([1, 2, 0]), b, b.reversed_axes()] {
        assert!(einsum!("ijk->ijk", view).is_standard_layout());
        assert!(einsum!("ijk->kij", view).is_standard_layout());
        assert!(einsum!("i...->...i", view).is_standard_layout());
        assert!(einsum!("ijk->ji", view).is_standard_layout());
        assert!(einsum!("ijk,ljk->li", view, view).is_standard_layout());
        assert!(
            einsum!("ijk,k,jk->ki", view, Array1::<f64>::ones(1), Array2::<f64>::ones((1, 1)))
                .is_standard_layout()
        );
    }
}
