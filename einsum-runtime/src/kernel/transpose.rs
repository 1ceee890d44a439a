//! `to[r, c] = from[r, c]` for the elements of a block, as bits: a transpose where the unit strides are on different sides.
//!
//! Loop order with unit strides on different sides: squares of two by two tiles (of `c` outside, of `r` inside), tiles of the size of a
//! vector, transposed in registers. A square is a cache line wide or wider on both sides for 8-byte elements and longer ones, so a line
//! is done with before lines that could displace it are touched: with extents of a power of two all lines of a column have the same
//! place in the cache. The last tile of a ragged side overlaps the one before. Otherwise the shorter stride of `from` goes inside.
//!
//! Works on bits, so there is one for each size of elements.

use super::simd::{Isa, Kernel, Simd, UpToAvx2, prefetch, transpose_4_32, transpose_8_8, transpose_8_16};
use core::mem::MaybeUninit;

/// A block of an array.
#[derive(Clone, Copy)]
pub(super) struct Plane<T> {
    pub(super) row_extent: usize,
    pub(super) column_extent: usize,
    pub(super) first: *const T,
    pub(super) along_row: isize,
    pub(super) along_column: isize,
}

impl<T: Copy> Plane<T> {
    /// Copies it to where the strides are `to_row` and `to_column`. For a copy into a buffer, `next` is where the block begins that will be
    /// read next, in the same layout, or that of this one; else it is null.
    ///
    /// # Safety
    /// - All elements of the block may be read, all those of `to` written, and these are others.
    pub(super) unsafe fn copy(self, isa: Isa, to: *mut T, to_row: isize, to_column: isize, next: *const T) {
        let block = Block { plane: self, to, to_row, to_column, next };
        match size_of::<T>() {
            // SAFETY: the caller's promises.
            1 => unsafe { isa.run(block.cast::<u8>()) },
            // SAFETY: as above.
            2 => unsafe { isa.run(block.cast::<u16>()) },
            // SAFETY: as above.
            4 => unsafe { isa.run(block.cast::<u32>()) },
            // SAFETY: as above.
            8 => unsafe { isa.run(block.cast::<u64>()) },
            // SAFETY: as above.
            16 => unsafe { isa.run(block.cast::<[u64; 2]>()) },
            _ => unreachable!("no element has this size"),
        }
    }
}

/// A block and where it goes.
struct Block<B> {
    plane: Plane<B>,
    to: *mut B,
    to_row: isize,
    to_column: isize,
    next: *const B,
}

impl<T> Block<T> {
    // The same as bits. The alignment of `B` may be larger, so it is not made use of.
    fn cast<B>(self) -> Block<B> {
        let Plane { row_extent, column_extent, first, along_row, along_column } = self.plane;
        let plane = Plane { row_extent, column_extent, first: first.cast(), along_row, along_column };
        Block {
            plane,
            to: self.to.cast(),
            to_row: self.to_row,
            to_column: self.to_column,
            next: self.next.cast(),
        }
    }
}

/// Elements as bits, and squares of them.
trait Bits: Copy {
    /// The side of the largest square that is transposed in registers.
    fn side<S: Simd>() -> isize;

    /// `to[r, c] = from[r, c]` for that square; in `from`, `c` has unit stride, in `to`, `r`.
    ///
    /// # Safety
    /// - All elements of the square may be read and written.
    unsafe fn transpose<S: Simd>(from: *const Self, from_step: isize, to: *mut Self, to_step: isize);

    /// The same for a square of four.
    ///
    /// # Safety
    /// - All elements of the square may be read and written.
    unsafe fn transpose_4(from: *const Self, from_step: isize, to: *mut Self, to_step: isize);
}

macro_rules! bits {
    ($($B:ty: $side:expr, $transpose:expr, $transpose_4:expr;)*) => { $(
        impl Bits for $B {
            #[inline(always)]
            fn side<S: Simd>() -> isize {
                $side as isize
            }

            #[inline(always)]
            unsafe fn transpose<S: Simd>(from: *const Self, from_step: isize, to: *mut Self, to_step: isize) {
                // SAFETY: the caller's promise.
                unsafe { $transpose(from, from_step, to, to_step) }
            }

            #[inline(always)]
            unsafe fn transpose_4(from: *const Self, from_step: isize, to: *mut Self, to_step: isize) {
                // SAFETY: the caller's promise.
                unsafe { $transpose_4(from, from_step, to, to_step) }
            }
        }
    )* };
}

