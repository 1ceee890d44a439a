//! `output[x, y] = Σ_cij left[c, x + i, y + j] · right[c, i, j]`: windows that overlap, read where they lie.
//!
//! Row `p` of the left operand is row `i` of the windows of outputs `x = p - i`. So a block has several rows of outputs, and a vector that is
//! loaded is multiplied into all of these that it is for. What is left to load for each multiply-add are numbers of the right operand; a
//! slice of a few of its rows is taken at a time, of which one column is in registers:
//!
//! ```text
//! c                      what else is summed over
//!   slices of i          2, 3 or 5 rows of the windows
//!     j
//!       p                rows of the left operand: each vector is loaded once
//!         i              in the slice
//! ```
//!
//! With vectors of 64 bytes nearly every load crosses a cache line and takes as long as two; a block of 8 rows has one for 2.4 multiply-adds in
//! slices of 3 rows, and one for 3.3 of 5. With rows outside and `j` inside, as windows of few rows are usually read, every row of outputs
//! loads its own number of the right operand at each step, and loads took longer than multiply-adds.
//!
//! **Order of additions.** That of the loops above, for every output. Where windows may overlap ([`Window::find`], which looks at `y` and the sum
//! alone), all other kernels add in this order too, so that a few rows are the same as in a block of many.

#![expect(clippy::needless_range_loop, reason = "indices of registers")]

use super::{
    kernels::{Block, load, opaque, places},
    terms::{Chunk, Run},
};
use crate::kernel::{
    dims::Dim,
    element::Element,
    simd::{Vector, rolled},
};

/// A distance in elements from one term of a row of a window to the next, with which windows along a line overlap or may do.
const NEAR: usize = 16;

/// The terms of one window.
#[derive(Clone, Copy, Default)]
pub(super) struct Window {
    /// Its rows and columns.
    pub(super) high: usize,
    pub(super) wide: usize,
    /// From a row to the next, and from a column to the next, in bytes.
    pub(super) down: Run,
    pub(super) step: Run,
}

impl Window {
    /// The windows of a sum of one chunk that is innermost over `inner`, if outputs along `y`, which are neighbours, may share terms of them; and the
    /// loops around.
    pub(super) fn find<'d>(outer: &'d [Dim], inner: &Dim, size: usize) -> Option<(Window, &'d [Dim])> {
        let (rows, around) = outer.split_last()?;
        if inner.left.unsigned_abs() > NEAR * size {
            return None;
        }
        let run = |dim: &Dim| Run { left: dim.left, right: dim.right };
        let window = Window { high: rows.extent, wide: inner.extent, down: run(rows), step: run(inner) };
        Some((window, around))
    }

    /// The distance of outputs along `x` of which one's row of the left operand is the other's next row; 0 if no such outputs are.
    pub(super) fn every(&self, x: &Dim) -> usize {
        let overlap = x.right == 0 && x.left > 0 && self.down.left > 0 && self.down.left % x.left == 0;
        if overlap { (self.down.left / x.left) as usize } else { 0 }
    }

    /// Makes a chunk of the terms, in the order in which they are added, of windows that begin at `starts`.
    pub(super) fn terms(&self, starts: &[Run], chunk: &mut Chunk) {
        for start in starts {
            let mut first = 0;
            while first < self.high {
                let rows = slice(self.high - first);
                for j in 0..self.wide as isize {
                    for i in (first..first + rows).map(|i| i as isize) {
                        chunk.push(Run {
                            left: start.left + i * self.down.left + j * self.step.left,
                            right: start.right + i * self.down.right + j * self.step.right,
                        });
                    }
                }
                first += rows;
            }
        }
    }
}

/// How many of the rows of a window are taken at a time, when so many are left. Never does one stay alone.
#[inline(always)]
fn slice(left: usize) -> usize {
    match left {
        2 | 4 => 2,
        5 => 5,
        _ => 3,
    }
}

/// Rows of a block with vectors of so many bytes. With 32 registers, 16 sums, up to 5 numbers and 2 vectors fit; with 16, 10 sums.
pub(super) const fn tall(bytes: usize) -> usize {
    if bytes > 32 { 8 } else { 5 }
}

/// Computes blocks of [`tall`] rows of up to two vectors. The last ones overlap those before. `block.runs` are the starts of windows.
///
/// # Safety
/// - As [`Enter`](super::kernels::Enter); there are as many rows or more; their distance in the left operand is that of the rows of a window, in the
///   right one there is none.
#[inline(always)]
pub(super) unsafe fn windows<V: Vector<Scalar: Element>>(block: &Block<'_>) {
    // SAFETY: the caller's promise; likewise below.
    match size_of::<V>() {
        // SAFETY: as above.
        64 => unsafe { blocks::<V, { tall(64) }>(block) },
        // SAFETY: as above.
        _ => unsafe { blocks::<V, { tall(32) }>(block) },
    }
}

