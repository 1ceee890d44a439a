#![doc = include_str!("../README.md")]
#![no_std]
#![forbid(unsafe_code)]

// Documentation only.
#[cfg(any(doc, doctest))]
pub mod guide;

pub use einsum_runtime::explain::{
    ContractionReport, GradientOperand, GradientReport, GradientStep, ReportStep, StepClass, StepKernel,
    StepOperand, StepResult,
};
pub use einsum_runtime::{
    AffineSummand, ArrayRole, EinsumError, EinsumErrorKind, Place, sliding_windows, try_sliding_windows,
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
/// An **affine axis**, a sum between parentheses such as `(2x+3i)`, is one axis of an operand, read at position `2·x + 3·i`: a
/// convolution with stride 2 and dilation 3 needs no windows of its own. The labels of a sum are indices like any other. An index
/// has its extent from its plain axes (also if it is 1 on all of them: nothing in a sum is broadcast), from the array that is
/// assigned to, or from the call, `einsum!("(2x+i)->x", a; i = 2)`. One index of a sum may have none: it gets the largest
/// with which all its sums stay inside their axes, here `(extent - 1 - (i's extent - 1)) / 2 + 1`, at least one. Coefficients are
/// positive integers, the output has no sums, and a lone `(x)` is written `x`.
///
/// An **operand** is any expression whose value is an `ndarray` array, or a reference to one of any depth. It is borrowed,
/// never moved, and evaluated once, after the place and the scale and from left to right.
///
/// The operand **`conj(a)`** is `a` with its elements conjugated, where these are complex (`num_complex::Complex` of floats or signed
/// integers), and `a` itself otherwise: `einsum!("ij,kj->ik", a, conj(b))` is the product with the adjoint of `b`. The notation is that
/// of mathematics, and an expression of Rust, so that `rustfmt` lays it out. (It is read by the macro; a function of one's own of that
/// name is called as `self::conj(a)`.) Nothing is copied: elements are conjugated where they are read, or the result where it is written. (Of complex
/// floats, some kernels read a conjugated operand through a buffer of up to 32 KiB.)
///
/// The **place** is an array or a mutable view that is written, or a reference to one; any strides. It must have the extents of
/// the result, but operands of extent 1 are broadcast into it.
///
/// **Three operands and more** are multiplied in several steps, in the order that takes the fewest operations for the actual extents, and that a
/// call remembers for shapes that it has met. Of elements other than floats, complex numbers and primitive integers nobody knows whether their
/// multiplication commutes: their products have the operands in the order of the call. [`einsum_path!`] shows the steps.
///
/// The **options**: one that is named by a label, `i = 3`, gives the extent of an index that occurs in affine axes only. `path = [(1, 2), (0, 1)]`
/// fixes the order of the steps: each takes operands by their positions in the list of what is left, and its result goes to the end of the
/// list, as in NumPy; one that takes operands apart which are not neighbours relies on a multiplication that commutes.
/// `memory_limit = n` is the most elements, a `usize`, that an intermediate may have; where no order of the steps keeps to it, all that is left
/// is done in one step without intermediates.
///
/// The value is an `Array<T, IxN>` in standard layout, with a static rank where the operands' ranks are static (`ArrayD`
/// beyond six), or a plain `T` when the output has no label. With a place it is `()`.
///
/// **The same input gives the same bits**, in every run, on any number of threads, and wherever in memory the arrays lie: what is added to what follows
/// from the extents and strides alone. Limits: another layout of an operand, another instruction set (that is, another machine, or another build of the
/// program) and another version of this crate may add in another order, so that the last bits of floats differ; and elements whose `+` and `*` are not
/// functions of their values alone are on their own. The same holds for the other macros.
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
///
/// // Differences of neighbours, and of every second pair of elements that are two apart.
/// let signal = array![0, 1, 4, 9, 16, 25, 36];
/// assert_eq!(einsum!("(x+i),i->x", signal, array![-1, 1]), array![1, 3, 5, 7, 9, 11]);
/// assert_eq!(einsum!("(2x+2i),i->x", signal, array![-1, 1]), array![4, 12, 20]);
/// ```
#[macro_export]
macro_rules! einsum {
    ($($call:tt)*) => { $crate::__private::einsum_impl!($crate, $($call)*) };
}

/// As [`einsum!`], with an error instead of a panic: a `Result<_, EinsumError>`.
///
/// # Errors
/// If the arrays do not fit the subscripts: an index has two extents, a sum leaves its axis, an array of dynamic rank has the wrong number of axes, or
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

/// A view with permuted axes, diagonals and windows, without a copy.
///
/// One operand, and every index of its term is in the output. The view reads; with `&mut a` as the operand it writes as well.
/// An affine axis becomes one axis for each of its labels; a view that writes must not have an element twice.
/// It lives as long as the borrow of the array, also where the operand is a variable that holds a reference or a view.
///
/// # Panics
/// If the axes of a diagonal have different extents, if a sum leaves its axis, if windows that are to be written overlap, or if the
/// rank of an array of dynamic rank does not fit.
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
/// assert_eq!(einsum_view!("i(x+j)k->xijk", a; j = 2).shape(), [2, 2, 2, 2]);
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

/// The gradients of a contraction: what its result's gradient, the *cotangent*, makes of each operand.
///
/// ```text
/// einsum_vjp!([scale *] "subscripts", operand, …; cotangent [, wrt = [0, 2]] [, option = value, …])
/// ```
///
/// The call is that of [`einsum!`], and behind the `;` stands the cotangent: the gradient of some number, usually a loss, with respect
/// to the result, in the result's shape (a plain number where the output has no label). The value is a tuple of the number's
/// gradients with respect to the operands, each a new array of its operand's shape. With a scale, its gradient stands first, as the
/// scale does. A single gradient is no tuple.
///
/// The option **`wrt = [0, 2]`** lists what is wanted, by the positions of the operands and `scale`, in the order of the tuple; nothing is
/// computed for what is not listed.
///
/// An index that the operand alone has was summed over: the gradient is repeated along it. An axis of extent 1 that was broadcast
/// has the sum, and a label twice in a term a gradient on the diagonal, with zeros beside. Windows of an affine axis add up
/// where they overlap.
///
/// Each gradient is linear in the cotangent, and an einsum like any other; so the gradient of a gradient is another call.
///
/// The gradients of **three operands and more** share their intermediates: for operands of like sizes they take twice the operations of the
/// contraction itself, and those of its steps but the last once more, since their results are needed and not there. They are made in the order that
/// takes the fewest operations, and this is remembered, as in `einsum!`; [`einsum_vjp_path!`] shows it. (Where an operand has affine axes, or the
/// multiplication of the elements is not known to commute, each gradient is computed on its own.)
///
/// For **complex numbers** every factor is conjugated but the cotangent, as in PyTorch: for a real loss `L` of `z = x + iy` the
/// gradient is `∂L/∂x + i ∂L/∂y`, and a step against it is the steepest way down. These are `num_complex::Complex` of floats and
/// signed integers; other types have no conjugate here.
///
/// # Panics
/// If the arrays do not fit the subscripts, or the cotangent has another shape than the result.
///
/// # Examples
/// ```
/// use ndarray::prelude::*;
/// use ndeinsum::{einsum, einsum_vjp};
///
/// let (a, b) = (array![[1., 2.], [3., 4.]], array![[5., 6., 7.], [8., 9., 10.]]);
/// let dc = array![[1., 0., 0.], [0., 0., 1.]];
/// let (da, db) = einsum_vjp!("ij,jk->ik", a, b; dc);
/// assert_eq!(da, einsum!("ik,jk->ij", dc, b));
/// assert_eq!(db, array![[1., 0., 3.], [2., 0., 4.]]);
///
/// // A convolution: the kernel's gradient alone.
/// let (signal, kernel) = (array![1., 2., 4., 8.], array![1., -1.]);
/// let d_kernel = einsum_vjp!("(x+i),i->x", signal, kernel; array![1., 1., 1.], wrt = [1]);
/// assert_eq!(d_kernel, array![7., 14.]);
/// ```
#[macro_export]
macro_rules! einsum_vjp {
    ($($call:tt)*) => { $crate::__private::einsum_vjp_impl!($crate, $($call)*) };
}

/// What [`einsum_vjp!`] would do with these operands, and what it would cost: a [`GradientReport`]. Nothing is computed.
///
/// ```text
/// einsum_vjp_path!([scale *] "subscripts", operand, … [; [cotangent] [, wrt = [0, 2]] [, option = value, …]])
/// ```
///
/// The call is that of `einsum_vjp!`, but the cotangent, whose shape is that of the result, may be left out.
///
/// # Panics
/// If the arrays do not fit the subscripts, as `einsum_vjp!` does.
///
/// # Examples
/// ```
/// use ndarray::prelude::*;
/// use ndeinsum::{StepResult, einsum_vjp_path};
///
/// let (a, b) = (Array2::<f64>::zeros((10, 20)), Array2::<f64>::zeros((20, 30)));
/// let report = einsum_vjp_path!("ij,jk->ik", a, b);
/// assert_eq!(report.gradients()[0], (StepResult::OfOperand(0), "ik,jk->ij".to_string()));
/// assert_eq!(report.gradients()[1], (StepResult::OfOperand(1), "ij,ik->jk".to_string()));
/// assert_eq!(report.ratio(), 2.0);
///
/// let c = Array2::<f64>::zeros((30, 5));
/// println!("{}", einsum_vjp_path!("ij,jk,kl->il", a, b, c));
/// ```
///
/// The last line prints
///
/// ```text
///  Complete contraction:  ij,jk,kl->il
/// Gradient of operand 0:  il,jk,kl->ij
/// Gradient of operand 1:  ij,il,kl->jk
/// Gradient of operand 2:  ij,jk,il->kl
///    Forward FLOP count:  8000
///   Backward FLOP count:  22000
///   Backward by forward:  2.750
///  Largest intermediate:  100 elements
/// Peak temporary memory:  800 bytes
/// ----------------------------------------------------------------
/// step  operands  subscripts  kernel          FLOPs  bytes  result
/// ----------------------------------------------------------------
///    1  1, 2      jk,kl->jl   matrix product   6000    800  t1
///    2  g, t1     il,jl->ij   matrix product   2000   1600  d0
///    3  g, 0      il,ij->lj   matrix product   2000    800  t3
///    4  t3, 2     lj,kl->jk   matrix product   6000   4800  d1
///    5  t3, 1     lj,jk->kl   matrix product   6000   1200  d2
/// ```
///
/// where `g` is the cotangent, `t1` the result of the first step, and `d0` the gradient of operand 0. That of operand 1 reads the results of
/// steps that others read as well.
#[macro_export]
macro_rules! einsum_vjp_path {
    ($($call:tt)*) => { $crate::__private::einsum_vjp_path_impl!($crate, $($call)*) };
}

/// For the macros alone; may change in any version.
#[doc(hidden)]
pub mod __private {
    pub use einsum_macro::{
        einsum_impl, einsum_path_impl, einsum_view_impl, einsum_vjp_impl, einsum_vjp_path_impl,
        try_einsum_impl,
    };
    pub use einsum_runtime::{
        affine::*,
        error::fail,
        explain::{Order, explain, explain_gradients},
        extents::*,
        fresh::*,
        operand as bind,
        rank::Rest,
        strided::cursor::*,
    };
    pub use einsum_runtime::{
        correlation,
        kernel::{Assignment, Conjugated, Loops, Part, contract, fresh, rest_size, size, total},
        many, ndarray,
        strided::{affine::windowed, view::MergeAxes},
        vjp,
    };
}
