//! The vectors of x86-64 beyond what all its CPUs have.

use super::{Kernel, Simd, Vector};
use core::{arch::x86_64::*, mem::MaybeUninit};

/// AVX2 and FMA. A value is the proof that the CPU has them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Avx2(());

/// AVX-512 F, VL, BW and DQ. A value is the proof that the CPU has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Avx512(());

#[cfg(feature = "std")]
impl Avx2 {
    pub(crate) fn detect() -> Option<Avx2> {
        let has = std::arch::is_x86_feature_detected!("avx2") && std::arch::is_x86_feature_detected!("fma");
        has.then_some(Avx2(()))
    }
}

impl Avx512 {
    /// The CPU has AVX2 and FMA where it has AVX-512: [`Avx512::detect`] looks for all of them.
    pub(super) fn avx2(self) -> Avx2 {
        Avx2(())
    }
}

#[cfg(feature = "std")]
impl Avx512 {
    pub(crate) fn detect() -> Option<Avx512> {
        // Every server CPU with AVX-512 has these; the first one, of 2016, has not, and takes AVX2.
        let has = Avx2::detect().is_some()
            && std::arch::is_x86_feature_detected!("avx512f")
            && std::arch::is_x86_feature_detected!("avx512vl")
            && std::arch::is_x86_feature_detected!("avx512bw")
            && std::arch::is_x86_feature_detected!("avx512dq");
        has.then_some(Avx512(()))
    }
}

/// Squares of the side of a vector of AVX: of pairs in each half, then of the halves.
macro_rules! squares {
    () => {
        const SIDE_32: usize = 8;
        const SIDE_64: usize = 4;

        #[inline(always)]
        unsafe fn transpose_32(from: *const u32, from_step: isize, to: *mut u32, to_step: isize) {
            // SAFETY: the caller's promise; used where the CPU has AVX.
            unsafe { transpose_32(from, from_step, to, to_step) }
        }

        #[inline(always)]
        unsafe fn transpose_64(from: *const u64, from_step: isize, to: *mut u64, to_step: isize) {
            // SAFETY: the caller's promise; used where the CPU has AVX.
            unsafe { transpose_64(from, from_step, to, to_step) }
        }
    };
}

// 16 registers: 12 sums, two columns, a broadcast and one to spare.
impl Simd for Avx2 {
    type F64 = F64x4;
    type F32 = F32x8;
    const TILE_ROWS: usize = 6;
    squares!();

    #[inline(always)]
    unsafe fn run<K: Kernel>(kernel: K) -> K::Output {
        // SAFETY: the caller's promise.
        unsafe { run_avx2(kernel) }
    }
}

// 32 registers: 24 sums, two columns, a broadcast and some to spare.
impl Simd for Avx512 {
    type F64 = F64x8;
    type F32 = F32x16;
    const TILE_ROWS: usize = 12;
    squares!();

    #[inline(always)]
    unsafe fn run<K: Kernel>(kernel: K) -> K::Output {
        // SAFETY: the caller's promise.
        unsafe { run_avx512(kernel) }
    }
}

/// # Safety
/// - The CPU has AVX2 and FMA;
/// - what the kernel's own type asks for.
#[target_feature(enable = "avx2,fma")]
pub(super) unsafe fn run_avx2<K: Kernel>(kernel: K) -> K::Output {
    // SAFETY: the caller's promise.
    unsafe { kernel.run::<Avx2>() }
}

/// # Safety
/// - The CPU has AVX-512 F, VL, BW and DQ, AVX2 and FMA;
/// - what the kernel's own type asks for.
#[target_feature(enable = "avx512f,avx512vl,avx512bw,avx512dq,avx2,fma")]
pub(super) unsafe fn run_avx512<K: Kernel>(kernel: K) -> K::Output {
    // SAFETY: the caller's promise.
    unsafe { kernel.run::<Avx512>() }
}

