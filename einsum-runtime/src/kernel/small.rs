//! The product of two small matrices of real numbers: `output[m, n] = Σ_k left[m, k] · right[k, n]`, with the unit stride of the output along `n`.
//!
//! Loop order: strips of two vectors of `n`, tiles of `m`, and `k` inside. The rows of a tile are pointers that move together, so there are
//! no tables and nothing is allocated: between a call and its first multiply-add lie a few comparisons. The last vector of a strip is
//! masked, whole or not; a tile that has more rows than are left computes the last one again, and does not store it. Where the
//! neighbours along `n` are not neighbours in `right`, a strip of it is transposed on the stack first.

use super::{
    element::Element,
    simd::{Isa, Lanes, Portable, Simd, Vector},
};
use core::{
    mem::MaybeUninit,
    sync::atomic::{AtomicPtr, Ordering::Relaxed},
};

#[cfg(target_arch = "x86_64")]
use super::simd::x86_64::{Avx2, Avx512};

/// The most multiply-adds: with more, the operands do not stay in the first-level cache, and packing them pays.
pub(crate) const MOST: usize = 64 * 64 * 64;
/// The most rows, of `left` and of the output.
const MOST_ROWS: usize = 64;
/// The most summed positions.
const MOST_DEPTH: usize = 256;
/// A product of one column with more multiply-adds is for the kernels of matrices and vectors.
const MOST_OF_ONE: usize = 256;

/// Two matrices and where their product goes. Strides count elements.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Product<T> {
    pub(crate) output: *mut T,
    pub(crate) left: *const T,
    pub(crate) right: *const T,
    pub(crate) rows: usize,
    pub(crate) columns: usize,
    pub(crate) depth: usize,
    pub(crate) output_row: isize,
    pub(crate) output_column: isize,
    pub(crate) left_row: isize,
    pub(crate) left_depth: isize,
    pub(crate) right_depth: isize,
    pub(crate) right_column: isize,
    /// What the sums are multiplied with, if not one.
    pub(crate) factor: Option<T>,
    /// Whether they are added to the output, or replace it.
    pub(crate) adds: bool,
}

/// Multiplies, or does nothing and says `false` where another kernel is better.
///
/// # Safety
/// - For all rows, columns and summed positions, of which there are some, the strides lead from the pointers to elements, which may be read,
///   and those of the output are used by nothing else meanwhile.
type Function<T> = unsafe fn(&Product<T>) -> bool;

/// The elements that have this kernel.
pub(crate) trait Real: Element {
    const ONE: Self;

    /// Its negative.
    fn negated(self) -> Self;

    /// The function for this CPU: at first one that finds it out.
    fn function() -> &'static AtomicPtr<()>;
}

macro_rules! real {
    ($($T:ident)*) => { $(
        impl Real for $T {
            const ONE: $T = 1.0;

            #[inline]
            fn negated(self) -> $T {
                -self
            }

            #[inline]
            fn function() -> &'static AtomicPtr<()> {
                static FUNCTION: AtomicPtr<()> = AtomicPtr::new(choose::<$T> as Function<$T> as *mut ());
                &FUNCTION
            }
        }
    )* };
}

real!(f32 f64);

impl<T: Real> Product<T> {
    /// Multiplies, or does nothing and says `false` where another kernel is better.
    ///
    /// # Safety
    /// - What [`Function`] asks for.
    #[inline]
    pub(crate) unsafe fn run(&self) -> bool {
        let function = T::function().load(Relaxed);
        // SAFETY: only functions of this type are ever stored there.
        let function = unsafe { core::mem::transmute::<*mut (), Function<T>>(function) };
        // SAFETY: the caller's promise; the function is one that this CPU can run.
        unsafe { function(self) }
    }

    /// The transposed matrices in reversed order.
    fn swapped(&self) -> Product<T> {
        Product {
            left: self.right,
            right: self.left,
            rows: self.columns,
            columns: self.rows,
            output_row: self.output_column,
            output_column: self.output_row,
            left_row: self.right_column,
            left_depth: self.right_depth,
            right_depth: self.left_depth,
            right_column: self.left_row,
            ..*self
        }
    }

    /// Whether lines of `right` that a tile reads again and again lie where they push each other out of the cache.
    #[inline(always)]
    fn is_aliased(&self) -> bool {
        self.rows > ROWS_OF_ALIASED
            && self.depth > WAYS
            && (self.right_depth as usize).wrapping_mul(size_of::<T>()).is_multiple_of(ALIAS)
    }
}

/// Lines at multiples of so many bytes share a few places of the first-level cache;
const ALIAS: usize = 2048;
/// and there are no more than these.
const WAYS: usize = 8;
/// With fewer rows than these the lines are not read often enough.
const ROWS_OF_ALIASED: usize = 16;

