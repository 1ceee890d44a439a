//! The innermost part of a contraction: `tile[r, c] = Σ_p left[r, p] · right[p, c]`, with the whole tile in registers.
//!
//! Loop order: `p`, then `r`, then the vectors of `c`. Each step of `p` loads the vectors of `right`, broadcasts the numbers of `left`, and
//! does a multiply-add for each pair. Rows and summed positions are found by offsets, so the arrays may be packed or lie as they are.
//!
//! A multiply-add takes 4 cycles, and two begin in each: 8 sums or more hide that. What limits their number is registers. With AVX2 (16)
//! 6 rows of 2 vectors leave 2 for `right` and one for the broadcast; with AVX-512 (32) 8 rows of 3 do. Two loads a cycle are enough
//! for these, the offsets included, and every row has a general register for its start, of which there are 16: hence not more than 8.
//!
//! A complex number is two rows, or two columns, of real ones: the tile then has the four products of parts, and what is written puts them
//! together (the "4m" way of Van Zee and Smith, "Implementing high-performance complex matrix multiplication via the 3m and 4m methods", 2017).

#![expect(clippy::needless_range_loop, reason = "indices of registers")]

use crate::kernel::{
    Assignment,
    element::{Element, Store, parts},
    simd::{Everywhere, Isa, Kernel, Lanes, Portable, Simd, UpToAvx2, Vector, prefetch, rolled},
};
use core::{marker::PhantomData, ptr};

#[cfg(target_arch = "x86_64")]
use crate::kernel::simd::x86_64::{Avx2, Avx512};

/// The most rows of a tile, in elements.
pub(crate) const MOST_ROWS: usize = 8;
/// The most bytes of a row of a tile: four of the longest vectors.
pub(crate) const MOST_ROW_BYTES: usize = 256;

/// Where the elements of one summed position are, in bytes from the first.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Position {
    pub(crate) left: isize,
    pub(crate) right: isize,
}

/// Where a row is in the left array and in the output, in bytes.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Row {
    pub(crate) left: isize,
    pub(crate) output: isize,
}

/// The arrays of a tile.
#[derive(Clone, Copy)]
pub(crate) struct Tile<'t> {
    pub(crate) positions: &'t [Position],
    /// One or more; not more than the tile has.
    pub(crate) rows: &'t [Row],
    pub(crate) left: *const u8,
    /// The columns are neighbours.
    pub(crate) right: *const u8,
    /// Real numbers in the last vector of a row.
    pub(crate) last: usize,
    /// The columns are neighbours.
    pub(crate) output: *mut u8,
    /// The sums are added to the output.
    pub(crate) adds: bool,
    /// What sums are multiplied with, if they are real: a number of their type.
    pub(crate) factor: *const u8,
    /// Whether the left array is conjugated, and the right one, if they are complex.
    pub(crate) conjugated: [bool; 2],
    /// All vectors of a row can be read whole, if not all of them are columns.
    pub(crate) is_padded: bool,
    /// How far ahead the rows of the next tile are, where the arrays are larger than the caches.
    pub(crate) ahead: Ahead,
    /// From here on, [`ASKED_BYTES`] at each of the positions are read soon; or null.
    pub(crate) soon: *const u8,
    /// In bytes. As many as there are positions, if something is read soon.
    pub(crate) soon_positions: &'t [isize],
}

/// Columns of a tile that are neighbours in the output.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Piece {
    pub(crate) first: usize,
    pub(crate) end: usize,
    /// Where the first column of the tile would be, in bytes from where the tile is written.
    pub(crate) output: isize,
}

/// Bytes of each position that a tile asks for: two lines.
pub(crate) const ASKED_BYTES: usize = 128;

/// How far the rows of the next tile are from those of this one, in bytes; nothing where they need not be asked for.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Ahead {
    pub(crate) output: Option<isize>,
    /// In the left array, of rows that are neighbours along the sum.
    pub(crate) left: Option<isize>,
}

