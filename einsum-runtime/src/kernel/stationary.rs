//! A product of an array with a smaller one that it shares all but its free indices with:
//! `output[m] = Σ_k left[m, k] · right[k]`. Matrix times vector, and the convolution of windows with a kernel.
//!
//! A block of outputs stays in registers over the whole sum, and nothing is copied: overlapping windows are read where they lie.
//! Two forms, by where the left array has its unit stride:
//!
//! - **along `m`** (windows, vector times matrix): loop order `m` outside, blocks of vectors of the last axis of `m`, `k` inside. One
//!   unaligned load for each multiply-add, and one broadcast of `right[k]` for a whole block.
//! - **along `k`** (matrix times vector): four rows `m` at a time, vectors of `k`, which share the loads of `right`.

use super::{
    dims::{Dim, Step},
    packed::Store,
    tile::{Isa, Real, Vector},
};
use alloc::vec::Vec;

/// Vectors of outputs in registers: eight hide the latency of the multiply-adds, and leave room for loads and the broadcast.
const VECTORS: usize = 8;
/// Rows of a matrix that share the loads of the vector.
const ROWS: usize = 4;
/// Summed positions of one pass: their table is 16 KiB at most.
const DEPTH: usize = 1024;
/// The same where each position is a stretch of memory of its own, as for a vector times a matrix: no more of them at a time
/// than the hardware follows, so that each is read from one end to the other.
const STREAMS: usize = 16;

/// One position of the sum: where it is in the left array, and the number to multiply with.
#[derive(Clone, Copy)]
struct Factor<T> {
    offset: isize,
    number: T,
}

/// Rows of the left array, and the sum as runs of `count` neighbours in both arrays.
#[derive(Clone, Copy)]
struct Table<'t> {
    rows: &'t [Dim],
    runs: &'t [Dim],
    count: usize,
}

/// Runs a step without columns, if the strides allow it; else does nothing and says `false`.
///
/// # Safety
/// As [`super::packed::run`].
pub(crate) unsafe fn run<T: Real>(
    isa: Isa,
    step: &Step,
    store: Store<T>,
    output: *mut T,
    left: *const T,
    right: *const T,
) -> bool {
    let along_rows = step.rows.last().is_some_and(|dim| dim.left == 1 && dim.output == 1);
    let along_sum = step.contracted.last().is_some_and(|dim| dim.left == 1 && dim.right == 1);
    let runs = step.contracted.split_last().0.size();
    if !(along_rows || along_sum && runs <= DEPTH) {
        return false;
    }
    step.batch.offsets(0, step.batch.size(), |at| {
        let (output, left, right) = (
            output.wrapping_offset(at.output),
            left.wrapping_offset(at.left),
            right.wrapping_offset(at.right),
        );
        if along_rows {
            // SAFETY: the caller's promise, for one position of the batch, and `isa` was detected.
            unsafe { sweep(isa, step, store, output, left, right) };
        } else {
            // SAFETY: the caller's promise, for one position of the batch, and `isa` was detected.
            unsafe { dot(isa, step, store, output, left, right) };
        }
    });
    true
}

/// All outputs of one position of the batch, in passes over parts of the sum.
///
/// # Safety
/// As [`run`], for one position of the batch; and the CPU has what `isa` says.
unsafe fn sweep<T: Real>(
    isa: Isa,
    step: &Step,
    store: Store<T>,
    output: *mut T,
    left: *const T,
    right: *const T,
) {
    let (outer, inner) = step.rows.split_last();
    let separate = step.contracted.last().is_some_and(|dim| dim.left.unsigned_abs() >= inner.extent);
    let depth = if separate && outer.size() == 1 { STREAMS } else { DEPTH };
    let mut factors: Vec<Factor<T>> = Vec::with_capacity(step.contracted.size().min(depth));
    for first in (0..step.contracted.size()).step_by(depth) {
        factors.clear();
        step.contracted.offsets(first, (step.contracted.size() - first).min(depth), |at| {
            // SAFETY: the caller's promise: the position is an element of the right array.
            let number = unsafe { *right.wrapping_offset(at.right) };
            factors.push(Factor { offset: at.left, number });
        });
        let store = Store { replace: store.replace && first == 0, ..store };
        outer.offsets(0, outer.size(), |at| {
            let (output, left) = (output.wrapping_offset(at.output), left.wrapping_offset(at.left));
            // SAFETY: the caller's promise, for one run of the last axis of the rows, and `isa` was detected.
            unsafe { T::run(isa, inner.extent, &factors, store, output, left) };
        });
    }
}

