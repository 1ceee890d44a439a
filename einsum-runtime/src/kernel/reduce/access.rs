//! How a vector of elements is read: neighbours, elements at a distance, one element for all lanes, or none.

use super::super::{
    element::Element,
    simd::{MOST_LANES, Vector},
};

/// The elements of the left operand along the lanes.
pub(super) trait Access: Copy {
    /// Whether they are neighbours.
    const UNIT: bool;

    /// The elements from the `at`th after `from` on.
    ///
    /// # Safety
    /// - As many elements as there are lanes may be read.
    unsafe fn load<V: Vector<Scalar: Element>>(self, from: *const V::Scalar, at: usize) -> V;

    /// The first `count` of them, and zeros.
    ///
    /// # Safety
    /// - `count` elements may be read, and there are as many lanes.
    unsafe fn part<V: Vector<Scalar: Element>>(self, from: *const V::Scalar, at: usize, count: usize) -> V;

    /// Where the `at`th element is.
    fn place<T>(self, from: *const T, at: usize) -> *const T;
}

/// What the left operand's elements are multiplied with.
pub(super) trait Factor: Copy {
    /// Whether it is one element for all lanes.
    const SHARED: bool;
    /// Whether it is as many elements as the left operand has.
    const STREAM: bool;

    /// What is read once for all vectors along the lanes.
    type Common<V: Vector<Scalar: Element>>: Copy;

    /// # Safety
    /// - One element may be read.
    unsafe fn common<V: Vector<Scalar: Element>>(self, from: *const V::Scalar) -> Self::Common<V>;

    /// `sum + left · right`.
    ///
    /// # Safety
    /// - As [`Access::load`].
    unsafe fn add<V: Vector<Scalar: Element>>(
        self,
        common: Self::Common<V>,
        from: *const V::Scalar,
        at: usize,
        left: V,
        sum: V,
    ) -> V;

    /// The same for the first `count` lanes; what the others get is not zero if the common element is not finite.
    ///
    /// # Safety
    /// - As [`Access::part`].
    unsafe fn add_part<V: Vector<Scalar: Element>>(
        self,
        common: Self::Common<V>,
        from: *const V::Scalar,
        at_count: (usize, usize),
        left: V,
        sum: V,
    ) -> V;

    /// The common element in the first `count` lanes only, for sums over lanes: zero times infinity is not zero.
    fn first<V: Vector<Scalar: Element>>(self, common: Self::Common<V>, count: usize) -> Self::Common<V>;

    /// Where the `at`th element is.
    fn place<T>(self, from: *const T, at: usize) -> *const T;
}

/// Neighbours.
#[derive(Clone, Copy)]
pub(super) struct Unit;

/// Elements at this distance.
#[derive(Clone, Copy)]
pub(super) struct Strided(pub(super) isize);

/// One element for all lanes.
#[derive(Clone, Copy)]
pub(super) struct Broadcast;

/// There is no right operand.
#[derive(Clone, Copy)]
pub(super) struct Absent;

/// The first lanes of another: the others are not read.
#[derive(Clone, Copy)]
pub(super) struct Partial<A>(pub(super) A, pub(super) usize);

impl<A: Access> Access for Partial<A> {
    const UNIT: bool = false;

    #[inline(always)]
    unsafe fn load<V: Vector<Scalar: Element>>(self, from: *const V::Scalar, at: usize) -> V {
        // SAFETY: the caller's promise, for the lanes that there are.
        unsafe { self.0.part(from, at, self.1) }
    }

    #[inline(always)]
    unsafe fn part<V: Vector<Scalar: Element>>(self, from: *const V::Scalar, at: usize, count: usize) -> V {
        // SAFETY: the caller's promise.
        unsafe { self.0.part(from, at, count) }
    }

    #[inline(always)]
    fn place<T>(self, from: *const T, at: usize) -> *const T {
        self.0.place(from, at)
    }
}

impl<F: Factor> Factor for Partial<F> {
    const SHARED: bool = F::SHARED;
    const STREAM: bool = F::STREAM;
    type Common<V: Vector<Scalar: Element>> = F::Common<V>;

    #[inline(always)]
    unsafe fn common<V: Vector<Scalar: Element>>(self, from: *const V::Scalar) -> F::Common<V> {
        // SAFETY: the caller's promise.
        unsafe { self.0.common::<V>(from) }
    }

    #[inline(always)]
    unsafe fn add<V: Vector<Scalar: Element>>(
        self,
        common: F::Common<V>,
        from: *const V::Scalar,
        at: usize,
        left: V,
        sum: V,
    ) -> V {
        // SAFETY: the caller's promise, for the lanes that there are.
        unsafe { self.0.add_part(common, from, (at, self.1), left, sum) }
    }

    #[inline(always)]
    unsafe fn add_part<V: Vector<Scalar: Element>>(
        self,
        common: F::Common<V>,
        from: *const V::Scalar,
        at_count: (usize, usize),
        left: V,
        sum: V,
    ) -> V {
        // SAFETY: the caller's promise.
        unsafe { self.0.add_part(common, from, at_count, left, sum) }
    }

    #[inline(always)]
    fn first<V: Vector<Scalar: Element>>(self, common: F::Common<V>, count: usize) -> F::Common<V> {
        self.0.first::<V>(common, count)
    }

    #[inline(always)]
    fn place<T>(self, from: *const T, at: usize) -> *const T {
        self.0.place(from, at)
    }
}

impl Access for Unit {
    const UNIT: bool = true;