/// # Safety
/// - As for [`Simd::transpose_32`], and the CPU has AVX.
#[inline(always)]
unsafe fn transpose_32(from: *const u32, from_step: isize, to: *mut u32, to_step: isize) {
    let from_row = |n: isize| from.wrapping_offset(from_step * n).cast::<f32>();
    let to_row = |n: usize| to.wrapping_offset(to_step * n as isize).cast::<f32>();
    for column in [0, 4] {
        let mut rows = [const { MaybeUninit::<__m256>::uninit() }; 4];
        for (n, row) in rows.iter_mut().enumerate() {
            // Row `n` and row `n + 4` as the halves of a vector, so that nothing crosses them later.
            // SAFETY: the caller's promise: four elements of the square.
            let low = unsafe { _mm_loadu_ps(from_row(n as isize).wrapping_add(column)) };
            // SAFETY: as above.
            let high = unsafe { _mm_loadu_ps(from_row(n as isize + 4).wrapping_add(column)) };
            // SAFETY: the CPU has AVX.
            row.write(unsafe { _mm256_set_m128(high, low) });
        }
        // SAFETY: all have been written above.
        let [a, b, c, d] = rows.map(|row| unsafe { row.assume_init() });
        // SAFETY: the CPU has AVX, here and below.
        let ab = unsafe { _mm256_unpacklo_ps(a, b) };
        // SAFETY: as above.
        let cd = unsafe { _mm256_unpacklo_ps(c, d) };
        // SAFETY: as above.
        let ab_high = unsafe { _mm256_unpackhi_ps(a, b) };
        // SAFETY: as above.
        let cd_high = unsafe { _mm256_unpackhi_ps(c, d) };
        let columns = [
            // SAFETY: as above.
            unsafe { _mm256_shuffle_ps::<0b01_00_01_00>(ab, cd) },
            // SAFETY: as above.
            unsafe { _mm256_shuffle_ps::<0b11_10_11_10>(ab, cd) },
            // SAFETY: as above.
            unsafe { _mm256_shuffle_ps::<0b01_00_01_00>(ab_high, cd_high) },
            // SAFETY: as above.
            unsafe { _mm256_shuffle_ps::<0b11_10_11_10>(ab_high, cd_high) },
        ];
        for (n, &elements) in columns.iter().enumerate() {
            // SAFETY: the caller's promise: eight elements of the square.
            unsafe { _mm256_storeu_ps(to_row(column + n), elements) };
        }
    }
}

/// # Safety
/// - As for [`Simd::transpose_64`], and the CPU has AVX.
#[inline(always)]
unsafe fn transpose_64(from: *const u64, from_step: isize, to: *mut u64, to_step: isize) {
    let from_row = |n: isize| from.wrapping_offset(from_step * n).cast::<f64>();
    let to_row = |n: usize| to.wrapping_offset(to_step * n as isize).cast::<f64>();
    for column in [0, 2] {
        let mut rows = [const { MaybeUninit::<__m256d>::uninit() }; 2];
        for (n, row) in rows.iter_mut().enumerate() {
            // SAFETY: the caller's promise: two elements of the square.
            let low = unsafe { _mm_loadu_pd(from_row(n as isize).wrapping_add(column)) };
            // SAFETY: as above.
            let high = unsafe { _mm_loadu_pd(from_row(n as isize + 2).wrapping_add(column)) };
            // SAFETY: the CPU has AVX.
            row.write(unsafe { _mm256_set_m128d(high, low) });
        }
        // SAFETY: both have been written above.
        let [a, b] = rows.map(|row| unsafe { row.assume_init() });
        // SAFETY: the CPU has AVX.
        let low = unsafe { _mm256_unpacklo_pd(a, b) };
        // SAFETY: as above.
        let high = unsafe { _mm256_unpackhi_pd(a, b) };
        // SAFETY: the caller's promise: four elements of the square.
        unsafe { _mm256_storeu_pd(to_row(column), low) };
        // SAFETY: as above.
        unsafe { _mm256_storeu_pd(to_row(column + 1), high) };
    }
}

/// [`Simd::transpose_32`] for a square of four, which every CPU of x86-64 can: the compiler makes single elements of it.
///
/// # Safety
/// - All elements of the square may be read, and those of `to` written.
#[cfg(not(miri))]
#[inline(always)]
pub(crate) unsafe fn transpose_4_32(from: *const u32, from_step: isize, to: *mut u32, to_step: isize) {
    let mut rows = [const { MaybeUninit::<__m128>::uninit() }; 4];
    for (n, row) in rows.iter_mut().enumerate() {
        // SAFETY: the caller's promise.
        row.write(unsafe { _mm_loadu_ps(from.wrapping_offset(from_step * n as isize).cast()) });
    }
    // SAFETY: all have been written above.
    let [mut a, mut b, mut c, mut d] = rows.map(|row| unsafe { row.assume_init() });
    // SAFETY: every CPU of x86-64 has it.
    unsafe { _MM_TRANSPOSE4_PS(&mut a, &mut b, &mut c, &mut d) };
    for (n, column) in [a, b, c, d].into_iter().enumerate() {
        // SAFETY: the caller's promise.
        unsafe { _mm_storeu_ps(to.wrapping_offset(to_step * n as isize).cast(), column) };
    }
}