bits!(
    u8: 8, transpose_8_8, square::<u8, 4>;
    u16: 8, transpose_8_16, square::<u16, 4>;
    u32: S::SIDE_32, S::transpose_32, transpose_4_32;
    u64: S::SIDE_64, S::transpose_64, square::<u64, 4>;
    [u64; 2]: 4, one_by_one::<[u64; 2], 4>, one_by_one::<[u64; 2], 4>;
);

/// Transposes a square of elements that are as long as registers: nothing is gained by keeping them there.
///
/// # Safety
/// - All elements of the square may be read and written.
#[inline(always)]
unsafe fn one_by_one<B: Copy, const N: usize>(from: *const B, from_step: isize, to: *mut B, to_step: isize) {
    for row in 0..N as isize {
        for column in 0..N as isize {
            let from = from.wrapping_offset(from_step * row + column).cast::<[MaybeUninit<u8>; 16]>();
            const { assert!(size_of::<B>() == 16) };
            // SAFETY: the caller's promise.
            let bits = unsafe { from.read() };
            // SAFETY: the caller's promise.
            unsafe { to.wrapping_offset(to_step * column + row).cast::<[MaybeUninit<u8>; 16]>().write(bits) };
        }
    }
}

/// Transposes a square as the compiler does it.
///
/// # Safety
/// - All elements of the square may be read and written.
#[inline(always)]
pub(super) unsafe fn square<B: Copy, const N: usize>(
    from: *const B,
    from_step: isize,
    to: *mut B,
    to_step: isize,
) {
    let mut rows = [const { MaybeUninit::<[B; N]>::uninit() }; N];
    for (n, row) in rows.iter_mut().enumerate() {
        // SAFETY: the caller's promise.
        row.write(unsafe { from.wrapping_offset(from_step * n as isize).cast::<[B; N]>().read_unaligned() });
    }
    for n in 0..N {
        // SAFETY: all rows have been written.
        let column: [B; N] = core::array::from_fn(|m| unsafe { rows[m].assume_init_ref() }[n]);
        // SAFETY: the caller's promise.
        unsafe { to.wrapping_offset(to_step * n as isize).cast::<[B; N]>().write_unaligned(column) };
    }
}

/// Squares of the side `$side` over the part of a block from the first position to the second one; the last of a line is moved back to
/// fit into the block.
macro_rules! tiles {
    ($block:ident, $side:expr, $from:expr, $to:expr, $transpose:expr) => {{
        let (side, (from_row, from_column), (to_row, to_column)): (isize, (isize, isize), (isize, isize)) =
            ($side, $from, $to);
        let mut column = from_column;
        while column < to_column {
            let c = column.min(to_column - side);
            let mut row = from_row;
            while row < to_row {
                let r = row.min(to_row - side);
                let (from, to) = $block.at(r, c);
                $transpose(from, $block.plane.along_row, to, $block.to_column);
                row += side;
            }
            column += side;
        }
    }};
}
impl<B: Bits> Kernel for Block<B> {
    type Output = ();
    type Reach = UpToAvx2;

    #[inline(always)]
    unsafe fn run<S: Simd>(self) {
        let Plane { row_extent, column_extent, along_column, .. } = self.plane;
        let least = row_extent.min(column_extent) as isize;
        let side = B::side::<S>();
        if along_column != 1 || self.to_row != 1 || least < 2 || least == 3 {
            // SAFETY: the caller's promises.
            unsafe { self.singly() };
        } else if least >= 2 * side {
            // SAFETY: the caller's promises; the block is larger than a square of four.
            unsafe { self.in_squares::<S>() };
        } else if least >= side {
            let all = (row_extent as isize, column_extent as isize);
            // SAFETY: the caller's promises; the block is larger than a square.
            unsafe { tiles!(self, side, (0, 0), all, B::transpose::<S>) };
        } else if side > 4 && least >= 4 {
            let all = (row_extent as isize, column_extent as isize);
            // SAFETY: as above.
            unsafe { tiles!(self, 4, (0, 0), all, B::transpose_4) };
        } else {
            let all = (row_extent as isize, column_extent as isize);
            // SAFETY: as above.
            unsafe { tiles!(self, 2, (0, 0), all, square::<B, 2>) };
        }
    }
}

