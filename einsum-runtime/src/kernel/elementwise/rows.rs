//! Rows of neighbours: `output[c, r] ← factor · left[c, r] · right[c, r]`, where an operand has unit stride along `r` or stands still.
//!
//! Loop order: `c`, `r`, with whole vectors along `r`. What is only written has its last, ragged vector begin earlier, so that some
//! elements are computed twice, to the same bits; what is added to has single elements there.
//!
//! The forms that matter, products without a factor that are set, are one pass. For the others the product goes through a buffer: seven
//! loops for each element instead of thirty.

use super::super::{
    Assignment,
    element::{Element, Store, is},
    simd::{Kernel, Simd, UpToAvx2, Vector, stream_line},
};
use super::LINE;
use core::mem::MaybeUninit;

/// An operand in rows.
#[derive(Clone, Copy)]
pub(super) struct Source<T> {
    pub(super) first: *const T,
    /// From a row to the next.
    pub(super) step: isize,
    /// Whether it moves along a row, from neighbour to neighbour.
    pub(super) moves: bool,
}

impl<T> Source<T> {
    #[inline(always)]
    fn row(self, row: usize) -> *const T {
        self.first.wrapping_offset(self.step * row as isize)
    }
}

/// `rows` rows of `len` elements.
#[derive(Clone, Copy)]
pub(super) struct Rows<T> {
    pub(super) rows: usize,
    pub(super) len: usize,
    pub(super) output: *mut T,
    pub(super) output_step: isize,
    pub(super) left: Source<T>,
    pub(super) right: Option<Source<T>>,
    /// Rows that are set go past the caches; [`fence`](super::simd::fence) must follow.
    pub(super) streams: bool,
}

impl<T> Rows<T> {
    /// The same of elements of the same size.
    pub(super) fn cast<U>(self) -> Rows<U> {
        debug_assert_eq!(size_of::<T>(), size_of::<U>());
        let source = |Source { first, step, moves }: Source<T>| Source { first: first.cast(), step, moves };
        Rows {
            rows: self.rows,
            len: self.len,
            output: self.output.cast(),
            output_step: self.output_step,
            left: source(self.left),
            right: self.right.map(source),
            streams: self.streams,
        }
    }
}

/// What is computed in rows. A product of two operands is set, without a factor; what has a factor or is added is one operand that
/// moves. The rest takes two of these.
///
/// # Safety
/// - All positions are elements of their arrays; those of the output are distinct, nothing else uses them meanwhile, and unless the
///   assignment is [`Assignment::Set`] they are initialised.
pub(super) struct Panel<T> {
    pub(super) rows: Rows<T>,
    pub(super) store: Store<T>,
}

impl<T: Element> Kernel for Panel<T> {
    type Output = ();
    type Reach = UpToAvx2;

    #[inline(always)]
    unsafe fn run<S: Simd>(self) {
        let Panel { rows: Rows { rows, len, output, output_step, left, right, streams }, store } = self;
        // A product does not depend on the order of the two, to the last bit.
        let (left, right) = match right {
            Some(right) if right.moves && !left.moves => (right, Some(left)),
            _ => (left, right),
        };
        for row in 0..rows {
            let output = output.wrapping_offset(output_step * row as isize);
            let from = left.row(row);
            match (right, left.moves) {
                (Some(right), true) if right.moves => {
                    // SAFETY: the caller's promises about this row.
                    unsafe { multiply::<S, T>(len, output, from, right.row(row), streams) };
                }
                (Some(right), true) => {
                    // SAFETY: the caller's promises: one element in the row.
                    let factor = unsafe { *right.row(row) };
                    // SAFETY: the caller's promises about this row.
                    unsafe { scale::<S, T>(len, output, from, factor, streams) };
                }
                (None, true) => {
                    // SAFETY: the caller's promises about this row.
                    unsafe { apply::<S, T>(store, len, output, from, streams) };
                }
                (_, false) => {
                    // SAFETY: the caller's promises: one element in the row.
                    let mut value = unsafe { *from };
                    if let Some(right) = right {
                        // SAFETY: as above.
                        value = value * unsafe { *right.row(row) };
                    }
                    // SAFETY: the caller's promises about this row.
                    unsafe { fill::<S, T>(len, output, value, streams) };
                }
            }
        }
    }
}

