//! The elements that have kernels: floats, complex numbers and the primitive integers up to 64 bits.

use super::{
    Assignment,
    elementwise::InRows,
    product::tile::{self, Family},
    simd::{Common, Everywhere, Isa, Lanes, Reach, Simd, Vector},
};
use core::{
    fmt::Debug,
    ops::{Add, Mul, Sub},
};
use num_complex::Complex;

/// A number that kernels work on. `Default` is zero.
pub(crate) trait Element:
    Copy
    + Debug
    + Default
    + PartialEq
    + Send
    + Sync
    + 'static
    + Add<Output = Self>
    + Sub<Output = Self>
    + Mul<Output = Self>
    + InRows
{
    /// A vector of them.
    type Vector<S: Simd>: Vector<Scalar = Self>;
    /// The real numbers that it is made of, in memory one after the other: itself, or the two parts of a complex number.
    type Part: Element<Part = Self::Part>;
    /// The instruction sets of reductions.
    type InSums: Reach;
    /// Whether there are kernels for sums, with products or without: not for signed integers where overflow panics, as the order of additions decides
    /// whether there is one.
    const HAS_SUMS: bool;

    const ONE: &'static Self;
    const IS_FLOAT: bool;

    /// The tiles of matrix products.
    fn products(isa: Isa) -> &'static Family;

    /// The complex conjugate.
    #[inline(always)]
    fn conjugate(self) -> Self {
        self
    }
}

/// How many real numbers an element is.
pub(crate) const fn parts<T: Element>() -> usize {
    size_of::<T>() / size_of::<T::Part>()
}

macro_rules! real {
    ($($T:ident: |$S:ident| $Vector:ty, $tiles:ident $($lanes:literal)*, $sums:ident if $has_sums:expr;)*) => { $(
        impl Element for $T {
            type Vector<$S: Simd> = $Vector;
            type Part = $T;
            type InSums = $sums;
            const HAS_SUMS: bool = $has_sums;
            const ONE: &'static $T = &(1 as $T);
            const IS_FLOAT: bool = 1 as $T / 2 as $T > 0 as $T;

            fn products(isa: Isa) -> &'static Family {
                tile::$tiles::<$T $(, $lanes)*>(isa)
            }
        }
    )* };
}

real!(
    f32: |S| S::F32, floats, Everywhere if true;
    f64: |S| S::F64, floats, Everywhere if true;
    i8: |S| Lanes<i8, 32>, integers 32 32, Common if !cfg!(debug_assertions);
    i16: |S| Lanes<i16, 16>, integers 16 32, Common if !cfg!(debug_assertions);
    u8: |S| Lanes<u8, 32>, integers 32 32, Common if true;
    u16: |S| Lanes<u16, 16>, integers 16 32, Common if true;
    i32: |S| Lanes<i32, 8>, integers 8 16, Common if !cfg!(debug_assertions);
    i64: |S| Lanes<i64, 4>, integers 4 8, Common if !cfg!(debug_assertions);
    u32: |S| Lanes<u32, 8>, integers 8 16, Common if true;
    u64: |S| Lanes<u64, 4>, integers 4 8, Common if true;
);

macro_rules! complex {
    ($($Real:ident * $lanes:literal;)*) => { $(
        impl Element for Complex<$Real> {
            type Vector<S: Simd> = Lanes<Self, $lanes>;
            type Part = $Real;
            type InSums = Common;
            const HAS_SUMS: bool = true;
            const ONE: &'static Self = &Complex { re: 1.0, im: 0.0 };
            const IS_FLOAT: bool = true;

            fn products(isa: Isa) -> &'static Family {
                tile::complex::<Self>(isa)
            }

            #[inline(always)]
            fn conjugate(self) -> Self {
                self.conj()
            }
        }
    )* };
}

complex!(
    f32 * 4;
    f64 * 2;
);

/// What happens to an element of the output, given the sum.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Store<T> {
    pub(crate) assignment: Assignment,
    /// What the sum is multiplied with before.
    pub(crate) factor: Option<T>,
}

impl<T: Element> Store<T> {
    /// # Safety
    /// - `place` is an element that nothing else uses meanwhile, and initialised unless it is set.
    #[inline(always)]
    pub(crate) unsafe fn one(self, place: *mut T, sum: T) {
        let sum = self.factor.map_or(sum, |factor| factor * sum);
        // What is set may not have been written before, so it is not read.
        let element = match self.assignment {
            Assignment::Set => sum,
            // SAFETY: the caller's promise; likewise below.
            Assignment::Add => (unsafe { *place }) + sum,
            // SAFETY: as above.
            Assignment::Subtract => (unsafe { *place }) - sum,
        };
        // SAFETY: as above.
        unsafe { place.write(element) };
    }

    /// Whether an element becomes the sum as it is.
    #[inline(always)]
    pub(crate) fn is_plain(self) -> bool {
        self.assignment == Assignment::Set && self.factor.is_none()
    }

    /// [`Store::one`] for outputs that are `stride` apart. One function for all kernels and instruction sets.
    ///
    /// # Safety
    /// - `place` and as many elements as there are sums are elements that nothing else uses meanwhile.
    #[inline(never)]
    pub(crate) unsafe fn all(self, place: *mut T, stride: isize, sums: &[T]) {
        if stride == 1 {
            for (n, &sum) in sums.iter().enumerate() {
                // SAFETY: the caller's promise.
                unsafe { self.one(place.wrapping_add(n), sum) };
            }
        } else {
            for (n, &sum) in sums.iter().enumerate() {
                // SAFETY: the caller's promise.
                unsafe { self.one(place.wrapping_offset(n as isize * stride), sum) };
            }
        }
    }
}

/// Whether two types are the same.
#[inline(always)]
pub(crate) fn is<T: 'static, E: 'static>() -> bool {
    core::any::TypeId::of::<T>() == core::any::TypeId::of::<E>()
}
