//! Kernels: products of two arrays of floats that are too large for plain loops.
//!
//! - `dims`: the loops of a step as numbers, in three groups, sorted by stride and fused;
//! - `packed`: the blocked contraction of a step with free indices in both operands;
//! - `stationary`: the step with free indices in one of them, such as the convolution of windows;
//! - `tile`: vectors, and the innermost part of the packed contraction, a block of the output in registers, for each instruction set.
//!
//! [`Way::of`] says which pays for the sizes, [`contract`] whether there is one for the elements and strides; where it says no,
//! the generated loops run.

pub(crate) mod dims;
pub(crate) mod packed;
pub(crate) mod stationary;
pub(crate) mod tile;

use crate::strided::cursor::{Cursor, CursorMut, Levels};
use core::any::TypeId;
use dims::{Cursors, Step, Swapped};
use ndarray::Dimension;
use packed::Store;
use tile::{Isa, Real};

/// The part of a loop in a product of two arrays.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// In both operands, and in the output.
    Batch,
    /// In the first operand, and in the output.
    FreeLeft,
    /// In the second operand, and in the output.
    FreeRight,
    /// In both operands, summed over.
    Contracted,
    /// In the first operand, summed over.
    SummedLeft,
    /// In the second operand, summed over.
    SummedRight,
}

/// What happens to an element of the output.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Assignment {
    /// It is replaced.
    Set,
    /// The result is added to it.
    Add,
    /// The result is subtracted from it.
    Subtract,
}

/// What runs a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// The generated loops.
    Loops,
    /// The packed contraction.
    Packed,
    /// Outputs held in registers.
    Stationary,
}

impl Way {
    /// What is fastest for these numbers of rows (free in the first operand), of columns (free in the second) and of summed
    /// positions. Measured: packing pays from about 12³ on, and outputs in registers from about five hundred multiply-adds on.
    #[inline]
    pub fn of(rows: usize, columns: usize, contracted: usize) -> Way {
        let all = size(&[rows, columns, contracted]);
        if rows.min(columns).min(contracted) >= 4 && all >= 12 * 12 * 12 {
            Way::Packed
        } else if rows.min(columns) == 1 && all >= 512 {
            Way::Stationary
        } else {
            Way::Loops
        }
    }
}

/// The number of iterations of nested loops. More than an array can have is as good as `usize::MAX`.
#[inline]
pub fn size(extents: &[usize]) -> usize {
    extents.iter().fold(1, |size: usize, &extent| size.saturating_mul(extent))
}

/// The number of positions of the axes of an ellipsis.
#[inline]
pub fn rest_size<E: Dimension>(rest: &E) -> usize {
    size(rest.slice())
}

/// Contracts two arrays with a kernel if there is one for their elements and strides; else does nothing and says `false`.
///
/// `parts` are the parts that the loops of the cursors play, outermost first.
#[inline]
pub fn contract<T: 'static, O: Levels, L: Levels, R: Levels>(
    way: Way,
    parts: &[Part],
    assignment: Assignment,
    scale: Option<&T>,
    output: &CursorMut<'_, T, O>,
    left: &Cursor<'_, T, L>,
    right: &Cursor<'_, T, R>,
) -> bool {
    let has_kernel = TypeId::of::<T>() == TypeId::of::<f64>() || TypeId::of::<T>() == TypeId::of::<f32>();
    has_kernel && way != Way::Loops && contract_large(way, parts, assignment, scale, (output, left, right))
}

#[inline(never)]
fn contract_large<T: 'static, O: Levels, L: Levels, R: Levels>(
    way: Way,
    parts: &[Part],
    assignment: Assignment,
    scale: Option<&T>,
    cursors: Cursors<'_, '_, T, O, L, R>,
) -> bool {
    let Some(step) = Step::of(parts, cursors) else { return false };
    if way == Way::Stationary && step.rows.size().min(step.columns.size()) > 1 {
        return false;
    }
    let (output, left, right) = cursors;
    let (output, left, right) = (output.as_ptr(), left.as_ptr(), right.as_ptr());
    // SAFETY: the invariant of the cursors says that every position of the step is an element of their arrays, which they
    // borrow until this call is over, that of the output mutably.
    let done = unsafe { contract_as::<f64, T>(way, step, assignment, scale, output, left, right) };
    // SAFETY: likewise.
    done || unsafe { contract_as::<f32, T>(way, step, assignment, scale, output, left, right) }
}

/// Contracts if the elements are `F`s, and the strides are for this way.
///
/// # Safety
/// As [`packed::run`].
unsafe fn contract_as<F: Real, T: 'static>(
    way: Way,
    step: Step,
    assignment: Assignment,
    scale: Option<&T>,
    output: *mut T,
    left: *const T,
    right: *const T,
) -> bool {
    if TypeId::of::<T>() != TypeId::of::<F>() {
        return false;
    }
    // SAFETY: `T` is `F`.
    let scale = scale.map_or(F::ONE, |scale| unsafe { *core::ptr::from_ref(scale).cast::<F>() });
    let store = match assignment {
        Assignment::Set => Store { replace: true, factor: scale },
        Assignment::Add => Store { replace: false, factor: scale },
        Assignment::Subtract => Store { replace: false, factor: -scale },
    };
    let (step, Swapped(swapped)) =
        if way == Way::Packed { step.for_packing() } else { step.without_columns() };
    let (output, left, right) = (output.cast::<F>(), left.cast::<F>(), right.cast::<F>());
    let (left, right) = if swapped { (right, left) } else { (left, right) };
    let isa = Isa::detect();
    if way == Way::Packed {
        // SAFETY: the caller's promise, and `T` is `F`.
        unsafe { packed::run(isa, &step, store, output, left, right) };
        return true;
    }
    // SAFETY: the caller's promise, and `T` is `F`.
    unsafe { stationary::run(isa, &step, store, output, left, right) }
}
