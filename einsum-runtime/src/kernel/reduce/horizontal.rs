//! `output[m] = Σ_k left[m, k] · right[m, k]`, lanes along `k`.
//!
//! Loop order: `m` outside, chunks of `k`, `k`. Each lane of [`SUMS`] registers adds every so manyeth term, and then registers and lanes
//! are added. Rows `m` that have the right operand in common are taken [`ROWS`] at a time, and share its loads. A single long
//! sum is a tree whose halves may run side by side.

#![expect(clippy::needless_range_loop, reason = "indices of registers")]

use super::{
    Arrays, Walk,
    access::{Access, Factor},
    terms::{Cascade, Chunk, Order, Run, Terms},
};
use crate::kernel::{
    dims::Dim,
    element::Element,
    simd::{Isa, Kernel, MOST_LANES, Simd, Vector},
};
use core::ops::Range;

/// Registers of one sum, if they are registers. Two loads a cycle are one multiply-add (4 cycles) of a dot, or two additions (3 cycles) of a sum: six hide
/// the latency of either.
const SUMS: usize = 6;
/// Vectors of one sum where the compiler makes them of several registers.
const SUMS_PLAIN: usize = 2;
/// Rows that share the loads of the right operand: two of six sums leave registers for the loads.
const ROWS: usize = 2;
/// Chunks of a leaf of the tree of a single sum. A power of two, so that the tree is the same one as without leaves; 2¹⁶ elements of
/// `f64` take 20 µs or more, which is what a task costs a few times over.
const LEAF: usize = 16;

/// Computes the outputs with lanes along `inner`.
///
/// # Safety
/// - As [`super::run`], for the loops `kept`, `outer` and `inner`;
/// - the accesses are the strides of `inner`.
#[expect(clippy::too_many_arguments, reason = "loops and arrays")]
#[inline]
pub(super) unsafe fn horizontal<T: Element, A: Access, F: Factor>(
    isa: Isa,
    kept: &[Dim],
    outer: &[Dim],
    inner: &Dim,
    order: Order,
    arrays: Arrays<T>,
    access: A,
    factor: F,
) {
    // SAFETY: nothing is asked for.
    let width = unsafe { isa.run(Width::<T>(core::marker::PhantomData)) };
    let terms = Terms::new(outer, inner, width, order);
    if kept.is_empty() && terms.chunks > LEAF {
        // SAFETY: the caller's promise.
        let mut sum = unsafe { total(isa, &terms, 0, terms.chunks, arrays, access, factor) };
        // SAFETY: nothing is asked for.
        let sum = unsafe { isa.run(Lanes(&mut sum)) };
        // SAFETY: the caller's promise.
        unsafe { arrays.store.one(arrays.output, sum) };
        return;
    }
    // SAFETY: the caller's promise.
    unsafe { isa.run(Rows { kept, horizontal: Horizontal { terms: &terms, arrays, access, factor } }) };
}

/// The lanes of the sum of `count` chunks from the `first` on: where there are many, of two parts, the first the longest that is a power of
/// two. The parts do not depend on each other.
///
/// # Safety
/// - As [`horizontal`].
unsafe fn total<T: Element, A: Access, F: Factor>(
    isa: Isa,
    terms: &Terms<'_>,
    first: usize,
    count: usize,
    arrays: Arrays<T>,
    access: A,
    factor: F,
) -> [T; MOST_LANES] {
    if count <= LEAF {
        let leaf = Leaf { first, count, horizontal: Horizontal { terms, arrays, access, factor } };
        // SAFETY: the caller's promise.
        return unsafe { isa.run(leaf) };
    }
    let half = count.next_power_of_two() / 2;
    // These two are what can run side by side.
    // SAFETY: the caller's promise.
    let mut sums = unsafe { total(isa, terms, first, half, arrays, access, factor) };
    // SAFETY: the caller's promise.
    let others = unsafe { total(isa, terms, first + half, count - half, arrays, access, factor) };
    for (sum, &other) in sums.iter_mut().zip(&others) {
        *sum = *sum + other;
    }
    sums
}

/// The elements that one step of a run takes.
struct Width<T>(core::marker::PhantomData<T>);

impl<T: Element> Kernel for Width<T> {
    type Output = usize;
    type Reach = T::InSums;

    #[inline(always)]
    unsafe fn run<S: Simd>(self) -> usize {
        <T::Vector<S> as Vector>::LANES * if <T::Vector<S> as Vector>::NATIVE { SUMS } else { SUMS_PLAIN }
    }
}

