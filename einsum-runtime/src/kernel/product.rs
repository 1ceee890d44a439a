//! The contraction with free indices in both operands: `output[b, m, n] ← Σ_k left[b, m, k] · right[b, n, k]`, where each of `b`, `m`, `n` and `k`
//! may be several axes, or none.
//!
//! The loops around a register tile ([`tile`]) of Goto and van de Geijn ("Anatomy of high-performance matrix multiplication", 2008), with the
//! block-scatter addressing of Matthews ("High-performance tensor contraction without transposition", 2018): the address of an element is a sum
//! of two offsets, looked up in short tables that are made per block. So an operand with any number of axes and any strides is
//! read, or packed ([`pack`]), from where it lies, no transposed copy of it ever exists, and the memory beside the arrays is one block of each
//! operand. Loop order:
//!
//! ```text
//! blocks of n, blocks of k                tables of columns and positions
//!   b, blocks of m                        table of rows; the block of the left array is packed
//!     panels of n                         each is packed where it is first needed
//!       tiles of m                        the register tile
//! ```
//!
//! Nothing here depends on the type of the elements: offsets are in bytes, and the tiles are behind pointers to functions ([`tile::Family`]).
//!
//! Packing is left out where it does not pay ([`Plan`]): a right array whose columns are neighbours, in the output as well, is read where it lies if
//! what a tile needs of it fits the first-level cache that way, or if there are few rows to use its elements for, wherever its columns are in the
//! output; or if they are places of windows in an image, whose rows are then read as one ([`Image`]). A left array, if there are few columns to
//! use its elements for. A batch of small matrices goes to the kernel of these ([`small`]).

mod arrange;
mod image;
mod pack;
mod plan;
mod tables;
#[cfg(test)]
mod tests;
pub(crate) mod tile;

use image::Image;
pub(crate) use plan::Plan;
pub(crate) use tables::Tables;

use super::{
    Assignment,
    dims::{Dim, Step},
    scratch::{CacheLine, Scratch},
    simd::{Isa, prefetch},
    small::{self, Real},
};
use core::{mem::MaybeUninit, ops::Range};
use pack::Pack;
use plan::Sizes;
use tables::Panel;
use tile::{ASKED_BYTES, Ahead, Family, MOST_ROW_BYTES, MOST_ROWS, Pieces, Row, Scatter, Tile};

/// A step that [`Step::arrange_for_packing`] has arranged, and its arrays.
#[derive(Clone, Copy)]
pub(crate) struct Product<'s> {
    pub(crate) isa: Isa,
    pub(crate) family: &'static Family,
    pub(crate) step: &'s Step,
    pub(crate) plan: Plan,
    pub(crate) assignment: Assignment,
    /// What the sums are multiplied with, of the type of the elements, or null.
    pub(crate) factor: *const u8,
    pub(crate) output: *mut u8,
    pub(crate) left: *const u8,
    pub(crate) right: *const u8,
}

/// What happens to the output, if sums have been written to it before.
pub(crate) fn after(others: bool, assignment: Assignment) -> Assignment {
    match assignment {
        Assignment::Set if others => Assignment::Add,
        _ => assignment,
    }
}

/// Rows of the left array that are packed at a time.
const LEFT_LINES: usize = 64;

