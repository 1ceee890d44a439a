//! Products with free indices in one operand or batch indices alone, and sums:
//! `output[m] = Σ_k left[m, k] · right[m, k]`, or `Σ_k left[m, k]`.
//!
//! Dot, sum, matrix times vector, vector times matrix, and the convolution of windows with a kernel. Every element of the operands is
//! read for few outputs, so what counts is loads; nothing is copied, overlapping windows are read where they lie.
//!
//! - `kernels`: the loops that work, the only part that exists for each type of element and instruction set;
//! - `terms`: the sum of one output, cut in chunks, and how the sums of chunks are combined;
//! - `vertical`: lanes are outputs: `m` outside, a block of vectors of outputs in registers, `k` inside;
//! - `windows`: the same where rows of outputs read the same rows of an operand, as in a convolution;
//! - `pools`: sums over windows of a few neighbours that do not overlap;
//! - `horizontal`: lanes are terms: `m` outside, vectors of `k` inside, the lanes added at the end.
//!
//! All but the kernels is compiled once: strides become bytes, and what depends on the element is in a table.
//!
//! **Order of additions.** It depends on the extents of `k` and on strides, never on the extents of `m`: an output is the same to
//! the last bit in whatever block, tail or thread it is computed. The one thing to know for a driver that splits `m`: the loop of
//! unit stride must stay a loop (two iterations or more), as its stride chooses the way.
//!
//! **Integers.** Kernels use `+` and `*`, so overflow is what the build says. A sum without overflow may have partial sums with one, and which
//! partial sums there are depends on the order of additions, unless no term is negative: then none exceeds the whole. So where
//! overflow panics, signed sums are left to the generated loops, which add in the order of the indices; see [`Element::HAS_SUMS`].

mod horizontal;
mod kernels;
mod pools;
mod terms;
#[cfg(test)]
mod tests;
mod vertical;
mod windows;

use super::{
    dims::{Dim, Group},
    element::{Element, Store},
    simd::{Isa, Reach},
};
use alloc::vec::Vec;
use core::ptr;
use horizontal::{are_in_groups, horizontal, one_row};
use kernels::{ABSENT, CONJUGATED, Kernels, Lines, SHARED, UNIT};
use pools::Pooling;
use vertical::vertical;

/// From this many terms of unit stride on, lanes are terms although they could be outputs. A sum over lanes costs about as much as
/// the loads of 50 terms, and blocks of outputs read overlapping windows at the same speed, if there are enough of them.
const LONG: usize = 512;
/// Below this many terms of unit stride, lanes are outputs although these have to be gathered: so a sum over lanes costs more, where the lanes of
/// several rows are not added at once.
const SHORT: usize = 8;
/// From this many terms of unit stride in one operand alone on, lanes are terms: the other operand is gathered. Below, outputs are.
const LONG_STRIDED: usize = 32;

/// A loop that is none.
const ONCE: Dim = Dim { extent: 1, left: 0, right: 0, output: 0 };

/// Runs the loops `kept` of the output (`m`) and `contracted` (`k`); a stride of 0 in an operand is a broadcast. The right operand may be conjugated
/// if both move in all loops. Says `false`, and does nothing, if there is no better way than plain loops.
///
/// # Safety
/// - All positions of the loops are elements of the arrays that the pointers point to the first elements of; those of `left` and
///   `right` may be read;
/// - no two positions of `kept` are the same element of the output, and nothing else uses these meanwhile.
pub(crate) unsafe fn run<T: Element>(
    isa: Isa,
    kept: &Group,
    contracted: &Group,
    store: Store<T>,
    output: *mut T,
    left: *const T,
    (right, conjugated): (Option<*const T>, bool),
) -> bool {
    let both = right.is_some();
    let Some(job) = Job::new(isa, &store, output, left, (right, conjugated)) else { return false };
    // SAFETY: the caller's promise; the table is that of the elements.
    unsafe { run_bytes(job, kept, contracted, both) }
}

/// Sums of up to so many terms in all are worth a look whether they are [neighbours](run_neighbours): of more, finding that out in [`run`] is a
/// small part.
pub(crate) const FEW_TERMS: usize = 1 << 14;

