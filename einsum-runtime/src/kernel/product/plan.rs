//! How a product is computed, decided from extents and strides alone: what is packed, and how large blocks are.

use super::{image::Image, tile::Family};
use crate::kernel::dims::{Dim, Group, Step};

/// How a product is computed: decided from the extents and strides alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Plan {
    pub(super) packs_left: bool,
    pub(super) packs_right: bool,
    /// Vectors in a panel of columns.
    pub(super) vectors: usize,
}

/// Columns up to which packing the left array costs more than it gains, where it can be read as it lies: 3 to 7 % of products of 128² to 512².
const USES_IN_PLACE: usize = 600;

/// A few rows use what they read of the right array at once: packing it would be the larger part of the work.
const FEW_ROWS: usize = 12;

/// Tiles of rows up to which what each of them reads of the right array is not worth packing.
const FEW_TILES: usize = 8;

/// Bytes of a page, which are also the sets of a first-level cache times its line.
const PAGE: usize = 4096;
/// Pages that the first-level table of their addresses holds, with some left for the other arrays.
const PAGES: usize = 48;
/// The same for a left array of which each element is read once for each panel: a few that the second-level table has to find cost less than packing.
const LEFT_PAGES: usize = 72;
/// Bytes of the right array that stay in the first-level cache beside other arrays.
const NEAR_BYTES: usize = 28 << 10;
/// Bytes of a row of most tiles.
const NEAR_ROW_BYTES: usize = 192;
/// Lines in a set of the first-level cache.
const WAYS: usize = 8;

impl Plan {
    pub(crate) fn of(step: &Step, family: &Family) -> Plan {
        let is_read_in_place = is_run(step, family) && is_near(step, family)
            || is_for_few(step, family)
            || Image::of(&step.columns, &step.contracted, |dim| dim.right).is_some();
        let packs_right = !(family.reads_parts && is_read_in_place);
        let few = step.columns.size() <= USES_IN_PLACE && step.rows.size() >= step.columns.size();
        let packs_left = !(family.reads_parts && is_left_near(step, family) && (few || !packs_right));
        let run = match packs_right {
            true if Plan::keeps_runs(step, family) => step.columns.run(),
            true => step.columns.size(),
            false => step.columns.last().map_or(1, |dim| dim.extent),
        };
        Plan { packs_left, packs_right, vectors: family.vectors(run) }
    }
}

/// Whether the columns are neighbours in the right array and the output, in runs that fill vectors.
fn is_run(step: &Step, family: &Family) -> bool {
    let neighbours = step.columns.last().filter(|dim| dim.right == 1 && dim.output == 1);
    let run = neighbours.map_or(0, |dim| dim.extent);
    // Vectors longer than 32 bytes mask what is too much of them.
    let lanes = family.lanes.min(32 / family.size);
    run > 0 && (run == step.columns.size() || 4 * run >= 3 * run.next_multiple_of(lanes))
}

/// Whether what a tile reads of the right array, a run of columns for every summed position, fits the first-level cache and its
/// table of pages as it lies.
fn is_near(step: &Step, family: &Family) -> bool {
    if step.contracted.is_empty() || step.rows.size() <= FEW_ROWS {
        return true;
    }
    let depth = step.contracted.size().min(family.depth);
    depth * NEAR_ROW_BYTES.min(step.columns.size() * family.size) <= NEAR_BYTES
        && is_spread(step, family)
        && pages(step, family, |dim| dim.right) <= PAGES
}

/// Whether each column of the right array is used by so few tiles that they read it where it lies, the first of them from memory, faster than
/// it is packed, and whether its runs fill them, written to the output or to a buffer.
fn is_for_few(step: &Step, family: &Family) -> bool {
    let run = step.columns.last().filter(|dim| dim.right == 1).map_or(0, |dim| dim.extent);
    let tile_columns = if run > 0 { family.vectors(run) * family.lanes } else { 1 };
    step.rows.size() <= FEW_TILES * family.rows(1)
        && 4 * run >= 3 * run.next_multiple_of(tile_columns)
        && run > 0
        && is_far(&step.columns, &step.contracted, family)
        && is_spread(step, family)
}

