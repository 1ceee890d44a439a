//! `to[r, c] = from[r, c]` for the elements of a block, as bits: a transpose where the unit strides are on different sides.
//!
//! Loop order with unit strides on different sides: tiles of a cache line by a cache line where vectors allow, transposed in registers, so
//! that a line is done with before lines that could displace it are touched: with extents of a power of two all lines of a column have the
//! same place in the cache. Along which side the tiles go is the caller's choice. A last tile overlaps the one before. Otherwise the shorter stride of `from` goes inside.
//!
//! Works on bits, so there is one for each size of elements, and what is not a tile is compiled for no instruction set. All strides are
//! in bytes, and nothing need be aligned.

#[cfg(all(target_arch = "x86_64", not(miri)))]
mod x86_64;

use super::simd::Isa;
use core::mem::MaybeUninit;
#[cfg(all(target_arch = "x86_64", not(miri)))]
use x86_64::tiles;

/// The bytes of a cache line.
pub(super) const LINE: usize = 64;
/// Lines a page apart share a set of the first-level cache,
pub(super) const PAGE: isize = 4096;
/// which has room for so many of them at most.
const WAYS: usize = 16;

/// 16 bytes that move through one register. Written in halves, as a number is, they would keep a vector that is read from there waiting.
#[cfg(target_arch = "x86_64")]
pub(super) type Bits128 = core::arch::x86_64::__m128i;
/// 16 bytes.
#[cfg(not(target_arch = "x86_64"))]
pub(super) type Bits128 = u128;

/// A block of an array and where it goes.
#[derive(Clone, Copy)]
pub(super) struct Block {
    pub(super) row_extent: usize,
    pub(super) column_extent: usize,
    pub(super) from: *const u8,
    pub(super) from_row: isize,
    pub(super) from_column: isize,
    pub(super) to: *mut u8,
    pub(super) to_row: isize,
    pub(super) to_column: isize,
    /// Tiles go along columns, where `from` has long runs, and not along rows, where `to` has.
    pub(super) by_columns: bool,
}

/// Copies all of a block.
type Copy = unsafe fn(&Block);

/// How blocks of elements of one size are copied.
#[derive(Clone, Copy)]
pub(super) struct Copier {
    size: usize,
    /// With unit strides of `from` along columns, and of `to` along rows.
    crossed: Copy,
    singly: Copy,
    /// As `crossed`, past the caches: where there are tiles of whole lines.
    past_caches: Option<Copy>,
}

impl Copier {
    /// For elements of so many bytes: a power of two, and not more than 16.
    pub(super) fn new(isa: Isa, size: usize) -> Copier {
        let singly: Copy = match size {
            1 => singly::<u8>,
            2 => singly::<u16>,
            4 => singly::<u32>,
            8 => singly::<u64>,
            16 => singly::<Bits128>,
            _ => unreachable!("no element has this size"),
        };
        let (crossed, past_caches) = tiles(isa, size);
        Copier { size, crossed, singly, past_caches }
    }

    /// Whether blocks can go [past the caches](Copier::stream).
    pub(super) fn can_stream(self) -> bool {
        self.past_caches.is_some()
    }

    /// # Safety
    /// - All elements of the block may be read, all those of `to` written, and these are others.
    #[inline]
    pub(super) unsafe fn copy(self, block: &Block) {
        let unit = self.size as isize;
        if block.from_column == unit && block.to_row == unit {
            // SAFETY: the caller's promises; `new` has chosen what the CPU has.
            unsafe { (self.crossed)(block) }
        } else {
            // SAFETY: the caller's promises.
            unsafe { (self.singly)(block) }
        }
    }

    /// Copies a block with unit strides on different sides, what is whole lines of `to` past the caches;
    /// [`fence`](super::simd::fence) must follow.
    ///
    /// # Safety
    /// - As for [`Copier::copy`], and [`Copier::can_stream`].
    pub(super) unsafe fn stream(self, block: &Block) {
        let side = LINE / self.size;
        let lead = (block.to.addr().wrapping_neg() % LINE / self.size).min(block.row_extent);
        let whole = (block.row_extent - lead) / side * side;
        // The tile is a square; and every column begins at the same place of a line.
        let columns = block.column_extent / side * side;
        let is_even =
            block.to_column % LINE as isize == 0 && (block.to.addr() + lead * self.size).is_multiple_of(LINE);
        let Some(past_caches) = self.past_caches.filter(|_| is_even && whole > 0 && columns > 0) else {
            // SAFETY: the caller's promises.
            return unsafe { self.copy(block) };
        };
        // SAFETY: the caller's promises for a part of the block, whose tiles are whole lines.
        unsafe { past_caches(&block.part((lead, whole), (0, columns))) };
        let rest = [
            block.part((0, lead), (0, block.column_extent)),
            block.part((lead + whole, block.row_extent - lead - whole), (0, block.column_extent)),
            block.part((lead, whole), (columns, block.column_extent - columns)),
        ];
        for part in &rest {
            if part.row_extent > 0 && part.column_extent > 0 {
                // SAFETY: the caller's promises for a part of the block.
                unsafe { self.copy(part) };
            }
        }
    }
}

