//! Columns that are rows of an image, and are read as one row: what lies between them is computed too, and not written.

use super::tile::Piece;
use crate::kernel::dims::{Dim, Group, Step};

/// The two innermost loops of the columns: rows that lie close to each other in the right array, as the places of windows in an image do.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Image {
    rows: usize,
    /// Columns in a row, which are neighbours in the output,
    run: usize,
    /// and columns from one row to the next.
    pitch: usize,
    /// From one row of the output to the next.
    output: isize,
}

impl Image {
    /// The image that these columns are, if all that lies between its rows are elements too, at every summed position.
    ///
    /// They are if the steps of some summed loops, each no longer than a row, move a row over all of its pitch: moved by such a step, what is
    /// covered without a gap has none. What lies beyond that at the end of one row is covered at the begin of the next.
    pub(crate) fn of(columns: &Group, contracted: &Group, stride: fn(&Dim) -> isize) -> Option<Image> {
        let [.., row, column] = columns.dims() else { return None };
        let (run, pitch) = (column.extent, usize::try_from(stride(row)).ok()?);
        if stride(column) != 1 || column.output != 1 || pitch <= run {
            return None;
        }
        let covered = contracted.dims().iter().fold(run, |covered, dim| match usize::try_from(stride(dim)) {
            Ok(step) if step <= run => covered.saturating_add(step.saturating_mul(dim.extent - 1)),
            _ => covered,
        });
        let is_most_written = 3 * run >= 2 * pitch;
        (covered >= pitch && is_most_written).then_some(Image {
            rows: row.extent,
            run,
            pitch,
            output: row.output,
        })
    }

    /// Whether vectors of so many lanes are filled better than by single rows.
    pub(super) fn fills(&self, lanes: usize) -> bool {
        self.pitch <= self.run.next_multiple_of(lanes)
    }

    /// The step with one loop for these two. It does not move in the output: that is for [`Image::pieces`]. In the left array, which has no
    /// columns, it counts.
    pub(super) fn flattened(&self, step: &Step) -> Step {
        let mut step = *step;
        step.columns.pop();
        let dim = step.columns.dims_mut().last_mut().expect("two loops");
        *dim = Dim { extent: (self.rows - 1) * self.pitch + self.run, left: 1, right: 1, output: 0 };
        step
    }

    /// Of `count` columns from `start` on, those that are in rows, in one piece for each. Elements have `size` bytes.
    pub(super) fn pieces(&self, start: usize, count: usize, size: isize) -> impl Iterator<Item = Piece> {
        let Image { run, pitch, output, .. } = *self;
        let end = start + count;
        (start / pitch..end.div_ceil(pitch)).filter_map(move |row| {
            let first = (row * pitch).max(start);
            let end = (row * pitch + run).min(end);
            let output = row as isize * output - (row * pitch) as isize + start as isize;
            (first < end).then(|| Piece { first: first - start, end: end - start, output: output * size })
        })
    }
}
