//! The vectors of x86-64 beyond what all its CPUs have.

use super::{Kernel, Simd, Vector};
use core::arch::x86_64::*;

/// AVX2 and FMA. A value is the proof that the CPU has them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Avx2(());

/// AVX-512 F. A value is the proof that the CPU has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Avx512(());

#[cfg(feature = "std")]
impl Avx2 {
    pub(crate) fn detect() -> Option<Avx2> {
        let has = std::arch::is_x86_feature_detected!("avx2") && std::arch::is_x86_feature_detected!("fma");
        has.then_some(Avx2(()))
    }
}

#[cfg(feature = "std")]
impl Avx512 {
    pub(crate) fn detect() -> Option<Avx512> {
        let has = Avx2::detect().is_some() && std::arch::is_x86_feature_detected!("avx512f");
        has.then_some(Avx512(()))
    }
}

// 16 registers: 12 sums, two columns, a broadcast and one to spare.
impl Simd for Avx2 {
    type F64 = F64x4;
    type F32 = F32x8;
    const TILE_ROWS: usize = 6;

    #[inline(always)]
    fn prefetch(address: *const u8) {
        prefetch(address);
    }
}

// 32 registers: 24 sums, two columns, a broadcast and some to spare.
impl Simd for Avx512 {
    type F64 = F64x8;
    type F32 = F32x16;
    const TILE_ROWS: usize = 12;

    #[inline(always)]
    fn prefetch(address: *const u8) {
        prefetch(address);
    }
}

#[inline(always)]
fn prefetch(address: *const u8) {
    // SAFETY: every x86-64 CPU has the instruction, and it never faults.
    unsafe { _mm_prefetch::<_MM_HINT_T0>(address.cast()) };
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
/// - The CPU has AVX-512 F, AVX2 and FMA;
/// - what the kernel's own type asks for.
#[target_feature(enable = "avx512f,avx2,fma")]
pub(super) unsafe fn run_avx512<K: Kernel>(kernel: K) -> K::Output {
    // SAFETY: the caller's promise.
    unsafe { kernel.run::<Avx512>() }
}

macro_rules! vector {
    (
        $(#[$doc:meta])* $Name:ident($Register:ident): $Scalar:ident * $lanes:literal,
        $set1:ident, $add:ident, $sub:ident, $mul:ident, $fmadd:ident, $load:ident, $store:ident,
        part: |$count:ident| $mask:expr, |$load_mask:ident, $from:ident| $load_part:expr, |$store_mask:ident, $to:ident, $lane:ident| $store_part:expr
    ) => {
        $(#[$doc])*
        #[derive(Clone, Copy)]
        pub(crate) struct $Name($Register);

        // The arithmetic below is unsafe only for its CPU features. Only kernels use these types, and `Isa::run` runs them where
        // the CPU has the features.
        impl Vector for $Name {
            type Scalar = $Scalar;
            const LANES: usize = $lanes;

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

vector!(
    /// Four `f64`.
    F64x4(__m256d): f64 * 4,
    _mm256_set1_pd, _mm256_add_pd, _mm256_sub_pd, _mm256_mul_pd, _mm256_fmadd_pd, _mm256_loadu_pd, _mm256_storeu_pd,
    part: |count| first(2 * count), |mask, from| _mm256_maskload_pd(from, mask), |mask, to, lanes| _mm256_maskstore_pd(to, mask, lanes)
);
vector!(
    /// Eight `f32`.
    F32x8(__m256): f32 * 8,
    _mm256_set1_ps, _mm256_add_ps, _mm256_sub_ps, _mm256_mul_ps, _mm256_fmadd_ps, _mm256_loadu_ps, _mm256_storeu_ps,
    part: |count| first(count), |mask, from| _mm256_maskload_ps(from, mask), |mask, to, lanes| _mm256_maskstore_ps(to, mask, lanes)
);
vector!(
    /// Eight `f64`.
    F64x8(__m512d): f64 * 8,
    _mm512_set1_pd, _mm512_add_pd, _mm512_sub_pd, _mm512_mul_pd, _mm512_fmadd_pd, _mm512_loadu_pd, _mm512_storeu_pd,
    part: |count| (1_u32 << count).wrapping_sub(1) as __mmask8, |mask, from| _mm512_maskz_loadu_pd(mask, from), |mask, to, lanes| _mm512_mask_storeu_pd(to, mask, lanes)
);
vector!(
    /// Sixteen `f32`.
    F32x16(__m512): f32 * 16,
    _mm512_set1_ps, _mm512_add_ps, _mm512_sub_ps, _mm512_mul_ps, _mm512_fmadd_ps, _mm512_loadu_ps, _mm512_storeu_ps,
    part: |count| (1_u32 << count).wrapping_sub(1) as __mmask16, |mask, from| _mm512_maskz_loadu_ps(mask, from), |mask, to, lanes| _mm512_mask_storeu_ps(to, mask, lanes)
);
