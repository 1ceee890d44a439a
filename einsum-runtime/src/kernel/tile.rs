//! The innermost part of a contraction: `tile[r, c] = Σ_p a[p, r] · b[p, c]`, with the whole tile in registers.
//!
//! Loop order: `p`, then `r`, then the vectors of `c`. Each step of `p` loads the vectors of `b`, broadcasts the numbers of `a`, and does
//! a multiply-add for each pair. With AVX2 and FMA the tile of 6 rows of 2 vectors takes 12 of the 16 registers, 2 more hold `b` and
//! one the broadcast: 12 multiply-adds hide the latency of 4 cycles at 2 per cycle with some to spare. Two loads and six
//! broadcasts for 12 multiply-adds are within the two loads a cycle.

use super::{
    dims::Dim,
    simd::{Simd, Vector},
};

/// Vectors in a row of a tile.
pub(crate) const VECTORS: usize = 2;
/// The most rows of a tile.
pub(crate) const MOST_ROWS: usize = 12;

/// Where the numbers of one summed position are, seen from the first.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Position {
    pub(crate) left: isize,
    pub(crate) right: isize,
}

impl Position {
    #[inline(always)]
    pub(crate) fn of(dim: Dim) -> Position {
        Position { left: dim.left, right: dim.right }
    }
}

/// Both sides packed: panels of `S::TILE_ROWS` rows and of `VECTORS` vectors, which become the first rows of `sums`.
///
/// # Safety
/// - `a` is valid for reading `depth * S::TILE_ROWS` numbers, `b` for `depth * VECTORS * V::LANES`.
#[inline(always)]
pub(crate) unsafe fn packed<S: Simd, V: Vector<Scalar: Default>>(
    depth: usize,
    a: *const V::Scalar,
    b: *const V::Scalar,
    sums: &mut [[V; VECTORS]; MOST_ROWS],
) {
    const { assert!(S::TILE_ROWS == 6 || S::TILE_ROWS == MOST_ROWS) };
    if S::TILE_ROWS == MOST_ROWS {
        // SAFETY: the caller's promise.
        unsafe { packed_rows::<V, MOST_ROWS>(depth, a, b, sums) }
    } else {
        // SAFETY: the caller's promise.
        unsafe { packed_rows::<V, 6>(depth, a, b, sums) }
    }
}

/// # Safety
/// As [`packed`], with `R` rows.
#[inline(always)]
unsafe fn packed_rows<V: Vector<Scalar: Default>, const R: usize>(
    depth: usize,
    a: *const V::Scalar,
    b: *const V::Scalar,
    sums: &mut [[V; VECTORS]; MOST_ROWS],
) {
    let mut tile = [[V::splat(Default::default()); VECTORS]; R];
    for p in 0..depth {
        // SAFETY: `p < depth`.
        let columns = unsafe { vectors::<V, VECTORS>(b.wrapping_add(p * VECTORS * V::LANES)) };
        for (r, row) in tile.iter_mut().enumerate() {
            // SAFETY: `p < depth` and `r < R`.
            let factor = V::splat(unsafe { *a.wrapping_add(p * R + r) });
            for (sum, &column) in row.iter_mut().zip(&columns) {
                *sum = column.mul_add(factor, *sum);
            }
        }
    }
    sums[..R].copy_from_slice(&tile);
}

/// Neither side packed: rows and summed positions anywhere, `C` vectors of columns side by side, the last of them of `last` numbers
/// if `PART`.
///
/// # Safety
/// - For each row and position, the sum of the row's and its left offset from `a` on is a number that can be read;
/// - for each position, `C` vectors from its right offset from `b` on can be read, of the last one `last` numbers if `PART`.
#[inline(always)]
pub(crate) unsafe fn in_place<
    V: Vector<Scalar: Default>,
    const R: usize,
    const C: usize,
    const PART: bool,
>(
    positions: &[Position],
    a: &[*const V::Scalar; R],
    b: *const V::Scalar,
    last: usize,
) -> [[V; C]; R] {
    let mut sums = [[V::splat(Default::default()); C]; R];
    for position in positions {
        let b = b.wrapping_offset(position.right);
        let columns = if PART {
            let mut columns = [V::splat(Default::default()); C];
            for (c, column) in columns.iter_mut().enumerate() {
                let from = b.wrapping_add(c * V::LANES);
                *column = if c + 1 == C {
                    // SAFETY: the caller's promise.
                    unsafe { V::load_part(from, last) }
                } else {
                    // SAFETY: the caller's promise; all but the last vector are whole.
                    unsafe { V::load(from) }
                };
            }
            columns
        } else {
            // SAFETY: the caller's promise.
            unsafe { vectors::<V, C>(b) }
        };
        for (row, a) in sums.iter_mut().zip(a) {
            // SAFETY: the caller's promise.
            let factor = V::splat(unsafe { *a.wrapping_offset(position.left) });
            for (sum, &column) in row.iter_mut().zip(&columns) {
                *sum = column.mul_add(factor, *sum);
            }
        }
    }
    sums
}

/// # Safety
/// - `from` is valid for reading `N` vectors.
#[inline(always)]
unsafe fn vectors<V: Vector<Scalar: Default>, const N: usize>(from: *const V::Scalar) -> [V; N] {
    let mut vectors = [V::splat(Default::default()); N];
    for (n, vector) in vectors.iter_mut().enumerate() {
        // SAFETY: `n < N`.
        *vector = unsafe { V::load(from.wrapping_add(n * V::LANES)) };
    }
    vectors
}