/// Asks for the cache line of a place that will be read soon. The place need not exist.
#[cfg(not(miri))]
#[inline(always)]
pub(crate) fn prefetch<T>(place: *const T) {
    // SAFETY: every CPU of x86-64 has it, and a prefetch of a place that does not exist does nothing.
    unsafe { _mm_prefetch::<_MM_HINT_T0>(place.cast()) }
}

/// Copies a line of 64 bytes past the caches; [`fence`] must follow before other threads read it.
///
/// # Safety
/// - 64 bytes may be read from `from`, and written to `to`, which is a multiple of 64.
#[cfg(not(miri))]
#[inline(always)]
pub(crate) unsafe fn stream_line(to: *mut u8, from: *const u8) {
    for quarter in 0..4 {
        // SAFETY: the caller's promise; every CPU of x86-64 has it.
        let bytes = unsafe { _mm_loadu_si128(from.wrapping_add(16 * quarter).cast()) };
        // SAFETY: as above, and a multiple of 16.
        unsafe { _mm_stream_si128(to.wrapping_add(16 * quarter).cast(), bytes) };
    }
}

/// Orders what has been written past the caches before all that follows, for other threads.
#[cfg(not(miri))]
#[inline(always)]
pub(crate) fn fence() {
    // SAFETY: every CPU of x86-64 has it.
    unsafe { _mm_sfence() }
}

