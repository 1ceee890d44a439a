//! `output[i…] ← factor · left[i…] · right[i…]`, or without `right`: every position of the loops once. By the strides this is the
//! Hadamard product, the outer product, a scaled copy, a transpose, a permutation, a broadcast or a diagonal.
//!
//! Two of the loops make a plane: the *row*, where the output has its shortest stride, and the *column*, where an operand has its
//! shortest one if that is elsewhere, and otherwise the next longer one of the output. Loop order, outermost first:
//!
//! ```text
//! the other loops, long strides of the output outside
//!   blocks of the row, blocks of the column        one block each if nothing has to be gathered
//!     one of the other loops, if row or column are shorter than a cache line
//!       the block: column, row
//! ```
//!
//! Inside a block everything is rows of neighbours: an operand that has no unit (or zero) stride along the row is first gathered into
//! a buffer, a transpose of the block ([`transpose`](super::transpose)), and an output without one is computed in a buffer and
//! scattered. Large outputs that are only written go past the caches: long rows of floats and copies at once, others from a buffer, in
//! whole lines.
//!
//! An element has the same roundings wherever it stands: one product, the factor times that, then the addition; nothing is fused.
//! So loops that are cut at any place, for threads, give the same bits.

mod job;
mod rows;
#[cfg(all(test, feature = "std"))]
mod tests;

use super::{
    Assignment,
    dims::{Dim, Group},
    element::{Element, Store},
    simd::{self, Isa},
};
use job::Job;
use rows::{Panel, Rows};

/// Runs the loops.
///
/// # Safety
/// - For every position of the loops, the element of the output and those of the operands are valid; those of the output are
///   distinct, and nothing else uses them meanwhile, the operands included;
/// - with any assignment but [`Assignment::Set`], the elements of the output are initialised.
pub(crate) unsafe fn run<T: Element>(
    isa: Isa,
    loops: &Group,
    store: Store<T>,
    output: *mut T,
    left: *const T,
    right: Option<*const T>,
) {
    // All but the arithmetic works on bits, and is compiled for sizes, not for types.
    match size_of::<T>() {
        // SAFETY: the caller's promises.
        1 => unsafe { run_bits::<T, u8>(isa, loops, store, output, left, right) },
        // SAFETY: as above.
        2 => unsafe { run_bits::<T, u16>(isa, loops, store, output, left, right) },
        // SAFETY: as above.
        4 => unsafe { run_bits::<T, u32>(isa, loops, store, output, left, right) },
        // SAFETY: as above.
        8 => unsafe { run_bits::<T, u64>(isa, loops, store, output, left, right) },
        // SAFETY: as above.
        16 => unsafe { run_bits::<T, [u64; 2]>(isa, loops, store, output, left, right) },
        _ => unreachable!("no element has this size"),
    }
}

/// # Safety
/// - As for [`run`]; `B` has the size of `T`, whatever its alignment.
#[inline]
unsafe fn run_bits<T: Element, B: Copy>(
    isa: Isa,
    loops: &Group,
    store: Store<T>,
    output: *mut T,
    left: *const T,
    right: Option<*const T>,
) {
    let arrays = Arrays::<B> { output: output.cast(), left: left.cast(), right: right.map(<*const T>::cast) };
    let sets = store.assignment == Assignment::Set && store.factor.is_none();
    let task = Task { isa, compute: &store, assignment: store.assignment, sets };
    // SAFETY: the caller's promises.
    unsafe { run_task(task, loops, arrays) }
}

/// What is to be done with a product, for elements with the bits `B`.
#[derive(Clone, Copy)]
struct Task<'s, B> {
    isa: Isa,
    compute: &'s dyn Compute<B>,
    assignment: Assignment,
    /// The product is assigned as it is.
    sets: bool,
}

/// The arithmetic.
trait Compute<B> {
    /// Computes rows; without `stores` the product is set, as it is.
    ///
    /// # Safety
    /// - Those of [`Panel`], for the elements whose bits are `B`.
    unsafe fn rows(&self, isa: Isa, rows: Rows<B>, stores: bool);
}

impl<T: Element, B> Compute<B> for Store<T> {
    unsafe fn rows(&self, isa: Isa, rows: Rows<B>, stores: bool) {
        // Of another size there is no vtable: `run` has chosen. But the compiler sees all pairs.
        if size_of::<B>() == size_of::<T>() {
            let store = if stores { *self } else { Store { assignment: Assignment::Set, factor: None } };
            // SAFETY: the caller's promise.
            unsafe { isa.run(Panel { rows: rows.cast(), store }) }
        }
    }
}

