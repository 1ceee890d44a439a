//! The sum of one output, `Σ_k`, cut in chunks, and the tree in which the sums of chunks are added.
//!
//! A rounding error grows with the number of additions that a number went through. Within a chunk a lane adds at most
//! [`CHUNK`] terms one after the other; the sums of `n` chunks are added pairwise, so that each goes through `log₂ n` additions.

use super::{Walk, kernels::Kernels};
use crate::kernel::dims::Dim;
use alloc::vec::Vec;
use core::mem::MaybeUninit;

/// The most terms that a register adds one after the other. 256 keep the cost of the tree (a load, an addition and a store for each
/// chunk) below one percent, and the error of random terms below 16 roundings.
pub(super) const CHUNK: usize = 256;
/// Terms of a run in a chunk of [`Order::Tiles`]: 128 cache lines of a gathered operand are a quarter of the level 1 cache.
const TILE: usize = 128;
/// The order of chunks if the innermost loop is longer than one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Order {
    /// One run of the innermost loop after the other, from end to end: as a prefetcher likes it.
    Runs,
    /// A part of the innermost loop in all runs, then the next part: an operand that moves by cache lines in it, and by
    /// elements between runs, finds its lines in the cache.
    Tiles,
}

/// The loops of a sum and their chunks.
#[derive(Clone, Copy)]
pub(super) struct Terms<'d> {
    outer: &'d [Dim],
    pub(super) inner: &'d Dim,
    /// Iterations of the outer loops: runs of the inner one.
    runs: usize,
    /// The inner loop is cut in pieces of this many iterations.
    piece: usize,
    pieces: usize,
    /// Runs in a chunk.
    per: usize,
    order: Order,
    /// All chunks.
    pub(super) chunks: usize,
}

/// Where a run begins in the operands.
#[derive(Clone, Copy, Default)]
pub(super) struct Run {
    pub(super) left: isize,
    pub(super) right: isize,
}

/// The runs of a chunk, each of `len` iterations of the inner loop.
pub(super) struct Chunk {
    starts: [MaybeUninit<Run>; CHUNK],
    count: usize,
    pub(super) len: usize,
}

impl<'d> Terms<'d> {
    /// `width` iterations of the inner loop are one step, in which a register adds one term.
    #[inline]
    pub(super) fn new(outer: &'d [Dim], inner: &'d Dim, width: usize, order: Order) -> Self {
        let longest = match order {
            Order::Tiles if !outer.is_empty() => TILE,
            _ => CHUNK * width,
        };
        let (piece, pieces) = match inner.extent {
            short if short <= longest => (short, 1),
            long => (longest, long.div_ceil(longest)),
        };
        let runs = outer.iter().fold(1, |size: usize, dim| size.saturating_mul(dim.extent));
        let per = match order {
            Order::Runs if pieces > 1 => 1,
            _ if runs == 1 => 1,
            _ => (CHUNK / piece.div_ceil(width)).min(runs),
        };
        let groups = if per >= runs { 1 } else { runs.div_ceil(per) };
        Terms { outer, inner, runs, piece, pieces, per, order, chunks: groups.saturating_mul(pieces) }
    }

    /// The outer loop, if there is just one.
    #[inline]
    pub(super) fn only_outer(&self) -> Option<&Dim> {
        self.outer.last().filter(|_| self.outer.len() == 1)
    }

    /// The most terms of a chunk.
    #[cfg(feature = "rayon")]
    pub(super) fn most(&self) -> usize {
        self.per.saturating_mul(self.piece)
    }

    /// Whether there are more chunks than so many, each a part of one loop: then they follow each other in both operands.
    #[inline]
    pub(super) fn are_side_by_side(&self, chunks: usize) -> bool {
        self.outer.is_empty() && self.chunks > chunks
    }

    /// The `index`th chunk.
    #[inline(never)]
    pub(super) fn chunk(&self, index: usize, chunk: &mut Chunk) {
        let (first, piece) = match self.order {
            _ if self.chunks == 1 => (0, 0),
            Order::Runs if self.pieces > 1 => (index / self.pieces, index % self.pieces),
            _ => {
                let groups = self.runs.div_ceil(self.per);
                (index % groups * self.per, index / groups)
            }
        };
        let start = piece * self.piece;
        let moved = Run { left: start as isize * self.inner.left, right: start as isize * self.inner.right };
        chunk.len = self.piece.min(self.inner.extent - start);
        chunk.count = self.per.min(self.runs - first);
        if chunk.count == 1 && first == 0 {
            chunk.starts[0].write(moved);
            return;
        }
        if let Some(outer) = self.only_outer() {
            for (n, start) in chunk.starts[..chunk.count].iter_mut().enumerate() {
                let at = (first + n) as isize;
                start
                    .write(Run { left: at * outer.left + moved.left, right: at * outer.right + moved.right });
            }
            return;
        }
        let mut walk = Walk::new(self.outer);
        if first > 0 {
            walk.skip(first);
        }
        for start in &mut chunk.starts[..chunk.count] {
            start.write(Run { left: walk.at.left + moved.left, right: walk.at.right + moved.right });
            walk.next();
        }
    }
}

