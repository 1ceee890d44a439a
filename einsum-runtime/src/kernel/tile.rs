//! The innermost part of a contraction: `tile[r, c] = Σ_p a[p, r] · b[p, c]`, with the whole tile in registers.
//!
//! Loop order: `p`, then `r`, then the vectors of `c`. Each step of `p` loads `VECTORS` vectors of `b`, broadcasts `ROWS` numbers
//! of `a`, and does `ROWS · VECTORS` multiply-adds. With AVX2 and FMA the tile of 6 rows of 2 vectors takes 12 of the 16
//! registers, 2 more hold `b` and one the broadcast: 12 multiply-adds hide the latency of 4 cycles at 2 per cycle with
//! some to spare. Two loads and six broadcasts for 12 multiply-adds are within the two loads a cycle.

use super::stationary::Stationary;
use core::ops::{Add, Mul, Neg};

/// Rows of a tile.
pub(crate) const ROWS: usize = 6;
/// Vectors in a row of a tile.
pub(crate) const VECTORS: usize = 2;
/// The most columns of a tile of any type: 2 vectors of 8.
pub(crate) const MOST_COLUMNS: usize = 16;

/// Floats with kernels.
pub(crate) trait Real:
    Copy + 'static + Add<Output = Self> + Mul<Output = Self> + Neg<Output = Self> + Default + Stationary
{
    const ONE: Self;
    /// Columns of a tile.
    const COLUMNS: usize;

    /// Adds the product of a packed block of `ROWS` rows and one of `COLUMNS` columns, both of `depth` steps, to nothing:
    /// the tile is written to `tile`, row by row.
    ///
    /// # Safety
    /// - `a` is valid for reading `depth * ROWS` numbers, `b` for `depth * COLUMNS`, and `tile` for writing `ROWS * COLUMNS`;
    /// - the CPU has what `isa` says.
    unsafe fn tile(isa: Isa, depth: usize, a: *const Self, b: *const Self, tile: *mut Self);
}

/// The instruction set that kernels use: found out once, or told by the environment variable `EINSUM_KERNEL`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Isa {
    /// What the target has; the compiler vectorises.
    Portable,
    /// AVX2 and FMA. Only [`Isa::detect`] makes it, so it is a proof.
    #[cfg(target_arch = "x86_64")]
    Avx2Fma(Proof),
}

/// A value that only detection can make.
#[cfg(target_arch = "x86_64")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Proof(());

impl Isa {
    /// The best that this CPU has, unless `EINSUM_KERNEL=portable` asks for less.
    #[cfg(feature = "std")]
    pub(crate) fn detect() -> Isa {
        static FOUND: std::sync::OnceLock<Isa> = std::sync::OnceLock::new();
        *FOUND.get_or_init(|| match std::env::var("EINSUM_KERNEL") {
            Ok(name) if name == "portable" => Isa::Portable,
            _ => Isa::best(),
        })
    }

    /// The best that every CPU of the target has.
    #[cfg(not(feature = "std"))]
    pub(crate) fn detect() -> Isa {
        Isa::Portable
    }

    #[cfg(feature = "std")]
    pub(crate) fn best() -> Isa {
        #[cfg(target_arch = "x86_64")]
        if std::arch::is_x86_feature_detected!("avx2") && std::arch::is_x86_feature_detected!("fma") {
            return Isa::Avx2Fma(Proof(()));
        }
        Isa::Portable
    }
}

/// A vector of numbers.
pub(crate) trait Vector: Copy {
    type Scalar: Copy;
    const LANES: usize;

    fn zero() -> Self;
    fn splat(scalar: Self::Scalar) -> Self;
    fn mul(self, factor: Self) -> Self;
    fn add(self, addend: Self) -> Self;
    /// `self * factor + addend`
    fn mul_add(self, factor: Self, addend: Self) -> Self;
    /// # Safety
    /// - `from` is valid for reading `LANES` numbers.
    unsafe fn load(from: *const Self::Scalar) -> Self;
    /// # Safety
    /// - `to` is valid for writing `LANES` numbers.
    unsafe fn store(self, to: *mut Self::Scalar);
}

