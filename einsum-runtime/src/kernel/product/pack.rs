//! Packing: `panels[line / count][p, line % count] = from[line, p]`, from wherever the lines and summed positions are into memory without gaps.
//!
//! Loop order: by what is a neighbour in memory. Neighbouring lines are copied position by position; neighbouring positions are transposed in
//! squares of registers, and so are lines that are neighbours in one panel and the next; else element by element. Works on bits, so there is one for each size of elements.

use crate::kernel::simd::{Isa, Kernel, Simd, UpToAvx2, Vector, prefetch, transpose_4_32};
use core::mem::MaybeUninit;

/// The most lines that are packed at a time: a page may have been opened for each position, and so has much to give.
pub(crate) const MOST_LINES: usize = 768;

/// Summed positions that are neighbours in memory.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Run {
    pub(crate) first: usize,
    pub(crate) len: usize,
    /// From one to the next in the sum.
    pub(crate) step: usize,
}

/// So many positions take as long to pack as a cache line takes to come from memory.
const SOON: usize = 8;

/// Panels, and where their elements are.
#[derive(Clone, Copy)]
pub(crate) struct Pack<'p> {
    pub(crate) from: *const u8,
    /// In bytes. At most [`MOST_LINES`].
    pub(crate) lines: &'p [isize],
    /// In bytes.
    pub(crate) positions: &'p [isize],
    /// All positions.
    pub(crate) runs: &'p [Run],
    /// Lines in each panel but the last, which may have fewer.
    pub(crate) count: usize,
    /// Lines that a panel has room for.
    pub(crate) width: usize,
    /// Bytes from one panel to the next.
    pub(crate) pitch: usize,
    pub(crate) into: *mut u8,
    /// Lines that the panels lack are zeros.
    pub(crate) fills: bool,
    /// How far from here what is packed next begins, in bytes; 0 if there is nothing.
    pub(crate) ahead: isize,
}

/// Runs of neighbours among positions, which are in bytes, of elements of this size. The positions are those of an inner loop of `inner`
/// iterations, as often as they are: neighbours may be iterations of the loop around it.
pub(crate) fn runs(positions: &[isize], inner: usize, size: usize, runs: &mut alloc::vec::Vec<Run>) {
    runs.clear();
    let follows = |n: usize, m: usize| m < positions.len() && positions[m] - positions[n] == size as isize;
    let step = if follows(0, inner) && !follows(0, 1) { inner } else { 1 };
    let mut first = 0;
    while first < positions.len() {
        let mut len = 1;
        while follows(first + (len - 1) * step, first + len * step) {
            len += 1;
        }
        runs.extend((first..first + step).map(|first| Run { first, len, step }));
        first += len * step;
    }
}

impl Pack<'_> {
    /// Packs elements of this size.
    ///
    /// # Safety
    /// - Each sum of a line's and a position's offset from `from` on is an element;
    /// - `into` has room for the panels, each of `width` lines at each position, and for a vector more.
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
#[derive(Clone, Copy)]
struct Segment {
    to: *mut u8,
    /// In bytes.
    from: isize,
    bytes: usize,
}

/// Panels of elements of `SIZE` bytes.
struct Panel<'p, const SIZE: usize>(Pack<'p>);

