//! Conjugated operands of complex sums, but for matrix products, whose tiles change signs.
//!
//! Where both operands move in all loops of a sum, as in a dot product, every element of an operand is read once, and there are kernels that
//! conjugate what they load; so have all steps without a sum ([`elementwise`](super::elementwise)). Other sums read one operand
//! again and again. The conjugate of all factors is that of the result, and `conj(a)·b` is `conj(a·conj(b))`: so it is the result that is conjugated, in place, and the
//! shorter operand, in a buffer, a block of [`MOST`] elements at a time, and not the longer one.
//!
//! What is conjugated is decided for a whole step, and so are the blocks of a buffer, whose extents are strides: threads share out blocks and pieces
//! of one, so the order of additions does not depend on their number.

use super::{
    Assignment,
    choose::Task,
    dims::{self, Dim, Group, Step, Swapped},
    elementwise::conjugate,
    parallel,
    product::after,
};
use alloc::vec::Vec;
use core::{mem, ptr};

/// The most elements of a block: of the larger ones it takes 32 KiB.
const MOST: usize = if cfg!(any(test, fuzzing)) { 8 } else { 1 << 11 };

/// The most loops of an operand: those of two groups.
const MOST_LOOPS: usize = 2 * dims::MOST;

/// What is conjugated beside a kernel.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Conjugates {
    /// These operands, in a buffer.
    operands: [bool; 2],
    /// The result, in place.
    result: bool,
}

impl Conjugates {
    /// Whether operands are conjugated in buffers.
    pub(crate) fn in_buffers(&self) -> bool {
        self.operands != [false; 2]
    }

    /// Of a step with all loops of the output in the batch, a sum of products or of single elements. From then on the step does not say what is
    /// conjugated; but where both operands move in all loops, it says that the right one is, which it may have become: there are kernels for that.
    pub(crate) fn of_sum(step: &mut Step, has_two: bool) -> (Conjugates, Swapped) {
        let [left, right] = mem::take(&mut step.conjugated);
        if !has_two || left == right {
            return (Conjugates { operands: [false; 2], result: left }, Swapped(false));
        }
        let mut dims = step.batch.dims().iter().chain(step.contracted.dims());
        if dims.all(|dim| dim.left != 0 && dim.right != 0) {
            step.conjugated = [left, right];
            if left {
                step.swap();
            }
            return (Conjugates::default(), Swapped(left));
        }
        let (this, other) = if left { (0, 1) } else { (1, 0) };
        let result = positions(step, other) < positions(step, this);
        (Conjugates { operands: [left != result, right != result], result }, Swapped(false))
    }
}

fn stride(dim: &Dim, operand: usize) -> isize {
    [dim.left, dim.right][operand]
}

// At how many positions of loops an operand is read.
fn moves(group: &Group, operand: usize) -> usize {
    let dims = group.dims().iter().filter(|dim| stride(dim, operand) != 0);
    dims.fold(1, |size: usize, dim| size.saturating_mul(dim.extent))
}

fn positions(step: &Step, operand: usize) -> usize {
    moves(&step.batch, operand).saturating_mul(moves(&step.contracted, operand))
}

/// Runs a task that something is conjugated of; says `false`, and does nothing, if there is no kernel for it.
///
/// # Safety
/// - As [`Task::run`], for complex elements.
pub(super) unsafe fn run(task: &Task<'_>) -> bool {
    if !task.conjugates.result {
        // SAFETY: the caller's promise; likewise below.
        return unsafe { run_operands(task) };
    }
    // `o + f·conj(s)` is `conj(conj(o) + conj(f)·s)`.
    let mut factor = [0_u64; 2];
    let into = factor.as_mut_ptr().cast::<u8>();
    if !task.factor.is_null() {
        // SAFETY: the caller's promise: one element, and room for it.
        unsafe { conjugate(task.isa, task.kernels.size, (task.factor, 1), (into, 1), 1) };
    }
    let factor = if task.factor.is_null() { ptr::null() } else { into.cast_const() };
    let is_read = task.assignment != Assignment::Set;
    if is_read {
        // SAFETY: the caller's promise: the output is initialised.
        unsafe { conjugate_output(task) };
    }
    // SAFETY: as above.
    let done = unsafe { run_operands(&Task { factor, ..*task }) };
    if done || is_read {
        // SAFETY: as above; or it has been written.
        unsafe { conjugate_output(task) };
    }
    done
}

/// # Safety
/// - As [`run`]; the output is initialised.
unsafe fn conjugate_output(task: &Task<'_>) {
    let size = task.kernels.size;
    let mut offsets = task.step.batch.all_offsets();
    let apart = offsets.inner().output;
    while let Some((at, count)) = offsets.next_walk() {
        let first = task.pointers.output.wrapping_offset(at.output * size as isize);
        // SAFETY: the caller's promise: these are elements of the output.
        unsafe { conjugate(task.isa, size, (first, apart), (first, apart), count) };
    }
}

/// # Safety
/// - As [`run`].
unsafe fn run_operands(task: &Task<'_>) -> bool {
    match task.conjugates.in_buffers() {
        // SAFETY: the caller's promise; likewise below.
        true => unsafe { run_blocks(task) },
        // SAFETY: as above.
        false => unsafe { task.run_kernel() },
    }
}