impl Product<'_> {
    /// Computes it, in slabs if columns that are neighbours in the output are far from each other in the right array, where others are
    /// neighbours, or if terms of the sum that are neighbours in one array are not in the other. In a slab there are so few of the
    /// former that their cache lines are still there when the next of the latter come.
    ///
    /// # Safety
    /// - All positions of the step are elements of the arrays that `left`, `right` and `output` point to the first elements of, of the type
    ///   of the family, and so is the factor;
    /// - nothing else reads or writes the elements of the output meanwhile.
    pub(crate) unsafe fn run(&self) {
        let is_real = self.family.parts == 1 && self.family.writes;
        let done = match self.family.size {
            // SAFETY: the caller's promise; real numbers of this size are of this type; likewise below.
            4 if is_real => unsafe { self.run_small::<f32>() },
            // SAFETY: as above.
            8 if is_real => unsafe { self.run_small::<f64>() },
            _ => false,
        };
        if !done {
            // SAFETY: the caller's promise.
            unsafe { self.run_large() };
        }
    }

    /// The products of a batch by the kernel of small ones, which has nothing to set up for each; or nothing, and says `false`, if they are not
    /// small matrices.
    ///
    /// So short sums are rounded as in [`Product::run_large`]: a piece of a step may be small where the whole is not.
    ///
    /// # Safety
    /// - As [`Product::run`], for elements of type `T`.
    unsafe fn run_small<T: Real>(&self) -> bool {
        let Step { batch, rows, columns, contracted, .. } = self.step;
        let (&[rows], &[columns], &[contracted]) = (rows.dims(), columns.dims(), contracted.dims()) else {
            return false;
        };
        let size = rows.extent.saturating_mul(columns.extent).saturating_mul(contracted.extent);
        if batch.is_empty() || size > small::MOST || contracted.extent > small::COPIED_DEPTH {
            return false;
        }
        // SAFETY: a number of this type, or null.
        let factor = unsafe { self.factor.cast::<T>().as_ref() }.copied();
        let arrays = (self.output.cast(), self.left.cast(), self.right.cast());
        let first = small::Product::new([rows, columns, contracted], arrays, self.assignment, factor);
        for (n, at) in batch.all_offsets().enumerate() {
            // Wrapping, since the compiler cannot know what the caller promises: these are elements.
            let product = small::Product {
                output: first.output.wrapping_offset(at.output),
                left: first.left.wrapping_offset(at.left),
                right: first.right.wrapping_offset(at.right),
                ..first
            };
            // SAFETY: the caller's promise, for one position of the batch.
            if !unsafe { product.run_on(self.isa) } {
                assert!(n == 0, "all products of a batch are alike");
                return false;
            }
        }
        true
    }

    /// Large products, or those with several loops of a kind.
    ///
    /// # Safety
    /// - As [`Product::run`].
    unsafe fn run_large(&self) {
        let crossed = plan::crossed(self.step).filter(|_| self.plan.packs_right);
        let slab = crossed.and_then(|loops| Some((loops.0, plan::slab(self.family, loops)?)));
        let Some((inner, slab)) = slab else {
            // SAFETY: the caller's promise.
            return unsafe { self.run_columns() };
        };
        for first in (0..inner.extent).step_by(slab) {
            let mut step = *self.step;
            step.contracted.limit_last(slab.min(inner.extent - first));
            let part =
                Product { assignment: after(first > 0, self.assignment), ..self.from(&step, inner, first) };
            // SAFETY: the caller's promise, for some of the terms.
            unsafe { part.run_columns() };
        }
    }

    // The same for a shorter step, which begins at an iteration of one of its loops.
    fn from<'p>(&self, step: &'p Step, dim: &Dim, first: usize) -> Product<'p> {
        let moved = |stride: isize| first as isize * stride * self.family.size as isize;
        Product {
            step,
            left: self.left.wrapping_offset(moved(dim.left)),
            right: self.right.wrapping_offset(moved(dim.right)),
            output: self.output.wrapping_offset(moved(dim.output)),
            ..*self
        }
    }

    /// # Safety
    /// - As [`Product::run`].
    unsafe fn run_columns(&self) {
        let tile_columns = self.plan.vectors * self.family.lanes;
        let inner = self.step.columns.last().filter(|inner| {
            self.plan.packs_right
                && inner.extent > tile_columns
                && inner.right != 1
                && self.step.columns.moves_by_one(|dim| dim.right)
        });
        let Some(inner) = inner else {
            // SAFETY: the caller's promise.
            return unsafe { self.run_slab() };
        };
        let mut first = 0;
        while first < inner.extent {
            let left = inner.extent - first;
            // Not a whole tile and a narrow one: squares and vectors are filled better by two alike.
            let count = if tile_columns < left && left < tile_columns + tile_columns / 2 {
                (left / 2).next_multiple_of(8).min(tile_columns)
            } else {
                left.min(tile_columns)
            };
            let mut step = *self.step;
            step.columns.limit_last(count);
            // SAFETY: the caller's promise, for some of the columns.
            unsafe { self.from(&step, inner, first).run_slab() };
            first += count;
        }
    }

    /// # Safety
    /// - As [`Product::run`].
    unsafe fn run_slab(&self) {
        let Product { step, family, plan, .. } = *self;
        let Some(image) = plan.image(step, family) else {
            // SAFETY: the caller's promise.
            return unsafe { self.run_blocks(None) };
        };
        let step = &image.flattened(step);
        let plan = Plan { vectors: family.vectors(step.columns.last().map_or(1, |dim| dim.extent)), ..plan };
        // SAFETY: the caller's promise; what lies between the rows of an image is read, not written.
        unsafe { Product { step, plan, ..*self }.run_blocks(Some(image)) }
    }

    /// The innermost loop of columns goes through all of the image, if they are one.
    ///
    /// # Safety
    /// - As [`Product::run`], but that columns between the rows of the image are elements of the right array only.
    unsafe fn run_blocks(&self, image: Option<Image>) {
        let Product { step, family, plan, .. } = *self;
        let sizes = Sizes { image, ..Sizes::of(step, family, plan) };
        let size = family.size;
        let mut scratch = Scratch::take();
        let Scratch { blocks, tables } = &mut scratch;
        let rows = if plan.packs_left {
            step.rows.size().min(sizes.rows).next_multiple_of(sizes.tile_rows)
        } else {
            0
        };
        let panels = sizes.panels(step.columns.size().min(sizes.columns), plan, step, family);
        let columns = panels * sizes.tile_columns;
        // Packing writes whole vectors, so there is one more.
        let (a, b) = blocks.pair::<u8>(rows * sizes.depth * size + 64, columns * sizes.depth * size + 64);
        let (a, b) = (a.as_mut_ptr().cast::<u8>(), b.as_mut_ptr().cast::<u8>());
        let fits = step.rows.size() <= sizes.rows;
        if fits {
            tables.fill_rows(self, sizes, 0);
        }
        for first_column in (0..step.columns.size()).step_by(sizes.columns) {
            tables.fill_columns(self, sizes, first_column);
            assert!(
                !plan.packs_right || sizes.is_once || tables.panels.len() <= panels,
                "room for all panels"
            );
            for first in (0..step.contracted.size()).step_by(sizes.depth) {
                tables.fill_positions(self, sizes, first);
                for at in step.batch.all_offsets() {
                    for first_row in (0..step.rows.size()).step_by(sizes.rows) {
                        if !fits {
                            tables.fill_rows(self, sizes, first_row);
                        }
                        let block = Block {
                            product: self,
                            sizes,
                            a,
                            b,
                            // Wrapping, since the compiler cannot know what the caller promises: these are elements.
                            left: self.left.wrapping_offset(at.left * size as isize),
                            right: self.right.wrapping_offset(at.right * size as isize),
                            output: self.output.wrapping_offset(at.output * size as isize),
                            is_first: first == 0,
                            packs_right: plan.packs_right && (first_row == 0 || sizes.is_once),
                        };
                        // SAFETY: the caller's promise, for the elements of these tables.
                        unsafe { block.run(tables) };
                    }
                }
            }
        }
        scratch.keep();
    }
}