/// # Safety
/// - `a` is valid for reading `depth * ROWS` numbers, `b` for `depth * VECTORS * LANES`, and `tile` for writing
///   `ROWS * VECTORS * LANES`.
#[inline(always)]
unsafe fn multiply<V: Vector>(depth: usize, a: *const V::Scalar, b: *const V::Scalar, tile: *mut V::Scalar) {
    let mut sums = [[V::zero(); VECTORS]; ROWS];
    for p in 0..depth {
        let mut columns = [V::zero(); VECTORS];
        for (c, column) in columns.iter_mut().enumerate() {
            // SAFETY: `p < depth` and `c < VECTORS`.
            *column = unsafe { V::load(b.wrapping_add((p * VECTORS + c) * V::LANES)) };
        }
        for (r, row) in sums.iter_mut().enumerate() {
            // SAFETY: `p < depth` and `r < ROWS`.
            let factor = V::splat(unsafe { *a.wrapping_add(p * ROWS + r) });
            for (sum, &column) in row.iter_mut().zip(&columns) {
                *sum = column.mul_add(factor, *sum);
            }
        }
    }
    for (r, row) in sums.iter().enumerate() {
        for (c, sum) in row.iter().enumerate() {
            // SAFETY: `r < ROWS` and `c < VECTORS`.
            unsafe { sum.store(tile.wrapping_add((r * VECTORS + c) * V::LANES)) };
        }
    }
}

/// Numbers side by side, for the compiler to vectorise.
#[derive(Clone, Copy)]
pub(crate) struct Lanes<T, const N: usize>([T; N]);

impl<T: Real, const N: usize> Vector for Lanes<T, N> {
    type Scalar = T;
    const LANES: usize = N;

    #[inline(always)]
    fn zero() -> Self {
        Lanes([T::default(); N])
    }

    #[inline(always)]
    fn splat(scalar: T) -> Self {
        Lanes([scalar; N])
    }

    #[inline(always)]
    fn mul(self, factor: Self) -> Self {
        Lanes(core::array::from_fn(|n| self.0[n] * factor.0[n]))
    }

    #[inline(always)]
    fn add(self, addend: Self) -> Self {
        Lanes(core::array::from_fn(|n| self.0[n] + addend.0[n]))
    }

    #[inline(always)]
    fn mul_add(self, factor: Self, addend: Self) -> Self {
        // Two roundings: a fused multiply-add is a library call where the target has none.
        Lanes(core::array::from_fn(|n| self.0[n] * factor.0[n] + addend.0[n]))
    }

    #[inline(always)]
    unsafe fn load(from: *const T) -> Self {
        // SAFETY: the caller says that there are as many; an array has the alignment of its elements.
        Lanes(unsafe { from.cast::<[T; N]>().read() })
    }

    #[inline(always)]
    unsafe fn store(self, to: *mut T) {
        // SAFETY: the caller says that there are as many; an array has the alignment of its elements.
        unsafe { to.cast::<[T; N]>().write(self.0) }
    }
}

#[cfg(target_arch = "x86_64")]
pub(crate) mod avx2 {
    use super::Vector;
    use core::arch::x86_64::*;

