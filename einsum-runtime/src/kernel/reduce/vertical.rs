//! `output[x, y] = Σ_k left[x, y, k] · right[x, y, k]`, lanes along `y`.
//!
//! Loop order: `x` outside, blocks of vectors of `y` (and of rows `x`, where these are short or share what they read), chunks of `k`, `k`.
//! Such a block of outputs is in registers for a chunk of `k`, so a multiply-add costs one unaligned load and a share of a
//! broadcast. Two forms do better:
//!
//! - **windows** (`tall`): a row of the left operand is row `i` of one output's window and row `i - 1` of the next one's. Blocks have
//!   [`TALL`] rows of outputs, and each vector that is loaded is multiplied into both.
//! - **streams** (`strips`): a vector times a large matrix, whose rows are read once. A strip of outputs is a buffer in the cache,
//!   and [`STREAMS`] rows at a time are read from one end of the strip to the other.
//!
//! The last vector of a row overlaps the one before it; a row shorter than a vector is read and written in part.

#![expect(clippy::needless_range_loop, reason = "indices of registers")]

use super::{
    Arrays, Walk,
    access::{Access, Factor, Partial},
    terms::{CHUNK, Cascade, Chunk, Order, Run, Terms},
};
use crate::kernel::{
    dims::Dim,
    element::Element,
    simd::{Isa, Kernel, Lanes, Simd, Vector},
};
use alloc::vec::Vec;
use core::mem::MaybeUninit;

/// Vectors of outputs in a block of one row: eight hide the latency of the multiply-adds (two a cycle, four cycles each).
const VECTORS: usize = 8;
/// Rows in a block of several short ones, of up to [`SHORT`] vectors each: nine sums hide the latency as well.
const ROWS: usize = 3;
/// See [`ROWS`].
const SHORT: usize = 3;
/// Rows of windows that share what they load, in blocks of up to [`WIDE`] vectors: 12 sums, two broadcasts and two loads are all 16
/// registers. At the upper and lower rows of the windows only one of the outputs' rows takes part, so that the fewer vectors a
/// block has, the more it waits for the latency.
const TALL: usize = 2;
/// See [`TALL`].
const WIDE: usize = 6;
/// The usual width of a window has loops of its own, without branches: a fifth faster at 3×3.
const USUAL: usize = 3;
/// Chunks of a long sum side by side where a row is one or two vectors: four of them hide the latency as eight vectors do.
const SIDE: usize = 4;
/// Rows of matrices that are read at a time: a prefetcher follows about as many streams. Measured 4, 8 and 16.
const STREAMS: usize = 8;
/// Bytes of a matrix that is read in strips: more than the level 2 cache has.
const LARGE: usize = 1 << 20;
/// Bytes of a strip of outputs: as many as the level 1 cache has, a small part of level 2, and so long that a stream is worth starting.
/// Measured: rows of 3000 numbers took 1.5 to 2.5 times as long in strips of 4 KiB.
const STRIP: usize = 32 << 10;

/// Computes the outputs with lanes along `y`.
///
/// # Safety
/// - As [`super::run`], for the loops `rows`, `y`, `outer` and `inner`;
/// - the accesses are the strides of `y`.
#[expect(clippy::too_many_arguments, reason = "loops and arrays")]
#[inline]
pub(super) unsafe fn vertical<T: Element, A: Access, F: Factor>(
    isa: Isa,
    rows: &[Dim],
    y: &Dim,
    outer: &[Dim],
    inner: &Dim,
    arrays: Arrays<T>,
    access: A,
    factor: F,
) {
    let terms = Terms::new(outer, inner, 1, Order::Runs);
    // SAFETY: the caller's promise.
    unsafe { isa.run(Vertical { rows, y: *y, terms: &terms, arrays, access, factor }) };
}

struct Vertical<'a, T, A, F> {
    rows: &'a [Dim],
    y: Dim,
    terms: &'a Terms<'a>,
    arrays: Arrays<T>,
    access: A,
    factor: F,
}

impl<T: Element, A: Access, F: Factor> Kernel for Vertical<'_, T, A, F> {
    type Output = ();
    type Reach = T::InSums;

    #[inline(always)]
    unsafe fn run<S: Simd>(self) {
        // SAFETY: the caller's promise.
        unsafe { self.all::<T::Vector<S>>() };
    }
}

