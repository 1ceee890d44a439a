//! The loops as blocks: what is the row and what the column, what goes through a buffer, and what leaves past the caches.
//!
//! Works on bytes, and is compiled once: all strides are in bytes, copies go by the size of elements, and arithmetic is the task's.

use super::{
    super::{
        Assignment,
        dims::{Dim, Group},
        memory,
        transpose::{Block, LINE, PAGE},
    },
    Arrays, Task,
    bytes::{CopyRows, FillRows},
    rows::Rows,
};
use core::mem::MaybeUninit;

/// The bytes of a block that is copied through a buffer: half of the smallest L1 cache.
const COPY_BLOCK: usize = 16 << 10;
/// The bytes of a block that is computed, which passes from one buffer to another.
const BLOCK: usize = 6 << 10;
/// The bytes of a buffer: in front of a block there is a line more in each of the columns, of which there are not more than [`COLUMNS`].
const BUFFER: usize = BLOCK + COLUMNS * LINE;
/// The columns of a block that goes through a buffer. With the bytes of the rows they make it long enough for the prefetcher on both sides.
const COLUMNS: usize = 32;
/// A block that is transposed from array to array: so many bytes of a row, which is a few lines of each row of the output, and as many rows.
const DIRECT: (usize, usize) = (256, 32);
/// The same past the caches: long runs of what is read, and a few rows of the output at once. Of 4096² doubles, 256 by 32 columns took 10.7 ms,
/// 256 by 128 took 9.5.
const DIRECT_STREAM: (usize, usize) = (256, 128);
/// From so many bytes of a row on: of 32⁴ doubles from last to first axis, rows of 256 bytes took 770 µs, and 440 through a buffer; of 100³,
/// rows of 800 bytes took 210, and 310 through a buffer.
const DIRECT_STREAM_FROM: usize = 512;
/// Outputs of so many bytes that are only written go past the caches if tiles are whole lines: 1024² doubles (8 MiB) took 207 µs
/// instead of 320. Tests need not be that large.
const STREAM: usize = if cfg!(test) { 1 << 18 } else { 4 << 20 };
/// The same through a buffer: 4096² took 19 ms instead of 36, but up to a last cache that has room for both it is slower.
const STREAM_BUFFERED: usize = if cfg!(test) { 1 << 18 } else { 16 << 20 };
/// The same if everything lies in rows: three quarters of the reference machine's last cache. Products of 32 MiB took 3.0 ms instead of 8.2,
/// copies 2.1 instead of 7.4; up to 8 MiB nothing was gained, at 16 MiB more was lost than gained. But not if the memory is fresh and the
/// operands are small: the system zeroes it page by page, so that it is in the caches when it is written. Outer products of 128 MiB took
/// 12.7 ms past them, and 9.0 not; element-wise products 15 and 20.
const STREAM_ROWS: usize = if cfg!(test) { 1 << 18 } else { 24 << 20 };
/// Shorter runs of bytes do not: their lines would leave in parts.
const SHORTEST_STREAM: usize = 4 * LINE;
/// From so many bytes on rows are copied past the caches one by one.
const LONG_STREAM: usize = 4 << 10;

/// A loop that is none.
const ONCE: Dim = Dim { extent: 1, left: 0, right: 0, output: 0 };

/// Everything that is decided before the first element.
pub(super) struct Job<'s> {
    task: &'s Task,
    arrays: Arrays,
    outer: Group,
    inner: Dim,
    row: Dim,
    column: Dim,
    /// The output goes past the caches.
    pub(super) streams: bool,
    /// And so do whole tiles, without a buffer.
    by_tiles: bool,
    /// A row of the output follows the one before without a gap.
    dense: bool,
}

