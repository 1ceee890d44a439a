//! The loops that do the work: small, and the only ones that exist for each type of element and instruction set.
//!
//! A kernel takes a [`Block`]: addresses and distances in bytes, so that what calls it need not know the element. [`Kernels`] is the table of one
//! type of element:
//!
//! - `wide`: a row of outputs, lanes are outputs; a block of vectors of them is in registers for all terms;
//! - `short`: the same for four rows of outputs at a time, each of one or two vectors;
//! - [`windows`]: the same where rows of windows overlap;
//! - `rows`: lanes are terms;
//! - `groups`: the same for a few rows of few terms at a time, whose lanes are added for all of them at once.
//!
//! Lanes are always neighbours: what has gaps is copied to a small buffer first. Loops over terms are not unrolled ([`opaque`]): blocks
//! of several vectors hide the latency, and all that there is to compile is once for each element and instruction set.

#![expect(clippy::needless_range_loop, reason = "indices of registers")]

use super::{
    pools,
    terms::Run,
    windows::{Window, windows},
};
use crate::kernel::{
    element::{Element, Store, parts},
    simd::{Isa, Kernel, Simd, Vector, rolled},
    transpose::Bits128,
};
use core::marker::PhantomData;

/// There is no right operand: the elements of the left one are added.
pub(super) const ABSENT: u8 = 0;
/// One element of the right operand for all lanes.
pub(super) const SHARED: u8 = 1;
/// As many elements of the right operand as of the left.
pub(super) const UNIT: u8 = 2;

/// The same, and the elements of the right operand are conjugated: of complex numbers.
pub(super) const CONJUGATED: u8 = 3;

const WIDE: u8 = 0;
const SHORT: u8 = 1;
const WINDOWS: u8 = 2;
const ROWS: u8 = 3;
const GROUPS: u8 = 4;

/// Rows of a block of `short`: with one or two vectors each, the multiply-adds wait little for each other's latency.
pub(super) const SIDE: usize = 4;
/// Sums of one output whose lanes are terms, where a vector is a register: six hide the latency of additions at two loads a cycle.
const SUMS: usize = 6;
/// The same where the compiler makes a vector of several registers.
const SUMS_PLAIN: usize = 2;
/// Rows of outputs whose lanes are terms that share the loads of the right operand.
const PAIR: usize = 2;
/// Rows of `groups` at a time, and the sums of each: more than the six that hide the latency.
const GROUP: usize = 4;
const SUMS_OF_GROUP: usize = 2;

/// The outputs that one call of a kernel computes, and their terms. Distances are in bytes.
#[derive(Clone, Copy)]
pub(super) struct Block<'r> {
    pub(super) left: *const u8,
    pub(super) right: *const u8,
    /// Where the runs of terms begin; for `windows`, where the windows do.
    pub(super) runs: &'r [Run],
    /// The terms of a run.
    pub(super) len: usize,
    /// From a term to the next.
    pub(super) step: Run,
    /// The windows, for their kernel.
    pub(super) window: Window,
    pub(super) to: *mut u8,
    /// Whether the sums are added to what is there.
    pub(super) add: bool,
    /// Outputs of a row, which are neighbours; one where lanes are terms.
    pub(super) width: usize,
    pub(super) rows: usize,
    /// From a row of outputs to the next.
    pub(super) apart: Run,
    pub(super) to_apart: isize,
}