/// What to do with sums that have been written to a buffer: the columns are anywhere in the output.
#[derive(Clone, Copy)]
pub(crate) struct Scatter<'t> {
    pub(crate) sums: *const u8,
    /// Bytes from one row of sums to the next.
    pub(crate) pitch: usize,
    pub(crate) rows: &'t [Row],
    /// In bytes.
    pub(crate) columns: &'t [isize],
    pub(crate) output: *mut u8,
    pub(crate) assignment: Assignment,
    /// What the sums are multiplied with, or null.
    pub(crate) factor: *const u8,
}

/// What to do with sums that have been written to a buffer, of columns some of which are neighbours in the output: those in none of the pieces
/// are not written.
#[derive(Clone, Copy)]
pub(crate) struct Pieces<'t> {
    pub(crate) sums: *const u8,
    /// Bytes from one row of sums to the next.
    pub(crate) pitch: usize,
    pub(crate) rows: &'t [Row],
    pub(crate) pieces: &'t [Piece],
    /// Where the first column is.
    pub(crate) output: *mut u8,
    /// The sums are added to the output.
    pub(crate) adds: bool,
}

impl Pieces<'_> {
    /// Asks for the output: from the first piece to the last one, if nothing is between them.
    pub(crate) fn prefetch(&self, size: usize) {
        let (Some(first), Some(last)) = (self.pieces.first(), self.pieces.last()) else { return };
        let start = first.output + (first.first * size) as isize;
        let bytes = last.output + (last.end * size) as isize - start;
        for row in self.rows {
            let place = self.output.wrapping_offset(row.output + start);
            for line in (0..bytes.min(MOST_ROW_BYTES as isize)).step_by(64) {
                prefetch(place.wrapping_offset(line));
            }
        }
    }
}

