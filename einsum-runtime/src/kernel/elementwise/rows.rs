//! Rows of neighbours: `output[c, r] = left[c, r] · right[c, r]`, the same with one factor for a row, and `output[c, r] ± from[c, r]`.
//!
//! Loop order: `c`, `r`, with whole vectors along `r`. What is set has its last, ragged vector begin earlier, so that some elements are
//! computed twice, to the same bits; what is added to has single elements there. Where the instruction set has cheap masks, both have a
//! part of a vector.
//!
//! These few loops are all that is compiled for each type of element and instruction set; a step that needs several of them, as for a
//! factor, takes one after the other through a buffer.

use super::super::{
    element::Element,
    simd::{Isa, Portable, Simd, Vector},
};
use core::mem::MaybeUninit;
use num_complex::Complex;

/// `rows` rows of `len` elements; steps, from a row to the next, are in bytes.
#[derive(Clone, Copy)]
pub(super) struct Rows {
    pub(super) rows: usize,
    pub(super) len: usize,
    pub(super) output: *mut u8,
    pub(super) output_step: isize,
    pub(super) left: *const u8,
    pub(super) left_step: isize,
    pub(super) right: *const u8,
    pub(super) right_step: isize,
}

/// Computes rows.
///
/// # Safety
/// - The CPU has the instruction set;
/// - all positions are elements of their arrays, of the type that the function is for; those of the output are none of the operands',
///   and are initialised if they are changed.
pub(super) type Compute = unsafe fn(&Rows);

/// The arithmetic of a type of element.
pub(crate) struct Arithmetic {
    /// `output = left · right`.
    pub(super) multiply: Compute,
    /// The same, with one element of the right operand for each row.
    pub(super) scale: Compute,
    /// `output += left`.
    pub(super) add: Compute,
    /// `output -= left`.
    pub(super) subtract: Compute,
}

/// An element that has arithmetic on rows.
pub(crate) trait InRows {
    fn arithmetic(isa: Isa) -> &'static Arithmetic;
}