/// A kernel for one type of element.
///
/// # Safety
/// - The terms of the block may be read, and its outputs are elements that nothing else uses meanwhile;
/// - what the kernel asks for.
pub(super) type Enter = unsafe fn(Isa, &Block<'_>);

/// The kernels of a type of element.
pub(super) struct Kernels {
    /// Bytes of an element.
    pub(super) size: usize,
    /// The lanes of a vector, and whether vectors are registers: then they can be read in part, and there are `short` and `windows`.
    pub(super) shape: fn(Isa) -> (usize, bool),
    /// Whether the order of additions does not matter: these are integers.
    pub(super) exact: bool,
    /// The row is not shorter than a vector if vectors are no registers. By the kind of the right operand, as the ones below.
    pub(super) wide: [Enter; 4],
    /// The rows are `SIDE` or more, and not longer than two vectors. Two operands that both move are read at the speed of the caches anyway.
    pub(super) short: [Enter; 2],
    /// [`tall`](super::windows::tall) rows and more.
    pub(super) windows: Enter,
    /// The terms of a run are neighbours in both operands; there is no kind of its own for one element for all.
    pub(super) rows: [Enter; 4],
    /// The same for vectors that are registers, of 32 bytes at most, and for sums that are not added to anything. In place of one element for all, the
    /// right operand is the same for all rows.
    pub(super) groups: [Enter; 3],
    /// Sums over windows that follow each other, by [`pools::LENGTHS`].
    pub(super) pools: [pools::Enter; 3],
    /// Adds `count` elements to as many others: `now = before + now`.
    pub(super) add: unsafe fn(now: *mut u8, before: *const u8, count: usize),
    /// Copies rows of elements from anywhere to rows of `width` elements, one after the other.
    pub(super) copy: unsafe fn(to: *mut u8, width: usize, from: *const u8, rows: Lines, columns: Lines),
    /// What a [`Store`] does with `count` sums, for outputs that are as many bytes apart.
    pub(super) store: unsafe fn(store: *const u8, to: *mut u8, apart: isize, sums: *const u8, count: usize),
}

impl Kernels {
    pub(super) const fn of<T: Element>() -> Kernels {
        Kernels {
            size: size_of::<T>(),
            shape: shape::<T>,
            // Neither real nor complex.
            exact: !T::IS_FLOAT,
            wide: [
                enter::<T, WIDE, ABSENT>,
                enter::<T, WIDE, SHARED>,
                enter::<T, WIDE, UNIT>,
                if parts::<T>() == 2 { enter::<T, WIDE, CONJUGATED> } else { enter::<T, WIDE, UNIT> },
            ],
            short: [enter::<T, SHORT, ABSENT>, enter::<T, SHORT, SHARED>],
            windows: enter::<T, WINDOWS, SHARED>,
            rows: [
                enter::<T, ROWS, ABSENT>,
                enter::<T, ROWS, UNIT>,
                enter::<T, ROWS, UNIT>,
                if parts::<T>() == 2 { enter::<T, ROWS, CONJUGATED> } else { enter::<T, ROWS, UNIT> },
            ],
            groups: [enter::<T, GROUPS, ABSENT>, enter::<T, GROUPS, SHARED>, enter::<T, GROUPS, UNIT>],
            pools: pools::kernels::<T>(),
            add: add::<T>,
            copy: match size_of::<T>() {
                1 => copy::<u8>,
                2 => copy::<u16>,
                4 => copy::<u32>,
                8 => copy::<u64>,
                16 => copy::<Bits128>,
                _ => panic!("no element has so many bytes"),
            },
            store: store::<T>,
        }
    }
}

/// The elements of the left operand that one step of `rows` takes: each of its sums adds one term in each lane.
pub(super) fn width(kernels: &Kernels, isa: Isa) -> usize {
    let (lanes, native) = (kernels.shape)(isa);
    lanes * if native { SUMS } else { SUMS_PLAIN }
}

struct Micro<'b, T, const KERNEL: u8, const KIND: u8>(&'b Block<'b>, PhantomData<T>);

impl<T: Element, const KERNEL: u8, const KIND: u8> Kernel for Micro<'_, T, KERNEL, KIND> {
    type Output = ();
    type Reach = T::InSums;

    #[inline(always)]
    unsafe fn run<S: Simd>(self) {
        let native = <T::Vector<S> as Vector>::NATIVE;
        match KERNEL {
            // SAFETY: the caller's promise; likewise below.
            WIDE => unsafe { wide::<T::Vector<S>, KIND>(self.0) },
            // Of one stream alone, and of few terms, vectors of 32 bytes are enough: the driver asks for no longer ones.
            ROWS | GROUPS
                if (KERNEL == GROUPS || KIND == ABSENT) && native && size_of::<T::Vector<S>>() > 32 =>
            {
                unreachable!("these sums have shorter vectors")
            }
            // SAFETY: as above.
            ROWS => unsafe { rows::<T::Vector<S>, KIND>(self.0) },
            // SAFETY: as above.
            GROUPS if native => unsafe { groups::<T::Vector<S>, KIND>(self.0) },
            // SAFETY: as above.
            SHORT if native => unsafe { short::<T::Vector<S>, KIND>(self.0) },
            // SAFETY: as above.
            WINDOWS if native => unsafe { windows::<T::Vector<S>>(self.0) },
            _ => {}
        }
    }
}