/// The tiles of one type of element and one instruction set.
pub(crate) struct Family {
    /// Bytes of an element.
    pub(crate) size: usize,
    /// Elements in a vector.
    pub(crate) lanes: usize,
    /// Real numbers in an element.
    pub(crate) parts: usize,
    /// The most summed positions of a block. With AVX2, a panel of eight columns of 256 `f64` is 16 KiB and stays in the first-level cache with
    /// one of six rows; with AVX-512 a panel comes from the second level, which is fast enough, and fewer sums are added to the output: 640 are
    /// all of 64 channels and windows of 3 by 3.
    pub(crate) depth: usize,
    /// The same where panels are packed several at a time, across the sum, and stay in the second level; or where rows are read on many pages.
    pub(crate) short_depth: usize,
    /// The number one.
    pub(crate) one: *const u8,
    /// Whether the columns of the right array can be read where they lie, the last vector in part.
    pub(crate) reads_parts: bool,
    /// Whether tiles can write into the output themselves.
    pub(crate) writes: bool,
    /// Those of one vector, of two, of three, each with most rows first.
    pub(crate) shapes: Shapes,
    /// # Safety
    /// - The sums are as many as the rows and columns say, and their places in the output are elements that nothing else uses meanwhile.
    pub(crate) scatter: unsafe fn(&Scatter<'_>),
    /// # Safety
    /// - The sums are as many as the rows and columns say, and the places of the pieces in the output are elements that nothing else uses meanwhile.
    pub(crate) write_pieces: unsafe fn(&Pieces<'_>),
}

// SAFETY: the pointer is that of a constant.
unsafe impl Sync for Family {}

/// A tile of so many rows.
#[derive(Clone, Copy)]
pub(crate) struct Shape {
    /// In elements.
    pub(crate) rows: usize,
    /// # Safety
    /// - For each row and position, the sum of their offsets from `left` on is an element;
    /// - for each position, the columns from its offset from `right` on can be read: whole vectors unless the family reads parts;
    /// - for each row, the columns from its offset from `output` on are elements that nothing else uses meanwhile.
    pub(crate) run: unsafe fn(&Tile<'_>),
    /// The same, if something is to be asked for.
    ///
    /// # Safety
    /// - As `run`.
    run_asking: unsafe fn(&Tile<'_>),
}

impl Shape {
    /// # Safety
    /// - As [`Shape::run`].
    #[inline]
    pub(crate) unsafe fn compute(&self, tile: &Tile<'_>) {
        let run = if tile.soon.is_null() { self.run } else { self.run_asking };
        // SAFETY: the caller's promises.
        unsafe { run(tile) }
    }
}

/// Tiles of fewer vectors are not worth a second copy of their loop.
const LARGE: usize = 12;

/// The tiles of a type of element.
macro_rules! families {
    ($($(#[$doc:meta])* $name:ident: $avx512:ident, $avx2:ident, $portable:ident;)*) => { $(
        $(#[$doc])*
        pub(crate) fn $name<T: Element>(isa: Isa) -> &'static Family {
            match isa {
                #[cfg(target_arch = "x86_64")]
                Isa::Avx512(_) => const { &Tiles::<T, Part<T, Avx512>, Avx512>::family(Tiles::<T, Part<T, Avx512>, Avx512>::$avx512, true) },
                #[cfg(target_arch = "x86_64")]
                Isa::Avx2(_) => const { &Tiles::<T, Part<T, Avx2>, Avx2>::family(Tiles::<T, Part<T, Avx2>, Avx2>::$avx2, true) },
                Isa::Portable => const { &Tiles::<T, Part<T, Portable>, Portable>::family(Tiles::<T, Part<T, Portable>, Portable>::$portable, true) },
            }
        }
    )* };
}

families!(
    /// For real numbers.
    floats: REAL_32, REAL_16, REAL_PORTABLE;
    /// For complex numbers.
    complex: COMPLEX_32, COMPLEX_16, COMPLEX_PORTABLE;
);

/// For integers, which the compiler vectorises, `N` in a vector, or with AVX-512 `M`; both arrays packed.
pub(crate) fn integers<T: Element<Part = T>, const N: usize, const M: usize>(isa: Isa) -> &'static Family {
    match isa {
        #[cfg(target_arch = "x86_64")]
        Isa::Avx512(_) => {
            const { &Tiles::<T, Lanes<T, M>, Avx512>::family(Tiles::<T, Lanes<T, M>, Avx512>::PACKED, false) }
        }
        #[cfg(target_arch = "x86_64")]
        Isa::Avx2(_) => {
            const { &Tiles::<T, Lanes<T, N>, Avx2>::family(Tiles::<T, Lanes<T, N>, Avx2>::PACKED, false) }
        }
        Isa::Portable => {
            const { &Tiles::<T, Lanes<T, N>, Portable>::family(Tiles::<T, Lanes<T, N>, Portable>::PACKED, false) }
        }
    }
}

/// A type of element, the vector of the real numbers that it is made of, and an instruction set.
struct Tiles<T, V, S>(PhantomData<(T, V, S)>);

/// Those of one vector, of two, of three, each with most rows first.
type Shapes = &'static [&'static [Shape]];

/// The vector of the real numbers that an element is made of.
type Part<T, S> = <<T as Element>::Part as Element>::Vector<S>;

/// `[rows of real numbers]` for one vector, two and three.
macro_rules! shapes {
    ($($name:ident: $([$($rows:literal)*] of $vectors:literal),*;)*) => { $(
        const $name: Shapes = &[$(&[$(Self::shape::<$rows, $vectors>()),*]),*];
    )* };
}

impl<T: Element, V: Vector<Scalar = T::Part>, S: Simd> Tiles<T, V, S> {
    shapes!(
        // 32 registers.
        REAL_32: [8 4 1] of 1, [8 4 2 1] of 2, [8 4 2 1] of 3, [6 4 2 1] of 4;
        COMPLEX_32: [8 2] of 1, [8 4 2] of 2, [8 4 2] of 3;
        // 16 registers.
        REAL_16: [8 4 1] of 1, [6 4 2 1] of 2;
        COMPLEX_16: [8 2] of 1, [6 2] of 2;
        // Vectors are two registers of 16 bytes each.
        REAL_PORTABLE: [4 1] of 1, [2] of 2;
        COMPLEX_PORTABLE: [4 2] of 1, [2] of 2;
        PACKED: [] of 1, [6] of 2;
    );

    const fn family(shapes: Shapes, writes: bool) -> Family {
        Family {
            size: size_of::<T>(),
            lanes: V::LANES / parts::<T>(),
            parts: parts::<T>(),
            depth: if size_of::<V>() == 64 { 640 } else { 256 },
            short_depth: if size_of::<V>() == 64 { 512 } else { 256 },
            one: ptr::from_ref(T::Part::ONE).cast(),
            reads_parts: V::NATIVE,
            writes,
            shapes,
            scatter: scatter::<T>,
            write_pieces: write_pieces::<T, V, S>,
        }
    }

    const fn shape<const R: usize, const C: usize>() -> Shape {
        let rows = R / parts::<T>();
        match R * C >= LARGE && T::IS_FLOAT {
            true => Shape { rows, run: run::<T, V, S, R, C, false>, run_asking: run::<T, V, S, R, C, true> },
            false => {
                Shape { rows, run: run::<T, V, S, R, C, false>, run_asking: run::<T, V, S, R, C, false> }
            }
        }
    }
}

impl Family {
    /// The shape for so many rows of so many vectors: the largest that they fill, or else the smallest that has room for them; but two alike rather
    /// than the largest and a low one, which would wait for loads and sums.
    #[inline]
    pub(crate) fn shape(&self, vectors: usize, rows: usize) -> Shape {
        let shapes = self.of(vectors);
        if let [largest, next, ..] = shapes
            && (largest.rows + 1..=2 * next.rows).contains(&rows)
        {
            return *next;
        }
        let fits = shapes.iter().rev().find(|shape| shape.rows >= rows);
        *fits.unwrap_or(&shapes[0])
    }

    /// The vectors of a tile of so many or fewer columns, or of the largest one. Tiles of four are for four only: with more rows, those of
    /// three read less of the right array.
    pub(crate) fn vectors(&self, columns: usize) -> usize {
        let most = self.shapes.len().min(3);
        let vectors = columns.div_ceil(self.lanes);
        match vectors {
            4 if self.shapes.len() == 4 => 4,
            // Else four vectors are two and two: three and one would wait for loads.
            4 if most == 3 => 2,
            // There may be no tile of one vector.
            1 if self.shapes[0].is_empty() => 2,
            _ => vectors.min(most),
        }
    }

    #[inline]
    fn of(&self, vectors: usize) -> &'static [Shape] {
        let shapes = self.shapes[vectors - 1];
        if shapes.is_empty() { self.shapes[vectors] } else { shapes }
    }

    /// The rows of the largest tile of so many vectors.
    #[inline]
    pub(crate) fn rows(&self, vectors: usize) -> usize {
        self.of(vectors)[0].rows
    }
}

/// # Safety
/// - As [`Family::scatter`].
unsafe fn scatter<T: Element>(scatter: &Scatter<'_>) {
    let Scatter { sums, pitch, rows, columns, output, assignment, factor } = *scatter;
    // SAFETY: null, or a number of this type.
    let factor = unsafe { factor.cast::<T>().as_ref() }.copied();
    let store = Store { assignment, factor };
    let are_neighbours = |pair: &[isize]| pair[1] - pair[0] == size_of::<T>() as isize;
    let mut done = 0;
    while done < columns.len() {
        let these = &columns[done..];
        // Neighbours are written together.
        let joined = these.len() > 1 && are_neighbours(&these[..2]);
        let count = 1 + these.windows(2).take_while(|pair| are_neighbours(pair) == joined).count();
        for (r, row) in rows.iter().enumerate() {
            let sums = sums.wrapping_add(r * pitch).cast::<T>().wrapping_add(done);
            // SAFETY: the caller's promise: as many sums as columns.
            let sums = unsafe { core::slice::from_raw_parts(sums, count) };
            let row = output.wrapping_offset(row.output);
            if joined {
                let place = row.wrapping_offset(these[0]).cast::<T>();
                if assignment == Assignment::Set && factor.is_none() {
                    // SAFETY: the caller's promise, for columns that are neighbours; likewise below.
                    unsafe { sums.as_ptr().copy_to_nonoverlapping(place, count) };
                    continue;
                }
                for (n, &sum) in sums.iter().enumerate() {
                    // SAFETY: as above.
                    unsafe { store.one(place.wrapping_add(n), sum) };
                }
                continue;
            }
            for (&column, &sum) in these.iter().zip(sums) {
                // SAFETY: the caller's promise.
                unsafe { store.one(row.wrapping_offset(column).cast(), sum) };
            }
        }
        done += count;
    }
}

impl Family {
    /// Writes sums.
    ///
    /// # Safety
    /// - As [`Family::scatter`], and the CPU has the instruction set.
    pub(crate) unsafe fn write(&self, isa: Isa, scatter: &Scatter<'_>) {
        let is_plain = scatter.assignment == Assignment::Set && scatter.factor.is_null();
        let are_neighbours =
            scatter.rows.windows(2).all(|pair| pair[1].output - pair[0].output == self.size as isize);
        let done = match self.size {
            // SAFETY: the caller's promises; likewise below.
            4 if is_plain && are_neighbours => unsafe { isa.run(Transpose::<4>(scatter)) },
            // SAFETY: as above.
            8 if is_plain && are_neighbours => unsafe { isa.run(Transpose::<8>(scatter)) },
            _ => 0,
        };
        let sums = scatter.sums.wrapping_add(done * scatter.pitch);
        // SAFETY: the caller's promises, for the other rows.
        unsafe { (self.scatter)(&Scatter { rows: &scatter.rows[done..], sums, ..*scatter }) };
    }
}

/// Writes sums to rows that are neighbours in the output, in squares of registers; returns how many rows it has written. `SIZE` is
/// that of an element.
struct Transpose<'t, const SIZE: usize>(&'t Scatter<'t>);

impl<const SIZE: usize> Kernel for Transpose<'_, SIZE> {
    type Output = usize;
    type Reach = UpToAvx2;

    /// # Safety
    /// - As [`Family::scatter`], for a plain one.
    #[inline(always)]
    unsafe fn run<S: Simd>(self) -> usize {
        let Scatter { sums, pitch, rows, columns, output, .. } = *self.0;
        let side = if SIZE == 4 { S::SIDE_32 } else { S::SIDE_64 };
        let whole = rows.len() / side * side;
        if whole == 0 {
            return 0;
        }
        let output = output.wrapping_offset(rows[0].output);
        let mut c = 0;
        while c < columns.len() {
            let these = &columns[c..columns.len().min(c + side)];
            let apart = if these.len() == side { these[1] - these[0] } else { 0 };
            let mut is_even = these.len() == side;
            for n in 2..these.len() {
                is_even &= these[n] - these[n - 1] == apart;
            }
            for r in (0..whole).step_by(side) {
                let from = sums.wrapping_add(r * pitch + c * SIZE);
                let to = output.wrapping_offset(these[0]).wrapping_add(r * SIZE);
                let (from_step, to_step) = ((pitch / SIZE) as isize, apart / SIZE as isize);
                if is_even && SIZE == 4 {
                    // SAFETY: the caller's promise, for a square of sums, whose columns are `apart`; likewise below.
                    unsafe { S::transpose_32(from.cast(), from_step, to.cast(), to_step) };
                } else if is_even {
                    // SAFETY: as above.
                    unsafe { S::transpose_64(from.cast(), from_step, to.cast(), to_step) };
                } else {
                    for (n, &column) in these.iter().enumerate() {
                        for row in r..r + side {
                            let from = sums.wrapping_add(row * pitch + (c + n) * SIZE).cast::<[u8; SIZE]>();
                            let to = output.wrapping_offset(column).wrapping_add(row * SIZE).cast();
                            // SAFETY: the caller's promise, for one sum, as bytes.
                            unsafe { from.copy_to_nonoverlapping(to, 1) };
                        }
                    }
                }
            }
            c += these.len();
        }
        whole
    }
}

/// # Safety
/// - As [`Family::write_pieces`], and the CPU has the instruction set.
unsafe fn write_pieces<T: Element, V: Vector, S: Simd>(pieces: &Pieces<'_>) {
    // SAFETY: the caller's promises.
    unsafe { S::run(WritePieces::<V>(pieces, parts::<T>(), PhantomData)) }
}

/// The kernel, and the numbers of an element.
struct WritePieces<'t, V>(&'t Pieces<'t>, usize, PhantomData<V>);

impl<V: Vector> Kernel for WritePieces<'_, V> {
    type Output = ();
    type Reach = Everywhere;

