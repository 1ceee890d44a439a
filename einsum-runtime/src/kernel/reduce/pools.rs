//! `output[x, y] = Σ_ke left[x, k, w·y + e]` with `e < w`: sums over windows of a few neighbours that follow each other without a gap, as when an
//! image is halved by the mean of each block of pixels.
//!
//! Loop order: `x` outside, vectors of `y`, `k`. As many vectors as a window has elements are read side by side, so that lanes are places, and
//! all terms `k` are added to each; then the `w` neighbours of each output are added. Lanes are neither outputs nor terms alone: of the former
//! every `w`th element would have to be gathered, of the latter a vector would be filled with two to four.
//!
//! **Order of additions.** First over `k`, then over `e`, halves first: that of lanes that are terms.

#![expect(clippy::needless_range_loop, reason = "indices of registers")]

use super::{
    Job, Walk, best,
    kernels::Kernels,
    split,
    terms::{Chunk, Order, Run, Terms},
};
use crate::kernel::{
    Assignment,
    dims::Dim,
    element::{Element, Store},
    simd::{Isa, Kernel, MOST_LANES, Simd, Vector, rolled},
};
use core::marker::PhantomData;

/// The lengths of windows that there are kernels for.
pub(super) const LENGTHS: [usize; 3] = [2, 3, 4];

/// Some rows of outputs. Distances are in bytes.
#[derive(Clone, Copy)]
pub(super) struct Block<'r> {
    left: *const u8,
    /// Where the terms `k` of the first output are.
    runs: &'r [Run],
    /// From a row to the next.
    apart: isize,
    rows: usize,
    width: usize,
    to: *mut u8,
    /// From an output to the next, and from a row of them.
    to_step: isize,
    to_apart: isize,
    /// What happens to the outputs.
    store: *const u8,
}

/// A kernel for one type of element and one length of windows.
///
/// # Safety
/// - All terms of the block may be read, and its outputs are elements that nothing else uses meanwhile.
pub(super) type Enter = unsafe fn(Isa, &Block<'_>);

/// The kernels of a type of element, by [`LENGTHS`].
pub(super) const fn kernels<T: Element>() -> [Enter; 3] {
    [enter::<T, 2>, enter::<T, 3>, enter::<T, 4>]
}

/// # Safety
/// - As [`Enter`].
unsafe fn enter<T: Element, const W: usize>(isa: Isa, block: &Block<'_>) {
    // SAFETY: the caller's promise.
    unsafe { isa.run(Pools::<T, W>(block, PhantomData)) }
}

/// The loops of such a sum, strides in bytes.
pub(super) struct Pooling<'d> {
    kernel: Enter,
    /// The loop `y`, and the loops `x`.
    line: Dim,
    rows: &'d [Dim],
    terms: &'d [Dim],
}

impl<'d> Pooling<'d> {
    /// The loops as one of these, if they are, and there is no loop of outputs whose terms are neighbours; `y` becomes the last of `kept`. Nothing
    /// but the strides of those loops decides.
    pub(super) fn find(job: &Job, kept: &'d mut [Dim], contracted: &'d [Dim]) -> Option<Pooling<'d>> {
        let &Kernels { size, ref pools, .. } = job.kernels;
        let size = size as isize;
        let (window, terms) = contracted.split_last()?;
        let length = LENGTHS.iter().position(|&length| length == window.extent)?;
        let is_window = |dim: &Dim| dim.left == window.extent as isize * size;
        let has_one_chunk = Terms::new(terms, &super::ONCE, 1, Order::Runs).chunks == 1;
        if window.left != size || !has_one_chunk || kept.iter().any(|dim| dim.left == size) {
            return None;
        }
        let across = best(kept, is_window, size)?;
        kept[across..].rotate_left(1);
        let (&line, rows) = kept.split_last()?;
        Some(Pooling { kernel: pools[length], line, rows, terms })
    }

    /// # Safety
    /// - As [`super::run`], for these loops.
    pub(super) unsafe fn run(&self, job: Job) {
        let Pooling { kernel, line, rows, terms } = *self;
        let mut isa = job.isa;
        while line.extent <= (job.kernels.shape)(isa).0 / 2 {
            let Some(shorter) = isa.with_shorter_vectors() else { break };
            isa = shorter;
        }
        let mut chunk = Chunk::new();
        Terms::new(terms, &super::ONCE, 1, Order::Runs).chunk(0, &mut chunk);
        let (row, outer) = split(rows);
        let mut walk = Walk::new(outer);
        loop {
            let at = job.moved(&walk.at, 1);
            let block = Block {
                left: at.left,
                runs: chunk.runs(),
                apart: row.left,
                rows: row.extent,
                width: line.extent,
                to: at.output,
                to_step: line.output,
                to_apart: row.output,
                store: job.store,
            };
            // SAFETY: the caller's promise, for these rows.
            unsafe { kernel(isa, &block) };
            if !walk.next() {
                break;
            }
        }
    }
}

