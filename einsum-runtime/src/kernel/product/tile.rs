//! The innermost part of a contraction: `tile[r, c] = Σ_p left[r, p] · right[p, c]`, with the whole tile in registers.
//!
//! Loop order: `p`, then `r`, then the vectors of `c`. Each step of `p` loads the vectors of `right`, broadcasts the numbers of `left`, and
//! does a multiply-add for each pair. Rows and summed positions are found by offsets, so the arrays may be packed or lie as they are.
//!
//! A multiply-add takes 4 cycles, and two begin in each: 8 sums or more hide that. What limits their number is registers. With AVX2 (16)
//! 6 rows of 2 vectors leave 2 for `right` and one for the broadcast; with AVX-512 (32) 8 rows of 3 or 12 rows of 2 do. Two loads a cycle are enough
//! for all of these, the offsets included.
//!
//! A complex number is two rows, or two columns, of real ones: the tile then has the four products of parts, and what is written puts them
//! together (the "4m" way of Van Zee and Smith, "Implementing high-performance complex matrix multiplication via the 3m and 4m methods", 2017).

use crate::kernel::{
    Assignment,
    element::{Element, Store, parts},
    simd::{Isa, Kernel, Portable, Simd, Vector, prefetch},
};
use core::marker::PhantomData;

#[cfg(target_arch = "x86_64")]
use crate::kernel::simd::x86_64::{Avx2, Avx512};

/// The most rows of a tile, in elements.
pub(crate) const MOST_ROWS: usize = 12;
/// The most bytes of a row of a tile: three of the longest vectors.
pub(crate) const MOST_ROW_BYTES: usize = 192;

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
    /// What real sums are multiplied with, or null.
    pub(crate) factor: *const u8,
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

/// The tiles of one type of element and one instruction set.
pub(crate) struct Family {
    /// Bytes of an element.
    pub(crate) size: usize,
    /// Elements in a vector.
    pub(crate) lanes: usize,
    /// Real numbers in an element.
    pub(crate) parts: usize,
    /// Whether the columns of the right array can be read where they lie: the last vector in part.
    pub(crate) reads_parts: bool,
    /// Those of one vector, of two, of three, each with most rows first.
    pub(crate) shapes: Shapes,
    /// # Safety
    /// - The sums are as many as the rows and columns say, and their places in the output are elements that nothing else uses meanwhile.
    pub(crate) scatter: unsafe fn(&Scatter<'_>),
}

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
}

