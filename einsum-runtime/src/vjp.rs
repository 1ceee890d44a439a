//! What `einsum_vjp!` needs besides contractions: the cotangent's shape, complex conjugates, gradients in the shapes of their
//! operands, and the parts in which the gradient of overlapping windows is added up.
//!
//! For `y = s · Σ Π xₖ` with cotangent `g`, the gradient of `xₙ` is `conj(s · Σ conj(g) · Π xₖ)`, the product without `xₙ`
//! itself and the sum over what `xₙ` does not have: every factor is conjugated but the cotangent. It is the convention of PyTorch
//! and JAX's `grad`, up to a conjugate: for a real loss, a step against the gradient is the steepest way down.

use crate::{
    affine::{AffineCall, from_end, is_distinct},
    error::{EinsumError, EinsumErrorKind},
    extents::Call,
    fresh,
    kernel::{self, Assignment},
};
use alloc::{vec, vec::Vec};
use core::any::{Any, TypeId};
use ndarray::{Array, ArrayRef, ArrayView, ArrayViewMut, Axis, CowArray, Dimension, Ix0, IxDyn, Slice, arr0};
use num_complex::Complex;
use num_traits::Zero;

/// The cotangent must have the shape of the result.
///
/// # Errors
/// If it has not.
pub fn check_cotangent<A, D: Dimension, F: Dimension>(
    call: &Call,
    cotangent: &ArrayRef<A, D>,
    result: &F,
) -> Result<(), EinsumError> {
    if cotangent.shape() == result.slice() {
        return Ok(());
    }
    Err(call.error(EinsumErrorKind::CotangentShape {
        shape: cotangent.shape().into(),
        wanted: result.slice().into(),
    }))
}

/// The view in the rank that its term asks for: an array of another rank is then one error of the compiler, not one in each contraction.
///
/// # Panics
/// If the rank is another, which the agreement on the extents rules out.
pub fn ranked<A, D: Dimension, F: Dimension>(view: ArrayView<'_, A, D>) -> ArrayView<'_, A, F> {
    view.into_dimensionality().expect("the shapes were agreed on")
}

/// A view of an array of any ownership.
pub fn view<A, D: Dimension>(array: &ArrayRef<A, D>) -> ArrayView<'_, A, D> {
    array.view()
}

/// An array without axes.
pub fn scalar<T>(value: T) -> Array<T, Ix0> {
    arr0(value)
}

/// The array of complex conjugates; other numbers stay.
pub fn conjugated<T: 'static, D: Dimension>(mut array: Array<T, D>) -> Array<T, D> {
    if is_complex::<T>() {
        array.iter_mut().for_each(|element| conjugate_in_place(element));
    }
    array
}

/// The complex conjugates of the elements of a view, in an array of their own; other numbers are copied.
///
/// # Errors
/// If no array can have this shape.
pub fn copy_conjugated<T: Clone + 'static, D: Dimension>(
    call: &Call,
    view: ArrayView<'_, T, D>,
) -> Result<Array<T, D>, EinsumError> {
    call.check_size::<T>(view.shape())?;
    Ok(kernel::copy(&view, true).unwrap_or_else(|| conjugated(fresh::copied(view))))
}

/// The complex conjugate; other numbers stay.
#[inline]
#[must_use]
pub fn conjugate<T: 'static>(mut number: T) -> T {
    conjugate_in_place(&mut number);
    number
}

macro_rules! complex {
    ($($Real:ty),*) => {
        fn is_complex<T: 'static>() -> bool {
            let id = TypeId::of::<T>();
            [$(TypeId::of::<Complex<$Real>>()),*].contains(&id)
        }

        #[inline]
        fn conjugate_in_place(element: &mut dyn Any) {
            $( if let Some(number) = element.downcast_mut::<Complex<$Real>>() {
                *number = number.conj();
            } )*
        }
    };
}

complex!(f32, f64, i8, i16, i32, i64, i128, isize);

/// How the axes of a gradient come from those of the contraction that it is computed by.
#[derive(Debug)]
pub struct GradientAxes {
    /// For the first axes, the last ones: whether the contraction has them too, in the same order. The others are axes that no
    /// other array of the call has.
    pub front: &'static [bool],
    /// Likewise.
    pub back: &'static [bool],
    /// Whether there are ellipsis axes between. The contraction may have more of them, fewer or none.
    pub ellipsis: bool,
}