/// Whether the summed positions of the right array are in different sets of the first-level cache, or few of them in each. Lines whose distance
/// is a multiple of a large power of two share a few sets.
fn is_spread(step: &Step, family: &Family) -> bool {
    step.contracted.last().is_none_or(|inner| {
        let distance = (inner.right.unsigned_abs() * family.size).max(64);
        let sets = (PAGE >> distance.trailing_zeros().min(12)).clamp(1, 64);
        inner.extent.min(family.depth) <= sets * WAYS
    })
}

/// Whether what a tile reads of the left array is a run for each row, or on few pages.
fn is_left_near(step: &Step, family: &Family) -> bool {
    let inner = step.contracted.last();
    inner.is_none_or(|dim| dim.left == 1) || pages(step, family, |dim| dim.left) <= LEFT_PAGES
}

/// The pages that a block of summed positions is on, seen from one line.
fn pages(step: &Step, family: &Family, stride: fn(&Dim) -> isize) -> usize {
    let depth = step.contracted.size().min(family.depth);
    let (mut positions, mut pages) = (1, 1);
    for dim in step.contracted.dims().iter().rev() {
        let bytes = stride(dim).unsigned_abs() * family.size;
        let extent = dim.extent.min(depth.div_ceil(positions));
        positions *= extent;
        pages = (pages * extent).min(pages + bytes * extent / PAGE);
    }
    pages
}

impl Plan {
    /// The image that the columns are, if they are read as one row.
    pub(super) fn image(&self, step: &Step, family: &Family) -> Option<Image> {
        let image = Image::of(&step.columns, &step.contracted, |dim| dim.right);
        image.filter(|image| !self.packs_right && image.fills(family.lanes))
    }

    /// Whether runs of neighbours in the output are so long that a panel of columns ends where one does, and vectors are written. Not if the
    /// vectors at their ends waste more of a long sum than it takes to write the results from a buffer.
    pub(super) fn keeps_runs(step: &Step, family: &Family) -> bool {
        let (run, lanes) = (step.columns.run(), family.lanes);
        let depth = step.contracted.size().min(family.short_depth);
        let wasted = run.next_multiple_of(lanes) - run;
        run >= SHORTEST_RUN.max(lanes / 2)
            && wasted.saturating_mul(depth) <= run.saturating_mul(WRITING * lanes)
    }
}

/// Multiply-adds of a lane that take as long as to write a number from a buffer.
const WRITING: usize = 6;

/// With fewer columns in a vector, more of it is wasted than writing single elements takes.
const SHORTEST_RUN: usize = 4;

/// Bytes of a block of the left array: half of a second-level cache of 512 KiB.
const BLOCK_BYTES: usize = 288 << 10;
/// Bytes of a row of a block of the right array: with a depth of 256 2 MiB, with 640 5 MiB, a part of the third-level cache.
const BLOCK_COLUMN_BYTES: usize = 8192;

/// Panels of the right array that are packed at a time, if they are neighbours: as many elements as a cache line has, and packed no more
/// than the second-level cache holds.
pub(super) fn group(size: usize, panel_bytes: usize) -> usize {
    let whole = (64 / size).clamp(8, 16);
    if whole * panel_bytes <= GROUP_BYTES { whole } else { 8 }
}

/// Bytes of panels that are packed at a time and stay in the second-level cache.
const GROUP_BYTES: usize = 640 << 10;

/// How large a block is, in elements, and a panel in it.
#[derive(Clone, Copy)]
pub(super) struct Sizes {
    pub(super) depth: usize,
    pub(super) rows: usize,
    pub(super) columns: usize,
    /// Rows of a packed panel of the left array.
    pub(super) tile_rows: usize,
    /// Columns of a panel of the right array.
    pub(super) tile_columns: usize,
    /// One panel of the right array is kept, not a block of them: it is used once.
    pub(super) is_once: bool,
    /// The output is larger than the second-level cache.
    pub(super) is_output_far: bool,
    /// So is the left array, which is read in place, along the sum.
    pub(super) is_left_far: bool,
    /// So is the right array.
    pub(super) is_right_far: bool,
    /// The columns are those of an image, with what lies between its rows.
    pub(super) image: Option<Image>,
}