/// Finds out which function this CPU can run, and runs it.
///
/// # Safety
/// - What [`Function`] asks for.
#[cold]
unsafe fn choose<T: Real>(product: &Product<T>) -> bool {
    let function: Function<T> = match Isa::detect() {
        #[cfg(target_arch = "x86_64")]
        Isa::Avx512(_) => run_avx512::<T>,
        #[cfg(target_arch = "x86_64")]
        Isa::Avx2(_) => run_avx2::<T>,
        Isa::Portable => run_portable::<T>,
    };
    T::function().store(function as *mut (), Relaxed);
    // SAFETY: the caller's promise; the CPU has what the function needs.
    unsafe { function(product) }
}

/// # Safety
/// - The CPU has AVX-512 F, AVX2 and FMA;
/// - what [`Function`] asks for.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f,avx2,fma")]
unsafe fn run_avx512<T: Real>(product: &Product<T>) -> bool {
    // SAFETY: the caller's promise.
    unsafe { run::<Avx512, T>(product, run_avx512::<T>, copied_avx512::<T>) }
}

/// # Safety
/// - The CPU has AVX2 and FMA;
/// - what [`Function`] asks for.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma")]
unsafe fn run_avx2<T: Real>(product: &Product<T>) -> bool {
    // SAFETY: the caller's promise.
    unsafe { run::<Avx2, T>(product, run_avx2::<T>, copied_avx2::<T>) }
}

/// # Safety
/// - What [`Function`] asks for.
unsafe fn run_portable<T: Real>(product: &Product<T>) -> bool {
    // SAFETY: the caller's promise.
    unsafe { run::<Portable, T>(product, run_portable::<T>, copied_portable::<T>) }
}

/// # Safety
/// - As for [`run_avx512`].
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f,avx2,fma")]
#[inline(never)]
unsafe fn copied_avx512<T: Real>(product: &Product<T>) -> bool {
    // SAFETY: the caller's promise.
    unsafe { copied::<Avx512, T>(product, run_avx512::<T>) }
}

/// # Safety
/// - As for [`run_avx2`].
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma")]
#[inline(never)]
unsafe fn copied_avx2<T: Real>(product: &Product<T>) -> bool {
    // SAFETY: the caller's promise.
    unsafe { copied::<Avx2, T>(product, run_avx2::<T>) }
}

/// # Safety
/// - What [`Function`] asks for.
#[inline(never)]
unsafe fn copied_portable<T: Real>(product: &Product<T>) -> bool {
    // SAFETY: the caller's promise.
    unsafe { copied::<Portable, T>(product, run_portable::<T>) }
}

/// `again` is the function that this is a part of, and `copied` multiplies with copies of strips of `right`.
///
/// # Safety
/// - The CPU has the instruction set, and what [`Function`] asks for.
#[inline(always)]
unsafe fn run<S: Simd, T: Real>(product: &Product<T>, again: Function<T>, copied: Function<T>) -> bool {
    if product.output_column != 1 && product.columns != 1 {
        if product.output_row != 1 && product.rows != 1 {
            return false;
        }
        // SAFETY: the same elements; and this once only, since the columns are now what the rows were.
        return unsafe { again(&product.swapped()) };
    }
    if (product.rows == 1 || product.columns == 1) && product.rows * product.columns * product.depth > MOST_OF_ONE {
        return false;
    }
    if product.right_column != 1 && product.columns != 1 || product.is_aliased() {
        // SAFETY: the caller's promise.
        return unsafe { copied(product) };
    }
    if product.rows > MOST_ROWS || product.depth > MOST_DEPTH {
        return false;
    }
    let lanes = T::Vector::<S>::LANES;
    let mut n = 0;
    while n < product.columns {
        let left = product.columns - n;
        if !T::Vector::<S>::NATIVE {
            if left >= lanes {
                // SAFETY: a vector of columns is left.
                unsafe { strip::<S, T::Vector<S>, 1>(product, n, lanes) };
                n += lanes;
            } else {
                // SAFETY: a column is left.
                unsafe { strip::<S, Lanes<T, 1>, 1>(product, n, 1) };
                n += 1;
            }
        } else if left > lanes {
            // SAFETY: so many columns are left.
            unsafe { strip::<S, T::Vector<S>, 2>(product, n, lanes.min(left - lanes)) };
            n += 2 * lanes;
        } else {
            // SAFETY: so many columns are left.
            unsafe { strip::<S, T::Vector<S>, 1>(product, n, left) };
            n += lanes;
        }
    }
    true
}

