//! The packed contraction: `output[m, n] = Σ_k left[m, k] · right[n, k]`, where each of `m`, `n` and `k` may be several axes.
//!
//! The five loops around a register tile of Goto and van de Geijn ("Anatomy of high-performance matrix multiplication",
//! 2008), with the block-scatter addressing of Matthews ("High-performance tensor contraction without transposition",
//! 2018): the address of an element is a sum of two offsets, looked up in short tables that are made per block. So an operand
//! with any number of axes and any strides is packed from where it lies, no transposed copy of it ever exists, and
//! the memory beside the arrays is one block of each operand.
//!
//! A complex number is packed as its two parts, and the tile is that of the real numbers: a row of `a` is two, its real and its imaginary
//! parts, and so is a column of `b`. What is added at the end puts the four products of parts together (the "4m" way of Van Zee and
//! Smith, "Implementing high-performance complex matrix multiplication via the 3m and 4m methods", 2017, in one tile).

use super::{
    dims::{Group, Step},
    element::{Element, Store, parts},
    scratch::Scratch,
    simd::{Kernel, Simd, Vector, prefetch, transpose_4_32},
    tile::{self, Position, VECTORS},
};
use alloc::vec::Vec;
use core::mem::MaybeUninit;

/// Rows of a block of the left array: with `DEPTH` 144 · 256 · 8 bytes are 288 KiB, half of the second-level cache.
/// Divisible by the rows of every tile.
const BLOCK_ROWS: usize = 144;
/// Summed positions of a block: a panel of eight columns, 16 KiB of f64, stays in the first-level cache with one of six rows.
pub(crate) const DEPTH: usize = 256;
/// Bytes of a row of a block of the right array: with `DEPTH` 2 MiB, a part of the third-level cache.
const BLOCK_COLUMN_BYTES: usize = 8192;

/// The most columns of a tile of any elements: two vectors of 32.
const MOST_COLUMNS: usize = 64;

/// A step that [`Step::for_packing`] has arranged, and its arrays.
#[derive(Clone, Copy)]
pub(crate) struct Packed<'s, T> {
    pub(crate) step: &'s Step,
    pub(crate) store: Store<T>,
    pub(crate) output: *mut T,
    pub(crate) left: *const T,
    pub(crate) right: *const T,
}

/// The same with the left array read where it lies: right where there are few columns, so that each of its elements is used
/// only a few times, as in the gradient of a convolution's kernel. For real numbers.
#[derive(Clone, Copy)]
pub(crate) struct HalfPacked<'s, T>(pub(crate) Packed<'s, T>);

/// A row or a column: where it is in its operand, and in the output.
#[derive(Clone, Copy, Debug, Default)]
struct Line {
    from: isize,
    output: isize,
}

/// The offsets of the rows, columns and summed positions of a block.
#[derive(Default)]
pub(crate) struct Tables {
    rows: Vec<Line>,
    columns: Vec<Line>,
    /// In the left and the right array.
    positions: [Vec<isize>; 2],
    /// In the left array, and in a panel of the right one.
    steps: Vec<Position>,
}

impl Tables {
    #[cfg(feature = "std")]
    pub(crate) const EMPTY: Tables = Tables {
        rows: Vec::new(),
        columns: Vec::new(),
        positions: [Vec::new(), Vec::new()],
        steps: Vec::new(),
    };
}

/// How large a block is, and a tile in it, in elements.
#[derive(Clone, Copy)]
struct Sizes {
    depth: usize,
    columns: usize,
    tile_rows: usize,
    tile_columns: usize,
}

impl Sizes {
    #[inline(always)]
    fn of<T: Element, S: Simd>(step: &Step) -> Sizes {
        Sizes {
            depth: even_part(step.contracted.size(), DEPTH),
            columns: BLOCK_COLUMN_BYTES / size_of::<T>(),
            tile_rows: S::TILE_ROWS / parts::<T>(),
            tile_columns: VECTORS * <T::Part as Element>::Vector::<S>::LANES / parts::<T>(),
        }
    }
}

