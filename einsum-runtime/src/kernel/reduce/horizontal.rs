//! `output[m] = Σ_k left[m, k] · right[m, k]`, lanes along `k`.
//!
//! Loop order: `m` outside, chunks of `k`, `k`. Rows `m` that have the right operand in common are taken a few at a time, and share its
//! loads. A single long sum is a tree whose halves run side by side if there are threads.
//!
//! What is here are the loops around kernels, compiled once: they know bytes, not elements.

use super::{
    Job, Walk,
    kernels::{ABSENT, Block, Enter, Lines, SHARED, UNIT, width},
    split,
    terms::{CHUNK, Chunk, Line, Order, Run, Terms, Tree},
    vertical::{GATHERED, LARGE},
    windows::Window,
};
use crate::kernel::dims::Dim;
use core::{mem::MaybeUninit, ops::Range};

/// Rows whose sums go through a buffer together.
const GROUP: usize = 16;
/// Up to this many terms of a row the lanes of a few rows are added together. Measured: of more, rows are read faster from the level 2 cache one
/// after the other.
const FEW: usize = 64;
/// Chunks of a leaf of the tree of a single sum. A power of two, so that the tree is the same one as without leaves; 2¹⁶ elements of
/// `f64` take 20 µs or more, which is what a task costs a few times over.
const LEAF: usize = 16;
/// Below this many bytes of an operand a single sum stays on one thread: they take 100 µs or so.
#[cfg(feature = "rayon")]
const WORTH_THREADS: usize = 4 << 20;

/// Computes the outputs with lanes along `inner`. Strides are in bytes.
///
/// # Safety
/// - As [`super::run`], for the loops `kept`, `outer` and `inner`;
pub(super) unsafe fn horizontal(job: Job, kept: &[Dim], outer: &[Dim], inner: &Dim, kind: u8) {
    let mut job = job;
    let kernels = job.kernels;
    let size = kernels.size as isize;
    let gaps = [inner.left != size, kind != ABSENT && inner.right != size];
    // An operand that moves far from term to term may move little between runs.
    let order = if inner.left == size && inner.right.abs() <= size { Order::Runs } else { Order::Tiles };
    // Measured: two streams from the caches are up to 25 % faster with vectors of 64 bytes than of 32, one stream is not, and from
    // memory they are 20 % slower. The order of additions depends on it, so it must not depend on the number of outputs.
    let count = outer.iter().fold(inner.extent, |count: usize, dim| count.saturating_mul(dim.extent));
    if kind == ABSENT || count <= FEW || count.saturating_mul(kernels.size) >= LARGE {
        job.isa = job.isa.with_shorter_vectors().unwrap_or(job.isa);
    }
    let terms = Terms::new(outer, inner, width(kernels, job.isa), order);
    let is_common = kept.last().is_some_and(|x| x.right == 0);
    let kernel = match kind {
        _ if !are_in_groups(&job, count, gaps) => kernels.rows[job.kind(kind)],
        ABSENT => kernels.groups[usize::from(ABSENT)],
        _ => kernels.groups[usize::from(if is_common { SHARED } else { UNIT })],
    };
    let this = Horizontal { job, terms: &terms, kernel, gaps };
    if kept.is_empty() && terms.chunks > LEAF {
        // SAFETY: the caller's promise.
        let sum = unsafe { this.total(0..terms.chunks) };
        // SAFETY: the caller's promise.
        unsafe { (kernels.store)(job.store, job.output, 0, sum.0.as_ptr().cast(), 1) };
        return;
    }
    let mut chunk = Chunk::new();
    terms.chunk(0, &mut chunk);
    let (x, outer_rows) = split(kept);
    let mut memory = None;
    let mut walk = Walk::new(outer_rows);
    loop {
        let job = job.moved(&walk.at, 1);
        if terms.chunks == 1 && job.plain {
            // SAFETY: the caller's promise, for these rows.
            unsafe { this.chunk(job, &x, &chunk, job.output, x.output, x.extent) };
        } else {
            let memory =
                memory.get_or_insert_with(|| Tree::new(kernels, terms.chunks, 1, GROUP.min(x.extent)));
            let mut done = 0;
            while done < x.extent {
                let rows = (x.extent - done).min(if terms.chunks > 1 { 2 } else { GROUP });
                let at = job.moved(&x, done);
                memory.clear(rows);
                // SAFETY: the caller's promise, for these rows.
                let sums = unsafe { this.chunks(at, &x, 0..terms.chunks, rows, &mut chunk, memory) };
                // SAFETY: the caller's promise; the sums were written.
                unsafe { (kernels.store)(job.store, at.output, x.output, sums, rows) };
                done += rows;
            }
        }
        if !walk.next() {
            break;
        }
    }
}