/// # Safety
/// - As [`run`].
unsafe fn run_blocks(task: &Task<'_>) -> bool {
    let step = task.step;
    let conjugated = (0..2).filter(|&operand| task.conjugates.operands[operand]);
    let operand = conjugated.max_by_key(|&operand| positions(step, operand)).unwrap_or(0);
    // A loop that stays is cut only if that is not enough.
    let is_summed = moves(&step.contracted, operand) > MOST;
    if !is_summed && positions(step, operand) <= MOST {
        // SAFETY: the caller's promise; likewise below.
        return unsafe { run_block(task) };
    }
    let of = |step: &mut Step, position: usize, extent: usize| match is_summed {
        true => step.contracted.shorten(position, extent),
        false => step.batch.shorten(position, extent),
    };
    let dims = if is_summed { step.contracted.dims() } else { step.batch.dims() };
    let outermost = dims.iter().enumerate().max_by_key(|(_, dim)| stride(dim, operand).unsigned_abs());
    let Some((position, dim)) = outermost else { unreachable!("an operand without loops is short") };
    let at = dim.extent / 2;
    let [mut one, mut other] = [*step; 2];
    of(&mut one, position, at);
    of(&mut other, position, dim.extent - at);
    let pointers = task.pointers.moved(dim, at * task.kernels.size);
    let one = Task { step: &one, ..*task };
    let other = Task { step: &other, pointers, assignment: after(is_summed, task.assignment), ..*task };
    if !is_summed {
        // SAFETY: as above, for some of the positions, of different elements.
        return unsafe { parallel::run_both(task, [one, other], run_blocks) };
    }
    // SAFETY: as above, one after the other; likewise below.
    let done = unsafe { run_blocks(&one) };
    // SAFETY: as above.
    let both = done && unsafe { run_blocks(&other) };
    assert!(done == both, "a kernel is for both parts of a step or for none");
    done
}

/// A loop in which an operand moves: how often it runs, and how far the operand moves.
#[derive(Clone, Copy, Default)]
struct Loop {
    extent: usize,
    stride: isize,
}

/// # Safety
/// - As [`run_blocks`], for one block.
unsafe fn run_block(task: &Task<'_>) -> bool {
    let (mut step, mut pointers) = (*task.step, task.pointers);
    // Numbers are aligned as these or less.
    let mut buffers = [Vec::<u64>::new(), Vec::new()];
    for (operand, buffer) in buffers.iter_mut().enumerate() {
        if !task.conjugates.operands[operand] {
            continue;
        }
        *buffer =
            Vec::with_capacity((positions(&step, operand) * task.kernels.size).div_ceil(size_of::<u64>()));
        let buffer = buffer.as_mut_ptr().cast::<u8>();
        let from = match operand {
            0 => mem::replace(&mut pointers.left, buffer),
            _ => pointers.right.replace(buffer).expect("conjugated operands exist"),
        };
        let mut loops = [Loop::default(); MOST_LOOPS];
        let count = close_gaps(&mut step, operand, &mut loops);
        // SAFETY: the caller's promise; there is room for all positions.
        unsafe { copy_block(task, from, &loops[..count], buffer) };
    }
    let conjugates = Conjugates::default();
    // SAFETY: the caller's promise; the buffers hold what the strides say.
    unsafe { parallel::run(Task { step: &step, pointers, conjugates, ..*task }) }
}

/// Makes the strides of an operand those of an array without gaps, its loops in the same order. Returns how many there are, and writes them as
/// they were, innermost first.
fn close_gaps(step: &mut Step, operand: usize, loops: &mut [Loop; MOST_LOOPS]) -> usize {
    let strides = |dim: &Dim| stride(dim, operand);
    let (mut count, mut apart, mut done) = (0, 1, 0_u32);
    loop {
        let dims = step.batch.dims_mut().iter_mut().chain(step.contracted.dims_mut()).enumerate();
        let left = dims.filter(|(n, dim)| done >> n & 1 == 0 && strides(dim) != 0);
        let Some((n, dim)) = left.min_by_key(|(_, dim)| strides(dim).unsigned_abs()) else { return count };
        loops[count] = Loop { extent: dim.extent, stride: strides(dim) };
        *(if operand == 0 { &mut dim.left } else { &mut dim.right }) = apart;
        apart *= dim.extent as isize;
        done |= 1 << n;
        count += 1;
    }
}

/// Copies the conjugates of the positions of the loops, which are innermost first, to memory without gaps.
///
/// # Safety
/// - The positions are elements of the task, and there is room for them.
unsafe fn copy_block(task: &Task<'_>, mut from: *const u8, loops: &[Loop], mut to: *mut u8) {
    let size = task.kernels.size;
    let (inner, outer) = match loops {
        [inner, outer @ ..] => (*inner, outer),
        [] => (Loop { extent: 1, stride: 1 }, loops),
    };
    let mut position = [0; MOST_LOOPS];
    loop {
        // SAFETY: the caller's promise.
        unsafe { conjugate(task.isa, size, (from, inner.stride), (to, 1), inner.extent) };
        to = to.wrapping_add(inner.extent * size);
        let mut is_over = true;
        for (position, Loop { extent, stride }) in position.iter_mut().zip(outer) {
            let by = stride * size as isize;
            *position += 1;
            if *position < *extent {
                from = from.wrapping_offset(by);
                is_over = false;
                break;
            }
            from = from.wrapping_offset(-by * (*extent as isize - 1));
            *position = 0;
        }
        if is_over {
            return;
        }
    }
}