/// All rows of the columns from the `n`th on: `C` vectors, the last of them of `last` numbers.
///
/// # Safety
/// - The CPU has the instruction set, and there are such columns;
/// - what [`Function`] asks for, and the unit strides of `right` and of the output are along the columns, if there is more than one.
#[inline(always)]
unsafe fn strip<S: Simd, V: Vector<Scalar: Real>, const C: usize>(
    product: &Product<V::Scalar>,
    n: usize,
    last: usize,
) {
    let mut m = 0;
    while m < product.rows {
        let left = product.rows - m;
        let height = tile_rows::<S>(left);
        let at = Tile { product, m, rows: left.min(height), n, last };
        match height {
            // SAFETY: the caller's promise, and so many rows are left.
            1 => unsafe { at.run::<V, 1, C>() },
            // SAFETY: as above.
            2 if V::NATIVE => unsafe { at.run::<V, 2, C>() },
            // SAFETY: as above.
            6 if S::TILE_ROWS == 6 && V::NATIVE => unsafe { at.run::<V, 6, C>() },
            // SAFETY: as above.
            8 if S::TILE_ROWS > 6 => unsafe { at.run::<V, 8, C>() },
            // SAFETY: as above.
            _ => unsafe { at.run::<V, 4, C>() },
        }
        m += height;
    }
}

/// The rows of the next tile where so many are left. Two vectors of 8 rows are 16 of the 32 registers of AVX-512, and 8 of one vector
/// are as many sums as hide the latency of a multiply-add; with 16 registers there is room for 6 rows.
#[inline(always)]
fn tile_rows<S: Simd>(left: usize) -> usize {
    let native = <S::F64 as Vector>::NATIVE;
    match left {
        1 => 1,
        2 if native => 2,
        2 => 1,
        3 | 4 => 4,
        _ if !native => 4,
        _ if S::TILE_ROWS > 6 => 8,
        7 | 8 => 4,
        _ => 6,
    }
}

/// Some rows and columns.
#[derive(Clone, Copy)]
struct Tile<'p, T> {
    product: &'p Product<T>,
    m: usize,
    rows: usize,
    n: usize,
    last: usize,
}

impl<T: Real> Tile<'_, T> {
    /// # Safety
    /// - As for `strip`; `rows` is not zero nor more than `R`, and there are as many from `m` on.
    #[inline(always)]
    unsafe fn run<V: Vector<Scalar = T>, const R: usize, const C: usize>(self) {
        let Tile { product, m, rows, n, last } = self;
        let mut lines = [product.left; R];
        for (r, line) in lines.iter_mut().enumerate() {
            *line = line.wrapping_offset((m + r.min(rows - 1)) as isize * product.left_row);
        }
        let mut sums = [[V::splat(T::default()); C]; R];
        let mut right = product.right.wrapping_add(n);
        let mut at = 0_isize;
        for _ in 0..product.depth {
            let mut columns = [V::splat(T::default()); C];
            for (c, column) in columns.iter_mut().enumerate() {
                // SAFETY: the columns of the tile.
                *column = unsafe { load::<V, C>(right, c, last) };
            }
            for (line, sums) in lines.iter().zip(&mut sums) {
                // SAFETY: a row of the tile, and a summed position.
                let factor = V::splat(unsafe { *line.wrapping_offset(at) });
                for (sum, &column) in sums.iter_mut().zip(&columns) {
                    *sum = column.mul_add(factor, *sum);
                }
            }
            at = at.wrapping_add(product.left_depth);
            right = right.wrapping_offset(product.right_depth);
        }

        if let Some(factor) = product.factor {
            let factor = V::splat(factor);
            sums.as_flattened_mut().iter_mut().for_each(|sum| *sum = factor.mul(*sum));
        }
        let first = product.output.wrapping_offset(m as isize * product.output_row).wrapping_add(n);
        if product.adds {
            for (r, sums) in sums.iter_mut().enumerate() {
                let output = first.wrapping_offset(r.min(rows - 1) as isize * product.output_row);
                for (c, sum) in sums.iter_mut().enumerate() {
                    // SAFETY: the columns of the tile in one of its rows.
                    *sum = unsafe { load::<V, C>(output, c, last) }.add(*sum);
                }
            }
        }
        for (r, sums) in sums.iter().enumerate() {
            if r >= rows {
                break;
            }
            let output = first.wrapping_offset(r as isize * product.output_row);
            for (c, sum) in sums.iter().enumerate() {
                let place = output.wrapping_add(c * V::LANES);
                if c + 1 < C || last == V::LANES {
                    // SAFETY: a whole vector of columns of the tile, in one of its rows.
                    unsafe { sum.store(place) };
                } else {
                    // SAFETY: the last columns of the tile, in one of its rows.
                    unsafe { sum.store_part(place, last) };
                }
            }
        }
    }
}