/// The size of the parts of a whole of at most `most` each, nearly alike.
#[inline(always)]
pub(crate) fn even_part(whole: usize, most: usize) -> usize {
    whole.div_ceil(whole.div_ceil(most).max(1)).max(1)
}

impl<T: Element> Kernel for HalfPacked<'_, T> {
    type Output = ();
    type Reach = T::InPlace;

    /// # Safety
    /// As for [`Packed`].
    #[inline(always)]
    unsafe fn run<S: Simd>(self) {
        // SAFETY: the caller's promise.
        unsafe { self.0.run_all::<S, LeftInPlace>() };
    }
}

impl<T: Element> Kernel for Packed<'_, T> {
    type Output = ();
    type Reach = T::InProducts;

    /// # Safety
    /// - All positions of the step are elements of the arrays that `left`, `right` and `output` point to the first elements of;
    /// - nothing else reads or writes the elements of the output meanwhile.
    #[inline(always)]
    unsafe fn run<S: Simd>(self) {
        // SAFETY: the caller's promise.
        unsafe { self.run_all::<S, LeftPacked>() };
    }
}

impl<T: Element> Packed<'_, T> {
    /// # Safety
    /// As `run`.
    #[inline(always)]
    unsafe fn run_all<S: Simd, L: LeftSide>(self) {
        let step = self.step;
        let sizes = Sizes::of::<T, S>(step);
        let rows = step.rows.size().min(BLOCK_ROWS).next_multiple_of(sizes.tile_rows);
        let columns = step.columns.size().min(sizes.columns).next_multiple_of(sizes.tile_columns);
        // A vector more, since packing writes whole ones.
        let slack = <T::Vector<S> as Vector>::LANES;
        let mut scratch = Scratch::take();
        let Scratch { blocks, tables } = &mut scratch;
        let (a, b) = blocks.pair(rows * sizes.depth + slack, columns * sizes.depth + slack);
        for at in step.batch.all_offsets() {
            // Wrapping, since the compiler cannot know what the caller promises: these are elements.
            let at = Packed {
                output: self.output.wrapping_offset(at.output),
                left: self.left.wrapping_offset(at.left),
                right: self.right.wrapping_offset(at.right),
                ..self
            };
            // SAFETY: the caller's promise, for one position of the batch.
            unsafe { at.contract::<S, L>(sizes, tables, a, b) };
        }
        scratch.keep();
    }

    /// # Safety
    /// As `run`, for one position of the batch.
    #[inline(always)]
    unsafe fn contract<S: Simd, L: LeftSide>(
        self,
        sizes: Sizes,
        tables: &mut Tables,
        a: &mut [MaybeUninit<T>],
        b: &mut [MaybeUninit<T>],
    ) {
        let Packed { step, store, output, left, right } = self;
        for first_column in (0..step.columns.size()).step_by(sizes.columns) {
            lines::<false>(&step.columns, first_column, sizes.columns, &mut tables.columns);
            for first in (0..step.contracted.size()).step_by(sizes.depth) {
                positions(&step.contracted, first, sizes.depth, &mut tables.positions);
                tables.steps.clear();
                tables.steps.extend(
                    tables.positions[0]
                        .iter()
                        .enumerate()
                        .map(|(p, &left)| Position { left, right: (p * sizes.tile_columns) as isize }),
                );
                // SAFETY: each sum of a column's and a summed position's offset is an element of the right array.
                unsafe { pack::<T, S>(right, &tables.columns, &tables.positions[1], sizes.tile_columns, b) };
                // The first block of the sum does to the output what was asked for; the others add to it.
                let store = if first == 0 { store } else { store.after_first() };
                for first_row in (0..step.rows.size()).step_by(BLOCK_ROWS) {
                    lines::<true>(&step.rows, first_row, BLOCK_ROWS, &mut tables.rows);
                    // SAFETY: each sum of a row's and a summed position's offset is an element of the left array, and of a row's and
                    // a column's one of the output; the right block is packed.
                    unsafe { L::multiply::<T, S>(sizes, tables, store, output, left, a, b.as_ptr().cast()) };
                }
            }
        }
    }
}

