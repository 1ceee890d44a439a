//! What may stand for an operand, and what for the array that is assigned to.
//!
//! The functions bind what the user wrote: generated code calls them with the user's expressions as arguments, so that
//! an error about one of these is shown there.

use crate::rank::{
    FitCotangent, FitCotangentWithEllipsis, FitResult, FitTerm, FitTermWithEllipsis, Ranked, Rest,
};
use core::marker::PhantomData;
use ndarray::{
    ArrayBase, ArrayRef, ArrayView, ArrayViewMut, Data, DataMut, Dim, DimAdd, Dimension, ViewRepr,
};

/// Something whose value is an `ndarray` array: any ownership, any number of references.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an `ndarray` array",
    label = "this operand should be an array, a view, or a reference to one",
    note = "a slice or vector `v` of numbers is written `ndarray::aview1(&v)`, a number `x` is written `ndarray::arr0(x)`"
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

#[diagnostic::do_not_recommend]
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

#[diagnostic::do_not_recommend]
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

/// What the result is multiplied by: an element.
///
/// A struct, since of a field of a wrong type the compiler says just that.
pub struct Scale<'e, A> {
    /// The type of the elements.
    pub element: &'e Element<A>,
    /// The factor.
    pub scale: A,
}

/// The option `memory_limit`: a number of elements.
///
/// A struct for the same reason.
pub struct MemoryLimit {
    /// The number.
    pub elements: usize,
}

/// Whether elements of `B` are elements of `A`: whether these are one type, which the compiler infers from either.
///
/// It stands on every type and is asked for of the operand, before which the compiler does not choose the only implementation:
/// `B` would be `A`, and the error another one, in terms of [`Operand::Elem`].
#[diagnostic::on_unimplemented(
    message = "the elements are of different types, `{A}` and `{B}`",
    label = "expected elements of `{A}`, found `{B}`",
    note = "all arrays of a call, and its scale, have elements of one type; `a.mapv(...)` converts those of `a`"
)]
pub trait SameElement<A, B> {
    /// The same view.
    fn same<D: Dimension>(view: ArrayView<'_, B, D>) -> ArrayView<'_, A, D>;
}

#[diagnostic::do_not_recommend]
impl<O: ?Sized, A> SameElement<A, A> for O {
    #[inline]
    fn same<D: Dimension>(view: ArrayView<'_, A, D>) -> ArrayView<'_, A, D> {
        view
    }
}

/// The functions that bind an array whose term has `LABELS` labels.
pub struct Labels<const LABELS: usize>;

impl<const LABELS: usize> Labels<LABELS> {
    /// A view of an operand.
    #[inline]
    pub fn operand<'o, const AXES: usize, A, B: 'o, O, D>(
        _element: &Element<A>,
        operand: &'o O,
    ) -> ArrayView<'o, A, D>
    where
        O: Operand<Elem = B, Dim = D> + SameElement<A, B> + ?Sized,
        D: Ranked<AXES, Shape: FitTerm<LABELS, AXES>>,
    {
        O::same(operand.view())
    }

    /// The same if the term has an ellipsis as well; and the axes that this stands for.
    #[inline]
    pub fn operand_with_ellipsis<'o, const AXES: usize, A, B: 'o, O, D, E>(
        _element: &Element<A>,
        operand: &'o O,
    ) -> (ArrayView<'o, A, D>, Rest<E>)
    where
        O: Operand<Elem = B, Dim = D> + SameElement<A, B> + ?Sized,
        D: Ranked<AXES, Shape: FitTermWithEllipsis<LABELS, AXES, Rest = E>>,
        E: Dimension,
    {
        (O::same(operand.view()), Rest::NEW)
    }

    /// A view of the cotangent of a result of these labels.
    #[inline]
    pub fn cotangent<'o, const AXES: usize, A, B: 'o, O, D>(
        _element: &Element<A>,
        cotangent: &'o O,
    ) -> ArrayView<'o, A, D>
    where
        O: Operand<Elem = B, Dim = D> + SameElement<A, B> + ?Sized,
        D: Ranked<AXES, Shape: FitCotangent<LABELS, AXES>>,
    {
        O::same(cotangent.view())
    }

    /// The same if the output has an ellipsis as well; and the axes that this stands for.
    #[inline]
    pub fn cotangent_with_ellipsis<'o, const AXES: usize, A, B: 'o, O, D, E>(
        _element: &Element<A>,
        cotangent: &'o O,
    ) -> (ArrayView<'o, A, D>, Rest<E>)
    where
        O: Operand<Elem = B, Dim = D> + SameElement<A, B> + ?Sized,
        D: Ranked<AXES, Shape: FitCotangentWithEllipsis<LABELS, AXES, Rest = E>>,
        E: Dimension,
    {
        (O::same(cotangent.view()), Rest::NEW)
    }

    /// A view of the output.
    #[inline]
    pub fn output<'o, const AXES: usize, A, D>(
        _element: &Element<A>,
        view: ArrayViewMut<'o, A, D>,
    ) -> ArrayViewMut<'o, A, D>
    where
        D: Ranked<AXES, Shape: FitResult<Dim<[usize; LABELS]>, LABELS, AXES>>,
    {
        view
    }

    /// A view of the output if the term has an ellipsis as well: [`output_of_rest`] checks its rank.
    #[inline]
    pub fn output_with_ellipsis<'o, A, D>(
        _element: &Element<A>,
        view: ArrayViewMut<'o, A, D>,
    ) -> ArrayViewMut<'o, A, D> {
        view
    }