/// The gradient in the shape of its operand: summed where the operand was broadcast, and repeated where it was summed.
///
/// # Errors
/// If no array can have this shape: the operand may have one element at many positions.
///
/// # Panics
/// If the axes do not fit, which the macro rules out.
pub fn fitted<T, F, D>(
    call: &Call,
    contraction: Array<T, F>,
    axes: &GradientAxes,
    shape: D,
) -> Result<Array<T, D>, EinsumError>
where
    T: Clone + Zero,
    F: Dimension,
    D: Dimension,
{
    call.check_size::<T>(shape.slice())?;
    Ok(fit(contraction, axes, shape))
}

// The same for a shape that an array has.
fn fit<T, F, D>(contraction: Array<T, F>, axes: &GradientAxes, shape: D) -> Array<T, D>
where
    T: Clone + Zero,
    F: Dimension,
    D: Dimension,
{
    if axes.are_all_there() && contraction.shape() == shape.slice() {
        return contraction.into_dimensionality().expect("the shapes are the same");
    }
    let summed = summed(contraction.into_dyn().into(), axes, shape.slice());
    fresh::copied(repeated(&summed, shape.slice())).into_dimensionality().expect("the shapes are the same")
}

impl GradientAxes {
    fn are_all_there(&self) -> bool {
        self.front.iter().chain(self.back).all(|&is_there| is_there)
    }
}

// The contraction with all axes of the gradient: summed where the operand was broadcast, and of extent 1 where it was summed.
fn summed<'a, T: Clone + Zero>(
    mut array: CowArray<'a, T, IxDyn>,
    axes: &GradientAxes,
    shape: &[usize],
) -> CowArray<'a, T, IxDyn> {
    let count = |axes: &[bool]| axes.iter().filter(|&&is_there| is_there).count();
    let mut at = 0;
    // Walks the axes of the gradient: `array` has them up to `at`.
    insert_missing(&mut array, axes.front, &mut at);
    let wanted_rest = if axes.ellipsis { shape.len() - axes.front.len() - axes.back.len() } else { 0 };
    let mut rest = array.ndim() - at - count(axes.back);
    while rest > wanted_rest {
        array = array.sum_axis(Axis(at)).into();
        rest -= 1;
    }
    for _ in rest..wanted_rest {
        array.insert_axis_inplace(Axis(at));
    }
    at += wanted_rest;
    insert_missing(&mut array, axes.back, &mut at);
    for (axis, &extent) in shape.iter().enumerate() {
        if extent == 1 && array.shape()[axis] != 1 {
            array = array.sum_axis(Axis(axis)).insert_axis(Axis(axis)).into();
        }
    }
    array
}

fn insert_missing<T>(array: &mut CowArray<'_, T, IxDyn>, axes: &[bool], at: &mut usize) {
    for &is_there in axes {
        if !is_there {
            array.insert_axis_inplace(Axis(*at));
        }
        *at += 1;
    }
}

fn repeated<'a, T>(array: &'a CowArray<'_, T, IxDyn>, shape: &[usize]) -> ArrayView<'a, T, IxDyn> {
    array.broadcast(IxDyn(shape)).expect("the axes that differ have extent 1")
}

/// Writes the gradient to a part of an array, likewise, or adds it.
///
/// # Panics
/// As [`fitted`].
pub fn assign_fitted<'a, T, F, D>(
    assignment: Assignment,
    contraction: impl Into<CowArray<'a, T, F>>,
    axes: &GradientAxes,
    target: ArrayViewMut<'_, T, D>,
) where
    T: Clone + Zero + 'a,
    F: Dimension + 'a,
    D: Dimension,
{
    let summed = summed(contraction.into().into_dyn(), axes, target.shape());
    let gradient = repeated(&summed, target.shape());
    let mut target = target.into_dyn();
    if kernel::assign(&mut target, assignment, &gradient) {
        return;
    }
    match assignment {
        Assignment::Set => target.assign(&gradient),
        _ => target.zip_mut_with(&gradient, |sum, term| *sum = sum.clone() + term.clone()),
    }
}

/// The parts in which the gradient of an operand with affine axes is added up: in each, a few indices stay at one position, so
/// that no two positions of the others are one element.
///
/// These few are chosen by the extents: of the indices in a sum that takes one value twice, the shortest, until it does not.
/// Windows that do not overlap are one part.
pub struct Parts<const L: usize> {
    extents: [usize; L],
    fixed: Vec<usize>,
    positions: Option<Vec<usize>>,
    assignment: Assignment,
}

