//! `output[x, y] = Σ_k left[x, y, k] · right[x, y, k]`, lanes along `y`.
//!
//! Loop order: `x` outside, blocks of vectors of `y` (and of rows `x`, where these are short or share what they read), chunks of `k`, `k`.
//! Such a block of outputs is in registers for a chunk of `k`, so a multiply-add costs one unaligned load and a share of a
//! broadcast. Two forms do better:
//!
//! - **windows**: a row of the left operand is row `i` of one output's window and row `i - 1` of the next one's; see `windows`;
//! - **streams**: a vector times a large matrix, whose rows are read once. A strip of outputs is a buffer in the cache,
//!   and [`STREAMS`] rows at a time are read from one end of the strip to the other.
//!
//! What is here are the loops around kernels, compiled once: they know bytes, not elements.

use super::{
    Job, ONCE, Walk,
    kernels::{Block, Enter, Kernels, Lines, SHARED, SIDE, UNIT},
    split,
    terms::{CHUNK, Chunk, Line, Order, Run, Terms, Tree},
    windows::{Window, tall},
};
use crate::kernel::dims::Dim;
use core::mem::MaybeUninit;

/// Rows of matrices that are read at a time: a prefetcher follows about as many streams. Measured 4, 8 and 16: with vectors of 32 bytes 8 and 16
/// are alike, with 64 bytes 16 are 5 to 10 % faster, as a block costs some cycles of its own.
const STREAMS: usize = 16;
/// Bytes of a matrix that is read in strips: more than the level 2 cache has.
pub(super) const LARGE: usize = 1 << 20;
/// Bytes of a strip of outputs: as many as the level 1 cache has, a small part of level 2, and so long that a stream is worth starting.
/// Measured: rows of 3000 numbers took 1.5 to 2.5 times as long in strips of 4 KiB.
const STRIP: usize = 32 << 10;
/// Lines of a buffer for elements that have gaps: two of them and the sums fit the level 1 cache.
pub(super) const GATHERED: usize = 64;