/// All outputs of one position of the batch, row by row.
///
/// # Safety
/// As [`run`], for one position of the batch; and the CPU has what `isa` says.
unsafe fn dot<T: Real>(
    isa: Isa,
    step: &Step,
    store: Store<T>,
    output: *mut T,
    left: *const T,
    right: *const T,
) {
    let (outer, inner) = step.contracted.split_last();
    let mut runs = Vec::with_capacity(outer.size());
    outer.offsets(0, outer.size(), |at| runs.push(at));
    let mut rows = Vec::with_capacity(step.rows.size().min(DEPTH));
    for first in (0..step.rows.size()).step_by(DEPTH) {
        rows.clear();
        step.rows.offsets(first, (step.rows.size() - first).min(DEPTH), |at| rows.push(at));
        let table = Table { rows: &rows, runs: &runs, count: inner.extent };
        // SAFETY: the caller's promise: the rows and runs are positions of the step.
        unsafe { T::dots(isa, table, store, output, left, right) };
    }
}

/// Floats with these kernels.
pub(crate) trait Stationary: Sized {
    /// `output[y] = Σ_k left[y + factors[k].offset] · factors[k].number` for a run of neighbours `y`.
    ///
    /// # Safety
    /// - Each of `count` neighbours from `left` on, moved by each offset, is an element that may be read;
    /// - each of `count` neighbours from `output` on is an element that nothing else uses meanwhile;
    /// - the CPU has what `isa` says.
    #[expect(private_interfaces, reason = "a table of this module")]
    unsafe fn run(
        isa: Isa,
        count: usize,
        factors: &[Factor<Self>],
        store: Store<Self>,
        output: *mut Self,
        left: *const Self,
    );

    /// `output[m] = Σ_k left[m, k] · right[k]`.
    ///
    /// # Safety
    /// - All positions of the table are elements of the arrays that the pointers point to the first elements of;
    /// - nothing else uses the elements of the output meanwhile;
    /// - the CPU has what `isa` says.
    #[expect(private_interfaces, reason = "a table of this module")]
    unsafe fn dots(
        isa: Isa,
        table: Table<'_>,
        store: Store<Self>,
        output: *mut Self,
        left: *const Self,
        right: *const Self,
    );
}

/// # Safety
/// As [`Stationary::run`].
#[inline(always)]
unsafe fn run_by<V: Vector<Scalar: Real>>(
    count: usize,
    factors: &[Factor<V::Scalar>],
    store: Store<V::Scalar>,
    output: *mut V::Scalar,
    left: *const V::Scalar,
) {
    if count < V::LANES {
        for y in 0..count {
            let mut sum = V::Scalar::default();
            for factor in factors {
                // SAFETY: `y < count`.
                sum = sum + unsafe { *left.wrapping_add(y).wrapping_offset(factor.offset) } * factor.number;
            }
            // SAFETY: `y < count`.
            unsafe { store.one(output.wrapping_add(y), sum) };
        }
        return;
    }
    let vectors = count / V::LANES;
    let mut at = 0;
    while at < vectors {
        let (output, left) = (output.wrapping_add(at * V::LANES), left.wrapping_add(at * V::LANES));
        // What is left of a run is one shorter block, not many of one vector.
        let block = (vectors - at).min(VECTORS);
        match block {
            // SAFETY: `at + block <= vectors`, so the block is within the run; likewise below.
            1 => unsafe { block_of::<V, 1>(factors, store, output, left) },
            // SAFETY: as above.
            2 => unsafe { block_of::<V, 2>(factors, store, output, left) },
            // SAFETY: as above.
            3 => unsafe { block_of::<V, 3>(factors, store, output, left) },
            // SAFETY: as above.
            4 => unsafe { block_of::<V, 4>(factors, store, output, left) },
            // SAFETY: as above.
            5 => unsafe { block_of::<V, 5>(factors, store, output, left) },
            // SAFETY: as above.
            6 => unsafe { block_of::<V, 6>(factors, store, output, left) },
            // SAFETY: as above.
            7 => unsafe { block_of::<V, 7>(factors, store, output, left) },
            // SAFETY: as above.
            _ => unsafe { block_of::<V, VECTORS>(factors, store, output, left) },
        }
        at += block;
    }
    let rest = count % V::LANES;
    if rest > 0 {
        // A vector that overlaps the one before, of which only the new lanes are written.
        let start = count - V::LANES;
        // SAFETY: the last `LANES` neighbours of the run.
        let [sum] = unsafe { sums::<V, 1>(factors, left.wrapping_add(start)) };
        let mut lanes = [V::Scalar::default(); MOST_LANES];
        // SAFETY: there is room for the lanes of every vector.
        unsafe { sum.store(lanes.as_mut_ptr()) };
        for (y, &sum) in (start..count).zip(&lanes).skip(V::LANES - rest) {
            // SAFETY: `y < count`.
            unsafe { store.one(output.wrapping_add(y), sum) };
        }
    }
}