/// The sum of lanes.
struct Lanes<'a, T>(&'a mut [T; MOST_LANES]);

impl<T: Element> Kernel for Lanes<'_, T> {
    type Output = T;
    type Reach = T::InSums;

    #[inline(always)]
    unsafe fn run<S: Simd>(self) -> T {
        // SAFETY: there is room for any vector.
        unsafe { T::Vector::<S>::load(self.0.as_ptr()) }.sum()
    }
}

/// All outputs.
struct Rows<'a, T, A, F> {
    kept: &'a [Dim],
    horizontal: Horizontal<'a, T, A, F>,
}

/// The sum of some chunks.
struct Leaf<'a, T, A, F> {
    first: usize,
    count: usize,
    horizontal: Horizontal<'a, T, A, F>,
}

struct Horizontal<'a, T, A, F> {
    terms: &'a Terms<'a>,
    arrays: Arrays<T>,
    access: A,
    factor: F,
}

impl<T: Element, A: Access, F: Factor> Kernel for Leaf<'_, T, A, F> {
    type Output = [T; MOST_LANES];
    type Reach = T::InSums;

    #[inline(always)]
    unsafe fn run<S: Simd>(self) -> [T; MOST_LANES] {
        let (x, mut chunk) = (Dim::default(), Chunk::new());
        let (this, chunks) = (&self.horizontal, self.first..self.first + self.count);
        let [sum]: [T::Vector<S>; 1] = if <T::Vector<S> as Vector>::NATIVE {
            // SAFETY: the caller's promise.
            unsafe { this.chunks::<_, 1, SUMS>(this.arrays, &x, chunks, &mut chunk) }
        } else {
            // SAFETY: the caller's promise.
            unsafe { this.chunks::<_, 1, SUMS_PLAIN>(this.arrays, &x, chunks, &mut chunk) }
        };
        sum.lanes()
    }
}

impl<T: Element, A: Access, F: Factor> Kernel for Rows<'_, T, A, F> {
    type Output = ();
    type Reach = T::InSums;

    #[inline(always)]
    unsafe fn run<S: Simd>(self) {
        let this = &self.horizontal;
        let mut chunk = Chunk::new();
        this.terms.chunk(0, &mut chunk);
        let (x, outer) = super::split(self.kept);
        let mut walk = Walk::new(outer);
        loop {
            let mut arrays = this.arrays.moved(&walk.at, 1);
            let mut done = 0;
            if <T::Vector<S> as Vector>::NATIVE && x.right == 0 {
                while done + ROWS <= x.extent {
                    // SAFETY: the caller's promise, for these rows.
                    unsafe { this.rows::<T::Vector<S>, ROWS, SUMS>(arrays, &x, &mut chunk) };
                    arrays = arrays.moved(&x, ROWS);
                    done += ROWS;
                }
            }
            for _ in done..x.extent {
                if <T::Vector<S> as Vector>::NATIVE {
                    // SAFETY: the caller's promise, for one row.
                    unsafe { this.rows::<T::Vector<S>, 1, SUMS>(arrays, &x, &mut chunk) };
                } else {
                    // SAFETY: the caller's promise, for one row.
                    unsafe { this.rows::<T::Vector<S>, 1, SUMS_PLAIN>(arrays, &x, &mut chunk) };
                }
                arrays = arrays.moved(&x, 1);
            }
            if !walk.next() {
                break;
            }
        }
    }
}

