//! Arrays that a call allocates: results and intermediates, always in standard (C) layout.

use crate::{error::EinsumError, extents::Call, kernel};
use alloc::vec::Vec;
use ndarray::{Array, ArrayRef, ArrayView, ArrayViewMut, DimAdd, Dimension};
use num_traits::Zero;

/// An array of zeros. Memory that the system gives zeroed is not written.
///
/// # Errors
/// If no array can have this shape.
#[inline]
pub fn zeros<T: Clone + Zero, D: Dimension>(call: &Call, shape: D) -> Result<Array<T, D>, EinsumError> {
    call.check_size::<T>(shape.slice())?;
    Ok(zeroed(shape))
}

/// Up to so many bytes are written here: the allocator takes longer to give zeros than others.
const FEW_BYTES: usize = 2048;

/// An array of zeros of a shape that [`Call::check_size`] has seen.
#[inline(never)]
pub(crate) fn zeroed<T: Clone + Zero, D: Dimension>(shape: D) -> Array<T, D> {
    let size = shape.size();
    if size.saturating_mul(size_of::<T>()) > FEW_BYTES {
        return Array::zeros(shape);
    }
    let elements: Vec<T> = core::iter::repeat_n(T::zero(), size).collect();
    Array::from_shape_vec(shape, elements).expect("as many as the shape says")
}

/// The elements of a view, in an array of their own.
///
/// # Errors
/// If no array can have this shape.
#[inline]
pub fn copy<T: Clone, D: Dimension>(
    call: &Call,
    view: ArrayView<'_, T, D>,
) -> Result<Array<T, D>, EinsumError> {
    call.check_size::<T>(view.shape())?;
    Ok(copied(view))
}

/// The same for a shape that [`Call::check_size`] has seen.
#[inline]
pub(crate) fn copied<T: Clone, D: Dimension>(view: ArrayView<'_, T, D>) -> Array<T, D> {
    if let Some(copy) = kernel::copy(&view, false) {
        return copy;
    }
    let elements: Vec<T> = view.iter().cloned().collect();
    Array::from_shape_vec(view.raw_dim(), elements).expect("a view has as many elements as its shape says")
}

/// A shape with the axes of an ellipsis among others, of static rank where both are; `L` is the shape type of the
/// others.
#[inline]
pub fn shape_with_rest<L, E>(front: &[usize], rest: &E, back: &[usize]) -> <E as DimAdd<L>>::Output
where
    L: Dimension,
    E: Dimension + DimAdd<L>,
{
    let mut shape = <E as DimAdd<L>>::Output::zeros(front.len() + rest.ndim() + back.len());
    let axes = front.iter().chain(rest.slice()).chain(back);
    for (extent, &given) in shape.slice_mut().iter_mut().zip(axes) {
        *extent = given;
    }
    shape
}

/// The shape of an array. This and the next ones are functions, since methods of the user's traits may have their names.
#[inline]
pub fn shape<A, D: Dimension>(array: &ArrayRef<A, D>) -> &[usize] {
    array.shape()
}

/// The shape of an array by itself, and its extents: a message in the making must not keep the view of the array in memory.
#[inline]
pub fn dim<A, D: Dimension>(array: &ArrayRef<A, D>) -> D {
    array.raw_dim()
}

/// What [`dim`] gives, as numbers.
#[inline]
pub fn slice<D: Dimension>(dim: &D) -> &[usize] {
    dim.slice()
}

/// A view of an array.
#[inline]
pub fn view<A, D: Dimension>(array: &Array<A, D>) -> ArrayView<'_, A, D> {
    ArrayRef::view(array)
}

/// A mutable view of an array.
#[inline]
pub fn view_mut<A, D: Dimension>(array: &mut Array<A, D>) -> ArrayViewMut<'_, A, D> {
    ArrayRef::view_mut(array)
}