/// Terms of a single sum that are one chunk with the shortest vectors that there are.
const ONE_CHUNK: usize = 4 * CHUNK;

/// The sum of one row of neighbours as [`horizontal`] computes it, where that comes down to one call of a kernel. Else does nothing and says `false`.
///
/// # Safety
/// - As [`horizontal`], for `count` neighbours in each operand.
pub(super) unsafe fn one_row(job: &Job, count: usize, kind: u8) -> bool {
    if !job.plain || !(FEW + 1..=ONE_CHUNK).contains(&count) {
        return false;
    }
    let isa = if kind == ABSENT { job.isa.with_shorter_vectors().unwrap_or(job.isa) } else { job.isa };
    debug_assert!(count <= CHUNK * width(job.kernels, isa), "one chunk");
    let block = Block {
        left: job.left,
        right: job.right,
        runs: &[Run { left: 0, right: 0 }],
        len: count,
        window: Window::default(),
        step: Run { left: 0, right: 0 },
        to: job.output,
        add: false,
        width: 1,
        rows: 1,
        apart: Run { left: 0, right: 0 },
        to_apart: 0,
    };
    // SAFETY: the caller's promise.
    unsafe { (job.kernels.rows[job.kind(kind)])(isa, &block) };
    true
}

/// Whether the lanes of several rows are added at once: of few terms without gaps, where vectors are registers.
pub(super) fn are_in_groups(job: &Job, count: usize, gaps: [bool; 2]) -> bool {
    count <= FEW && gaps == [false; 2] && (job.kernels.shape)(job.isa).1
}

#[derive(Clone, Copy)]
struct Horizontal<'a> {
    job: Job,
    terms: &'a Terms<'a>,
    kernel: Enter,
    /// Whether the terms have gaps in the left operand, and in the right one.
    gaps: [bool; 2],
}

/// Room for one element.
#[derive(Clone, Copy)]
#[repr(C, align(16))]
struct Sum([MaybeUninit<u8>; 16]);

