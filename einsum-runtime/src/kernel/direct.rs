//! The contraction of small arrays of real numbers, where packing does not pay: `output[m, n] = Σ_k left[m, k] · right[n, k]`
//! with the unit strides of the output and of `right` along `n`.
//!
//! Loop order: blocks of `k` and of `m`, then tiles of `n`, tiles of `m`, and `k` inside. Both arrays are read where they lie, the offsets
//! of rows and summed positions looked up in tables on the stack.

use super::{
    dims::{Dim, Step},
    element::{Element, Store},
    packed::{DEPTH, even_part},
    scratch::Table,
    simd::{Kernel, Simd, Vector},
    tile::{self, Position, VECTORS},
};

/// Rows of a block: their table is 1 KiB.
const BLOCK_ROWS: usize = 64;

/// A step of real numbers that [`Step::for_packing`] has arranged, and its arrays.
#[derive(Clone, Copy)]
pub(crate) struct Direct<'s, T> {
    pub(crate) step: &'s Step,
    pub(crate) store: Store<T>,
    pub(crate) output: *mut T,
    pub(crate) left: *const T,
    pub(crate) right: *const T,
}

/// Where a row is in the left array and in the output.
#[derive(Clone, Copy, Default)]
struct Row {
    left: isize,
    output: isize,
}

impl Row {
    #[inline(always)]
    fn of(dim: Dim) -> Row {
        Row { left: dim.left, output: dim.output }
    }
}

impl<T: Element> Direct<'_, T> {
    /// Whether the strides are such, and the runs of columns not too short for vectors.
    pub(crate) fn fits(step: &Step) -> bool {
        let run =
            step.columns.last().filter(|dim| dim.right == 1 && dim.output == 1).map_or(0, |dim| dim.extent);
        // Longer vectors than of 32 bytes mask what is too much of them.
        let lanes = 32 / size_of::<T>();
        T::HAS_IN_PLACE
            && run > 0
            && (run == step.columns.size() || 4 * run >= 3 * run.next_multiple_of(lanes))
    }
}

impl<T: Element> Kernel for Direct<'_, T> {
    type Output = ();
    type Reach = T::InPlace;

    /// # Safety
    /// - All positions of the step are elements of the arrays that `left`, `right` and `output` point to the first elements of;
    /// - nothing else reads or writes the elements of the output meanwhile;
    /// - [`Direct::fits`].
    #[inline(always)]
    unsafe fn run<S: Simd>(self) {
        let step = self.step;
        let depth = even_part(step.contracted.size(), DEPTH);
        let mut positions = Table::<Position, DEPTH>::new();
        let mut rows = Table::<Row, BLOCK_ROWS>::new();
        for first in (0..step.contracted.size()).step_by(depth) {
            let count = depth.min(step.contracted.size() - first);
            let positions = positions.fill(step.contracted.offsets(first, count).map(Position::of));
            let store = if first == 0 { self.store } else { self.store.after_first() };
            for first in (0..step.rows.size()).step_by(BLOCK_ROWS) {
                let count = BLOCK_ROWS.min(step.rows.size() - first);
                let rows = rows.fill(step.rows.offsets(first, count).map(Row::of));
                // SAFETY: the caller's promise, for some rows and positions.
                unsafe { Direct { store, ..self }.block::<S>(positions, rows) };
            }
        }
    }
}

/// Where some tiles begin in the arrays.
#[derive(Clone, Copy)]
struct Tiles<T> {
    store: Store<T>,
    output: *mut T,
    left: *const T,
    right: *const T,
}

impl<T: Element> Direct<'_, T> {
    /// Some rows and summed positions, for all columns and the whole batch.
    ///
    /// # Safety
    /// As `run`; the tables are offsets of the step.
    #[inline(always)]
    unsafe fn block<S: Simd>(self, positions: &[Position], rows: &[Row]) {
        let (outer, inner) = self.step.columns.split_last();
        for batch in self.step.batch.all_offsets() {
            for columns in outer.all_offsets() {
                let at = Tiles {
                    store: self.store,
                    output: self.output.wrapping_offset(batch.output + columns.output),
                    left: self.left.wrapping_offset(batch.left),
                    right: self.right.wrapping_offset(batch.right + columns.right),
                };
                // SAFETY: the caller's promise, for one run of columns.
                unsafe { at.run_of_columns::<S>(positions, rows, inner.extent) };
            }
        }
    }
}