    /// # Safety
    /// - As [`Family::write_pieces`].
    #[inline(always)]
    unsafe fn run<S: Simd>(self) {
        let WritePieces(&Pieces { sums, pitch, rows, pieces, output, adds }, parts, _) = self;
        for piece in pieces {
            let (first, end) = (piece.first * parts, piece.end * parts);
            for start in (first / V::LANES * V::LANES..end).step_by(V::LANES) {
                let lane = |number: usize| number.clamp(start, start + V::LANES) - start;
                let mask = V::mask_between(lane(first), lane(end));
                let bytes = start * size_of::<V::Scalar>();
                for (r, row) in rows.iter().enumerate() {
                    // SAFETY: the caller's promise: the sums of these columns.
                    let sums = unsafe { V::load_mask(sums.wrapping_add(r * pitch + bytes).cast(), mask) };
                    let place = output.wrapping_offset(piece.output + row.output).wrapping_add(bytes).cast();
                    // SAFETY: the caller's promise: the numbers of a piece; likewise below.
                    let sums = if adds { unsafe { V::load_mask(place, mask) }.add(sums) } else { sums };
                    // SAFETY: as above.
                    unsafe { sums.store_mask(place, mask) };
                }
            }
        }
    }
}

/// # Safety
/// - As [`Shape::run`], and the CPU has the instruction set.
unsafe fn run<
    T: Element,
    V: Vector<Scalar = T::Part>,
    S: Simd,
    const R: usize,
    const C: usize,
    const ASK: bool,