/// A block of rows, of columns and of summed positions, for one position of the batch.
struct Block<'b> {
    product: &'b Product<'b>,
    sizes: Sizes,
    /// Memory for the block of the left array, and for that of the right one.
    a: *mut u8,
    b: *mut u8,
    left: *const u8,
    right: *const u8,
    output: *mut u8,
    /// The first block of the sum does to the output what was asked for; the others add to it.
    is_first: bool,
    packs_right: bool,
}

impl Block<'_> {
    /// # Safety
    /// - As [`Product::run`], for the elements of the tables.
    unsafe fn run(&self, tables: &Tables) {
        let Product { family, plan, assignment, factor, .. } = *self.product;
        if plan.packs_left {
            // SAFETY: the caller's promise.
            unsafe { self.pack_left(tables) };
        }
        let assignment = after(!self.is_first, assignment);
        // A tile adds or sets what is multiplied with a real number or not at all; all else goes through a buffer.
        let is_plain =
            assignment != Assignment::Subtract && (factor.is_null() || family.parts == 1) && family.writes;
        let left = if plan.packs_left { self.a.cast_const() } else { self.left };
        let mut packed = 0..0;
        let mut soon = Soon::default();
        for (n, panel) in tables.panels.iter().enumerate() {
            let right = if plan.packs_right {
                if n == packed.end {
                    packed = n..n + tables.group(n, family.size as isize, self.panel_bytes());
                    if self.packs_right {
                        if self.sizes.is_right_far {
                            soon = self.soon(tables, &packed);
                        }
                        // SAFETY: the caller's promise.
                        unsafe { self.pack_right(tables, &packed, soon.is_empty()) };
                    }
                }
                self.slot(n, packed.start).cast_const()
            } else {
                if self.sizes.is_right_far && tables.positions.len() >= FEWEST_ASKING {
                    soon = self.soon(tables, &(n..n + 1));
                }
                self.right.wrapping_offset(panel.right)
            };
            let next = tables.panels.get(n + 1).map_or(0, |next| next.output - panel.output);
            let strip = Strip { left, right, panel: *panel, next, assignment, is_plain };
            // SAFETY: the caller's promise.
            unsafe { self.strip(tables, strip, &mut soon) };
        }
    }

    /// What is read of the right array after these panels, if they and it are in one piece at each position.
    fn soon<'t>(&self, tables: &'t Tables, panels: &Range<usize>) -> Soon<'t> {
        let size = self.product.family.size;
        let (first, last) = (tables.panels[panels.start], tables.panels[panels.end - 1]);
        let bytes = (last.first + last.count - first.first) * size;
        let in_one_piece = last.last - first.right == (bytes - size) as isize;
        let Some(next) = tables.panels.get(panels.end).filter(|_| in_one_piece) else {
            return Soon::default();
        };
        let lines = bytes.div_ceil(64);
        let tiles = panels.len() * tables.rows.len().div_ceil(self.sizes.tile_rows);
        let at_a_time = (tables.right.len() * lines).div_ceil(tiles);
        let pieces = bytes.div_ceil(ASKED_BYTES).min(tiles);
        let soon = Soon { first: self.right.wrapping_offset(next.right), ..Soon::default() };
        match self.product.plan.packs_right {
            true if at_a_time <= MOST_AT_A_TIME => {
                Soon { positions: &tables.right, lines, at_a_time, ..soon }
            }
            // A few of many tiles would wait for all of it.
            true if pieces * MOST_TILES_TO_PIECES < tiles => Soon::default(),
            _ => Soon { pieces, ..soon },
        }
    }

    // Where a panel of the right array is packed, of the group that begins with another one.
    fn slot(&self, panel: usize, group: usize) -> *mut u8 {
        let slot = if self.sizes.is_once { panel - group } else { panel };
        self.b.wrapping_add(slot * self.panel_bytes())
    }

    fn panel_bytes(&self) -> usize {
        self.sizes.tile_columns * self.sizes.depth * self.product.family.size
    }

    /// # Safety
    /// - As [`Product::run`], for the columns of these panels and the positions of the tables.
    unsafe fn pack_right(&self, tables: &Tables, panels: &Range<usize>, asks_ahead: bool) {
        let Product { isa, family, .. } = *self.product;
        let (first, last) = (tables.panels[panels.start], tables.panels[panels.end - 1]);
        let lines = &tables.columns[first.first..last.first + last.count];
        let next = tables.columns.get(last.first + last.count);
        let pack = Pack {
            from: self.right,
            lines,
            positions: &tables.right,
            runs: &tables.right_runs,
            count: first.count,
            width: self.sizes.tile_columns,
            pitch: self.panel_bytes(),
            into: self.slot(panels.start, panels.start),
            fills: !family.reads_parts,
            ahead: next.filter(|_| asks_ahead).map_or(0, |next| next - lines[0]),
        };
        // SAFETY: the caller's promise; the block has room for the panels, and a vector more.
        unsafe { pack.run(isa, family.size) };
    }

    /// # Safety
    /// - As [`Product::run`], for the rows and positions of the tables.
    unsafe fn pack_left(&self, tables: &Tables) {
        let Product { isa, family, .. } = *self.product;
        let Sizes { tile_rows, depth, .. } = self.sizes;
        let pitch = tile_rows * depth * family.size;
        let panels = LEFT_LINES / tile_rows;
        for (n, lines) in tables.lines.chunks(panels * tile_rows).enumerate() {
            let pack = Pack {
                from: self.left,
                lines,
                positions: &tables.left,
                runs: &tables.left_runs,
                count: tile_rows,
                width: tile_rows,
                pitch,
                into: self.a.wrapping_add(n * panels * pitch),
                fills: !family.reads_parts,
                ahead: tables.lines.get((n + 1) * panels * tile_rows).map_or(0, |next| next - lines[0]),
            };
            // SAFETY: the caller's promise; the block has room for all panels, and a vector more.
            unsafe { pack.run(isa, family.size) };
        }
    }

    /// All rows of a panel of columns.
    ///
    /// # Safety
    /// - As [`Product::run`], for the rows, positions and these columns.
    unsafe fn strip(&self, tables: &Tables, strip: Strip, soon: &mut Soon<'_>) {
        let family = self.product.family;
        let Strip { panel, is_plain, .. } = strip;
        let in_place = is_plain && panel.neighbours;
        let mut buffer = Buffer([const { MaybeUninit::uninit() }; _]);
        let sums = buffer.0.as_mut_ptr().cast::<u8>();
        let vectors = panel.count.div_ceil(family.lanes);
        let first = self.tile(tables, &strip, sums);
        let mut rows = &tables.rows[..];
        while !rows.is_empty() {
            let shape = family.shape(vectors, rows.len());
            let (these, rest) = rows.split_at(shape.rows.min(rows.len()));
            let ahead = |of: fn(&Row) -> isize, panel: isize| match rest.first() {
                Some(next) => of(next) - of(&these[0]),
                None => panel + of(&tables.rows[0]) - of(&these[0]),
            };
            let mut in_buffer = [Row::default(); MOST_ROWS];
            let mut tile =
                Tile { rows: if in_place { these } else { buffered(these, &mut in_buffer) }, ..first };
            // Written one by one: a copy of what is still on its way to the cache would wait for it.
            tile.ahead.output =
                (self.sizes.is_output_far && in_place).then(|| ahead(|row| row.output, strip.next));
            tile.ahead.left = self.sizes.is_left_far.then(|| ahead(|row| row.left, 0));
            tile.soon = soon.ask();
            let places = Pieces {
                sums,
                pitch: MOST_ROW_BYTES,
                rows: these,
                pieces: tables.pieces_of(panel),
                output: self.output.wrapping_offset(panel.output),
                adds: strip.assignment == Assignment::Add,
            };
            if is_plain && self.sizes.is_output_far {
                places.prefetch(family.size);
            }
            // SAFETY: the caller's promise; the columns are neighbours in the output, or the buffer has room for them, in whole vectors.
            unsafe { shape.compute(&tile) };
            if !in_place {
                // SAFETY: the caller's promise; the sums have been written.
                unsafe { self.write_buffer(tables, &strip, &places) };
            }
            rows = rest;
        }
    }

    /// What all tiles of a panel have in common, which write into the output or into a buffer of sums.
    fn tile<'t>(&self, tables: &'t Tables, strip: &Strip, sums: *mut u8) -> Tile<'t> {
        let Product { family, plan, factor, step, .. } = *self.product;
        let Strip { panel, assignment, is_plain, .. } = *strip;
        let in_place = is_plain && panel.neighbours;
        // Else it is what writes the sums of the buffer that multiplies.
        let multiplies = !factor.is_null() && is_plain && (in_place || !tables.pieces_of(panel).is_empty());
        let vectors = panel.count.div_ceil(family.lanes);
        Tile {
            positions: &tables.positions,
            rows: &[],
            left: strip.left,
            right: strip.right,
            last: (panel.count - (vectors - 1) * family.lanes) * family.parts,
            output: if in_place { self.output.wrapping_offset(panel.output) } else { sums },
            adds: in_place && assignment == Assignment::Add,
            factor: if multiplies { factor } else { family.one },
            conjugated: step.conjugated,
            is_padded: plan.packs_right,
            ahead: Ahead::default(),
            soon: core::ptr::null(),
            soon_positions: &tables.right,
        }
    }

    /// Writes the sums of a buffer to the columns of a panel, or to their pieces if they are of an image.
    ///
    /// # Safety
    /// - As [`Family::write_pieces`], and where there are no pieces, as [`Family::scatter`] for the panel's columns.
    unsafe fn write_buffer(&self, tables: &Tables, strip: &Strip, places: &Pieces<'_>) {
        let Strip { panel, assignment, is_plain, .. } = *strip;
        match places.pieces {
            [] => {
                let columns = &tables.outputs[panel.first..][..panel.count];
                // SAFETY: the caller's promise; likewise below.
                unsafe { self.write(places.sums, places.rows, columns, assignment) };
            }
            // SAFETY: as above.
            _ if is_plain => unsafe { (self.product.family.write_pieces)(places) },
            // SAFETY: as above.
            _ => unsafe { self.write_anywhere(places, panel.output, assignment) },
        }
    }

    /// Writes pieces like columns that are anywhere in the output.
    ///
    /// # Safety
    /// - As [`Family::write_pieces`].
    unsafe fn write_anywhere(&self, places: &Pieces<'_>, first: isize, assignment: Assignment) {
        let size = self.product.family.size;
        for piece in places.pieces {
            let mut columns = [0; MOST_ROW_BYTES / size_of::<f32>()];
            let columns = &mut columns[..piece.end - piece.first];
            for (column, n) in columns.iter_mut().zip(piece.first..) {
                *column = first + piece.output + (n * size) as isize;
            }
            // SAFETY: the caller's promise.
            unsafe {
                self.write(places.sums.wrapping_add(piece.first * size), places.rows, columns, assignment)
            };
        }
    }

    /// Writes sums to columns that are anywhere in the output.
    ///
    /// # Safety
    /// - As [`Family::scatter`], for a buffer's sums.
    unsafe fn write(&self, sums: *const u8, rows: &[Row], columns: &[isize], assignment: Assignment) {
        let Product { isa, family, factor, .. } = *self.product;
        let output = self.output;
        let scatter = Scatter { sums, pitch: MOST_ROW_BYTES, rows, columns, output, assignment, factor };
        // SAFETY: the caller's promise.
        unsafe { family.write(isa, &scatter) };
    }
}

