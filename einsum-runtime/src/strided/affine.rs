//! Views that read an axis at a sum of indices: one axis for each summand, without a copy.
//!
//! Axis `p = 2x + 3i` of stride `s` becomes two axes, of `x` with stride `2s` and of `i` with stride `3s`. What
//! [`windows`](super::windows) shows for windows is here for any coefficients.

use crate::{
    affine::{AffineCall, is_distinct},
    error::{EinsumError, EinsumErrorKind},
};
use alloc::vec::Vec;
use ndarray::{ArrayView, ArrayViewMut, Axis, Dimension, RawArrayView, RawArrayViewMut, ShapeBuilder};

/// [`Windowed::windowed`], with the view as the last argument, since the shape is computed from it.
///
/// # Errors
/// As there.
pub fn windowed<V: Windowed<F>, F>(
    call: &AffineCall,
    operand: usize,
    shape: F,
    view: V,
) -> Result<V::View, EinsumError> {
    view.windowed(call, operand, shape)
}

/// The view with windows along some axes: an axis with `Some((positions, spread, count))` becomes two, of these extents, read at `position +
/// spread * n`.
///
/// # Panics
/// If a window leaves its axis, or the rank of the view is another.
pub(crate) fn window_pairs<'a, A, D: Dimension, F: Dimension>(
    array: ArrayView<'a, A, D>,
    windows: &[Option<(usize, usize, usize)>],
) -> ArrayView<'a, A, F> {
    let rank = windows.iter().map(|window| if window.is_some() { 2 } else { 1 }).sum();
    let (mut shape, mut at) = (F::zeros(rank), 0);
    // The second number, an index of a call, has no meaning here.
    let mut sums = Vec::with_capacity(windows.len());
    for (axis, window) in windows.iter().enumerate() {
        let Some((positions, spread, count)) = *window else {
            shape[at] = array.shape()[axis];
            at += 1;
            sums.push(None);
            continue;
        };
        (shape[at], shape[at + 1]) = (positions, count);
        at += 2;
        sums.push(Some([(1, 0), (u32::try_from(spread).expect("a coefficient, or a part of one"), 0)]));
    }
    let sum_of = |axis: usize| sums[axis].as_ref().map(|sum| &sum[..]);
    match Layout::new(array.shape(), array.strides(), sum_of, shape) {
        // SAFETY: the layout was made for this view.
        Ok(layout) => unsafe { layout.view(array) },
        Err(TooLarge(shape)) => panic!("windows of shape {shape:?} cannot be counted"),
    }
}

/// Views that can be read at sums of indices.
pub trait Windowed<F> {
    /// The view with one axis for each summand.
    type View;

    /// The view of an operand of a call; `shape` has the agreed extents of its indices. A plain axis keeps its own
    /// extent, which may be 1 where `shape` has more.
    ///
    /// # Errors
    /// If the view has more elements, counted as often as they occur, than an array can have. A view that writes: if two of its
    /// positions are one element.
    ///
    /// # Panics
    /// If a sum leaves its axis, or `shape` has another number of axes. [`AffineCall::agree`] and the macro have seen to it.
    fn windowed(self, call: &AffineCall, operand: usize, shape: F) -> Result<Self::View, EinsumError>;
}

impl<'a, A, D: Dimension, F: Dimension> Windowed<F> for ArrayView<'a, A, D> {
    type View = ArrayView<'a, A, F>;

    fn windowed(self, call: &AffineCall, operand: usize, shape: F) -> Result<Self::View, EinsumError> {
        let layout = Layout::of_call(self.shape(), self.strides(), call, operand, shape)?;
        // SAFETY: the layout was made for this view.
        Ok(unsafe { layout.view(self) })
    }
}

impl<'a, A, D: Dimension, F: Dimension> Windowed<F> for ArrayViewMut<'a, A, D> {
    type View = ArrayViewMut<'a, A, F>;

    fn windowed(mut self, call: &AffineCall, operand: usize, shape: F) -> Result<Self::View, EinsumError> {
        let layout = Layout::of_call(self.shape(), self.strides(), call, operand, shape)?;
        layout.check_distinct(call, operand)?;
        let first = self.as_mut_ptr().wrapping_offset(layout.first);
        // SAFETY: `Layout` proves that every address of the view is one of the operand; no stride is negative, and the
        // elements can be counted. By `check_distinct`, different positions of the view are different positions of the operand.
        let raw = unsafe { RawArrayViewMut::from_shape_ptr(layout.shape.strides(layout.strides), first) };
        // SAFETY: the elements are those of the operand, borrowed mutably for `'a` and moved in here; no two positions
        // of the view are the same element.
        let mut view = unsafe { raw.deref_into_view_mut() };
        axes_marked(&layout.reversed).for_each(|axis| view.invert_axis(axis));
        Ok(view)
    }
}

/// The shape and strides of the view.
///
/// Every axis of the operand is one plain axis of the view, of its own extent, or the sum of several; and every axis of the view
/// belongs to one of the operand. Unless the view has no elements, each sum stays inside its axis: `reach < extent`, where
/// `reach` is the sum at the last position of each index.
///
/// As in [`view`](super::view), an axis that runs backwards is laid out forwards and is then to be reversed.
struct Layout<F> {
    shape: F,
    /// Absolute values.
    strides: F,
    /// Which axes run backwards: 1, else 0.
    reversed: F,
    /// The offset of the lowest address from the operand's first element.
    first: isize,
    is_empty: bool,
    rank: usize,
}