/// How the left array is read.
trait LeftSide {
    /// Multiplies a block of its rows with a packed block of the right array.
    ///
    /// # Safety
    /// - Each sum of a row's and a summed position's offset is an element of the array behind `left`;
    /// - for each row and column of the tables, the sum of their offsets is an element of the array behind `output`, which
    ///   nothing else uses meanwhile;
    /// - `b` is a block that [`pack`] has made from these tables; `a` has room for one, and a vector more.
    unsafe fn multiply<T: Element, S: Simd>(
        sizes: Sizes,
        tables: &Tables,
        store: Store<T>,
        output: *mut T,
        left: *const T,
        a: &mut [MaybeUninit<T>],
        b: *const T,
    );
}

/// Packed.
struct LeftPacked;
/// Where it lies.
struct LeftInPlace;

impl LeftSide for LeftPacked {
    #[inline(always)]
    unsafe fn multiply<T: Element, S: Simd>(
        sizes: Sizes,
        tables: &Tables,
        store: Store<T>,
        output: *mut T,
        left: *const T,
        a: &mut [MaybeUninit<T>],
        b: *const T,
    ) {
        // SAFETY: the caller's promise.
        unsafe { pack::<T, S>(left, &tables.rows, &tables.positions[0], sizes.tile_rows, a) };
        // SAFETY: the caller's promise; both blocks are packed.
        unsafe { multiply::<T, S>(sizes, tables, store, output, a.as_ptr().cast(), b) };
    }
}

impl LeftSide for LeftInPlace {
    #[inline(always)]
    unsafe fn multiply<T: Element, S: Simd>(
        sizes: Sizes,
        tables: &Tables,
        store: Store<T>,
        output: *mut T,
        left: *const T,
        _a: &mut [MaybeUninit<T>],
        b: *const T,
    ) {
        // SAFETY: the caller's promise.
        unsafe { multiply_in_place::<T, S>(sizes, tables, store, output, left, b) };
    }
}

/// The sums of a tile of `R` rows.
type Sums<T, S, const R: usize> = [[<<T as Element>::Part as Element>::Vector<S>; VECTORS]; R];

/// Multiplies the packed blocks, tile by tile.
///
/// # Safety
/// - For each row and column of the tables, the sum of their offsets is an element of the array behind `output`, which
///   nothing else uses meanwhile;
/// - `a` and `b` are blocks that [`pack`] has made from these tables.
#[inline(always)]
unsafe fn multiply<T: Element, S: Simd>(
    sizes: Sizes,
    tables: &Tables,
    store: Store<T>,
    output: *mut T,
    a: *const T,
    b: *const T,
) {
    let depth = tables.positions[0].len();
    for (n, columns) in tables.columns.chunks(sizes.tile_columns).enumerate() {
        let b = b.wrapping_add(n * sizes.tile_columns * depth);
        let columns = Columns::of(columns);
        for (m, rows) in tables.rows.chunks(sizes.tile_rows).enumerate() {
            let a = a.wrapping_add(m * sizes.tile_rows * depth);
            for row in rows {
                prefetch(output.wrapping_offset(row.output + columns.lines[0].output).cast_const());
            }
            let zero = <T::Part as Element>::Vector::<S>::splat(Default::default());
            let mut sums: Sums<T, S, { tile::MOST_ROWS }> = [[zero; VECTORS]; tile::MOST_ROWS];
            // SAFETY: the panels have these sizes.
            unsafe { tile::packed::<S, _>(depth, a.cast(), b.cast(), &mut sums) };
            // SAFETY: the caller's promise.
            unsafe { write::<T, S>(rows, columns, &sums[..S::TILE_ROWS], store, output) };
        }
    }
}

