//! What may stand for an operand, and what for the array that is assigned to.
//!
//! The functions bind what the user wrote: generated code calls them with the user's expressions as arguments, so that
//! an error about one of these is shown there.

use crate::rank::{FitResult, FitTerm, FitTermWithEllipsis, Rest};
use core::marker::PhantomData;
use ndarray::{ArrayBase, ArrayRef, ArrayView, ArrayViewMut, Data, DataMut, DimAdd, Dimension, ViewRepr};

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

#[diagnostic::do_not_recommend]
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
        #[diagnostic::do_not_recommend]
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

#[diagnostic::do_not_recommend]
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

#[diagnostic::do_not_recommend]
impl<O: Output + ?Sized> Output for &mut O {
    #[inline]
    fn view_mut(&mut self) -> ArrayViewMut<'_, O::Elem, O::Dim> {
        O::view_mut(self)
    }
}

/// The type of the elements of a call, which all its arrays share: the compiler infers it from the first.
pub struct Element<A>(PhantomData<A>);

impl<A> Default for Element<A> {
    fn default() -> Self {
        Self::new()
    }
}

impl<A> Element<A> {
    /// Still to be inferred.
    #[inline]
    pub const fn new() -> Self {
        Element(PhantomData)
    }
}

/// A view of an operand whose term has `LABELS` labels.
#[inline]
pub fn operand<'o, const LABELS: usize, A, O, D>(_element: &Element<A>, operand: &'o O) -> ArrayView<'o, A, D>
where
    O: Operand<Elem = A, Dim = D> + ?Sized,
    D: FitTerm<LABELS>,
{
    operand.view()
}

/// The same if the term has an ellipsis as well; and the axes that this stands for.
#[inline]
pub fn operand_with_ellipsis<'o, const LABELS: usize, A, O, D>(
    _element: &Element<A>,
    operand: &'o O,
) -> (ArrayView<'o, A, D>, Rest<D::Rest>)
where
    O: Operand<Elem = A, Dim = D> + ?Sized,
    D: FitTermWithEllipsis<LABELS>,
{
    (operand.view(), Rest::NEW)
}

/// What the result is multiplied by.
#[inline]
pub fn scale<A>(_element: &Element<A>, scale: A) -> A {
    scale
}

/// A view of the output, whose term has `LABELS` labels.
#[inline]
pub fn output<'o, const LABELS: usize, A, D>(
    _element: &Element<A>,
    view: ArrayViewMut<'o, A, D>,
) -> ArrayViewMut<'o, A, D>
where
    D: FitTerm<LABELS>,
{
    view
}

/// A view of the output, whose term has an ellipsis: [`output_of_rest`] checks its rank.
#[inline]
pub fn output_with_ellipsis<'o, A, D>(
    _element: &Element<A>,
    view: ArrayViewMut<'o, A, D>,
) -> ArrayViewMut<'o, A, D> {
    view
}

/// The operand of `einsum_view!`, whose term has `LABELS` labels.
#[inline]
pub fn view<const LABELS: usize, A, D>(view: ArrayView<'_, A, D>) -> ArrayView<'_, A, D>
where
    D: FitTerm<LABELS>,
{
    view
}

/// The same if the term has an ellipsis as well; and the axes that this stands for.
#[inline]
pub fn view_with_ellipsis<const LABELS: usize, A, D>(
    view: ArrayView<'_, A, D>,
) -> (ArrayView<'_, A, D>, Rest<D::Rest>)
where
    D: FitTermWithEllipsis<LABELS>,
{
    (view, Rest::NEW)
}

/// The operand of a writable `einsum_view!`, whose term has `LABELS` labels.
#[inline]
pub fn view_mut<const LABELS: usize, A, D>(view: ArrayViewMut<'_, A, D>) -> ArrayViewMut<'_, A, D>
where
    D: FitTerm<LABELS>,
{
    view
}

/// The same if the term has an ellipsis as well; and the axes that this stands for.
#[inline]
pub fn view_mut_with_ellipsis<const LABELS: usize, A, D>(
    view: ArrayViewMut<'_, A, D>,
) -> (ArrayViewMut<'_, A, D>, Rest<D::Rest>)
where
    D: FitTermWithEllipsis<LABELS>,
{
    (view, Rest::NEW)
}

/// Lets the compiler check the rank of an output with an ellipsis beside labels of the shape type `L`.
#[inline]
pub fn output_of_rest<L, E, A, D>(_rest: Rest<E>, _output: &ArrayRef<A, D>)
where
    L: Dimension,
    E: Dimension + DimAdd<L>,
    D: FitResult<<E as DimAdd<L>>::Output>,
{
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

/// The general case of [`Source`]: a view that borrows the place. It stands on every type, as [`OutputPlace`] does.
pub trait ViewSource<'x> {
    /// What is borrowed.
    type Place: ?Sized;

    /// A view of the place.
    fn source(self) -> ArrayView<'x, <Self::Place as Operand>::Elem, <Self::Place as Operand>::Dim>
    where
        Self::Place: Operand;
}

impl<'x, X: ?Sized> ViewSource<'x> for Source<'x, X> {
    type Place = X;

    #[inline]
    fn source(self) -> ArrayView<'x, X::Elem, X::Dim>
    where
        X: Operand,
    {
        self.0.view()
    }
}

/// A writable view of what `einsum_view!(…, &mut a)` is called on.
#[inline]
pub fn source_mut<O: Output + ?Sized>(array: &mut O) -> ArrayViewMut<'_, O::Elem, O::Dim> {
    array.view_mut()
}
