//! Calls that look wrong, or are wrong elsewhere, and are right here.

use ndarray::prelude::*;
use ndeinsum::{einsum, einsum_view};

/// 1, 2, 3, … in C order.
fn counting<D: Dimension>(shape: impl ndarray::ShapeBuilder<Dim = D>) -> Array<f64, D> {
    let mut n = 0.0;
    Array::from_shape_simple_fn(shape, || {
        n += 1.0;
        n
    })
}

/// NumPy's two front ends disagree; opt_einsum sums, and so does this.
#[test]
fn ellipsis_that_the_output_leaves_out_is_summed() {
    let (a, b) = (counting((2, 3)), counting((2, 3)));
    assert_eq!(einsum!("...i,...i->i", a, b), arr1(&[17.0, 29.0, 45.0]));
    assert_eq!(einsum!("...i->", a), 21.0);
    assert_eq!(einsum!("...->", a), 21.0);
}

/// As in NumPy: it stands for no axes.
#[test]
fn ellipsis_in_the_output_alone() {
    assert_eq!(einsum!("i->...i", counting(3)), arr1(&[1.0, 2.0, 3.0]));
    assert_eq!(einsum!("i->i...", counting(3)), arr1(&[1.0, 2.0, 3.0]));
}

#[test]
fn ellipsis_without_axes() {
    assert_eq!(einsum!("i...j->j...i", counting((2, 3))), counting((2, 3)).t());
    assert_eq!(einsum!("...i,i...->i", counting(2), counting(2)), arr1(&[1.0, 4.0]));
}

/// A comma at an end of the text leaves an empty term: a scalar operand.
#[test]
fn empty_term_is_a_scalar() {
    let (a, s) = (counting((2, 3)), arr0(2.0));
    assert_eq!(einsum!("ij,", a, s), &a * 2.0);
    assert_eq!(einsum!("ij,->ij", a, s), &a * 2.0);
    assert_eq!(einsum!(",ij", s, a), &a * 2.0);
    assert_eq!(einsum!(",", s, s), 4.0);
    assert_eq!(einsum!("", s), 2.0);
    assert_eq!(einsum!("->", s), 2.0);
    assert_eq!(einsum!(" ", s), 2.0);
}

#[test]
fn extent_1_broadcasts() {
    assert_eq!(einsum!("i,i->", counting(3), arr1(&[2.0])), 12.0);
    assert_eq!(einsum!("i,i->i", arr1(&[2.0]), counting(3)), arr1(&[2.0, 4.0, 6.0]));
    assert_eq!(einsum!("i,i->", Array1::<f64>::zeros(0), arr1(&[2.0])), 0.0);
    assert_eq!(einsum!("...,...", counting((2, 1)), counting(3)).shape(), [2, 3]);
}

/// As in NumPy with `out=`.
#[test]
fn extent_1_broadcasts_into_the_array_that_is_assigned_to() {
    let mut c = arr1(&[1.0, 2.0, 3.0]);
    einsum!(c = "i->i", arr1(&[5.0]));
    assert_eq!(c, arr1(&[5.0, 5.0, 5.0]));
    einsum!(c += "...->...", arr1(&[1.0]));
    assert_eq!(c, arr1(&[6.0, 6.0, 6.0]));
}

#[test]
fn extent_0_sums_to_zero() {
    let (a, b) = (Array2::<f64>::zeros((2, 0)), Array2::<f64>::zeros((0, 3)));
    assert_eq!(einsum!("ij,jk->ik", a, b), Array2::<f64>::zeros((2, 3)));
    assert_eq!(einsum!("ij->i", a), arr1(&[0.0, 0.0]));
    assert_eq!(einsum!("ij->j", a).len(), 0);
}

#[test]
fn spaces() {
    let (a, b) = (counting((2, 3)), counting((3, 2)));
    let expected = a.dot(&b);
    assert_eq!(einsum!("  i j , j k  ->  i k  ", a, b), expected);
    assert_eq!(einsum!("ij,jk ->ik", a, b), expected);
    assert_eq!(einsum!("ij ,jk-> ik", a, b), expected);
    assert_eq!(einsum!("... i ,j ...", a, b).shape(), [2, 3, 3]);
}

#[test]
fn labels_are_letters_of_any_script_and_case() {
    let (a, b) = (counting((2, 3)), counting((3, 2)));
    let expected = a.dot(&b);
    assert_eq!(einsum!("iI,Ij->ij", a, b), expected);
    assert_eq!(einsum!("αβ,βγ->αγ", a, b), expected);
    assert_eq!(einsum!("éñ,ñü->éü", a, b), expected);
    assert_eq!(einsum!("時空,空間->時間", a, b), expected);
    assert_eq!(einsum!("iſ,ſs->is", a, b), expected);
}

/// In code point order: upper case before lower case, and `z` before `α`.
#[test]
fn output_that_is_not_written() {
    let a = counting((2, 3));
    assert_eq!(einsum!("aB", a), a.t());
    assert_eq!(einsum!("αz", a), a.t());
    assert_eq!(einsum!("i...", a), a.t());
}

#[test]
fn literals_of_every_kind() {
    let a = counting((2, 3));
    assert_eq!(einsum!(r"ij->ji", a), a.t());
    assert_eq!(einsum!(r#"ij->ji"#, a), a.t());
    assert_eq!(einsum!("\u{69}j->j\x69", a), a.t());
    // A backslash at the end of a line takes away the break and the spaces after it.
    let continued = einsum!(
        "ij\
         ->ji",
        a
    );
    assert_eq!(continued, a.t());
}

#[test]
fn commas_and_semicolons_at_the_end() {
    let (a, b) = (counting((2, 3)), counting((3, 2)));
    let expected = a.dot(&b);
    assert_eq!(einsum!("ij,jk->ik", a, b,), expected);
    assert_eq!(einsum!("ij,jk->ik", a, b; path = [(0, 1)]), expected);
    assert_eq!(einsum!("ij,jk->ik", a, b,; path = [(0, 1),],), expected);
    assert_eq!(einsum_view!("ij->ji", a,), a.t());
}

#[test]
fn an_operand_more_than_once() {
    let a = counting((2, 2));
    assert_eq!(einsum!("ij,jk,kl->il", a, a, &a), a.dot(&a).dot(&a));
}

/// Along an axis of one element the stride means nothing: ndarray takes any.
#[test]
fn strides_that_are_never_used() {
    let element = [7_i64];
    let far = isize::MAX as usize;
    let view =
        ndarray::ArrayView2::from_shape((1, 1).strides((far, far)), &element[..]).expect("one element");
    assert_eq!(einsum!("ii", view), 7);
    assert_eq!(einsum!("ii->i", view), ndarray::array![7]);
    assert_eq!(einsum!("ij,jk->ik", view, view), ndarray::array![[49]]);
}

/// A view of a reference of any depth, and of a reference to a temporary view, outlives the statement.
#[test]
fn views_of_references() {
    let a = ndarray::array![[1, 2], [3, 4]];
    let of_two = einsum_view!("ij->ji", &&a);
    let of_a_slice = einsum_view!("ij->ji", &a.slice(s![.., 1..]));
    assert_eq!(of_two, a.t());
    assert_eq!(of_a_slice, ndarray::array![[2, 4]]);
}