/// The lanes of the longest vector.
const MOST_LANES: usize = 8;

/// # Safety
/// - `N` vectors from `left` on, moved by each offset, may be read.
#[inline(always)]
unsafe fn sums<V: Vector<Scalar: Copy>, const N: usize>(
    factors: &[Factor<V::Scalar>],
    left: *const V::Scalar,
) -> [V; N] {
    let mut sums = [V::zero(); N];
    for factor in factors {
        let number = V::splat(factor.number);
        let from = left.wrapping_offset(factor.offset);
        for (n, sum) in sums.iter_mut().enumerate() {
            // SAFETY: `n < N`.
            *sum = unsafe { V::load(from.wrapping_add(n * V::LANES)) }.mul_add(number, *sum);
        }
    }
    sums
}

/// # Safety
/// - `N` vectors from `left` on, moved by each offset, may be read;
/// - `N` vectors from `output` on are elements that nothing else uses meanwhile.
#[inline(always)]
unsafe fn block_of<V: Vector<Scalar: Real>, const N: usize>(
    factors: &[Factor<V::Scalar>],
    store: Store<V::Scalar>,
    output: *mut V::Scalar,
    left: *const V::Scalar,
) {
    // SAFETY: the caller's promise.
    let sums: [V; N] = unsafe { sums(factors, left) };
    let factor = V::splat(store.factor);
    for (n, &sum) in sums.iter().enumerate() {
        let place = output.wrapping_add(n * V::LANES);
        // The same roundings as in `Store::one`, which writes the rest of a run.
        let scaled = sum.mul(factor);
        // SAFETY: `n < N`.
        let new = if store.replace { scaled } else { unsafe { V::load(place) }.add(scaled) };
        // SAFETY: `n < N`.
        unsafe { new.store(place) };
    }
}

/// # Safety
/// As [`Stationary::dots`].
#[inline(always)]
unsafe fn dots_by<V: Vector<Scalar: Real>>(
    Table { rows, runs, count }: Table<'_>,
    store: Store<V::Scalar>,
    output: *mut V::Scalar,
    left: *const V::Scalar,
    right: *const V::Scalar,
) {
    for rows in rows.chunks(ROWS) {
        let mut sums = [V::Scalar::default(); ROWS];
        for run in runs {
            // A row that is lacking is read as the first.
            let mut starts = [left.wrapping_offset(run.left + rows[0].left); ROWS];
            for (start, row) in starts.iter_mut().zip(rows) {
                *start = left.wrapping_offset(run.left + row.left);
            }
            // SAFETY: the caller's promise.
            let parts = unsafe { dot_rows::<V>(count, &starts, right.wrapping_offset(run.right)) };
            for (sum, part) in sums.iter_mut().zip(parts) {
                *sum = *sum + part;
            }
        }
        for (row, &sum) in rows.iter().zip(&sums) {
            // SAFETY: the caller's promise.
            unsafe { store.one(output.wrapping_offset(row.output), sum) };
        }
    }
}

