//! Cursors: what generated loops iterate over.
//!
//! A [`Cursor`] is a place in an array together with the levels of the loop nest that are still to come, one type
//! parameter deep for each:
//!
//! ```text
//! Cursor<T, (Level, (Level, ()))>   -- along -->   Cursor<T, (Level, ())>   -- along -->   Cursor<T, ()>
//! ```
//!
//! [`along`] iterates over one level of several cursors at once and gives cursors of one level less; a cursor without
//! levels is at an element. A cursor that has no axis for a loop is left out of that loop. So loops need no bounds
//! checks, no `unsafe` and no subscripts: each cursor knows the extent of each of its levels, and `along` stops at
//! the shortest.
//!
//! **The invariant** on which every access here rests: for all positions within the extents of its levels, the address
//! `at + sum of position * stride` is an element of the array that the cursor borrows. [`Bind`] establishes it, a
//! step of `along` keeps it.

use core::{
    marker::PhantomData,
    mem::MaybeUninit,
    ops::{Add, Sub},
};
use ndarray::{ArrayView, ArrayViewMut, Dimension};
use num_traits::Zero;

/// A place in an array that can be read.
#[derive(Debug)]
pub struct Cursor<'a, T, L> {
    at: *const T,
    levels: L,
    array: PhantomData<&'a T>,
}

/// A place in an array that can be written.
#[derive(Debug)]
pub struct CursorMut<'a, T, L> {
    at: *mut T,
    levels: L,
    array: PhantomData<&'a mut T>,
}

// By hand: `T` need not be `Clone`.
impl<T, L: Clone> Clone for Cursor<'_, T, L> {
    #[inline(always)]
    fn clone(&self) -> Self {
        Cursor { levels: self.levels.clone(), ..*self }
    }
}

impl<T, L: Copy> Copy for Cursor<'_, T, L> {}

/// A loop over one index.
#[derive(Clone, Copy, Debug)]
pub struct Level {
    pub(crate) extent: usize,
    pub(crate) stride: isize,
}

/// A loop over all axes of the ellipsis, the last one running fastest. The strides are `isize` bits, as ndarray
/// keeps them.
#[derive(Clone, Debug)]
pub struct RestLevel<E> {
    extents: E,
    strides: E,
}

/// The axes of an array that one index takes: several for a diagonal. A negative axis counts from the end.
pub struct Axes<const N: usize> {
    extent: usize,
    axes: [isize; N],
}

/// The axes of an array that the ellipsis takes: all but the first and the last few.
pub struct RestAxes<'e, E> {
    extents: &'e E,
    front: usize,
    back: usize,
}

/// The axes that an index of this extent takes.
#[inline(always)]
pub fn axes<const N: usize>(extent: usize, axes: [isize; N]) -> Axes<N> {
    Axes { extent, axes }
}

/// The axes that an ellipsis of these extents takes: those between the `front` first and the `back` last.
#[inline(always)]
pub fn rest_axes<E>(extents: &E, front: usize, back: usize) -> RestAxes<'_, E> {
    RestAxes { extents, front, back }
}

/// A cursor at the start of an array.
///
/// # Panics
/// If the axes are not each taken once, or an extent is neither that of its axis nor broadcast from 1.
/// [`Call::agree`](crate::extents::Call::agree) has seen to it.
#[inline(always)]
pub fn cursor<'a, T, D: Dimension, B: Bind>(
    array: &ArrayView<'a, T, D>,
    levels: B,
) -> Cursor<'a, T, B::Levels> {
    let levels = levels.bind_all(array.shape(), array.strides(), true);
    Cursor { at: array.as_ptr(), levels, array: PhantomData }
}

