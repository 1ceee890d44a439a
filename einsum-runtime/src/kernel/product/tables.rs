//! The offsets of a block: where its rows, columns and summed positions are, in bytes.

use super::{
    Product,
    pack::{self, MOST_LINES, Run},
    plan::{GROUP, Plan, Sizes},
    tile::{Position, Row},
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
}

impl Tables {
    /// How many panels from one on are packed together: as many as have columns that are neighbours of those of the next.
    pub(super) fn group(&self, first: usize, size: isize) -> usize {
        let panel = self.panels[first];
        let start = |panel: &Panel| self.columns[panel.first];
        let most = GROUP.min(MOST_LINES / panel.count);
        let mut count = 1;
        while count < most
            && let Some(next) = self.panels.get(first + count)
            && next.count == panel.count
            && start(next) - start(&panel) == count as isize * size
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
        for (n, at) in blocks(&step.rows, first, sizes.rows).enumerate() {
            let packed =
                (n / sizes.tile_rows * sizes.tile_rows * sizes.depth + n % sizes.tile_rows) * family.size;
            let left = if plan.packs_left { packed as isize } else { at.left * size };
            self.lines.push(at.left * size);
            self.rows.push(Row { left, output: at.output * size });
        }
    }

    /// The columns from `first` on, a block at most, and their panels.
    pub(super) fn fill_columns(&mut self, product: &Product<'_>, sizes: Sizes, first: usize) {
        let Product { step, family, plan, .. } = product;
        let size = family.size as isize;
        self.columns.clear();
        self.outputs.clear();
        self.panels.clear();
        let keeps_runs = Plan::keeps_runs(step, family);
        let mut panel = Panel::default();
        let mut before = (0, 0);
        for (n, at) in blocks(&step.columns, first, sizes.columns).enumerate() {
            let (right, output) = (at.right * size, at.output * size);
            let follows = output - before.1 == size;
            let ends = panel.count == sizes.tile_columns
                || keeps_runs && !follows
                || !(plan.packs_right || follows && right - before.0 == size);
            if n > 0 && ends {
                self.panels.push(panel);
            }
            if n == 0 || ends {
                panel = Panel { first: n, count: 0, neighbours: true };
            }
            panel.neighbours &= panel.count == 0 || follows;
            panel.count += 1;
            before = (right, output);
            self.columns.push(right);
            self.outputs.push(output);
        }
        self.panels.push(panel);
    }

    /// The summed positions from `first` on, a block at most.
    pub(super) fn fill_positions(&mut self, product: &Product<'_>, sizes: Sizes, first: usize) {
        let Product { step, family, plan, .. } = product;
        let size = family.size as isize;
        self.left.clear();
        self.right.clear();
        self.positions.clear();
        let (in_left, in_right) = (sizes.tile_rows as isize * size, sizes.tile_columns as isize * size);
        for (p, at) in blocks(&step.contracted, first, sizes.depth).enumerate() {
            let (left, right) = (at.left * size, at.right * size);
            self.left.push(left);
            self.right.push(right);
            self.positions.push(Position {
                left: if plan.packs_left { p as isize * in_left } else { left },
                right: if plan.packs_right { p as isize * in_right } else { right },
            });
        }
        if plan.packs_left {
            pack::runs(&self.left, family.size, &mut self.left_runs);
        }
        if plan.packs_right {
            pack::runs(&self.right, family.size, &mut self.right_runs);
        }
    }
}

// The offsets of the iterations from `first` on, `most` at most.
fn blocks(group: &Group, first: usize, most: usize) -> Offsets<'_> {
    group.offsets(first, (group.size() - first).min(most))
}