    macro_rules! vector {
        ($Name:ident($Register:ident): $Scalar:ident * $lanes:literal, $zero:ident, $set1:ident, $mul:ident, $add:ident, $fmadd:ident, $load:ident, $store:ident) => {
            #[derive(Clone, Copy)]
            pub(crate) struct $Name($Register);

            // The arithmetic below is unsafe only for its CPU features. Only what is inlined into functions that have them uses
            // these types: `multiply` here, `run_by` and `dots_by` in `stationary`.
            impl Vector for $Name {
                type Scalar = $Scalar;
                const LANES: usize = $lanes;

                #[inline(always)]
                fn zero() -> Self {
                    // SAFETY: used where AVX2 and FMA are on.
                    $Name(unsafe { $zero() })
                }

                #[inline(always)]
                fn splat(scalar: $Scalar) -> Self {
                    // SAFETY: used where AVX2 and FMA are on.
                    $Name(unsafe { $set1(scalar) })
                }

                #[inline(always)]
                fn mul(self, factor: Self) -> Self {
                    // SAFETY: used where AVX2 and FMA are on.
                    $Name(unsafe { $mul(self.0, factor.0) })
                }

                #[inline(always)]
                fn add(self, addend: Self) -> Self {
                    // SAFETY: used where AVX2 and FMA are on.
                    $Name(unsafe { $add(self.0, addend.0) })
                }

                #[inline(always)]
                fn mul_add(self, factor: Self, addend: Self) -> Self {
                    // SAFETY: used where AVX2 and FMA are on.
                    $Name(unsafe { $fmadd(self.0, factor.0, addend.0) })
                }

                #[inline(always)]
                unsafe fn load(from: *const $Scalar) -> Self {
                    // SAFETY: used where AVX2 and FMA are on; the caller says that there are as many numbers.
                    $Name(unsafe { $load(from) })
                }

                #[inline(always)]
                unsafe fn store(self, to: *mut $Scalar) {
                    // SAFETY: used where AVX2 and FMA are on; the caller says that there are as many places.
                    unsafe { $store(to, self.0) }
                }
            }
        };
    }

    vector!(F64x4(__m256d): f64 * 4, _mm256_setzero_pd, _mm256_set1_pd, _mm256_mul_pd, _mm256_add_pd, _mm256_fmadd_pd, _mm256_loadu_pd, _mm256_storeu_pd);
    vector!(F32x8(__m256): f32 * 8, _mm256_setzero_ps, _mm256_set1_ps, _mm256_mul_ps, _mm256_add_ps, _mm256_fmadd_ps, _mm256_loadu_ps, _mm256_storeu_ps);
}

macro_rules! real {
    ($Real:ident, $Avx2:ident, $lanes:literal, $portable:ident, $avx2:ident) => {
        impl Real for $Real {
            const ONE: $Real = 1.0;
            const COLUMNS: usize = VECTORS * $lanes;

            #[inline]
            unsafe fn tile(isa: Isa, depth: usize, a: *const $Real, b: *const $Real, tile: *mut $Real) {
                match isa {
                    // SAFETY: the caller's promise.
                    Isa::Portable => unsafe { $portable(depth, a, b, tile) },
                    // SAFETY: the caller's promise, and `isa` is the proof that the CPU has the features.
                    #[cfg(target_arch = "x86_64")]
                    Isa::Avx2Fma(_) => unsafe { $avx2(depth, a, b, tile) },
                }
            }
        }

        /// # Safety
        /// As [`multiply`].
        #[inline(never)]
        unsafe fn $portable(depth: usize, a: *const $Real, b: *const $Real, tile: *mut $Real) {
            // SAFETY: the caller's promise.
            unsafe { multiply::<Lanes<$Real, $lanes>>(depth, a, b, tile) }
        }

        /// # Safety
        /// As [`multiply`]; and the CPU has AVX2 and FMA.
        #[cfg(target_arch = "x86_64")]
        #[target_feature(enable = "avx2,fma")]
        unsafe fn $avx2(depth: usize, a: *const $Real, b: *const $Real, tile: *mut $Real) {
            // SAFETY: the caller's promise.
            unsafe { multiply::<avx2::$Avx2>(depth, a, b, tile) }
        }
    };
}

real!(f64, F64x4, 4, portable_f64, x86_64_f64_fma);
real!(f32, F32x8, 8, portable_f32, x86_64_f32_fma);
