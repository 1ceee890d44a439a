//! Every form of every macro under the strictest lints: none of them may fire at generated code.

#![forbid(unsafe_code)]
#![deny(warnings)]
// A toolchain may be older than a lint.
#![allow(unknown_lints)]
#![deny(
    future_incompatible,
    keyword_idents,
    let_underscore,
    nonstandard_style,
    rust_2018_idioms,
    rust_2021_compatibility,
    rust_2024_compatibility,
    unused
)]
// What rustc allows if nobody asks.
#![deny(
    absolute_paths_not_starting_with_crate,
    ambiguous_negative_literals,
    closure_returning_async_block,
    elided_lifetimes_in_paths,
    explicit_outlives_requirements,
    ffi_unwind_calls,
    if_let_rescope,
    impl_trait_overcaptures,
    impl_trait_redundant_captures,
    keyword_idents_2024,
    let_underscore_drop,
    macro_use_extern_crate,
    meta_variable_misuse,
    missing_copy_implementations,
    missing_debug_implementations,
    missing_docs,
    missing_unsafe_on_extern,
    non_ascii_idents,
    redundant_imports,
    redundant_lifetimes,
    single_use_lifetimes,
    tail_expr_drop_order,
    trivial_casts,
    trivial_numeric_casts,
    unit_bindings,
    unnameable_types,
    unreachable_pub,
    unsafe_op_in_unsafe_fn,
    unused_crate_dependencies,
    unused_extern_crates,
    unused_import_braces,
    unused_lifetimes,
    unused_macro_rules,
    unused_qualifications,
    unused_results,
    variant_size_differences
)]
#![deny(clippy::all, clippy::pedantic, clippy::nursery, clippy::cargo)]
// Those of `clippy::restriction` that crates ask for.
#![deny(
    clippy::absolute_paths,
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::clone_on_ref_ptr,
    clippy::default_numeric_fallback,
    clippy::default_union_representation,
    clippy::else_if_without_else,
    clippy::expect_used,
    clippy::get_unwrap,
    clippy::if_then_some_else_none,
    clippy::indexing_slicing,
    clippy::integer_division,
    clippy::let_underscore_must_use,
    clippy::let_underscore_untyped,
    clippy::mem_forget,
    clippy::min_ident_chars,
    clippy::missing_docs_in_private_items,
    clippy::multiple_unsafe_ops_per_block,
    clippy::non_ascii_literal,
    clippy::panic,
    clippy::panic_in_result_fn,
    clippy::pattern_type_mismatch,
    clippy::pub_use,
    clippy::redundant_type_annotations,
    clippy::same_name_method,
    clippy::semicolon_inside_block,
    clippy::semicolon_outside_block,
    clippy::shadow_reuse,
    clippy::shadow_same,
    clippy::shadow_unrelated,
    clippy::single_call_fn,
    clippy::std_instead_of_core,
    clippy::str_to_string,
    clippy::string_slice,
    clippy::try_err,
    clippy::undocumented_unsafe_blocks,
    clippy::unnecessary_self_imports,
    clippy::unneeded_field_pattern,
    clippy::unreachable,
    clippy::unseparated_literal_suffix,
    clippy::unwrap_in_result,
    clippy::unwrap_used,
    clippy::use_debug,
    clippy::wildcard_enum_match_arm
)]
// A crate that is not published has no keywords, and which versions its dependencies need is not its business.
#![allow(clippy::cargo_common_metadata, clippy::multiple_crate_versions)]

use core::cell::RefCell;
use ndarray::{
    ArcArray, Array1, Array2, Array3, ArrayD, ArrayView1, ArrayView2, ArrayViewMut1, Axis, Ix2, LinalgScalar,
    Slice,
};
use ndeinsum::{
    ContractionReport, EinsumError, einsum, einsum_path, einsum_view, einsum_vjp, einsum_vjp_path, sliding_windows, try_einsum, try_sliding_windows,
};
use std::rc::Rc;

/// Values of one operand.
#[must_use]
pub fn one(left: &Array2<f64>) -> (f64, Array1<f64>, Array2<f64>, f64, Array1<f64>, Array2<f64>) {
    (
        einsum!("ii", left),
        einsum!("ii->i", left),
        einsum!("ij->ji", left),
        einsum!("ij->", left),
        einsum!("ij->j", left),
        einsum!("ij", left),
    )
}

/// Values of two operands.
#[must_use]
pub fn two(left: &Array2<f64>, right: &ArrayView2<'_, f64>) -> Array3<f64> {
    let product: Array2<f64> = einsum!("ij,jk->ik", left, right);
    let sum: f64 = einsum!("ij,ij->", left, right);
    let scaled = einsum!(sum * "ik,ik->ik", product, product);
    let in_order = einsum!("ij,jk", scaled, left.t());
    einsum!(2.0_f64 * sum * "ij,k->kij", in_order, left.row(0))
}