impl<T: Element, A: Access, F: Factor> Horizontal<'_, T, A, F> {
    /// The outputs of `R` rows along `x`.
    ///
    /// # Safety
    /// - As [`horizontal`], for these rows; `R` is one, or `x` does not move in the right operand.
    #[inline(always)]
    unsafe fn rows<V: Vector<Scalar = T>, const R: usize, const U: usize>(
        &self,
        arrays: Arrays<T>,
        x: &Dim,
        chunk: &mut Chunk,
    ) {
        // SAFETY: the caller's promise.
        let sums: [V; R] = unsafe { self.chunks::<V, R, U>(arrays, x, 0..self.terms.chunks, chunk) };
        for (n, sum) in sums.iter().enumerate() {
            // SAFETY: the caller's promise, for the `n`th row.
            unsafe { arrays.store.one(arrays.moved(x, n).output, sum.sum()) };
        }
    }

    /// The sums of some chunks of `R` rows along `x`.
    ///
    /// # Safety
    /// - As [`Horizontal::rows`].
    #[inline(always)]
    unsafe fn chunks<V: Vector<Scalar = T>, const R: usize, const U: usize>(
        &self,
        arrays: Arrays<T>,
        x: &Dim,
        range: Range<usize>,
        chunk: &mut Chunk,
    ) -> [V; R] {
        let mut cascade = Cascade::<V, R, 1>::new();
        let mut index = range.start;
        loop {
            // A sum of one chunk has it at hand from one output to the next.
            if self.terms.chunks > 1 {
                self.terms.chunk(index, chunk);
            }
            // SAFETY: the caller's promise, for one chunk.
            let sums = unsafe { self.chunk::<V, R, U>(chunk, arrays.left, arrays.right, x.left) };
            index += 1;
            if self.terms.chunks == 1 {
                return sums;
            }
            cascade.push([sums]);
            if index == range.end {
                let [sums] = cascade.total();
                return sums;
            }
        }
    }

    /// The sums over one chunk of `R` rows, `apart` from each other in the left operand.
    ///
    /// # Safety
    /// - The terms of the chunk may be read from `left` and `right` on.
    #[inline(always)]
    unsafe fn chunk<V: Vector<Scalar = T>, const R: usize, const U: usize>(
        &self,
        chunk: &Chunk,
        left: *const T,
        right: *const T,
        apart: isize,
    ) -> [V; R] {
        let mut sums = [[V::splat(T::default()); U]; R];
        for &Run { left: to_left, right: to_right } in chunk.runs() {
            let (left, right) = (left.wrapping_offset(to_left), right.wrapping_offset(to_right));
            // SAFETY: the caller's promise, for one run.
            unsafe { self.add(left, right, apart, chunk.len, &mut sums) };
        }
        let mut total = [V::splat(T::default()); R];
        for (total, sums) in total.iter_mut().zip(&sums) {
            *total = if U == SUMS {
                sums[0].add(sums[1]).add(sums[2].add(sums[3])).add(sums[4].add(sums[5]))
            } else {
                const { assert!(U == SUMS || U == SUMS_PLAIN) };
                sums[0].add(sums[1])
            };
        }
        total
    }

    /// Adds a run of `len` terms: vector `n` of it to sum `n % U`, and what is less than a vector to the last sum.
    ///
    /// # Safety
    /// - The terms of the run may be read from `left` and `right` on.
    #[inline(always)]
    unsafe fn add<V: Vector<Scalar = T>, const R: usize, const U: usize>(
        &self,
        left: *const T,
        right: *const T,
        apart: isize,
        len: usize,
        sums: &mut [[V; U]; R],
    ) {
        let mut total = *sums;
        // SAFETY: the caller's promise: there is a term.
        let common = unsafe { self.factor.common::<V>(right) };
        let mut k = 0;
        while k + U * V::LANES <= len {
            for n in 0..U {
                let at = k + n * V::LANES;
                for r in 0..R {
                    let row = left.wrapping_offset(r as isize * apart);
                    // SAFETY: the caller's promise: the vector is in the run.
                    let loaded = unsafe { self.access.load::<V>(row, at) };
                    // SAFETY: as above.
                    total[r][n] = unsafe { self.factor.add(common, right, at, loaded, total[r][n]) };
                }
            }
            k += U * V::LANES;
        }
        for n in 0..U - 1 {
            if k + V::LANES <= len {
                for r in 0..R {
                    let row = left.wrapping_offset(r as isize * apart);
                    // SAFETY: the caller's promise: the vector is in the run.
                    let loaded = unsafe { self.access.load::<V>(row, k) };
                    // SAFETY: as above.
                    total[r][n] = unsafe { self.factor.add(common, right, k, loaded, total[r][n]) };
                }
                k += V::LANES;
            }
        }
        let rest = len - k;
        if rest > 0 {
            let common = self.factor.first::<V>(common, rest);
            for r in 0..R {
                let row = left.wrapping_offset(r as isize * apart);
                // SAFETY: the caller's promise: what is left is less than a vector.
                let loaded = unsafe { self.access.part::<V>(row, k, rest) };
                let sum = &mut total[r][U - 1];
                // SAFETY: as above.
                *sum = unsafe { self.factor.add_part(common, right, (k, rest), loaded, *sum) };
            }
        }
        *sums = total;
    }
}
