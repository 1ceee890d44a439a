//! The elements that have kernels: floats have all; complex numbers and integers those of element-wise steps and reductions, and,
//! but for the integers of 8 and 16 bits, of matrix products.

use super::{
    Assignment,
    simd::{Common, Everywhere, Lanes, Nowhere, Reach, Simd, UpToAvx2, Vector},
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
{
    /// A vector of them.
    type Vector<S: Simd>: Vector<Scalar = Self>;
    /// The real numbers that it is made of, in memory one after the other: itself, or the two parts of a complex number.
    type Part: Element<Part = Self::Part>;
    /// The instruction sets of matrix products of them, if there are;
    type InProducts: Reach;
    const HAS_PRODUCTS: bool;
    /// of those without packing, if there are;
    type InPlace: Reach;
    const HAS_IN_PLACE: bool;
    /// and of reductions, if there are: not of signed integers where overflow panics, as the order of additions decides where there is one.
    type InSums: Reach;
    const HAS_SUMS: bool;

    /// Puts two products of real and imaginary parts together. `from_real[0]` and `[1]` are the real part of a number times the parts of
    /// another, `from_imaginary` its imaginary part times them. Of a real number, the first is the product.
    fn combine(from_real: &[Self::Part], from_imaginary: &[Self::Part]) -> Self;
    /// Its real part.
    fn real(self) -> Self::Part;
}

/// How many real numbers an element is.
pub(crate) const fn parts<T: Element>() -> usize {
    size_of::<T>() / size_of::<T::Part>()
}

macro_rules! exists {
    (Nowhere) => {
        false
    };
    ($_reach:ident) => {
        true
    };
}

macro_rules! real {
    ($($T:ident: |$S:ident| $Vector:ty, $products:ident, $in_place:ident, $sums:ident if $has_sums:expr;)*) => { $(
        impl Element for $T {
            type Vector<$S: Simd> = $Vector;
            type Part = $T;
            type InProducts = $products;
            const HAS_PRODUCTS: bool = exists!($products);
            type InPlace = $in_place;
            const HAS_IN_PLACE: bool = exists!($in_place);
            type InSums = $sums;
            const HAS_SUMS: bool = $has_sums;

            #[inline(always)]
            fn combine(product: &[$T], _: &[$T]) -> $T {
                product[0]
            }

            #[inline(always)]
            fn real(self) -> $T {
                self
            }
        }
    )* };
}

real!(
    f32: |S| S::F32, Everywhere, Everywhere, Everywhere if true;
    f64: |S| S::F64, Everywhere, Everywhere, Everywhere if true;
    i8: |S| Lanes<i8, 32>, Nowhere, Nowhere, Common if !cfg!(debug_assertions);
    i16: |S| Lanes<i16, 16>, Nowhere, Nowhere, Common if !cfg!(debug_assertions);
    u8: |S| Lanes<u8, 32>, Nowhere, Nowhere, Common if true;
    u16: |S| Lanes<u16, 16>, Nowhere, Nowhere, Common if true;
    i32: |S| Lanes<i32, 8>, UpToAvx2, Nowhere, Common if !cfg!(debug_assertions);
    i64: |S| Lanes<i64, 4>, UpToAvx2, Nowhere, Common if !cfg!(debug_assertions);
    u32: |S| Lanes<u32, 8>, UpToAvx2, Nowhere, Common if true;
    u64: |S| Lanes<u64, 4>, UpToAvx2, Nowhere, Common if true;
);

macro_rules! complex {
    ($($Real:ident * $lanes:literal;)*) => { $(
        impl Element for Complex<$Real> {
            type Vector<S: Simd> = Lanes<Self, $lanes>;
            type Part = $Real;
            type InProducts = Everywhere;
            const HAS_PRODUCTS: bool = true;
            type InPlace = Nowhere;
            const HAS_IN_PLACE: bool = false;
            type InSums = Common;
            const HAS_SUMS: bool = true;

            #[inline(always)]
            fn combine(from_real: &[$Real], from_imaginary: &[$Real]) -> Self {
                Complex { re: from_real[0] - from_imaginary[1], im: from_real[1] + from_imaginary[0] }
            }

            #[inline(always)]
            fn real(self) -> $Real {
                self.re
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
    /// The same for the sums that follow the first one into the same element.
    #[inline(always)]
    pub(crate) fn after_first(self) -> Store<T> {
        match self.assignment {
            Assignment::Set => Store { assignment: Assignment::Add, ..self },
            _ => self,
        }
    }

    /// # Safety
    /// - `place` is an element that nothing else uses meanwhile.
    #[inline(always)]
    pub(crate) unsafe fn one(self, place: *mut T, sum: T) {
        let sum = self.factor.map_or(sum, |factor| factor * sum);
        // SAFETY: the caller's promise.
        let place = unsafe { &mut *place };
        *place = match self.assignment {
            Assignment::Set => sum,
            Assignment::Add => *place + sum,
            Assignment::Subtract => *place - sum,
        };
    }

    /// The same for neighbours, with the same roundings.
    ///
    /// # Safety
    /// - `place` and what follows it, as many as the vector has lanes, are elements that nothing else uses meanwhile.
    #[inline(always)]
    pub(crate) unsafe fn vector<V: Vector<Scalar = T>>(self, place: *mut T, sum: V) {
        let sum = self.scaled(sum);
        let new = match self.assignment {
            Assignment::Set => sum,
            // SAFETY: the caller's promise.
            Assignment::Add => unsafe { V::load(place) }.add(sum),
            // SAFETY: the caller's promise.
            Assignment::Subtract => unsafe { V::load(place) }.sub(sum),
        };
        // SAFETY: the caller's promise.
        unsafe { new.store(place) };
    }

    /// The same for the first `count` lanes.
    ///
    /// # Safety
    /// - `count` is not more than the lanes; `place` and what follows it, `count` in all, are elements that nothing else uses meanwhile.
    #[inline(always)]
    pub(crate) unsafe fn part<V: Vector<Scalar = T>>(self, place: *mut T, sum: V, count: usize) {
        let sum = self.scaled(sum);
        let new = match self.assignment {
            Assignment::Set => sum,
            // SAFETY: the caller's promise.
            Assignment::Add => unsafe { V::load_part(place, count) }.add(sum),
            // SAFETY: the caller's promise.
            Assignment::Subtract => unsafe { V::load_part(place, count) }.sub(sum),
        };
        // SAFETY: the caller's promise.
        unsafe { new.store_part(place, count) };
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

    #[inline(always)]
    fn scaled<V: Vector<Scalar = T>>(self, sum: V) -> V {
        match self.factor {
            Some(factor) => V::splat(factor).mul(sum),
            None => sum,
        }
    }
}

/// Whether two types are the same.
pub(crate) fn is<T: 'static, E: 'static>() -> bool {
    core::any::TypeId::of::<T>() == core::any::TypeId::of::<E>()
}