>(
    tile: &Tile<'_>,
) {
    // SAFETY: the caller's promises.
    unsafe { S::run(Product::<T, V, R, C, ASK>(tile, PhantomData)) }
}

/// The kernel: `R` rows of real numbers, `C` vectors in each.
struct Product<'t, T, V, const R: usize, const C: usize, const ASK: bool>(&'t Tile<'t>, PhantomData<(T, V)>);

impl<T: Element, V: Vector<Scalar = T::Part>, const R: usize, const C: usize, const ASK: bool> Kernel
    for Product<'_, T, V, R, C, ASK>
{
    type Output = ();
    type Reach = Everywhere;

    /// # Safety
    /// - As [`Shape::run`].
    #[inline(always)]
    unsafe fn run<S: Simd>(self) {
        let Product(tile, _) = self;
        if !T::IS_FLOAT {
            // SAFETY: the caller's promise; both arrays are packed.
            let sums = unsafe { multiply_packed::<V, R, C>(tile) };
            // SAFETY: the caller's promise.
            return unsafe { store::<V, R, C>(tile, sums) };
        }
        prefetch_next::<V, C>(tile);
        let starts = starts::<V, R>(tile, parts::<T>());
        let sums = if V::NATIVE && (V::MASKS_ARE_FREE || !(tile.is_padded || tile.last == V::LANES)) {
            // SAFETY: the caller's promise.
            unsafe { multiply::<V, R, C, true, ASK>(tile, &starts) }
        } else {
            // SAFETY: the caller's promise, and the last vector can be read whole.
            unsafe { multiply::<V, R, C, false, ASK>(tile, &starts) }
        };
        // SAFETY: the caller's promise.
        unsafe { write::<V, R, C>(tile, parts::<T>(), sums) };
    }
}