/// Values of more operands, so that there are intermediates.
#[must_use]
pub fn many(left: &Array2<f64>, vector: &Array1<f64>) -> f64 {
    let three = einsum!("ij,jk,kl->il", left, left, left);
    let path = einsum!("ij,jk,kl->il", left, left, left; path = [(1, 2), (0, 1)]);
    let five = einsum!("i,ij,jk,kl,l->", vector, left, three, path, vector);
    let nine = einsum!(
        "a,b,c,d,e,f,g,h,i->",
        vector,
        vector,
        vector,
        vector,
        vector,
        vector,
        vector,
        vector,
        vector
    );
    let hub = einsum!(
        "i,ij,ik,il,im,in,io,ip,iq,ir->",
        vector,
        left,
        left,
        left,
        left,
        left,
        left,
        left,
        left,
        left
    );
    five + nine + hub
}

/// Labels of both cases and of other scripts, and more of them than a static rank has axes.
#[must_use]
pub fn labels(left: &Array2<f64>) -> ArrayD<f64> {
    let upper = einsum!("NC,CK->NK", left, left);
    let greek = einsum!("αβ,βγ->αγ", upper, left);
    let mixed = einsum!("Ii,iJ->IJ", greek, left);
    let alike = einsum!("s\u{17f},\u{17f}\u{3c2}->s\u{3c2}", mixed, left);
    let wide = einsum!("時空,空間->時間", alike, left);
    einsum!("ab,cd,ef,gh->abcdefgh", wide, left, left, left)
}

/// The ellipsis.
#[must_use]
pub fn ellipsis(left: &Array3<f64>, right: &Array2<f64>) -> (Array3<f64>, Array2<f64>, f64, ArrayD<f64>) {
    (
        einsum!("...ij,jk->...ik", left, right),
        einsum!("i...j,j...->i...", left, right),
        einsum!("...,...->", left, right),
        einsum!("...i,i...->...", left.view().into_dyn(), right),
    )
}

/// Every form of assignment, into every kind of place.
pub fn assigned(output: &mut Array2<f64>, left: &Array2<f64>, right: &ArrayView2<'_, f64>) {
    einsum!(output = "ij,jk->ik", left, right);
    einsum!(output += "ij,jk->ik", left, right);
    einsum!(output -= "ij,jk->ik", left, right);
    einsum!(output = 2.0_f64 * "ij,jk->ik", left, right);
    einsum!(output += 2.0_f64 * "ij,jk,kl->il", left, right, left);
    einsum!(output -= (1.0_f64 + 1.0_f64) * "ij->ji", left);
    einsum!(*output = "ij->ji", right);
    einsum!(output.row_mut(0) += "ij->j", left);
    einsum!(output.slice_axis_mut(Axis(1), Slice::new(0, None, -1)) -= "...->...", right);
    let mut own = ArcArray::<f64, Ix2>::zeros(output.raw_dim());
    einsum!(own += "NM->NM", &*output);
    einsum!(output = "ij->ij", own);
}

/// With errors.
///
/// # Errors
/// If the shapes do not fit.
pub fn fallible(
    output: &mut Array2<f64>,
    left: &Array2<f64>,
    right: &ArrayView2<'_, f64>,
) -> Result<Array2<f64>, EinsumError> {
    try_einsum!(output = "ij,jk->ik", left, right)?;
    try_einsum!(output += "ij,jk->ik", left, right)?;
    try_einsum!(output -= 0.5_f64 * "ij,jk,kl->il", left, right, left)?;
    let sum = try_einsum!("ii", left)?;
    let windows = try_sliding_windows(left, [Axis(0), Axis(1)], [2, 2])?;
    let smooth = try_einsum!((sum / 4.0_f64) * "xyij->xy", windows)?;
    try_einsum!("ij,jk->ik", smooth, smooth.t())
}

/// Reports.
#[must_use]
pub fn reports(left: &Array2<f64>, limit: usize) -> [ContractionReport; 3] {
    [
        einsum_path!("ij,jk,kl->il", left, left.t(), left),
        einsum_path!("ij,jk,kl->il", left, left.t(), left; path = [(1, 2), (0, 1)]),
        einsum_path!("i...,j...->ij", left, left; memory_limit = limit.saturating_mul(2)),
    ]
}

/// Views.
pub fn views(left: &mut Array2<f64>) -> ArrayViewMut1<'_, f64> {
    let sum = einsum_view!("ij->ji", left).sum() + einsum_view!("ii->i", left.view()).sum();
    einsum_view!("ij->ji", &mut *left).fill(sum);
    einsum_view!("ii->i", &mut *left)
}

/// A view that outlives the reference.
#[must_use]
pub fn diagonal(left: &Array2<f64>) -> ArrayView1<'_, f64> {
    einsum_view!("ii->i", left)
}

