//! `output[…, r, t] ← left[…, r]`, or `+=`, where `t` are a few neighbours and `r` follows them without a gap: every element several times in a
//! row, as in the gradient of windows that do not overlap, where all positions of a window get the same.
//!
//! Loop order, outermost first; a row is `r` with its `t`:
//!
//! ```text
//! what else moves in both
//!   blocks of r, blocks of rows
//!     what moves in the output alone        the block is still in the cache
//!       the block: rows, r, t
//! ```

use super::{
    super::dims::{Dim, Group},
    Arrays, Task,
    bytes::{MOST_TIMES, RepeatRows},
    rows::Rows,
};
use crate::kernel::Assignment;
use core::mem::MaybeUninit;

/// The bytes of a block of the output that is added to: it is made in a buffer first.
const BLOCK: usize = 4 << 10;

/// The loops of such a step, strides in bytes.
pub(super) struct Repeat {
    /// How often an element is written in a row.
    times: usize,
    row: Dim,
    /// From a row to the next.
    column: Dim,
    /// The loops in which the operand stands still.
    still: Group,
    outer: Group,
}

impl Repeat {
    /// The step as one of these, if it is. The loops are sorted by the strides of the output.
    pub(super) fn of(task: &Task, loops: &Group, arrays: &Arrays) -> Option<Repeat> {
        let [others @ .., row, last] = loops.dims() else { return None };
        let unit = task.unit();
        let repeats = last.output == unit && last.left == 0 && last.extent <= MOST_TIMES;
        let is_row = row.left == unit && row.output == last.extent as isize * unit;
        let is_copy = arrays.right.is_none() && task.factor.is_none() && !task.conjugated[0];
        if !(is_copy && repeats && is_row && RepeatRows::has(task.size)) {
            return None;
        }
        let (mut still, mut outer) = (Group::default(), Group::default());
        for &dim in others {
            if dim.left == 0 { &mut still } else { &mut outer }.push(dim)?;
        }
        let (outer, column) = outer.split_last();
        Some(Repeat { times: last.extent, row: *row, column, still, outer })
    }

    /// # Safety
    /// - As for [`run`](super::run), for the task and the arrays that it was made for.
    pub(super) unsafe fn run(&self, task: &Task, arrays: &Arrays) {
        let Repeat { times, row, column, ref still, ref outer } = *self;
        let (size, repeated) = (task.size, task.size * times);
        let most = row.extent.min(BLOCK / repeated);
        let most_rows = BLOCK / repeated / most;
        let mut buffer = MaybeUninit::<Buffer>::uninit();
        let room = buffer.as_mut_ptr().cast::<u8>();
        for at in outer.all_offsets() {
            let arrays = arrays.at(at);
            for first in (0..column.extent).step_by(most_rows) {
                for start in (0..row.extent).step_by(most) {
                    let (rows, len) = (most_rows.min(column.extent - first), most.min(row.extent - start));
                    let arrays = arrays.at(times_of(column, first)).at(times_of(row, start));
                    let (from, from_step, to_step) = (arrays.left, column.left, column.output);
                    let repeat = RepeatRows { rows, len, size, times, to: room, to_step, from, from_step };
                    if task.assignment == Assignment::Set {
                        for at in still.all_offsets() {
                            let to = arrays.at(at).output;
                            // SAFETY: the caller's promise about this block; likewise below.
                            unsafe { RepeatRows { to, ..repeat }.repeat() };
                        }
                        continue;
                    }
                    let step = (len * repeated) as isize;
                    // SAFETY: as above; a buffer has room for a block.
                    unsafe { RepeatRows { to_step: step, ..repeat }.repeat() };
                    for at in still.all_offsets() {
                        let changed = Rows {
                            rows,
                            len: len * times,
                            output: arrays.at(at).output,
                            output_step: to_step,
                            left: room,
                            left_step: step,
                            right: room,
                            right_step: 0,
                            conjugated: [false; 2],
                        };
                        // SAFETY: as above; the block has been made in the buffer.
                        unsafe { task.change(&changed) };
                    }
                }
            }
        }
    }
}

/// Room for a block.
#[repr(align(64))]
struct Buffer(#[expect(dead_code, reason = "only its address is used")] [u8; BLOCK]);

// So many steps of a loop.
fn times_of(dim: Dim, by: usize) -> Dim {
    Dim { output: dim.output * by as isize, left: dim.left * by as isize, ..dim }
}