/// The sum of `count` neighbours, or of their products with those of the right operand, for each of `rows` or once: to the last bit what [`run`]
/// gives, which finds out that they are neighbours. Says `false`, and does nothing, if that would, or if it would go another way.
///
/// # Safety
/// - As [`run`], with the rows as the loop that is kept, and `count` neighbours in the operands as the other.
pub(crate) unsafe fn run_neighbours<T: Element>(
    isa: Isa,
    rows: Option<Dim>,
    count: usize,
    store: Store<T>,
    (output, left, right): (*mut T, *const T, Option<*const T>),
) -> bool {
    // Lanes are terms of one row, and rows are not neighbours themselves: see `choose`.
    let are_apart = |rows: Dim| rows.extent > 1 && rows.left > 1 && count >= SHORT;
    if !rows.is_none_or(are_apart) {
        return false;
    }
    let Some(job) = Job::new(isa, &store, output, left, (right, false)) else { return false };
    let size = size_of::<T>() as isize;
    let (kind, step) = if right.is_some() { (UNIT, size) } else { (ABSENT, 0) };
    // SAFETY: the caller's promise; the kind fits the strides.
    if rows.is_none() && unsafe { one_row(&job, count, kind) } {
        return true;
    }
    let terms = Dim { extent: count, left: size, right: step, output: 0 };
    let kept = rows.map(|rows| Dim {
        extent: rows.extent,
        left: rows.left * size,
        right: rows.right * size,
        output: rows.output * size,
    });
    // SAFETY: the caller's promise; the kind fits the strides.
    unsafe { horizontal(job, kept.as_slice(), &[], &terms, kind) };
    true
}

/// The elements of a step are known by their table alone.
///
/// # Safety
/// - As [`run`].
unsafe fn run_bytes(mut job: Job, kept: &Group, contracted: &Group, both: bool) -> bool {
    // From here on strides are bytes.
    let size = job.kernels.size as isize;
    let (mut in_bytes, mut sum_in_bytes) = (Group::default(), Group::default());
    job = job.moved(&forward_in_bytes(kept, size, &mut in_bytes), 1);
    job = job.moved(&forward_in_bytes(contracted, size, &mut sum_in_bytes), 1);
    arrange(&mut in_bytes, true);
    arrange(&mut sum_in_bytes, false);
    let (kept, contracted) = (in_bytes.dims_mut(), sum_in_bytes.dims_mut());
    if !both && let Some(pooling) = Pooling::find(&job, kept, contracted) {
        // SAFETY: the caller's promise.
        unsafe { pooling.run(job) };
        return true;
    }
    let Some(Choice { across, along, swap }) = choose(&job, kept, contracted, both) else {
        return false;
    };
    if swap {
        job = Job { left: job.right, right: job.left, ..job };
        kept.iter_mut().chain(&mut *contracted).for_each(Dim::swap);
    }
    // The chosen loop becomes the innermost one.
    contracted[along..].rotate_left(1);
    let (inner, outer) = contracted.split_last().expect("chosen from these");
    // How an operand moves along the lanes.
    let kind = |dim: &Dim| match (both, dim.right == 0) {
        (false, _) => ABSENT,
        (true, true) => SHARED,
        (true, false) => UNIT,
    };
    if let Some(across) = across {
        kept[across..].rotate_left(1);
        let (y, rows) = kept.split_last().expect("chosen from these");
        let unit = y.left == size && (y.right == 0 || y.right == size);
        // Few integers side by side would be a small part of a vector. Their order of additions may depend on that.
        if job.kernels.exact && y.extent < (job.kernels.shape)(job.isa).0 {
            // SAFETY: the caller's promise; the kind fits the strides.
            unsafe { horizontal(job, kept, outer, inner, kind(inner)) };
            return true;
        }
        // SAFETY: the caller's promise; the kind fits the strides.
        unsafe { vertical(job, rows, y, outer, inner, (kind(y), unit)) };
        return true;
    }
    if both
        && inner.left == size
        && inner.right != 0
        && inner.right != size
        && outer.is_empty()
        && !kept.is_empty()
        && kept.iter().all(|dim| dim.right == 0)
    {
        // A vector that all rows have in common is made one without gaps first. The order of additions stays.
        let mut buffer = Vec::<u64>::with_capacity((inner.extent * job.kernels.size).div_ceil(8));
        let right: *mut u8 = buffer.as_mut_ptr().cast();
        let (once, terms) = (Lines { count: 1, apart: 0 }, Lines { count: inner.extent, apart: inner.right });
        // SAFETY: the caller's promise; the buffer has room for as many elements.
        unsafe { (job.kernels.copy)(right, inner.extent, job.right, once, terms) };
        let inner = &Dim { right: size, ..*inner };
        // SAFETY: the caller's promise; the vector has as many elements.
        unsafe { horizontal(Job { right, ..job }, kept, outer, inner, UNIT) };
        return true;
    }
    // SAFETY: the caller's promise; the kind fits the strides.
    unsafe { horizontal(job, kept, outer, inner, kind(inner)) };
    true
}