/// Arithmetic of a copy, which has none.
struct Nothing;

impl<B> Compute<B> for Nothing {
    unsafe fn rows(&self, _: Isa, _: Rows<B>, _: bool) {
        unreachable!("a copy of what moves along rows")
    }
}

/// # Safety
/// - As for [`run`].
unsafe fn run_task<B: Copy>(task: Task<'_, B>, loops: &Group, mut arrays: Arrays<B>) {
    let mut loops = arrays.forwards(loops);
    loops.arrange(|dim| dim.output);
    if arrays.right.is_none() && task.sets {
        // Short rows of a copy are elements of that size; bits are copied at any alignment.
        let bytes = row_bytes::<B>(&loops);
        match bytes {
            // SAFETY: the caller's promises, as the rows are the elements.
            4 if size_of::<B>() < 4 => return unsafe { run_rows_as::<B, u32>(task.isa, &loops, arrays) },
            // SAFETY: as above.
            8 if size_of::<B>() < 8 => return unsafe { run_rows_as::<B, u64>(task.isa, &loops, arrays) },
            16 if size_of::<B>() < 16 => {
                // SAFETY: as above.
                return unsafe { run_rows_as::<B, [u64; 2]>(task.isa, &loops, arrays) };
            }
            _ => {}
        }
    }
    // SAFETY: the caller's promises.
    unsafe { run_arranged(task, &loops, arrays) }
}

// The bytes of a row if all loops around it move by whole rows; else 0.
fn row_bytes<B>(loops: &Group) -> usize {
    let Some((row, outer)) = loops.dims().split_last() else { return 0 };
    let extent = row.extent as isize;
    let by_rows = outer.iter().all(|dim| dim.left != 0 && dim.left % extent == 0 && dim.output % extent == 0);
    if by_rows && (row.output, row.left) == (1, 1) && !outer.is_empty() {
        row.extent * size_of::<B>()
    } else {
        0
    }
}

/// # Safety
/// - The promises of [`run`] for a copy of the rows of these loops, which have the size of `W`.
unsafe fn run_rows_as<B, W: Copy>(isa: Isa, loops: &Group, arrays: Arrays<B>) {
    let (row, outer) = loops.dims().split_last().expect("there is a row");
    let extent = row.extent as isize;
    let mut wide = Group::default();
    for dim in outer {
        let dim = Dim { left: dim.left / extent, output: dim.output / extent, ..*dim };
        wide.push(dim).expect("fewer loops than before, and all of them run");
    }
    let arrays = Arrays::<W> { output: arrays.output.cast(), left: arrays.left.cast(), right: None };
    let task = Task { isa, compute: &Nothing, assignment: Assignment::Set, sets: true };
    // SAFETY: the caller's promises; a copy without a loop that stands still moves bytes only.
    unsafe { run_arranged(task, &wide, arrays) }
}

/// # Safety
/// - As for [`run`], the loops having been arranged, and all strides of the output being positive.
unsafe fn run_arranged<B: Copy>(task: Task<'_, B>, loops: &Group, arrays: Arrays<B>) {
    let job = Job::new(task, loops, arrays);
    if job.is_direct() {
        // SAFETY: the caller's promises, and nothing has to go through a buffer.
        unsafe { job.direct() }
    } else {
        // SAFETY: the caller's promises.
        unsafe { job.buffered() }
    }
    if job.streams {
        simd::fence();
    }
}

/// The bytes of a cache line.
const LINE: usize = 64;

/// The first elements.
#[derive(Clone, Copy)]
struct Arrays<B> {
    output: *mut B,
    left: *const B,
    right: Option<*const B>,
}

impl<B> Arrays<B> {
    // The loops such that all strides of the output are positive.
    fn forwards(&mut self, loops: &Group) -> Group {
        let mut forwards = Group::default();
        for &dim in loops.dims() {
            let dim = if self.right.is_some() { dim } else { Dim { right: 0, ..dim } };
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
    fn at(&self, offset: Dim) -> Arrays<B> {
        Arrays {
            output: self.output.wrapping_offset(offset.output),
            left: self.left.wrapping_offset(offset.left),
            right: self.right.map(|right| right.wrapping_offset(offset.right)),
        }
    }
}
