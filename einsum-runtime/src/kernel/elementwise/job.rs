//! The loops as blocks: what is the row and what the column, what goes through a buffer, and what leaves past the caches.
//!
//! Works on bits: arithmetic is the task's.

use super::{
    super::{
        Assignment,
        dims::{Dim, Group},
        transpose::Plane,
    },
    Arrays, LINE, Task,
    rows::{CopyRows, Rows, Source},
};
use core::mem::MaybeUninit;

/// The bytes of a block: half of the L1 cache, since it passes from one buffer to another.
const BLOCK: usize = 16 << 10;
/// The bytes of a buffer: with a line more in each of the columns, of which there are 128 of elements of one byte.
const BUFFER: usize = BLOCK + 128 * LINE;
/// Outputs of so many bytes that are only written go past the caches, if something is gathered: 4096² transposed took 19 ms instead of 36,
/// 1024² (8 MiB) 0.93 instead of 1.1. Tests need not be that large.
const STREAM: usize = if cfg!(test) { 1 << 18 } else { 4 << 20 };
/// The same if everything lies in rows: three quarters of the reference machine's last cache. Products of 32 MiB took 3.0 ms instead of 8.2,
/// copies 2.1 instead of 7.4; up to 8 MiB nothing was gained, at 16 MiB more was lost than gained.
const STREAM_ROWS: usize = if cfg!(test) { 1 << 18 } else { 24 << 20 };
/// Shorter runs of bytes do not: their lines would leave in parts.
const SHORTEST_STREAM: usize = 256;
/// From so many bytes on rows are copied past the caches one by one.
const LONG_STREAM: usize = 4 << 10;

/// A loop that is none.
const ONCE: Dim = Dim { extent: 1, left: 0, right: 0, output: 0 };

/// Everything that is decided before the first element.
pub(super) struct Job<'s, B> {
    task: Task<'s, B>,
    arrays: Arrays<B>,
    outer: Group,
    inner: Dim,
    row: Dim,
    column: Dim,
    /// The output goes past the caches.
    pub(super) streams: bool,
    /// A row of the output follows the one before without a gap, and the plane is as long as the output.
    dense: bool,
}