impl Chunk {
    #[inline(always)]
    pub(super) fn new() -> Chunk {
        Chunk { starts: [const { MaybeUninit::uninit() }; CHUNK], count: 0, len: 0 }
    }

    /// Adds a run of one term.
    ///
    /// # Panics
    /// If there are as many as a chunk has.
    #[inline(always)]
    pub(super) fn push(&mut self, term: Run) {
        self.starts[self.count].write(term);
        (self.count, self.len) = (self.count + 1, 1);
    }

    #[inline(always)]
    pub(super) fn runs(&self) -> &[Run] {
        let starts: *const Run = self.starts.as_ptr().cast();
        // SAFETY: `Terms::chunk` wrote the first `count`.
        unsafe { core::slice::from_raw_parts(starts, self.count) }
    }
}

/// The sums of chunks, added pairwise: of `2ⁿ` chunks at level `n`, where their number has a bit. A sum is as many numbers as are computed side by
/// side, one after the other in memory.
pub(super) struct Tree {
    kernels: &'static Kernels,
    /// Where there is little, it is here: aligned memory takes the allocator longer than a short sum.
    few: [MaybeUninit<Line>; FEW],
    memory: Vec<Line>,
    /// Sums before those of the levels: what is added next.
    sides: usize,
    /// Numbers of a sum, and their bytes, to whole cache lines.
    count: usize,
    bytes: usize,
    pushed: usize,
}

/// Lines of a [`Tree`] that need no memory of their own.
const FEW: usize = 40;

/// Cache lines, so that no vector lies across two.
#[derive(Clone, Copy)]
#[repr(C, align(64))]
pub(super) struct Line([MaybeUninit<u8>; 64]);

impl Tree {
    /// For sums of up to `count` numbers of up to so many chunks.
    pub(super) fn new(kernels: &'static Kernels, chunks: usize, sides: usize, count: usize) -> Tree {
        let levels = (usize::BITS - chunks.leading_zeros()) as usize;
        let lines = (count * kernels.size).div_ceil(size_of::<Line>());
        let all = lines * (sides + levels);
        let memory = if all > FEW { Vec::with_capacity(all) } else { Vec::new() };
        let few = [const { MaybeUninit::uninit() }; FEW];
        Tree { kernels, few, memory, sides, count: 0, bytes: lines * size_of::<Line>(), pushed: 0 }
    }

    /// Begins with no chunk, for sums of `count` numbers.
    pub(super) fn clear(&mut self, count: usize) {
        assert!(count * self.kernels.size <= self.bytes, "no more than it was made for");
        (self.count, self.pushed) = (count, 0);
    }

    /// Where the sum is that is pushed next, or the `side`th of those.
    pub(super) fn now(&mut self, side: usize) -> *mut u8 {
        let memory =
            if self.memory.capacity() > 0 { self.memory.as_mut_ptr() } else { self.few.as_mut_ptr().cast() };
        memory.cast::<u8>().wrapping_add(side * self.bytes)
    }

    /// Bytes from one to the next of these.
    pub(super) fn apart(&self) -> isize {
        self.bytes as isize
    }

    /// Adds the sum of a chunk, or of four chunks side by side if there were as many times four before.
    ///
    /// # Safety
    /// - The numbers at `self.now(side)` of these have been written.
    pub(super) unsafe fn push(&mut self, chunks: usize) {
        let (mut side, mut level) = (0, 0);
        if chunks == 4 {
            for (before, now) in [(0, 1), (2, 3), (1, 3)] {
                // SAFETY: the caller's promise.
                unsafe { (self.kernels.add)(self.now(now), self.now(before), self.count) };
            }
            (side, level) = (3, 2);
        }
        let now = self.now(side);
        while self.pushed >> level & 1 == 1 {
            // SAFETY: the caller's promise; the number has this bit, so the level was written below.
            unsafe { (self.kernels.add)(now, self.now(self.sides + level), self.count) };
            level += 1;
        }
        let to = self.now(self.sides + level).cast::<Line>();
        for line in 0..(self.count * self.kernels.size).div_ceil(size_of::<Line>()) {
            // SAFETY: there is memory for as many levels as chunks can be, in whole lines; likewise below.
            let numbers = unsafe { now.cast::<Line>().wrapping_add(line).read() };
            // SAFETY: as above.
            unsafe { to.wrapping_add(line).write(numbers) };
        }
        self.pushed += chunks;
    }

    /// The sum of all chunks. There must be one.
    pub(super) fn total(&mut self) -> *mut u8 {
        let mut level = self.pushed.trailing_zeros() as usize;
        let total = self.now(self.sides + level);
        while self.pushed >> level > 1 {
            level += 1;
            if self.pushed >> level & 1 == 1 {
                // SAFETY: the count has these bits, so `push` wrote the levels.
                unsafe { (self.kernels.add)(total, self.now(self.sides + level), self.count) };
            }
        }
        total
    }
}