/// The same where the rows are a packed panel: neighbours at each position, zeros for those that are missing. So the compiler finds the
/// vectors of integers.
///
/// # Safety
/// - As [`Shape::run`]; at each position there are `R` neighbouring rows, and whole vectors of columns.
#[inline(always)]
unsafe fn multiply_packed<V: Vector<Scalar: Default>, const R: usize, const C: usize>(
    tile: &Tile<'_>,
) -> [[V; C]; R] {
    let mut sums = [[V::splat(Default::default()); C]; R];
    let mut left = tile.left.wrapping_offset(tile.rows[0].left).cast::<V::Scalar>();
    let mut right = tile.right.cast::<V::Scalar>();
    for _ in 0..tile.positions.len() {
        let mut columns = [V::splat(Default::default()); C];
        for c in 0..C {
            // SAFETY: the caller's promise: a whole vector.
            columns[c] = unsafe { V::load(right.wrapping_add(c * V::LANES)) };
        }
        for r in 0..R {
            // SAFETY: the caller's promise: an element of the panel.
            let factor = V::splat(unsafe { *left.wrapping_add(r) });
            for c in 0..C {
                sums[r][c] = columns[c].mul_add(factor, sums[r][c]);
            }
            // Else it makes vectors of rows, where there are instructions to scatter them.
            rolled();
        }
        left = left.wrapping_add(R);
        right = right.wrapping_add(C * V::LANES);
    }
    sums
}