/// # Safety
/// - As [`windows`], `R` being the rows of a block.
#[inline(always)]
unsafe fn blocks<V: Vector<Scalar: Element>, const R: usize>(block: &Block<'_>) {
    let mut x = 0;
    loop {
        let mut y = 0;
        while y < block.width {
            rolled();
            let count = (block.width - y).min(2 * V::LANES);
            // SAFETY: the caller's promise: the block is within the rows; likewise below.
            if count <= V::LANES {
                // SAFETY: as above.
                unsafe { sums::<V, R, 1>(block, x, y, count) };
            } else {
                // SAFETY: as above.
                unsafe { sums::<V, R, 2>(block, x, y, count) };
            }
            y += count;
        }
        if x + R >= block.rows {
            break;
        }
        x = (x + R).min(block.rows - R);
    }
}

/// `R` rows from `x` on of `count` outputs from `y` on.
///
/// # Safety
/// - As [`windows`], for these outputs, which are not more than `N` vectors, nor fewer than one if `N` is more.
#[inline(always)]
unsafe fn sums<V: Vector<Scalar: Element>, const R: usize, const N: usize>(
    block: &Block<'_>,
    x: usize,
    y: usize,
    count: usize,
) {
    let size = size_of::<V::Scalar>();
    let left = block.left.wrapping_offset(x as isize * block.apart.left).wrapping_add(y * size);
    let to = block.to.wrapping_offset(x as isize * block.to_apart).wrapping_add(y * size);
    let Window { high, wide, down, step } = block.window;
    let line = Line { places: places::<V, N>(count), count };
    let mut total = [[V::splat(V::Scalar::default()); N]; R];
    for run in block.runs {
        let mut left = left.wrapping_offset(run.left);
        let mut right = block.right.wrapping_offset(run.right);
        let mut rest = opaque(high);
        while rest > 0 {
            let rows = slice(rest);
            let (mut from, mut factors) = (left, right);
            macro_rules! columns {
                ($rows:literal) => {
                    for _ in 0..opaque(wide) {
                        // SAFETY: the caller's promise: these are terms of the outputs.
                        unsafe { add::<V, R, N, $rows>(&mut total, from, factors, down, &line) };
                        from = from.wrapping_offset(step.left);
                        factors = factors.wrapping_offset(step.right);
                        rolled();
                    }
                };
            }
            match rows {
                2 => columns!(2),
                3 => columns!(3),
                _ => columns!(5),
            }
            left = left.wrapping_offset(rows as isize * down.left);
            right = right.wrapping_offset(rows as isize * down.right);
            rest -= rows;
            rolled();
        }
    }
    for r in 0..R {
        for n in 0..N {
            let to = line.at::<V::Scalar>(to.wrapping_offset(r as isize * block.to_apart), n).cast_mut();
            if N == 1 {
                // SAFETY: the caller's promise: these are the outputs.
                unsafe { total[r][n].store_part(to, count) };
            } else {
                // SAFETY: as above. What is written twice is the same both times.
                unsafe { total[r][n].store(to) };
            }
        }
    }
}

/// Where the vectors of a row are, from its first output on, and how many outputs they are.
struct Line<const N: usize> {
    places: [usize; N],
    count: usize,
}

impl<const N: usize> Line<N> {
    #[inline(always)]
    fn at<T>(&self, from: *const u8, n: usize) -> *const T {
        from.cast::<T>().wrapping_add(self.places[n])
    }
}

/// Adds one column of `H` rows of the windows: row `p` of the left operand, from `left` on, to the rows `r` of outputs with `0 <= p - r < H`.
///
/// # Safety
/// - As [`sums`], for these terms.
#[inline(always)]
unsafe fn add<V: Vector<Scalar: Element>, const R: usize, const N: usize, const H: usize>(
    total: &mut [[V; N]; R],
    left: *const u8,
    right: *const u8,
    down: Run,
    line: &Line<N>,
) {
    let mut factors = [V::splat(V::Scalar::default()); H];
    for i in 0..H {
        // SAFETY: the caller's promise.
        factors[i] = V::splat(unsafe { *right.wrapping_offset(i as isize * down.right).cast() });
    }
    // The compiler makes registers of the sums only if all indices are numbers, and unrolls a loop of so much no more.
    macro_rules! rows {
        ($($p:literal)*) => { $(
            if $p < R + H - 1 {
                let row = left.wrapping_offset($p * down.left);
                let mut loaded = [V::splat(V::Scalar::default()); N];
                for n in 0..N {
                    // SAFETY: the caller's promise: this row is one of a window.
                    loaded[n] = unsafe { load::<V>(line.at(row, n), N == 1, line.count) };
                }
                for i in (0..H).rev() {
                    if $p >= i && $p - i < R {
                        for n in 0..N {
                            total[$p - i][n] = loaded[n].mul_add(factors[i], total[$p - i][n]);
                        }
                    }
                }
            }
        )* };
    }
    const { assert!(R + H - 1 <= 12, "the rows below") };
    rows!(0 1 2 3 4 5 6 7 8 9 10 11);
}