/// The functions of one type and instruction set, the latter named by its features and the type that it is in `simd`.
macro_rules! arithmetic {
    ($T:ty, $module:ident, $S:ty $(, $feature:literal)?) => {{
        $(#[target_feature(enable = $feature)])?
        unsafe fn multiply(rows: &Rows) {
            // SAFETY: the caller's promises.
            unsafe { $module::multiply::<$T, $S>(rows) }
        }
        $(#[target_feature(enable = $feature)])?
        unsafe fn scale(rows: &Rows) {
            // SAFETY: the caller's promises.
            unsafe { $module::scale::<$T, $S>(rows) }
        }
        $(#[target_feature(enable = $feature)])?
        unsafe fn add(rows: &Rows) {
            // SAFETY: the caller's promises.
            unsafe { $module::change::<$T, $S, true>(rows) }
        }
        $(#[target_feature(enable = $feature)])?
        unsafe fn subtract(rows: &Rows) {
            // SAFETY: the caller's promises.
            unsafe { $module::change::<$T, $S, false>(rows) }
        }
        static ARITHMETIC: Arithmetic = Arithmetic { multiply, scale, add, subtract };
        &ARITHMETIC
    }};
}

macro_rules! in_rows {
    // Floats have vectors of every instruction set.
    ($T:ty: everywhere) => {
        impl InRows for $T {
            fn arithmetic(isa: Isa) -> &'static Arithmetic {
                match isa {
                    #[cfg(target_arch = "x86_64")]
                    Isa::Avx512(x) => {
                        let _ = x;
                        arithmetic!($T, vectors, super::super::simd::x86_64::Avx512, "avx512f,avx2,fma")
                    }
                    #[cfg(target_arch = "x86_64")]
                    Isa::Avx2(_) => arithmetic!($T, vectors, super::super::simd::x86_64::Avx2, "avx2,fma"),
                    Isa::Portable => arithmetic!($T, vectors, Portable),
                }
            }
        }
    };
    // For these the compiler makes vectors of plain loops, longer ones with AVX2;
    ($T:ty: avx2) => {
        impl InRows for $T {
            fn arithmetic(isa: Isa) -> &'static Arithmetic {
                match isa {
                    #[cfg(target_arch = "x86_64")]
                    Isa::Avx2(_) | Isa::Avx512(_) => arithmetic!($T, plain, Portable, "avx2"),
                    Isa::Portable => arithmetic!($T, plain, Portable),
                }
            }
        }
    };
    // and of the shortest elements there are many in any vector.
    ($T:ty: baseline) => {
        impl InRows for $T {
            fn arithmetic(_: Isa) -> &'static Arithmetic {
                arithmetic!($T, plain, Portable)
            }
        }
    };
}

in_rows!(f32: everywhere);
in_rows!(f64: everywhere);
in_rows!(Complex<f32>: avx2);
in_rows!(Complex<f64>: avx2);
in_rows!(i32: avx2);
in_rows!(i64: avx2);
in_rows!(u32: avx2);
in_rows!(u64: avx2);
in_rows!(i8: baseline);
in_rows!(i16: baseline);
in_rows!(u8: baseline);
in_rows!(u16: baseline);

impl Rows {
    #[inline(always)]
    fn row<T>(&self, row: usize) -> (*mut T, *const T, *const T) {
        let row = row as isize;
        (
            self.output.wrapping_offset(self.output_step * row).cast(),
            self.left.wrapping_offset(self.left_step * row).cast(),
            self.right.wrapping_offset(self.right_step * row).cast(),
        )
    }
}

mod vectors {
    use super::{Element, Rows, Simd, Vector};

    /// Whether a part of a vector is read and written as fast as a whole one: with AVX-512.
    const fn has_masks<V>() -> bool {
        size_of::<V>() == 64
    }

    /// Writes `to[n] = $value` for `n < len` in vectors, `$n` being where each begins. `$part` is the same for `$count` elements, and `$single`
    /// for one.
    macro_rules! set_row {
        ($V:ty, $len:expr, $to:ident, |$n:ident, $count:ident| $value:expr, $part:expr, $single:expr) => {{
            let (len, lanes) = ($len, <$V>::LANES);
            let mut start = 0;
            while start + 4 * lanes <= len {
                for quarter in 0..4 {
                    let $n = start + quarter * lanes;
                    let value: $V = $value;
                    // SAFETY: `n + lanes <= len`, and the caller says that so many elements may be written.
                    unsafe { value.store($to.wrapping_add($n)) };
                }
                start += 4 * lanes;
            }
            if has_masks::<$V>() {
                while start < len {
                    let ($n, $count) = (start, lanes.min(len - start));
                    let value: $V = $part;
                    // SAFETY: `n + count <= len`.
                    unsafe { value.store_part($to.wrapping_add($n), $count) };
                    start += lanes;
                }
            } else if len < lanes {
                for $n in 0..len {
                    let value = $single;
                    // SAFETY: `n < len`.
                    unsafe { $to.wrapping_add($n).write(value) };
                }
            } else {
                while start < len {
                    let $n = start.min(len - lanes);
                    let value: $V = $value;
                    // SAFETY: `n + lanes <= len`.
                    unsafe { value.store($to.wrapping_add($n)) };
                    start += lanes;
                }
            }
        }};
    }

    /// # Safety
    /// - Those of [`Compute`](super::Compute).
    #[inline(always)]
    pub(super) unsafe fn multiply<T: Element, S: Simd>(rows: &Rows) {
        for row in 0..rows.rows {
            let (to, left, right) = rows.row::<T>(row);
            set_row!(
                T::Vector<S>,
                rows.len,
                to,
                |n, count| {
                    // SAFETY: there are as many elements from `n` on.
                    let left = unsafe { T::Vector::<S>::load(left.wrapping_add(n)) };
                    // SAFETY: as above.
                    left.mul(unsafe { T::Vector::<S>::load(right.wrapping_add(n)) })
                },
                {
                    // SAFETY: there are `count` elements from `n` on.
                    let left = unsafe { T::Vector::<S>::load_part(left.wrapping_add(n), count) };
                    // SAFETY: as above.
                    left.mul(unsafe { T::Vector::<S>::load_part(right.wrapping_add(n), count) })
                },
                {
                    // SAFETY: `n < len`.
                    let left = unsafe { *left.wrapping_add(n) };
                    // SAFETY: as above.
                    left * unsafe { *right.wrapping_add(n) }
                }
            );
        }
    }

    /// # Safety
    /// - Those of [`Compute`](super::Compute).
    #[inline(always)]
    pub(super) unsafe fn scale<T: Element, S: Simd>(rows: &Rows) {
        for row in 0..rows.rows {
            let (to, left, right) = rows.row::<T>(row);
            // SAFETY: the caller's promise: an element for each row.
            let factor = unsafe { *right };
            let factors = T::Vector::<S>::splat(factor);
            set_row!(
                T::Vector<S>,
                rows.len,
                to,
                |n, count| {
                    // SAFETY: there are as many elements from `n` on.
                    unsafe { T::Vector::<S>::load(left.wrapping_add(n)) }.mul(factors)
                },
                {
                    // SAFETY: there are `count` elements from `n` on.
                    unsafe { T::Vector::<S>::load_part(left.wrapping_add(n), count) }.mul(factors)
                },
                {
                    // SAFETY: `n < len`.
                    let left = unsafe { *left.wrapping_add(n) };
                    left * factor
                }
            );
        }
    }

    /// # Safety
    /// - Those of [`Compute`](super::Compute).
    #[inline(always)]
    pub(super) unsafe fn change<T: Element, S: Simd, const ADD: bool>(rows: &Rows) {
        let lanes = T::Vector::<S>::LANES;
        for row in 0..rows.rows {
            let (to, from, _) = rows.row::<T>(row);
            let mut n = 0;
            while n + lanes <= rows.len {
                // SAFETY: there are as many elements from `n` on.
                let before = unsafe { T::Vector::<S>::load(to.wrapping_add(n)) };
                // SAFETY: as above.
                let by = unsafe { T::Vector::<S>::load(from.wrapping_add(n)) };
                let after = if ADD { before.add(by) } else { before.sub(by) };
                // SAFETY: as above.
                unsafe { after.store(to.wrapping_add(n)) };
                n += lanes;
            }
            if has_masks::<T::Vector<S>>() && n < rows.len {
                let count = rows.len - n;
                // SAFETY: there are `count` elements from `n` on.
                let before = unsafe { T::Vector::<S>::load_part(to.wrapping_add(n), count) };
                // SAFETY: as above.
                let by = unsafe { T::Vector::<S>::load_part(from.wrapping_add(n), count) };
                let after = if ADD { before.add(by) } else { before.sub(by) };
                // SAFETY: as above.
                unsafe { after.store_part(to.wrapping_add(n), count) };
                n = rows.len;
            }
            while n < rows.len {
                // SAFETY: `n < len`.
                let by = unsafe { *from.wrapping_add(n) };
                // SAFETY: as above, and nothing else uses it.
                let place = unsafe { &mut *to.wrapping_add(n) };
                *place = if ADD { *place + by } else { *place - by };
                n += 1;
            }
        }
    }
}

mod plain {
    use super::{Element, MaybeUninit, Rows, Simd};

    /// # Safety
    /// - Those of [`Compute`](super::Compute).
    #[inline(always)]
    pub(super) unsafe fn multiply<T: Element, S: Simd>(rows: &Rows) {
        for row in 0..rows.rows {
            let (to, left, right) = rows.row::<T>(row);
            // SAFETY: the caller's promises about the row, here and below.
            let to = unsafe { core::slice::from_raw_parts_mut(to.cast::<MaybeUninit<T>>(), rows.len) };
            // SAFETY: as above.
            let left = unsafe { core::slice::from_raw_parts(left, rows.len) };
            // SAFETY: as above.
            let right = unsafe { core::slice::from_raw_parts(right, rows.len) };
            products(to, left, right);
        }
    }

    // Arguments, since the compiler knows of them that they do not overlap.
    #[inline(always)]
    fn products<T: Element>(to: &mut [MaybeUninit<T>], left: &[T], right: &[T]) {
        for n in 0..to.len().min(left.len()).min(right.len()) {
            to[n].write(left[n] * right[n]);
        }
    }

    /// # Safety
    /// - Those of [`Compute`](super::Compute).
    #[inline(always)]
    pub(super) unsafe fn scale<T: Element, S: Simd>(rows: &Rows) {
        for row in 0..rows.rows {
            let (to, left, right) = rows.row::<T>(row);
            // SAFETY: the caller's promises about the row, here and below.
            let to = unsafe { core::slice::from_raw_parts_mut(to.cast::<MaybeUninit<T>>(), rows.len) };
            // SAFETY: as above.
            let left = unsafe { core::slice::from_raw_parts(left, rows.len) };
            // SAFETY: as above.
            scaled(to, left, unsafe { *right });
        }
    }

    #[inline(always)]
    fn scaled<T: Element>(to: &mut [MaybeUninit<T>], left: &[T], factor: T) {
        for n in 0..to.len().min(left.len()) {
            to[n].write(left[n] * factor);
        }
    }

    /// # Safety
    /// - Those of [`Compute`](super::Compute).
    #[inline(always)]
    pub(super) unsafe fn change<T: Element, S: Simd, const ADD: bool>(rows: &Rows) {
        for row in 0..rows.rows {
            let (to, from, _) = rows.row::<T>(row);
            // SAFETY: the caller's promises about the row, here and below.
            let to = unsafe { core::slice::from_raw_parts_mut(to, rows.len) };
            // SAFETY: as above.
            let from = unsafe { core::slice::from_raw_parts(from, rows.len) };
            changed::<T, ADD>(to, from);
        }
    }

    #[inline(always)]
    fn changed<T: Element, const ADD: bool>(to: &mut [T], from: &[T]) {
        for n in 0..to.len().min(from.len()) {
            to[n] = if ADD { to[n] + from[n] } else { to[n] - from[n] };
        }
    }
}
