//! Ranks as types: how many axes a term asks for, and how many the ellipsis gets.
//!
//! The numbers are parameters of the traits, since the compiler can print these in a message.

use core::marker::PhantomData;
use ndarray::{Dim, DimMax, Dimension, Ix0, Ix1, Ix2, Ix3, Ix4, Ix5, Ix6, IxDyn};

/// The shape types of arrays of `AXES` axes, and the dynamic one.
#[diagnostic::on_unimplemented(
    message = "the rank of this array is not known to the compiler",
    label = "its shape is of type `{Self}`",
    note = "the rank of an array of dynamic rank is checked at run time: `a.view().into_dyn()`"
)]
pub trait Ranked<const AXES: usize>: Dimension {
    /// The shape type itself: what is asked of it is asked only where the rank is known.
    type Shape;
}

#[diagnostic::do_not_recommend]
impl<const N: usize> Ranked<N> for Dim<[usize; N]>
where
    Dim<[usize; N]>: Dimension,
{
    type Shape = Self;
}

// The number says nothing.
#[diagnostic::do_not_recommend]
impl Ranked<{ usize::MAX }> for IxDyn {
    type Shape = Self;
}

/// The shape types that fit a term of `LABELS` labels: that of this rank, and the dynamic one, which is checked at run
/// time.
#[diagnostic::on_unimplemented(
    message = "this array has rank {AXES}, but its term asks for rank {LABELS}",
    label = "number of axes: {AXES}; number of labels in its term: {LABELS}"
)]
pub trait FitTerm<const LABELS: usize, const AXES: usize> {}

#[diagnostic::do_not_recommend]
impl<const N: usize> FitTerm<N, N> for Dim<[usize; N]> {}

#[diagnostic::do_not_recommend]
impl<const LABELS: usize, const AXES: usize> FitTerm<LABELS, AXES> for IxDyn {}

/// The shape types that fit a term of `LABELS` labels and an ellipsis.
#[diagnostic::on_unimplemented(
    message = "this array has rank {AXES}, but its term asks for rank {LABELS} or more",
    label = "number of axes: {AXES}; number of labels in its term, besides `...`: {LABELS}"
)]
pub trait FitTermWithEllipsis<const LABELS: usize, const AXES: usize> {
    /// The shape type of the axes that the ellipsis stands for.
    type Rest: Dimension;
}

#[diagnostic::do_not_recommend]
impl<const LABELS: usize, const AXES: usize> FitTermWithEllipsis<LABELS, AXES> for IxDyn {
    type Rest = IxDyn;
}

// On every `Dim`, though one of them has the rank: of a few implementations on that one, the compiler might show the user
// one that fits nearly.
macro_rules! rests {
    ($($axes:literal = $($labels:literal + $Rest:ident),*;)*) => { $( $(
        #[diagnostic::do_not_recommend]
        impl<const N: usize> FitTermWithEllipsis<$labels, $axes> for Dim<[usize; N]> {
            type Rest = $Rest;
        }
    )* )* };
}

rests! {
    0 = 0 + Ix0;
    1 = 0 + Ix1, 1 + Ix0;
    2 = 0 + Ix2, 1 + Ix1, 2 + Ix0;
    3 = 0 + Ix3, 1 + Ix2, 2 + Ix1, 3 + Ix0;
    4 = 0 + Ix4, 1 + Ix3, 2 + Ix2, 3 + Ix1, 4 + Ix0;
    5 = 0 + Ix5, 1 + Ix4, 2 + Ix3, 3 + Ix2, 4 + Ix1, 5 + Ix0;
    6 = 0 + Ix6, 1 + Ix5, 2 + Ix4, 3 + Ix3, 4 + Ix2, 5 + Ix1, 6 + Ix0;
}

/// The shape types of a cotangent that fit a result of `RESULT` axes: those that fit a term of as many labels.
#[diagnostic::on_unimplemented(
    message = "the cotangent has rank {AXES}, but the result has rank {RESULT}",
    label = "number of axes: {AXES}; number of axes of the result: {RESULT}"
)]
pub trait FitCotangent<const RESULT: usize, const AXES: usize> {}

#[diagnostic::do_not_recommend]
impl<S: FitTerm<RESULT, AXES>, const RESULT: usize, const AXES: usize> FitCotangent<RESULT, AXES> for S {}

/// The same for a result of `LABELS` labels and an ellipsis.
#[diagnostic::on_unimplemented(
    message = "the cotangent has rank {AXES}, but the result has rank {LABELS} or more",
    label = "number of axes: {AXES}; number of labels in the output, besides `...`: {LABELS}"
)]
pub trait FitCotangentWithEllipsis<const LABELS: usize, const AXES: usize> {
    /// The shape type of the axes that the ellipsis stands for.
    type Rest: Dimension;
}

#[diagnostic::do_not_recommend]
impl<S: FitTermWithEllipsis<LABELS, AXES>, const LABELS: usize, const AXES: usize>
    FitCotangentWithEllipsis<LABELS, AXES> for S
{
    type Rest = S::Rest;
}

/// The shape types of an output that fit a result of the shape type `Shape`.
#[diagnostic::on_unimplemented(
    message = "the output has rank {AXES}, but the result has rank {RESULT}",
    label = "number of axes: {AXES}; number of axes of the result: {RESULT}"
)]
pub trait FitResult<Shape, const RESULT: usize, const AXES: usize> {}

#[diagnostic::do_not_recommend]
impl<const N: usize> FitResult<Dim<[usize; N]>, N, N> for Dim<[usize; N]> {}

#[diagnostic::do_not_recommend]
impl<const RESULT: usize, const N: usize> FitResult<IxDyn, RESULT, N> for Dim<[usize; N]> {}

#[diagnostic::do_not_recommend]
impl<Shape, const RESULT: usize, const AXES: usize> FitResult<Shape, RESULT, AXES> for IxDyn {}

/// The ellipsis axes of one operand, or of several that are broadcast together: a type without a value.
pub struct Rest<E>(PhantomData<E>);

// By hand: `E` need not be `Copy`.
impl<E> Clone for Rest<E> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<E> Copy for Rest<E> {}

impl Rest<Ix0> {
    /// No axes.
    pub const NONE: Rest<Ix0> = Rest(PhantomData);
}

impl<E: Dimension> Rest<E> {
    pub(crate) const NEW: Rest<E> = Rest(PhantomData);

    /// The extents of these axes of an array: those between the `front` first and the `back` last.
    pub fn extents(self, shape: &[usize], front: usize, back: usize) -> E {
        let axes = &shape[front..shape.len() - back];
        let mut extents = E::zeros(axes.len());
        extents.slice_mut().copy_from_slice(axes);
        extents
    }

    /// The ellipsis axes of two that are broadcast together.
    pub fn or<F: Dimension>(self, _other: Rest<F>) -> Rest<<E as DimMax<F>>::Output>
    where
        E: DimMax<F>,
    {
        Rest::NEW
    }
}