impl<const SIZE: usize> Kernel for Panel<'_, SIZE> {
    type Output = ();
    type Reach = UpToAvx2;

    /// # Safety
    /// - As [`Pack::run`].
    #[inline(always)]
    unsafe fn run<S: Simd>(self) {
        let Pack { lines, runs, positions, count, width, fills, .. } = self.0;
        for n in (0..lines.len()).step_by(count) {
            if fills && (lines.len() - n).min(count) < width {
                // SAFETY: the panel has room for `width` lines at each position.
                unsafe { self.place(n).write_bytes(0, positions.len() * width * SIZE) };
            }
        }
        let mut segments = 1;
        for n in 1..lines.len() {
            segments += usize::from(lines[n] - lines[n - 1] != SIZE as isize);
        }
        // All panels are full.
        let mut across = lines.len() > count && lines.len().is_multiple_of(count);
        for n in count..lines.len() {
            across &= lines[n] - lines[n - count] == SIZE as isize;
        }
        let long = |pieces: usize, whole: usize| 4 * pieces <= whole;
        let copies = segments == 1 || long(segments, lines.len());
        if copies || segments < lines.len() && !long(runs.len(), positions.len()) {
            // SAFETY: the caller's promises.
            unsafe { self.copy::<S>() };
        } else if across && !long(runs.len(), positions.len()) {
            // SAFETY: as above.
            unsafe { self.across::<S>() };
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
        let Pack { from, lines, positions, count: panel, width, .. } = self.0;
        let mut segments = [const { MaybeUninit::<Segment>::uninit() }; MOST_LINES];
        let mut count = 0;
        let mut start = 0;
        for n in 1..=lines.len() {
            if n == lines.len() || n % panel == 0 || lines[n] - lines[n - 1] != SIZE as isize {
                segments[count].write(Segment {
                    to: self.place(start),
                    from: lines[start],
                    bytes: (n - start) * SIZE,
                });
                (start, count) = (n, count + 1);
            }
        }
        // SAFETY: as many have been written.
        let segments = unsafe { core::slice::from_raw_parts(segments.as_ptr().cast::<Segment>(), count) };
        for (p, &position) in positions.iter().enumerate() {
            let from = from.wrapping_offset(position);
            // There may be a page for each position.
            if self.0.ahead != 0 {
                let next = from.wrapping_offset(lines[0] + self.0.ahead);
                for line in 0..(lines.len() * SIZE).div_ceil(64) {
                    prefetch(next.wrapping_add(64 * line));
                }
            }
            // What a vector writes beyond its segment is written again, by the segments and positions that follow in the panel.
            let exactly = (positions.len() - p - 1) * width * SIZE < 64;
            for segment in segments {
                let (from, to) =
                    (from.wrapping_offset(segment.from), segment.to.wrapping_add(p * width * SIZE));
                match SIZE {
                    // SAFETY: the caller's promises, for neighbours; likewise below.
                    4 => unsafe { copy::<S::F32>(from, to, segment.bytes / 4, exactly) },
                    // SAFETY: as above.
                    8 | 16 => unsafe { copy::<S::F64>(from, to, segment.bytes / 8, exactly) },
                    // SAFETY: as above.
                    _ => unsafe { from.copy_to_nonoverlapping(to, segment.bytes) },
                }
            }
        }
    }

    /// Lines that are neighbours of those of the next panel, in squares of lines and panels where that can be.
    ///
    /// # Safety
    /// - As [`Pack::run`].
    #[inline(always)]
    unsafe fn across<S: Simd>(&self) {
        let Pack { from, lines, positions, count, width, pitch, .. } = self.0;
        let side = match SIZE {
            4 => S::SIDE_32,
            8 => S::SIDE_64,
            _ => usize::MAX,
        };
        let panels = lines.len() / count;
        let mut line = 0;
        while line < count {
            let rest = &lines[line..count];
            let mut even = rest.len() >= side;
            for n in 2..if even { side } else { 0 } {
                even &= rest[n] - rest[n - 1] == rest[1] - rest[0];
            }
            let (these, squares) = if even { (side, panels / side * side) } else { (1, 0) };
            let apart = if even { (rest[1] - rest[0]) / SIZE as isize } else { 0 };
            for (p, &position) in positions.iter().enumerate() {
                // The CPU foresees neither lines nor positions that are far apart.
                if let Some(later) = positions.get(p + SOON) {
                    for n in 0..these {
                        prefetch(
                            from.wrapping_offset(later + lines[line] + n as isize * apart * SIZE as isize),
                        );
                    }
                }
                let from = from.wrapping_offset(position + lines[line]);
                let to = self.place(line).wrapping_add(p * width * SIZE);
                for panel in (0..squares).step_by(side) {
                    let (from, to) = (from.wrapping_add(panel * SIZE), to.wrapping_add(panel * pitch));
                    let step = (pitch / SIZE) as isize;
                    if SIZE == 4 {
                        // SAFETY: `side` lines that are `apart`, each a neighbour of that of the next panel; likewise below.
                        unsafe { S::transpose_32(from.cast(), apart, to.cast(), step) }
                    } else {
                        // SAFETY: as above.
                        unsafe { S::transpose_64(from.cast(), apart, to.cast(), step) }
                    }
                }
                for n in 0..these {
                    let from = from.wrapping_offset(n as isize * apart * SIZE as isize);
                    for panel in squares..panels {
                        let from = from.wrapping_add(panel * SIZE).cast::<[u8; SIZE]>();
                        let to = to.wrapping_add(panel * pitch + n * SIZE).cast::<[u8; SIZE]>();
                        // SAFETY: the caller's promises, for one element, as bytes.
                        unsafe { from.copy_to_nonoverlapping(to, 1) };
                    }
                }
            }
            line += these;
        }
    }

    // Where a line begins.
    #[inline(always)]
    fn place(&self, line: usize) -> *mut u8 {
        let Pack { count, pitch, into, .. } = self.0;
        into.wrapping_add(line / count * pitch + line % count * SIZE)
    }

    /// Line by line, in squares where that can be.
    ///
    /// # Safety
    /// - As [`Pack::run`].
    #[inline(always)]
    unsafe fn interleave<S: Simd>(&self) {
        let Pack { from, lines, runs, count, width, .. } = self.0;
        let sides = match SIZE {
            4 => [S::SIDE_32, 4],
            8 => [S::SIDE_64, S::SIDE_64],
            _ => [1, 1],
        };
        let mut line = 0;
        while line < lines.len() {
            // Those of one panel.
            let rest = &lines[line..((line / count + 1) * count).min(lines.len())];
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
                let to = self.place(line).wrapping_add(run.first * width * SIZE);
                // SAFETY: the caller's promises, for lines that are `apart` and positions that are neighbours.
                unsafe { self.transpose::<S>(from, apart, side, run, to) };
            }
            line += side;
        }
    }

    /// `side` lines, which are `apart`, at the positions of a run.
    ///
    /// # Safety
    /// - As [`Pack::run`], for these.
    #[inline(always)]
    unsafe fn transpose<S: Simd>(&self, from: *const u8, apart: isize, side: usize, run: &Run, to: *mut u8) {
        let (len, width) = (run.len, self.0.width * run.step);
        let whole = if side > 1 { len / side * side } else { 0 };
        let step = width as isize;
        let mut p = 0;
        while p < whole {
            let (from, to) = (from.wrapping_add(p * SIZE), to.wrapping_add(p * width * SIZE));
            if self.0.ahead != 0 && (p * SIZE).is_multiple_of(64) {
                for n in 0..side {
                    prefetch(from.wrapping_offset(self.0.ahead + n as isize * apart * SIZE as isize));
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
                // SAFETY: the caller's promises, for one element, as bytes.
                unsafe { from.cast::<[u8; SIZE]>().copy_to_nonoverlapping(to.cast(), 1) };
            }
        }
    }
}

/// Copies `count` numbers; unless `exactly`, what follows them, less than a vector, becomes zero.
///
/// # Safety
/// - They can be read and written, and unless `exactly`, a vector more written.
#[inline(always)]
unsafe fn copy<V: Vector>(from: *const u8, to: *mut u8, count: usize, exactly: bool) {
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
        if exactly {
            // SAFETY: as many are left.
            unsafe { numbers.store_part(to.wrapping_add(n), count - n) };
        } else {
            // SAFETY: less than a vector beyond them.
            unsafe { numbers.store(to.wrapping_add(n)) };
        }
    }
}