/// Whether vectors are those of the instruction set. For the other elements the compiler makes better ones of plain loops, in a tenth of the
/// time.
#[inline(always)]
fn has_vectors<T: Element>() -> bool {
    is::<T, f32>() || is::<T, f64>()
}

/// Writes `to[n] = $value` for `n < len` in vectors, `$n` being where each begins; the last one overlaps the one before.
/// `$single` is the same for one element.
macro_rules! write_row {
    ($S:ident, $T:ident, $len:ident, $to:ident, $streams:ident, |$n:ident| $value:expr, $single:expr) => {{
        let lanes = <$T::Vector<$S> as Vector>::LANES;
        if $len < lanes || !has_vectors::<$T>() {
            for $n in 0..$len {
                let value = $single;
                // SAFETY: `n < len`, and the caller says that so many elements may be written.
                unsafe { $to.wrapping_add($n).write(value) };
            }
        } else {
            let mut start = 0;
            if $streams && $len >= LINE {
                let from = ($to.addr().next_multiple_of(LINE) - $to.addr()) / size_of::<$T>();
                // Where an element crosses the boundary of a line, there is no such place.
                let is_line = $to.wrapping_add(from).addr() % LINE == 0;
                while start < from {
                    let $n = start;
                    let value: $T::Vector<$S> = $value;
                    // SAFETY: a line, a vector and more is not longer than `len`, so many elements may be written.
                    unsafe { value.store($to.wrapping_add($n)) };
                    start += lanes;
                }
                start = from;
                while is_line && start + 2 * lanes <= $len {
                    for half in 0..2 {
                        let $n = start + half * lanes;
                        let value: $T::Vector<$S> = $value;
                        // SAFETY: `n + lanes <= len`; from a line on, whole vectors are multiples of their size.
                        unsafe { value.stream($to.wrapping_add($n)) };
                    }
                    start += 2 * lanes;
                }
            }
            while start + 4 * lanes <= $len {
                for quarter in 0..4 {
                    let $n = start + quarter * lanes;
                    let value: $T::Vector<$S> = $value;
                    // SAFETY: `n + lanes <= len`, and the caller says that so many elements may be written.
                    unsafe { value.store($to.wrapping_add($n)) };
                }
                start += 4 * lanes;
            }
            while start < $len {
                let $n = start.min($len - lanes);
                let value: $T::Vector<$S> = $value;
                // SAFETY: as above.
                unsafe { value.store($to.wrapping_add($n)) };
                start += lanes;
            }
        }
    }};
}

/// `to[n] = left[n] · right[n]`.
///
/// # Safety
/// - `len` elements of the operands may be read, and as many written that are not theirs.
#[inline(always)]
unsafe fn multiply<S: Simd, T: Element>(
    len: usize,
    to: *mut T,
    left: *const T,
    right: *const T,
    streams: bool,
) {
    write_row!(
        S,
        T,
        len,
        to,
        streams,
        |n| {
            // SAFETY: there are as many elements from `n` on.
            let left = unsafe { T::Vector::<S>::load(left.wrapping_add(n)) };
            // SAFETY: as above.
            left.mul(unsafe { T::Vector::<S>::load(right.wrapping_add(n)) })
        },
        {
            // SAFETY: `n < len`.
            let left = unsafe { *left.wrapping_add(n) };
            // SAFETY: as above.
            left * unsafe { *right.wrapping_add(n) }
        }
    );
}

/// `to[n] = factor · from[n]`.
///
/// # Safety
/// - `len` elements may be read, and as many written, which are not the same ones or exactly the same ones.
#[inline(always)]
unsafe fn scale<S: Simd, T: Element>(len: usize, to: *mut T, from: *const T, factor: T, streams: bool) {
    let factors = T::Vector::<S>::splat(factor);
    write_row!(
        S,
        T,
        len,
        to,
        streams,
        |n| {
            // SAFETY: there are as many elements from `n` on.
            factors.mul(unsafe { T::Vector::<S>::load(from.wrapping_add(n)) })
        },
        {
            // SAFETY: `n < len`.
            factor * unsafe { *from.wrapping_add(n) }
        }
    );
}

/// `to[n] = value`.
///
/// # Safety
/// - `len` elements may be written.
#[inline(always)]
unsafe fn fill<S: Simd, T: Element>(len: usize, to: *mut T, value: T, streams: bool) {
    let values = T::Vector::<S>::splat(value);
    write_row!(S, T, len, to, streams, |n| values, value);
}

