//! `output[i…] ← factor · left[i…] · right[i…]`, or without `right`, the operands conjugated or not: every position of the loops once. By
//! the strides this is the Hadamard product, the outer product, a scaled copy, a transpose, a permutation, a broadcast or a diagonal.
//!
//! Two of the loops make a plane: the *row*, where the output has its shortest stride, and the *column*, where an operand has its
//! shortest one if that is elsewhere, and otherwise the next longer one of the output. Loop order, outermost first:
//!
//! ```text
//! the other loops, long strides of the output outside
//!   blocks of the column, blocks of the row        one block each if nothing has to be gathered
//!     one of the other loops, if row or column are shorter than a cache line
//!       the block: column, row
//! ```
//!
//! Inside a block everything is rows of neighbours: an operand that has no unit (or zero) stride along the row is first gathered into
//! a buffer, a transpose of the block ([`transpose`](super::transpose)), and an output without one is computed in a buffer and
//! scattered. Large outputs that are only written go past the caches, in whole lines: copies of long rows and tiles of lines at once, others
//! from a buffer. Elements that are written a few times in a row have loops of their own ([`repeat`]).
//!
//! An element has the same roundings wherever it stands: one product, the factor times that, then the addition; nothing is fused.
//! So loops that are cut at any place, for threads, give the same bits.

mod bytes;
mod job;
mod repeat;
mod rows;
#[cfg(all(test, feature = "std"))]
mod tests;

use super::{
    Assignment,
    dims::{Dim, Group},
    element::{Element, Store},
    simd::{self, Isa},
    transpose::Copier,
};
use job::Job;
use num_complex::Complex;
use repeat::Repeat;
pub(crate) use rows::InRows;
use rows::{Arithmetic, Rows};

/// Runs the loops; of complex elements, those of an operand may be conjugated.
///
/// # Safety
/// - For every position of the loops, the element of the output and those of the operands are valid; those of the output are
///   distinct, and nothing else uses them meanwhile, the operands included;
/// - with any assignment but [`Assignment::Set`], the elements of the output are initialised.
pub(crate) unsafe fn run<T: Element>(
    isa: Isa,
    (loops, conjugated): (&Group, [bool; 2]),
    store: Store<T>,
    output: *mut T,
    left: *const T,
    right: Option<*const T>,
) {
    let arrays = Arrays { output: output.cast(), left: left.cast(), right: right.map(<*const T>::cast) };
    let factor = store.factor.as_ref().map(|factor| core::ptr::from_ref(factor).cast());
    // All but the arithmetic works on bytes, and is compiled once.
    let task = Task {
        size: size_of::<T>(),
        copier: Copier::new(isa, size_of::<T>()),
        arithmetic: T::arithmetic(isa),
        assignment: store.assignment,
        factor,
        conjugated,
    };
    // SAFETY: the caller's promises; the arithmetic is that of the elements, and `isa` was detected.
    unsafe { task.run(isa, loops, arrays) }
}

/// Copies the conjugates of complex elements, each `size` bytes, from and to places that are so many elements apart. They may stay where they are.
///
/// # Safety
/// - `count` elements may be read, and their places written.
pub(crate) unsafe fn conjugate(
    isa: Isa,
    size: usize,
    (from, from_apart): (*const u8, isize),
    (to, to_apart): (*mut u8, isize),
    count: usize,
) {
    let is_row = from_apart == 1 && to_apart == 1;
    let (rows, len) = if is_row { (1, count) } else { (count, 1) };
    let (output_step, left_step) = (to_apart * size as isize, from_apart * size as isize);
    let (right, right_step, conjugated) = (from, 0, [true, false]);
    let rows =
        Rows { rows, len, output: to, output_step, left: from, left_step, right, right_step, conjugated };
    let is_double = size == size_of::<Complex<f64>>();
    let arithmetic =
        if is_double { Complex::<f64>::arithmetic(isa) } else { Complex::<f32>::arithmetic(isa) };
    // SAFETY: the caller's promise; the arithmetic is that of the elements.
    unsafe { (arithmetic.conjugate)(&rows) }
}

/// A result of so many bytes is not too large for the caches of a core, so that there is nothing to decide.
const SINGLE_ROW: usize = 128 << 10;

/// What is to be done with a product.
struct Task {
    /// The bytes of an element.
    size: usize,
    copier: Copier,
    arithmetic: &'static Arithmetic,
    assignment: Assignment,
    factor: Option<*const u8>,
    conjugated: [bool; 2],
}

impl Task {
    // The stride of neighbours.
    #[inline(always)]
    fn unit(&self) -> isize {
        self.size as isize
    }

    // The product is assigned as it is.
    #[inline(always)]
    fn sets(&self) -> bool {
        self.assignment == Assignment::Set && self.factor.is_none()
    }

    // Elements go from array to array as they are.
    #[inline(always)]
    fn copies(&self, arrays: &Arrays) -> bool {
        arrays.right.is_none() && self.sets() && !self.conjugated[0]
    }