/// The tiles of a type of element.
macro_rules! families {
    ($($(#[$doc:meta])* $name:ident: $avx512:ident, $avx2:ident, $portable:ident;)*) => { $(
        $(#[$doc])*
        pub(crate) fn $name<T: Element>(isa: Isa) -> &'static Family {
            match isa {
                #[cfg(target_arch = "x86_64")]
                Isa::Avx512(_) => const { &Tiles::<T, Avx512>::family(Tiles::<T, Avx512>::$avx512) },
                #[cfg(target_arch = "x86_64")]
                Isa::Avx2(_) => const { &Tiles::<T, Avx2>::family(Tiles::<T, Avx2>::$avx2) },
                Isa::Portable => const { &Tiles::<T, Portable>::family(Tiles::<T, Portable>::$portable) },
            }
        }
    )* };
}

families!(
    /// For real numbers.
    floats: REAL_32, REAL_16, REAL_PORTABLE;
    /// For complex numbers.
    complex: COMPLEX_32, COMPLEX_16, COMPLEX_PORTABLE;
    /// For what the compiler vectorises, both arrays packed.
    integers: PACKED, PACKED, PACKED;
);

/// A type of element and an instruction set.
struct Tiles<T, S>(PhantomData<(T, S)>);

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

impl<T: Element, S: Simd> Tiles<T, S> {
    shapes!(
        // 32 registers.
        REAL_32: [12 4 1] of 1, [12 8 4 2 1] of 2, [8 4 2 1] of 3;
        COMPLEX_32: [8 2] of 1, [12 4 2] of 2, [8 4 2] of 3;
        // 16 registers.
        REAL_16: [12 4 1] of 1, [6 4 2 1] of 2;
        COMPLEX_16: [8 2] of 1, [6 2] of 2;
        // Vectors are two registers of 16 bytes each.
        REAL_PORTABLE: [4 1] of 1, [2] of 2;
        COMPLEX_PORTABLE: [4 2] of 1, [2] of 2;
        PACKED: [6] of 1, [6] of 2;
    );

    const fn family(shapes: Shapes) -> Family {
        Family {
            size: size_of::<T>(),
            lanes: <Part<T, S> as Vector>::LANES / parts::<T>(),
            parts: parts::<T>(),
            reads_parts: <Part<T, S> as Vector>::NATIVE,
            shapes,
            scatter: scatter::<T>,
        }
    }

    const fn shape<const R: usize, const C: usize>() -> Shape {
        Shape { rows: R / parts::<T>(), run: run::<T, S, R, C> }
    }
}

impl Family {
    /// The shape for so many rows of so many vectors: the largest that they fill, or else the smallest that has room for them.
    #[inline]
    pub(crate) fn shape(&self, vectors: usize, rows: usize) -> Shape {
        let shapes = self.shapes[vectors - 1];
        let fits = shapes.iter().rev().find(|shape| shape.rows >= rows);
        *fits.unwrap_or(&shapes[0])
    }

    /// The rows of the largest tile of so many vectors.
    #[inline]
    pub(crate) fn rows(&self, vectors: usize) -> usize {
        self.shapes[vectors - 1][0].rows
    }
}

/// # Safety
/// - As [`Family::scatter`].
unsafe fn scatter<T: Element>(scatter: &Scatter<'_>) {
    let Scatter { sums, pitch, rows, columns, output, assignment, factor } = *scatter;
    // SAFETY: null, or a number of this type.
    let factor = unsafe { factor.cast::<T>().as_ref() }.copied();
    let store = Store { assignment, factor };
    for (r, row) in rows.iter().enumerate() {
        let sums = sums.wrapping_add(r * pitch).cast::<T>();
        let row = output.wrapping_offset(row.output);
        for (c, &column) in columns.iter().enumerate() {
            // SAFETY: the caller's promise: as many sums as columns.
            let sum = unsafe { *sums.wrapping_add(c) };
            // SAFETY: the caller's promise.
            unsafe { store.one(row.wrapping_offset(column).cast(), sum) };
        }
    }
}

/// # Safety
/// - As [`Shape::run`], and the CPU has the instruction set.
unsafe fn run<T: Element, S: Simd, const R: usize, const C: usize>(tile: &Tile<'_>) {
    // SAFETY: the caller's promises.
    unsafe { S::run(Product::<T, R, C>(tile, PhantomData)) }
}

/// The kernel: `R` rows of real numbers, `C` vectors in each.
struct Product<'t, T, const R: usize, const C: usize>(&'t Tile<'t>, PhantomData<T>);

impl<T: Element, const R: usize, const C: usize> Kernel for Product<'_, T, R, C> {
    type Output = ();
    type Reach = crate::kernel::simd::Everywhere;

    /// # Safety
    /// - As [`Shape::run`].
    #[inline(always)]
    unsafe fn run<S: Simd>(self) {
        let Product(tile, _) = self;
        // SAFETY: the caller's promise.
        let sums = unsafe { multiply::<Part<T, S>, R, C>(tile, parts::<T>()) };
        // SAFETY: the caller's promise.
        unsafe { write::<Part<T, S>, R, C>(tile, parts::<T>(), sums) };
    }
}

/// # Safety
/// - As [`Shape::run`], the elements being `parts` numbers.
#[inline(always)]
unsafe fn multiply<V: Vector<Scalar: Default>, const R: usize, const C: usize>(
    tile: &Tile<'_>,
    parts: usize,
) -> [[V; C]; R] {
    let most = tile.rows.len() - 1;
    let mut starts = [tile.left; R];
    for r in 0..R {
        // The rows that are missing are computed as the last one again, and not written.
        let row = &tile.rows[if r / parts < most { r / parts } else { most }];
        prefetch(tile.output.wrapping_offset(row.output));
        starts[r] = tile.left.wrapping_offset(row.left).wrapping_add(r % parts * size_of::<V::Scalar>());
    }
    let mask = V::mask(tile.last);
    let mut sums = [[V::splat(Default::default()); C]; R];
    for position in tile.positions {
        let right = tile.right.wrapping_offset(position.right).cast::<V::Scalar>();
        let mut columns = [V::splat(Default::default()); C];
        for c in 0..C {
            let from = right.wrapping_add(c * V::LANES);
            columns[c] = if V::NATIVE && c + 1 == C {
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
unsafe fn write<V: Vector, const R: usize, const C: usize>(
    tile: &Tile<'_>,
    parts: usize,
    mut sums: [[V; C]; R],
) {
    // SAFETY: null, or a number of this type.
    if let Some(&factor) = unsafe { tile.factor.cast::<V::Scalar>().as_ref() } {
        let factor = V::splat(factor);
        for r in 0..R {
            for c in 0..C {
                sums[r][c] = factor.mul(sums[r][c]);
            }
        }
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
