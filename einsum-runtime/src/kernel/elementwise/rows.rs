//! Rows of neighbours: `output[c, r] = left[c, r] · right[c, r]`, the same with one factor for a row, and `output[c, r] ± left[c, r]`; of
//! complex numbers also with conjugated operands, whose imaginary parts change signs in registers.
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
    /// Whether the left operand is conjugated, and the right one, if they are complex.
    pub(super) conjugated: [bool; 2],
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
    /// `output = conj(left)`, which may be in the same place. Only for complex numbers.
    pub(super) conjugate: Compute,
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
        $(#[target_feature(enable = $feature)])?
        unsafe fn conjugate(rows: &Rows) {
            // SAFETY: the caller's promises.
            unsafe { $module::conjugate::<$T, $S>(rows) }
        }
        static ARITHMETIC: Arithmetic = Arithmetic { multiply, scale, add, subtract, conjugate };
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
    // Of complex numbers the vectors are those of their parts.
    ($T:ty: parts) => {
        impl InRows for $T {
            fn arithmetic(isa: Isa) -> &'static Arithmetic {
                match isa {
                    #[cfg(target_arch = "x86_64")]
                    Isa::Avx2(_) | Isa::Avx512(_) => {
                        arithmetic!($T, complex, super::super::simd::x86_64::Avx2, "avx2,fma")
                    }
                    Isa::Portable => arithmetic!($T, complex, Portable),
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

// Real numbers are their own conjugates, and no step of theirs is conjugated.
mod real {
    use super::{Element, Rows, Simd};

    /// # Safety
    /// - None.
    #[inline(always)]
    pub(super) unsafe fn conjugate<T: Element, S: Simd>(_: &Rows) {
        unreachable!("only complex numbers are conjugated")
    }
}

in_rows!(f32: everywhere);
in_rows!(f64: everywhere);
in_rows!(Complex<f32>: parts);
in_rows!(Complex<f64>: parts);
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
    pub(super) use super::real::conjugate;
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

mod complex {
    use super::{Element, MaybeUninit, Rows, Simd, Vector};
    use core::ops::Neg;
    use num_complex::Complex;

    /// The parts of a complex number.
    pub(super) trait Pair: Element<Part: Neg<Output = Self::Part>> {
        fn parts(self) -> [Self::Part; 2];
        /// The imaginary part times a sign.
        fn signed(self, sign: Self::Part) -> Self;
    }

    impl<P: Element + Neg<Output = P>> Pair for Complex<P>
    where
        Complex<P>: Element<Part = P>,
    {
        #[inline(always)]
        fn parts(self) -> [P; 2] {
            [self.re, self.im]
        }

        #[inline(always)]
        fn signed(self, sign: P) -> Self {
            Complex { re: self.re, im: self.im * sign }
        }
    }

    /// Vectors of the parts of `T`.
    type Parts<T, S> = <<T as Element>::Part as Element>::Vector<S>;

    /// What the imaginary part of an operand is multiplied with.
    #[inline(always)]
    fn sign_if<T: Pair>(conjugated: bool) -> T::Part {
        let one = *<T::Part as Element>::ONE;
        if conjugated { -one } else { one }
    }

    /// What the parts of an operand are multiplied with, which rounds nothing: one and `sign`, again and again.
    #[inline(always)]
    fn signs<T: Pair, S: Simd>(sign: T::Part) -> Parts<T, S> {
        // In registers: 1 - 0 and 1 + 0, or 0 - (-1) and 0 + (-1).
        let (zero, one) = (T::Part::default(), *<T::Part as Element>::ONE);
        let (common, turned) = if sign == one { (one, zero) } else { (zero, sign) };
        Parts::<T, S>::splat(common).add_turned(Parts::<T, S>::splat(turned))
    }

    /// `left · (re + im · i)`, rounded as the product of two numbers is.
    #[inline(always)]
    fn product<V: Vector>(left: V, re: V, im: V) -> V {
        left.mul(re).add_turned(left.mul(im))
    }

    /// Writes parts to `to` in vectors, `$n` being where each begins, and the last of them beginning earlier. Rows that are shorter than one are
    /// written by `$plain`; so are all where vectors are no registers, as the compiler makes better ones of it.
    macro_rules! set_row {
        ($V:ty, $parts:expr, $to:ident, |$n:ident| $value:expr, $plain:expr) => {{
            let (parts, lanes) = ($parts, <$V>::LANES);
            if !<$V>::NATIVE || parts < lanes {
                $plain
            } else {
                let mut start = 0;
                while start + 4 * lanes <= parts {
                    for quarter in 0..4 {
                        let $n = start + quarter * lanes;
                        let value: $V = $value;
                        // SAFETY: `n + lanes <= parts`, and the caller says that so many may be written.
                        unsafe { value.store($to.wrapping_add($n)) };
                    }
                    start += 4 * lanes;
                }
                while start < parts {
                    let $n = start.min(parts - lanes);
                    let value: $V = $value;
                    // SAFETY: `n + lanes <= parts`.
                    unsafe { value.store($to.wrapping_add($n)) };
                    start += lanes;
                }
            }
        }};
    }

    /// # Safety
    /// - Those of [`Compute`](super::Compute).
    #[inline(always)]
    pub(super) unsafe fn multiply<T: Pair, S: Simd>(rows: &Rows) {
        let [left_sign, right_sign] = rows.conjugated.map(sign_if::<T>);
        // Not by `map`, which would not be compiled for the instruction set.
        let (left_signs, right_signs) = (signs::<T, S>(left_sign), signs::<T, S>(right_sign));
        for row in 0..rows.rows {
            let (to, left, right) = rows.row::<T::Part>(row);
            set_row!(
                Parts::<T, S>,
                2 * rows.len,
                to,
                |n| {
                    // SAFETY: there are as many parts from `n` on.
                    let left = unsafe { Parts::<T, S>::load(left.wrapping_add(n)) }.mul(left_signs);
                    // SAFETY: as above.
                    let right = unsafe { Parts::<T, S>::load(right.wrapping_add(n)) }.mul(right_signs);
                    product(left, right.firsts(), right.seconds())
                },
                {
                    // SAFETY: the caller's promises about the row, here and below.
                    let to = unsafe { core::slice::from_raw_parts_mut(to.cast(), rows.len) };
                    // SAFETY: as above.
                    let left = unsafe { core::slice::from_raw_parts(left.cast(), rows.len) };
                    // SAFETY: as above.
                    let right = unsafe { core::slice::from_raw_parts(right.cast(), rows.len) };
                    products::<T>(to, left, right, [left_sign, right_sign]);
                }
            );
        }
    }

    // Arguments, since the compiler knows of them that they do not overlap.
    #[inline(always)]
    fn products<T: Pair>(to: &mut [MaybeUninit<T>], left: &[T], right: &[T], signs: [T::Part; 2]) {
        for n in 0..to.len().min(left.len()).min(right.len()) {
            to[n].write(left[n].signed(signs[0]) * right[n].signed(signs[1]));
        }
    }

    /// # Safety
    /// - Those of [`Compute`](super::Compute).
    #[inline(always)]
    pub(super) unsafe fn scale<T: Pair, S: Simd>(rows: &Rows) {
        let [left_sign, right_sign] = rows.conjugated.map(sign_if::<T>);
        let left_signs = signs::<T, S>(left_sign);
        for row in 0..rows.rows {
            let (to, left, right) = rows.row::<T::Part>(row);
            // SAFETY: the caller's promise: an element for each row.
            let factor = unsafe { *right.cast::<T>() }.signed(right_sign);
            let [re, im] = factor.parts();
            let (re, im) = (Parts::<T, S>::splat(re), Parts::<T, S>::splat(im));
            set_row!(
                Parts::<T, S>,
                2 * rows.len,
                to,
                |n| {
                    // SAFETY: there are as many parts from `n` on.
                    let left = unsafe { Parts::<T, S>::load(left.wrapping_add(n)) }.mul(left_signs);
                    product(left, re, im)
                },
                {
                    // SAFETY: the caller's promises about the row, here and below.
                    let to = unsafe { core::slice::from_raw_parts_mut(to.cast(), rows.len) };
                    // SAFETY: as above.
                    let left = unsafe { core::slice::from_raw_parts(left.cast(), rows.len) };
                    scaled::<T>(to, left, left_sign, factor);
                }
            );
        }
    }

    #[inline(always)]
    fn scaled<T: Pair>(to: &mut [MaybeUninit<T>], left: &[T], sign: T::Part, factor: T) {
        for n in 0..to.len().min(left.len()) {
            to[n].write(left[n].signed(sign) * factor);
        }
    }

    /// # Safety
    /// - Those of [`Compute`](super::Compute).
    #[inline(always)]
    pub(super) unsafe fn change<T: Pair, S: Simd, const ADD: bool>(rows: &Rows) {
        let sign = sign_if::<T>(rows.conjugated[0]);
        let (signs, lanes) = (signs::<T, S>(sign), Parts::<T, S>::LANES);
        let signs = if ADD { signs } else { Parts::<T, S>::splat(T::Part::default()).sub(signs) };
        for row in 0..rows.rows {
            let (to, from, _) = rows.row::<T::Part>(row);
            let mut n = 0;
            while n + lanes <= 2 * rows.len {
                // SAFETY: there are as many parts from `n` on.
                let before = unsafe { Parts::<T, S>::load(to.wrapping_add(n)) };
                // SAFETY: as above.
                let by = unsafe { Parts::<T, S>::load(from.wrapping_add(n)) };
                // Rounded once in any case, as a sign rounds nothing.
                // SAFETY: as above.
                unsafe { by.mul_add(signs, before).store(to.wrapping_add(n)) };
                n += lanes;
            }
            for n in n / 2..rows.len {
                // SAFETY: `n < len`.
                let by = unsafe { *from.cast::<T>().wrapping_add(n) }.signed(sign);
                // SAFETY: as above, and nothing else uses it.
                let place = unsafe { &mut *to.cast::<T>().wrapping_add(n) };
                *place = if ADD { *place + by } else { *place - by };
            }
        }
    }

    /// # Safety
    /// - Those of [`Compute`](super::Compute), but the output may be the operand.
    #[inline(always)]
    pub(super) unsafe fn conjugate<T: Pair, S: Simd>(rows: &Rows) {
        let (signs, lanes) = (signs::<T, S>(sign_if::<T>(true)), Parts::<T, S>::LANES);
        for row in 0..rows.rows {
            let (to, from, _) = rows.row::<T::Part>(row);
            let mut start = 0;
            while start + lanes <= 2 * rows.len {
                let count = if start + 4 * lanes <= 2 * rows.len { 4 } else { 1 };
                for n in 0..4 {
                    if n == 0 || count == 4 {
                        let n = start + n * lanes;
                        // SAFETY: there are as many parts from `n` on.
                        let numbers = unsafe { Parts::<T, S>::load(from.wrapping_add(n)) };
                        // SAFETY: as above.
                        unsafe { numbers.mul(signs).store(to.wrapping_add(n)) };
                    }
                }
                start += count * lanes;
            }
            // One by one, since none may be conjugated twice where it is.
            for n in start / 2..rows.len {
                // SAFETY: `n < len`.
                let number = unsafe { *from.cast::<T>().wrapping_add(n) };
                // SAFETY: as above.
                unsafe { to.cast::<T>().wrapping_add(n).write(number.conjugate()) };
            }
        }
    }
}

mod plain {
    pub(super) use super::real::conjugate;
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