/// # Safety
/// - As [`Enter`].
unsafe fn enter<T: Element, const KERNEL: u8, const KIND: u8>(isa: Isa, block: &Block<'_>) {
    // SAFETY: the caller's promise.
    unsafe { isa.run(Micro::<T, KERNEL, KIND>(block, PhantomData)) }
}

fn shape<T: Element>(isa: Isa) -> (usize, bool) {
    // SAFETY: nothing is asked for.
    unsafe { isa.run(Shape::<T>(PhantomData)) }
}

struct Shape<T>(PhantomData<T>);

impl<T: Element> Kernel for Shape<T> {
    type Output = (usize, bool);
    type Reach = T::InSums;

    #[inline(always)]
    unsafe fn run<S: Simd>(self) -> (usize, bool) {
        (<T::Vector<S> as Vector>::LANES, <T::Vector<S> as Vector>::NATIVE)
    }
}

/// One or more rows of outputs: blocks of up to eight vectors. The last vector of a row overlaps the one before it; a row shorter than a
/// vector is read and written in part.
///
/// # Safety
/// - As [`Enter`]; the row is not shorter than a vector that is no register.
#[inline(always)]
unsafe fn wide<V: Vector<Scalar: Element>, const KIND: u8>(block: &Block<'_>) {
    for row in 0..block.rows {
        rolled();
        let mut y = 0;
        while y < block.width {
            let left = block.width - y;
            let vectors = left.div_ceil(V::LANES);
            // So that no single vector is left; or nothing shorter than one, if it cannot be read in part.
            let now = match vectors {
                9 if V::NATIVE => 5,
                _ if V::NATIVE => vectors.min(8),
                _ => 2 - vectors % 2,
            };
            let from = Place { row, y, count: left.min(now * V::LANES) };
            if !V::NATIVE {
                // SAFETY: the caller's promise: the block is within the row; likewise below.
                unsafe { sums::<V, KIND, 1, 2>(block, from) };
            } else if now > 4 {
                // SAFETY: as above.
                unsafe { sums::<V, KIND, 1, 8>(block, from) };
            } else if left > V::LANES {
                // SAFETY: as above.
                unsafe { sums::<V, KIND, 1, 4>(block, from) };
            } else {
                // SAFETY: as above.
                unsafe { sums::<V, KIND, 1, 1>(block, from) };
            }
            y += from.count;
        }
    }
}

/// [`SIDE`] rows of one or two vectors at a time. The last ones overlap those before.
///
/// # Safety
/// - As [`Enter`]; the rows are [`SIDE`] or more, and not longer than two vectors.
#[inline(always)]
unsafe fn short<V: Vector<Scalar: Element>, const KIND: u8>(block: &Block<'_>) {
    let mut row = 0;
    loop {
        rolled();
        let from = Place { row, y: 0, count: block.width };
        if block.width <= V::LANES {
            // SAFETY: the caller's promise: the rows are in the block.
            unsafe { sums::<V, KIND, SIDE, 1>(block, from) };
        } else {
            // SAFETY: as above.
            unsafe { sums::<V, KIND, SIDE, 2>(block, from) };
        }
        if row + SIDE >= block.rows {
            break;
        }
        row = (row + SIDE).min(block.rows - SIDE);
    }
}

/// Some outputs of a block.
#[derive(Clone, Copy)]
struct Place {
    row: usize,
    y: usize,
    /// From `y` on.
    count: usize,
}