/// Room for the sums of a tile, in rows of [`MOST_ROW_BYTES`].
struct Buffer([MaybeUninit<CacheLine>; MOST_ROWS * MOST_ROW_BYTES / 64]);

/// Rows that are written to a buffer.
#[inline(always)]
fn buffered<'r>(rows: &[Row], into: &'r mut [Row; MOST_ROWS]) -> &'r [Row] {
    for (n, (to, row)) in into.iter_mut().zip(rows).enumerate() {
        *to = Row { left: row.left, output: (n * MOST_ROW_BYTES) as isize };
    }
    &into[..rows.len()]
}

/// The part of the right array that is read next: it is asked for while tiles are computed, so that the memory is never idle. What is little
/// for each tile, between them, line by line; else by the tiles themselves, which take long enough: a piece of all positions in each.
struct Soon<'t> {
    first: *const u8,
    /// Those that are still to be asked for.
    positions: &'t [isize],
    /// Cache lines at each position, and how many of the first have been asked for.
    lines: usize,
    line: usize,
    at_a_time: usize,
    /// Pieces that are asked for by tiles.
    pieces: usize,
}

/// With fewer positions a tile is over before what it asks for comes.
const FEWEST_ASKING: usize = 32;

/// Cache lines that can be on their way at once.
const MOST_AT_A_TIME: usize = 32;

