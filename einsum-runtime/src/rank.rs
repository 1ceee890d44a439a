//! Ranks as types: how many axes a term asks for, and how many the ellipsis gets.

use core::marker::PhantomData;
use ndarray::{Dim, DimMax, Dimension, Ix0, Ix1, Ix2, Ix3, Ix4, Ix5, Ix6, IxDyn};

/// The shape types that fit a term of `LABELS` labels: that of this rank, and the dynamic one, which is checked at run
/// time.
#[diagnostic::on_unimplemented(
    message = "the number of axes differs from the number of labels in the term",
    label = "labels in its term: {LABELS}; shape of this array: `{Self}`",
    note = "`Dim<[usize; N]>` is the shape of an array of N axes"
)]
pub trait FitTerm<const LABELS: usize>: Dimension {}

// One implementation for all ranks: the compiler lists the implementations that there are.
#[diagnostic::do_not_recommend]
impl<const N: usize> FitTerm<N> for Dim<[usize; N]> where Dim<[usize; N]>: Dimension {}

#[diagnostic::do_not_recommend]
impl<const LABELS: usize> FitTerm<LABELS> for IxDyn {}

/// The shape types that fit a term of `LABELS` labels and an ellipsis.
#[diagnostic::on_unimplemented(
    message = "there are fewer axes than labels in the term",
    label = "labels in its term, besides `...`: {LABELS}; shape of this array: `{Self}`",
    note = "`Dim<[usize; N]>` is the shape of an array of N axes"
)]
pub trait FitTermWithEllipsis<const LABELS: usize>: Dimension {
    /// The shape type of the axes that the ellipsis stands for.
    type Rest: Dimension;
}

#[diagnostic::do_not_recommend]
impl<const LABELS: usize> FitTermWithEllipsis<LABELS> for IxDyn {
    type Rest = IxDyn;
}

macro_rules! rests {
    ($($Dim:ident = $($labels:literal + $Rest:ident),*;)*) => { $( $(
        #[diagnostic::do_not_recommend]
        impl FitTermWithEllipsis<$labels> for $Dim {
            type Rest = $Rest;
        }
    )* )* };
}

rests! {
    Ix0 = 0 + Ix0;
    Ix1 = 0 + Ix1, 1 + Ix0;
    Ix2 = 0 + Ix2, 1 + Ix1, 2 + Ix0;
    Ix3 = 0 + Ix3, 1 + Ix2, 2 + Ix1, 3 + Ix0;
    Ix4 = 0 + Ix4, 1 + Ix3, 2 + Ix2, 3 + Ix1, 4 + Ix0;
    Ix5 = 0 + Ix5, 1 + Ix4, 2 + Ix3, 3 + Ix2, 4 + Ix1, 5 + Ix0;
    Ix6 = 0 + Ix6, 1 + Ix5, 2 + Ix4, 3 + Ix3, 4 + Ix2, 5 + Ix1, 6 + Ix0;
}

/// The shape types of an output that fit a result of the shape type `Shape`.
#[diagnostic::on_unimplemented(
    message = "the number of axes of the output differs from that of the result",
    label = "shape of the result: `{Shape}`; shape of this array: `{Self}`",
    note = "`Dim<[usize; N]>` is the shape of an array of N axes"
)]
pub trait FitResult<Shape> {}

#[diagnostic::do_not_recommend]
impl<const N: usize> FitResult<Dim<[usize; N]>> for Dim<[usize; N]> {}

#[diagnostic::do_not_recommend]
impl<const N: usize> FitResult<IxDyn> for Dim<[usize; N]> {}

#[diagnostic::do_not_recommend]
impl<Shape> FitResult<Shape> for IxDyn {}

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

    /// The ellipsis axes of two that are broadcast together.
    pub fn or<F: Dimension>(self, _other: Rest<F>) -> Rest<<E as DimMax<F>>::Output>
    where
        E: DimMax<F>,
    {
        Rest::NEW
    }
}
