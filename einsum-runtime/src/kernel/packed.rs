//! The packed contraction: `output[m, n] = Σ_k left[m, k] · right[n, k]`, where each of `m`, `n` and `k` may be several axes.
//!
//! The five loops around a register tile of Goto and van de Geijn ("Anatomy of high-performance matrix multiplication",
//! 2008), with the block-scatter addressing of Matthews ("High-performance tensor contraction without transposition",
//! 2018): the address of an element is a sum of two offsets, looked up in short tables that are made per block. So an operand
//! with any number of axes and any strides is packed from where it lies, no transposed copy of it ever exists, and
//! the memory beside the arrays is one block of each operand.

use super::{
    dims::{Dim, Group, Step},
    tile::{Isa, MOST_COLUMNS, ROWS, Real},
};
use alloc::vec::Vec;

/// Rows of a block of the left array: with `DEPTH` 144 · 256 · 8 bytes are 288 KiB, half of the second-level cache.
const BLOCK_ROWS: usize = 24 * ROWS;
/// Summed positions of a block: a panel of six rows, 12 KiB of f64, stays in the first-level cache with one of columns.
const DEPTH: usize = 256;
/// Columns of a block of the right array: 2 MiB of f64, a part of the third-level cache.
const BLOCK_COLUMNS: usize = 1024;

/// What happens to an element of the output: `element = factor · sum`, or `element += factor · sum`.
#[derive(Clone, Copy)]
pub(crate) struct Store<T> {
    pub(crate) replace: bool,
    pub(crate) factor: T,
}

/// Runs a step that [`Step::for_packing`] has arranged.
///
/// # Safety
/// - All positions of the step are elements of the arrays that `left`, `right` and `output` point to the first elements of;
/// - nothing else reads or writes the elements of the output meanwhile.
pub(crate) unsafe fn run<T: Real>(
    isa: Isa,
    step: &Step,
    store: Store<T>,
    output: *mut T,
    left: *const T,
    right: *const T,
) {
    let mut blocks = Blocks::new(step);
    step.batch.offsets(0, step.batch.size(), |at| {
        // Wrapping, since the compiler cannot know what the caller promises: these are elements.
        let (output, left, right) = (
            output.wrapping_offset(at.output),
            left.wrapping_offset(at.left),
            right.wrapping_offset(at.right),
        );
        // SAFETY: the caller's promise, for one position of the batch.
        unsafe { blocks.contract(isa, step, store, output, left, right) };
    });
}

/// The memory of one contraction.
struct Blocks<T> {
    /// A block of the left array: panels of `ROWS` rows, each ordered by the summed position first.
    left: Vec<T>,
    /// A block of the right array: panels of `COLUMNS` columns, likewise.
    right: Vec<T>,
    rows: Vec<Dim>,
    columns: Vec<Dim>,
    contracted: Vec<Dim>,
}

impl<T: Real> Blocks<T> {
    fn new(step: &Step) -> Blocks<T> {
        let depth = step.contracted.size().min(DEPTH);
        let rows = step.rows.size().min(BLOCK_ROWS).next_multiple_of(ROWS);
        let columns = step.columns.size().min(BLOCK_COLUMNS).next_multiple_of(T::COLUMNS);
        Blocks {
            left: Vec::with_capacity(rows * depth),
            right: Vec::with_capacity(columns * depth),
            rows: Vec::with_capacity(rows),
            columns: Vec::with_capacity(columns),
            contracted: Vec::with_capacity(depth),
        }
    }

    /// # Safety
    /// As [`run`], for one position of the batch.
    unsafe fn contract(
        &mut self,
        isa: Isa,
        step: &Step,
        store: Store<T>,
        output: *mut T,
        left: *const T,
        right: *const T,
    ) {
        for first_column in (0..step.columns.size()).step_by(BLOCK_COLUMNS) {
            table(&step.columns, first_column, BLOCK_COLUMNS, &mut self.columns);
            for first in (0..step.contracted.size()).step_by(DEPTH) {
                table(&step.contracted, first, DEPTH, &mut self.contracted);
                let (columns, contracted) = (&self.columns, &self.contracted);
                // SAFETY: each sum of a column's and a summed position's offset is an element of the right array.
                unsafe { pack(right, columns, contracted, |dim| dim.right, T::COLUMNS, &mut self.right) };
                // The first block of the sum does to the output what was asked for; the others add to it.
                let store = Store { replace: store.replace && first == 0, ..store };
                for first_row in (0..step.rows.size()).step_by(BLOCK_ROWS) {
                    table(&step.rows, first_row, BLOCK_ROWS, &mut self.rows);
                    let (rows, contracted) = (&self.rows, &self.contracted);
                    // SAFETY: each sum of a row's and a summed position's offset is an element of the left array.
                    unsafe { pack(left, rows, contracted, |dim| dim.left, ROWS, &mut self.left) };
                    // SAFETY: each sum of a row's and a column's offset is an element of the output.
                    unsafe { self.multiply(isa, store, output) };
                }
            }
        }
    }