impl Block {
    /// The part from a row and a column on, of so many rows and columns.
    fn part(&self, (row, rows): (usize, usize), (column, columns): (usize, usize)) -> Block {
        let (r, c) = (row as isize, column as isize);
        Block {
            row_extent: rows,
            column_extent: columns,
            from: self.from.wrapping_offset(self.from_row * r + self.from_column * c),
            to: self.to.wrapping_offset(self.to_row * r + self.to_column * c),
            ..*self
        }
    }
}

/// A square of elements that is transposed at once.
trait Tile {
    /// The bytes of an element.
    const SIZE: usize;
    const SIDE: usize;
    /// How many of them beside each other, if there is room, are done before the next ones: as many as are a line.
    const REPEAT: usize =
        if LINE / (Self::SIDE * Self::SIZE) > 4 { 4 } else { LINE / (Self::SIDE * Self::SIZE) };

    /// `to[r, c] = from[r, c]`; in `from`, `c` has unit stride, in `to`, `r`.
    ///
    /// # Safety
    /// - The CPU has the instruction set;
    /// - all elements of the square may be read and written.
    unsafe fn transpose(from: *const u8, from_step: isize, to: *mut u8, to_step: isize);

    /// Copies a block that is narrower than a tile.
    ///
    /// # Safety
    /// - The CPU has the instruction set;
    /// - the promises of [`Copier::copy`], with unit strides on different sides.
    unsafe fn narrow(block: &Block);
}

/// One side of a block.
#[derive(Clone, Copy)]
struct Side {
    extent: isize,
    from: isize,
    to: isize,
    /// Where the second tile begins, if not at the end of the first one: at a line.
    second: isize,
}

/// # Safety
/// - The CPU has the instruction set of the tile;
/// - the promises of [`Copier::copy`], with unit strides on different sides.
#[inline(always)]
unsafe fn in_tiles<T: Tile>(block: &Block) {
    let &Block { row_extent, column_extent, from, from_row, to, to_column, by_columns, .. } = block;
    let least = row_extent.min(column_extent);
    // The lines of a single large tile would push each other out of the first-level cache, pages apart: smaller ones need fewer at a time.
    let crowds = 2 * T::SIDE > WAYS && row_extent.max(column_extent) < 2 * T::SIDE && to_column % PAGE == 0;
    if least < T::SIDE || crowds {
        // SAFETY: the caller's promises.
        return unsafe { T::narrow(block) };
    }
    // For few tiles it does not matter which lines are done with, but how far the last one overlaps; unless a tile is a single element, and to find
    // its place takes longer than to copy it.
    let few = if T::SIDE == 1 { T::REPEAT } else { 4 * T::SIDE * T::REPEAT };
    let repeat = if least < few { 1 } else { T::REPEAT } as isize;
    let side = repeat * T::SIDE as isize;
    let second = |address: usize, step: isize, extent: usize| {
        let lead = address.wrapping_neg() % LINE / T::SIZE;
        let pays = lead > 0 && step % LINE as isize == 0 && extent as isize >= 4 * side;
        if pays { (lead as isize).min(side) } else { side }
    };
    let (second_row, second_column) =
        (second(to.addr(), to_column, row_extent), second(from.addr(), from_row, column_extent));
    let (rows, columns) = (row_extent as isize, column_extent as isize);
    let along_rows = Side { extent: rows, from: from_row, to: T::SIZE as isize, second: second_row };
    let along_columns =
        Side { extent: columns, from: T::SIZE as isize, to: to_column, second: second_column };
    let (outer, inner) = if by_columns { (along_rows, along_columns) } else { (along_columns, along_rows) };
    let next = |side_of: Side, at: isize| if at == 0 { side_of.second } else { at + side };
    let mut outer_at = 0;
    while outer_at < outer.extent {
        let o = outer_at.min(outer.extent - side);
        let mut inner_at = 0;
        while inner_at < inner.extent {
            let i = inner_at.min(inner.extent - side);
            let from = from.wrapping_offset(outer.from * o + inner.from * i);
            let to = to.wrapping_offset(outer.to * o + inner.to * i);
            let tile = T::SIDE as isize;
            for c in 0..repeat {
                for r in 0..repeat {
                    let from = from.wrapping_offset(from_row * tile * r + (T::SIZE as isize) * tile * c);
                    let to = to.wrapping_offset(to_column * tile * c + (T::SIZE as isize) * tile * r);
                    // SAFETY: the square is inside the block, which the caller promises.
                    unsafe { T::transpose(from, from_row, to, to_column) };
                }
            }
            inner_at = if i < inner_at { inner.extent } else { next(inner, inner_at) };
        }
        outer_at = if o < outer_at { outer.extent } else { next(outer, outer_at) };
    }
}