/// `output[n] ← factor · product[n]`.
///
/// # Safety
/// - `len` products may be read, and as many elements written that are not theirs, and read unless they are set.
#[inline(always)]
unsafe fn apply<S: Simd, T: Element>(
    store: Store<T>,
    len: usize,
    output: *mut T,
    product: *const T,
    streams: bool,
) {
    match (store.assignment, store.factor) {
        (Assignment::Set, Some(factor)) => {
            // SAFETY: the caller's promise.
            unsafe { scale::<S, T>(len, output, product, factor, streams) };
        }
        // Each with its own loop: the choice is made once for the row.
        (Assignment::Add, None) => {
            let store = Store { assignment: Assignment::Add, factor: None };
            // SAFETY: the caller's promise.
            unsafe { change::<S, T>(store, len, output, product) };
        }
        (Assignment::Add, Some(factor)) => {
            let store = Store { assignment: Assignment::Add, factor: Some(factor) };
            // SAFETY: the caller's promise.
            unsafe { change::<S, T>(store, len, output, product) };
        }
        (Assignment::Subtract, None) => {
            let store = Store { assignment: Assignment::Subtract, factor: None };
            // SAFETY: the caller's promise.
            unsafe { change::<S, T>(store, len, output, product) };
        }
        (Assignment::Subtract, Some(factor)) => {
            let store = Store { assignment: Assignment::Subtract, factor: Some(factor) };
            // SAFETY: the caller's promise.
            unsafe { change::<S, T>(store, len, output, product) };
        }
        (Assignment::Set, None) => {
            // SAFETY: the caller's promise; the arrays are different ones.
            unsafe { core::ptr::copy_nonoverlapping(product, output, len) };
        }
    }
}

/// # Safety
/// - As for [`apply`]; the output is read.
#[inline(always)]
unsafe fn change<S: Simd, T: Element>(store: Store<T>, len: usize, output: *mut T, product: *const T) {
    let lanes = T::Vector::<S>::LANES;
    let mut n = 0;
    while has_vectors::<T>() && n + lanes <= len {
        // SAFETY: there are as many elements from `n` on.
        let vector = unsafe { T::Vector::<S>::load(product.wrapping_add(n)) };
        // SAFETY: as above.
        unsafe { store.vector(output.wrapping_add(n), vector) };
        n += lanes;
    }
    while n < len {
        // SAFETY: `n < len`.
        let one = unsafe { *product.wrapping_add(n) };
        // SAFETY: `n < len`.
        unsafe { store.one(output.wrapping_add(n), one) };
        n += 1;
    }
}

/// Copies `rows` rows of `bytes` bytes; steps are in bytes.
///
/// # Safety
/// - All of `from` may be read, all of `to` written, and they do not overlap.
pub(super) struct CopyRows {
    pub(super) rows: usize,
    pub(super) bytes: usize,
    pub(super) to: *mut u8,
    pub(super) to_step: isize,
    pub(super) from: *const u8,
    pub(super) from_step: isize,
    /// Past the caches; [`fence`](super::simd::fence) must follow.
    pub(super) streams: bool,
    /// Begin with the first line that begins after the first byte: what is before has been written.
    pub(super) from_line: bool,
    /// End where the last line begins that would not be whole: another copy begins with it.
    pub(super) to_line: bool,
}

impl Kernel for CopyRows {
    type Output = ();
    type Reach = UpToAvx2;

    #[inline(always)]
    unsafe fn run<S: Simd>(self) {
        if self.streams {
            // SAFETY: the caller's promises.
            unsafe { self.streaming() };
        } else {
            match self.bytes {
                // SAFETY: the caller's promises.
                32.. => unsafe { self.regular::<32>() },
                // SAFETY: the caller's promises, and rows are not longer than two blocks.
                16.. => unsafe { self.short::<16>() },
                // SAFETY: as above.
                8.. => unsafe { self.short::<8>() },
                // SAFETY: as above.
                4.. => unsafe { self.short::<4>() },
                // SAFETY: the caller's promises.
                _ => unsafe { self.regular::<1>() },
            }
        }
    }
}