/// `output[r, y] = Σ_k left[r, y, k] · right[r, y, k]` for `R` rows and up to `N` vectors of each: the first ones follow each other, and the others
/// are the one that ends with the `count`th output, again and again: that costs less than a branch. A single vector that is a
/// register may have fewer outputs than lanes.
///
/// # Safety
/// - As [`Enter`], for these outputs, which are as many as a vector has lanes or more if `N` is not one.
#[inline(always)]
unsafe fn sums<V: Vector<Scalar: Element>, const KIND: u8, const R: usize, const N: usize>(
    block: &Block<'_>,
    place: Place,
) {
    let size = size_of::<V::Scalar>() as isize;
    let (row, y) = (place.row as isize, place.y as isize);
    let left = block.left.wrapping_offset(row * block.apart.left + y * size);
    let right_y = if matches!(KIND, UNIT | CONJUGATED) { y * size } else { 0 };
    let right = block.right.wrapping_offset(row * block.apart.right + right_y);
    let to = block.to.wrapping_offset(row * block.to_apart + y * size);
    let in_part = V::NATIVE && N == 1;
    let places = places::<V, N>(place.count);
    let at = |from: *const u8, n: usize| from.cast::<V::Scalar>().wrapping_add(places[n]);
    let mut total = [[V::splat(V::Scalar::default()); N]; R];
    if opaque(usize::from(block.add)) != 0 {
        for r in 0..R {
            for n in 0..N {
                let from = at(to.wrapping_offset(r as isize * block.to_apart), n);
                // SAFETY: the caller's promise: these are the outputs.
                total[r][n] = unsafe { load::<V>(from, in_part, place.count) };
            }
        }
    }
    let (apart, step) = (block.apart, block.step);
    for run in block.runs {
        let mut left = left.wrapping_offset(run.left);
        let mut right = right.wrapping_offset(run.right);
        for _ in 0..opaque(block.len) {
            for r in 0..R {
                let left = left.wrapping_offset(r as isize * apart.left);
                let right = right.wrapping_offset(r as isize * apart.right);
                let common = match KIND {
                    // SAFETY: the caller's promise: this is a term.
                    SHARED => V::splat(unsafe { *right.cast() }),
                    _ => V::splat(V::Scalar::default()),
                };
                for n in 0..N {
                    // SAFETY: the caller's promise: these are terms of the outputs; likewise below.
                    let loaded = unsafe { load::<V>(at(left, n), in_part, place.count) };
                    total[r][n] = match KIND {
                        ABSENT => total[r][n].add(loaded),
                        SHARED => loaded.mul_add(common, total[r][n]),
                        _ => {
                            // SAFETY: as above.
                            let factor = unsafe { load::<V>(at(right, n), in_part, place.count) };
                            loaded.mul_add(of_kind::<V, KIND>(factor), total[r][n])
                        }
                    };
                }
            }
            left = left.wrapping_offset(step.left);
            right = right.wrapping_offset(step.right);
            rolled();
        }
    }
    for r in 0..R {
        for n in 0..N {
            let to = at(to.wrapping_offset(r as isize * block.to_apart), n).cast_mut();
            if in_part {
                // SAFETY: the caller's promise: these are the outputs.
                unsafe { total[r][n].store_part(to, place.count) };
            } else {
                // SAFETY: as above. What is written twice is the same both times.
                unsafe { total[r][n].store(to) };
            }
        }
    }
}

/// Where the vectors of `count` outputs begin: one after the other, but none ends after the last output.
#[inline(always)]
pub(super) fn places<V: Vector, const N: usize>(count: usize) -> [usize; N] {
    let mut places = [0; N];
    for n in 1..N {
        places[n] = (n * V::LANES).min(count - V::LANES);
    }
    places
}

/// A vector, or the first `count` lanes.
///
/// # Safety
/// - As many elements may be read.
#[inline(always)]
pub(super) unsafe fn load<V: Vector>(from: *const V::Scalar, in_part: bool, count: usize) -> V {
    if in_part {
        // SAFETY: the caller's promise.
        unsafe { V::load_part(from, count) }
    } else {
        // SAFETY: the caller's promise.
        unsafe { V::load(from) }
    }
}

/// The elements of a right operand of this kind.
#[inline(always)]
fn of_kind<V: Vector<Scalar: Element>, const KIND: u8>(right: V) -> V {
    if KIND != CONJUGATED {
        return right;
    }
    let mut lanes = right.lanes();
    for n in 0..V::LANES {
        lanes[n] = lanes[n].conjugate();
    }
    // SAFETY: there are as many as any vector has lanes.
    unsafe { V::load(lanes.as_ptr()) }
}

/// `output[x] = Σ_k left[x, k] · right[x, k]`, lanes along `k`.
///
/// # Safety
/// - As [`Enter`]; the terms of a run are neighbours.
#[inline(always)]
unsafe fn rows<V: Vector<Scalar: Element>, const KIND: u8>(block: &Block<'_>) {
    let mut row = 0;
    if V::NATIVE && KIND == UNIT && block.apart.right == 0 {
        while row + PAIR <= block.rows {
            rolled();
            // SAFETY: the caller's promise, for these rows; likewise below.
            unsafe { terms::<V, KIND, PAIR, SUMS>(block, row, 1) };
            row += PAIR;
        }
    }
    while row < block.rows {
        rolled();
        if V::NATIVE {
            // SAFETY: as above.
            unsafe { terms::<V, KIND, 1, SUMS>(block, row, 1) };
        } else {
            // SAFETY: as above.
            unsafe { terms::<V, KIND, 1, SUMS_PLAIN>(block, row, 1) };
        }
        row += 1;
    }
}