    #[inline(always)]
    unsafe fn load<V: Vector<Scalar: Element>>(self, from: *const V::Scalar, at: usize) -> V {
        // SAFETY: the caller's promise.
        unsafe { V::load(from.wrapping_add(at)) }
    }

    #[inline(always)]
    unsafe fn part<V: Vector<Scalar: Element>>(self, from: *const V::Scalar, at: usize, count: usize) -> V {
        // SAFETY: the caller's promise.
        unsafe { V::load_part(from.wrapping_add(at), count) }
    }

    #[inline(always)]
    fn place<T>(self, from: *const T, at: usize) -> *const T {
        from.wrapping_add(at)
    }
}

impl Access for Strided {
    const UNIT: bool = false;

    #[inline(always)]
    unsafe fn load<V: Vector<Scalar: Element>>(self, from: *const V::Scalar, at: usize) -> V {
        // SAFETY: the caller's promise.
        unsafe { self.part(from, at, V::LANES) }
    }

    #[inline(always)]
    unsafe fn part<V: Vector<Scalar: Element>>(self, from: *const V::Scalar, at: usize, count: usize) -> V {
        let mut lanes = [V::Scalar::default(); MOST_LANES];
        let from = Access::place(self, from, at);
        for (n, lane) in lanes[..V::LANES].iter_mut().enumerate().take(count) {
            // SAFETY: `n < count`.
            *lane = unsafe { *from.wrapping_offset(n as isize * self.0) };
        }
        const { assert!(V::LANES <= MOST_LANES) };
        // SAFETY: the array has room for any vector.
        unsafe { V::load(lanes.as_ptr()) }
    }

    #[inline(always)]
    fn place<T>(self, from: *const T, at: usize) -> *const T {
        from.wrapping_offset(at as isize * self.0)
    }
}

macro_rules! factor {
    ($($Access:ident),*) => { $(
        impl Factor for $Access {
            const SHARED: bool = false;
            const STREAM: bool = true;

            type Common<V: Vector<Scalar: Element>> = ();

            #[inline(always)]
            unsafe fn common<V: Vector<Scalar: Element>>(self, _: *const V::Scalar) {}

            #[inline(always)]
            unsafe fn add<V: Vector<Scalar: Element>>(
                self,
                (): (),
                from: *const V::Scalar,
                at: usize,
                left: V,
                sum: V,
            ) -> V {
                // SAFETY: the caller's promise.
                let right = unsafe { Access::load::<V>(self, from, at) };
                left.mul_add(right, sum)
            }

            #[inline(always)]
            unsafe fn add_part<V: Vector<Scalar: Element>>(
                self,
                (): (),
                from: *const V::Scalar,
                (at, count): (usize, usize),
                left: V,
                sum: V,
            ) -> V {
                // SAFETY: the caller's promise.
                let right = unsafe { Access::part::<V>(self, from, at, count) };
                left.mul_add(right, sum)
            }

            #[inline(always)]
            fn first<V: Vector<Scalar: Element>>(self, (): (), _: usize) {}

            #[inline(always)]
            fn place<T>(self, from: *const T, at: usize) -> *const T {
                Access::place(self, from, at)
            }
        }
    )* };
}

factor!(Unit, Strided);

impl Factor for Broadcast {
    const SHARED: bool = true;
    const STREAM: bool = false;

    type Common<V: Vector<Scalar: Element>> = V;

    #[inline(always)]
    unsafe fn common<V: Vector<Scalar: Element>>(self, from: *const V::Scalar) -> V {
        // SAFETY: the caller's promise.
        V::splat(unsafe { *from })
    }

    #[inline(always)]
    unsafe fn add<V: Vector<Scalar: Element>>(
        self,
        common: V,
        _: *const V::Scalar,
        _: usize,
        left: V,
        sum: V,
    ) -> V {
        left.mul_add(common, sum)
    }

    #[inline(always)]
    unsafe fn add_part<V: Vector<Scalar: Element>>(
        self,
        common: V,
        _: *const V::Scalar,
        _: (usize, usize),
        left: V,
        sum: V,
    ) -> V {
        left.mul_add(common, sum)
    }

    #[inline(always)]
    fn first<V: Vector<Scalar: Element>>(self, common: V, count: usize) -> V {
        // SAFETY: the array has room for any vector, and all of it may be read.
        unsafe { V::load_part(common.lanes().as_ptr(), count) }
    }

    #[inline(always)]
    fn place<T>(self, from: *const T, _: usize) -> *const T {
        from
    }
}

impl Factor for Absent {
    const SHARED: bool = false;
    const STREAM: bool = false;

    type Common<V: Vector<Scalar: Element>> = ();

    #[inline(always)]
    unsafe fn common<V: Vector<Scalar: Element>>(self, _: *const V::Scalar) {}

    #[inline(always)]
    unsafe fn add<V: Vector<Scalar: Element>>(
        self,
        (): (),
        _: *const V::Scalar,
        _: usize,
        left: V,
        sum: V,
    ) -> V {
        sum.add(left)
    }

    #[inline(always)]
    unsafe fn add_part<V: Vector<Scalar: Element>>(
        self,
        (): (),
        _: *const V::Scalar,
        _: (usize, usize),
        left: V,
        sum: V,
    ) -> V {
        sum.add(left)
    }

    #[inline(always)]
    fn first<V: Vector<Scalar: Element>>(self, (): (), _: usize) {}

    #[inline(always)]
    fn place<T>(self, from: *const T, _: usize) -> *const T {
        from
    }
}