/// The same with the rows read where they lie, for real numbers.
///
/// # Safety
/// As [`multiply`]; and each sum of a row's and a summed position's offset is an element of the array behind `left`.
#[inline(always)]
unsafe fn multiply_in_place<T: Element, S: Simd>(
    sizes: Sizes,
    tables: &Tables,
    store: Store<T>,
    output: *mut T,
    left: *const T,
    b: *const T,
) {
    for (n, columns) in tables.columns.chunks(sizes.tile_columns).enumerate() {
        let b = b.wrapping_add(n * sizes.tile_columns * tables.steps.len());
        let columns = Columns::of(columns);
        for rows in tables.rows.chunks(6) {
            match rows.len() {
                // SAFETY: the caller's promise; here and below there are at least as many rows.
                6 => unsafe {
                    rows_in_place::<T, S, 6>(&tables.steps, rows, columns, store, output, left, b)
                },
                4 | 5 => {
                    // SAFETY: as above.
                    unsafe { rows_in_place::<T, S, 4>(&tables.steps, rows, columns, store, output, left, b) };
                }
                _ => {}
            }
            let rows = match rows.len() {
                4..6 => &rows[4..],
                6 => &[],
                _ => rows,
            };
            for row in rows.chunks(1) {
                // SAFETY: as above.
                unsafe { rows_in_place::<T, S, 1>(&tables.steps, row, columns, store, output, left, b) };
            }
        }
    }
}

/// # Safety
/// As [`multiply_in_place`], for one panel of columns and the first `R` rows.
#[inline(always)]
unsafe fn rows_in_place<T: Element, S: Simd, const R: usize>(
    steps: &[Position],
    rows: &[Line],
    columns: Columns<'_>,
    store: Store<T>,
    output: *mut T,
    left: *const T,
    b: *const T,
) {
    let mut starts = [left.cast::<T::Part>(); R];
    for (start, row) in starts.iter_mut().zip(rows) {
        *start = left.wrapping_offset(row.from).cast();
    }
    // SAFETY: the caller's promise; the panel has two vectors for each step.
    let sums: Sums<T, S, R> = unsafe { tile::in_place::<_, R, VECTORS, false>(steps, &starts, b.cast(), 0) };
    // SAFETY: the caller's promise.
    unsafe { write::<T, S>(&rows[..R], columns, &sums, store, output) };
}

/// The columns of a tile.
#[derive(Clone, Copy)]
struct Columns<'t> {
    lines: &'t [Line],
    /// Whether they are neighbours in the output.
    neighbours: bool,
}

impl Columns<'_> {
    #[inline(always)]
    fn of(lines: &[Line]) -> Columns<'_> {
        Columns { lines, neighbours: lines.windows(2).all(|pair| pair[1].output - pair[0].output == 1) }
    }
}

/// Writes a tile: `sums` has the rows of real numbers, of which complex elements have two each.
///
/// # Safety
/// - For each row and column, the sum of their offsets is an element of the array behind `output`, which nothing else
///   uses meanwhile.
#[inline(always)]
unsafe fn write<T: Element, S: Simd>(
    rows: &[Line],
    Columns { lines: columns, neighbours }: Columns<'_>,
    sums: &[[<T::Part as Element>::Vector<S>; VECTORS]],
    store: Store<T>,
    output: *mut T,
) {
    let lanes = <T::Part as Element>::Vector::<S>::LANES;
    let parts = parts::<T>();
    if neighbours && parts == 1 {
        let store = Store { assignment: store.assignment, factor: store.factor.map(T::real) };
        let output = output.wrapping_offset(columns[0].output);
        for (row, sums) in rows.iter().zip(sums) {
            let place = output.wrapping_offset(row.output).cast::<T::Part>();
            for (c, &sum) in sums.iter().enumerate() {
                let (place, rest) = (place.wrapping_add(c * lanes), columns.len().saturating_sub(c * lanes));
                if rest >= lanes {
                    // SAFETY: the places of this row and these columns, which are neighbours.
                    unsafe { store.vector(place, sum) };
                } else if rest > 0 {
                    // SAFETY: likewise, as many as there are.
                    unsafe { store.part(place, sum, rest) };
                }
            }
        }
        return;
    }
    let width = VECTORS * lanes;
    const {
        assert!(
            size_of::<Sums<T, S, 1>>()
                == VECTORS * <T::Part as Element>::Vector::<S>::LANES * size_of::<T::Part>()
        )
    };
    // SAFETY: vectors are numbers side by side, without more between them.
    let sums = unsafe { core::slice::from_raw_parts(sums.as_ptr().cast::<T::Part>(), sums.len() * width) };
    for (row, sums) in rows.iter().zip(sums.chunks_exact(parts * width)) {
        let row = output.wrapping_offset(row.output);
        for (n, column) in columns.iter().enumerate() {
            let sum =
                T::combine(&sums[n * parts..][..parts], &sums[width * (parts - 1) + n * parts..][..parts]);
            // SAFETY: the caller's promise.
            unsafe { store.one(row.wrapping_offset(column.output), sum) };
        }
    }
}

