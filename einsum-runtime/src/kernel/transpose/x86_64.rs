//! Tiles that are transposed in registers.

use super::{Bits128, Block, Copy, Isa, Tile, in_squares, in_tiles};
use core::arch::x86_64::*;

/// What copies crossed blocks, and what does so past the caches.
pub(super) fn tiles(isa: Isa, size: usize) -> (Copy, Option<Copy>) {
    match (isa, size) {
        (_, 1) => (eight_8, None),
        (_, 2) => (eight_16, None),
        (Isa::Portable, 4) => (four_32, None),
        (Isa::Portable, 8) => (in_squares::<u64, 2>, None),
        (Isa::Avx2(_), 4) => (eight_32, None),
        (Isa::Avx2(_), 8) => (four_64, None),
        (Isa::Avx512(_), 4) => (sixteen_32, Some(sixteen_32_past_caches)),
        (Isa::Avx512(_), 8) => (eight_64, Some(eight_64_past_caches)),
        // An element is a register.
        _ => (in_squares::<Bits128, 1>, None),
    }
}

macro_rules! compiled {
    ($($name:ident: $Tile:ty, $feature:literal;)*) => { $(
        /// # Safety
        /// - The CPU has the instruction set;
        /// - the promises of [`Copier::copy`](super::Copier::copy), with unit strides on different sides.
        #[inline(never)]
        #[target_feature(enable = $feature)]
        unsafe fn $name(block: &Block) {
            // SAFETY: the caller's promises.
            unsafe { in_tiles::<$Tile>(block) }
        }
    )* };
}

compiled!(
    eight_8: Eight8, "sse2";
    eight_16: Eight16, "sse2";
    four_32: Four32, "sse2";
    eight_32: Eight32, "avx2";
    four_64: Four64, "avx2";
    sixteen_32: Sixteen32<false>, "avx512f,avx2";
    eight_64: Eight64<false>, "avx512f,avx2";
    sixteen_32_past_caches: Sixteen32<true>, "avx512f,avx2";
    eight_64_past_caches: Eight64<true>, "avx512f,avx2";
);

/// One instruction of a tile.
macro_rules! op {
    ($name:ident $(::<$constant:literal>)? ($one:expr)) => {
        match $one {
            // SAFETY: the promises of `Tile::transpose`: the CPU has the instruction set, and what is read is of the square.
            one => unsafe { $name $(::<$constant>)? (one) },
        }
    };
    ($name:ident $(::<$constant:literal>)? ($one:expr, $other:expr)) => {
        match ($one, $other) {
            // SAFETY: as above, and what is written is of the square.
            (one, other) => unsafe { $name $(::<$constant>)? (one, other) },
        }
    };
    ($name:ident($one:expr, $other:expr, $third:expr)) => {
        match ($one, $other, $third) {
            // SAFETY: as above.
            (one, other, third) => unsafe { $name(one, other, third) },
        }
    };
}