impl<'s> Job<'s> {
    // Inlined, since moving it costs more than a small product.
    #[inline(always)]
    pub(super) fn new(task: &'s Task, loops: &Group, mut arrays: Arrays) -> Job<'s> {
        let unit = task.unit();
        let dims = loops.dims();
        let Some((&row, rest)) = dims.split_last() else {
            let row = Dim { extent: 1, output: unit, left: unit, right: unit };
            let (outer, streams, by_tiles, dense) = (Group::default(), false, false, false);
            return Job { task, arrays, outer, inner: ONCE, row, column: ONCE, streams, by_tiles, dense };
        };
        // The loop in which the stride of an array is shortest.
        let shortest = |stride: fn(&Dim) -> isize| {
            let mut found = None;
            for (n, dim) in rest.iter().enumerate() {
                let length = stride(dim).unsigned_abs();
                if length != 0 && found.is_none_or(|(_, least)| length < least) {
                    found = Some((n, length));
                }
            }
            found.map(|(n, _)| n)
        };
        let crosses = |stride: isize| stride != 0 && stride != unit;
        let (crosses_left, crosses_right) = (crosses(row.left), crosses(row.right));
        let crosses_any = crosses_left || crosses_right || row.output != unit;
        let by_left = if crosses_left { shortest(|dim| dim.left) } else { None };
        let is_short = |dim: Dim| dim.extent * task.size < LINE;
        let is_copy = task.copies(&arrays);
        let column_at = if by_left.is_some() {
            by_left
        } else if crosses_right {
            shortest(|dim| dim.right)
        } else if !crosses_any && is_copy && is_short(row) {
            // A copy of short rows: lines of the operand are read as a whole.
            shortest(|dim| dim.left)
        } else {
            None
        };
        let column_at = column_at.or(rest.len().checked_sub(1));
        let mut column = column_at.map_or(ONCE, |n| rest[n]);
        if column.left == -unit && by_left.is_some() || column.right == -unit && by_left.is_none() {
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
        let is_split =
            is_copy && column.left == unit && loops.size().saturating_mul(task.size) < STREAM_BUFFERED;
        if let Some(lines) = lines(column, row, task.size).filter(|_| is_split) {
            outer.push(lines).expect("the row and the column are none of the outer loops");
            column.extent /= lines.extent;
        }
        for n in others().filter(|&n| Some(n) != inner_at) {
            outer.push(rest[n]).expect("fewer loops than before, and all of them run");
        }
        let row_bytes = row.extent.saturating_mul(task.size);
        let dense = column.output == row_bytes as isize && row.output == unit;
        let run = if dense { row_bytes.saturating_mul(column.extent) } else { row_bytes };
        let bytes = loops.size().saturating_mul(task.size);
        let reads_all = dims.iter().all(|dim| dim.left != 0) || dims.iter().all(|dim| dim.right != 0);
        let by_tiles = is_copy
            && crosses_left
            && task.copier.can_stream()
            && column.left == unit
            && column.output % LINE as isize == 0
            && row_bytes >= DIRECT_STREAM_FROM
            && column.extent * task.size >= LINE;
        let streams_from = match (crosses_any, by_tiles) {
            (true, true) => STREAM,
            (true, false) => STREAM_BUFFERED,
            (false, _) => STREAM_ROWS,
        };
        let streams = bytes >= streams_from
            && task.assignment == Assignment::Set
            && row.output == unit
            && run >= SHORTEST_STREAM
            && (crosses_any || reads_all || !memory::is_fresh(arrays.output, bytes));
        let inner = inner_at.map_or(ONCE, |n| rest[n]);
        Job { task, arrays, outer, inner, row, column, streams, by_tiles, dense }
    }

    fn is_copy(&self) -> bool {
        self.task.copies(&self.arrays)
    }

    // Rows are neighbours in every array.
    fn has_rows(&self) -> bool {
        let unit = self.task.unit();
        let is_row = |stride: isize| stride == 0 || stride == unit;
        self.row.output == unit && is_row(self.row.left) && is_row(self.row.right)
    }

    /// # Safety
    /// - As for [`run`](super::run).
    #[inline(always)]
    pub(super) unsafe fn run(&self) {
        let Job { task, row, streams, .. } = *self;
        if self.has_rows() && (!streams || row.extent * task.size >= LONG_STREAM) {
            // SAFETY: the caller's promises; everything lies in rows.
            unsafe { self.in_rows() }
        } else if self.is_copy() && !streams {
            // SAFETY: the caller's promises.
            unsafe { self.transposed(DIRECT) }
        } else if self.by_tiles {
            // SAFETY: the caller's promises.
            unsafe { self.transposed(DIRECT_STREAM) }
        } else {
            // SAFETY: the caller's promises.
            unsafe { self.buffered() }
        }
    }

    /// Copies blocks from array to array.
    ///
    /// # Safety
    /// - As for [`run`](super::run), and it is a copy.
    unsafe fn transposed(&self, (row_bytes, columns): (usize, usize)) {
        let Job { row, column, task, streams, .. } = *self;
        // A short row leaves room for more columns, and of two blocks the second one could be too small for tiles.
        let most = |most: usize, extent: usize| if !streams && extent <= 2 * most { extent } else { most };
        let most_row = most(row_bytes / task.size, row.extent);
        let most_column = columns * (row_bytes / task.size / row.extent.min(most_row)).max(1);
        let most_column = most(most_column, column.extent);
        self.each_block((most_row, most_column), |block| {
            let arrays = self.arrays.at(block.at);
            let block = Block {
                row_extent: block.row_extent,
                column_extent: block.column_extent,
                from: arrays.left,
                from_row: row.left,
                from_column: column.left,
                to: arrays.output,
                to_row: row.output,
                to_column: column.output,
                by_columns: false,
            };
            if streams {
                // SAFETY: the caller's promises about this block.
                unsafe { task.copier.stream(&block) }
            } else {
                // SAFETY: as above.
                unsafe { task.copier.copy(&block) }
            }
        });
    }

    /// # Safety
    /// - As for [`run`](super::run), and everything lies in rows.
    unsafe fn in_rows(&self) {
        let Job { row, column, task, streams, inner, .. } = *self;
        let unit = task.unit();
        let stages = usize::from(self.arrays.right.is_some()) + usize::from(task.factor.is_some());
        // What is set to a conjugate is a stage of its own if it is nothing else.
        let sets_conjugate = stages == 0 && task.conjugated[0] && task.assignment == Assignment::Set;
        let stages = stages + usize::from(sets_conjugate);
        let moves = row.left == unit || row.right == unit;
        // Without a product that has to be kept a plane needs no blocks.
        let keeps = match task.assignment {
            Assignment::Set => stages > usize::from(moves && !streams) || streams && !moves,
            _ => stages > 0 || !moves,
        };
        let most = if keeps {
            rows_of(PIECE / task.size, row)
        } else if inner.extent > 1 {
            // The rows of a few lines of a copy are read, then those of the next position of the output's next loop.
            (row.extent, (8 * LINE / task.size / row.extent).max(1))
        } else {
            (row.extent, column.extent)
        };
        let mut pieces = [const { MaybeUninit::<Piece>::uninit() }; 2];
        let rooms = pieces.each_mut().map(|piece| piece.as_mut_ptr().cast::<u8>());
        self.each_block(most, |block| {
            let arrays = self.arrays.at(block.at);
            let [conjugated, conjugated_right] = task.conjugated;
            let left = Source { first: arrays.left, step: column.left, moves: row.left == unit, conjugated };
            let right = arrays.right.map(|first| Source {
                first,
                step: column.right,
                moves: row.right == unit,
                conjugated: conjugated_right,
            });
            let panel = Panel { rows: block.column_extent, len: block.row_extent, rooms };
            // SAFETY: the caller's promises about this block; a piece has room for it where that is needed.
            unsafe { self.compute(panel, (left, right), (arrays.output, column.output), streams) }
        });
    }

    /// Everything else: what is no row is gathered, and an output that is none, or goes past the caches, is scattered.
    ///
    /// # Safety
    /// - As for [`run`](super::run).
    #[inline(never)]
    unsafe fn buffered(&self) {
        let Job { row, column, task, streams, .. } = *self;
        let unit = task.unit();
        let mut buffers = [const { MaybeUninit::<Buffer>::uninit() }; 4];
        let rooms = buffers.each_mut().map(|buffer| buffer.as_mut_ptr().cast::<u8>());
        let is_copy = self.is_copy();
        // A copy needs one room only, which may be larger.
        let (block_room, room) =
            if is_copy { (COPY_BLOCK, buffers.as_mut_ptr().cast::<u8>()) } else { (BLOCK, rooms[0]) };
        const { assert!(COPY_BLOCK + COLUMNS * LINE <= 4 * BUFFER) };
        let most = if self.has_rows() {
            // A row that is cut is the only one of its block.
            rows_of(block_room / task.size, row)
        } else {
            let column = even(column.extent, COLUMNS);
            (even(row.extent, block_room / task.size / column), column)
        };
        self.each_block(most, |mut block| {
            // A line of the output that begins in the block before leaves with this one: so it is computed again. Not if no row of the
            // output begins inside a line.
            let keeps_lines = column.output % LINE as isize == 0;
            let overlaps = streams && block.start_row > 0 && !keeps_lines;
            if overlaps {
                let lead = LINE / task.size;
                block.at = step(block.at, row, -(lead as isize));
                block.row_extent += lead;
            }
            let BlockAt { row_extent, column_extent, .. } = block;
            let arrays = self.arrays.at(block.at);
            let row_bytes = (row_extent * task.size) as isize;
            // A block as it lies in an array, to a buffer, and the other way round.
            let gather = |from: *const u8, from_row: isize, from_column: isize, to: *mut u8| {
                if from_row == 0 || from_row == unit {
                    let moves = from_row == unit;
                    return Source { first: from, step: from_column, moves, conjugated: false };
                }
                let block = Block {
                    row_extent,
                    column_extent,
                    from,
                    from_row,
                    from_column,
                    to,
                    to_row: unit,
                    to_column: row_bytes,
                    by_columns: true,
                };
                // SAFETY: the caller's promises about this block of the array; a buffer has room for a block.
                unsafe { task.copier.copy(&block) };
                Source { first: to, step: row_bytes, moves: true, conjugated: false }
            };
            let [conjugated, conjugated_right] = task.conjugated;
            let left = Source { conjugated, ..gather(arrays.left, row.left, column.left, room) };
            let right = arrays.right.map(|right| Source {
                conjugated: conjugated_right,
                ..gather(right, row.right, column.right, rooms[1])
            });
            let panel = Panel { rows: column_extent, len: row_extent, rooms: [rooms[2], rooms[3]] };
            if row.output == unit && !streams {
                // SAFETY: the caller's promises about this block; a buffer has room for a block.
                unsafe { self.compute(panel, (left, right), (arrays.output, column.output), false) };
                return;
            }
            let mut done = if is_copy && left.moves && left.first == room.cast_const() {
                left
            } else if task.assignment == Assignment::Set {
                // What stands still is not gathered, but may be computed in the last two rooms.
                let moves = left.moves || right.is_some_and(|right| right.moves);
                let to = if is_copy || !moves { room } else { rooms[3] };
                let panel = if is_copy { Panel { rooms: [room; 2], ..panel } } else { panel };
                // SAFETY: as above.
                unsafe { self.compute(panel, (left, right), (to, row_bytes), false) };
                Source { first: to, step: row_bytes, moves: true, conjugated: false }
            } else {
                // What was in this room is a factor of the product that is computed before.
                // SAFETY: as above.
                let value = unsafe { self.value(&panel, (left, right), None) };
                // SAFETY: as above.
                let value = unsafe { self.spread(&panel, value) };
                let before = gather(arrays.output, row.output, column.output, rooms[1]);
                debug_assert!(before.first == rooms[1].cast_const(), "the output is no row");
                // SAFETY: as above, and the output's elements are initialised.
                unsafe { self.change(&panel, value, (rooms[1], row_bytes)) };
                before
            };
            if streams {
                let dense = self.dense && row_extent == row.extent;
                if dense {
                    done.step = row_bytes;
                }
                let copy = CopyRows {
                    rows: if dense { 1 } else { column_extent },
                    bytes: row_bytes as usize * if dense { column_extent } else { 1 },
                    to: arrays.output,
                    to_step: column.output,
                    from: done.first,
                    from_step: done.step,
                };
                let to_line = block.start_row + block.cut < row.extent && !keeps_lines;
                // SAFETY: the caller's promises about this block; the buffer has been filled above.
                unsafe { copy.stream(overlaps, to_line) };
            } else {
                let block = Block {
                    row_extent,
                    column_extent,
                    from: done.first,
                    from_row: unit,
                    from_column: done.step,
                    to: arrays.output,
                    to_row: row.output,
                    to_column: column.output,
                    by_columns: false,
                };
                // SAFETY: as above.
                unsafe { task.copier.copy(&block) };
            }
        });
    }

    /// Computes rows into an output that lies in rows.
    ///
    /// # Safety
    /// - All positions are elements of their arrays, those of the output no others', and initialised unless they are set;
    /// - there is room for them, if more than one function of the arithmetic is needed, or they are spread.
    #[inline(always)]
    unsafe fn compute(
        &self,
        panel: Panel,
        sources: (Source, Option<Source>),
        (to, to_step): (*mut u8, isize),
        streams: bool,
    ) {
        let Panel { rows, len, .. } = panel;
        let sets = self.task.assignment == Assignment::Set;
        let place = (sets && !streams).then_some((to, to_step));
        // SAFETY: the caller's promises.
        let mut value = unsafe { self.value(&panel, sources, place) };
        if sets && value.first == to.cast_const() && value.moves {
            return;
        }
        if !value.moves && sets && !streams {
            // SAFETY: as above.
            return unsafe { self.fill(&panel, value, (to, to_step)) };
        }
        // SAFETY: as above.
        value = unsafe { self.spread(&panel, value) };
        if !sets {
            // SAFETY: as above.
            return unsafe { self.change(&panel, value, (to, to_step)) };
        }
        let bytes = len * self.task.size;
        let copy = CopyRows { rows, bytes, to, to_step, from: value.first, from_step: value.step };
        if streams {
            // SAFETY: as above.
            unsafe { copy.stream(false, false) };
        } else {
            // SAFETY: as above.
            unsafe { copy.copy() };
        }
    }

    /// The factor times the product of two operands, or what there is of these: in a room, in the last step's place if that is given, or, if
    /// there is nothing to do, where it is. It may still have to be conjugated if it moves and is added to something.
    ///
    /// # Safety
    /// - As for [`Job::compute`].
    #[inline(always)]
    unsafe fn value(
        &self,
        panel: &Panel,
        (left, right): (Source, Option<Source>),
        place: Option<(*mut u8, isize)>,
    ) -> Source {
        let task = self.task;
        let moves = left.moves || right.is_some_and(|right| right.moves);
        let len = if moves { panel.len } else { 1 };
        let place = place.filter(|_| moves);
        let room = |n: usize| (panel.rooms[n], (len * task.size) as isize);
        let rows = |value: Source, by: Source, (output, output_step): (*mut u8, isize)| Rows {
            rows: panel.rows,
            len,
            output,
            output_step,
            left: value.first,
            left_step: value.step,
            right: by.first,
            right_step: by.step,
            conjugated: [value.conjugated, by.conjugated],
        };
        let mut value = left;
        if let Some(right) = right {
            // A product does not depend on the order of the two, to the last bit.
            let (one, other) = if right.moves && !left.moves { (right, left) } else { (left, right) };
            let multiply = one.moves == other.moves;
            let compute = if multiply { task.arithmetic.multiply } else { task.arithmetic.scale };
            let to = place.filter(|_| task.factor.is_none()).unwrap_or(room(0));
            // SAFETY: the caller's promises.
            unsafe { compute(&rows(one, other, to)) };
            value = Source { first: to.0, step: to.1, moves, conjugated: false };
        }
        if let Some(first) = task.factor {
            let to = place.unwrap_or(room(1));
            let factor = Source { first, step: 0, moves: false, conjugated: false };
            // SAFETY: as above.
            unsafe { (task.arithmetic.scale)(&rows(value, factor, to)) };
            value = Source { first: to.0, step: to.1, moves, conjugated: false };
        }
        if value.conjugated && (task.assignment == Assignment::Set || !moves) {
            let to = place.unwrap_or(room(0));
            // SAFETY: as above.
            unsafe { (task.arithmetic.conjugate)(&rows(value, value, to)) };
            value = Source { first: to.0, step: to.1, moves, conjugated: false };
        }
        value
    }

    /// A value as rows: one that does not move fills a room.
    ///
    /// # Safety
    /// - As for [`Job::compute`].
    #[inline(always)]
    unsafe fn spread(&self, panel: &Panel, value: Source) -> Source {
        if value.moves {
            return value;
        }
        let [one, other] = panel.rooms;
        let to = if value.first == one.cast_const() { other } else { one };
        let step = (panel.len * self.task.size) as isize;
        // SAFETY: the caller's promises.
        unsafe { self.fill(panel, value, (to, step)) };
        Source { first: to, step, moves: true, conjugated: false }
    }

    /// # Safety
    /// - As for [`Job::compute`].
    unsafe fn fill(&self, panel: &Panel, value: Source, (to, to_step): (*mut u8, isize)) {
        let &Panel { rows, len, .. } = panel;
        let (value, value_step) = (value.first, value.step);
        let fill = FillRows { rows, len, size: self.task.size, to, to_step, value, value_step };
        // SAFETY: the caller's promises.
        unsafe { fill.fill() }
    }

    /// Adds to rows, or subtracts from them.
    ///
    /// # Safety
    /// - As for [`Job::compute`].
    unsafe fn change(&self, panel: &Panel, by: Source, (output, output_step): (*mut u8, isize)) {
        let rows = Rows {
            rows: panel.rows,
            len: panel.len,
            output,
            output_step,
            left: by.first,
            left_step: by.step,
            right: by.first,
            right_step: 0,
            conjugated: [by.conjugated, false],
        };
        // SAFETY: the caller's promises.
        unsafe { self.task.change(&rows) }
    }

    #[inline(always)]
    fn each_block(&self, (most_row, most_column): (usize, usize), each: impl Fn(BlockAt)) {
        let Job { row, column, task, .. } = *self;
        for outer in self.outer.all_offsets() {
            // The blocks after the first one begin with a line, if the first row or column does that is not the first of all.
            let lead = |place: *const u8, step: isize, most: usize, extent: usize| {
                let line = LINE / task.size;
                let pays = most < extent && most > line && (self.streams || step % LINE as isize == 0);
                if pays { (place.addr() % LINE / task.size).min(most - line) } else { 0 }
            };
            let (to, from) = (
                self.arrays.output.wrapping_offset(outer.output),
                self.arrays.left.wrapping_offset(outer.left),
            );
            let row_lead = lead(to, column.output, most_row, row.extent);
            let column_lead = lead(from, row.left, most_column, column.extent);
            let mut start_column = 0;
            while start_column < column.extent {
                let most = if start_column == 0 { most_column - column_lead } else { most_column };
                let column_extent = most.min(column.extent - start_column);
                let mut start_row = 0;
                while start_row < row.extent {
                    let most = if start_row == 0 { most_row - row_lead } else { most_row };
                    let row_extent = most.min(row.extent - start_row);
                    let at = step(step(outer, row, start_row as isize), column, start_column as isize);
                    let mut block = BlockAt { at, start_row, row_extent, column_extent, cut: row_extent };
                    for _ in 1..self.inner.extent {
                        each(block);
                        block.at = step(block.at, self.inner, 1);
                    }
                    each(block);
                    start_row += row_extent;
                }
                start_column += column_extent;
            }
        }
    }
}

/// The loop over the two lines that a column of the operand has in all rows of a narrow plane, if the rows of the output are pages apart: with
/// one of them after the other, half as many places are written at a time. Of 16⁴ doubles from last to first axis, both at once took 27 µs, and 20
/// one by one; of four lines, all at once took 440 µs, and 630 one by one.
fn lines(column: Dim, row: Dim, size: usize) -> Option<Dim> {
    let line = LINE / size;
    let is_narrow = column.extent == 2 * line && row.extent * size <= DIRECT.0;
    let is_apart = column.output.abs() >= PAGE;
    let next = |stride: isize| stride * line as isize;
    (is_narrow && is_apart).then(|| Dim {
        extent: 2,
        left: next(column.left),
        right: next(column.right),
        output: next(column.output),
    })
}

/// A part of a plane.
#[derive(Clone, Copy)]
struct BlockAt {
    /// The offset of its first position.
    at: Dim,
    start_row: usize,
    row_extent: usize,
    column_extent: usize,
    /// Its rows, without any that are computed again.
    cut: usize,
}

/// An operand in rows, or what has been computed of one.
#[derive(Clone, Copy)]
struct Source {
    first: *const u8,
    /// From a row to the next.
    step: isize,
    /// Whether it moves along a row, from neighbour to neighbour.
    moves: bool,
    /// Whether it is to be conjugated.
    conjugated: bool,
}

/// Rows that are computed, and memory for as many.
#[derive(Clone, Copy)]
struct Panel {
    rows: usize,
    len: usize,
    rooms: [*mut u8; 2],
}

/// Room for a block and the line before it.
#[repr(align(64))]
struct Buffer(#[expect(dead_code, reason = "only its address is used")] [u8; BUFFER]);

/// Room for the products of a few rows, small enough to be no page of the stack by itself.
const PIECE: usize = 2 << 10;
#[repr(align(64))]
struct Piece(#[expect(dead_code, reason = "only its address is used")] [u8; PIECE]);

// The offset some iterations of a loop further.
#[inline(always)]
fn step(at: Dim, dim: Dim, by: isize) -> Dim {
    Dim {
        output: at.output + dim.output * by,
        left: at.left + dim.left * by,
        right: at.right + dim.right * by,
        ..at
    }
}

// The extents of a block of rows that has so many elements.
fn rows_of(most: usize, row: Dim) -> (usize, usize) {
    let extent = row.extent.min(most);
    (extent, most / extent)
}

// The largest part if an extent is cut into parts of nearly one size, not more than `most`, whole lines of any element if possible.
fn even(extent: usize, most: usize) -> usize {
    if extent <= most {
        return extent;
    }
    let part = extent.div_ceil(extent.div_ceil(most));
    part.next_multiple_of(16).min(most)
}