// The lines from `first` on, `most` at most, of the left or the right array.
#[inline(always)]
fn lines<const LEFT: bool>(group: &Group, first: usize, most: usize, into: &mut Vec<Line>) {
    into.clear();
    for at in group.offsets(first, (group.size() - first).min(most)) {
        into.push(Line { from: if LEFT { at.left } else { at.right }, output: at.output });
    }
}

// The summed positions from `first` on, `most` at most.
#[inline(always)]
fn positions(group: &Group, first: usize, most: usize, [left, right]: &mut [Vec<isize>; 2]) {
    left.clear();
    right.clear();
    for at in group.offsets(first, (group.size() - first).min(most)) {
        left.push(at.left);
        right.push(at.right);
    }
}

/// Copies a block into panels of `width` lines: `panel[p, line] = from[line, p]`, with zeros for the lines that the last one lacks.
///
/// # Safety
/// - Each sum of a line's and a summed position's offset is an element of the array behind `from`;
/// - a vector more than the panels fits into `into`.
#[inline(always)]
unsafe fn pack<T: Element, S: Simd>(
    from: *const T,
    lines: &[Line],
    positions: &[isize],
    width: usize,
    into: &mut [MaybeUninit<T>],
) {
    let lanes = <T::Vector<S> as Vector>::LANES;
    assert!(lines.len().next_multiple_of(width) * positions.len() + lanes <= into.len());
    let unit = positions.windows(2).all(|pair| pair[1] - pair[0] == 1);
    for (n, lines) in lines.chunks(width).enumerate() {
        let start = n * width * positions.len();
        if lines.len() < width {
            into[start..][..width * positions.len()].fill(MaybeUninit::new(T::default()));
        }
        let panel = into.as_mut_ptr().wrapping_add(start).cast::<T>();
        if lines.windows(2).any(|pair| pair[1].from - pair[0].from == 1) {
            // SAFETY: the caller's promise.
            unsafe { copy_runs::<T, S>(from, lines, positions, width, panel) };
        } else {
            // SAFETY: the caller's promise.
            unsafe { interleave::<T, S>(from, lines, positions, unit, width, panel) };
        }
    }
}

/// Neighbours among the lines of a panel.
#[derive(Clone, Copy, Default)]
struct Run {
    /// The place of the first in the panel.
    start: usize,
    from: isize,
    len: usize,
}

/// `panel[p, n] = from[lines[n] + positions[p]]`, neighbours together.
///
/// # Safety
/// - Each sum of a line's and a position's offset is an element that can be read;
/// - the panel has `width` places for each position, there are not more lines, and there is a vector more.
#[inline(always)]
unsafe fn copy_runs<T: Element, S: Simd>(
    from: *const T,
    lines: &[Line],
    positions: &[isize],
    width: usize,
    panel: *mut T,
) {
    let lanes = <T::Vector<S> as Vector>::LANES;
    let mut runs = [Run::default(); MOST_COLUMNS];
    let mut count = 0;
    for (n, line) in lines.iter().enumerate() {
        if n > 0 && line.from - lines[n - 1].from == 1 {
            runs[count - 1].len += 1;
        } else {
            runs[count] = Run { start: n, from: line.from, len: 1 };
            count += 1;
        }
    }
    for (p, &position) in positions.iter().enumerate() {
        let to = panel.wrapping_add(p * width);
        // What a last vector writes beyond its run is overwritten by the next run, or the first of the next position.
        for run in &runs[..count] {
            let (from, to) = (from.wrapping_offset(run.from + position), to.wrapping_add(run.start));
            let mut n = 0;
            while n + lanes <= run.len {
                // SAFETY: within the run.
                let numbers = unsafe { T::Vector::<S>::load(from.wrapping_add(n)) };
                // SAFETY: within the row of the panel.
                unsafe { numbers.store(to.wrapping_add(n)) };
                n += lanes;
            }
            if n < run.len {
                // SAFETY: within the run.
                let numbers = unsafe { T::Vector::<S>::load_part(from.wrapping_add(n), run.len - n) };
                // SAFETY: less than a vector beyond the row of the panel.
                unsafe { numbers.store(to.wrapping_add(n)) };
            }
        }
    }
}

