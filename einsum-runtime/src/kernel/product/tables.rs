//! The offsets of a block: where its rows, columns and summed positions are, in bytes.

use super::{
    Product,
    image::Image,
    pack::{self, MOST_LINES, Run},
    plan::{self, Plan, Sizes},
    tile::{Piece, Position, Row},
};
use crate::kernel::dims::{Group, Offsets};
use alloc::vec::Vec;

/// The offsets of the rows, columns and summed positions of a block, in bytes.
#[derive(Default)]
pub(crate) struct Tables {
    pub(super) rows: Vec<Row>,
    /// Of the rows in the left array, to pack them.
    pub(super) lines: Vec<isize>,
    /// Of the columns in the right array,
    pub(super) columns: Vec<isize>,
    /// and in the output, from its first column on.
    pub(super) outputs: Vec<isize>,
    pub(super) panels: Vec<Panel>,
    /// Of all panels of an image.
    pub(super) pieces: Vec<Piece>,
    pub(super) left: Vec<isize>,
    pub(super) right: Vec<isize>,
    pub(super) left_runs: Vec<Run>,
    pub(super) right_runs: Vec<Run>,
    pub(super) positions: Vec<Position>,
}

impl Tables {
    #[cfg(feature = "std")]
    pub(crate) const EMPTY: Tables = Tables {
        rows: Vec::new(),
        lines: Vec::new(),
        columns: Vec::new(),
        outputs: Vec::new(),
        panels: Vec::new(),
        pieces: Vec::new(),
        left: Vec::new(),
        right: Vec::new(),
        left_runs: Vec::new(),
        right_runs: Vec::new(),
        positions: Vec::new(),
    };
}

/// Columns of one tile.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Panel {
    pub(super) first: usize,
    pub(super) count: usize,
    /// Whether they are neighbours in the output.
    pub(super) neighbours: bool,
    /// Where the first is in the right array, and the last,
    pub(super) right: isize,
    pub(super) last: isize,
    /// and where the first is in the output.
    pub(super) output: isize,
    /// If they are of an image, its pieces, from one to another; where the columns of other panels are, the tables say.
    pub(super) pieces: (usize, usize),
}

impl Tables {
    /// How many panels from one on are packed together: those that follow each other in the right array, or whose columns are neighbours of
    /// those of the next.
    pub(super) fn group(&self, first: usize, size: isize, panel_bytes: usize) -> usize {
        let panel = self.panels[first];
        let most = plan::group(size as usize, panel_bytes).min(MOST_LINES / panel.count);
        // Whole squares: else some lines would be packed twice.
        let most = if most > 4 { most - most % 4 } else { most };
        let mut count = 1;
        while count < most
            && let Some(next) = self.panels.get(first + count)
            && let before = self.panels[first + count - 1]
            && before.count == panel.count
            && (next.count <= panel.count && next.right == before.last + size
                || next.count == panel.count && next.right - panel.right == count as isize * size)
        {
            count += 1;
        }
        count
    }

    /// The rows from `first` on, a block at most.
    pub(super) fn fill_rows(&mut self, product: &Product<'_>, sizes: Sizes, first: usize) {
        let Product { step, family, plan, .. } = product;
        let size = family.size as isize;
        self.rows.clear();
        self.lines.clear();
        let (panel, next_panel) =
            (sizes.tile_rows * family.size, sizes.tile_rows * sizes.depth * family.size);
        let (mut start, mut within) = (0, 0);
        let mut walks = blocks(&step.rows, first, sizes.rows);
        let inner = walks.inner();
        while let Some((at, len)) = walks.next_walk() {
            let outputs = steps(at.output, inner.output, len, size);
            if !plan.packs_left {
                let lefts = steps(at.left, inner.left, len, size);
                self.rows.extend(lefts.zip(outputs).map(|(left, output)| Row { left, output }));
                continue;
            }
            self.lines.extend(steps(at.left, inner.left, len, size));
            self.rows.extend(outputs.map(|output| {
                let left = (start + within) as isize;
                within += family.size;
                if within == panel {
                    (start, within) = (start + next_panel, 0);
                }
                Row { left, output }
            }));
        }
    }