    // The length of the one row that the loops are, in the order in which they are given, if it takes one function only, and stays in the
    // caches: the shortest way for the smallest steps.
    #[inline(always)]
    fn single_row(&self, loops: &Group, arrays: &Arrays) -> Option<usize> {
        let mut len = 1;
        for dim in loops.dims().iter().rev() {
            let is_row = |stride: isize| stride == len as isize;
            if !(is_row(dim.output) && is_row(dim.left) && (is_row(dim.right) || arrays.right.is_none())) {
                return None;
            }
            len *= dim.extent;
        }
        (self.sets() && len * self.size <= SINGLE_ROW).then_some(len)
    }

    /// # Safety
    /// - As for [`run`], with [`Task::single_row`].
    #[inline(always)]
    unsafe fn run_row(&self, len: usize, arrays: &Arrays) {
        let &Arrays { output, left, right } = arrays;
        if self.copies(arrays) {
            // SAFETY: the caller's promises; the arrays are different ones.
            return unsafe { core::ptr::copy_nonoverlapping(left, output, len * self.size) };
        }
        let compute = if right.is_some() { self.arithmetic.multiply } else { self.arithmetic.conjugate };
        let (output_step, left_step, right_step) = (0, 0, 0);
        let (right, conjugated) = (right.unwrap_or(left), self.conjugated);
        let rows = Rows { rows: 1, len, output, output_step, left, left_step, right, right_step, conjugated };
        // SAFETY: as above.
        unsafe { compute(&rows) }
    }

    /// # Safety
    /// - As for [`run`], the task being that of the elements.
    #[inline(never)]
    unsafe fn run(mut self, isa: Isa, loops: &Group, mut arrays: Arrays) {
        if let Some(len) = self.single_row(loops, &arrays) {
            // SAFETY: the caller's promises for one row.
            return unsafe { self.run_row(len, &arrays) };
        }
        let mut loops = arrays.forwards(loops, self.unit());
        loops.arrange(|dim| dim.output);
        if self.copies(&arrays) {
            // Short rows of a copy are elements of that size; bits are copied at any alignment.
            if let Some(bytes) = short_rows(&loops, self.unit()) {
                loops = loops.split_last().0;
                self.size = bytes;
                self.copier = Copier::new(isa, bytes);
            }
        }
        if let Some(repeat) = Repeat::of(&self, &loops, &arrays) {
            // SAFETY: the caller's promises.
            return unsafe { repeat.run(&self, &arrays) };
        }
        let job = Job::new(&self, &loops, arrays);
        // SAFETY: the caller's promises; a copy of whole rows moves bytes only.
        unsafe { job.run() };
        if job.streams {
            simd::fence();
        }
    }

    /// Adds rows, `left`, to those of the output, or subtracts them.
    ///
    /// # Safety
    /// - The assignment is one of these; the rest as for [`Compute`](rows::Compute).
    unsafe fn change(&self, rows: &Rows) {
        let Arithmetic { add, subtract, .. } = *self.arithmetic;
        let change = if self.assignment == Assignment::Add { add } else { subtract };
        // SAFETY: the caller's promise.
        unsafe { change(rows) }
    }
}

// The bytes of a row, if there are others, and they are those of an element.
fn short_rows(loops: &Group, unit: isize) -> Option<usize> {
    let (row, outer) = loops.dims().split_last()?;
    let is_row = (row.output, row.left) == (unit, unit) && !outer.is_empty();
    let bytes = row.extent.saturating_mul(unit as usize);
    (is_row && matches!(bytes, 2 | 4 | 8 | 16)).then_some(bytes)
}

/// The first elements.
#[derive(Clone, Copy)]
struct Arrays {
    output: *mut u8,
    left: *const u8,
    right: Option<*const u8>,
}

impl Arrays {
    // The loops in bytes, such that all strides of the output are positive.
    fn forwards(&mut self, loops: &Group, unit: isize) -> Group {
        let mut forwards = Group::default();
        for &Dim { extent, output, left, right } in loops.dims() {
            let right = if self.right.is_some() { right * unit } else { 0 };
            let dim = Dim { extent, output: output * unit, left: left * unit, right };
            let dim = if dim.output < 0 { self.reversed(dim) } else { dim };
            forwards.push(dim).expect("as many loops as before, and all of them run");
        }
        forwards
    }

    // The same loop from its other end.
    fn reversed(&mut self, dim: Dim) -> Dim {
        let last = dim.extent as isize - 1;
        *self =
            self.at(Dim { output: dim.output * last, left: dim.left * last, right: dim.right * last, ..dim });
        Dim { output: -dim.output, left: -dim.left, right: -dim.right, ..dim }
    }

    #[inline]
    fn at(&self, offset: Dim) -> Arrays {
        Arrays {
            output: self.output.wrapping_offset(offset.output),
            left: self.left.wrapping_offset(offset.left),
            right: self.right.map(|right| right.wrapping_offset(offset.right)),
        }
    }
}