/// `panel[p, n] = from[lines[n] + positions[p]]`; `unit` if the positions are neighbours.
///
/// # Safety
/// - Each sum of a line's and a position's offset is an element that can be read;
/// - the panel has `width` places for each position, and there are not more lines.
#[inline(always)]
unsafe fn interleave<T: Element, S: Simd>(
    from: *const T,
    lines: &[Line],
    positions: &[isize],
    unit: bool,
    width: usize,
    panel: *mut T,
) {
    let apart = lines.get(1).map_or(0, |line| line.from - lines[0].from);
    let even = lines.windows(2).all(|pair| pair[1].from - pair[0].from == apart);
    let mut first = 0;
    if unit && even {
        let from = from.wrapping_offset(lines[0].from + positions[0]);
        // SAFETY: the lines are `apart`, and the positions neighbours.
        first = unsafe { transpose::<T, S>(from, apart, lines.len(), positions.len(), panel, width) };
    }
    for (n, line) in lines.iter().enumerate().skip(first) {
        let line = from.wrapping_offset(line.from);
        for (p, &position) in positions.iter().enumerate() {
            // SAFETY: the caller's promise.
            let number = unsafe { line.wrapping_offset(position).read() };
            // SAFETY: within the panel.
            unsafe { panel.wrapping_add(p * width + n).write(number) };
        }
    }
}

/// `panel[p, n] = from[n, p]` for as many of the `count` lines as make squares of registers; says how many.
///
/// # Safety
/// - `depth` neighbours from each of `count` lines on, which are `apart`, can be read;
/// - the panel has `width` places for each of them, and there are not more lines.
#[inline(always)]
unsafe fn transpose<T: Element, S: Simd>(
    from: *const T,
    apart: isize,
    count: usize,
    depth: usize,
    panel: *mut T,
    width: usize,
) -> usize {
    let mut first = 0;
    let sides = match size_of::<T>() {
        4 => [S::SIDE_32, 4],
        8 => [S::SIDE_64, S::SIDE_64],
        _ => return 0,
    };
    for side in sides {
        while first + side <= count {
            let (from, panel) = (from.wrapping_offset(first as isize * apart), panel.wrapping_add(first));
            let whole = depth / side * side;
            for p in (0..whole).step_by(side) {
                let (from, to) = (from.wrapping_add(p), panel.wrapping_add(p * width));
                let (from, to, width) = (from.cast::<u32>(), to.cast::<u32>(), width as isize);
                match size_of::<T>() {
                    // SAFETY: `side` lines and neighbours, of elements of this size; likewise below.
                    4 if side == 4 => unsafe { transpose_4_32(from, apart, to, width) },
                    // SAFETY: as above.
                    4 => unsafe { S::transpose_32(from, apart, to, width) },
                    // SAFETY: as above.
                    _ => unsafe { S::transpose_64(from.cast(), apart, to.cast(), width) },
                }
            }
            for p in whole..depth {
                for n in 0..side {
                    // SAFETY: `n < side` and `p < depth`.
                    let number = unsafe { from.wrapping_offset(n as isize * apart).wrapping_add(p).read() };
                    // SAFETY: within the panel.
                    unsafe { panel.wrapping_add(p * width + n).write(number) };
                }
            }
            first += side;
        }
    }
    first
}