impl CopyRows {
    #[inline(always)]
    fn row(&self, row: usize) -> (*mut u8, *const u8) {
        (
            self.to.wrapping_offset(self.to_step * row as isize),
            self.from.wrapping_offset(self.from_step * row as isize),
        )
    }

    /// # Safety
    /// - The promises of the type; rows of `N` bytes or more.
    #[inline(always)]
    unsafe fn regular<const N: usize>(&self) {
        for row in 0..self.rows {
            let (to, from) = self.row(row);
            // SAFETY: the caller's promises about this row.
            unsafe { copy_blocks::<N>(self.bytes, to, from) };
        }
    }

    /// # Safety
    /// - The promises of the type; rows of `N` bytes or more, and not more than `2 * N`.
    #[inline(always)]
    unsafe fn short<const N: usize>(&self) {
        for row in 0..self.rows {
            let (to, from) = self.row(row);
            let last = self.bytes - N;
            // SAFETY: the row has so many bytes.
            let first_block = unsafe { from.cast::<Bytes<N>>().read() };
            // SAFETY: as above.
            let last_block = unsafe { from.wrapping_add(last).cast::<Bytes<N>>().read() };
            // SAFETY: as above.
            unsafe { to.cast::<Bytes<N>>().write(first_block) };
            // SAFETY: as above.
            unsafe { to.wrapping_add(last).cast::<Bytes<N>>().write(last_block) };
        }
    }

    /// # Safety
    /// - The promises of the type.
    #[inline(always)]
    unsafe fn streaming(&self) {
        for row in 0..self.rows {
            let (to, from) = self.row(row);
            let before = if self.from_line { LINE - to.addr() % LINE } else { 0 };
            let after = if self.to_line { (to.addr() + self.bytes) % LINE } else { 0 };
            let bytes = self.bytes.saturating_sub(before + after);
            let (to, from) = (to.wrapping_add(before), from.wrapping_add(before));
            let head = (to.addr().next_multiple_of(LINE) - to.addr()).min(bytes);
            // SAFETY: the row has `head` bytes.
            unsafe { copy_row(head, to, from) };
            let mut at = head;
            while at + LINE <= bytes {
                // SAFETY: a whole line is left of the row, and `to + at` is at the start of one.
                unsafe { stream_line(to.wrapping_add(at), from.wrapping_add(at)) };
                at += LINE;
            }
            // SAFETY: what is left of the row.
            unsafe { copy_row(bytes - at, to.wrapping_add(at), from.wrapping_add(at)) };
        }
    }
}

/// A block of bytes that is copied as it is.
type Bytes<const N: usize> = [MaybeUninit<u8>; N];

/// Copies the part of a row that is no whole line, and so not many bytes.
///
/// # Safety
/// - `bytes` bytes may be read, and as many written that are others.
#[inline(always)]
unsafe fn copy_row(bytes: usize, to: *mut u8, from: *const u8) {
    match bytes {
        // SAFETY: it is not shorter.
        16.. => unsafe { copy_blocks::<16>(bytes, to, from) },
        // SAFETY: it is not shorter.
        4.. => unsafe { copy_blocks::<4>(bytes, to, from) },
        // SAFETY: the caller's promise.
        _ => unsafe { copy_blocks::<1>(bytes, to, from) },
    }
}

/// Copies a row in blocks, of which the last one overlaps the one before.
///
/// # Safety
/// - `bytes` bytes may be read, and as many written that are others, and `bytes >= N`, or there are none.
#[inline(always)]
unsafe fn copy_blocks<const N: usize>(bytes: usize, to: *mut u8, from: *const u8) {
    let mut start = 0;
    if N == 32 {
        while start + 4 * N <= bytes {
            for quarter in 0..4 {
                let n = start + quarter * N;
                // SAFETY: `n + N <= bytes`.
                let block = unsafe { from.wrapping_add(n).cast::<Bytes<N>>().read() };
                // SAFETY: as above.
                unsafe { to.wrapping_add(n).cast::<Bytes<N>>().write(block) };
            }
            start += 4 * N;
        }
    }
    while start < bytes {
        let n = start.min(bytes - N);
        // SAFETY: `n + N <= bytes`.
        let block = unsafe { from.wrapping_add(n).cast::<Bytes<N>>().read() };
        // SAFETY: as above.
        unsafe { to.wrapping_add(n).cast::<Bytes<N>>().write(block) };
        start += N;
    }
}