/// A cursor that writes, at the start of an array.
///
/// # Panics
/// As [`cursor`], and if an axis would be broadcast: then two cursors could be at one element.
#[inline(always)]
pub fn cursor_mut<'a, T, D: Dimension, B: Bind>(
    array: &'a mut ArrayViewMut<'_, T, D>,
    levels: B,
) -> CursorMut<'a, T, B::Levels> {
    let levels = levels.bind_all(array.shape(), array.strides(), false);
    CursorMut { at: array.as_mut_ptr(), levels, array: PhantomData }
}

mod sealed {
    /// Cursors trust what implements this: nothing outside of this file may.
    pub trait Sealed {}
}

/// Turns axes into the levels of a cursor.
pub trait Bind: sealed::Sealed + Sized {
    /// The levels, outermost first.
    type Levels;

    /// The levels, of an array of this shape. Marks the axes that it uses. Where `broadcast`, a loop may be longer than its axis of
    /// extent 1, or have no axis.
    fn bind(self, shape: &[usize], strides: &[isize], broadcast: bool, taken: &mut Taken) -> Self::Levels;

    /// The levels of an array all axes of which are taken.
    #[inline(always)]
    fn bind_all(self, shape: &[usize], strides: &[isize], broadcast: bool) -> Self::Levels {
        let mut taken = Taken(0);
        let levels = self.bind(shape, strides, broadcast, &mut taken);
        // An axis that no level takes could be empty, and then the first element does not exist.
        assert!(taken == Taken::all(shape.len()), "an axis without a loop");
        levels
    }
}

/// A set of axes, one bit for each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Taken(u64);

impl Taken {
    #[inline(always)]
    fn all(rank: usize) -> Taken {
        assert!(rank < 64, "more axes than einsum can take");
        Taken((1 << rank) - 1)
    }

    // Adds an axis that is not in the set.
    #[inline(always)]
    fn add(&mut self, axis: usize) {
        let bit = 1_u64 << (axis % 64);
        assert!(self.0 & bit == 0, "an axis in two loops");
        self.0 |= bit;
    }
}

impl sealed::Sealed for () {}

impl Bind for () {
    type Levels = ();

    #[inline(always)]
    fn bind(self, _shape: &[usize], _strides: &[isize], _broadcast: bool, _taken: &mut Taken) {}
}

impl<const N: usize, B: Bind> sealed::Sealed for (Axes<N>, B) {}

impl<const N: usize, B: Bind> Bind for (Axes<N>, B) {
    type Levels = (Level, B::Levels);

    #[inline(always)]
    fn bind(self, shape: &[usize], strides: &[isize], broadcast: bool, taken: &mut Taken) -> Self::Levels {
        let (Axes { extent, axes }, inner) = self;
        assert!(broadcast || N > 0, "a loop without an axis");
        // Wrapping: along an axis of one element the stride is never used, and may be anything.
        let mut stride: isize = 0;
        for axis in axes {
            let axis = if axis < 0 { shape.len().wrapping_add_signed(axis) } else { axis.unsigned_abs() };
            stride = stride.wrapping_add(take(shape, strides, axis, extent, broadcast, taken));
        }
        (Level { extent, stride }, inner.bind(shape, strides, broadcast, taken))
    }
}