/// The shape of a view whose elements cannot be counted.
struct TooLarge(Vec<usize>);

impl<F: Dimension> Layout<F> {
    fn of_call(
        extents: &[usize],
        operand_strides: &[isize],
        call: &AffineCall,
        operand: usize,
        shape: F,
    ) -> Result<Layout<F>, EinsumError> {
        let sum_of = |axis| {
            let mut sums = call.axes_of(operand);
            sums.find(|sum| sum.axis(extents.len()) == axis).map(|sum| sum.summands())
        };
        let error = |TooLarge(shape)| call.call().error(EinsumErrorKind::TooLarge { shape });
        Layout::new(extents, operand_strides, sum_of, shape).map_err(error)
    }

    // `sum_of` gives the summands of an axis that is a sum.
    fn new<'s>(
        extents: &[usize],
        operand_strides: &[isize],
        sum_of: impl Fn(usize) -> Option<&'s [(u32, usize)]>,
        mut shape: F,
    ) -> Result<Layout<F>, TooLarge> {
        let mut strides = F::zeros(shape.ndim());
        let (mut at, mut inside) = (0, true);
        for (axis, (&extent, &stride)) in extents.iter().zip(operand_strides).enumerate() {
            let Some(sum) = sum_of(axis) else {
                shape[at] = extent;
                strides[at] = stride as usize;
                at += 1;
                continue;
            };
            let mut reach = 0_u128;
            for &(coefficient, _) in sum {
                reach += u128::from(coefficient) * (shape[at] as u128).saturating_sub(1);
                // Wrapping: what is not inside is never used, nor is a stride along one element.
                strides[at] = (stride as usize).wrapping_mul(coefficient as usize);
                at += 1;
            }
            inside &= reach < extent as u128;
        }
        assert!(at == shape.ndim(), "a view of another rank than its term");
        let is_empty = shape.slice().contains(&0);
        assert!(inside || is_empty, "a sum that leaves its axis");

        // ndarray relies on it that elements can be counted, also where they are fewer in memory.
        let mut counted = shape.slice().iter().filter(|&&extent| extent != 0);
        let count = counted.try_fold(1_usize, |count, &extent| count.checked_mul(extent));
        if count.and_then(|count| isize::try_from(count).ok()).is_none() {
            return Err(TooLarge(shape.slice().into()));
        }

        let (mut reversed, mut first) = (F::zeros(shape.ndim()), 0);
        if is_empty {
            // No stride is ever used; but ndarray looks for two positions of one address, and should find none.
            let mut next = 1;
            for axis in (0..shape.ndim()).rev() {
                strides[axis] = next;
                next *= shape[axis].max(1);
            }
        } else {
            for (axis, stride) in strides.slice_mut().iter_mut().enumerate() {
                // Along an axis of one element the stride may be anything.
                let signed = if shape[axis] == 1 { 0 } else { *stride as isize };
                if signed < 0 {
                    reversed[axis] = 1;
                    first += signed * (shape[axis] as isize - 1);
                }
                *stride = signed.unsigned_abs();
            }
        }
        Ok(Layout { shape, strides, reversed, first, is_empty, rank: extents.len() })
    }

    /// The view.
    ///
    /// # Safety
    /// - the layout was made for the shape and strides of this array.
    unsafe fn view<'a, A, D: Dimension>(self, array: ArrayView<'a, A, D>) -> ArrayView<'a, A, F> {
        let first = array.as_ptr().wrapping_offset(self.first);
        // SAFETY: the layout proves that every address of the view is one of the array; no stride is negative, and the
        // elements can be counted.
        let raw = unsafe { RawArrayView::from_shape_ptr(self.shape.strides(self.strides), first) };
        // SAFETY: the elements are those of the array, borrowed for `'a`; the view only reads them.
        let mut view = unsafe { raw.deref_into_view() };
        axes_marked(&self.reversed).for_each(|axis| view.invert_axis(axis));
        view
    }

    // Whether no sum takes one value twice. It is enough that it holds for each sum, since different axes of the operand are
    // different places.
    fn check_distinct(&self, call: &AffineCall, operand: usize) -> Result<(), EinsumError> {
        if self.is_empty {
            return Ok(());
        }
        let mut extents = self.shape.slice().iter().copied();
        for axis in 0..self.rank {
            let sum = call.axes_of(operand).find(|sum| sum.axis(self.rank) == axis);
            let summands = sum.map_or(&[(1, 0)][..], |sum| sum.summands());
            let mine = summands
                .iter()
                .zip(extents.by_ref())
                .map(|(&(coefficient, _), extent)| (coefficient, extent));
            if !is_distinct(mine) {
                return Err(call.overlap(axis));
            }
        }
        Ok(())
    }
}

fn axes_marked<F: Dimension>(marks: &F) -> impl Iterator<Item = Axis> {
    marks.slice().iter().enumerate().filter(|&(_, &mark)| mark == 1).map(|(axis, _)| Axis(axis))
}