/// Sorts loops by their strides in the output or in the operands: one function for both.
#[inline(never)]
fn arrange(group: &mut Group, by_output: bool) {
    group.arrange(match by_output {
        true => |dim| dim.output,
        false => |dim| (dim.left.unsigned_abs() + dim.right.unsigned_abs()) as isize,
    });
}

/// What to do: the elements' kernels, where the arrays are, and what happens to the output. `right` points anywhere if there is none.
#[derive(Clone, Copy)]
struct Job {
    kernels: &'static Kernels,
    isa: Isa,
    /// A [`Store`] of the elements, and whether it just sets them.
    store: *const u8,
    plain: bool,
    /// Whether the right operand is conjugated.
    conjugated: bool,
    output: *mut u8,
    left: *const u8,
    right: *const u8,
}

impl Job {
    /// Nothing if there are no sums for these elements or this instruction set.
    #[inline(always)]
    fn new<T: Element>(
        isa: Isa,
        store: &Store<T>,
        output: *mut T,
        left: *const T,
        (right, conjugated): (Option<*const T>, bool),
    ) -> Option<Self> {
        let is_covered = T::HAS_SUMS && T::InSums::covers(isa);
        is_covered.then(|| Job {
            kernels: const { &Kernels::of::<T>() },
            isa,
            store: ptr::from_ref(store).cast(),
            plain: store.is_plain(),
            conjugated,
            output: output.cast(),
            left: left.cast(),
            right: right.unwrap_or(left).cast(),
        })
    }

    /// The place of a kernel in the table, by the kind of the right operand.
    #[inline]
    fn kind(&self, kind: u8) -> usize {
        usize::from(if self.conjugated { CONJUGATED } else { kind })
    }

    /// After iterations of a loop whose strides are bytes.
    #[inline]
    fn moved(self, dim: &Dim, steps: usize) -> Self {
        Job {
            output: self.output.wrapping_offset(dim.output * steps as isize),
            left: self.left.wrapping_offset(dim.left * steps as isize),
            right: self.right.wrapping_offset(dim.right * steps as isize),
            ..self
        }
    }
}

/// How the loops are run.
struct Choice {
    /// The loop of `kept` that lanes run along, if they are outputs.
    across: Option<usize>,
    /// The loop of `contracted` that is innermost.
    along: usize,
    /// Whether the operands change places.
    swap: bool,
}