impl<E: Dimension, B: Bind> sealed::Sealed for (RestAxes<'_, E>, B) {}

impl<E: Dimension, B: Bind> Bind for (RestAxes<'_, E>, B) {
    type Levels = (RestLevel<E>, B::Levels);

    #[inline]
    fn bind(self, shape: &[usize], strides: &[isize], broadcast: bool, taken: &mut Taken) -> Self::Levels {
        let (RestAxes { extents, front, back }, inner) = self;
        let mut rest_strides = E::zeros(extents.ndim());
        let missing = extents.ndim() - (shape.len() - front - back);
        assert!(broadcast || missing == 0, "a loop without an axis");
        for n in missing..extents.ndim() {
            let stride = take(shape, strides, front + n - missing, extents[n], broadcast, taken);
            rest_strides[n] = stride as usize;
        }
        (
            RestLevel { extents: extents.clone(), strides: rest_strides },
            inner.bind(shape, strides, broadcast, taken),
        )
    }
}

// The stride of an axis in a loop of this extent.
#[inline(always)]
fn take(
    shape: &[usize],
    strides: &[isize],
    axis: usize,
    extent: usize,
    broadcast: bool,
    taken: &mut Taken,
) -> isize {
    taken.add(axis);
    if shape[axis] == extent {
        return strides[axis];
    }
    assert!(shape[axis] == 1 && broadcast, "an axis of another extent than its loop");
    0
}

/// The levels of a cursor as numbers: a level of one index has one axis, that of the ellipsis any number.
pub struct List {
    /// The first `len` are written: to clear all takes longer than to fill those of most steps.
    axes: [MaybeUninit<Level>; List::MOST],
    /// How many axes there are up to the end of each level.
    ends: [u8; List::MOST],
    levels: usize,
    len: usize,
}

impl List {
    /// The most axes, and the most levels: no kernel takes more.
    const MOST: usize = 24;

    /// Without levels.
    #[inline]
    pub(crate) fn new() -> List {
        List { axes: [const { MaybeUninit::uninit() }; List::MOST], ends: [0; List::MOST], levels: 0, len: 0 }
    }

    #[inline]
    fn axis(&mut self, axis: Level) {
        if let Some(place) = self.axes.get_mut(self.len) {
            place.write(axis);
        }
        self.len += 1;
    }

    #[inline]
    fn end_level(&mut self) {
        if let Some(end) = self.ends.get_mut(self.levels) {
            *end = self.len.min(List::MOST) as u8;
        }
        self.levels += 1;
    }

    /// Whether there was room for all levels.
    pub(crate) fn is_whole(&self) -> bool {
        self.len <= List::MOST && self.levels <= List::MOST
    }

    /// How many levels there are.
    #[inline]
    pub(crate) fn count(&self) -> usize {
        self.levels
    }

    /// The axes of the `n`th level, if there is such.
    #[inline]
    pub(crate) fn level(&self, n: usize) -> &[Level] {
        if n >= self.levels.min(List::MOST) {
            return &[];
        }
        let start = if n == 0 { 0 } else { self.ends[n - 1] };
        let axes = &self.axes[usize::from(start)..usize::from(self.ends[n])];
        // SAFETY: levels end at `len` or before, and so many have been written.
        unsafe { core::slice::from_raw_parts(axes.as_ptr().cast::<Level>(), axes.len()) }
    }
}

/// What levels are made of.
pub trait Levels: sealed::Sealed {
    /// Adds the levels to a list, outermost first.
    fn list(&self, list: &mut List);

    /// The two levels, if there are two and none is an ellipsis.
    #[inline(always)]
    fn two(&self) -> Option<[Level; 2]> {
        None
    }

    /// The only level, if there is one and it is no ellipsis.
    #[inline(always)]
    fn one(&self) -> Option<Level> {
        None
    }

    /// Whether there is none.
    #[inline(always)]
    fn none(&self) -> bool {
        false
    }

    /// How many elements the positions are, if they are neighbours in the order of the loops, and no level is an ellipsis.
    #[inline(always)]
    fn neighbours(&self) -> Option<usize> {
        None
    }
}

impl Levels for () {
    #[inline]
    fn list(&self, _list: &mut List) {}

    #[inline(always)]
    fn none(&self) -> bool {
        true
    }

    #[inline(always)]
    fn neighbours(&self) -> Option<usize> {
        Some(1)
    }
}

impl<L: Levels> sealed::Sealed for (Level, L) {}

impl<L: Levels> Levels for (Level, L) {
    #[inline]
    fn list(&self, list: &mut List) {
        list.axis(self.0);
        list.end_level();
        self.1.list(list);
    }

    #[inline(always)]
    fn two(&self) -> Option<[Level; 2]> {
        self.1.one().map(|inner| [self.0, inner])
    }

    #[inline(always)]
    fn one(&self) -> Option<Level> {
        self.1.none().then_some(self.0)
    }

    #[inline(always)]
    fn neighbours(&self) -> Option<usize> {
        let inner = self.1.neighbours().filter(|&inner| self.0.stride == inner as isize)?;
        // Each of them is an element of the array.
        Some(self.0.extent * inner)
    }
}

impl<E, L: Levels> sealed::Sealed for (RestLevel<E>, L) {}

impl<E: Dimension, L: Levels> Levels for (RestLevel<E>, L) {
    #[inline]
    fn list(&self, list: &mut List) {
        for (&extent, &stride) in self.0.extents.slice().iter().zip(self.0.strides.slice()) {
            list.axis(Level { extent, stride: stride as isize });
        }
        list.end_level();
        self.1.list(list);
    }
}

impl<T, L> Cursor<'_, T, L> {
    pub(crate) fn levels(&self) -> &L {
        &self.levels
    }

    pub(crate) fn as_ptr(&self) -> *const T {
        self.at
    }
}

