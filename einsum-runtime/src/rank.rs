//! Ranks as types: how many axes a term asks for, and how many the ellipsis gets.

use core::marker::PhantomData;
use ndarray::{DimMax, Dimension, Ix0, Ix1, Ix2, Ix3, Ix4, Ix5, Ix6, IxDyn};

/// The dimension types that fit a term of `LABELS` labels: that of this rank, and the dynamic one.
#[diagnostic::on_unimplemented(
    message = "this array does not have as many axes as its term has labels",
    label = "its term has {LABELS} labels, but it has the shape type `{Self}`",
    note = "`Dim<[usize; N]>` is the shape type of an array with N axes"
)]
pub trait Rank<const LABELS: usize>: Dimension {}

impl<const LABELS: usize> Rank<LABELS> for IxDyn {}

/// The dimension types that fit a term of `LABELS` labels and an ellipsis.
#[diagnostic::on_unimplemented(
    message = "this array has fewer axes than its term has labels",
    label = "its term has {LABELS} labels and an ellipsis, but it has the shape type `{Self}`",
    note = "`Dim<[usize; N]>` is the shape type of an array with N axes"
)]
pub trait RankWithEllipsis<const LABELS: usize>: Dimension {
    /// The dimension type of the axes that the ellipsis stands for.
    type Rest: Dimension;
}

impl<const LABELS: usize> RankWithEllipsis<LABELS> for IxDyn {
    type Rest = IxDyn;
}

macro_rules! ranks {
    ($($Dim:ident: $rank:literal = $($labels:literal + $Rest:ident),*;)*) => { $(
        impl Rank<$rank> for $Dim {}
        $(
            impl RankWithEllipsis<$labels> for $Dim {
                type Rest = $Rest;
            }
        )*
    )* };
}

ranks! {
    Ix0: 0 = 0 + Ix0;
    Ix1: 1 = 0 + Ix1, 1 + Ix0;
    Ix2: 2 = 0 + Ix2, 1 + Ix1, 2 + Ix0;
    Ix3: 3 = 0 + Ix3, 1 + Ix2, 2 + Ix1, 3 + Ix0;
    Ix4: 4 = 0 + Ix4, 1 + Ix3, 2 + Ix2, 3 + Ix1, 4 + Ix0;
    Ix5: 5 = 0 + Ix5, 1 + Ix4, 2 + Ix3, 3 + Ix2, 4 + Ix1, 5 + Ix0;
    Ix6: 6 = 0 + Ix6, 1 + Ix5, 2 + Ix4, 3 + Ix3, 4 + Ix2, 5 + Ix1, 6 + Ix0;
}

/// The ellipsis axes of one operand, or of several that are broadcast together: a type without a value.
pub struct Rest<E>(PhantomData<E>);

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