/// Where each row begins in the left array; the rows that are missing are computed as the last one again, and not written.
#[inline(always)]
fn starts<V: Vector, const R: usize>(tile: &Tile<'_>, parts: usize) -> [*const u8; R] {
    let most = tile.rows.len() - 1;
    let mut starts = [tile.left; R];
    for r in 0..R {
        let row = &tile.rows[if r / parts < most { r / parts } else { most }];
        starts[r] = tile.left.wrapping_offset(row.left).wrapping_add(r % parts * size_of::<V::Scalar>());
    }
    starts
}

/// Asks for what the next tile needs: there is time for it to come from memory.
#[inline(always)]
fn prefetch_next<V: Vector, const C: usize>(tile: &Tile<'_>) {
    let lines = |first: *const u8, bytes: usize| {
        for line in 0..bytes.div_ceil(64) {
            prefetch(first.wrapping_add(64 * line));
        }
    };
    if let Some(ahead) = tile.ahead.output.filter(|_| tile.positions.len() >= PREFETCH) {
        for row in tile.rows {
            lines(tile.output.wrapping_offset(row.output + ahead), C * size_of::<V>());
        }
    }
    if let Some(ahead) = tile.ahead.left {
        for row in tile.rows {
            lines(
                tile.left.wrapping_offset(row.left + ahead),
                MOST_AHEAD.min(tile.positions.len() * size_of::<V::Scalar>()),
            );
        }
    }
}

/// With fewer positions there is no time for the output to come from memory.
const PREFETCH: usize = 16;

/// Bytes of a row of the left array that are asked for; the rest, the CPU foresees.
const MOST_AHEAD: usize = 256;

/// # Safety
/// - As [`Shape::run`]; the last vector is read in part if `PART`.
#[inline(always)]
unsafe fn multiply<
    V: Vector<Scalar: Default>,
    const R: usize,
    const C: usize,
    const PART: bool,
    const ASK: bool,
>(
    tile: &Tile<'_>,
    starts: &[*const u8; R],
) -> [[V; C]; R] {
    let mask = V::mask(tile.last);
    let mut sums = [[V::splat(Default::default()); C]; R];
    let mut soon = tile.soon_positions.iter();
    for position in tile.positions {
        if ASK && let Some(&position) = soon.next() {
            let place = tile.soon.wrapping_offset(position);
            prefetch(place);
            prefetch(place.wrapping_add(64));
        }
        let right = tile.right.wrapping_offset(position.right).cast::<V::Scalar>();
        let mut columns = [V::splat(Default::default()); C];
        for c in 0..C {
            let from = right.wrapping_add(c * V::LANES);
            columns[c] = if PART && c + 1 == C {
                // SAFETY: the caller's promise: the numbers of the last vector.
                unsafe { V::load_mask(from, mask) }
            } else {
                // SAFETY: the caller's promise: a whole vector.
                unsafe { V::load(from) }
            };
        }
        for r in 0..R {
            // SAFETY: the caller's promise: an element of the row.
            let factor = V::splat(unsafe { *starts[r].wrapping_offset(position.left).cast::<V::Scalar>() });
            for c in 0..C {
                sums[r][c] = columns[c].mul_add(factor, sums[r][c]);
            }
        }
    }
    sums
}

