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

/// Lines from `first` on, which are `apart` from each other, in bytes: as many as a square has, or one.
#[derive(Clone, Copy)]
struct Lines {
    first: usize,
    side: usize,
    apart: isize,
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
        let [large, small] = Self::sides::<S>();
        let panels = lines.len() / count;
        let mut line = 0;
        while line < count {
            let Lines { first, side, apart } = Self::next_lines::<S>(&lines[..count], line);
            for (p, &position) in positions.iter().enumerate() {
                // The CPU foresees neither lines nor positions that are far apart.
                if let Some(later) = positions.get(p + SOON) {
                    for n in 0..side as isize {
                        prefetch(from.wrapping_offset(later + lines[first] + n * apart));
                    }
                }
                let from = from.wrapping_offset(position + lines[first]);
                let to = self.place(first).wrapping_add(p * width * SIZE);
                let mut done = 0;
                while side == large && done + large <= panels {
                    let (from, to) = (from.wrapping_add(done * SIZE), to.wrapping_add(done * pitch));
                    // SAFETY: the caller's promises, for as many lines, each a neighbour of that of the next panel; likewise below.
                    unsafe { Self::square::<S>(large, from, apart, to, pitch) };
                    done += large;
                }
                // The last square has panels of the one before it, if there are too few.
                while side >= small && small > 1 && panels >= small && done < panels {
                    let panel = done.min(panels - small);
                    for n in (0..side).step_by(small) {
                        let from = from.wrapping_offset(n as isize * apart).wrapping_add(panel * SIZE);
                        let to = to.wrapping_add(n * SIZE + panel * pitch);
                        // SAFETY: as above.
                        unsafe { Self::square::<S>(small, from, apart, to, pitch) };
                    }
                    done += small;
                }
                for n in 0..side {
                    let from = from.wrapping_offset(n as isize * apart);
                    for panel in done..panels {
                        let from = from.wrapping_add(panel * SIZE).cast::<[u8; SIZE]>();
                        let to = to.wrapping_add(panel * pitch + n * SIZE).cast::<[u8; SIZE]>();
                        // SAFETY: the caller's promises, for one element, as bytes.
                        unsafe { from.copy_to_nonoverlapping(to, 1) };
                    }
                }
            }
            line = first + side;
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
        for (panel, lines) in lines.chunks(count).enumerate() {
            let mut line = 0;
            while line < lines.len() {
                let these = Self::next_lines::<S>(lines, line);
                for run in runs {
                    let from = from.wrapping_offset(lines[these.first] + self.0.positions[run.first]);
                    let place = self.place(panel * count + these.first);
                    let to = place.wrapping_add(run.first * width * SIZE);
                    // SAFETY: the caller's promises, for lines that are `apart` and positions that are neighbours.
                    unsafe { self.transpose::<S>(from, these, run, to) };
                }
                line = these.first + these.side;
            }
        }
    }

    /// The sides of the squares that are transposed in registers, the largest first; two of them may be the same.
    #[inline(always)]
    fn sides<S: Simd>() -> [usize; 2] {
        match SIZE {
            4 => [S::SIDE_32, 4],
            8 => [S::SIDE_64, S::SIDE_64],
            _ => [1, 1],
        }
    }

    /// What to pack next of some lines, of which those before `line` are packed. If fewer are left than a square has, some of these are packed again.
    #[inline(always)]
    fn next_lines<S: Simd>(lines: &[isize], line: usize) -> Lines {
        let sides = Self::sides::<S>();
        for side in sides {
            let is_last = side == sides[1] && side <= lines.len();
            let first = if is_last { line.min(lines.len() - side) } else { line };
            let mut even = (2..=lines.len() - first).contains(&side);
            for n in first + 2..if even { first + side } else { 0 } {
                even &= lines[n] - lines[n - 1] == lines[first + 1] - lines[first];
            }
            if even {
                return Lines { first, side, apart: lines[first + 1] - lines[first] };
            }
        }
        Lines { first: line, side: 1, apart: 0 }
    }

    /// Transposes a square, of lines that are `apart`, to places `step` bytes from each other.
    ///
    /// # Safety
    /// - There are as many lines and elements in each, which may be read, and room for them;
    /// - `side` is one of the [`Panel::sides`].
    #[inline(always)]
    unsafe fn square<S: Simd>(side: usize, from: *const u8, apart: isize, to: *mut u8, step: usize) {
        let (apart, step) = (apart / SIZE as isize, (step / SIZE) as isize);
        match SIZE {
            // SAFETY: the caller's promises, for elements of this size; likewise below.
            4 if side == 4 => unsafe { transpose_4_32(from.cast(), apart, to.cast(), step) },
            // SAFETY: as above.
            4 => unsafe { S::transpose_32(from.cast(), apart, to.cast(), step) },
            // SAFETY: as above.
            8 => unsafe { S::transpose_64(from.cast(), apart, to.cast(), step) },
            // SAFETY: as above: one element, as bytes.
            _ => unsafe { from.cast::<[u8; SIZE]>().copy_to_nonoverlapping(to.cast(), 1) },
        }
    }

    /// Some lines at the positions of a run.
    ///
    /// # Safety
    /// - As [`Pack::run`], for these.
    #[inline(always)]
    unsafe fn transpose<S: Simd>(&self, from: *const u8, lines: Lines, run: &Run, to: *mut u8) {
        let Lines { side, apart, .. } = lines;
        let (len, width) = (run.len, self.0.width * run.step);
        let mut p = 0;
        // The last square has positions of the one before it, if there are too few.
        while side > 1 && len >= side && p < len {
            let at = p.min(len - side);
            let (from, to) = (from.wrapping_add(at * SIZE), to.wrapping_add(at * width * SIZE));
            if self.0.ahead != 0 && (at * SIZE).is_multiple_of(64) {
                for n in 0..side as isize {
                    prefetch(from.wrapping_offset(self.0.ahead + n * apart));
                }
            }
            // SAFETY: the caller's promises, for lines and neighbours.
            unsafe { Self::square::<S>(side, from, apart, to, width * SIZE) };
            p += side;
        }
        for n in 0..side {
            let from = from.wrapping_offset(n as isize * apart);
            for p in p..len {
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