impl<T, L> CursorMut<'_, T, L> {
    pub(crate) fn levels(&self) -> &L {
        &self.levels
    }

    pub(crate) fn as_ptr(&self) -> *mut T {
        self.at
    }
}

/// One or more cursors whose next level is the same index.
///
/// # Safety
/// - `extent` is the least extent of these levels;
/// - `here` and `advance` do what they say.
pub unsafe trait Lanes {
    /// The cursors after this level.
    type Item;

    /// How often the loop may run.
    fn extent(&self) -> usize;

    /// The cursors at the current position of the level.
    ///
    /// # Safety
    /// - `advance` was called fewer than `extent` times.
    unsafe fn here(&self) -> Self::Item;

    /// Goes to the next position of the level.
    ///
    /// # Safety
    /// - From then on only `here` and `advance` are called: the levels do not know that they are shorter.
    unsafe fn advance(&mut self);
}

/// One or more cursors whose next level is the ellipsis.
///
/// # Safety
/// - `extents` are the least extents of these levels;
/// - `here`, `advance` and `rewind` do what they say.
pub unsafe trait RestLanes<E> {
    /// The cursors after this level.
    type Item;

    /// Lowers these extents to what all the levels have.
    fn limit(&self, extents: &mut E);

    /// The cursors at the current position.
    ///
    /// # Safety
    /// - the position is within the extents along every axis.
    unsafe fn here(&self) -> Self::Item;

    /// Goes to the next position along an axis.
    ///
    /// # Safety
    /// - From then on only `here`, `advance` and `rewind` are called: the levels do not know where they are.
    unsafe fn advance(&mut self, axis: usize);

    /// Goes back along an axis by this number of positions.
    ///
    /// # Safety
    /// - As for `advance`.
    unsafe fn rewind(&mut self, axis: usize, positions: usize);
}