/// Tiles for each piece of what is packed next, beyond which it is asked for where it is packed.
const MOST_TILES_TO_PIECES: usize = 6;

impl Default for Soon<'_> {
    fn default() -> Self {
        Soon { first: core::ptr::null(), positions: &[], lines: 0, line: 0, at_a_time: 0, pieces: 0 }
    }
}

impl Soon<'_> {
    fn is_empty(&self) -> bool {
        self.first.is_null()
    }

    /// Asks for some lines, or says what the next tile asks for.
    fn ask(&mut self) -> *const u8 {
        if self.pieces > 0 {
            self.pieces -= 1;
            return self.first.wrapping_add(self.pieces * ASKED_BYTES);
        }
        for _ in 0..self.at_a_time {
            let [position, others @ ..] = self.positions else { break };
            prefetch(self.first.wrapping_offset(*position).wrapping_add(64 * self.line));
            self.line += 1;
            if self.line == self.lines {
                (self.positions, self.line) = (others, 0);
            }
        }
        core::ptr::null()
    }
}

/// A panel of columns and the arrays of its tiles.
#[derive(Clone, Copy)]
struct Strip {
    left: *const u8,
    right: *const u8,
    panel: Panel,
    /// How far those of the next panel are from them.
    next: isize,
    assignment: Assignment,
    /// Tiles multiply with the factor, if there is one, and their sums are set or added.
    is_plain: bool,
}