    /// The columns from `first` on, a block at most, and their panels.
    pub(super) fn fill_columns(&mut self, product: &Product<'_>, sizes: Sizes, first: usize) {
        let Product { step, family, plan, .. } = product;
        let size = family.size as isize;
        self.columns.clear();
        self.outputs.clear();
        self.panels.clear();
        self.pieces.clear();
        if let Some(image) = sizes.image {
            return self.fill_image(product, image, sizes, first);
        }
        let keeps_runs = Plan::keeps_runs(step, family);
        // Whether columns belong to one panel, given what lies between them in the right array and in the output.
        let joins = |right: isize, output: isize| {
            (!keeps_runs || output == size) && (plan.packs_right || right == size)
        };
        let mut walks = blocks(&step.columns, first, sizes.columns);
        let inner = walks.inner();
        let (right_step, output_step) = (inner.right * size, inner.output * size);
        let walk_joins = joins(right_step, output_step);
        let mut panel = Panel { neighbours: true, ..Panel::default() };
        while let Some((at, len)) = walks.next_walk() {
            let mut left = len;
            while left > 0 {
                let is_first = left == len;
                let before = self.columns.last().zip(self.outputs.last()).filter(|_| is_first);
                let (right, output) = match before {
                    Some((right, output)) => (at.right * size - right, at.output * size - output),
                    None => (right_step, output_step),
                };
                let is_full = panel.count == sizes.tile_columns;
                if panel.count > 0 && (is_full || !joins(right, output)) {
                    self.push(panel);
                    panel = Panel { first: panel.first + panel.count, neighbours: true, ..Panel::default() };
                }
                let more = if walk_joins { left.min(sizes.tile_columns - panel.count) } else { 1 };
                panel.neighbours &=
                    (panel.count == 0 || output == size) && (more == 1 || output_step == size);
                panel.count += more;
                left -= more;
                if is_first {
                    self.columns.extend(steps(at.right, inner.right, len, size));
                    self.outputs.extend(steps(at.output, inner.output, len, size));
                }
            }
        }
        self.push(panel);
    }

    /// The pieces of a panel of an image; none of others.
    pub(super) fn pieces_of(&self, panel: Panel) -> &[Piece] {
        &self.pieces[panel.pieces.0..panel.pieces.1]
    }

    // A panel whose columns are in the tables.
    fn push(&mut self, panel: Panel) {
        let Panel { first, count, .. } = panel;
        let (right, last) = (self.columns[first], self.columns[first + count - 1]);
        self.panels.push(Panel { right, last, output: self.outputs[first], ..panel });
    }

    // The panels of an image. They are read where they lie and written in pieces: none needs to know where each column is.
    fn fill_image(&mut self, product: &Product<'_>, image: Image, sizes: Sizes, first: usize) {
        let Product { step, family, .. } = product;
        let size = family.size as isize;
        let mut walks = blocks(&step.columns, first, sizes.columns);
        while let Some((at, len)) = walks.next_walk() {
            for start in (0..len).step_by(sizes.tile_columns) {
                let count = sizes.tile_columns.min(len - start);
                let known = self.pieces.len();
                self.pieces.extend(image.pieces(at.left as usize + start, count, size));
                let pieces = (known, self.pieces.len());
                if pieces.0 < pieces.1 {
                    let right = (at.right + start as isize) * size;
                    let last = right + (count - 1) as isize * size;
                    let output = at.output * size;
                    self.panels.push(Panel { count, right, last, output, pieces, ..Panel::default() });
                }
            }
        }
    }

    /// The summed positions from `first` on, a block at most.
    pub(super) fn fill_positions(&mut self, product: &Product<'_>, sizes: Sizes, first: usize) {
        let Product { step, family, plan, .. } = product;
        let size = family.size as isize;
        self.left.clear();
        self.right.clear();
        self.positions.clear();
        let (in_left, in_right) = (sizes.tile_rows as isize * size, sizes.tile_columns as isize * size);
        let mut walks = blocks(&step.contracted, first, sizes.depth);
        let inner = walks.inner();
        let mut are_whole = true;
        while let Some((at, len)) = walks.next_walk() {
            are_whole &= len == inner.extent;
            let done = self.positions.len() as isize;
            let (left, right) =
                (steps(at.left, inner.left, len, size), steps(at.right, inner.right, len, size));
            let (left_packed, right_packed) = (steps(done, 1, len, in_left), steps(done, 1, len, in_right));
            if plan.packs_left {
                self.left.extend(left.clone());
            }
            if plan.packs_right || sizes.is_right_far {
                self.right.extend(right.clone());
            }
            let left = if plan.packs_left { left_packed } else { left };
            let right = if plan.packs_right { right_packed } else { right };
            self.positions.extend(left.zip(right).map(|(left, right)| Position { left, right }));
        }
        // A block may begin or end within the inner loop.
        let inner = if are_whole { inner.extent } else { 1 };
        if plan.packs_left {
            pack::runs(&self.left, inner, family.size, &mut self.left_runs);
        }
        if plan.packs_right {
            pack::runs(&self.right, inner, family.size, &mut self.right_runs);
        }
    }
}

// The offsets of `len` iterations of one loop, in bytes.
#[inline(always)]
fn steps(start: isize, step: isize, len: usize, size: isize) -> impl ExactSizeIterator<Item = isize> + Clone {
    let (start, step) = (start * size, step * size);
    (0..len).map(move |n| start + n as isize * step)
}

// The offsets of the iterations from `first` on, `most` at most.
fn blocks(group: &Group, first: usize, most: usize) -> Offsets<'_> {
    group.offsets(first, (group.size() - first).min(most))
}
