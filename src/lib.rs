#![doc = include_str!("../README.md")]
#![no_std]
#![forbid(unsafe_code)]

pub use einsum_runtime::explain::{ContractionReport, ReportStep, StepClass, StepKernel, StepOperand};
pub use einsum_runtime::{
    ArrayRole, EinsumError, EinsumErrorKind, Place, sliding_windows, try_sliding_windows,
};

/// Multiplies and sums arrays as the subscripts say.
///
/// ```text
/// einsum!([place (= | += | -=)] [scale *] "subscripts", operand, … [; option = value, …])
/// ```
///
/// The **subscripts** have one term per operand, separated by `,`, and after `->` the term of the output. A term names each
/// axis by a letter of any script; case matters; spaces are ignored.
///
/// - A letter in several terms, or twice in one, is one index. An index that the output does not have is summed over.
/// - Twice in one term, it takes the diagonal.
/// - `...` stands for the axes that the letters do not name. Those of several operands are broadcast together from the
///   right, and summed over if the output leaves them out.
/// - Without `->`, the output has the letters that occur once, upper case first, with `...` in front.
/// - An extent of 1 is broadcast, except on a diagonal.
///
/// An **operand** is any expression whose value is an `ndarray` array, or a reference to one of any depth. It is borrowed,
/// never moved, and evaluated once, after the place and the scale and from left to right.
///
/// The **place** is an array or a mutable view that is written, or a reference to one; any strides. It must have the extents of
/// the result, but operands of extent 1 are broadcast into it.
///
/// The **option** `path = [(1, 2), (0, 1)]` fixes the order of the steps: each takes operands by their positions in the list
/// of what is left, and its result goes to the end of the list, as in NumPy. Without it the subscripts decide, and products
/// are taken in the order of the operands; a path that takes operands apart which are not neighbours relies on a
/// multiplication that commutes.
///
/// The **option** `memory_limit = n` is the most elements, a `usize`, that an intermediate may have; where no order of the steps keeps to it, all
/// is done in one step without intermediates. [`einsum_path!`] shows the steps.
///
/// The value is an `Array<T, IxN>` in standard layout, with a static rank where the operands' ranks are static (`ArrayD`
/// beyond six), or a plain `T` when the output has no label. With a place it is `()`.
///
/// # Panics
/// If the arrays do not fit the subscripts, with the text of the [`EinsumError`] and at the line of the call.
/// [`try_einsum!`] gives it as a value.
///
/// # Examples
/// ```
/// use ndarray::prelude::*;
/// use ndeinsum::einsum;
///
/// let a = array![[1, 2, 3], [4, 5, 6]];
/// let v = array![1, 0, 2];
///
/// let product: Array1<i32> = einsum!("ij,j->i", a, v);
/// assert_eq!(product, array![7, 16]);
///
/// let total: i32 = einsum!("ij->", a);
/// assert_eq!(total, 21);
///
/// let mut gram = Array2::zeros((3, 3));
/// einsum!(gram = "ki,kj->ij", a, a);
/// einsum!(gram -= 2 * "i,j->ij", v, v);
/// assert_eq!(gram, array![[15, 22, 23], [22, 29, 36], [23, 36, 37]]);
///
/// // The columns from the second on, and a view with a negative step.
/// let turned = einsum!("ij,jk->ki", a.slice(s![.., 1..]), array![[1], [10]].slice(s![..;-1, ..]));
/// assert_eq!(turned, array![[23, 56]]);
/// ```
#[macro_export]
macro_rules! einsum {
    ($($call:tt)*) => { $crate::__private::einsum_impl!($crate, $($call)*) };
}

/// As [`einsum!`], with an error instead of a panic: a `Result<_, EinsumError>`.
///
/// # Errors
/// If the arrays do not fit the subscripts: an index has two extents, an array of dynamic rank has the wrong number of axes, or
/// a result would be larger than the address space. All is checked before the first element is written, so a place is then as
/// it was.
///
/// # Examples
/// ```
/// use ndarray::prelude::*;
/// use ndeinsum::{EinsumErrorKind, try_einsum};
///
/// let (a, b) = (array![[1., 2.], [3., 4.]], array![1., 2., 3.]);
/// let mut c = array![0., 0.];
/// let error = try_einsum!(c += "ij,j->i", a, b).unwrap_err();
/// assert!(matches!(error.kind(), EinsumErrorKind::ExtentMismatch { label: 'j', .. }));
/// assert_eq!(c, array![0., 0.]);
///
/// assert_eq!(try_einsum!("ij,j->i", a, c), Ok(array![0., 0.]));
/// ```
#[macro_export]
macro_rules! try_einsum {
    ($($call:tt)*) => { $crate::__private::try_einsum_impl!($crate, $($call)*) };
}