    /// Multiplies the packed blocks, tile by tile.
    ///
    /// # Safety
    /// - For each row and column of the tables, the sum of their offsets is an element of the array behind `output`, which
    ///   nothing else uses meanwhile.
    unsafe fn multiply(&self, isa: Isa, store: Store<T>, output: *mut T) {
        let depth = self.contracted.len();
        let mut tile = [T::default(); ROWS * MOST_COLUMNS];
        for (columns, b) in self.columns.chunks(T::COLUMNS).zip(self.right.chunks_exact(depth * T::COLUMNS)) {
            let neighbours = columns.windows(2).all(|pair| pair[1].output - pair[0].output == 1);
            for (rows, a) in self.rows.chunks(ROWS).zip(self.left.chunks_exact(depth * ROWS)) {
                // SAFETY: the chunks have these lengths, the tile has room for the largest, and `isa` was detected.
                unsafe { T::tile(isa, depth, a.as_ptr(), b.as_ptr(), tile.as_mut_ptr()) };
                for (row, sums) in rows.iter().zip(tile.chunks_exact(T::COLUMNS)) {
                    let row = output.wrapping_offset(row.output);
                    if neighbours {
                        // SAFETY: the caller's promise, and the columns are neighbours in memory.
                        unsafe {
                            write_run(store, row.wrapping_offset(columns[0].output), columns.len(), sums)
                        };
                    } else {
                        // SAFETY: the caller's promise.
                        unsafe { write_scattered(store, row, columns, sums) };
                    }
                }
            }
        }
    }
}

/// # Safety
/// - `start` and the next `count` elements are places of the output that nothing else uses meanwhile.
#[inline(always)]
unsafe fn write_run<T: Real>(store: Store<T>, start: *mut T, count: usize, sums: &[T]) {
    // SAFETY: the caller's promise.
    let places = unsafe { core::slice::from_raw_parts_mut(start, count) };
    for (place, &sum) in places.iter_mut().zip(sums) {
        *place = if store.replace { store.factor * sum } else { *place + store.factor * sum };
    }
}

/// # Safety
/// - `row` plus the offset of each column is a place of the output that nothing else uses meanwhile.
#[inline(always)]
unsafe fn write_scattered<T: Real>(store: Store<T>, row: *mut T, columns: &[Dim], sums: &[T]) {
    for (column, &sum) in columns.iter().zip(sums) {
        // SAFETY: the caller's promise.
        let place = unsafe { &mut *row.wrapping_offset(column.output) };
        *place = if store.replace { store.factor * sum } else { *place + store.factor * sum };
    }
}

// The offsets of up to `most` positions from `first` on.
fn table(group: &Group, first: usize, most: usize, into: &mut Vec<Dim>) {
    into.clear();
    group.offsets(first, (group.size() - first).min(most), |at| into.push(at));
}

/// Copies a block into panels of `width` lines: `panel[p, line] = from[line, p]`, with zeros for the lines that the last one lacks.
///
/// # Safety
/// - Each sum of a line's and a summed position's offset is an element of the array behind `from`.
#[inline(always)]
unsafe fn pack<T: Real>(
    from: *const T,
    lines: &[Dim],
    contracted: &[Dim],
    offset: impl Fn(&Dim) -> isize,
    width: usize,
    into: &mut Vec<T>,
) {
    into.clear();
    into.resize(lines.len().next_multiple_of(width) * contracted.len(), T::default());
    for (lines, panel) in lines.chunks(width).zip(into.chunks_exact_mut(width * contracted.len())) {
        for (n, line) in lines.iter().enumerate() {
            let line = from.wrapping_offset(offset(line));
            for (p, place) in contracted.iter().zip(panel[n..].iter_mut().step_by(width)) {
                // SAFETY: the caller's promise.
                *place = unsafe { *line.wrapping_offset(offset(p)) };
            }
        }
    }
}