/// The same, [`GROUP`] rows at a time. The last ones overlap those before; if there are fewer in all, a group is one row, several times: that
/// takes no longer than its sum waits for.
///
/// # Safety
/// - As [`rows`]; vectors are registers; the sums are not added to what is there.
#[inline(always)]
unsafe fn groups<V: Vector<Scalar: Element>, const KIND: u8>(block: &Block<'_>) {
    let (step, spread) = if block.rows < GROUP { (1, 0) } else { (GROUP, 1) };
    let last = block.rows - step;
    let mut row = 0;
    loop {
        rolled();
        // SAFETY: the caller's promise: the rows are in the block.
        unsafe { terms::<V, KIND, GROUP, SUMS_OF_GROUP>(block, row, spread) };
        if row == last {
            break;
        }
        row = (row + step).min(last);
    }
}

/// The same for `R` rows, each `spread` after the one before, which have the right operand in common if they are [`PAIR`]. A step adds `U` vectors to `U` sums; so do the vectors that
/// are left of a run, and what is less than a vector is added to the last one.
///
/// # Safety
/// - As [`rows`].
#[inline(always)]
unsafe fn terms<V: Vector<Scalar: Element>, const KIND: u8, const R: usize, const U: usize>(
    block: &Block<'_>,
    row: usize,
    spread: isize,
) {
    // A row's place, given the first one's; times constants, as the compiler knows how to do that without a multiplication.
    let of = |first: *const u8, apart: isize, r: usize| {
        first.wrapping_offset(row as isize * apart).wrapping_offset(r as isize * (spread * apart))
    };
    let is_common = KIND == SHARED || R == PAIR;
    let zero = V::Scalar::default();
    let mut total = [[V::splat(zero); U]; R];
    // What is less than a vector that is no register; there is one row then.
    let mut rest = zero;
    for run in block.runs {
        let left = block.left.wrapping_offset(run.left);
        let right = block.right.wrapping_offset(run.right);
        let (mut at, mut len) = (0, opaque(block.len));
        let left_at =
            |r: usize, at: usize| of(left, block.apart.left, r).cast::<V::Scalar>().wrapping_add(at);
        let right_at =
            |r: usize, at: usize| of(right, block.apart.right, r).cast::<V::Scalar>().wrapping_add(at);
        // Adds a vector to each row's `n`th sum.
        macro_rules! add {
            ($n:expr, $at:expr, $load:expr) => {{
                // SAFETY: the caller's promise: these vectors are in the run; likewise below.
                let common = if is_common { unsafe { $load(right_at(0, $at)) } } else { V::splat(zero) };
                for r in 0..R {
                    // SAFETY: as above.
                    let loaded = unsafe { $load(left_at(r, $at)) };
                    total[r][$n] = match KIND {
                        ABSENT => total[r][$n].add(loaded),
                        _ if is_common => loaded.mul_add(common, total[r][$n]),
                        _ => {
                            // SAFETY: as above.
                            let factor = unsafe { $load(right_at(r, $at)) };
                            loaded.mul_add(of_kind::<V, KIND>(factor), total[r][$n])
                        }
                    };
                }
            }};
        }
        while len >= U * V::LANES {
            for n in 0..U {
                add!(n, at + n * V::LANES, V::load);
            }
            at += U * V::LANES;
            len -= U * V::LANES;
            rolled();
        }
        for n in 0..U - 1 {
            if len >= V::LANES {
                add!(n, at, V::load);
                at += V::LANES;
                len -= V::LANES;
            }
        }
        if V::NATIVE && len > 0 {
            let mask = V::mask(len);
            add!(U - 1, at, |from| V::load_mask(from, mask));
        } else {
            for k in at..at + len {
                rolled();
                // SAFETY: the caller's promise: so many terms are left of the run; likewise below.
                let loaded = unsafe { *left_at(0, k) };
                rest = rest
                    + match KIND {
                        ABSENT => loaded,
                        // SAFETY: as above.
                        CONJUGATED => loaded * unsafe { *right_at(0, k) }.conjugate(),
                        // SAFETY: as above.
                        _ => loaded * unsafe { *right_at(0, k) },
                    };
            }
        }
    }
    let mut half = U;
    while half > 1 {
        let odd = half % 2;
        half /= 2;
        for n in 0..half {
            for r in 0..R {
                total[r][n] = total[r][n].add(total[r][n + half + odd]);
            }
        }
        half += odd;
    }
    let mut sums = [zero; R];
    if R == GROUP {
        sums.copy_from_slice(&V::sums([0, 1, 2, 3].map(|r| total[r % R][0])));
    } else {
        for r in 0..R {
            sums[r] = total[r][0].sum();
        }
        if !V::NATIVE {
            sums[0] = sums[0] + rest;
        }
    }
    for r in 0..R {
        let to = of(block.to, block.to_apart, r).cast::<V::Scalar>().cast_mut();
        if R != GROUP && opaque(usize::from(block.add)) != 0 {
            // SAFETY: the caller's promise: this is the output.
            sums[r] = unsafe { *to } + sums[r];
        }
        // SAFETY: as above.
        unsafe { *to = sums[r] };
    }
}