/// Computes the outputs with lanes along `y`. Strides are in bytes.
///
/// # Safety
/// - As [`super::run`], for the loops `rows`, `y`, `outer` and `inner`;
/// - if `unit`, `y` moves by one element in the left operand, and as `kind` says in the right one.
pub(super) unsafe fn vertical(
    job: Job,
    rows: &[Dim],
    y: &Dim,
    outer: &[Dim],
    inner: &Dim,
    (kind, unit): (u8, bool),
) {
    let mut job = job;
    let kernels = job.kernels;
    let terms = Terms::new(outer, inner, 1, Order::Runs);
    let (x, outer_rows) = split(rows);
    // Half a vector read as a part of a longer one would lie across two cache lines more often. Each lane rounds alike.
    let (mut lanes, native) = (kernels.shape)(job.isa);
    while native && y.extent <= lanes / 2 {
        let Some(isa) = job.isa.with_shorter_vectors() else { break };
        (job.isa, lanes) = (isa, (kernels.shape)(isa).0);
    }
    // Too few outputs would wait for the latency of each addition. Rows side by side do not, and neither do chunks, whose sums are the same.
    let side = x.extent < SIDE && terms.are_side_by_side(SIDE);
    let windows = if native && unit && kind == SHARED && terms.chunks == 1 {
        Window::find(outer, inner, kernels.size)
    } else {
        None
    };
    let tall = tall(lanes * kernels.size);
    // Rows of windows that overlap are those of outputs one after the other, or with a dilation of every few.
    let every = windows.map_or(0, |(window, _)| window.every(&x));
    let way = if !unit || !native && y.extent < lanes {
        Way::Gather
    } else if every > 0 && x.extent / every >= tall {
        Way::Windows
    } else if native && y.extent <= 2 * lanes && kind != UNIT && (side || x.extent >= SIDE) {
        Way::Short
    } else {
        Way::Wide
    };
    let kernel = match way {
        Way::Windows => kernels.windows,
        Way::Short => kernels.short[usize::from(kind)],
        Way::Gather | Way::Wide => kernels.wide[job.kind(kind)],
    };
    let mut chunk = Chunk::new();
    let window = match windows {
        Some((window, around)) => {
            let starts = Terms::new(around, &ONCE, 1, Order::Runs);
            if way == Way::Windows {
                starts.chunk(0, &mut chunk);
            } else {
                let mut first = Chunk::new();
                starts.chunk(0, &mut first);
                window.terms(first.runs(), &mut chunk);
            }
            window
        }
        None => {
            terms.chunk(0, &mut chunk);
            Window::default()
        }
    };
    // Rows of outputs that one call of a kernel computes, and those around.
    let (row, around) = match way {
        Way::Gather => (ONCE, x),
        Way::Windows => {
            let times = every as isize;
            (Dim { left: times * x.left, output: times * x.output, ..x }, Dim { extent: every, ..x })
        }
        Way::Short | Way::Wide => (x, ONCE),
    };
    let vertical =
        Vertical { job, terms: &terms, way, kernel, kind, lanes, native, side, row, line: *y, window, tall };
    let mut memory = None;
    let mut walk = Walk::new(outer_rows);
    loop {
        let job = job.moved(&walk.at, 1);
        for n in 0..around.extent {
            let extent = if way == Way::Windows { (x.extent - n).div_ceil(every) } else { row.extent };
            let vertical = Vertical { row: Dim { extent, ..row }, ..vertical };
            // SAFETY: the caller's promise.
            unsafe { vertical.plane(job.moved(&around, n), &mut chunk, &mut memory) };
        }
        if !walk.next() {
            break;
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Way {
    Gather,
    Windows,
    Short,
    Wide,
}

#[derive(Clone, Copy)]
struct Vertical<'a> {
    job: Job,
    terms: &'a Terms<'a>,
    way: Way,
    kernel: Enter,
    kind: u8,
    lanes: usize,
    native: bool,
    /// Whether chunks of one row are computed side by side.
    side: bool,
    row: Dim,
    line: Dim,
    /// The windows, and the rows of a block of their outputs.
    window: Window,
    tall: usize,
}

impl Vertical<'_> {
    /// All rows along `row`.
    ///
    /// # Safety
    /// - As [`vertical`], for these rows; `chunk` is the first one.
    #[inline(never)]
    unsafe fn plane(&self, job: Job, chunk: &mut Chunk, memory: &mut Option<Tree>) {
        let Vertical { row, line, terms, way, lanes, side, .. } = *self;
        let Kernels { size, .. } = *job.kernels;
        if terms.chunks == 1 && job.plain && way != Way::Gather && line.output == size as isize {
            let block = self.block(job, chunk, job.output, line.extent, row.extent, row.output);
            // SAFETY: the caller's promise.
            unsafe { (self.kernel)(job.isa, &block) };
            return;
        }
        let side = way == Way::Short && side;
        let sides = if side { SIDE } else { 1 };
        let (group, strip) = match way {
            Way::Gather => (1, 4 * lanes),
            Way::Short => (if side { 1 } else { SIDE }, 2 * lanes),
            Way::Windows => (self.tall, STRIP / size / self.tall),
            Way::Wide => (1, STRIP / size),
        };
        // Rows of the left operand that do not overlap are read once. In the cache, blocks are as good.
        let bytes = terms.chunks.saturating_mul(CHUNK * size).saturating_mul(line.extent);
        let streams = way == Way::Wide
            && terms.chunks > 1
            && terms.inner.left.unsigned_abs() >= line.extent * size
            && bytes >= LARGE;
        let memory = memory.get_or_insert_with(|| {
            // The last strip is not shorter than a vector.
            let width = line.extent.clamp(lanes, strip + lanes);
            Tree::new(job.kernels, terms.chunks, sides, group * width)
        });
        let mut done = 0;
        while done < row.extent {
            // The last rows overlap those before, which are not assigned twice.
            let first = done.min(row.extent - group);
            let rows = group;
            let mut y = 0;
            while y < line.extent {
                let left = line.extent - y;
                let width = if left <= strip + lanes { left } else { strip };
                // There are sums for all lanes.
                memory.clear(rows * if way == Way::Gather { width.max(lanes) } else { width });
                let at = job.moved(&row, first).moved(&line, y);
                let mut index = 0;
                while index < terms.chunks {
                    // A sum of one chunk has it at hand from one block to the next.
                    if terms.chunks > 1 {
                        terms.chunk(index, chunk);
                    }
                    let to = memory.now(0);
                    if side && index + SIDE < terms.chunks {
                        let by = chunk.len as isize;
                        for n in 0..rows {
                            let to = to.wrapping_add(n * width * size);
                            let block = Block {
                                apart: Run { left: by * terms.inner.left, right: by * terms.inner.right },
                                ..self.block(at.moved(&row, n), chunk, to, width, SIDE, memory.apart())
                            };
                            // SAFETY: the caller's promise: chunks follow each other, and all but the last of the sum are as long.
                            unsafe { (self.kernel)(job.isa, &block) };
                        }
                    } else {
                        let block = self.block(at, chunk, to, width, rows, (width * size) as isize);
                        if way == Way::Gather {
                            // SAFETY: the caller's promise, for one chunk; there is room for a vector.
                            unsafe { self.gather(&block) };
                        } else if streams {
                            // SAFETY: the caller's promise, for one chunk.
                            unsafe { self.streams(&block) };
                        } else {
                            // What is left of chunks side by side is one row, and fewer than `short` computes.
                            let kernel =
                                if side { job.kernels.wide[job.kind(self.kind)] } else { self.kernel };
                            // SAFETY: as above.
                            unsafe { kernel(job.isa, &block) };
                        }
                    }
                    let pushed = if side && index + SIDE < terms.chunks { SIDE } else { 1 };
                    if terms.chunks > 1 {
                        // SAFETY: written above.
                        unsafe { memory.push(pushed) };
                    }
                    index += pushed;
                }
                let sums = if terms.chunks > 1 { memory.total() } else { memory.now(0) };
                for n in done - first..rows {
                    let output = at.moved(&row, n).output;
                    let sums = sums.wrapping_add(n * width * size);
                    // SAFETY: the caller's promise; so many sums were written.
                    unsafe { (job.kernels.store)(job.store, output, line.output, sums, width) };
                }
                y += width;
            }
            done = first + rows;
        }
    }

    #[inline(never)]
    fn block<'c>(
        &self,
        job: Job,
        chunk: &'c Chunk,
        to: *mut u8,
        width: usize,
        rows: usize,
        to_apart: isize,
    ) -> Block<'c> {
        let &Dim { left, right, .. } = self.terms.inner;
        Block {
            left: job.left,
            right: job.right,
            runs: chunk.runs(),
            len: chunk.len,
            step: Run { left, right },
            window: self.window,
            to,
            add: false,
            width,
            rows,
            apart: Run { left: self.row.left, right: self.row.right },
            to_apart,
        }
    }

    /// One chunk of a row whose outputs are not neighbours in the operands, or are fewer than lanes: a few terms at a time are copied.
    ///
    /// # Safety
    /// - As [`Enter`], and there is room for a vector of outputs.
    #[inline(never)]
    unsafe fn gather(&self, block: &Block<'_>) {
        let (kernels, line) = (self.job.kernels, self.line);
        let mut buffers = [const { MaybeUninit::<[Line; GATHERED]>::uninit() }; 2];
        let bytes = size_of_val(&buffers[0]);
        let [left, right] = &mut buffers;
        let (left, right) = (left.as_mut_ptr().cast::<u8>(), right.as_mut_ptr().cast::<u8>());
        let width = if self.native { block.width } else { block.width.max(self.lanes) };
        if width > block.width {
            // The lanes that there are no outputs for are numbers as well.
            for buffer in [left, right] {
                // SAFETY: so many bytes are the buffer's.
                unsafe { buffer.write_bytes(0, bytes) };
            }
        }
        let most = bytes / (width * kernels.size);
        let step = (width * kernels.size) as isize;
        let mut add = false;
        for run in block.runs {
            let mut k = 0;
            while k < block.len {
                let len = (block.len - k).min(most);
                let from =
                    |from: *const u8, run: isize, step: isize| from.wrapping_offset(run + k as isize * step);
                let lines = |apart: isize| Lines { count: len, apart };
                let columns = |apart: isize| Lines { count: block.width, apart };
                let from_left = from(block.left, run.left, block.step.left);
                // SAFETY: the caller's promise; the buffer has room for as many rows.
                unsafe {
                    (kernels.copy)(left, width, from_left, lines(block.step.left), columns(line.left));
                };
                let from_right = from(block.right, run.right, block.step.right);
                if self.kind == UNIT {
                    // SAFETY: as above.
                    unsafe {
                        (kernels.copy)(
                            right,
                            width,
                            from_right,
                            lines(block.step.right),
                            columns(line.right),
                        );
                    };
                }
                let copied = Block {
                    left,
                    right: if self.kind == UNIT { right } else { from_right },
                    runs: &[Run { left: 0, right: 0 }],
                    len,
                    step: Run { left: step, right: if self.kind == UNIT { step } else { block.step.right } },
                    add,
                    width,
                    ..*block
                };
                // SAFETY: the terms are in the buffers; the rest is the caller's promise.
                unsafe { (self.kernel)(self.job.isa, &copied) };
                add = true;
                k += len;
            }
        }
    }

    /// One chunk of a long row, a few rows of the left operand at a time.
    ///
    /// # Safety
    /// - As [`Enter`].
    #[inline(never)]
    unsafe fn streams(&self, block: &Block<'_>) {
        let streams = if self.kind == UNIT { STREAMS / 2 } else { STREAMS };
        let len = block.len.min(streams);
        let mut block = *block;
        for runs in block.runs.chunks(streams / len) {
            let mut k = 0;
            while k < block.len {
                let part = Block {
                    left: block.left.wrapping_offset(k as isize * block.step.left),
                    right: block.right.wrapping_offset(k as isize * block.step.right),
                    runs,
                    len: (block.len - k).min(len),
                    ..block
                };
                // SAFETY: the caller's promise, for some of the terms.
                unsafe { (self.kernel)(self.job.isa, &part) };
                block.add = true;
                k += part.len;
            }
        }
    }
}
