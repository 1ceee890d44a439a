//! Views that permute axes and take diagonals.

use crate::extents::Call;
use ndarray::{ArrayView, ArrayViewMut, Axis, Dimension, RawArrayView, RawArrayViewMut, ShapeBuilder};

/// Views the axes of which can be permuted and merged.
pub trait MergeAxes<F> {
    /// The view of the axes of the output of a call.
    type Merged;

    /// The view of the only operand of a call, which is `self`, with the axes of its output; `shape` are the extents
    /// that were agreed on.
    ///
    /// # Panics
    /// If an axis of the operand is none of the output's, or their extents differ.
    /// [`Call::agree`] and the macro have seen to it.
    fn merge_axes(self, call: &Call, shape: F) -> Self::Merged;
}

impl<'a, A, D: Dimension, F: Dimension> MergeAxes<F> for ArrayView<'a, A, D> {
    type Merged = ArrayView<'a, A, F>;

    fn merge_axes(self, call: &Call, shape: F) -> ArrayView<'a, A, F> {
        let Layout { shape, strides, reversed, first } =
            Layout::new(self.shape(), self.strides(), call, shape);
        let first = self.as_ptr().wrapping_offset(first);
        // SAFETY: `Layout` proves that every address of the view is one of the operand; no stride is negative.
        let raw = unsafe { RawArrayView::from_shape_ptr(shape.strides(strides), first) };
        // SAFETY: the elements are those of the operand, borrowed for `'a`.
        let mut view = unsafe { raw.deref_into_view() };
        axes_marked(&reversed).for_each(|axis| view.invert_axis(axis));
        view
    }
}

impl<'a, A, D: Dimension, F: Dimension> MergeAxes<F> for ArrayViewMut<'a, A, D> {
    type Merged = ArrayViewMut<'a, A, F>;

    fn merge_axes(mut self, call: &Call, shape: F) -> ArrayViewMut<'a, A, F> {
        let Layout { shape, strides, reversed, first } =
            Layout::new(self.shape(), self.strides(), call, shape);
        let first = self.as_mut_ptr().wrapping_offset(first);
        // SAFETY: `Layout` proves that every address of the view is one of the operand, and that different positions of
        // the view are different positions of the operand, so that no two are the same element.
        let raw = unsafe { RawArrayViewMut::from_shape_ptr(shape.strides(strides), first) };
        // SAFETY: the elements are those of the operand, borrowed mutably for `'a` and moved in here.
        let mut view = unsafe { raw.deref_into_view_mut() };
        axes_marked(&reversed).for_each(|axis| view.invert_axis(axis));
        view
    }
}

/// The shape and strides of a view that runs along one or more axes of its operand at once.
///
/// Every axis of the operand belongs to one axis of the view of the same extent, and every axis of the view has one of
/// the operand at least. So a position of the view is a position of the operand, and another one for another.
///
/// ndarray takes only strides that are not negative: an axis that runs backwards is laid out forwards, from its last
/// element, and is then to be reversed.
struct Layout<F> {
    shape: F,
    /// Absolute values.
    strides: F,
    /// Which axes run backwards: 1, else 0.
    reversed: F,
    /// The offset of the lowest address from the operand's first element.
    first: isize,
}

impl<F: Dimension> Layout<F> {
    fn new(extents: &[usize], operand_strides: &[isize], call: &Call, shape: F) -> Layout<F> {
        let (mut strides, mut covered) = (F::zeros(shape.ndim()), F::zeros(shape.ndim()));
        for (axis, &extent) in extents.iter().enumerate() {
            let to = call.output_axis(axis, extents.len(), shape.ndim());
            assert!(extent == shape[to], "an axis of another extent than that of the view");
            covered[to] = 1;
            strides[to] = strides[to].wrapping_add(operand_strides[axis] as usize);
        }
        assert!(
            covered.slice().iter().all(|&covered| covered == 1),
            "an axis of the view without one of the operand"
        );

        let (mut reversed, mut first) = (F::zeros(shape.ndim()), 0);
        if extents.contains(&0) {
            // No stride is ever used; but ndarray looks for two positions of one address, and should find none.
            let mut next = 1;
            for axis in (0..shape.ndim()).rev() {
                strides[axis] = next;
                next *= shape[axis].max(1);
            }
            return Layout { shape, strides, reversed, first };
        }
        for (axis, stride) in strides.slice_mut().iter_mut().enumerate() {
            // Along an axis of one element the stride is never used, and ndarray may have left anything there.
            let signed = if shape[axis] == 1 { 0 } else { *stride as isize };
            if signed < 0 {
                reversed[axis] = 1;
                first += signed * (shape[axis] as isize - 1);
            }
            *stride = signed.unsigned_abs();
        }
        Layout { shape, strides, reversed, first }
    }
}

fn axes_marked<F: Dimension>(marks: &F) -> impl Iterator<Item = Axis> {
    marks.slice().iter().enumerate().filter(|&(_, &mark)| mark == 1).map(|(axis, _)| Axis(axis))
}