#[inline]
fn choose(job: &Job, kept: &[Dim], contracted: &[Dim], both: bool) -> Option<Choice> {
    let size = job.kernels.size as isize;
    let in_groups = |k: &Dim| {
        let count = contracted.iter().fold(1, |size: usize, dim| size.saturating_mul(dim.extent));
        are_in_groups(job, count, [k.left != size && k.right != size, both && k.left != k.right])
    };
    let is_unit = |stride: isize| stride == size;
    let unit = |dim: &Dim| match (is_unit(dim.left), is_unit(dim.right)) {
        (true, true) => true,
        (true, false) => !both || dim.right == 0,
        (false, true) => both && dim.left == 0,
        (false, false) => false,
    };
    // The left operand is one that has a unit stride, but a conjugated one stays where it is.
    let swap = |dim: &Dim| both && !job.conjugated && !is_unit(dim.left) && is_unit(dim.right);
    let last = contracted.len().checked_sub(1)?;
    let lanes_are_outputs = |m: usize| Choice { across: Some(m), along: last, swap: swap(&kept[m]) };
    let lanes_are_terms = |k: usize| Choice { across: None, along: k, swap: swap(&contracted[k]) };
    // The loop that moves least in memory, of those that move in an operand.
    let least = || {
        let moves = |dim: &Dim| dim.left.unsigned_abs() + if both { dim.right.unsigned_abs() } else { 0 };
        (0..kept.len()).filter(|&m| moves(&kept[m]) > 0).min_by_key(|&m| moves(&kept[m]))
    };
    Some(match (best(kept, unit, size), best(contracted, unit, size)) {
        (Some(m), Some(k)) if contracted[k].extent < LONG => lanes_are_outputs(m),
        (Some(m), None) => lanes_are_outputs(m),
        (_, Some(k)) => match least() {
            Some(m) if contracted[k].extent < SHORT && !in_groups(&contracted[k]) => lanes_are_outputs(m),
            _ => lanes_are_terms(k),
        },
        (None, None) => {
            let half = best(contracted, |dim| both && (is_unit(dim.left) || is_unit(dim.right)), size);
            match (half, least()) {
                (Some(k), _) if contracted[k].extent >= LONG_STRIDED => lanes_are_terms(k),
                (_, Some(m)) => lanes_are_outputs(m),
                (half, None) => lanes_are_terms(half.unwrap_or(last)),
            }
        }
    })
}

/// The innermost of the loops that are fit, preferably one that moves by one in the output.
#[inline]
fn best(dims: &[Dim], fit: impl Fn(&Dim) -> bool, size: isize) -> Option<usize> {
    let find = |unit: bool| dims.iter().rposition(|dim| fit(dim) && (!unit || dim.output == size));
    find(true).or_else(|| find(false))
}

/// Makes strides bytes, and has no loop run backwards in the operands; says where they then begin. The loops have just been written, number by number:
/// they are read so, as a vector of what is still on its way to the cache has to wait for it.
#[inline(never)]
fn forward_in_bytes(dims: &Group, size: isize, to: &mut Group) -> Dim {
    let mut start = Dim::default();
    for &Dim { extent, left, right, output } in dims.dims() {
        let mut dim = Dim { extent, left: left * size, right: right * size, output: output * size };
        if dim.left < 0 || dim.left == 0 && dim.right < 0 {
            start = moved(start, &dim, extent as isize - 1);
            (dim.left, dim.right, dim.output) = (-dim.left, -dim.right, -dim.output);
        }
        let pushed = to.push(dim);
        debug_assert!(pushed.is_some(), "as many as there were");
    }
    start
}

/// The innermost loop and those around it; without loops, one iteration.
#[inline]
fn split(dims: &[Dim]) -> (Dim, &[Dim]) {
    match dims.split_last() {
        Some((last, outer)) => (*last, outer),
        None => (Dim { extent: 1, ..Dim::default() }, dims),
    }
}

/// A walk through all iterations of loops, in their order.
struct Walk<'g> {
    dims: &'g [Dim],
    position: [usize; 8],
    at: Dim,
}

impl<'g> Walk<'g> {
    #[inline(always)]
    fn new(dims: &'g [Dim]) -> Self {
        Walk { dims, position: [0; 8], at: Dim::default() }
    }

    /// To the `index`th iteration, from the first one.
    #[inline(never)]
    fn skip(&mut self, mut index: usize) {
        for (n, dim) in self.dims.iter().enumerate().rev() {
            self.position[n] = index % dim.extent;
            index /= dim.extent;
            self.at = moved(self.at, dim, self.position[n] as isize);
        }
    }

    /// Moves on; `false` at the end.
    #[inline(never)]
    fn next(&mut self) -> bool {
        for (n, dim) in self.dims.iter().enumerate().rev() {
            self.position[n] += 1;
            if self.position[n] < dim.extent {
                self.at = moved(self.at, dim, 1);
                return true;
            }
            self.at = moved(self.at, dim, 1 - dim.extent as isize);
            self.position[n] = 0;
        }
        false
    }
}

#[inline(always)]
fn moved(at: Dim, by: &Dim, steps: isize) -> Dim {
    Dim {
        extent: at.extent,
        left: at.left + by.left * steps,
        right: at.right + by.right * steps,
        output: at.output + by.output * steps,
    }
}
