//! What may stand for an operand, and what for the array that is assigned to.

use crate::rank::{Rank, RankWithEllipsis, Rest};
use ndarray::{ArrayBase, ArrayRef, ArrayView, ArrayViewMut, Data, DataMut, Dimension, ViewRepr};

/// Something whose value is an `ndarray` array: any ownership, any number of references.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an `ndarray` array",
    label = "this operand should be an array, a view, or a reference to one"
)]
pub trait Operand {
    /// The type of the elements.
    type Elem;
    /// The type of the shape.
    type Dim: Dimension;

    /// A view of the array.
    fn view(&self) -> ArrayView<'_, Self::Elem, Self::Dim>;
}

impl<S: Data, D: Dimension> Operand for ArrayBase<S, D> {
    type Elem = S::Elem;
    type Dim = D;

    #[inline]
    fn view(&self) -> ArrayView<'_, S::Elem, D> {
        ArrayRef::view(self)
    }
}

impl<A, D: Dimension> Operand for ArrayRef<A, D> {
    type Elem = A;
    type Dim = D;

    #[inline]
    fn view(&self) -> ArrayView<'_, A, D> {
        ArrayRef::view(self)
    }
}

macro_rules! operand_behind {
    ($($Reference:ty),*) => { $(
        impl<O: Operand + ?Sized> Operand for $Reference {
            type Elem = O::Elem;
            type Dim = O::Dim;

            #[inline]
            fn view(&self) -> ArrayView<'_, O::Elem, O::Dim> {
                O::view(self)
            }
        }
    )* };
}

operand_behind!(&O, &mut O);

/// Something whose value is an `ndarray` array that can be written.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an `ndarray` array that can be written",
    label = "this should be an array, a mutable view, or a mutable reference to one"
)]
pub trait Output: Operand {
    /// A mutable view of the array.
    fn view_mut(&mut self) -> ArrayViewMut<'_, Self::Elem, Self::Dim>;
}

impl<S: DataMut, D: Dimension> Output for ArrayBase<S, D> {
    #[inline]
    fn view_mut(&mut self) -> ArrayViewMut<'_, S::Elem, D> {
        ArrayRef::view_mut(self)
    }
}

impl<A, D: Dimension> Output for ArrayRef<A, D> {
    #[inline]
    fn view_mut(&mut self) -> ArrayViewMut<'_, A, D> {
        ArrayRef::view_mut(self)
    }
}

impl<O: Output + ?Sized> Output for &mut O {
    #[inline]
    fn view_mut(&mut self) -> ArrayViewMut<'_, O::Elem, O::Dim> {
        O::view_mut(self)
    }
}

/// A view of an operand whose term has `LABELS` labels.
#[inline]
pub fn operand<const LABELS: usize, O>(operand: &O) -> ArrayView<'_, O::Elem, O::Dim>
where
    O: Operand + ?Sized,
    O::Dim: Rank<LABELS>,
{
    operand.view()
}

/// A view of an operand whose term has `LABELS` labels and an ellipsis.
#[inline]
pub fn operand_with_ellipsis<const LABELS: usize, O>(operand: &O) -> ArrayView<'_, O::Elem, O::Dim>
where
    O: Operand + ?Sized,
    O::Dim: RankWithEllipsis<LABELS>,
{
    operand.view()
}

/// Lets the compiler check that a bound array has as many axes as its term has labels.
#[inline]
pub fn rank<const LABELS: usize, A, D: Rank<LABELS>>(_array: &ArrayRef<A, D>) {}

/// As [`rank`], for a term with an ellipsis: the axes that it stands for.
#[inline]
pub fn rank_with_ellipsis<const LABELS: usize, A, D: RankWithEllipsis<LABELS>>(
    _array: &ArrayRef<A, D>,
) -> Rest<D::Rest> {
    Rest::NEW
}

/// Lets the compiler check that an operand has the elements of the first one, and say so at the operand.
#[inline]
pub fn same_element<A, D, O: Operand<Elem = A> + ?Sized>(_first: &ArrayView<'_, A, D>, _operand: &O) {}

/// Lets the compiler check that a scale is an element.
#[inline]
pub fn scale<A, D>(_first: &ArrayView<'_, A, D>, scale: A) -> A {
    scale
}

/// The place that is assigned to.
///
/// A method, since a method call borrows what it is called on as it must be borrowed: a variable that holds an array
/// is borrowed mutably, one that holds a `&mut` is reborrowed and need not be `mut` itself. It stands on every
/// type, so that it is the bound that fails for a place that is no array, and its message is shown.
pub trait OutputPlace {
    /// A mutable view of the array at this place.
    #[inline]
    fn __ndeinsum_output(&mut self) -> ArrayViewMut<'_, Self::Elem, Self::Dim>
    where
        Self: Output,
    {
        self.view_mut()
    }
}

impl<P: ?Sized> OutputPlace for P {}

/// Something that `einsum_view!` is called on.
///
/// The view should live as long as the array's borrow, which is longer than that of a variable that holds a
/// reference or a view. The methods beside this type's own name stand on the concrete types and are found first;
/// for anything else there is [`ViewSource::source`].
pub struct Source<'x, X: ?Sized>(pub &'x X);

impl<'a, A, D: Dimension> Source<'_, ArrayBase<ViewRepr<&'a A>, D>> {
    /// The view itself.
    #[inline]
    pub fn source(self) -> ArrayView<'a, A, D> {
        self.0.clone()
    }
}

impl<'a, O: Operand + ?Sized> Source<'_, &'a O> {
    /// A view of what the reference refers to.
    #[inline]
    pub fn source(self) -> ArrayView<'a, O::Elem, O::Dim> {
        let array: &'a O = self.0;
        array.view()
    }
}

/// The general case of [`Source`]: a view that borrows the place.
pub trait ViewSource<'x> {
    /// The type of the elements.
    type Elem: 'x;
    /// The type of the shape.
    type Dim: Dimension;

    /// A view of the place.
    fn source(self) -> ArrayView<'x, Self::Elem, Self::Dim>;
}

impl<'x, O: Operand + ?Sized> ViewSource<'x> for Source<'x, O>
where
    O::Elem: 'x,
{
    type Elem = O::Elem;
    type Dim = O::Dim;

    #[inline]
    fn source(self) -> ArrayView<'x, O::Elem, O::Dim> {
        self.0.view()
    }
}

/// A writable view of what `einsum_view!(…, &mut a)` is called on.
#[inline]
pub fn source_mut<O: Output + ?Sized>(array: &mut O) -> ArrayViewMut<'_, O::Elem, O::Dim> {
    array.view_mut()
}