struct Pools<'b, T, const W: usize>(&'b Block<'b>, PhantomData<T>);

impl<T: Element, const W: usize> Kernel for Pools<'_, T, W> {
    type Output = ();
    type Reach = T::InSums;

    /// # Safety
    /// - As [`Enter`].
    #[inline(always)]
    unsafe fn run<S: Simd>(self) {
        let block = self.0;
        // SAFETY: the caller's promise.
        let store = unsafe { *block.store.cast::<Store<T>>() };
        let lanes = T::Vector::<S>::LANES;
        for row in 0..block.rows as isize {
            let mut y = 0;
            while y < block.width {
                rolled();
                let count = lanes.min(block.width - y);
                let left = block.left.wrapping_offset(row * block.apart).cast::<T>().wrapping_add(y * W);
                let to = block.to.wrapping_offset(row * block.to_apart + y as isize * block.to_step).cast();
                // SAFETY: the caller's promise, for these outputs; likewise below.
                let sums = unsafe { sums::<T::Vector<S>, W>(left, block.runs, count) };
                // SAFETY: as above.
                unsafe { assign(store, sums, to, block.to_step / size_of::<T>() as isize, count) };
                y += count;
            }
        }
    }
}

/// The sums of `count` windows that begin at `left`, in the first lanes.
///
/// # Safety
/// - All terms may be read; there are not more outputs than lanes.
#[inline(always)]
unsafe fn sums<V: Vector<Scalar: Element>, const W: usize>(
    left: *const V::Scalar,
    runs: &[Run],
    count: usize,
) -> V {
    let mut total = [V::splat(V::Scalar::default()); W];
    let at = |run: &Run, n: usize| {
        left.cast::<u8>().wrapping_offset(run.left).cast::<V::Scalar>().wrapping_add(n * V::LANES)
    };
    if count == V::LANES {
        for run in runs {
            rolled();
            for n in 0..W {
                // SAFETY: the caller's promise: as many windows are as many vectors.
                total[n] = total[n].add(unsafe { V::load(at(run, n)) });
            }
        }
    } else {
        let mut masks = [V::mask(0); W];
        for n in 0..W {
            masks[n] = V::mask((count * W).saturating_sub(n * V::LANES).min(V::LANES));
        }
        for run in runs {
            rolled();
            for n in 0..W {
                // SAFETY: the caller's promise: what is left of the windows.
                total[n] = total[n].add(unsafe { V::load_mask(at(run, n), masks[n]) });
            }
        }
    }
    fold(total)
}

/// Adds every `W` neighbours. The compiler makes shuffles of it.
#[inline(always)]
fn fold<V: Vector<Scalar: Element>, const W: usize>(total: [V; W]) -> V {
    let zero = V::Scalar::default();
    let mut places = [[zero; MOST_LANES]; W];
    let places = places.as_flattened_mut();
    for n in 0..W {
        // SAFETY: there is room for `W` of the longest vectors.
        unsafe { total[n].store(places.as_mut_ptr().wrapping_add(n * V::LANES)) };
    }
    let mut sums = [zero; MOST_LANES];
    for n in 0..V::LANES {
        let at = |e: usize| places[W * n + e];
        sums[n] = match W {
            2 => at(0) + at(1),
            3 => (at(0) + at(2)) + at(1),
            _ => (at(0) + at(2)) + (at(1) + at(3)),
        };
    }
    // SAFETY: there are as many as any vector has lanes.
    unsafe { V::load(sums.as_ptr()) }
}

/// What a [`Store`] does with the first `count` lanes, for outputs that are `apart`.
///
/// # Safety
/// - The outputs are elements that nothing else uses meanwhile.
#[inline(always)]
unsafe fn assign<V: Vector<Scalar: Element>>(
    store: Store<V::Scalar>,
    sums: V,
    to: *mut V::Scalar,
    apart: isize,
    count: usize,
) {
    if store.assignment != Assignment::Set || apart != 1 {
        let sums = sums.lanes();
        // SAFETY: the caller's promise.
        return unsafe { store.all(to, apart, &sums[..count]) };
    }
    let sums = store.factor.map_or(sums, |factor| sums.mul(V::splat(factor)));
    if count == V::LANES {
        // SAFETY: as above.
        unsafe { sums.store(to) };
    } else {
        // SAFETY: as above.
        unsafe { sums.store_part(to, count) };
    }
}