macro_rules! vector {
    (
        $(#[$doc:meta])* $Name:ident($Register:ident): $Scalar:ident * $lanes:literal,
        $set1:ident, $add:ident, $sub:ident, $mul:ident, $fmadd:ident, $load:ident, $store:ident,
        part: |$count:ident| $mask:expr, |$load_mask:ident, $from:ident| $load_part:expr, |$store_mask:ident, $to:ident, $lane:ident| $store_part:expr,
        mask: $Mask:ty, |$lanes_before_end:ident, $before:ident| $between:expr,
        turned: |$this:ident, $other:ident| $turned:expr,
        twice: |$pairs:ident| $firsts:expr, $seconds:expr
        $(, sums: $sums:ident)?
    ) => {
        $(#[$doc])*
        #[derive(Clone, Copy)]
        pub(crate) struct $Name($Register);

        // The arithmetic below is unsafe only for its CPU features. Only kernels use these types, and `Isa::run` runs them where
        // the CPU has the features.
        impl Vector for $Name {
            type Scalar = $Scalar;
            const LANES: usize = $lanes;
            const NATIVE: bool = true;

            #[inline(always)]
            fn splat(scalar: $Scalar) -> Self {
                // SAFETY: used where the CPU has the features.
                $Name(unsafe { $set1(scalar) })
            }

            #[inline(always)]
            fn add(self, addend: Self) -> Self {
                // SAFETY: used where the CPU has the features.
                $Name(unsafe { $add(self.0, addend.0) })
            }

            #[inline(always)]
            fn sub(self, subtrahend: Self) -> Self {
                // SAFETY: used where the CPU has the features.
                $Name(unsafe { $sub(self.0, subtrahend.0) })
            }

            #[inline(always)]
            fn mul(self, factor: Self) -> Self {
                // SAFETY: used where the CPU has the features.
                $Name(unsafe { $mul(self.0, factor.0) })
            }

            #[inline(always)]
            fn mul_add(self, factor: Self, addend: Self) -> Self {
                // SAFETY: used where the CPU has the features.
                $Name(unsafe { $fmadd(self.0, factor.0, addend.0) })
            }

            #[inline(always)]
            unsafe fn load(from: *const $Scalar) -> Self {
                // SAFETY: used where the CPU has the features; the caller says that there are as many numbers.
                $Name(unsafe { $load(from) })
            }

            #[inline(always)]
            unsafe fn store(self, to: *mut $Scalar) {
                // SAFETY: used where the CPU has the features; the caller says that there are as many places.
                unsafe { $store(to, self.0) }
            }

            #[inline(always)]
            unsafe fn load_part($from: *const $Scalar, $count: usize) -> Self {
                let $load_mask = $mask;
                // SAFETY: used where the CPU has the features; lanes beyond the mask are not read.
                $Name(unsafe { $load_part })
            }

            #[inline(always)]
            unsafe fn store_part(self, $to: *mut $Scalar, $count: usize) {
                let $store_mask = $mask;
                let $lane = self.0;
                // SAFETY: used where the CPU has the features; lanes beyond the mask are not written.
                unsafe { $store_part }
            }

            // The number of lanes as well: whole vectors are stored without a mask, which is slow with AVX2.
            const MASKS_ARE_FREE: bool = size_of::<$Register>() == 64;
            type Mask = ($Mask, usize);

            #[inline(always)]
            fn mask_between(first: usize, end: usize) -> ($Mask, usize) {
                let first_lanes = |$count: usize| -> $Mask { $mask };
                let ($lanes_before_end, $before) = (first_lanes(end), first_lanes(first));
                ($between, end - first)
            }

            #[inline(always)]
            unsafe fn load_mask($from: *const $Scalar, ($load_mask, _): ($Mask, usize)) -> Self {
                // SAFETY: used where the CPU has the features; lanes beyond the mask are not read.
                $Name(unsafe { $load_part })
            }

            #[inline(always)]
            unsafe fn store_mask(self, $to: *mut $Scalar, ($store_mask, count): ($Mask, usize)) {
                let $lane = self.0;
                if count == $lanes {
                    // SAFETY: used where the CPU has the features; the caller says that there are as many places.
                    unsafe { $store($to, $lane) }
                } else {
                    // SAFETY: used where the CPU has the features; lanes beyond the mask are not written.
                    unsafe { $store_part }
                }
            }

            #[inline(always)]
            fn add_turned(self, other: Self) -> Self {
                let ($this, $other) = (self.0, other.0);
                // SAFETY: used where the CPU has the features.
                $Name(unsafe { $turned })
            }

            #[inline(always)]
            fn firsts(self) -> Self {
                let $pairs = self.0;
                // SAFETY: used where the CPU has the features.
                $Name(unsafe { $firsts })
            }

            #[inline(always)]
            fn seconds(self) -> Self {
                let $pairs = self.0;
                // SAFETY: used where the CPU has the features.
                $Name(unsafe { $seconds })
            }

            $(
                #[inline(always)]
                fn sums([a, b, c, d]: [Self; 4]) -> [$Scalar; 4] {
                    // SAFETY: used where the CPU has the features.
                    unsafe { $sums([a.0, b.0, c.0, d.0]) }
                }
            )?
        }
    };
}

/// The mask of the first `count` of eight lanes of 32 bits, or of four of 64, is eight entries from `8 - lanes of 32 bits` on.
static FIRST: [i32; 16] = [-1, -1, -1, -1, -1, -1, -1, -1, 0, 0, 0, 0, 0, 0, 0, 0];

#[inline(always)]
fn first(bits32: usize) -> __m256i {
    // Wrong counts would be a bug of ours, and must not read beyond the table.
    let from = &FIRST[8 - bits32.min(8)];
    // SAFETY: eight entries from the eighth on, or before it, are in the table; AVX is there where this is used.
    unsafe { _mm256_loadu_si256(core::ptr::from_ref(from).cast()) }
}

/// The lanes of one mask that another one has not.
#[inline(always)]
fn without(lanes: __m256i, others: __m256i) -> __m256i {
    // SAFETY: used where the CPU has the features.
    unsafe { _mm256_andnot_si256(others, lanes) }
}

/// [`Vector::sums`]: the halves of rows `n` and `n + 2` are added in one vector, then those of the halves of all rows.
#[inline]
#[target_feature(enable = "avx")]
fn sums_pd([a, b, c, d]: [__m256d; 4]) -> [f64; 4] {
    let ac = _mm256_add_pd(_mm256_permute2f128_pd::<0x20>(a, c), _mm256_permute2f128_pd::<0x31>(a, c));
    let bd = _mm256_add_pd(_mm256_permute2f128_pd::<0x20>(b, d), _mm256_permute2f128_pd::<0x31>(b, d));
    let sums = _mm256_add_pd(_mm256_unpacklo_pd(ac, bd), _mm256_unpackhi_pd(ac, bd));
    // SAFETY: a vector is as many numbers.
    unsafe { core::mem::transmute(sums) }
}

/// The same.
#[inline]
#[target_feature(enable = "avx")]
fn sums_ps([a, b, c, d]: [__m256; 4]) -> [f32; 4] {
    let ac = _mm256_add_ps(_mm256_permute2f128_ps::<0x20>(a, c), _mm256_permute2f128_ps::<0x31>(a, c));
    let bd = _mm256_add_ps(_mm256_permute2f128_ps::<0x20>(b, d), _mm256_permute2f128_ps::<0x31>(b, d));
    // Of each row two numbers, in the order of the rows.
    let low = _mm256_shuffle_ps::<0b01_00_01_00>(ac, bd);
    let halves = _mm256_add_ps(low, _mm256_shuffle_ps::<0b11_10_11_10>(ac, bd));
    let [ab, cd] = [_mm256_castps256_ps128(halves), _mm256_extractf128_ps::<1>(halves)];
    let first = _mm_shuffle_ps::<0b10_00_10_00>(ab, cd);
    let sums = _mm_add_ps(first, _mm_shuffle_ps::<0b11_01_11_01>(ab, cd));
    // SAFETY: a vector is as many numbers.
    unsafe { core::mem::transmute(sums) }
}

vector!(
    /// Four `f64`.
    F64x4(__m256d): f64 * 4,
    _mm256_set1_pd, _mm256_add_pd, _mm256_sub_pd, _mm256_mul_pd, _mm256_fmadd_pd, _mm256_loadu_pd, _mm256_storeu_pd,
    part: |count| first(2 * count), |mask, from| _mm256_maskload_pd(from, mask), |mask, to, lanes| _mm256_maskstore_pd(to, mask, lanes),
    mask: __m256i, |lanes, before| without(lanes, before),
    turned: |this, other| _mm256_addsub_pd(this, _mm256_permute_pd::<0b0101>(other)),
    twice: |pairs| _mm256_movedup_pd(pairs), _mm256_permute_pd::<0b1111>(pairs),
    sums: sums_pd
);
vector!(
    /// Eight `f32`.
    F32x8(__m256): f32 * 8,
    _mm256_set1_ps, _mm256_add_ps, _mm256_sub_ps, _mm256_mul_ps, _mm256_fmadd_ps, _mm256_loadu_ps, _mm256_storeu_ps,
    part: |count| first(count), |mask, from| _mm256_maskload_ps(from, mask), |mask, to, lanes| _mm256_maskstore_ps(to, mask, lanes),
    mask: __m256i, |lanes, before| without(lanes, before),
    turned: |this, other| _mm256_addsub_ps(this, _mm256_permute_ps::<0b10_11_00_01>(other)),
    twice: |pairs| _mm256_moveldup_ps(pairs), _mm256_movehdup_ps(pairs),
    sums: sums_ps
);
vector!(
    /// Eight `f64`.
    F64x8(__m512d): f64 * 8,
    _mm512_set1_pd, _mm512_add_pd, _mm512_sub_pd, _mm512_mul_pd, _mm512_fmadd_pd, _mm512_loadu_pd, _mm512_storeu_pd,
    part: |count| (1_u32 << count).wrapping_sub(1) as __mmask8, |mask, from| _mm512_maskz_loadu_pd(mask, from), |mask, to, lanes| _mm512_mask_storeu_pd(to, mask, lanes),
    mask: __mmask8, |lanes, before| lanes & !before,
    // No such instruction, but a multiply-add that subtracts in every first lane.
    turned: |this, other| _mm512_fmaddsub_pd(this, _mm512_set1_pd(1.0), _mm512_permute_pd::<0b0101_0101>(other)),
    twice: |pairs| _mm512_movedup_pd(pairs), _mm512_permute_pd::<0b1111_1111>(pairs)
);
vector!(
    /// Sixteen `f32`.
    F32x16(__m512): f32 * 16,
    _mm512_set1_ps, _mm512_add_ps, _mm512_sub_ps, _mm512_mul_ps, _mm512_fmadd_ps, _mm512_loadu_ps, _mm512_storeu_ps,
    part: |count| (1_u32 << count).wrapping_sub(1) as __mmask16, |mask, from| _mm512_maskz_loadu_ps(mask, from), |mask, to, lanes| _mm512_mask_storeu_ps(to, mask, lanes),
    mask: __mmask16, |lanes, before| lanes & !before,
    turned: |this, other| _mm512_fmaddsub_ps(this, _mm512_set1_ps(1.0), _mm512_permute_ps::<0b10_11_00_01>(other)),
    twice: |pairs| _mm512_moveldup_ps(pairs), _mm512_movehdup_ps(pairs)
);