/// Generic code, closures, expressions.
#[must_use]
pub fn surroundings<Elem: LinalgScalar, const COUNT: usize>(
    left: &[Array2<Elem>; COUNT],
    scale: Elem,
) -> [Array2<Elem>; COUNT] {
    let square = |matrix: &Array2<Elem>| einsum!(scale * "ij,jk->ik", matrix, matrix);
    let mut all = left.each_ref().map(square);
    for output in &mut all {
        einsum!(output += "ij->ji", if COUNT > 1 { &left[1] } else { &left[0] });
        einsum!(output -= scale * "ij,jk->ik", left.first().unwrap_or(&left[0]), { &left[0] });
    }
    all
}

/// Expressions of many forms as operands, places and scales.
#[must_use]
#[allow(clippy::arithmetic_side_effects, reason = "that of the operands, not of the calls")]
pub fn expressions(first: &Array2<f64>, cell: &RefCell<Array2<f64>>, shared: &Rc<Array2<f64>>) -> f64 {
    let (owned, mut written) = (first.clone(), first.clone());
    let make = || owned.clone();
    let mut sum = einsum!("ij->", &owned);
    sum += einsum!("ij->", &&owned);
    sum += einsum!("ij,ji->", owned, first.t());
    sum += einsum!("ij->", owned.clone());
    sum += einsum!("ij->", make());
    sum += einsum!("ij->", &owned + first);
    sum += einsum!("ij->", -&owned);
    sum += einsum!("ij->", (&owned * 2.0_f64));
    sum += einsum!("ij->", *cell.borrow());
    sum += einsum!("ij->", **shared);
    sum += einsum!("ij->", shared.as_ref());
    sum += einsum!("ij->", &mut written);
    sum += einsum!("ij->", owned.slice_axis(Axis(0), Slice::new(1, None, 1)));
    sum += einsum!("ij->", if sum > 0.0_f64 { owned.view() } else { first.view() });
    sum += einsum!(sum.abs() * "ij->", owned);
    sum += einsum!(-sum * "ij->", owned);
    sum += einsum!((sum - 1.0_f64) * "ij->", owned);
    sum += einsum!((if sum > 0.0_f64 { 1.0_f64 } else { -1.0_f64 }) * "ij->", owned);
    einsum!(*cell.borrow_mut() += "ij->ij", owned);
    einsum!(cell.borrow_mut().row_mut(0) -= "ij->i", owned);
    einsum!(written = "ij->ji", owned);
    einsum!((written) = "ij->ji", owned);
    einsum!(written.view_mut() += sum * "ij->ji", owned);
    sum += einsum_view!("ij->ji", &owned).sum() + einsum_view!("ij->ji", make()).sum();
    einsum_view!("ii->i", &mut written.view_mut()).fill(sum);
    sum + einsum_view!("ii->i", *cell.borrow()).sum()
}

/// Integers, the arithmetic of which overflows.
#[must_use]
pub fn integers(left: &Array2<i32>, right: &Array2<i32>) -> Array2<i32> {
    let mut output = einsum!("ij,jk->ik", left, right);
    einsum!(output += 2_i32 * "ij,jk,kl->il", left, right, left);
    einsum!(output -= "ij->ji", left);
    output
}

/// Windows.
#[must_use]
pub fn convolved(image: &Array2<f64>, kernel: &Array2<f64>) -> Array2<f64> {
    einsum!("xyij,ij->xy", sliding_windows(image, [Axis(0), Axis(1)], [3, 3]), kernel)
}

/// Affine axes, alone and with others, and the views of their windows.
#[must_use]
pub fn affine(image: &Array2<f64>, kernel: &Array2<f64>) -> (Array2<f64>, f64) {
    let mut output = einsum!("(x+i)(y+j),ij->xy", image, kernel);
    einsum!(output += 2.0_f64 * "(x+i)(y+j),ij->xy", image, conj(kernel));
    einsum!(output -= "(x+i)(y+j),ij,ij->xy", image, kernel, kernel);
    let pairs =
        einsum_view!("(2x+i)y->xyi", image; i = 2).sum() + einsum!("...(y+j)->...", image; j = 4).sum();
    (output, pairs)
}

/// Gradients: of one operand and several, of a scale, with a diagonal, an ellipsis, and windows of every kind.
#[must_use]
pub fn gradients(image: &Array2<f64>, kernel: &Array2<f64>, cotangent: &Array2<f64>) -> f64 {
    let (by_image, by_kernel) = einsum_vjp!("(x+i)(y+j),ij->xy", image, kernel; cotangent);
    let by_pool: Array2<f64> = einsum_vjp!("(x+i)y->y", image; image.row(0), i = 2);
    let (by_scale, by_other) = einsum_vjp!(2.0_f64 * "ii,...->...", kernel, image; image, wrt = [scale, 0]);
    let together = einsum_vjp!(2.0_f64 * "ij,kj,kl->il", image, image, image; image, wrt = [scale, 2]);
    let report = einsum_vjp_path!("ij,kj,kl->il", image, image, image);
    let ratio = report.ratio() + together.0 + together.1.sum();
    by_image.sum() + by_kernel.sum() + by_pool.sum() + by_scale + by_other.sum() + ratio
}