macro_rules! tile {
    (
        $(#[$doc:meta])*
        $Name:ident $([$stream:ident])?: $size:literal * $side:literal, narrow: $narrow:expr, |$from:ident, $to:ident| $body:block
    ) => {
        $(#[$doc])*
        struct $Name $(<const $stream: bool>)?;

        impl $(<const $stream: bool>)? Tile for $Name $(<$stream>)? {
            const SIZE: usize = $size;
            const SIDE: usize = $side;

            #[inline(always)]
            unsafe fn transpose(from: *const u8, from_step: isize, to: *mut u8, to_step: isize) {
                let $from = |n: usize| from.wrapping_offset(from_step * n as isize);
                let $to = |n: usize| to.wrapping_offset(to_step * n as isize);
                $body
            }

            #[inline(always)]
            unsafe fn narrow(block: &Block) {
                // SAFETY: the caller's promises; smaller tiles need no other instruction set.
                unsafe { $narrow(block) }
            }
        }
    };
}

tile!(
    /// Bytes of two rows by turns; then of four, then of eight: a column is half a register.
    Eight8: 1 * 8, narrow: in_squares::<u8, 2>, |from, to| {
        macro_rules! pair {
            ($n:expr) => {{
                let (even, odd) = (op!(_mm_loadl_epi64(from($n).cast())), op!(_mm_loadl_epi64(from($n + 1).cast())));
                op!(_mm_unpacklo_epi8(even, odd))
            }};
        }
        let (a, b, c, d) = (pair!(0), pair!(2), pair!(4), pair!(6));
        let (low, low_high) = (op!(_mm_unpacklo_epi16(a, b)), op!(_mm_unpackhi_epi16(a, b)));
        let (high, high_high) = (op!(_mm_unpacklo_epi16(c, d)), op!(_mm_unpackhi_epi16(c, d)));
        let columns = [
            op!(_mm_unpacklo_epi32(low, high)),
            op!(_mm_unpackhi_epi32(low, high)),
            op!(_mm_unpacklo_epi32(low_high, high_high)),
            op!(_mm_unpackhi_epi32(low_high, high_high)),
        ];
        for (n, two) in columns.into_iter().enumerate() {
            op!(_mm_storel_epi64(to(2 * n).cast(), two));
            op!(_mm_storel_epi64(to(2 * n + 1).cast(), op!(_mm_unpackhi_epi64(two, two))));
        }
    }
);
tile!(
    /// Neighbouring rows are put together, then pairs, then fours.
    Eight16: 2 * 8, narrow: in_squares::<u16, 2>, |from, to| {
        for half in [0, 4] {
            macro_rules! pair {
                ($n:expr) => {{
                    // Half a row of each.
                    let even = op!(_mm_loadl_epi64(from($n).cast::<u16>().wrapping_add(half).cast()));
                    let odd = op!(_mm_loadl_epi64(from($n + 1).cast::<u16>().wrapping_add(half).cast()));
                    op!(_mm_unpacklo_epi16(even, odd))
                }};
            }
            let (a, b, c, d) = (pair!(0), pair!(2), pair!(4), pair!(6));
            let (low, low_high) = (op!(_mm_unpacklo_epi32(a, b)), op!(_mm_unpackhi_epi32(a, b)));
            let (high, high_high) = (op!(_mm_unpacklo_epi32(c, d)), op!(_mm_unpackhi_epi32(c, d)));
            let to = |n: usize| to(half + n).cast();
            op!(_mm_storeu_si128(to(0), op!(_mm_unpacklo_epi64(low, high))));
            op!(_mm_storeu_si128(to(1), op!(_mm_unpackhi_epi64(low, high))));
            op!(_mm_storeu_si128(to(2), op!(_mm_unpacklo_epi64(low_high, high_high))));
            op!(_mm_storeu_si128(to(3), op!(_mm_unpackhi_epi64(low_high, high_high))));
        }
    }
);
tile!(
    /// The compiler would make single elements of it.
    Four32: 4 * 4, narrow: in_squares::<u32, 2>, |from, to| {
        macro_rules! row {
            ($n:expr) => {
                op!(_mm_loadu_ps(from($n).cast()))
            };
        }
        let (a, b, c, d) = (row!(0), row!(1), row!(2), row!(3));
        let (ab, ab_high) = (op!(_mm_unpacklo_ps(a, b)), op!(_mm_unpackhi_ps(a, b)));
        let (cd, cd_high) = (op!(_mm_unpacklo_ps(c, d)), op!(_mm_unpackhi_ps(c, d)));
        op!(_mm_storeu_ps(to(0).cast(), op!(_mm_movelh_ps(ab, cd))));
        op!(_mm_storeu_ps(to(1).cast(), op!(_mm_movehl_ps(cd, ab))));
        op!(_mm_storeu_ps(to(2).cast(), op!(_mm_movelh_ps(ab_high, cd_high))));
        op!(_mm_storeu_ps(to(3).cast(), op!(_mm_movehl_ps(cd_high, ab_high))));
    }
);
tile!(
    /// Row `n` and row `n + 4` are the halves of a vector, so that nothing crosses them later.
    Eight32: 4 * 8, narrow: four_32, |from, to| {
        for column in [0, 4] {
            macro_rules! row {
                ($n:expr) => {{
                    let low = op!(_mm_loadu_ps(from($n).cast::<f32>().wrapping_add(column)));
                    let high = op!(_mm_loadu_ps(from($n + 4).cast::<f32>().wrapping_add(column)));
                    op!(_mm256_set_m128(high, low))
                }};
            }
            let (a, b, c, d) = (row!(0), row!(1), row!(2), row!(3));
            let (ab, ab_high) = (op!(_mm256_unpacklo_ps(a, b)), op!(_mm256_unpackhi_ps(a, b)));
            let (cd, cd_high) = (op!(_mm256_unpacklo_ps(c, d)), op!(_mm256_unpackhi_ps(c, d)));
            let to = |n: usize| to(column + n).cast();
            op!(_mm256_storeu_ps(to(0), op!(_mm256_shuffle_ps::<0b01_00_01_00>(ab, cd))));
            op!(_mm256_storeu_ps(to(1), op!(_mm256_shuffle_ps::<0b11_10_11_10>(ab, cd))));
            op!(_mm256_storeu_ps(to(2), op!(_mm256_shuffle_ps::<0b01_00_01_00>(ab_high, cd_high))));
            op!(_mm256_storeu_ps(to(3), op!(_mm256_shuffle_ps::<0b11_10_11_10>(ab_high, cd_high))));
        }
    }
);
tile!(
    /// The same with rows `n` and `n + 2`.
    Four64: 8 * 4, narrow: in_squares::<u64, 2>, |from, to| {
        for column in [0, 2] {
            macro_rules! row {
                ($n:expr) => {{
                    let low = op!(_mm_loadu_pd(from($n).cast::<f64>().wrapping_add(column)));
                    let high = op!(_mm_loadu_pd(from($n + 2).cast::<f64>().wrapping_add(column)));
                    op!(_mm256_set_m128d(high, low))
                }};
            }
            let (a, b) = (row!(0), row!(1));
            op!(_mm256_storeu_pd(to(column).cast(), op!(_mm256_unpacklo_pd(a, b))));
            op!(_mm256_storeu_pd(to(column + 1).cast(), op!(_mm256_unpackhi_pd(a, b))));
        }
    }
);
/// Which of the elements of two vectors, the second's counted on, make a column of [`Eight64`].
static FIRST: [i64; 8] = [0, 1, 8, 9, 4, 5, 12, 13];
/// The same for the column after the next.
static SECOND: [i64; 8] = [2, 3, 10, 11, 6, 7, 14, 15];

tile!(
    /// Rows `n` and `n + 4` are the halves of a vector; then quarters are put in their places, and pairs by turns.
    Eight64[STREAM]: 8 * 8, narrow: four_64, |from, to| {
        for column in [0, 4] {
            macro_rules! row {
                ($n:expr) => {{
                    let low = op!(_mm256_loadu_pd(from($n).cast::<f64>().wrapping_add(column)));
                    let high = op!(_mm256_loadu_pd(from($n + 4).cast::<f64>().wrapping_add(column)));
                    op!(_mm512_insertf64x4::<1>(op!(_mm512_castpd256_pd512(low)), high))
                }};
            }
            let (a, b, c, d) = (row!(0), row!(1), row!(2), row!(3));
            // Columns 0 and 2 of two rows, then 1 and 3.
            let (ab, ab_odd) = (op!(_mm512_unpacklo_pd(a, b)), op!(_mm512_unpackhi_pd(a, b)));
            let (cd, cd_odd) = (op!(_mm512_unpacklo_pd(c, d)), op!(_mm512_unpackhi_pd(c, d)));
            // The quarters of each are rows 0 and 1 of the first column, and of the second one; then the same of rows 4 and 5.
            let first = op!(_mm512_loadu_si512(FIRST.as_ptr().cast()));
            let second = op!(_mm512_loadu_si512(SECOND.as_ptr().cast()));
            macro_rules! store {
                ($n:expr, $elements:expr) => {{
                    let elements = $elements;
                    if STREAM {
                        op!(_mm512_stream_pd(to(column + $n).cast(), elements));
                    } else {
                        op!(_mm512_storeu_pd(to(column + $n).cast(), elements));
                    }
                }};
            }
            store!(0, op!(_mm512_permutex2var_pd(ab, first, cd)));
            store!(1, op!(_mm512_permutex2var_pd(ab_odd, first, cd_odd)));
            store!(2, op!(_mm512_permutex2var_pd(ab, second, cd)));
            store!(3, op!(_mm512_permutex2var_pd(ab_odd, second, cd_odd)));
        }
    }
);
tile!(
    /// Rows `n` and `n + 8` are the halves of a vector; then squares of four in each quarter, and quarters are put in their places.
    Sixteen32[STREAM]: 4 * 16, narrow: eight_32, |from, to| {
        for column in [0, 8] {
            macro_rules! row {
                ($n:expr) => {{
                    let low = op!(_mm256_loadu_pd(from($n).cast::<f32>().wrapping_add(column).cast()));
                    let high = op!(_mm256_loadu_pd(from($n + 8).cast::<f32>().wrapping_add(column).cast()));
                    op!(_mm512_castpd_ps(op!(_mm512_insertf64x4::<1>(op!(_mm512_castpd256_pd512(low)), high))))
                }};
            }
            // In each quarter, four rows of a column, for four columns.
            macro_rules! squares {
                ($n:expr) => {{
                    let (a, b, c, d) = (row!($n), row!($n + 1), row!($n + 2), row!($n + 3));
                    let (ab, ab_high) = (op!(_mm512_unpacklo_ps(a, b)), op!(_mm512_unpackhi_ps(a, b)));
                    let (cd, cd_high) = (op!(_mm512_unpacklo_ps(c, d)), op!(_mm512_unpackhi_ps(c, d)));
                    (
                        op!(_mm512_castps_pd(op!(_mm512_shuffle_ps::<0b01_00_01_00>(ab, cd)))),
                        op!(_mm512_castps_pd(op!(_mm512_shuffle_ps::<0b11_10_11_10>(ab, cd)))),
                        op!(_mm512_castps_pd(op!(_mm512_shuffle_ps::<0b01_00_01_00>(ab_high, cd_high)))),
                        op!(_mm512_castps_pd(op!(_mm512_shuffle_ps::<0b11_10_11_10>(ab_high, cd_high)))),
                    )
                }};
            }
            let first = op!(_mm512_loadu_si512(FIRST.as_ptr().cast()));
            let second = op!(_mm512_loadu_si512(SECOND.as_ptr().cast()));
            macro_rules! store {
                ($n:expr, $upper:expr, $lower:expr, $order:expr) => {{
                    let elements = op!(_mm512_permutex2var_pd($upper, $order, $lower));
                    if STREAM {
                        op!(_mm512_stream_pd(to(column + $n).cast(), elements));
                    } else {
                        op!(_mm512_storeu_pd(to(column + $n).cast(), elements));
                    }
                }};
            }
            let (a, b, c, d) = squares!(0);
            let (e, f, g, h) = squares!(4);
            store!(0, a, e, first);
            store!(1, b, f, first);
            store!(2, c, g, first);
            store!(3, d, h, first);
            store!(4, a, e, second);
            store!(5, b, f, second);
            store!(6, c, g, second);
            store!(7, d, h, second);
        }
    }
);
