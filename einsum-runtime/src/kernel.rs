//! Kernels: what runs in place of the generated loops where there is much to do, for the elements that `element` lists.
//!
//! - `dims`: the loops of a step as numbers, in four groups, sorted by stride and fused;
//! - `choose`: which kernel is for these loops, and how a large step is shared out among threads;
//! - `product`: steps with free indices in both operands;
//! - `reduce`: steps with free indices in one operand or in none, such as sums, matrix-vector products and the convolution of windows;
//! - `elementwise` and `transpose`: steps without a sum;
//! - `simd`, `element`, `scratch`: instruction sets, numbers, and working memory.
//!
//! The functions here are what generated code calls: generic and thin. They say whether a kernel has done the work; where they say no,
//! the generated loops run. Everything behind them is compiled once, in this crate.

mod choose;
pub(crate) mod dims;
mod direct;
pub(crate) mod element;
mod elementwise;
mod memory;
mod parallel;
mod product;
mod reduce;
mod scratch;
pub(crate) mod simd;
mod tile;
mod transpose;

use crate::{
    error::EinsumError,
    extents::Call,
    strided::cursor::{Bind, Cursor, CursorMut, Levels, cursor_mut},
};
use choose::Pointers;
use core::{any::TypeId, marker::PhantomData, mem::MaybeUninit};
use dims::{Matrices, Step};
use ndarray::{Array, ArrayView, Dimension};
use num_traits::Zero;

/// The part of a loop in a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// In both operands, and in the output.
    Batch,
    /// In the first operand, and in the output.
    FreeLeft,
    /// In the second operand, and in the output.
    FreeRight,
    /// In both operands, summed over.
    Contracted,
    /// In the first operand, summed over.
    SummedLeft,
    /// In the second operand, summed over.
    SummedRight,
}

/// What happens to an element of the output.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Assignment {
    /// It is replaced.
    Set,
    /// The result is added to it.
    Add,
    /// The result is subtracted from it.
    Subtract,
}

/// The second operand of a step that has only one.
pub const NONE: Option<&Cursor<'static, (), ()>> = None;

/// With fewer multiply-adds the generated loops are faster than finding a kernel.
const FEW: usize = 8;

/// The most multiply-adds of small matrices: with more, the operands do not stay in the first-level cache, and have to be packed.
const SMALL: usize = 64 * 64 * 64;

/// The number of iterations of nested loops. More than an array can have is as good as `usize::MAX`.
#[inline]
pub fn size(extents: &[usize]) -> usize {
    extents.iter().fold(1, |size: usize, &extent| size.saturating_mul(extent))
}

/// The number of positions of the axes of an ellipsis.
#[inline]
pub fn rest_size<E: Dimension>(rest: &E) -> usize {
    size(rest.slice())
}

/// A step for a kernel: how often its loops run in all, and the parts that the loops of the cursors play, outermost first.
#[derive(Clone, Copy, Debug)]
pub struct Loops<'p> {
    /// How often they run in all.
    pub size: usize,
    /// The part of each.
    pub parts: &'p [Part],
}

/// Runs a step into an array, if there is a kernel for it; else does nothing and says `false`.
#[inline]
pub fn contract<T: 'static, O: Levels, L: Levels, R: Levels>(
    loops: Loops<'_>,
    assignment: Assignment,
    scale: Option<&T>,
    output: &CursorMut<'_, T, O>,
    left: &Cursor<'_, T, L>,
    right: Option<&Cursor<'_, T, R>>,
) -> bool {
    is_for_kernel::<T>(loops)
        && run(loops, assignment, scale, (output.as_ptr(), output.levels()), left, right)
}

/// The result of a step without an index in its output, if there is a kernel for it.
#[inline]
pub fn total<T: 'static, L: Levels, R: Levels>(
    loops: Loops<'_>,
    left: &Cursor<'_, T, L>,
    right: Option<&Cursor<'_, T, R>>,
) -> Option<T> {
    if !is_for_kernel::<T>(loops) {
        return None;
    }
    let mut total = MaybeUninit::uninit();
    let output = (total.as_mut_ptr(), &());
    let done = run(loops, Assignment::Set, None, output, left, right);
    // SAFETY: a kernel that has done its work has written the output.
    done.then(|| unsafe { total.assume_init() })
}