/// # Safety
/// - There are as many elements of type `T`; those of `now` are not used by others meanwhile.
unsafe fn add<T: Element>(now: *mut u8, before: *const u8, count: usize) {
    // SAFETY: the caller's promise; likewise below.
    let now = unsafe { core::slice::from_raw_parts_mut(now.cast::<T>(), count) };
    // SAFETY: as above.
    let before = unsafe { core::slice::from_raw_parts(before.cast::<T>(), count) };
    for (now, &before) in now.iter_mut().zip(before) {
        *now = before + *now;
    }
}

/// Copies elements of so many bytes that are anywhere.
///
/// # Safety
/// - The elements may be read, and those of `to` written; they are not used by others meanwhile.
unsafe fn copy<B: Copy>(to: *mut u8, width: usize, from: *const u8, rows: Lines, columns: Lines) {
    for row in 0..rows.count {
        let mut from = from.wrapping_offset(row as isize * rows.apart);
        let to = to.cast::<B>().wrapping_add(row * width);
        let mut column = 0;
        while column < columns.count {
            // Four at a time, of which none waits for another's store.
            let now = if column + 4 <= columns.count { 4 } else { 1 };
            if now == 4 {
                let four = [0, 1, 2, 3].map(|n| {
                    // SAFETY: the caller's promise.
                    unsafe { from.wrapping_offset(n * columns.apart).cast::<B>().read_unaligned() }
                });
                // SAFETY: as above.
                unsafe { to.wrapping_add(column).cast::<[B; 4]>().write_unaligned(four) };
            } else {
                // SAFETY: as above.
                let element = unsafe { from.cast::<B>().read_unaligned() };
                // SAFETY: as above.
                unsafe { to.wrapping_add(column).write_unaligned(element) };
            }
            from = from.wrapping_offset(now as isize * columns.apart);
            column += now;
        }
    }
}

/// So many places, as many bytes apart.
#[derive(Clone, Copy)]
pub(super) struct Lines {
    pub(super) count: usize,
    pub(super) apart: isize,
}

/// A number of which the compiler knows nothing more than that. In a loop it keeps the compiler from unrolling and vectorising it, and from
/// making a copy of it for each case of what does not change in it: all that made these kernels three times as large.
#[inline(always)]
pub(super) fn opaque(number: usize) -> usize {
    #[cfg(all(target_arch = "x86_64", not(miri)))]
    {
        let mut number = number;
        // SAFETY: no instruction.
        unsafe { core::arch::asm!("/* {0} */", inout(reg) number, options(nomem, nostack, preserves_flags)) };
        number
    }
    #[cfg(not(all(target_arch = "x86_64", not(miri))))]
    number
}

/// # Safety
/// - `store` is a [`Store`] of elements of type `T`;
/// - there are as many outputs, that nothing else uses meanwhile, and sums.
unsafe fn store<T: Element>(store: *const u8, to: *mut u8, apart: isize, sums: *const u8, count: usize) {
    // SAFETY: the caller's promise; likewise below.
    let store = unsafe { *store.cast::<Store<T>>() };
    // SAFETY: as above.
    let sums = unsafe { core::slice::from_raw_parts(sums.cast::<T>(), count) };
    // SAFETY: as above.
    unsafe { store.all(to.cast(), apart / size_of::<T>() as isize, sums) }
}