macro_rules! cursor_lanes {
    ($Cursor:ident) => {
        // SAFETY: one level, whose extent and stride are used as they are.
        unsafe impl<'a, T, L: Clone> Lanes for $Cursor<'a, T, (Level, L)> {
            type Item = $Cursor<'a, T, L>;

            #[inline(always)]
            fn extent(&self) -> usize {
                self.levels.0.extent
            }

            #[inline(always)]
            unsafe fn here(&self) -> Self::Item {
                $Cursor { at: self.at, levels: self.levels.1.clone(), array: PhantomData }
            }

            #[inline(always)]
            unsafe fn advance(&mut self) {
                // After the last position this is no element, and nothing reads it: hence `wrapping`.
                self.at = self.at.wrapping_offset(self.levels.0.stride);
            }
        }

        // SAFETY: one level, whose extents and strides are used as they are.
        unsafe impl<'a, T, E: Dimension, L: Clone> RestLanes<E> for $Cursor<'a, T, (RestLevel<E>, L)> {
            type Item = $Cursor<'a, T, L>;

            #[inline]
            fn limit(&self, extents: &mut E) {
                assert!(extents.ndim() == self.levels.0.extents.ndim(), "an ellipsis of another rank");
                for (extent, &own) in extents.slice_mut().iter_mut().zip(self.levels.0.extents.slice()) {
                    *extent = own.min(*extent);
                }
            }

            #[inline(always)]
            unsafe fn here(&self) -> Self::Item {
                $Cursor { at: self.at, levels: self.levels.1.clone(), array: PhantomData }
            }

            #[inline(always)]
            unsafe fn advance(&mut self, axis: usize) {
                self.at = self.at.wrapping_offset(self.levels.0.strides[axis] as isize);
            }

            #[inline(always)]
            unsafe fn rewind(&mut self, axis: usize, positions: usize) {
                let stride = self.levels.0.strides[axis] as isize;
                self.at = self.at.wrapping_offset(stride.wrapping_mul(positions as isize).wrapping_neg());
            }
        }
    };
}

cursor_lanes!(Cursor);
cursor_lanes!(CursorMut);

macro_rules! tuple_lanes {
    ($($Lane:ident $n:tt),+) => {
        // SAFETY: each of the lanes is.
        unsafe impl<$($Lane: Lanes),+> Lanes for ($($Lane,)+) {
            type Item = ($($Lane::Item,)+);

            #[inline(always)]
            fn extent(&self) -> usize {
                let extent = usize::MAX;
                $( let extent = extent.min(self.$n.extent()); )+
                extent
            }

            #[inline(always)]
            unsafe fn here(&self) -> Self::Item {
                ($(
                    // SAFETY: the extent is at most that of this lane.
                    unsafe { self.$n.here() },
                )+)
            }

            #[inline(always)]
            unsafe fn advance(&mut self) {
                $(
                    // SAFETY: the caller's promise.
                    unsafe { self.$n.advance() };
                )+
            }
        }

        // SAFETY: each of the lanes is.
        unsafe impl<E, $($Lane: RestLanes<E>),+> RestLanes<E> for ($($Lane,)+) {
            type Item = ($($Lane::Item,)+);

            #[inline]
            fn limit(&self, extents: &mut E) {
                $( self.$n.limit(extents); )+
            }

            #[inline(always)]
            unsafe fn here(&self) -> Self::Item {
                ($(
                    // SAFETY: the extents are at most those of this lane.
                    unsafe { self.$n.here() },
                )+)
            }

            #[inline(always)]
            unsafe fn advance(&mut self, axis: usize) {
                $(
                    // SAFETY: the caller's promise.
                    unsafe { self.$n.advance(axis) };
                )+
            }

            #[inline(always)]
            unsafe fn rewind(&mut self, axis: usize, positions: usize) {
                $(
                    // SAFETY: the caller's promise.
                    unsafe { self.$n.rewind(axis, positions) };
                )+
            }
        }
    };
}

// Longer products are tuples of tuples.
tuple_lanes!(A 0);
tuple_lanes!(A 0, B 1);
tuple_lanes!(A 0, B 1, C 2);
tuple_lanes!(A 0, B 1, C 2, D 3);
tuple_lanes!(A 0, B 1, C 2, D 3, F 4);
tuple_lanes!(A 0, B 1, C 2, D 3, F 4, G 5);
tuple_lanes!(A 0, B 1, C 2, D 3, F 4, G 5, H 6);
tuple_lanes!(A 0, B 1, C 2, D 3, F 4, G 5, H 6, I 7);

/// The loop over one index of this extent: the cursors of one level less, at each position.
#[inline(always)]
pub fn along<C: Lanes>(extent: usize, lanes: C) -> Along<C> {
    Along { left: extent.min(lanes.extent()), lanes }
}