impl<T: Element> Tiles<T> {
    /// All `count` columns, which are neighbours.
    ///
    /// # Safety
    /// - For each row, summed position and column, the elements of the arrays may be read, and that of the output is used by nothing
    ///   else meanwhile.
    #[inline(always)]
    unsafe fn run_of_columns<S: Simd>(self, positions: &[Position], rows: &[Row], count: usize) {
        let width = VECTORS * T::Vector::<S>::LANES;
        for n in (0..count).step_by(width) {
            let at = Tiles { output: self.output.wrapping_add(n), right: self.right.wrapping_add(n), ..self };
            // SAFETY: `count - n` neighbours are left of the run.
            unsafe { at.columns::<S>(positions, rows, count - n) };
        }
    }

    /// # Safety
    /// As `run_of_columns`, for the `count` neighbours from here on, of which a tile's are computed.
    #[inline(always)]
    unsafe fn columns<S: Simd>(self, positions: &[Position], rows: &[Row], count: usize) {
        let lanes = T::Vector::<S>::LANES;
        let mut rows = rows;
        while !rows.is_empty() {
            // Tiles of six, and what is left without one of a single row where that can be.
            let height = match rows.len() {
                7 | 8 => 4,
                5 => 3,
                few => few.min(6),
            };
            let (these, rest) = rows.split_at(height);
            if count >= 2 * lanes {
                // SAFETY: `count` neighbours are two vectors, or more.
                unsafe { self.tiles::<S, 2, false>(positions, these, lanes) };
            } else if count > lanes {
                // SAFETY: `count` neighbours are a vector and a part of one.
                unsafe { self.tiles::<S, 2, true>(positions, these, count - lanes) };
            } else {
                // SAFETY: `count` neighbours are a part of a vector.
                unsafe { self.tiles::<S, 1, true>(positions, these, count) };
            }
            rows = rest;
        }
    }

    /// # Safety
    /// As `columns`, for `C` vectors, the last of them of `last` numbers if `PART`.
    #[inline(always)]
    unsafe fn tiles<S: Simd, const C: usize, const PART: bool>(
        self,
        positions: &[Position],
        rows: &[Row],
        last: usize,
    ) {
        match rows.len() {
            // SAFETY: the caller's promise.
            1 => unsafe { self.tile::<S, 1, C, PART>(positions, rows, last) },
            // SAFETY: as above.
            2 => unsafe { self.tile::<S, 2, C, PART>(positions, rows, last) },
            // SAFETY: as above.
            3 => unsafe { self.tile::<S, 3, C, PART>(positions, rows, last) },
            // SAFETY: as above.
            4 => unsafe { self.tile::<S, 4, C, PART>(positions, rows, last) },
            // SAFETY: as above.
            _ => unsafe { self.tile::<S, 6, C, PART>(positions, rows, last) },
        }
    }

    /// # Safety
    /// As `tiles`; there are `R` rows.
    #[inline(always)]
    unsafe fn tile<S: Simd, const R: usize, const C: usize, const PART: bool>(
        self,
        positions: &[Position],
        rows: &[Row],
        last: usize,
    ) {
        let lanes = T::Vector::<S>::LANES;
        let mut starts = [self.left; R];
        for (start, row) in starts.iter_mut().zip(rows) {
            *start = self.left.wrapping_offset(row.left);
        }
        // SAFETY: the caller's promise.
        let sums =
            unsafe { tile::in_place::<T::Vector<S>, R, C, PART>(positions, &starts, self.right, last) };
        for (row, sums) in rows.iter().zip(sums) {
            let output = self.output.wrapping_offset(row.output);
            for (c, sum) in sums.into_iter().enumerate() {
                let place = output.wrapping_add(c * lanes);
                if PART && c + 1 == C {
                    // SAFETY: `last` neighbours of this row.
                    unsafe { self.store.part(place, sum, last) };
                } else {
                    // SAFETY: a vector of neighbours of this row.
                    unsafe { self.store.vector(place, sum) };
                }
            }
        }
    }
}