/// What [`einsum!`] would do with these operands, and what it would cost: a [`ContractionReport`]. Nothing is computed.
///
/// ```text
/// einsum_path!("subscripts", operand, … [; option = value, …])
/// ```
///
/// Subscripts, operands and options are those of `einsum!`. The report prints as NumPy's `einsum_path`, with the kernel of each
/// step; its path is what the option `path` reads.
///
/// # Panics
/// If the arrays do not fit the subscripts, as `einsum!` does.
///
/// # Examples
/// ```
/// use ndarray::prelude::*;
/// use ndeinsum::einsum_path;
///
/// let (a, b) = (Array2::<f64>::zeros((10, 200)), Array2::<f64>::zeros((200, 10)));
/// let c = Array2::<f64>::zeros((10, 30));
///
/// let report = einsum_path!("ij,jk,kl->il", a, b, c);
/// assert_eq!(report.path(), [[0, 1], [0, 1]]);
/// assert_eq!(report.flop_count(), 46_000);
/// assert_eq!(report.steps()[0].subscripts, "ij,jk->ik");
///
/// let other = einsum_path!("ij,jk,kl->il", a, b, c; path = [(1, 2), (0, 1)]);
/// assert!(other.flop_count() > 5 * report.flop_count());
/// ```
///
/// Printed with `println!("{report}")`, the first one is
///
/// ```text
///  Complete contraction:  ij,jk,kl->il
///      Contraction path:  [(0, 1), (0, 1)]
///         Naive scaling:  4
///     Optimised scaling:  3
///      Naive FLOP count:  1.800e+06
///  Optimised FLOP count:  46000
///  Theoretical speed-up:  39.130
///  Largest intermediate:  300 elements
/// Peak temporary memory:  800 bytes
/// -------------------------------------------------------------------
/// step  operands  subscripts  kernel          FLOPs  bytes  remaining
/// -------------------------------------------------------------------
///    1  0, 1      ij,jk->ik   matrix product  40000    800  kl,ik->il
///    2  t1, 2     ik,kl->il   matrix product   6000   2400  il->il
/// ```
#[macro_export]
macro_rules! einsum_path {
    ($($call:tt)*) => { $crate::__private::einsum_path_impl!($crate, $($call)*) };
}

/// A view with permuted axes and diagonals, without a copy.
///
/// One operand, and every index of its term is in the output. The view reads; with `&mut a` as the operand it writes as well.
/// It lives as long as the borrow of the array, also where the operand is a variable that holds a reference or a view.
///
/// # Panics
/// If the axes of a diagonal have different extents, or the rank of an array of dynamic rank does not fit.
///
/// # Examples
/// ```
/// use ndarray::prelude::*;
/// use ndeinsum::einsum_view;
///
/// let mut a = Array3::<i32>::zeros((2, 3, 2));
/// einsum_view!("iji->ij", &mut a).fill(7);
/// assert_eq!(a.index_axis(Axis(1), 0), array![[7, 0], [0, 7]]);
/// assert_eq!(einsum_view!("ijk->kji", a).shape(), [2, 3, 2]);
///
/// fn diagonal(a: &Array2<f64>) -> ArrayView1<'_, f64> {
///     einsum_view!("ii->i", a)
/// }
/// assert_eq!(diagonal(&array![[1., 2.], [3., 4.]]), array![1., 4.]);
/// ```
#[macro_export]
macro_rules! einsum_view {
    ($($call:tt)*) => { $crate::__private::einsum_view_impl!($crate, $($call)*) };
}

/// For the macros alone; may change in any version.
#[doc(hidden)]
pub mod __private {
    pub use einsum_macro::{einsum_impl, einsum_path_impl, einsum_view_impl, try_einsum_impl};
    pub use einsum_runtime::{
        error::fail,
        explain::{Order, explain},
        extents::*,
        fresh::*,
        operand as bind,
        rank::Rest,
        strided::cursor::*,
    };
    pub use einsum_runtime::{
        kernel::{Assignment, Loops, Part, contract, fresh, rest_size, size, total},
        many, ndarray,
        strided::view::MergeAxes,
    };
}
