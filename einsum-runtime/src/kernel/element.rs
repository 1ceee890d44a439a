//! The elements that have kernels: floats, complex numbers and the primitive integers up to 64 bits.

use super::{
    Assignment,
    choose::Pointers,
    dims::Group,
    elementwise::InRows,
    product::tile::{self, Family},
    reduce,
    simd::{Everywhere, Isa, Lanes, Nowhere, Reach, Simd, UpToAvx2, Vector},
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
    /// The instruction sets of products of small matrices, if there are;
    type InPlace: Reach;
    const HAS_IN_PLACE: bool;
    /// and of reductions.
    type InSums: Reach;

    const ONE: &'static Self;
    const IS_FLOAT: bool;

    /// The tiles of matrix products.
    fn products(isa: Isa) -> &'static Family;

    /// [`reduce::run`], for elements that it is compiled for; else does nothing and says `false`.
    ///
    /// # Safety
    /// - What it asks for.
    unsafe fn reduce(
        isa: Isa,
        kept: &Group,
        contracted: &Group,
        store: Store<Self>,
        pointers: Pointers<Self>,
    ) -> bool;
}

/// How many real numbers an element is.
pub(crate) const fn parts<T: Element>() -> usize {
    size_of::<T>() / size_of::<T::Part>()
}

// The kernels of reductions are many, so they are compiled for floats alone: for all elements they took minutes to build.
macro_rules! in_sums {
    (Nowhere) => {
        unsafe fn reduce(_: Isa, _: &Group, _: &Group, _: Store<Self>, _: Pointers<Self>) -> bool {
            false
        }
    };
    (UpToAvx2) => {
        unsafe fn reduce(
            isa: Isa,
            kept: &Group,
            contracted: &Group,
            store: Store<Self>,
            pointers: Pointers<Self>,
        ) -> bool {
            let Pointers { output, left, right } = pointers;
            // SAFETY: the caller's promise.
            unsafe { reduce::run(isa, kept, contracted, store, output, left, right) }
        }
    };
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
    ($($T:ident: |$S:ident| $Vector:ty, $tiles:ident $($lanes:literal)*, $in_place:ident, $memory:ident;)*) => { $(
        impl Element for $T {
            type Vector<$S: Simd> = $Vector;
            type Part = $T;
            type InPlace = $in_place;
            const HAS_IN_PLACE: bool = exists!($in_place);
            type InSums = $memory;

            const ONE: &'static $T = &(1 as $T);
            const IS_FLOAT: bool = 1 as $T / 2 as $T > 0 as $T;

            in_sums!($memory);

            fn products(isa: Isa) -> &'static Family {
                tile::$tiles::<$T, $($lanes),*>(isa)
            }
        }
    )* };
}

real!(
    f32: |S| S::F32, floats, Everywhere, UpToAvx2;
    f64: |S| S::F64, floats, Everywhere, UpToAvx2;
    i8: |S| Lanes<i8, 32>, integers 32 32, Nowhere, Nowhere;
    i16: |S| Lanes<i16, 16>, integers 16 16, Nowhere, Nowhere;
    u8: |S| Lanes<u8, 32>, integers 32 32, Nowhere, Nowhere;
    u16: |S| Lanes<u16, 16>, integers 16 16, Nowhere, Nowhere;
    i32: |S| Lanes<i32, 8>, integers 8 8, Nowhere, Nowhere;
    i64: |S| Lanes<i64, 4>, integers 4 8, Nowhere, Nowhere;
    u32: |S| Lanes<u32, 8>, integers 8 8, Nowhere, Nowhere;
    u64: |S| Lanes<u64, 4>, integers 4 8, Nowhere, Nowhere;
);

macro_rules! complex {
    ($($Real:ident * $lanes:literal;)*) => { $(
        impl Element for Complex<$Real> {
            type Vector<S: Simd> = Lanes<Self, $lanes>;
            type Part = $Real;
            type InPlace = Nowhere;
            const HAS_IN_PLACE: bool = false;
            type InSums = Nowhere;

            const ONE: &'static Self = &Complex { re: 1.0, im: 0.0 };
            const IS_FLOAT: bool = true;

            in_sums!(Nowhere);

            fn products(isa: Isa) -> &'static Family {
                tile::complex::<Self>(isa)
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
#[inline(always)]
pub(crate) fn is<T: 'static, E: 'static>() -> bool {
    core::any::TypeId::of::<T>() == core::any::TypeId::of::<E>()
}