/// # Safety
/// - As [`Shape::run`], the elements being `parts` numbers.
#[inline(always)]
unsafe fn write<V: Vector<Scalar: Element>, const R: usize, const C: usize>(
    tile: &Tile<'_>,
    parts: usize,
    mut sums: [[V; C]; R],
) {
    if parts == 1 {
        // Times one is the same to the last bit.
        // SAFETY: a number of this type.
        let factor = V::splat(unsafe { *tile.factor.cast::<V::Scalar>() });
        for r in 0..R {
            for c in 0..C {
                sums[r][c] = factor.mul(sums[r][c]);
            }
        }
    } else if tile.conjugated != [false; 2] {
        conjugate(tile.conjugated, &mut sums);
    }
    let mask = V::mask(tile.last);
    for r in 0..R / parts {
        if r >= tile.rows.len() {
            break;
        }
        let place = tile.output.wrapping_offset(tile.rows[r].output).cast::<V::Scalar>();
        for c in 0..C {
            let place = place.wrapping_add(c * V::LANES);
            let sum = if parts == 1 { sums[r][c] } else { sums[2 * r][c].add_turned(sums[2 * r + 1][c]) };
            if c + 1 == C {
                // SAFETY: the caller's promise: the numbers of the last vector.
                let sum = if tile.adds { unsafe { V::load_mask(place, mask) }.add(sum) } else { sum };
                // SAFETY: as above.
                unsafe { sum.store_mask(place, mask) };
            } else {
                // SAFETY: the caller's promise: a whole vector.
                let sum = if tile.adds { unsafe { V::load(place) }.add(sum) } else { sum };
                // SAFETY: as above.
                unsafe { sum.store(place) };
            }
        }
    }
}

/// Makes products with complex numbers those with their conjugates. The odd rows are products with imaginary parts of the left array, as the odd
/// lanes are with those of the right one: the sign changes in these.
#[inline(always)]
fn conjugate<V: Vector<Scalar: Element>, const R: usize, const C: usize>(
    [left, right]: [bool; 2],
    sums: &mut [[V; C]; R],
) {
    let minus_one = V::Scalar::default() - *V::Scalar::ONE;
    let in_left = V::splat(if left { minus_one } else { *V::Scalar::ONE });
    let mut signs = V::splat(*V::Scalar::ONE).lanes();
    if right {
        signs.iter_mut().skip(1).step_by(2).for_each(|sign| *sign = minus_one);
    }
    // SAFETY: there are as many as any vector has lanes.
    let in_right = unsafe { V::load(signs.as_ptr()) };
    let both = in_right.mul(in_left);
    for r in 0..R {
        for c in 0..C {
            sums[r][c] = sums[r][c].mul(if r % 2 == 0 { in_right } else { both });
        }
    }
}

/// Sets whole vectors, for families that do not write themselves.
///
/// # Safety
/// - As [`Shape::run`]; whole vectors can be written in each row.
#[inline(always)]
unsafe fn store<V: Vector, const R: usize, const C: usize>(tile: &Tile<'_>, sums: [[V; C]; R]) {
    for (row, sums) in tile.rows.iter().zip(sums) {
        let place = tile.output.wrapping_offset(row.output).cast::<V::Scalar>();
        for c in 0..C {
            // SAFETY: the caller's promise.
            unsafe { sums[c].store(place.wrapping_add(c * V::LANES)) };
        }
    }
}