impl<'s, B: Copy> Job<'s, B> {
    // Inlined, since moving it costs more than a small product.
    #[inline(always)]
    pub(super) fn new(task: Task<'s, B>, loops: &Group, mut arrays: Arrays<B>) -> Job<'s, B> {
        let size = loops.size();
        let dims = loops.dims();
        let Some((&row, rest)) = dims.split_last() else {
            let row = Dim { extent: 1, output: 1, left: 1, right: 1 };
            return Job {
                task,
                arrays,
                outer: Group::default(),
                inner: ONCE,
                row,
                column: ONCE,
                streams: false,
                dense: false,
            };
        };
        // The loop in which the stride of an array is shortest.
        let shortest = |stride: fn(&Dim) -> isize| {
            let moving = (0..rest.len()).filter(|&n| stride(&rest[n]) != 0);
            moving.min_by_key(|&n| stride(&rest[n]).unsigned_abs())
        };
        let crosses = |stride: isize| !matches!(stride, 0 | 1);
        let by_left = crosses(row.left).then(|| shortest(|dim| dim.left)).flatten();
        let by_right = || crosses(row.right).then(|| shortest(|dim| dim.right)).flatten();
        let crosses_any = crosses(row.left) || crosses(row.right) || row.output != 1;
        let is_short = |dim: Dim| dim.extent * size_of::<B>() < LINE;
        // A copy of short rows: lines of the operand are read as a whole.
        let is_copy = arrays.right.is_none() && task.sets;
        let by_lines =
            || if !crosses_any && is_copy && is_short(row) { shortest(|dim| dim.left) } else { None };
        let column_at = by_left.or_else(by_right).or_else(by_lines).or(rest.len().checked_sub(1));
        let mut column = column_at.map_or(ONCE, |n| rest[n]);
        if column.left == -1 && by_left.is_some() || column.right == -1 && by_left.is_none() {
            column = arrays.reversed(column);
        }
        // A line of the output, or of an operand, is completed before the next one is begun.
        let others = || (0..rest.len()).filter(|&n| Some(n) != column_at);
        let inner_at = if !crosses_any && !is_copy {
            None
        } else if is_short(row) {
            others().next_back()
        } else if crosses_any && is_short(column) {
            others()
                .min_by_key(|&n| (rest[n].left.unsigned_abs() + rest[n].right.unsigned_abs()).wrapping_sub(1))
        } else {
            None
        };
        let mut outer = Group::default();
        for n in others().filter(|&n| Some(n) != inner_at) {
            outer.push(rest[n]).expect("fewer loops than before, and all of them run");
        }
        let dense = column.output == row.extent as isize && row.output == 1;
        let run = if dense { row.extent.saturating_mul(column.extent) } else { row.extent };
        let streams = task.assignment == Assignment::Set
            && size.saturating_mul(size_of::<B>()) >= if crosses_any { STREAM } else { STREAM_ROWS }
            && row.output == 1
            && run.saturating_mul(size_of::<B>()) >= SHORTEST_STREAM;
        let inner = inner_at.map_or(ONCE, |n| rest[n]);
        Job { task, arrays, outer, inner, row, column, streams, dense }
    }

    // One pass of the rows, without a product that has to be kept.
    fn is_simple(&self) -> bool {
        self.task.sets || self.arrays.right.is_none() && self.row.left == 1
    }

    fn is_copy(&self) -> bool {
        self.task.sets && self.arrays.right.is_none()
    }

    // Rows are neighbours in every array.
    fn has_rows(&self) -> bool {
        self.row.output == 1 && matches!(self.row.left, 0 | 1) && matches!(self.row.right, 0 | 1)
    }

    pub(super) fn is_direct(&self) -> bool {
        // Rows leave past the caches by themselves, but short ones would leave in parts.
        let whole = !self.streams || self.row.extent * size_of::<B>() >= LONG_STREAM;
        if self.has_rows() { whole } else { self.is_copy() && !self.streams }
    }

    /// # Safety
    /// - As for [`run`], and [`Job::is_direct`].
    pub(super) unsafe fn direct(&self) {
        let (row, column) = (self.row, self.column);
        // Operands in rows need no blocks.
        let most = match (self.has_rows(), self.is_simple()) {
            // The rows of a few lines of a copy are read, then those of the next position of the output's next loop.
            (true, true) if self.inner.extent > 1 => {
                (row.extent, (8 * LINE / size_of::<B>() / row.extent).max(1))
            }
            (true, true) => (row.extent, column.extent),
            (true, false) => Self::rows_of(PIECE, row),
            _ => self.block(),
        };
        let mut piece = MaybeUninit::<Piece>::uninit();
        let piece = piece.as_mut_ptr().cast::<B>();
        self.each_block(most, |block| {
            let Block { row_extent, column_extent, .. } = block;
            let arrays = self.arrays.at(block.at);
            if !self.has_rows() {
                let plane = Plane {
                    row_extent,
                    column_extent,
                    first: arrays.left,
                    along_row: row.left,
                    along_column: column.left,
                };
                // SAFETY: the caller's promises about this block.
                unsafe {
                    plane.copy(self.task.isa, arrays.output, row.output, column.output, core::ptr::null())
                }
            } else if self.is_copy() && row.left == 1 {
                let copy = CopyRows {
                    rows: column_extent,
                    bytes: row_extent * size_of::<B>(),
                    to: arrays.output.cast(),
                    to_step: bytes::<B>(column.output),
                    from: arrays.left.cast(),
                    from_step: bytes::<B>(column.left),
                    streams: self.streams,
                    from_line: false,
                    to_line: false,
                };
                // SAFETY: the caller's promises about this block.
                unsafe { self.task.isa.run(copy) }
            } else {
                let source = |first, step, along_row| Source { first, step, moves: along_row == 1 };
                let mut rows = Rows {
                    rows: column_extent,
                    len: row_extent,
                    output: arrays.output,
                    output_step: column.output,
                    left: source(arrays.left, column.left, row.left),
                    right: arrays.right.map(|first| source(first, column.right, row.right)),
                    streams: self.streams,
                };
                if !self.is_simple() {
                    let step = row_extent as isize;
                    let product = Rows { output: piece, output_step: step, streams: false, ..rows };
                    // SAFETY: the caller's promises about this block; there is room for a piece.
                    unsafe { self.task.compute.rows(self.task.isa, product, false) };
                    rows.left = Source { first: piece.cast_const(), step, moves: true };
                    rows.right = None;
                }
                // SAFETY: the caller's promises about this block.
                unsafe { self.task.compute.rows(self.task.isa, rows, true) }
            }
        });
    }

    /// # Safety
    /// - As for [`run`].
    #[inline(never)]
    pub(super) unsafe fn buffered(&self) {
        let mut buffers = [const { MaybeUninit::<Buffer>::uninit() }; 4];
        let [for_left, for_right, for_product, for_output] = &mut buffers;
        let (for_left, for_right) = (for_left.as_mut_ptr().cast::<B>(), for_right.as_mut_ptr().cast::<B>());
        let (for_product, for_output) =
            (for_product.as_mut_ptr().cast::<B>(), for_output.as_mut_ptr().cast::<B>());
        let (row, column) = (self.row, self.column);
        let by_buffer = self.streams || row.output != 1;
        self.each_block(self.block(), |mut block| {
            // A line of the output that begins in the block before leaves with this one: so it is computed again. Not if no row of the
            // output begins inside a line.
            let overlaps = self.streams && block.start_row > 0 && !self.keeps_lines();
            if overlaps {
                let lead = LINE / size_of::<B>();
                block.at = step_back(block.at, row, lead);
                block.row_extent += lead;
            }
            let Block { row_extent, column_extent, .. } = block;
            let arrays = self.arrays.at(block.at);
            let step = row_extent as isize;
            let plane = |first: *const B, along_row: isize, along_column: isize| Plane {
                row_extent,
                column_extent,
                first,
                along_row,
                along_column,
            };
            let gather =
                |first: *const B, along_row: isize, along_column: isize, next: isize, buffer: *mut B| {
                    if matches!(along_row, 0 | 1) {
                        return Source { first, step: along_column, moves: along_row == 1 };
                    }
                    let next = first.wrapping_offset(next);
                    // SAFETY: the caller's promises about this block of the operand; a buffer has room for a block.
                    unsafe {
                        plane(first, along_row, along_column).copy(self.task.isa, buffer, 1, step, next)
                    };
                    Source { first: buffer.cast_const(), step, moves: true }
                };
            let left = gather(arrays.left, row.left, column.left, block.next.left, for_left);
            let right =
                arrays.right.map(|right| gather(right, row.right, column.right, block.next.right, for_right));
            if by_buffer && self.task.assignment != Assignment::Set {
                let first = arrays.output.cast_const();
                // SAFETY: the caller's promises about this block of the output; a buffer has room for a block.
                unsafe {
                    plane(first, row.output, column.output).copy(self.task.isa, for_output, 1, step, first)
                };
            }

            let (done, done_step) =
                if by_buffer { (for_output, step) } else { (arrays.output, column.output) };
            let compute = |output, output_step, left, right, stores| {
                let rows = Rows {
                    rows: column_extent,
                    len: row_extent,
                    output,
                    output_step,
                    left,
                    right,
                    streams: false,
                };
                // SAFETY: the caller's promises about this block, and the buffers: they have been filled above.
                unsafe { self.task.compute.rows(self.task.isa, rows, stores) };
            };
            let done = if self.is_copy() && left.first == for_left.cast_const() {
                for_left
            } else if self.is_copy() && left.moves {
                let copy = CopyRows {
                    rows: column_extent,
                    bytes: row_extent * size_of::<B>(),
                    to: done.cast(),
                    to_step: bytes::<B>(done_step),
                    from: left.first.cast(),
                    from_step: bytes::<B>(left.step),
                    streams: false,
                    from_line: false,
                    to_line: false,
                };
                // SAFETY: the caller's promises about this block; a buffer has room for a block.
                unsafe { self.task.isa.run(copy) };
                done
            } else if self.is_simple() || right.is_none() && left.moves {
                compute(done, done_step, left, right, true);
                done
            } else {
                compute(for_product, step, left, right, false);
                let product = Source { first: for_product.cast_const(), step, moves: true };
                compute(done, done_step, product, None, true);
                done
            };

            if self.streams {
                let dense = self.dense && row_extent == row.extent;
                let copy = CopyRows {
                    rows: if dense { 1 } else { column_extent },
                    bytes: row_extent * size_of::<B>() * if dense { column_extent } else { 1 },
                    to: arrays.output.cast(),
                    to_step: bytes::<B>(column.output),
                    from: done.cast_const().cast(),
                    from_step: bytes::<B>(step),
                    streams: true,
                    from_line: overlaps,
                    to_line: block.start_row_of_next < row.extent && !self.keeps_lines(),
                };
                // SAFETY: the caller's promises about this block; the buffer has been filled above.
                unsafe { self.task.isa.run(copy) };
            } else if by_buffer {
                let plane = plane(done.cast_const(), 1, step);
                // SAFETY: the caller's promises about this block; the buffer has been filled above.
                unsafe {
                    plane.copy(self.task.isa, arrays.output, row.output, column.output, core::ptr::null())
                };
            }
        });
    }

    // Whether all rows of a plane of the output begin at the same place of a line.
    fn keeps_lines(&self) -> bool {
        bytes::<B>(self.column.output) % LINE as isize == 0
    }

    // The extents of a block, such that it fits into a buffer. One that is transposed is long enough for the prefetcher: 512 bytes
    // of a row, at least 32 columns and 128 bytes of them.
    fn block(&self) -> (usize, usize) {
        let most = BLOCK / size_of::<B>();
        if self.has_rows() {
            Self::rows_of(BLOCK, self.row)
        } else {
            let columns = (128 / size_of::<B>()).max(32);
            let columns = columns.max(most / self.row.extent.min(most));
            let column = even(self.column.extent, columns);
            let row = even(self.row.extent, (most / column).max(1));
            (row, column)
        }
    }

    // The extents of a block of rows that fits into so many bytes.
    fn rows_of(room: usize, row: Dim) -> (usize, usize) {
        let most = room / size_of::<B>();
        let row = row.extent.min(most);
        (row, most / row)
    }

    #[inline(always)]
    fn each_block(&self, (most_row, most_column): (usize, usize), each: impl Fn(Block)) {
        let (row, column) = (self.row, self.column);
        for outer in self.outer.all_offsets() {
            let mut start_row = 0;
            while start_row < row.extent {
                let mut row_extent = most_row.min(row.extent - start_row);
                if self.streams && start_row == 0 && row_extent < row.extent {
                    // The next blocks begin with a line.
                    let place = self.arrays.output.wrapping_offset(outer.output).addr() % LINE;
                    row_extent = row_extent.saturating_sub(place / size_of::<B>()).max(LINE / size_of::<B>());
                }
                let mut start_column = 0;
                while start_column < column.extent {
                    let column_extent = most_column.min(column.extent - start_column);
                    let next = if start_column + column_extent == column.extent {
                        ONCE
                    } else {
                        step(ONCE, column, column_extent)
                    };
                    let mut at = step(step(outer, row, start_row), column, start_column);
                    for _ in 0..self.inner.extent {
                        each(Block {
                            at,
                            start_row,
                            start_row_of_next: start_row + row_extent,
                            row_extent,
                            column_extent,
                            next,
                        });
                        at = step(at, self.inner, 1);
                    }
                    start_column += column_extent;
                }
                start_row += row_extent;
            }
        }
    }
}

/// A part of a plane.
struct Block {
    /// The offset of its first position.
    at: Dim,
    start_row: usize,
    start_row_of_next: usize,
    row_extent: usize,
    column_extent: usize,
    /// How far it is to the block that comes next.
    next: Dim,
}

/// Room for a block and the line before it.
#[repr(align(64))]
struct Buffer(#[expect(dead_code, reason = "only its address is used")] [u8; BUFFER]);

/// Room for the products of a few rows, small enough to be no page of the stack by itself.
const PIECE: usize = 2 << 10;
#[repr(align(64))]
struct Piece(#[expect(dead_code, reason = "only its address is used")] [u8; PIECE]);

// The offset `by` iterations of a loop further.
#[inline(always)]
fn step(at: Dim, dim: Dim, by: usize) -> Dim {
    let by = by as isize;
    Dim {
        output: at.output + dim.output * by,
        left: at.left + dim.left * by,
        right: at.right + dim.right * by,
        ..at
    }
}

#[inline(always)]
fn step_back(at: Dim, dim: Dim, by: usize) -> Dim {
    step(at, Dim { output: -dim.output, left: -dim.left, right: -dim.right, ..dim }, by)
}

#[inline(always)]
fn bytes<B>(elements: isize) -> isize {
    elements * size_of::<B>() as isize
}

// The largest part if an extent is cut into parts of nearly one size, not more than `most`, whole lines of any element if possible.
fn even(extent: usize, most: usize) -> usize {
    if extent <= most {
        return extent;
    }
    let part = extent.div_ceil(extent.div_ceil(most));
    part.next_multiple_of(16).min(most)
}