/// # Safety
/// - `count` neighbours from each of `rows` on, and from `right` on, may be read.
#[inline(always)]
unsafe fn dot_rows<V: Vector<Scalar: Real>>(
    count: usize,
    rows: &[*const V::Scalar; ROWS],
    right: *const V::Scalar,
) -> [V::Scalar; ROWS] {
    const UNROLLED: usize = 2;
    let mut sums = [[V::zero(); UNROLLED]; ROWS];
    let width = UNROLLED * V::LANES;
    let whole = count / width * width;
    for k in (0..whole).step_by(width) {
        for u in 0..UNROLLED {
            // SAFETY: the vector is within the first `whole` elements.
            let number = unsafe { V::load(right.wrapping_add(k + u * V::LANES)) };
            for (row, sums) in rows.iter().zip(&mut sums) {
                // SAFETY: likewise.
                sums[u] = unsafe { V::load(row.wrapping_add(k + u * V::LANES)) }.mul_add(number, sums[u]);
            }
        }
    }
    let mut lanes = [V::Scalar::default(); MOST_LANES];
    core::array::from_fn(|r| {
        let mut total = V::Scalar::default();
        for sum in sums[r] {
            // SAFETY: there is room for the lanes of every vector.
            unsafe { sum.store(lanes.as_mut_ptr()) };
            total = lanes[..V::LANES].iter().fold(total, |total, &lane| total + lane);
        }
        for k in whole..count {
            // SAFETY: `k < count`.
            let number = unsafe { *right.wrapping_add(k) };
            // SAFETY: `k < count`.
            total = total + unsafe { *rows[r].wrapping_add(k) } * number;
        }
        total
    })
}

impl<T: Real> Store<T> {
    /// # Safety
    /// - `place` is an element that nothing else uses meanwhile.
    #[inline(always)]
    unsafe fn one(self, place: *mut T, sum: T) {
        // SAFETY: the caller's promise.
        let place = unsafe { &mut *place };
        *place = if self.replace { self.factor * sum } else { *place + self.factor * sum };
    }
}

macro_rules! stationary {
    ($Real:ident, $Portable:ty, $Avx2:ty, $run:ident, $dots:ident) => {
        impl Stationary for $Real {
            #[expect(private_interfaces, reason = "a table of this module")]
            unsafe fn run(
                isa: Isa,
                count: usize,
                factors: &[Factor<$Real>],
                store: Store<$Real>,
                output: *mut $Real,
                left: *const $Real,
            ) {
                match isa {
                    // SAFETY: the caller's promise.
                    Isa::Portable => unsafe { run_by::<$Portable>(count, factors, store, output, left) },
                    // SAFETY: the caller's promise, and `isa` is the proof that the CPU has the features.
                    #[cfg(target_arch = "x86_64")]
                    Isa::Avx2Fma(_) => unsafe { $run(count, factors, store, output, left) },
                }
            }

            #[expect(private_interfaces, reason = "a table of this module")]
            unsafe fn dots(
                isa: Isa,
                table: Table<'_>,
                store: Store<$Real>,
                output: *mut $Real,
                left: *const $Real,
                right: *const $Real,
            ) {
                match isa {
                    // SAFETY: the caller's promise.
                    Isa::Portable => unsafe { dots_by::<$Portable>(table, store, output, left, right) },
                    // SAFETY: the caller's promise, and `isa` is the proof that the CPU has the features.
                    #[cfg(target_arch = "x86_64")]
                    Isa::Avx2Fma(_) => unsafe { $dots(table, store, output, left, right) },
                }
            }
        }

        /// # Safety
        /// As [`Stationary::run`]; and the CPU has AVX2 and FMA.
        #[cfg(target_arch = "x86_64")]
        #[target_feature(enable = "avx2,fma")]
        unsafe fn $run(
            count: usize,
            factors: &[Factor<$Real>],
            store: Store<$Real>,
            output: *mut $Real,
            left: *const $Real,
        ) {
            // SAFETY: the caller's promise.
            unsafe { run_by::<$Avx2>(count, factors, store, output, left) }
        }

        /// # Safety
        /// As [`Stationary::dots`]; and the CPU has AVX2 and FMA.
        #[cfg(target_arch = "x86_64")]
        #[target_feature(enable = "avx2,fma")]
        unsafe fn $dots(
            table: Table<'_>,
            store: Store<$Real>,
            output: *mut $Real,
            left: *const $Real,
            right: *const $Real,
        ) {
            // SAFETY: the caller's promise.
            unsafe { dots_by::<$Avx2>(table, store, output, left, right) }
        }
    };
}

stationary!(f64, super::tile::Lanes<f64, 4>, super::tile::avx2::F64x4, x86_64_f64_fma_run, x86_64_f64_fma_dots);
stationary!(f32, super::tile::Lanes<f32, 8>, super::tile::avx2::F32x8, x86_64_f32_fma_run, x86_64_f32_fma_dots);