/// Arrays of so many bytes are not in the second-level cache.
const FAR_BYTES: usize = if cfg!(any(test, fuzzing)) { 1 << 11 } else { 1 << 20 };

/// Whether the elements of two groups of loops are not in the second-level cache.
fn is_far(one: &Group, other: &Group, family: &Family) -> bool {
    FAR_BYTES / family.size / one.size().max(1) < other.size()
}

impl Sizes {
    pub(super) fn of(step: &Step, family: &Family, plan: Plan) -> Sizes {
        let is_left_spread = !plan.packs_left && pages(step, family, |dim| dim.left) > PAGES;
        let is_short = crossed(step).is_some() || is_left_spread;
        let most = if is_short { family.short_depth } else { family.depth };
        let mut depth = even_part(step.contracted.size(), most);
        if let Some(inner) = crossed(step).map(|(inner, _)| inner.extent).filter(|&inner| inner <= depth) {
            // Blocks have all iterations of the inner loop for each of the outer one.
            depth -= depth % inner;
        }
        let tile_rows = family.rows(plan.vectors);
        // The caches of CPUs that are given deeper blocks hold as many rows of these.
        let rows = BLOCK_BYTES / (depth.min(family.short_depth) * family.size);
        let most_rows = (rows / tile_rows).max(1) * tile_rows;
        let rows = even_part(step.rows.size(), most_rows).next_multiple_of(tile_rows).min(most_rows);
        let tile_columns = plan.vectors * family.lanes;
        let run = step.columns.run();
        // Panels that end with runs are not full.
        let filled = if Plan::keeps_runs(step, family) { run } else { tile_columns };
        let room = filled.next_multiple_of(tile_columns);
        let most_columns =
            (BLOCK_COLUMN_BYTES / family.size * filled / room / tile_columns).max(1) * tile_columns;
        let columns =
            even_part(step.columns.size(), most_columns).next_multiple_of(tile_columns).min(most_columns);
        Sizes {
            depth,
            rows,
            columns,
            tile_rows,
            tile_columns,
            is_once: step.rows.size() <= rows,
            is_output_far: is_far(&step.rows, &step.columns, family),
            is_right_far: is_far(&step.columns, &step.contracted, family),
            image: None,
            is_left_far: !plan.packs_left
                && is_far(&step.rows, &step.contracted, family)
                && step.contracted.last().is_some_and(|dim| dim.left == 1),
        }
    }

    /// As many panels of the right array as are kept packed.
    pub(super) fn panels(&self, columns: usize, plan: Plan, step: &Step, family: &Family) -> usize {
        if !plan.packs_right {
            return 0;
        }
        if self.is_once {
            return group(1, 0);
        }
        let full = columns.div_ceil(self.tile_columns);
        if !Plan::keeps_runs(step, family) {
            return full;
        }
        // A panel ends where it is full, and at most at the end of each run, the first and last of which may be cut by the block.
        let run = step.columns.run();
        let by_runs = (columns / run + 2).saturating_mul(run.div_ceil(self.tile_columns));
        by_runs.min(full + columns / run + 2)
    }
}

/// The two innermost loops of the sum, the inner one first, if neighbours in one of the arrays are iterations of the outer one.
pub(super) fn crossed(step: &Step) -> Option<(&Dim, &Dim)> {
    step.contracted
        .last()
        .zip(step.contracted.before_last())
        .filter(|(inner, outer)| inner.left != 1 && outer.left == 1 || inner.right != 1 && outer.right == 1)
}

/// Iterations of the inner loop of a slab, if it is to be cut: a block then has a cache line of iterations of the outer one.
pub(super) fn slab(family: &Family, (inner, outer): (&Dim, &Dim)) -> Option<usize> {
    let line = (64 / family.size).max(1);
    let most = (family.short_depth / line.min(outer.extent)).max(1);
    (inner.extent >= 2 * most).then(|| even_part(inner.extent, most))
}

/// The size of the parts of a whole of at most `most` each, nearly alike.
fn even_part(whole: usize, most: usize) -> usize {
    whole.div_ceil(whole.div_ceil(most).max(1)).max(1)
}
