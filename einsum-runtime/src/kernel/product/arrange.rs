//! Which array of a product is the left one, and the order of its loops.

use super::image::Image;
use crate::kernel::dims::{Dim, Group, Step, Swapped};

/// A run of neighbours in the output that is too short to be written by vectors.
const SHORT_RUN: usize = 8;

/// So few lines that packing those of the other array costs more than reading them where they are;
const FEW_LINES: usize = 64;
/// and so many terms that writing the sums one by one costs little.
const LONG_SUM: usize = 128;
/// The same for lines that are neither neighbours nor further apart than this.
const LONG_FOR_SPACED: usize = 32;
const MOST_SPACE: isize = 8;

/// A sum of so many terms for each row is long: packing a column takes longer than writing its results one by one.
const LONG_FOR_ROWS: usize = 4;

impl Step {
    /// Sorts and fuses the loops, with the output's unit stride along the columns where it has one.
    ///
    /// The order of loops decides what lies in a block together. Innermost is what the arrays are neighbours in: for columns those of
    /// the output, which are written by vectors, then those of the right array; for rows those of the left array; for the sum
    /// those of the array that has no neighbouring lines, then those of the other. So all of a cache line that a block needs an element of is used by it.
    pub(crate) fn arrange_for_packing(&mut self) -> Swapped {
        self.rows.arrange(|dim| dim.output);
        self.columns.arrange(|dim| dim.output);
        self.batch.arrange(|dim| dim.output);
        let swap = self.is_better_swapped();
        if swap {
            self.swap();
        }
        // What is read along the sum is read well in any order of rows, which may then be neighbours in the output.
        match self.rows.moves_by_one(|dim| dim.output) && self.contracted.moves_by_one(|dim| dim.left) {
            true => self.rows.arrange_two(|dim| dim.output, |dim| dim.left),
            false => self.rows.arrange(|dim| dim.left),
        }
        // Of a few rows and a long sum, it takes less time to write the results anywhere than to read the right array across.
        match self.columns.moves_by_one(|dim| dim.right)
            && self.rows.size() * LONG_FOR_ROWS <= self.contracted.size()
        {
            true => self.columns.arrange_two(|dim| dim.right, |dim| dim.output),
            false => self.columns.arrange_two(|dim| dim.output, |dim| dim.right),
        }
        // An array whose lines are neighbours is read well in any order of the sum. Else the one with more lines counts.
        let by_left =
            match (self.rows.moves_by_one(|dim| dim.left), self.columns.moves_by_one(|dim| dim.right)) {
                (false, true) => true,
                (true, false) => false,
                _ => self.rows.size() > self.columns.size(),
            };
        match by_left {
            true => self.contracted.arrange_two(|dim| dim.left, |dim| dim.right),
            false => self.contracted.arrange_two(|dim| dim.right, |dim| dim.left),
        }
        Swapped(swap)
    }

    /// Whether the columns are to be rows, and the rows columns.
    fn is_better_swapped(&self) -> bool {
        if Image::of(&self.columns, &self.contracted, |dim| dim.right).is_some() {
            return false;
        }
        if Image::of(&self.rows, &self.contracted, |dim| dim.left).is_some() {
            return true;
        }
        // Few lines and a long sum: the few become columns and are packed, the many are read where they lie along the sum, and it takes no
        // time to write so few results in any order.
        let (rows, columns) = (self.rows.size(), self.columns.size());
        if rows.min(columns) <= FEW_LINES {
            if rows > columns && self.is_along(&self.rows, |dim| dim.left) {
                return false;
            }
            if rows < columns && self.is_along(&self.columns, |dim| dim.right) {
                return true;
            }
        }
        let (row_run, column_run) = (self.rows.run(), self.columns.run());
        if row_run.max(column_run) < SHORT_RUN {
            // Where neither has a run worth a vector, the columns are the fewer: packed once, they stay in the cache.
            rows < columns
        } else {
            row_run > column_run
        }
    }

    /// Whether the sum is long, and its terms are neighbours in the array of these lines. Every second line, or fourth, is not packed by vectors: then
    /// a shorter sum is long.
    fn is_along(&self, lines: &Group, stride: fn(&Dim) -> isize) -> bool {
        let is_spaced = lines.last().is_some_and(|dim| (2..=MOST_SPACE).contains(&stride(dim)));
        self.contracted.size() >= if is_spaced { LONG_FOR_SPACED } else { LONG_SUM }
            && self.contracted.moves_by_one(stride)
    }
}