/// A new array: the result of a step, and `true`, if there is a kernel for it; else zeros, and `false`.
///
/// # Errors
/// If no array can have this shape.
#[inline]
pub fn fresh<T, D, B, L, R>(
    call: &Call,
    (shape, axes): (D, B),
    loops: Loops<'_>,
    scale: Option<&T>,
    left: &Cursor<'_, T, L>,
    right: Option<&Cursor<'_, T, R>>,
) -> Result<(Array<T, D>, bool), EinsumError>
where
    T: Clone + Zero + 'static,
    D: Dimension,
    B: Bind<Levels: Levels>,
    L: Levels,
    R: Levels,
{
    call.check_size::<T>(shape.slice())?;
    if is_for_kernel::<T>(loops) {
        let mut array = uninitialised::<T, D>(&shape);
        let mut view = array.view_mut();
        let output = cursor_mut(&mut view, axes);
        let output = (output.as_ptr().cast::<T>(), output.levels());
        if run(loops, Assignment::Set, scale, output, left, right) {
            // SAFETY: a kernel that has done its work has written every position of the step in the output, and these are all
            // its elements: every axis has a loop, as `cursor_mut` makes sure.
            return Ok((unsafe { array.assume_init() }, true));
        }
    }
    Ok((Array::zeros(shape), false))
}

/// The elements of a view in an array of their own, if there is a kernel for it.
pub(crate) fn copy<T, D: Dimension>(view: &ArrayView<'_, T, D>) -> Option<Array<T, D>> {
    let id = id_of::<T>();
    if view.len() < FEW || !choose::has_kernels(id) {
        return None;
    }
    let mut array = uninitialised::<T, D>(&view.raw_dim());
    let mut step = Step::of_copy(view.shape(), array.strides(), view.strides())?;
    let pointers = Pointers { output: array.as_mut_ptr().cast(), left: view.as_ptr().cast(), right: None };
    // SAFETY: the axes of both arrays, which have the same shape; the new one is not used by others.
    let done = unsafe { choose::run(id, &mut step, Assignment::Set, None, pointers) };
    // SAFETY: a kernel that has done its work has written every element.
    done.then(|| unsafe { array.assume_init() })
}

// The `TypeId` of a type that may borrow, as if all its lifetimes were `'static`: elements that are only copied may be of any type.
// The elements with kernels have no lifetimes, so no other type has the identity of one of them. (The way of the crate `typeid`.)
fn id_of<T>() -> TypeId {
    trait Identity {
        fn id(&self) -> TypeId
        where
            Self: 'static;
    }
    impl<T> Identity for PhantomData<T> {
        fn id(&self) -> TypeId
        where
            Self: 'static,
        {
            TypeId::of::<T>()
        }
    }
    let phantom = PhantomData::<T>;
    let identity: &dyn Identity = &phantom;
    // SAFETY: only the lifetime of the trait object changes; the method looks at no value of the type.
    unsafe { core::mem::transmute::<&dyn Identity, &(dyn Identity + 'static)>(identity) }.id()
}

// `T` is one of those that `choose::run` knows: most of this is decided when it is compiled.
#[inline]
fn is_for_kernel<T: 'static>(loops: Loops<'_>) -> bool {
    loops.size >= FEW && choose::has_kernels(TypeId::of::<T>())
}

fn uninitialised<T, D: Dimension>(shape: &D) -> Array<MaybeUninit<T>, D> {
    Array::from_shape_vec(shape.clone(), memory::allocate(shape.size())).expect("as many as the shape says")
}

// The generic half of a call ends here.
#[inline]
fn run<T: 'static, L: Levels, R: Levels>(
    loops: Loops<'_>,
    assignment: Assignment,
    scale: Option<&T>,
    (output, output_levels): (*mut T, &impl Levels),
    left: &Cursor<'_, T, L>,
    right: Option<&Cursor<'_, T, R>>,
) -> bool {
    let pointers = Pointers {
        output: output.cast(),
        left: left.as_ptr().cast(),
        right: right.map(|right| right.as_ptr().cast()),
    };
    let scale = scale.map(|scale| core::ptr::from_ref(scale).cast());
    if loops.size <= SMALL
        && let Some(right) = right
        && let Some(matrices) = Matrices::of(loops.parts, output_levels, left.levels(), right.levels())
    {
        // SAFETY: the invariant of the cursors says that every position of the loops is an element of their arrays, which they
        // borrow until this call is over, that of the output mutably.
        let done = unsafe { choose::run_small(TypeId::of::<T>(), &matrices, assignment, scale, pointers) };
        if done {
            return true;
        }
    }
    let mut step = Step::default();
    let filled = match right {
        Some(right) => step.fill(loops.parts, output_levels, left.levels(), right.levels()),
        None => step.fill(loops.parts, output_levels, left.levels(), &()),
    };
    // SAFETY: as above.
    filled.is_some() && unsafe { choose::run(TypeId::of::<T>(), &mut step, assignment, scale, pointers) }
}