    /// The operand of `einsum_view!`.
    #[inline]
    pub fn view<const AXES: usize, A, D>(view: ArrayView<'_, A, D>) -> ArrayView<'_, A, D>
    where
        D: Ranked<AXES, Shape: FitTerm<LABELS, AXES>>,
    {
        view
    }

    /// The same if the term has an ellipsis as well; and the axes that this stands for.
    #[inline]
    pub fn view_with_ellipsis<const AXES: usize, A, D, E>(
        view: ArrayView<'_, A, D>,
    ) -> (ArrayView<'_, A, D>, Rest<E>)
    where
        D: Ranked<AXES, Shape: FitTermWithEllipsis<LABELS, AXES, Rest = E>>,
        E: Dimension,
    {
        (view, Rest::NEW)
    }

    /// The operand of a writable `einsum_view!`.
    #[inline]
    pub fn view_mut<const AXES: usize, A, D>(view: ArrayViewMut<'_, A, D>) -> ArrayViewMut<'_, A, D>
    where
        D: Ranked<AXES, Shape: FitTerm<LABELS, AXES>>,
    {
        view
    }

    /// The same if the term has an ellipsis as well; and the axes that this stands for.
    #[inline]
    pub fn view_mut_with_ellipsis<const AXES: usize, A, D, E>(
        view: ArrayViewMut<'_, A, D>,
    ) -> (ArrayViewMut<'_, A, D>, Rest<E>)
    where
        D: Ranked<AXES, Shape: FitTermWithEllipsis<LABELS, AXES, Rest = E>>,
        E: Dimension,
    {
        (view, Rest::NEW)
    }
}

/// Lets the compiler check the rank of an output with an ellipsis beside labels whose axes have the shape type `L`.
#[inline]
pub fn output_of_rest<const RESULT: usize, const AXES: usize, L, E, A, D>(
    _labels: PhantomData<L>,
    _rest: Rest<E>,
    _output: &ArrayRef<A, D>,
) where
    L: Dimension,
    E: Dimension + DimAdd<L>,
    <E as DimAdd<L>>::Output: Ranked<RESULT>,
    D: Ranked<AXES, Shape: FitResult<<E as DimAdd<L>>::Output, RESULT, AXES>>,
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
/// reference or a view. The method beside this type's own name is found first, where the variable is a [`Borrow`]; for
/// anything else there is [`ViewSource::__ndeinsum_source`].
pub struct Source<'x, X: ?Sized>(pub &'x X);

impl<X: Borrow> Source<'_, X> {
    /// The view itself, or a view of what the reference refers to.
    #[inline]
    pub fn __ndeinsum_source(self) -> X::View {
        self.0.longest_view()
    }
}

/// A shared borrow of an array, a view or a reference. (One trait, and not a method on each: for an operand that is itself
/// an error, two would be ambiguous.)
pub trait Borrow {
    /// A view that lives as long.
    type View;

    /// A view that lives as long.
    fn longest_view(&self) -> Self::View;
}

impl<'a, A, D: Dimension> Borrow for ArrayBase<ViewRepr<&'a A>, D> {
    type View = ArrayView<'a, A, D>;

    #[inline]
    fn longest_view(&self) -> ArrayView<'a, A, D> {
        self.clone()
    }
}

impl<'a, O: Operand + ?Sized> Borrow for &'a O {
    type View = ArrayView<'a, O::Elem, O::Dim>;

    #[inline]
    fn longest_view(&self) -> ArrayView<'a, O::Elem, O::Dim> {
        let array: &'a O = self;
        array.view()
    }
}

/// The general case of [`Source`]: a view that borrows the place. It stands on every type, as [`OutputPlace`] does.
pub trait ViewSource<'x> {
    /// What is borrowed.
    type Place: ?Sized;

    /// A view of the place.
    fn __ndeinsum_source(
        self,
    ) -> ArrayView<'x, <Self::Place as Operand>::Elem, <Self::Place as Operand>::Dim>
    where
        Self::Place: Operand;
}

impl<'x, X: ?Sized> ViewSource<'x> for Source<'x, X> {
    type Place = X;

    #[inline]
    fn __ndeinsum_source(self) -> ArrayView<'x, X::Elem, X::Dim>
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