/// The `c`th of `C` vectors, of which the last is of `last` numbers. (Where the compiler vectorises, all are whole.)
///
/// # Safety
/// - They may be read.
#[inline(always)]
unsafe fn load<V: Vector, const C: usize>(first: *const V::Scalar, c: usize, last: usize) -> V {
    let from = first.wrapping_add(c * V::LANES);
    if c + 1 < C || !V::NATIVE {
        // SAFETY: the caller's promise.
        unsafe { V::load(from) }
    } else {
        // SAFETY: the caller's promise.
        unsafe { V::load_part(from, last) }
    }
}

/// Bytes of a copy of a strip: of two vectors of 64 bytes for each of [`COPIED_DEPTH`] summed positions.
const COPY: usize = 128 * COPIED_DEPTH;
/// Summed positions of a copy.
const COPIED_DEPTH: usize = 128;

/// The copy of a strip, at a cache line.
#[repr(align(64))]
struct Copied([MaybeUninit<u8>; COPY]);

/// The product with each strip of `right` copied, so that its columns are neighbours; `run` multiplies with it.
///
/// # Safety
/// - The CPU has the instruction set, and what [`Function`] asks for.
#[inline(always)]
unsafe fn copied<S: Simd, T: Real>(product: &Product<T>, run: Function<T>) -> bool {
    if product.rows > MOST_ROWS || product.depth > MOST_DEPTH {
        return false;
    }
    let mut memory = Copied([MaybeUninit::uninit(); COPY]);
    let copy = memory.0.as_mut_ptr().cast::<T>();
    let width = 2 * T::Vector::<S>::LANES;
    const { assert!(2 * T::Vector::<S>::LANES * size_of::<T>() * COPIED_DEPTH <= COPY) };
    for n in (0..product.columns).step_by(width) {
        for first in (0..product.depth).step_by(COPIED_DEPTH) {
            let count = width.min(product.columns - n);
            let depth = COPIED_DEPTH.min(product.depth - first);
            let right = product.right.wrapping_offset(
                (n as isize)
                    .wrapping_mul(product.right_column)
                    .wrapping_add((first as isize).wrapping_mul(product.right_depth)),
            );
            let strides = (product.right_depth, product.right_column);
            // SAFETY: `depth` summed positions of `count` columns, and there is room for all whose columns are neighbours.
            unsafe { copy_strip::<S, T>(right, strides, (depth, count), copy, width) };
            let part = Product {
                output: product.output.wrapping_add(n),
                left: product.left.wrapping_offset((first as isize).wrapping_mul(product.left_depth)),
                right: copy,
                columns: count,
                depth,
                output_column: 1,
                right_depth: width as isize,
                right_column: 1,
                adds: product.adds || first > 0,
                ..*product
            };
            // SAFETY: some columns and summed positions of the product; the copy has all elements of `right` at these.
            unsafe { run(&part) };
        }
    }
    true
}

/// `to[k, n] = from[k, n]`, with unit stride along `n` in `to`, and `width` along `k`.
///
/// # Safety
/// - The CPU has the instruction set;
/// - for all of these `k` and `n` the strides lead to elements which may be read, and to some that may be written.
#[inline(always)]
unsafe fn copy_strip<S: Simd, T: Real>(
    from: *const T,
    (along_depth, along_columns): (isize, isize),
    (depth, count): (usize, usize),
    to: *mut T,
    width: usize,
) {
    let side = if size_of::<T>() == 8 { S::SIDE_64 } else { S::SIDE_32 };
    let (mut whole_depth, mut whole_count) = (0, 0);
    if along_depth == 1 {
        (whole_depth, whole_count) = (depth - depth % side, count - count % side);
        for n in (0..whole_count).step_by(side) {
            for k in (0..whole_depth).step_by(side) {
                let from = from.wrapping_offset(n as isize * along_columns).wrapping_add(k);
                let to = to.wrapping_add(k * width + n);
                if size_of::<T>() == 8 {
                    // SAFETY: the caller's promise, for a square of them.
                    unsafe { S::transpose_64(from.cast(), along_columns, to.cast(), width as isize) };
                } else {
                    // SAFETY: the caller's promise, for a square of them.
                    unsafe { S::transpose_32(from.cast(), along_columns, to.cast(), width as isize) };
                }
            }
        }
    }
    for k in 0..depth {
        let first = if k < whole_depth { whole_count } else { 0 };
        for n in first..count {
            let from = from.wrapping_offset(k as isize * along_depth + n as isize * along_columns);
            // SAFETY: the caller's promise.
            let element = unsafe { *from };
            // SAFETY: the caller's promise.
            unsafe { to.wrapping_add(k * width + n).write(element) };
        }
    }
}