impl Horizontal<'_> {
    /// The sum of the chunks: where there are many, of two parts, the first the longest that is a power of two. The parts do not depend on
    /// each other.
    ///
    /// # Safety
    /// - As [`horizontal`], of one output.
    unsafe fn total(&self, range: Range<usize>) -> Sum {
        let count = range.len();
        let size = self.job.kernels.size;
        if count <= LEAF {
            let (x, mut chunk) = (Dim::default(), Chunk::new());
            let mut memory = Tree::new(self.job.kernels, count, 1, 1);
            memory.clear(1);
            if self.terms.chunks == 1 {
                self.terms.chunk(0, &mut chunk);
            }
            // SAFETY: the caller's promise.
            let sum = unsafe { self.chunks(self.job, &x, range, 1, &mut chunk, &mut memory) };
            let mut total = Sum([MaybeUninit::uninit(); 16]);
            // SAFETY: there is room for any element.
            unsafe { core::ptr::copy_nonoverlapping(sum, total.0.as_mut_ptr().cast(), size) };
            return total;
        }
        let middle = range.start + count.next_power_of_two() / 2;
        let (first, second) = (range.start..middle, middle..range.end);
        // SAFETY: the caller's promise.
        let (mut first, second) = unsafe { self.both(first, second) };
        // `now = before + now` with the second as `now`, and back: addition is the same either way.
        // SAFETY: both have been written.
        unsafe { (self.job.kernels.add)(first.0.as_mut_ptr().cast(), second.0.as_ptr().cast(), 1) };
        first
    }

    /// Two parts of a sum, side by side if they are long.
    ///
    /// # Safety
    /// - As [`Horizontal::total`].
    #[cfg(feature = "rayon")]
    unsafe fn both(&self, first: Range<usize>, second: Range<usize>) -> (Sum, Sum) {
        struct Shared<'a>(&'a Horizontal<'a>);
        // SAFETY: the operands are only read, and each part writes its own sum.
        unsafe impl Sync for Shared<'_> {}
        // SAFETY: as above.
        unsafe impl Send for Shared<'_> {}

        let bytes = (first.len() + second.len()).saturating_mul(self.terms.most()) * self.job.kernels.size;
        if bytes < WORTH_THREADS || rayon_core::current_num_threads() < 2 {
            // SAFETY: the caller's promise.
            return (unsafe { self.total(first) }, unsafe { self.total(second) });
        }
        let (one, other) = (Shared(self), Shared(self));
        rayon_core::join(
            move || {
                let Shared(this) = { one };
                // SAFETY: the caller's promise.
                unsafe { this.total(first) }
            },
            move || {
                let Shared(this) = { other };
                // SAFETY: the caller's promise.
                unsafe { this.total(second) }
            },
        )
    }

    /// # Safety
    /// - As [`Horizontal::total`].
    #[cfg(not(feature = "rayon"))]
    unsafe fn both(&self, first: Range<usize>, second: Range<usize>) -> (Sum, Sum) {
        // SAFETY: the caller's promise.
        (unsafe { self.total(first) }, unsafe { self.total(second) })
    }

    /// The sums over some chunks, of a few rows along `x`.
    ///
    /// # Safety
    /// - As [`horizontal`], for these rows; `chunk` is the one chunk if there is only one.
    unsafe fn chunks(
        &self,
        job: Job,
        x: &Dim,
        range: Range<usize>,
        rows: usize,
        chunk: &mut Chunk,
        memory: &mut Tree,
    ) -> *const u8 {
        let size = job.kernels.size as isize;
        for index in range {
            if self.terms.chunks > 1 {
                self.terms.chunk(index, chunk);
            }
            // SAFETY: the caller's promise, for one chunk.
            unsafe { self.chunk(job, x, chunk, memory.now(0), size, rows) };
            if self.terms.chunks == 1 {
                return memory.now(0);
            }
            // SAFETY: written above.
            unsafe { memory.push(1) };
        }
        memory.total()
    }

    /// The sums over one chunk.
    ///
    /// # Safety
    /// - As [`Horizontal::chunks`], for one chunk; the sums go to elements that nothing else uses.
    unsafe fn chunk(&self, job: Job, x: &Dim, chunk: &Chunk, to: *mut u8, to_apart: isize, rows: usize) {
        let &Dim { left, right, .. } = self.terms.inner;
        let block = Block {
            left: job.left,
            right: job.right,
            runs: chunk.runs(),
            len: chunk.len,
            window: Window::default(),
            step: Run { left, right },
            to,
            add: false,
            width: 1,
            rows,
            apart: Run { left: x.left, right: x.right },
            to_apart,
        };
        if self.gaps == [false; 2] {
            // SAFETY: the caller's promise.
            unsafe { (self.kernel)(job.isa, &block) };
            return;
        }
        // What has gaps is copied first, in pieces.
        let mut buffers = [const { MaybeUninit::<[Line; GATHERED]>::uninit() }; 2];
        let piece = size_of_val(&buffers[0]) / job.kernels.size;
        let buffers = buffers.each_mut().map(|buffer| buffer.as_mut_ptr().cast::<u8>());
        for row in 0..rows as isize {
            let from = [row * x.left, row * x.right];
            let mut block = Block { to: to.wrapping_offset(row * to_apart), rows: 1, ..block };
            for run in chunk.runs() {
                let mut k = 0;
                while k < chunk.len {
                    let len = piece.min(chunk.len - k);
                    let mut places = [job.left, job.right];
                    for (n, (run, step)) in [(run.left, left), (run.right, right)].into_iter().enumerate() {
                        places[n] = places[n].wrapping_offset(from[n] + run + k as isize * step);
                        if !self.gaps[n] {
                            continue;
                        }
                        let (once, terms) = (Lines { count: 1, apart: 0 }, Lines { count: len, apart: step });
                        // One element for all terms is there already.
                        if k == 0 || step != 0 {
                            // SAFETY: the caller's promise; the buffer has room for as many.
                            unsafe { (job.kernels.copy)(buffers[n], len, places[n], once, terms) };
                        }
                        places[n] = buffers[n];
                    }
                    block = Block {
                        left: places[0],
                        right: places[1],
                        runs: &[Run { left: 0, right: 0 }],
                        len,
                        ..block
                    };
                    // SAFETY: the caller's promise, for a part of the terms.
                    unsafe { (self.kernel)(job.isa, &block) };
                    block.add = true;
                    k += len;
                }
            }
        }
    }
}