/// What [`along`] gives.
pub struct Along<C> {
    left: usize,
    lanes: C,
}

impl<C: Lanes> Iterator for Along<C> {
    type Item = C::Item;

    #[inline(always)]
    fn next(&mut self) -> Option<C::Item> {
        self.left = self.left.checked_sub(1)?;
        // SAFETY: `left` starts at no more than the extent, and each `advance` has its own decrement.
        let item = unsafe { self.lanes.here() };
        // SAFETY: nothing else has the lanes.
        unsafe { self.lanes.advance() };
        Some(item)
    }
}

/// The loop over all axes of an ellipsis of these extents.
#[inline]
pub fn along_rest<E: Dimension, C: RestLanes<E>>(extents: &E, lanes: C) -> AlongRest<E, C> {
    let mut extents = extents.clone();
    lanes.limit(&mut extents);
    // The number of positions does not overflow where they are places of an array; where all strides are zero, as for
    // sums over a broadcast axis, it may, and then so many that nobody waits for the end.
    let left = extents.slice().iter().fold(1, |n: usize, &extent| n.saturating_mul(extent));
    AlongRest { left, position: E::zeros(extents.ndim()), extents, lanes }
}

/// What [`along_rest`] gives.
pub struct AlongRest<E, C> {
    left: usize,
    position: E,
    extents: E,
    lanes: C,
}

impl<E: Dimension, C: RestLanes<E>> Iterator for AlongRest<E, C> {
    type Item = C::Item;

    #[inline]
    fn next(&mut self) -> Option<C::Item> {
        self.left = self.left.checked_sub(1)?;
        // SAFETY: no extent is zero, or `left` would have been; and below the position stays within the extents.
        let item = unsafe { self.lanes.here() };
        for axis in (0..self.extents.ndim()).rev() {
            self.position[axis] += 1;
            if self.position[axis] < self.extents[axis] {
                // SAFETY: nothing else has the lanes; likewise below.
                unsafe { self.lanes.advance(axis) };
                break;
            }
            self.position[axis] = 0;
            // SAFETY: as above.
            unsafe { self.lanes.rewind(axis, self.extents[axis] - 1) };
        }
        Some(item)
    }
}

/// The start of a sum of the elements that a cursor moves over.
#[inline(always)]
pub fn zero<T: Zero, L>(_cursor: &Cursor<'_, T, L>) -> T {
    T::zero()
}

// By value, so that generated code finds these methods before any of the user's traits; and with the bounds on the
// methods, so that the compiler says which one an element type lacks, and not that there is no method.
impl<T> Cursor<'_, T, ()> {
    /// The element.
    #[inline(always)]
    pub fn get(self) -> T
    where
        T: Clone,
    {
        // SAFETY: without levels, the invariant says that `at` is an element of the borrowed array.
        let element = unsafe { &*self.at };
        element.clone()
    }
}

impl<T> CursorMut<'_, T, ()> {
    /// Replaces the element.
    #[inline(always)]
    pub fn set(self, element: T) {
        // SAFETY: without levels, the invariant says that `at` is an element of the array, which is borrowed mutably.
        unsafe { *self.at = element }
    }

    /// Adds to the element.
    #[inline(always)]
    pub fn add(self, element: T)
    where
        T: Clone + Add<Output = T>,
    {
        let sum = self.old() + element;
        self.set(sum);
    }

    /// Subtracts from the element.
    #[inline(always)]
    pub fn subtract(self, element: T)
    where
        T: Clone + Sub<Output = T>,
    {
        let difference = self.old() - element;
        self.set(difference);
    }

    #[inline(always)]
    fn old(&self) -> T
    where
        T: Clone,
    {
        // SAFETY: without levels, the invariant says that `at` is an element of the array, which is borrowed mutably; nothing
        // can write it while this reference lives, since `clone` cannot reach a cursor of the array.
        let element = unsafe { &*self.at };
        element.clone()
    }
}
