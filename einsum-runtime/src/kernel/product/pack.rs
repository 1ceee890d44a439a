//! Packing: `panel[p, line] = from[line, p]`, from wherever the lines and summed positions are into memory without gaps.
//!
//! Loop order: by what is a neighbour in memory. Neighbouring lines are copied position by position; neighbouring positions are transposed in
//! squares of registers; else element by element. Works on bits, so there is one for each size of elements.

use crate::kernel::simd::{Isa, Kernel, Simd, UpToAvx2, Vector, prefetch, transpose_4_32};

/// The most lines of a panel.
pub(crate) const MOST_LINES: usize = 64;

/// Summed positions that are neighbours.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Run {
    pub(crate) first: usize,
    pub(crate) len: usize,
}

/// A panel, and where its elements are.
#[derive(Clone, Copy)]
pub(crate) struct Pack<'p> {
    pub(crate) from: *const u8,
    /// In bytes. At most `width`, which is [`MOST_LINES`] at most.
    pub(crate) lines: &'p [isize],
    /// In bytes.
    pub(crate) positions: &'p [isize],
    /// All positions.
    pub(crate) runs: &'p [Run],
    pub(crate) width: usize,
    pub(crate) into: *mut u8,
    /// Lines that the panel lacks are zeros.
    pub(crate) fills: bool,
}

/// Runs of neighbours among positions, which are in bytes, of elements of this size.
pub(crate) fn runs(positions: &[isize], size: usize, runs: &mut alloc::vec::Vec<Run>) {
    runs.clear();
    let mut run = Run::default();
    for (n, &position) in positions.iter().enumerate() {
        if n > 0 && position - positions[n - 1] == size as isize {
            run.len += 1;
        } else {
            if n > 0 {
                runs.push(run);
            }
            run = Run { first: n, len: 1 };
        }
    }
    runs.push(run);
}

impl Pack<'_> {
    /// Packs elements of this size.
    ///
    /// # Safety
    /// - Each sum of a line's and a position's offset from `from` on is an element;
    /// - `into` has room for `width` lines at each position, and for a vector more.
    pub(crate) unsafe fn run(self, isa: Isa, size: usize) {
        match size {
            // SAFETY: the caller's promises, here and below.
            1 => unsafe { isa.run(Panel::<1>(self)) },
            // SAFETY: as above.
            2 => unsafe { isa.run(Panel::<2>(self)) },
            // SAFETY: as above.
            4 => unsafe { isa.run(Panel::<4>(self)) },
            // SAFETY: as above.
            8 => unsafe { isa.run(Panel::<8>(self)) },
            // SAFETY: as above.
            _ => unsafe { isa.run(Panel::<16>(self)) },
        }
    }
}

/// Neighbours among the lines of a panel.
#[derive(Clone, Copy, Default)]
struct Segment {
    /// The place of the first in the panel, in bytes.
    at: usize,
    /// In bytes.
    from: isize,
    bytes: usize,
}

/// A panel of elements of `SIZE` bytes.
struct Panel<'p, const SIZE: usize>(Pack<'p>);

impl<const SIZE: usize> Kernel for Panel<'_, SIZE> {
    type Output = ();
    type Reach = UpToAvx2;

    /// # Safety
    /// - As [`Pack::run`].
    #[inline(always)]
    unsafe fn run<S: Simd>(self) {
        let Pack { lines, runs, positions, width, into, fills, .. } = self.0;
        if fills && lines.len() < width {
            // SAFETY: the panel has room for `width` lines at each position.
            unsafe { into.write_bytes(0, positions.len() * width * SIZE) };
        }
        let mut segments = 1;
        for n in 1..lines.len() {
            segments += usize::from(lines[n] - lines[n - 1] != SIZE as isize);
        }
        let long = |pieces: usize, whole: usize| 4 * pieces <= whole;
        let copies = segments == 1 || long(segments, lines.len());
        if copies || segments < lines.len() && !long(runs.len(), positions.len()) {
            // SAFETY: the caller's promises.
            unsafe { self.copy::<S>() };
        } else {
            // SAFETY: as above.
            unsafe { self.interleave::<S>() };
        }
    }
}