impl<B: Bits> Block<B> {
    #[inline(always)]
    fn at(&self, row: isize, column: isize) -> (*const B, *mut B) {
        let Plane { first, along_row, .. } = self.plane;
        (
            first.wrapping_offset(along_row * row).wrapping_offset(column),
            self.to.wrapping_offset(self.to_column * column).wrapping_offset(row),
        )
    }

    /// # Safety
    /// - The promises of [`Plane::copy`], unit strides of `from` along columns and of `to` along rows, and both extents of two squares
    ///   or more.
    #[inline(always)]
    unsafe fn in_squares<S: Simd>(&self) {
        let Plane { row_extent, column_extent, along_row, .. } = self.plane;
        let (row_extent, column_extent) = (row_extent as isize, column_extent as isize);
        let side = B::side::<S>();
        let rows = row_extent - row_extent % (2 * side);
        let columns = column_extent - column_extent % (2 * side);
        // Into a buffer, the long runs are those that are read; else those that are written.
        let gathers = !self.next.is_null();
        let (outer, inner) = if gathers { (rows, columns) } else { (columns, rows) };
        let (from_inner, to_inner) =
            if gathers { (2 * side, self.to_column * 2 * side) } else { (along_row * 2 * side, 2 * side) };
        let mut outer_at = 0;
        while outer_at < outer {
            let (row, column) = if gathers { (outer_at, 0) } else { (0, outer_at) };
            let (mut from, mut to) = self.at(row, column);
            let mut ahead = self.next.wrapping_offset(along_row * row);
            for _ in 0..inner / (2 * side) {
                if gathers {
                    for n in 0..2 * side {
                        prefetch(ahead.wrapping_offset(along_row * n));
                    }
                    ahead = ahead.wrapping_offset(2 * side);
                }
                for part in 0..4 {
                    let (c, r) = (part % 2 * side, part / 2 * side);
                    let from = from.wrapping_offset(along_row * r + c);
                    let to = to.wrapping_offset(self.to_column * c + r);
                    // SAFETY: the square is inside the block, which the caller promises.
                    unsafe { B::transpose::<S>(from, along_row, to, self.to_column) };
                }
                from = from.wrapping_offset(from_inner);
                to = to.wrapping_offset(to_inner);
            }
            outer_at += 2 * side;
        }
        // What is left of the columns, then of the rows; an empty part has no tiles.
        for (from, to) in [((0, columns), (row_extent, column_extent)), ((rows, 0), (row_extent, columns))] {
            // SAFETY: the part is inside the block, which is wider than a square, so that moving back does not leave it.
            unsafe { tiles!(self, side, from, to, B::transpose::<S>) };
        }
    }

    /// # Safety
    /// - The promises of [`Plane::copy`].
    #[inline(always)]
    unsafe fn singly(&self) {
        let Block { plane, to, to_row, to_column, .. } = *self;
        let Plane { row_extent, column_extent, first, along_row, along_column } = plane;
        // Inside is the long loop, or of two long ones that of the shorter stride.
        let (short, long) = (row_extent.min(column_extent), row_extent.max(column_extent));
        let rows_inside = if short < 8 && long >= 8 {
            row_extent == long
        } else {
            along_row.unsigned_abs() <= along_column.unsigned_abs()
        };
        let ((outer, from_outer, to_outer), (inner, from_inner, to_inner)) = if rows_inside {
            ((column_extent, along_column, to_column), (row_extent, along_row, to_row))
        } else {
            ((row_extent, along_row, to_row), (column_extent, along_column, to_column))
        };
        for n in 0..outer as isize {
            let mut from = first.wrapping_offset(from_outer * n);
            let mut to = to.wrapping_offset(to_outer * n);
            let mut left = inner;
            while left > 0 {
                // Four at a time, or counting takes as long as copying.
                let count = if left >= 4 { 4 } else { 1 };
                for n in 0..4 {
                    if n == 0 || count == 4 {
                        // SAFETY: the element is in the block, which the caller promises.
                        let bits = unsafe { from.wrapping_offset(from_inner * n).read_unaligned() };
                        // SAFETY: as above.
                        unsafe { to.wrapping_offset(to_inner * n).write_unaligned(bits) };
                    }
                }
                from = from.wrapping_offset(from_inner * count);
                to = to.wrapping_offset(to_inner * count);
                left -= count as usize;
            }
        }
    }
}