/// What copies crossed blocks, and what does so past the caches.
#[cfg(not(all(target_arch = "x86_64", not(miri))))]
fn tiles(_: Isa, size: usize) -> (Copy, Option<Copy>) {
    let copy: Copy = match size {
        1 => in_squares::<u8, 8>,
        2 => in_squares::<u16, 8>,
        4 => in_squares::<u32, 4>,
        8 => in_squares::<u64, 2>,
        _ => in_squares::<Bits128, 1>,
    };
    (copy, None)
}

/// # Safety
/// - The promises of [`Copier::copy`], with unit strides on different sides.
#[inline(never)]
unsafe fn in_squares<B: core::marker::Copy, const N: usize>(block: &Block) {
    // SAFETY: the caller's promises.
    unsafe { in_tiles::<Square<B, N>>(block) }
}

/// A square as the compiler transposes it.
struct Square<B, const N: usize>([B; N]);

impl<B: core::marker::Copy, const N: usize> Tile for Square<B, N> {
    const SIZE: usize = size_of::<B>();
    const SIDE: usize = N;

    #[inline(always)]
    unsafe fn transpose(from: *const u8, from_step: isize, to: *mut u8, to_step: isize) {
        let mut rows = [const { MaybeUninit::<[MaybeUninit<B>; N]>::uninit() }; N];
        for (n, row) in rows.iter_mut().enumerate() {
            let from = from.wrapping_offset(from_step * n as isize).cast::<[MaybeUninit<B>; N]>();
            // SAFETY: the caller's promise.
            row.write(unsafe { from.read_unaligned() });
        }
        for n in 0..N {
            // SAFETY: all rows have been written.
            let column: [MaybeUninit<B>; N] =
                core::array::from_fn(|m| unsafe { rows[m].assume_init_ref() }[n]);
            let to = to.wrapping_offset(to_step * n as isize).cast::<[MaybeUninit<B>; N]>();
            // SAFETY: the caller's promise.
            unsafe { to.write_unaligned(column) };
        }
    }

    #[inline(always)]
    unsafe fn narrow(block: &Block) {
        // SAFETY: the caller's promises.
        unsafe { singly::<B>(block) }
    }
}

/// The same as a function, with steps in elements.
///
/// # Safety
/// - All elements of the square may be read and written.
#[inline(always)]
pub(super) unsafe fn square<B: core::marker::Copy, const N: usize>(
    from: *const B,
    from_step: isize,
    to: *mut B,
    to_step: isize,
) {
    let unit = size_of::<B>() as isize;
    // SAFETY: the caller's promise.
    unsafe { Square::<B, N>::transpose(from.cast(), from_step * unit, to.cast(), to_step * unit) }
}

/// # Safety
/// - The promises of [`Copier::copy`].
#[inline(never)]
unsafe fn singly<B: core::marker::Copy>(block: &Block) {
    let Block { row_extent, column_extent, from, from_row, from_column, to, to_row, to_column, .. } = *block;
    // Inside is the long loop, or of two long ones that of the shorter stride.
    let (short, long) = (row_extent.min(column_extent), row_extent.max(column_extent));
    let rows_inside = if short < 8 && long >= 8 {
        row_extent == long
    } else {
        from_row.unsigned_abs() <= from_column.unsigned_abs()
    };
    let ((outer, from_outer, to_outer), (inner, from_inner, to_inner)) = if rows_inside {
        ((column_extent, from_column, to_column), (row_extent, from_row, to_row))
    } else {
        ((row_extent, from_row, to_row), (column_extent, from_column, to_column))
    };
    for n in 0..outer as isize {
        let mut from = from.wrapping_offset(from_outer * n);
        let mut to = to.wrapping_offset(to_outer * n);
        let mut left = inner;
        while left > 0 {
            // Four at a time, or counting takes as long as copying.
            let count = if left >= 4 { 4 } else { 1 };
            for n in 0..4 {
                if n == 0 || count == 4 {
                    let place = from.wrapping_offset(from_inner * n).cast::<MaybeUninit<B>>();
                    // SAFETY: the element is in the block, which the caller promises.
                    let bits = unsafe { place.read_unaligned() };
                    // SAFETY: as above.
                    unsafe {
                        to.wrapping_offset(to_inner * n).cast::<MaybeUninit<B>>().write_unaligned(bits)
                    };
                }
            }
            from = from.wrapping_offset(from_inner * count);
            to = to.wrapping_offset(to_inner * count);
            left -= count as usize;
        }
    }
}