/// One of the [`Parts`].
pub struct PartOfSum<const L: usize> {
    extents: [usize; L],
    starts: [Option<usize>; L],
    assignment: Assignment,
}

impl<const L: usize> Parts<L> {
    /// The parts for an operand of this shape, whose plain axes have these indices (an axis is counted from the end where it is
    /// negative). `extents` are those of all indices.
    pub fn new(
        call: &AffineCall,
        operand: usize,
        shape: &[usize],
        plain: &[(isize, usize)],
        extents: [usize; L],
    ) -> Parts<L> {
        let mut fixed: Vec<usize> = Vec::new();
        for &(axis, index) in plain {
            // A broadcast axis has one place for all positions of its index.
            if shape[from_end(axis, shape.len())] == 1 && extents[index] > 1 && !fixed.contains(&index) {
                fixed.push(index);
            }
        }
        for axis in call.axes_of(operand) {
            loop {
                let moving = axis.summands().iter().filter(|(_, index)| !fixed.contains(index));
                if is_distinct(moving.clone().map(|&(coefficient, index)| (coefficient, extents[index]))) {
                    break;
                }
                let shortest = moving.map(|&(_, index)| index).filter(|&index| extents[index] > 1);
                let shortest = shortest.min_by_key(|&index| extents[index]);
                fixed.push(shortest.expect("a sum with one value is distinct"));
            }
        }
        let is_empty = fixed.iter().any(|&index| extents[index] == 0);
        let positions = (!is_empty).then(|| vec![0; fixed.len()]);
        Parts { extents, fixed, positions, assignment: Assignment::Set }
    }
}

impl<const L: usize> Iterator for Parts<L> {
    type Item = PartOfSum<L>;

    fn next(&mut self) -> Option<PartOfSum<L>> {
        let positions = self.positions.as_mut()?;
        let mut part = PartOfSum { extents: self.extents, starts: [None; L], assignment: self.assignment };
        self.assignment = Assignment::Add;
        for (&index, &position) in self.fixed.iter().zip(positions.iter()) {
            part.extents[index] = 1;
            part.starts[index] = Some(position);
        }
        let mut carries = true;
        for (&index, position) in self.fixed.iter().zip(positions.iter_mut()).rev() {
            *position += 1;
            carries = *position == self.extents[index];
            if !carries {
                break;
            }
            *position = 0;
        }
        if carries {
            self.positions = None;
        }
        Some(part)
    }
}

impl<const L: usize> PartOfSum<L> {
    /// What happens to zeros: those of the first part are written, the others are added to.
    pub fn assignment(&self) -> Assignment {
        self.assignment
    }

    /// The extents in this part.
    pub fn extents(&self) -> [usize; L] {
        self.extents
    }

    /// What an array whose axes have these indices has to do with this part. An axis of extent 1 stays as it is.
    pub fn of<'a, T, D: Dimension>(
        &self,
        mut view: ArrayView<'a, T, D>,
        axes: &[(isize, usize)],
    ) -> ArrayView<'a, T, D> {
        for &(axis, index) in axes {
            let axis = from_end(axis, view.ndim());
            if let Some(start) = self.starts[index].filter(|_| view.shape()[axis] > 1) {
                view.slice_axis_inplace(Axis(axis), Slice::from(start..start + 1));
            }
        }
        view
    }

    /// The gradient's array from the first positions on that this part adds to; `plain` as in [`Parts::new`].
    pub fn target<'a, T, D: Dimension>(
        &self,
        call: &AffineCall,
        operand: usize,
        plain: &[(isize, usize)],
        mut view: ArrayViewMut<'a, T, D>,
    ) -> ArrayViewMut<'a, T, D> {
        let rank = view.ndim();
        for &(axis, index) in plain {
            let axis = from_end(axis, rank);
            if let Some(start) = self.starts[index].filter(|_| view.shape()[axis] > 1) {
                view.slice_axis_inplace(Axis(axis), Slice::from(start..start + 1));
            }
        }
        for axis in call.axes_of(operand) {
            let fixed = axis.summands().iter().filter_map(|&(coefficient, index)| {
                self.starts[index].map(|start| coefficient as usize * start)
            });
            let start: usize = fixed.sum();
            view.slice_axis_inplace(Axis(axis.axis(rank)), Slice::from(start..));
        }
        view
    }
}