/// Vectors of outputs that begin at `y`: all but the last follow each other, and that begins `last` after the first.
#[derive(Clone, Copy)]
struct Block {
    y: usize,
    last: usize,
}

impl Block {
    /// The vectors `first..first + count` of a row of `extent` outputs. If it is the last one, and not a whole one, there are others
    /// before it in the block.
    #[inline(always)]
    fn new<V: Vector>(first: usize, count: usize, extent: usize) -> Block {
        let y = first * V::LANES;
        let end = ((first + count) * V::LANES).min(extent);
        Block { y, last: end - V::LANES - y }
    }
}

impl<T: Element, A: Access, F: Factor> Vertical<'_, T, A, F> {
    /// # Safety
    /// - As [`vertical`].
    #[inline(always)]
    unsafe fn all<V: Vector<Scalar = T>>(&self) {
        let mut first = Chunk::new();
        self.terms.chunk(0, &mut first);
        let (x, outer) = super::split(self.rows);
        let mut walk = Walk::new(outer);
        loop {
            let arrays = self.arrays.moved(&walk.at, 1);
            if self.y.extent < V::LANES {
                for n in 0..x.extent {
                    let arrays = arrays.moved(&x, n);
                    if V::NATIVE {
                        // SAFETY: the caller's promise, for one row.
                        unsafe { self.part::<V>(arrays, &mut first) };
                    } else {
                        for y in 0..self.y.extent {
                            let (block, x) = (Block { y, last: 0 }, &Dim::default());
                            // SAFETY: the caller's promise, for one output. Its terms are added in the same order.
                            unsafe { self.block::<Lanes<T, 1>, 1, 1>(arrays, x, block, &mut first) };
                        }
                    }
                }
            } else {
                // SAFETY: the caller's promise, for the rows along `x`.
                unsafe { self.rows::<V>(arrays, &x, &mut first) };
            }
            if !walk.next() {
                break;
            }
        }
    }

    /// Rows of one vector or more.
    ///
    /// # Safety
    /// - As [`vertical`], for the loops `x` and `y`.
    #[inline(always)]
    unsafe fn rows<V: Vector<Scalar = T>>(&self, arrays: Arrays<T>, x: &Dim, chunk: &mut Chunk) {
        let vectors = self.y.extent.div_ceil(V::LANES);
        let mut done = 0;
        if V::NATIVE && F::SHARED && x.right == 0 {
            let tall =
                self.terms.chunks == 1 && self.terms.only_outer().is_some_and(|outer| outer.left == x.left);
            if tall {
                while done + TALL <= x.extent {
                    let arrays = arrays.moved(x, done);
                    if chunk.len == USUAL {
                        // SAFETY: the caller's promise, for these rows.
                        unsafe { self.windows::<V, USUAL>(arrays, x, vectors, chunk) };
                    } else {
                        // SAFETY: as above.
                        unsafe { self.windows::<V, 0>(arrays, x, vectors, chunk) };
                    }
                    done += TALL;
                }
            } else if vectors <= SHORT {
                while done + ROWS <= x.extent {
                    let arrays = arrays.moved(x, done);
                    let block = Block::new::<V>(0, vectors, self.y.extent);
                    // SAFETY: the caller's promise, for these rows; likewise below.
                    match vectors {
                        // SAFETY: as above.
                        1 => unsafe { self.block::<V, ROWS, 1>(arrays, x, block, chunk) },
                        // SAFETY: as above.
                        2 => unsafe { self.block::<V, ROWS, 2>(arrays, x, block, chunk) },
                        // SAFETY: as above.
                        _ => unsafe { self.block::<V, ROWS, SHORT>(arrays, x, block, chunk) },
                    }
                    done += ROWS;
                }
            }
        }
        // Rows of the left operand that do not overlap are read once. In the cache, blocks are as good.
        let apart = self.terms.inner.left.unsigned_abs() >= self.y.extent;
        let bytes = self.terms.chunks.saturating_mul(CHUNK * size_of::<T>()).saturating_mul(self.y.extent);
        let strips = vectors > VECTORS && self.terms.chunks > 1 && apart && bytes >= LARGE;
        for n in done..x.extent {
            let arrays = arrays.moved(x, n);
            if V::NATIVE && A::UNIT && strips {
                // SAFETY: the caller's promise, for one row.
                unsafe { self.strips::<V>(arrays, chunk) };
            } else {
                // SAFETY: the caller's promise, for one row.
                unsafe { self.one::<V>(arrays, vectors, chunk) };
            }
        }
    }

    /// [`TALL`] rows of windows, `LEN` wide if that is not 0.
    ///
    /// # Safety
    /// - As [`vertical`], for [`TALL`] rows along `x` of `vectors` vectors; and what [`Vertical::tall`] asks for.
    #[inline(always)]
    unsafe fn windows<V: Vector<Scalar = T>, const LEN: usize>(
        &self,
        arrays: Arrays<T>,
        x: &Dim,
        vectors: usize,
        chunk: &Chunk,
    ) {
        let mut done = 0;
        while done < vectors {
            let now = match vectors - done {
                7 => 4,
                8 => 4,
                9 | 10 => 5,
                left => left.min(WIDE),
            };
            let block = Block::new::<V>(done, now, self.y.extent);
            // SAFETY: the caller's promise; the block is within the rows; likewise below.
            match now {
                // SAFETY: as above.
                1 => unsafe { self.tall::<V, 1, LEN>(arrays, x, block, chunk) },
                // SAFETY: as above.
                2 => unsafe { self.tall::<V, 2, LEN>(arrays, x, block, chunk) },
                // SAFETY: as above.
                3 => unsafe { self.tall::<V, 3, LEN>(arrays, x, block, chunk) },
                // SAFETY: as above.
                4 => unsafe { self.tall::<V, 4, LEN>(arrays, x, block, chunk) },
                // SAFETY: as above.
                5 => unsafe { self.tall::<V, 5, LEN>(arrays, x, block, chunk) },
                // SAFETY: as above.
                _ => unsafe { self.tall::<V, WIDE, LEN>(arrays, x, block, chunk) },
            }
            done += now;
        }
    }

    /// One row.
    ///
    /// # Safety
    /// - As [`vertical`], for one row of `vectors` vectors.
    #[inline(always)]
    unsafe fn one<V: Vector<Scalar = T>>(&self, arrays: Arrays<T>, vectors: usize, chunk: &mut Chunk) {
        let x = &Dim::default();
        let mut done = 0;
        while done < vectors {
            let left = vectors - done;
            // Of the sizes that there are, so that no single vector is left.
            let now = if V::NATIVE && A::UNIT {
                match left {
                    1..=4 | 6 | 8 => left,
                    5 => 3,
                    7 => 4,
                    9 | 10 | 12 | 13 => 6,
                    _ => VECTORS,
                }
            } else {
                1 + usize::from(left.is_multiple_of(2))
            };
            let block = Block::new::<V>(done, now, self.y.extent);
            // SAFETY: the caller's promise; the block is within the row; likewise below.
            match now {
                // SAFETY: as above.
                1 => unsafe { self.block::<V, 1, 1>(arrays, x, block, chunk) },
                // SAFETY: as above.
                2 => unsafe { self.block::<V, 1, 2>(arrays, x, block, chunk) },
                _ if !(V::NATIVE && A::UNIT) => unreachable!("blocks of one or two"),
                // SAFETY: as above.
                3 => unsafe { self.block::<V, 1, 3>(arrays, x, block, chunk) },
                // SAFETY: as above.
                4 => unsafe { self.block::<V, 1, 4>(arrays, x, block, chunk) },
                // SAFETY: as above.
                6 => unsafe { self.block::<V, 1, 6>(arrays, x, block, chunk) },
                // SAFETY: as above.
                _ => unsafe { self.block::<V, 1, VECTORS>(arrays, x, block, chunk) },
            }
            done += now;
        }
    }

    /// A block of outputs: the whole sum, and the assignment.
    ///
    /// # Safety
    /// - As [`vertical`], for `R` rows along `x`, and `N` vectors of each.
    #[inline(always)]
    unsafe fn block<V: Vector<Scalar = T>, const R: usize, const N: usize>(
        &self,
        arrays: Arrays<T>,
        x: &Dim,
        block: Block,
        chunk: &mut Chunk,
    ) {
        let from =
            arrays.at(self.access.place(arrays.left, block.y), self.factor.place(arrays.right, block.y));
        if V::NATIVE && R == 1 && N <= 2 && self.terms.side_by_side::<SIDE>() {
            // SAFETY: the caller's promise.
            let sums = unsafe { self.narrow::<V, N>(from, block.last, chunk) };
            // SAFETY: the caller's promise.
            unsafe { self.assign(arrays.output, block, &sums) };
            return;
        }
        let mut cascade = Cascade::<V, N, R>::new();
        let mut index = 0;
        let sums = loop {
            // A sum of one chunk has it at hand from one block to the next.
            if self.terms.chunks > 1 {
                self.terms.chunk(index, chunk);
            }
            let mut sums = [[V::splat(T::default()); N]; R];
            let apart = Run { left: x.left, right: 0 };
            // SAFETY: the caller's promise, for one chunk.
            unsafe { self.add(from, apart, chunk.runs(), chunk.len, block.last, &mut sums) };
            index += 1;
            if self.terms.chunks == 1 {
                break sums;
            }
            cascade.push(sums);
            if index == self.terms.chunks {
                break cascade.total();
            }
        };
        for (n, sums) in sums.iter().enumerate() {
            // SAFETY: the caller's promise, for the `n`th row.
            unsafe { self.assign(arrays.moved(x, n).output, block, sums) };
        }
    }

    /// Adds the terms of runs to the sums of a block, that begins at `from`.
    ///
    /// # Safety
    /// - The terms may be read in `R` rows of `N` vectors, the last of which begins `last` after the first, the rows `apart`
    ///   in the operands.
    #[inline(always)]
    unsafe fn add<V: Vector<Scalar = T>, const R: usize, const N: usize>(
        &self,
        from: Arrays<T>,
        apart: Run,
        runs: &[Run],
        len: usize,
        last: usize,
        sums: &mut [[V; N]; R],
    ) {
        let mut total = *sums;
        for run in runs {
            let mut left = from.left.wrapping_offset(run.left);
            let mut right = from.right.wrapping_offset(run.right);
            for _ in 0..len {
                for r in 0..R {
                    let left = left.wrapping_offset(r as isize * apart.left);
                    let right = right.wrapping_offset(r as isize * apart.right);
                    // SAFETY: the caller's promise.
                    let common = unsafe { self.factor.common::<V>(right) };
                    for n in 0..N {
                        let at = if n + 1 == N { last } else { n * V::LANES };
                        // SAFETY: the caller's promise.
                        let loaded = unsafe { self.access.load::<V>(left, at) };
                        // SAFETY: the caller's promise.
                        total[r][n] = unsafe { self.factor.add(common, right, at, loaded, total[r][n]) };
                    }
                }
                left = left.wrapping_offset(self.terms.inner.left);
                right = right.wrapping_offset(self.terms.inner.right);
            }
        }
        *sums = total;
    }

    /// Writes `N` vectors of one row.
    ///
    /// # Safety
    /// - The outputs of the block are elements from `output` on that nothing else uses meanwhile.
    #[inline(always)]
    unsafe fn assign<V: Vector<Scalar = T>, const N: usize>(
        &self,
        output: *mut T,
        block: Block,
        sums: &[V; N],
    ) {
        let Arrays { store, .. } = self.arrays;
        let output = output.wrapping_offset(block.y as isize * self.y.output);
        let mut buffer = [const { MaybeUninit::<V>::uninit() }; N];
        let plain = self.y.output == 1 && store.is_plain();
        let to = if plain { output } else { buffer.as_mut_ptr().cast() };
        for n in 0..N {
            let at = if n + 1 == N { block.last } else { n * V::LANES };
            // SAFETY: the outputs are as many, and so is the buffer; what is written twice is the same both times.
            unsafe { sums[n].store(to.wrapping_add(at)) };
        }
        if !plain {
            // SAFETY: all up to the end of the last vector was written, and is not more than the vectors.
            let sums = unsafe { core::slice::from_raw_parts(to, block.last + V::LANES) };
            // SAFETY: the caller's promise.
            unsafe { store.all(output, self.y.output, sums) };
        }
    }

    /// A long sum of one or two vectors of outputs: so few would wait for the latency of each addition. [`SIDE`] chunks side by side do not,
    /// and their sums are the same.
    ///
    /// # Safety
    /// - As [`Vertical::add`], for all of the sum, which has so many chunks of one run of the same loop.
    #[inline(always)]
    unsafe fn narrow<V: Vector<Scalar = T>, const N: usize>(
        &self,
        from: Arrays<T>,
        last: usize,
        chunk: &mut Chunk,
    ) -> [V; N] {
        let mut cascade = Cascade::<V, N, 1>::new();
        let mut index = 0;
        while index < self.terms.chunks {
            self.terms.chunk(index, chunk);
            if index + SIDE < self.terms.chunks {
                let len = chunk.len as isize;
                let apart = Run { left: len * self.terms.inner.left, right: len * self.terms.inner.right };
                let mut sums = [[V::splat(T::default()); N]; SIDE];
                // SAFETY: the caller's promise: the chunks follow each other, and all but the last of the sum are as long.
                unsafe { self.add(from, apart, chunk.runs(), chunk.len, last, &mut sums) };
                for sums in sums {
                    cascade.push([sums]);
                }
                index += SIDE;
            } else {
                let mut sums = [[V::splat(T::default()); N]];
                // SAFETY: the caller's promise, for one chunk.
                unsafe { self.add(from, Run::default(), chunk.runs(), chunk.len, last, &mut sums) };
                cascade.push(sums);
                index += 1;
            }
        }
        let [sums] = cascade.total();
        sums
    }

    /// A row that is shorter than a vector.
    ///
    /// # Safety
    /// - As [`vertical`], for one row.
    #[inline(always)]
    unsafe fn part<V: Vector<Scalar = T>>(&self, arrays: Arrays<T>, chunk: &mut Chunk) {
        let partial = self.partial(self.y.extent);
        let [sum] = if self.terms.chunks == 1 {
            let mut sums = [[V::splat(T::default()); 1]];
            // SAFETY: the caller's promise; this is the one chunk.
            unsafe { partial.add(arrays, Run::default(), chunk.runs(), chunk.len, 0, &mut sums) };
            sums[0]
        } else if self.terms.side_by_side::<SIDE>() {
            // SAFETY: the caller's promise.
            unsafe { partial.narrow::<V, 1>(arrays, 0, chunk) }
        } else {
            let mut cascade = Cascade::<V, 1, 1>::new();
            for index in 0..self.terms.chunks {
                self.terms.chunk(index, chunk);
                let mut sums = [[V::splat(T::default()); 1]];
                // SAFETY: the caller's promise, for one chunk.
                unsafe { partial.add(arrays, Run::default(), chunk.runs(), chunk.len, 0, &mut sums) };
                cascade.push(sums);
            }
            cascade.total()[0]
        };
        let sums = &sum.lanes()[..self.y.extent];
        // SAFETY: the caller's promise.
        unsafe { arrays.store.all(arrays.output, self.y.output, sums) };
    }

    /// The same, of which the first `count` lanes are read.
    #[inline(always)]
    fn partial(&self, count: usize) -> Vertical<'_, T, Partial<A>, Partial<F>> {
        let Vertical { rows, y, terms, arrays, access, factor } = *self;
        Vertical { rows, y, terms, arrays, access: Partial(access, count), factor: Partial(factor, count) }
    }

    /// A block of [`TALL`] rows of windows: run `i` of the second row's sum reads the left operand where run `i + 1` of the first does.
    ///
    /// # Safety
    /// - As [`Vertical::block`]; the sum is one chunk; the outer loop of the sum moves as `x` does in the left operand, and `x` does not
    ///   move in the right one.
    #[inline(always)]
    unsafe fn tall<V: Vector<Scalar = T>, const N: usize, const LEN: usize>(
        &self,
        arrays: Arrays<T>,
        x: &Dim,
        block: Block,
        chunk: &Chunk,
    ) {
        let left = self.access.place(arrays.left, block.y);
        let mut sums = [[V::splat(T::default()); N]; TALL];
        let mut before = None;
        for run in chunk.runs() {
            let left = left.wrapping_offset(run.left);
            let right = arrays.right.wrapping_offset(run.right);
            // SAFETY: the caller's promise; likewise below.
            match before {
                // SAFETY: as above.
                None => unsafe {
                    self.spread::<V, 0, 1, N, LEN>(left, [right; TALL], chunk.len, block.last, &mut sums)
                },
                // SAFETY: as above.
                Some(before) => unsafe {
                    self.spread::<V, 0, 2, N, LEN>(left, [right, before], chunk.len, block.last, &mut sums);
                },
            }
            before = Some(right);
        }
        if let Some((right, last)) = before.zip(chunk.runs().last()) {
            let left = left.wrapping_offset(last.left + x.left);
            // SAFETY: the caller's promise: the last run of the second row.
            unsafe { self.spread::<V, 1, 2, N, LEN>(left, [right; TALL], chunk.len, block.last, &mut sums) };
        }
        for (n, sums) in sums.iter().enumerate() {
            // SAFETY: the caller's promise, for the `n`th row.
            unsafe { self.assign(arrays.moved(x, n).output, block, sums) };
        }
    }

    /// Adds a run of the left operand to the outputs of rows `LOW..HIGH`, times the run of the right operand for each.
    ///
    /// # Safety
    /// - As [`Vertical::tall`].
    #[inline(always)]
    unsafe fn spread<
        V: Vector<Scalar = T>,
        const LOW: usize,
        const HIGH: usize,
        const N: usize,
        const LEN: usize,
    >(
        &self,
        mut left: *const T,
        mut rights: [*const T; TALL],
        len: usize,
        last: usize,
        sums: &mut [[V; N]; TALL],
    ) {
        let mut total = *sums;
        for _ in 0..if LEN > 0 { LEN } else { len } {
            for n in 0..N {
                let at = if n + 1 == N { last } else { n * V::LANES };
                // SAFETY: the caller's promise.
                let loaded = unsafe { self.access.load::<V>(left, at) };
                for r in LOW..HIGH {
                    // SAFETY: the caller's promise.
                    let common = unsafe { self.factor.common::<V>(rights[r]) };
                    // SAFETY: the caller's promise.
                    total[r][n] = unsafe { self.factor.add(common, rights[r], at, loaded, total[r][n]) };
                }
            }
            left = left.wrapping_offset(self.terms.inner.left);
            for right in &mut rights {
                *right = right.wrapping_offset(self.terms.inner.right);
            }
        }
        *sums = total;
    }

    /// One long row, in strips.
    ///
    /// # Safety
    /// - As [`vertical`], for one row.
    #[inline(always)]
    unsafe fn strips<V: Vector<Scalar = T>>(&self, arrays: Arrays<T>, chunk: &mut Chunk) {
        let strip = STRIP / size_of::<T>();
        let levels = usize::BITS as usize - self.terms.chunks.leading_zeros() as usize;
        // The sums of the chunk first, then those of earlier chunks: of `2ⁿ` at level `n`, where their number has a bit.
        let mut buffer: Vec<T> = alloc::vec![T::default(); (levels + 1) * strip];
        let (now, earlier) = buffer.split_at_mut(strip);
        let mut y = 0;
        while y < self.y.extent {
            let width = strip.min(self.y.extent - y);
            for index in 0..self.terms.chunks {
                self.terms.chunk(index, chunk);
                // SAFETY: the caller's promise, for the outputs of the strip.
                unsafe { self.strip_chunk::<V>(arrays, y, chunk, &mut now[..width]) };
                let mut level = 0;
                while index >> level & 1 == 1 {
                    for (now, &before) in now[..width].iter_mut().zip(&earlier[level * strip..]) {
                        *now = before + *now;
                    }
                    level += 1;
                }
                earlier[level * strip..][..width].copy_from_slice(&now[..width]);
            }
            let mut level = self.terms.chunks.trailing_zeros() as usize;
            now[..width].copy_from_slice(&earlier[level * strip..][..width]);
            while self.terms.chunks >> level > 1 {
                level += 1;
                if self.terms.chunks >> level & 1 == 1 {
                    for (now, &before) in now[..width].iter_mut().zip(&earlier[level * strip..]) {
                        *now = before + *now;
                    }
                }
            }
            let output = arrays.output.wrapping_offset(y as isize * self.y.output);
            // SAFETY: the caller's promise, for the outputs of the strip.
            unsafe { arrays.store.all(output, self.y.output, &now[..width]) };
            y += width;
        }
    }

    /// `sums[y] = Σ_k` over one chunk, a few rows of the left operand at a time.
    ///
    /// # Safety
    /// - As [`vertical`], for as many outputs of one row as there are sums.
    #[inline(always)]
    unsafe fn strip_chunk<V: Vector<Scalar = T>>(
        &self,
        arrays: Arrays<T>,
        start: usize,
        chunk: &Chunk,
        sums: &mut [T],
    ) {
        sums.fill(T::default());
        let streams = if F::STREAM { STREAMS / 2 } else { STREAMS };
        let len = chunk.len.min(streams);
        for runs in chunk.runs().chunks(streams / len) {
            let mut k = 0;
            while k < chunk.len {
                let now = (chunk.len - k).min(len);
                let from = arrays.at(
                    arrays.left.wrapping_offset(k as isize * self.terms.inner.left),
                    arrays.right.wrapping_offset(k as isize * self.terms.inner.right),
                );
                let mut y = 0;
                while y < sums.len() {
                    let place = sums[y..].as_mut_ptr();
                    let from = arrays.at(
                        self.access.place(from.left, start + y),
                        self.factor.place(from.right, start + y),
                    );
                    // SAFETY: the caller's promise; there are as many sums as the block has, or one in part; likewise below.
                    y += match (sums.len() - y) / V::LANES {
                        // SAFETY: as above.
                        0 => unsafe { self.strip_part::<V>(from, runs, now, place, sums.len() - y) },
                        // SAFETY: as above.
                        1..4 => unsafe { self.strip_block::<V, 1>(from, runs, now, place) },
                        // SAFETY: as above.
                        4..VECTORS => unsafe { self.strip_block::<V, 4>(from, runs, now, place) },
                        // SAFETY: as above.
                        _ => unsafe { self.strip_block::<V, VECTORS>(from, runs, now, place) },
                    };
                }
                k += now;
            }
        }
    }

    /// Adds to `N` vectors of sums, and says how many that are.
    ///
    /// # Safety
    /// - As [`Vertical::add`]; the sums are elements that nothing else uses.
    #[inline(always)]
    unsafe fn strip_block<V: Vector<Scalar = T>, const N: usize>(
        &self,
        from: Arrays<T>,
        runs: &[Run],
        len: usize,
        place: *mut T,
    ) -> usize {
        let mut sums = [[V::splat(T::default()); N]];
        for (n, sum) in sums[0].iter_mut().enumerate() {
            // SAFETY: the caller's promise.
            *sum = unsafe { V::load(place.wrapping_add(n * V::LANES)) };
        }
        // SAFETY: the caller's promise.
        unsafe { self.add(from, Run::default(), runs, len, (N - 1) * V::LANES, &mut sums) };
        for (n, sum) in sums[0].iter().enumerate() {
            // SAFETY: the caller's promise.
            unsafe { sum.store(place.wrapping_add(n * V::LANES)) };
        }
        N * V::LANES
    }

    /// Adds to less than a vector of sums, and says how many that are.
    ///
    /// # Safety
    /// - As [`Vertical::add`], for `count` lanes; the sums are elements that nothing else uses.
    #[inline(always)]
    unsafe fn strip_part<V: Vector<Scalar = T>>(
        &self,
        from: Arrays<T>,
        runs: &[Run],
        len: usize,
        place: *mut T,
        count: usize,
    ) -> usize {
        // SAFETY: the caller's promise.
        let mut sums = [[unsafe { V::load_part(place, count) }]];
        // SAFETY: the caller's promise.
        unsafe { self.partial(count).add(from, Run::default(), runs, len, 0, &mut sums) };
        let [[sum]] = sums;
        // SAFETY: the caller's promise.
        unsafe { sum.store_part(place, count) };
        count
    }
}