impl<const SIZE: usize> Panel<'_, SIZE> {
    /// Neighbouring lines together.
    ///
    /// # Safety
    /// - As [`Pack::run`].
    #[inline(always)]
    unsafe fn copy<S: Simd>(&self) {
        let Pack { from, lines, positions, width, into, .. } = self.0;
        let mut segments = [Segment::default(); MOST_LINES];
        let mut count = 0;
        for (n, &line) in lines.iter().enumerate() {
            if n > 0 && line - lines[n - 1] == SIZE as isize {
                segments[count - 1].bytes += SIZE;
            } else {
                segments[count] = Segment { at: n * SIZE, from: line, bytes: SIZE };
                count += 1;
            }
        }
        for (p, &position) in positions.iter().enumerate() {
            let (from, into) = (from.wrapping_offset(position), into.wrapping_add(p * width * SIZE));
            // The panel after this one is next to it in memory, and each line of this one may be in a page of its own.
            let next = from.wrapping_offset(lines[0]).wrapping_add(width * SIZE);
            for line in 0..(width * SIZE).div_ceil(64) {
                prefetch(next.wrapping_add(64 * line));
            }
            // What a last vector writes beyond its segment is written again, by the next one or the first of the next position.
            for segment in &segments[..count] {
                let (from, to) = (from.wrapping_offset(segment.from), into.wrapping_add(segment.at));
                match SIZE {
                    // SAFETY: the caller's promises, for neighbours; likewise below.
                    4 => unsafe { copy::<S::F32>(from, to, segment.bytes / 4) },
                    // SAFETY: as above.
                    8 | 16 => unsafe { copy::<S::F64>(from, to, segment.bytes / 8) },
                    // SAFETY: as above.
                    _ => unsafe { from.copy_to_nonoverlapping(to, segment.bytes) },
                }
            }
        }
    }

    /// Line by line, in squares where that can be.
    ///
    /// # Safety
    /// - As [`Pack::run`].
    #[inline(always)]
    unsafe fn interleave<S: Simd>(&self) {
        let Pack { from, lines, runs, width, into, .. } = self.0;
        let sides = match SIZE {
            4 => [S::SIDE_32, 4],
            8 => [S::SIDE_64, S::SIDE_64],
            _ => [1, 1],
        };
        let mut line = 0;
        while line < lines.len() {
            let rest = &lines[line..];
            let mut side = 1;
            for wanted in sides {
                if side == 1 && wanted <= rest.len() {
                    let mut even = true;
                    for n in 2..wanted {
                        even &= rest[n] - rest[n - 1] == rest[1] - rest[0];
                    }
                    side = if even { wanted } else { 1 };
                }
            }
            let apart = if side > 1 { (rest[1] - rest[0]) / SIZE as isize } else { 0 };
            for run in runs {
                let from = from.wrapping_offset(rest[0] + self.0.positions[run.first]);
                let to = into.wrapping_add((run.first * width + line) * SIZE);
                // SAFETY: the caller's promises, for lines that are `apart` and positions that are neighbours.
                unsafe { self.transpose::<S>(from, apart, side, run.len, to) };
            }
            line += side;
        }
    }

    /// `side` lines, which are `apart`, at `len` positions, which are neighbours.
    ///
    /// # Safety
    /// - As [`Pack::run`], for these.
    #[inline(always)]
    unsafe fn transpose<S: Simd>(&self, from: *const u8, apart: isize, side: usize, len: usize, to: *mut u8) {
        let width = self.0.width;
        let whole = if side > 1 { len / side * side } else { 0 };
        let step = width as isize;
        let mut p = 0;
        while p < whole {
            let (from, to) = (from.wrapping_add(p * SIZE), to.wrapping_add(p * width * SIZE));
            // Those of the next panel.
            if p * SIZE % 64 == 0 {
                for n in 0..side {
                    prefetch(from.wrapping_offset((n + width) as isize * apart * SIZE as isize));
                }
            }
            match SIZE {
                // SAFETY: `side` lines and neighbours, of elements of this size; likewise below.
                4 if side == 4 => unsafe { transpose_4_32(from.cast(), apart, to.cast(), step) },
                // SAFETY: as above.
                4 => unsafe { S::transpose_32(from.cast(), apart, to.cast(), step) },
                // SAFETY: as above.
                _ => unsafe { S::transpose_64(from.cast(), apart, to.cast(), step) },
            }
            p += side;
        }
        for n in 0..side {
            let from = from.wrapping_offset(n as isize * apart * SIZE as isize);
            for p in whole..len {
                let (from, to) = (from.wrapping_add(p * SIZE), to.wrapping_add((p * width + n) * SIZE));
                // SAFETY: the caller's promises, for one element.
                unsafe { to.cast::<[u8; SIZE]>().write(from.cast::<[u8; SIZE]>().read()) };
            }
        }
    }
}

/// Copies `count` numbers; what follows them, less than a vector, becomes zero.
///
/// # Safety
/// - They can be read, and a vector more written.
#[inline(always)]
unsafe fn copy<V: Vector>(from: *const u8, to: *mut u8, count: usize) {
    let (from, to) = (from.cast::<V::Scalar>(), to.cast::<V::Scalar>());
    let mut n = 0;
    while n + V::LANES <= count {
        // SAFETY: within the numbers.
        let numbers = unsafe { V::load(from.wrapping_add(n)) };
        // SAFETY: as above.
        unsafe { numbers.store(to.wrapping_add(n)) };
        n += V::LANES;
    }
    if n < count {
        // SAFETY: as many are left.
        let numbers = unsafe { V::load_part(from.wrapping_add(n), count - n) };
        // SAFETY: less than a vector beyond them.
        unsafe { numbers.store(to.wrapping_add(n)) };
    }
}
