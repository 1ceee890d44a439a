//! The product of two small matrices of real numbers: `output[m, n] = Σ_k left[m, k] · right[k, n]`, with the unit stride of the output along `n`.
//!
//! Loop order: strips of two vectors of `n`, tiles of `m`, and `k` inside. The rows of a tile are pointers that move together, so there are
//! no tables and nothing is allocated: between a call and its first multiply-add lie a few comparisons. Where the neighbours along `n` are
//! not neighbours in `right`, a strip of it is transposed on the stack first.
//!
//! Few tiles are compiled. The last vector of a strip is masked, whole or not. A tile that has more rows than are left computes the last
//! one again and does not store it: with less than four rows of two vectors a step of `k` takes no less time, since a sum waits four cycles
//! for the one before.

use super::{
    Assignment,
    dims::Dim,
    element::Element,
    simd::{Isa, Lanes, MOST_LANES, Portable, Simd, Vector},
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
/// A product of one row or column with more multiply-adds is for the kernels of matrices and vectors.
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
    /// Its negative.
    fn negated(self) -> Self;

    /// The function for this CPU: at first one that finds it out.
    fn function() -> &'static AtomicPtr<()>;
}

macro_rules! real {
    ($($T:ident)*) => { $(
        impl Real for $T {
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
    /// From the loops over rows, columns and summed positions, and the output, the left and the right array.
    #[inline(always)]
    pub(crate) fn new(
        [rows, columns, depth]: [Dim; 3],
        (output, left, right): (*mut T, *const T, *const T),
        assignment: Assignment,
        factor: Option<T>,
    ) -> Product<T> {
        Product {
            output,
            left,
            right,
            rows: rows.extent,
            columns: columns.extent,
            depth: depth.extent,
            output_row: rows.output,
            output_column: columns.output,
            left_row: rows.left,
            left_depth: depth.left,
            right_depth: depth.right,
            right_column: columns.right,
            factor: match assignment {
                Assignment::Set | Assignment::Add => factor,
                Assignment::Subtract => Some(factor.unwrap_or(*T::ONE).negated()),
            },
            adds: assignment != Assignment::Set,
        }
    }

    /// Multiplies, or does nothing and says `false` where another kernel is better.
    ///
    /// # Safety
    /// - What [`Function`] asks for.
    #[inline]
    pub(crate) unsafe fn run(&self) -> bool {
        // SAFETY: the caller's promise.
        self.is_worth_it() && unsafe { self.call() }
    }

    /// The same with these instructions.
    ///
    /// # Safety
    /// - What [`Function`] asks for.
    pub(crate) unsafe fn run_on(&self, isa: Isa) -> bool {
        // SAFETY: the caller's promise; the CPU has the instruction set.
        self.is_worth_it() && unsafe { function_for::<T>(isa)(self) }
    }

    #[inline]
    fn is_worth_it(&self) -> bool {
        self.rows > 1 && self.columns > 1 || self.rows * self.columns * self.depth <= MOST_OF_ONE
    }

    /// # Safety
    /// - What [`Function`] asks for.
    #[inline]
    unsafe fn call(&self) -> bool {
        let function = T::function().load(Relaxed);
        // SAFETY: only functions of this type are ever stored there.
        let function = unsafe { core::mem::transmute::<*mut (), Function<T>>(function) };
        #[cfg(all(feature = "std", any(test, fuzzing)))]
        let function = Isa::forced().map_or(function, function_for);
        // SAFETY: the caller's promise; the function is one that this CPU can run.
        unsafe { function(self) }
    }

    /// The same for more rows and a longer sum than the kernel takes at a time.
    ///
    /// # Safety
    /// - What [`Function`] asks for.
    pub(crate) unsafe fn run_in_parts(&self) -> bool {
        if !self.is_worth_it() {
            return false;
        }
        // Rows are what the output does not have its unit stride along.
        let this = if self.output_column != 1 && self.columns != 1 { self.swapped() } else { *self };
        let part = |all: usize, most: usize| all.div_ceil(all.div_ceil(most));
        let (rows, depth) = (part(this.rows, MOST_ROWS), part(this.depth, MOST_DEPTH));
        let mut k = 0;
        while k < this.depth {
            let mut m = 0;
            while m < this.rows {
                let part = Product {
                    output: this.output.wrapping_offset(m as isize * this.output_row),
                    left: this
                        .left
                        .wrapping_offset(m as isize * this.left_row + k as isize * this.left_depth),
                    right: this.right.wrapping_offset(k as isize * this.right_depth),
                    rows: rows.min(this.rows - m),
                    depth: depth.min(this.depth - k),
                    adds: this.adds || k > 0,
                    ..this
                };
                // SAFETY: the caller's promise, for some of the rows and terms.
                if !unsafe { part.call() } {
                    assert!(k == 0 && m == 0, "all parts are alike");
                    return false;
                }
                m += rows;
            }
            k += depth;
        }
        true
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
    let function = function_for::<T>(Isa::detect());
    T::function().store(function as *mut (), Relaxed);
    // SAFETY: the caller's promise; the CPU has what the function needs.
    unsafe { function(product) }
}

/// The function for an instruction set.
fn function_for<T: Real>(isa: Isa) -> Function<T> {
    match isa {
        #[cfg(target_arch = "x86_64")]
        Isa::Avx512(_) => run::<Avx512, Avx2, T>,
        #[cfg(target_arch = "x86_64")]
        Isa::Avx2(_) => run::<Avx2, Avx2, T>,
        // CPUs without AVX2 are ten years old: not worth a third of what there is to build here.
        #[cfg(target_arch = "x86_64")]
        Isa::Portable => |_| false,
        #[cfg(not(target_arch = "x86_64"))]
        Isa::Portable => run::<Portable, Portable, T>,
    }
}

/// The instruction sets that this kernel is compiled for: functions that are not inlined have the features.
trait Compiled: Simd {
    /// [`Tile::run`]
    ///
    /// # Safety
    /// - The CPU has the instruction set, and what that asks for.
    unsafe fn tile<V: Vector<Scalar: Real>, const R: usize, const C: usize>(tile: Tile<'_, V::Scalar>);

    /// [`copy_strip`]
    ///
    /// # Safety
    /// - The CPU has the instruction set, and what that asks for.
    unsafe fn copy_strip<T: Real>(strip: Strip<T>);
}

macro_rules! compiled {
    ($Simd:ident, $(#[$features:meta])?) => {
        impl Compiled for $Simd {
            #[inline(always)]
            unsafe fn tile<V: Vector<Scalar: Real>, const R: usize, const C: usize>(
                tile: Tile<'_, V::Scalar>,
            ) {
                $(#[$features])?
                #[inline(never)]
                unsafe fn compiled<V: Vector<Scalar: Real>, const R: usize, const C: usize>(
                    product: &Product<V::Scalar>,
                    m: usize,
                    rows: usize,
                    n: usize,
                    last: usize,
                ) {
                    // SAFETY: the caller's promise.
                    unsafe { Tile { product, m, rows, n, last }.run::<V, R, C>() };
                }
                let Tile { product, m, rows, n, last } = tile;
                // SAFETY: the caller's promise.
                unsafe { compiled::<V, R, C>(product, m, rows, n, last) };
            }

            #[inline(always)]
            unsafe fn copy_strip<T: Real>(strip: Strip<T>) {
                $(#[$features])?
                #[inline(never)]
                unsafe fn compiled<T: Real>(strip: Strip<T>) {
                    // SAFETY: the caller's promise.
                    unsafe { copy_strip::<$Simd, T>(strip) };
                }
                // SAFETY: the caller's promise.
                unsafe { compiled(strip) };
            }
        }
    };
}

compiled!(Portable,);
#[cfg(target_arch = "x86_64")]
compiled!(Avx2, #[target_feature(enable = "avx2,fma")]);
#[cfg(target_arch = "x86_64")]
compiled!(Avx512, #[target_feature(enable = "avx512f,avx512vl,avx2,fma")]);

/// Multiplies, or says `false`. `H` has vectors of half the length, if there are such, and what else is as good for `S`.
///
/// # Safety
/// - The CPU has both instruction sets, and what [`Function`] asks for.
unsafe fn run<S: Compiled, H: Compiled, T: Real>(product: &Product<T>) -> bool {
    let Product { rows, columns, depth, .. } = *product;
    if product.output_column != 1 && columns != 1 {
        if product.output_row != 1 && rows != 1 {
            return false;
        }
        // SAFETY: the same elements; and this once only, since the columns are now what the rows were.
        return unsafe { run::<S, H, T>(&product.swapped()) };
    }
    if rows > MOST_ROWS || depth > MOST_DEPTH {
        return false;
    }
    let lanes = T::Vector::<S>::LANES;
    if product.right_column != 1 && columns != 1 || product.is_aliased() {
        const { assert!(2 * T::Vector::<S>::LANES * size_of::<T>() * COPIED_DEPTH <= COPY) };
        // SAFETY: the caller's promise; the copy has room for strips of two vectors.
        unsafe { copied(product, 2 * lanes, run::<S, H, T>, H::copy_strip::<T>) };
        return true;
    }
    let mut n = 0;
    while n < columns {
        let left = columns - n;
        let strip = Tile { product, m: 0, rows, n, last: left };
        if !T::Vector::<S>::NATIVE {
            let whole = left >= lanes;
            n += if whole { lanes } else { 1 };
            if whole {
                // SAFETY: a vector of columns is left.
                unsafe { strip.rows::<S, T::Vector<S>, 1>() };
            } else {
                // SAFETY: a column is left.
                unsafe { strip.rows::<S, Lanes<T, 1>, 1>() };
            }
            continue;
        }
        if left > lanes {
            // SAFETY: so many columns are left.
            unsafe { Tile { last: lanes.min(left - lanes), ..strip }.rows::<S, T::Vector<S>, 2>() };
        } else if T::Vector::<H>::LANES < lanes && left <= T::Vector::<H>::LANES {
            // SAFETY: so many columns are left.
            unsafe { strip.rows::<S, T::Vector<H>, 1>() };
        } else {
            // SAFETY: so many columns are left.
            unsafe { strip.rows::<S, T::Vector<S>, 1>() };
        }
        n += 2 * lanes;
    }
    true
}

/// Some rows and columns of a product: `rows` from the `m`th on, and vectors from the `n`th column on, the last of them of `last` columns.
#[derive(Clone, Copy)]
struct Tile<'p, T> {
    product: &'p Product<T>,
    m: usize,
    rows: usize,
    n: usize,
    last: usize,
}

impl<T: Real> Tile<'_, T> {
    /// All rows of `C` vectors of columns. With AVX-512, two vectors of 8 rows are 16 of the 32 registers, and 8 of one vector are as many
    /// sums as hide the latency of a multiply-add; with 16 registers there is room for 6 rows.
    ///
    /// # Safety
    /// - The CPU has the instruction set, and there are such columns;
    /// - what [`Function`] asks for, and the unit strides of `right` and of the output are along the columns, if there is more than one.
    #[inline(always)]
    unsafe fn rows<S: Compiled, V: Vector<Scalar = T>, const C: usize>(self) {
        let mut m = 0;
        while m < self.rows {
            let left = self.rows - m;
            let height = match left {
                ..4 if !V::NATIVE => 1,
                ..=4 => 4,
                _ if !V::NATIVE => 4,
                _ if S::TILE_ROWS > 6 => 8,
                7 | 8 => 4,
                _ => 6,
            };
            let tile = Tile { m, rows: left.min(height), ..self };
            match height {
                // SAFETY: the caller's promise, and so many rows are left.
                1 if !V::NATIVE => unsafe { S::tile::<V, 1, C>(tile) },
                // SAFETY: as above.
                6 if S::TILE_ROWS == 6 && V::NATIVE => unsafe { S::tile::<V, 6, C>(tile) },
                // SAFETY: as above.
                8 if S::TILE_ROWS > 6 => unsafe { S::tile::<V, 8, C>(tile) },
                // SAFETY: as above.
                _ => unsafe { S::tile::<V, 4, C>(tile) },
            }
            m += height;
        }
    }

    /// # Safety
    /// - As for `rows`; `rows` is not zero nor more than `R`, and there are as many from `m` on.
    #[inline(always)]
    unsafe fn run<V: Vector<Scalar = T>, const R: usize, const C: usize>(self) {
        let Tile { product, m, rows, n, last } = self;
        let is_part = V::NATIVE && last < V::LANES;
        let mut sums = if is_part {
            // SAFETY: the caller's promise.
            unsafe { self.sums::<V, R, C, true>() }
        } else {
            // SAFETY: the caller's promise.
            unsafe { self.sums::<V, R, C, false>() }
        };

        if let Some(factor) = product.factor {
            let factor = V::splat(factor);
            sums.as_flattened_mut().iter_mut().for_each(|sum| *sum = factor.mul(*sum));
        }
        let first = product.output.wrapping_offset(m as isize * product.output_row).wrapping_add(n);
        let mut outputs = [first; R];
        for (r, output) in outputs.iter_mut().enumerate() {
            *output = output.wrapping_offset(r.min(rows - 1) as isize * product.output_row);
        }
        if product.adds {
            for (output, sums) in outputs.iter().zip(&mut sums) {
                for (c, sum) in sums.iter_mut().enumerate() {
                    // SAFETY: the columns of the tile in one of its rows.
                    *sum = unsafe { load::<V, C>(*output, c, last, V::NATIVE) }.add(*sum);
                }
            }
        }
        if C == 1 && is_part && is_at_end_of_page::<V>(outputs[R - 1]) {
            let mut lanes = [const { MaybeUninit::<[T; MOST_LANES]>::uninit() }; R];
            for (lanes, sums) in lanes.iter_mut().zip(&sums) {
                const { assert!(V::LANES <= MOST_LANES) };
                // SAFETY: there is room for the lanes of every vector.
                unsafe { sums[0].store(lanes.as_mut_ptr().cast()) };
            }
            // SAFETY: the columns of the tile in all its rows, and a vector for each of them.
            unsafe { store_one_by_one(self, lanes.as_ptr().cast()) };
            return;
        }
        for (r, (output, sums)) in outputs.iter().zip(&sums).enumerate() {
            if r >= rows {
                break;
            }
            for (c, sum) in sums.iter().enumerate() {
                let place = output.wrapping_add(c * V::LANES);
                if c + 1 == C && is_part {
                    // SAFETY: the last columns of the tile, in one of its rows.
                    unsafe { sum.store_part(place, last) };
                } else {
                    // SAFETY: a whole vector of columns of the tile, in one of its rows.
                    unsafe { sum.store(place) };
                }
            }
        }
    }

    /// The sums of the tile; `PART` says whether the last vector is not whole. (A masked load of a whole one would be no slower; but also
    /// what is masked may not have been written a moment ago, as the array that lies behind the right one.)
    ///
    /// # Safety
    /// - As for `run`.
    #[inline(always)]
    unsafe fn sums<V: Vector<Scalar = T>, const R: usize, const C: usize, const PART: bool>(
        self,
    ) -> [[V; C]; R] {
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
                *column = unsafe { load::<V, C>(right, c, last, PART) };
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
        sums
    }
}

/// The `c`th of `C` vectors, of which the last is of `last` numbers, if it is not whole.
///
/// # Safety
/// - They may be read.
#[inline(always)]
unsafe fn load<V: Vector, const C: usize>(
    first: *const V::Scalar,
    c: usize,
    last: usize,
    is_part: bool,
) -> V {
    let from = first.wrapping_add(c * V::LANES);
    if c + 1 == C && is_part {
        // SAFETY: the caller's promise.
        unsafe { V::load_part(from, last) }
    } else {
        // SAFETY: the caller's promise.
        unsafe { V::load(from) }
    }
}

/// Whether a vector at this place would reach into the next page of memory. Where that page was never touched, as behind an array at the
/// end of the heap, a masked store takes as long as a hundred others, though it writes nothing there. (So the last row is looked at, and
/// where there is little else to do.)
#[inline(always)]
fn is_at_end_of_page<V: Vector>(place: *const V::Scalar) -> bool {
    const PAGE: usize = 4096;
    place.addr() % PAGE > PAGE - size_of::<V>()
}

/// Writes a tile of one vector without masked stores. The vectors of its rows are at the beginning of [`MOST_LANES`] numbers each.
///
/// # Safety
/// - The tile may be written, and there is a vector for each of its rows.
#[cold]
#[inline(never)]
unsafe fn store_one_by_one<T: Real>(tile: Tile<'_, T>, numbers: *const T) {
    let Tile { product, m, rows, n, last } = tile;
    for r in 0..rows {
        let output = product.output.wrapping_offset((m + r) as isize * product.output_row).wrapping_add(n);
        for column in 0..last {
            // SAFETY: a row and a column that were computed.
            let number = unsafe { *numbers.wrapping_add(r * MOST_LANES + column) };
            // SAFETY: a row and a column of the tile.
            unsafe { output.wrapping_add(column).write(number) };
        }
    }
}

/// Bytes of a copy of a strip: of two vectors of 64 bytes for each of [`COPIED_DEPTH`] summed positions.
const COPY: usize = 128 * COPIED_DEPTH;
/// Summed positions of a copy. Sums of no more terms are added in the order of the terms, whatever the layout.
pub(super) const COPIED_DEPTH: usize = 128;

/// The copy of a strip, at a cache line.
#[repr(align(64))]
struct Copied([MaybeUninit<u8>; COPY]);

/// The product with each strip of `right`, of `width` columns, copied by `copy`, so that its columns are neighbours; `run` multiplies with it.
///
/// # Safety
/// - What [`Function`] asks for, also of `run`, and what [`copy_strip`] asks for;
/// - [`COPY`] bytes are enough for strips of this width.
#[inline(never)]
unsafe fn copied<T: Real>(product: &Product<T>, width: usize, run: Function<T>, copy: unsafe fn(Strip<T>)) {
    let mut memory = Copied([MaybeUninit::uninit(); COPY]);
    let to = memory.0.as_mut_ptr().cast::<T>();
    for n in (0..product.columns).step_by(width) {
        for first in (0..product.depth).step_by(COPIED_DEPTH) {
            let from = product
                .right
                .wrapping_offset((n as isize).wrapping_mul(product.right_column))
                .wrapping_offset((first as isize).wrapping_mul(product.right_depth));
            let strip = Strip {
                from,
                along_depth: product.right_depth,
                along_columns: product.right_column,
                depth: COPIED_DEPTH.min(product.depth - first),
                columns: width.min(product.columns - n),
                to,
                width,
            };
            // SAFETY: some summed positions of some columns, and there is room for as many.
            unsafe { copy(strip) };
            let part = Product {
                output: product.output.wrapping_add(n),
                left: product.left.wrapping_offset((first as isize).wrapping_mul(product.left_depth)),
                right: to,
                columns: strip.columns,
                depth: strip.depth,
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
}

/// A strip of `right`, and where it is copied to, with unit stride along the columns and `width` along the summed positions.
#[derive(Clone, Copy)]
struct Strip<T> {
    from: *const T,
    along_depth: isize,
    along_columns: isize,
    depth: usize,
    columns: usize,
    to: *mut T,
    width: usize,
}

/// `to[k, n] = from[k, n]`
///
/// # Safety
/// - The CPU has the instruction set;
/// - for all of these `k` and `n` the strides lead to elements which may be read, and to some that may be written.
#[inline(always)]
unsafe fn copy_strip<S: Simd, T: Real>(strip: Strip<T>) {
    let Strip { from, along_depth, along_columns, depth, columns, to, width } = strip;
    let side = if size_of::<T>() == 8 { S::SIDE_64 } else { S::SIDE_32 };
    let (mut whole_depth, mut whole_columns) = (0, 0);
    if along_depth == 1 {
        (whole_depth, whole_columns) = (depth - depth % side, columns - columns % side);
        for n in (0..whole_columns).step_by(side) {
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
        let first = if k < whole_depth { whole_columns } else { 0 };
        for n in first..columns {
            let from = from.wrapping_offset(k as isize * along_depth + n as isize * along_columns);
            // SAFETY: the caller's promise.
            let element = unsafe { *from };
            // SAFETY: the caller's promise.
            unsafe { to.wrapping_add(k * width + n).write(element) };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Numbers in memory, and how far it is from one to the next along two axes; all places of other numbers stay as they are.
    struct Matrix<T> {
        memory: Vec<T>,
        first: usize,
        strides: [isize; 2],
    }

    const UNTOUCHED: i16 = 77;

    impl<T: Real + From<i16>> Matrix<T> {
        fn new([rows, columns]: [usize; 2], layout: usize, seed: i16) -> Matrix<T> {
            let (strides, first) = match layout {
                0 => ([columns as isize, 1], 0),
                1 => ([1, rows as isize], 0),
                // A part of a larger one, backwards along one axis, columns apart, and a distance at which lines are aliased.
                2 => ([columns as isize + 3, 1], 5),
                3 => ([-(columns as isize) - 1, 1], (columns + 1) * (rows - 1)),
                4 => ([2 * columns as isize, 2], 1),
                5 => ([1, -(rows as isize) - 2], (rows + 2) * (columns - 1)),
                _ => ([512, 1], 3),
            };
            let most = strides.map(|stride: isize| stride.max(0).unsigned_abs());
            let len = first + most[0] * (rows - 1) + most[1] * (columns - 1) + 1;
            let mut matrix = Matrix { memory: vec![T::from(UNTOUCHED); len + 2], first, strides };
            for (row, column) in positions([rows, columns]) {
                let place = matrix.place(row, column);
                matrix.memory[place] = T::from((row as i16 * 7 + column as i16 * 5 + seed) % 11 - 5);
            }
            matrix
        }

        fn place(&self, row: usize, column: usize) -> usize {
            let offset = row as isize * self.strides[0] + column as isize * self.strides[1];
            self.first.checked_add_signed(offset).expect("all places are in the memory")
        }

        fn at(&self, row: usize, column: usize) -> T {
            self.memory[self.place(row, column)]
        }
    }

    fn positions([rows, columns]: [usize; 2]) -> impl Iterator<Item = (usize, usize)> {
        (0..rows).flat_map(move |row| (0..columns).map(move |column| (row, column)))
    }

    fn check<T: Real + From<i16>>(
        function: Function<T>,
        [rows, columns, depth]: [usize; 3],
        [of_output, of_left, of_right]: [usize; 3],
        (factor, adds): (Option<T>, bool),
    ) -> bool {
        let (left, right) =
            (Matrix::<T>::new([rows, depth], of_left, 1), Matrix::<T>::new([depth, columns], of_right, 4));
        let mut output = Matrix::<T>::new([rows, columns], of_output, 2);
        let mut wanted = output.memory.clone();
        for (row, column) in positions([rows, columns]) {
            let products = (0..depth).map(|k| left.at(row, k) * right.at(k, column));
            let sum = factor.unwrap_or(*T::ONE) * products.fold(T::default(), |sum, product| sum + product);
            let place = output.place(row, column);
            wanted[place] = if adds { wanted[place] + sum } else { sum };
        }
        let product = Product {
            output: output.memory.as_mut_ptr().wrapping_add(output.first),
            left: left.memory.as_ptr().wrapping_add(left.first),
            right: right.memory.as_ptr().wrapping_add(right.first),
            rows,
            columns,
            depth,
            output_row: output.strides[0],
            output_column: output.strides[1],
            left_row: left.strides[0],
            left_depth: left.strides[1],
            right_depth: right.strides[0],
            right_column: right.strides[1],
            factor,
            adds,
        };
        // SAFETY: all places are in the memory; the function is one that the CPU can run.
        let done = unsafe { function(&product) };
        let what = format!("{rows} {columns} {depth}, layouts {of_output} {of_left} {of_right}");
        if done {
            assert!(output.memory == wanted, "{what}");
        }
        done
    }

    fn check_all<T: Real + From<i16>>(function: Function<T>) {
        let two = *T::ONE + *T::ONE;
        let stores = [(None, false), (None, true), (Some(two), false), (Some(two.negated()), true)];
        let most = if cfg!(miri) { 4 } else { usize::MAX };
        let sizes = |all: &'static [usize]| all.iter().copied().filter(move |&size| size <= most);
        // Small integers: no order of the sums rounds.
        for rows in sizes(&[1, 2, 3, 4, 5, 6, 7, 8, 9, 13, 17, 64]) {
            for columns in sizes(&[1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 32, 33, 50]) {
                for depth in sizes(&[1, 2, 3, 8, 19, 129]) {
                    let sizes = [rows, columns, depth];
                    let store = stores[(rows + columns + depth) % stores.len()];
                    for layouts in
                        [[0, 0, 0], [0, 0, 1], [0, 1, 0], [0, 1, 1], [1, 0, 0], [1, 1, 1], [3, 2, 6]]
                    {
                        let done = check(function, sizes, layouts, store);
                        assert!(done, "{rows} {columns} {depth}, {layouts:?}");
                    }
                }
            }
        }
        for sizes in [[3, 3, 3], [4, 4, 4], [9, 7, 5], [17, 20, 12], [33, 18, 40]] {
            let sizes = sizes.map(|size: usize| size.min(most));
            for layouts in 0..7 * 7 * 7 {
                let layouts = [layouts % 7, layouts / 7 % 7, layouts / 49];
                for store in stores {
                    let done = check(function, sizes, layouts, store);
                    assert!(done || layouts[0] == 4, "{sizes:?}, {layouts:?}");
                }
            }
        }
    }

    #[test]
    fn every_instruction_set() {
        for isa in Isa::available() {
            match isa {
                #[cfg(target_arch = "x86_64")]
                Isa::Avx512(_) => {
                    check_all::<f64>(run::<Avx512, Avx2, f64>);
                    check_all::<f32>(run::<Avx512, Avx2, f32>);
                }
                #[cfg(target_arch = "x86_64")]
                Isa::Avx2(_) => {
                    check_all::<f64>(run::<Avx2, Avx2, f64>);
                    check_all::<f32>(run::<Avx2, Avx2, f32>);
                }
                Isa::Portable => {
                    check_all::<f64>(run::<Portable, Portable, f64>);
                    check_all::<f32>(run::<Portable, Portable, f32>);
                }
            }
        }
    }

    // Whatever lies behind the last element, nothing else is written.
    #[test]
    fn at_the_end_of_a_page() {
        let mut memory = vec![5.0_f64; 3 * 4096 / 8];
        let to_page = memory.as_ptr().align_offset(4096);
        for isa in Isa::available() {
            let function: Function<f64> = match isa {
                #[cfg(target_arch = "x86_64")]
                Isa::Avx512(_) => run::<Avx512, Avx2, f64>,
                #[cfg(target_arch = "x86_64")]
                Isa::Avx2(_) => run::<Avx2, Avx2, f64>,
                Isa::Portable => run::<Portable, Portable, f64>,
            };
            for (rows, columns, behind) in [(3, 3, 0), (2, 7, 2), (4, 5, 6), (9, 3, 1)] {
                memory.fill(5.0);
                let first = to_page + 512 - behind - rows * columns;
                let ones = vec![1.0; rows.max(columns) * 2];
                let output = memory[first..].as_mut_ptr();
                let product = Product {
                    output,
                    left: ones.as_ptr(),
                    right: ones.as_ptr(),
                    rows,
                    columns,
                    depth: 2,
                    output_row: columns as isize,
                    output_column: 1,
                    left_row: 2,
                    left_depth: 1,
                    right_depth: columns as isize,
                    right_column: 1,
                    factor: None,
                    adds: false,
                };
                // SAFETY: all places are in the memory; the function is one that the CPU can run.
                assert!(unsafe { function(&product) });
                let (before, rest) = memory.split_at(first);
                let (inside, after) = rest.split_at(rows * columns);
                assert!(inside.iter().all(|&element| element == 2.0), "{inside:?}");
                assert!(before.iter().chain(after).all(|&element| element == 5.0));
            }
        }
    }
}
