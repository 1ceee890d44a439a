//! Kernels: what runs in place of the generated loops where there is much to do, for the elements that `element` lists.
//!
//! - `dims`: the loops of a step as numbers, in four groups, sorted by stride and fused;
//! - `choose`: which kernel is for these loops, and how a large step is shared out among threads;
//! - `conjugate`: conjugated operands of steps that are no matrix products;
//! - `small`: products of two small matrices, with nothing between the call and the first multiply-add;
//! - `product`: steps with free indices in both operands;
//! - `reduce`: steps with free indices in one operand or in none, such as sums, matrix-vector products and the convolution of windows;
//! - `elementwise` and `transpose`: steps without a sum;
//! - `simd`, `element`, `scratch`: instruction sets, numbers, and working memory.
//!
//! The functions here are what generated code calls: generic and thin. They say whether a kernel has done the work; where they say no,
//! the generated loops run. Everything behind them is compiled once, in this crate.

mod choose;
mod conjugate;
pub(crate) mod dims;
pub(crate) mod element;
mod elementwise;
#[cfg(all(feature = "std", any(test, fuzzing)))]
pub mod fuzzed;
#[cfg(test)]
mod guarded;
mod memory;
mod parallel;
mod product;
mod reduce;
mod scratch;
pub(crate) mod simd;
mod small;
mod transpose;

use crate::{
    error::EinsumError,
    extents::Call,
    strided::cursor::{Bind, Cursor, CursorMut, Level, Levels, cursor_mut},
};
use choose::Neighbours;
pub(crate) use choose::{Pointers, has_kernels};
use core::{any::TypeId, marker::PhantomData, mem::MaybeUninit};
use dims::{Cursors, Dim, Step};
pub(crate) use memory::allocate;
use ndarray::{Array, ArrayView, ArrayViewMut, Dimension};
use num_complex::Complex;
use num_traits::Zero;
pub(crate) use scratch::CacheLine;
use small::{Product, Real};

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

/// With fewer iterations the generated loops are faster than finding a kernel.
const FEW: usize = 64;

/// The same for all but copies of real numbers: to find a kernel takes 70 to 100 ns, in which the loops do two multiply-adds and more a
/// nanosecond.
const FEW_OF_REALS: usize = 160;

/// The same for one sum of neighbours, for which there is little to find.
const FEW_OF_NEIGHBOURS: usize = 88;

/// The same for products of two matrices, whose kernel for small ones has nothing to find.
const FEW_OF_MATRICES: usize = 8;

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

/// The same with operands that are conjugated, if they are complex.
#[derive(Clone, Copy, Debug)]
pub struct Conjugated<'p> {
    /// The loops.
    pub loops: Loops<'p>,
    /// Whether the first operand is, and the second one.
    pub operands: [bool; 2],
}

/// What says which loops a step has. Calls without conjugated operands are not to say more than before.
pub trait Described<'p>: Copy {
    /// The loops.
    fn loops(self) -> Loops<'p>;
    /// Which operands are conjugated, if their elements are of type `T`.
    fn conjugated<T: 'static>(self) -> [bool; 2];
}

impl<'p> Described<'p> for Loops<'p> {
    #[inline(always)]
    fn loops(self) -> Loops<'p> {
        self
    }

    #[inline(always)]
    fn conjugated<T: 'static>(self) -> [bool; 2] {
        [false; 2]
    }
}

impl<'p> Described<'p> for Conjugated<'p> {
    #[inline(always)]
    fn loops(self) -> Loops<'p> {
        self.loops
    }

    #[inline(always)]
    fn conjugated<T: 'static>(self) -> [bool; 2] {
        let is_complex = element::is::<T, Complex<f64>>() || element::is::<T, Complex<f32>>();
        self.operands.map(|operand| operand && is_complex)
    }
}

/// Runs a step into an array, if there is a kernel for it; else does nothing and says `false`.
#[inline(always)]
pub fn contract<'p, T: 'static, O: Levels + Clone, L: Levels + Clone, R: Levels + Clone>(
    step: impl Described<'p>,
    assignment: Assignment,
    scale: Option<&T>,
    output: &CursorMut<'_, T, O>,
    left: &Cursor<'_, T, L>,
    right: Option<&Cursor<'_, T, R>>,
) -> bool {
    is_for_kernel::<T>(step.loops())
        && run(step, assignment, scale, (output.as_ptr(), output.levels()), left, right)
}

/// The result of a step without an index in its output, if there is a kernel for it.
#[inline(always)]
pub fn total<'p, T: 'static, L: Levels + Clone, R: Levels + Clone>(
    step: impl Described<'p>,
    left: &Cursor<'_, T, L>,
    right: Option<&Cursor<'_, T, R>>,
) -> Option<T> {
    let is_for_kernel = is_for_kernel::<T>(step.loops());
    if !(is_for_kernel || is_real::<T>() && step.loops().size >= FEW_OF_NEIGHBOURS) {
        return None;
    }
    let mut total = MaybeUninit::uninit();
    let output = (total.as_mut_ptr(), &());
    let done = run_neighbours(step, total.as_mut_ptr(), left, right)
        || is_for_kernel && run(step, Assignment::Set, None, output, left, right);
    // SAFETY: a kernel that has done its work has written the output.
    done.then(|| unsafe { total.assume_init() })
}

/// A new array: the result of a step, and `true`, if there is a kernel for it; else zeros, and `false`.
///
/// # Errors
/// If no array can have this shape.
#[inline(always)]
pub fn fresh<'p, T, D, B, L, R>(
    call: &Call,
    (shape, axes): (D, B),
    step: impl Described<'p>,
    scale: Option<&T>,
    left: &Cursor<'_, T, L>,
    right: Option<&Cursor<'_, T, R>>,
) -> Result<(Array<T, D>, bool), EinsumError>
where
    T: Clone + Zero + 'static,
    D: Dimension,
    B: Bind<Levels: Levels + Clone>,
    L: Levels + Clone,
    R: Levels + Clone,
{
    call.check_size::<T>(shape.slice())?;
    if is_for_kernel::<T>(step.loops()) {
        let mut array = uninitialised::<T, D>(shape.clone());
        let mut view = array.view_mut();
        let output = cursor_mut(&mut view, axes);
        let output = (output.as_ptr().cast::<T>(), output.levels());
        if run(step, Assignment::Set, scale, output, left, right) {
            // SAFETY: a kernel that has done its work has written every position of the step in the output, and these are all
            // its elements: every axis has a loop, as `cursor_mut` makes sure.
            return Ok((unsafe { array.assume_init() }, true));
        }
    }
    Ok((crate::fresh::zeroed(shape), false))
}

/// The elements of a view, or if they are complex their conjugates, in an array of their own, if there is a kernel for it.
pub(crate) fn copy<T, D: Dimension>(view: &ArrayView<'_, T, D>, conjugated: bool) -> Option<Array<T, D>> {
    let id = id_of::<T>();
    if view.len() < FEW || !has_kernels(id) {
        return None;
    }
    let mut array = uninitialised::<T, D>(view.raw_dim());
    let mut step = Step::of_copy(view.shape(), array.strides(), view.strides())?;
    step.conjugated = [conjugated, false];
    let pointers = Pointers { output: array.as_mut_ptr().cast(), left: view.as_ptr().cast(), right: None };
    // SAFETY: the axes of both arrays, which have the same shape; the new one is not used by others.
    let done = unsafe { choose::run(id, &mut step, Assignment::Set, None, pointers) };
    // SAFETY: a kernel that has done its work has written every element.
    done.then(|| unsafe { array.assume_init() })
}

/// Sets the elements of an array to those of a view of the same shape, or adds or subtracts these, if there is a kernel for it; else does nothing
/// and says `false`.
pub(crate) fn assign<T, D: Dimension>(
    target: &mut ArrayViewMut<'_, T, D>,
    assignment: Assignment,
    view: &ArrayView<'_, T, D>,
) -> bool {
    let id = id_of::<T>();
    if view.len() < FEW || !has_kernels(id) || target.shape() != view.shape() {
        return false;
    }
    let Some(mut step) = Step::of_copy(view.shape(), target.strides(), view.strides()) else { return false };
    let pointers = Pointers { output: target.as_mut_ptr().cast(), left: view.as_ptr().cast(), right: None };
    // SAFETY: the axes of both arrays, which have the same shape; the target is borrowed mutably, so that its elements are distinct and not the view's.
    unsafe { choose::run(id, &mut step, assignment, None, pointers) }
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
#[inline(always)]
fn is_for_kernel<T: 'static>(loops: Loops<'_>) -> bool {
    let few = match is_of_matrices(loops.parts) {
        Some(_) if is_real::<T>() => FEW_OF_MATRICES,
        _ => few::<T>(loops.parts),
    };
    loops.size >= few && has_kernels(TypeId::of::<T>())
}

// The iterations from which a kernel is worth finding.
#[inline(always)]
fn few<T: 'static>(parts: &[Part]) -> usize {
    let is_copy = parts.iter().all(|&part| part == Part::FreeLeft);
    if is_real::<T>() && !is_copy { FEW_OF_REALS } else { FEW }
}

#[inline(always)]
fn is_real<T: 'static>() -> bool {
    element::is::<T, f64>() || element::is::<T, f32>()
}

#[inline(always)]
pub(crate) fn uninitialised<T, D: Dimension>(shape: D) -> Array<MaybeUninit<T>, D> {
    let elements = memory::allocate(shape.size());
    // SAFETY: as many elements as the shape says, of which `Call::check_size` has seen that an array can have them.
    unsafe { Array::from_shape_vec_unchecked(shape, elements) }
}

// A sum of neighbours, or of products of two, for which there is nothing to find out.
#[inline(always)]
fn run_neighbours<'p, T: 'static>(
    step: impl Described<'p>,
    output: *mut T,
    left: &Cursor<'_, T, impl Levels>,
    right: Option<&Cursor<'_, T, impl Levels>>,
) -> bool {
    let part = if right.is_some() { Part::Contracted } else { Part::SummedLeft };
    let (parts, conjugated) = (step.loops().parts, step.conjugated::<T>());
    let count = left.levels().neighbours().filter(|&count| count > 0);
    if conjugated != [false; 2] || !parts.iter().all(|&p| p == part) {
        return false;
    }
    let (Some(count), true) = (count, right.is_none_or(|right| right.levels().neighbours() == count)) else {
        return false;
    };
    let pointers = Pointers {
        output: output.cast(),
        left: left.as_ptr().cast(),
        right: right.map(|right| right.as_ptr().cast()),
    };
    let neighbours = Neighbours { rows: None, count, assignment: Assignment::Set };
    // SAFETY: the invariant of the cursors says that all neighbours are elements of their arrays, which they borrow until this call is
    // over; the output is one element of the caller's.
    unsafe { choose::run_neighbours(TypeId::of::<T>(), &neighbours, None, pointers) }
}

// The generic half of a call ends here.
#[inline(always)]
fn run<'p, T: 'static, O: Levels + Clone, L: Levels + Clone, R: Levels + Clone>(
    step: impl Described<'p>,
    assignment: Assignment,
    scale: Option<&T>,
    (output, output_levels): (*mut T, &O),
    left: &Cursor<'_, T, L>,
    right: Option<&Cursor<'_, T, R>>,
) -> bool {
    let loops = step.loops();
    if let Some(right) = right
        && loops.size <= small::MOST
    {
        let arrays = (output, output_levels);
        if element::is::<T, f64>() && run_small::<T, f64>(loops, assignment, scale, arrays, left, right)
            || element::is::<T, f32>() && run_small::<T, f32>(loops, assignment, scale, arrays, left, right)
        {
            return true;
        }
        if loops.size < few::<T>(loops.parts) {
            return false;
        }
    }
    if loops.size <= reduce::FEW_TERMS
        && step.conjugated::<T>() == [false; 2]
        && let Some((dims, swaps)) =
            dims_of_rows(loops.parts, output_levels, left.levels(), right.map(Cursor::levels))
    {
        let (left, right) = (left.as_ptr().cast(), right.map(|right| right.as_ptr().cast()));
        let (left, right) = if swaps { (right.unwrap_or(left), Some(left)) } else { (left, right) };
        let pointers = Pointers { output: output.cast(), left, right };
        let scale = scale.map(|scale| core::ptr::from_ref(scale).cast());
        // SAFETY: the invariant of the cursors says that every position of the loops is an element of their arrays, which they
        // borrow until this call is over, that of the output mutably.
        if unsafe { run_rows(TypeId::of::<T>(), dims, assignment, scale, pointers) } {
            return true;
        }
    }
    // Copies, so that it is not for the general case that those above are kept in memory.
    let (output_levels, left_levels) = (output_levels.clone(), left.levels().clone());
    let right_levels = right.map(|right| right.levels().clone());
    let pointers = Pointers {
        output: output.cast(),
        left: left.as_ptr().cast(),
        right: right.map(|right| right.as_ptr().cast()),
    };
    let cursors = Cursors {
        output: &output_levels,
        left: &left_levels,
        right: right_levels.as_ref().map_or(&(), |levels| levels as &dyn Levels),
    };
    let scale = scale.map(|scale| core::ptr::from_ref(scale).cast());
    let description = Conjugated { loops, operands: step.conjugated::<T>() };
    // SAFETY: the invariant of the cursors says that every position of the loops is an element of their arrays, which they
    // borrow until this call is over, that of the output mutably.
    unsafe { run_general(TypeId::of::<T>(), description, cursors, assignment, scale, pointers) }
}

// The loop of rows and that of the terms, if these are all there are, and whether the rows are those of the right operand.
#[inline(always)]
fn dims_of_rows(
    parts: &[Part],
    output: &impl Levels,
    left: &impl Levels,
    right: Option<&impl Levels>,
) -> Option<([Dim; 2], bool)> {
    const ONE: Level = Level { extent: 1, stride: 0 };
    let both = |levels: Option<[Level; 2]>, one: Option<Level>| levels.zip(one.map(|one| [ONE, one]));
    let (([row, term], [other_row, other_term]), swaps) = match (parts, right) {
        ([Part::FreeLeft, Part::SummedLeft], None) => (left.two().map(|levels| (levels, [ONE; 2]))?, false),
        ([Part::FreeLeft, Part::Contracted], Some(right)) => (both(left.two(), right.one())?, false),
        ([Part::FreeRight, Part::Contracted], Some(right)) => (both(right.two(), left.one())?, true),
        ([Part::Batch, Part::Contracted], Some(right)) => (left.two().zip(right.two())?, false),
        _ => return None,
    };
    let output = output.one()?;
    // Cursors of other extents are not the macro's: a shorter loop would leave elements of a new array unwritten.
    let is_whole = output.extent == row.extent
        && (right.is_none() || other_term.extent == term.extent)
        && (other_row.extent == row.extent || parts[0] != Part::Batch);
    let row = Dim { extent: row.extent, output: output.stride, left: row.stride, right: other_row.stride };
    let term = Dim { extent: term.extent, output: 0, left: term.stride, right: other_term.stride };
    is_whole.then_some(([row, term], swaps))
}

/// Sums of rows, or of their products, if their terms are neighbours; or does nothing and says `false`.
///
/// # Safety
/// As [`choose::run`], for the loop of rows and that of terms.
#[inline(never)]
unsafe fn run_rows(
    id: TypeId,
    [rows, terms]: [Dim; 2],
    assignment: Assignment,
    scale: Option<*const ()>,
    pointers: Pointers<()>,
) -> bool {
    let right = isize::from(pointers.right.is_some());
    if terms.left != 1 || terms.right != right {
        return false;
    }
    let neighbours = Neighbours { rows: Some(rows), count: terms.extent, assignment };
    // SAFETY: the caller's promise.
    unsafe { choose::run_neighbours(id, &neighbours, scale, pointers) }
}

/// # Safety
/// As [`choose::run`], for the positions within the levels of the cursors.
#[inline(never)]
unsafe fn run_general(
    id: TypeId,
    description: Conjugated<'_>,
    cursors: Cursors<'_>,
    assignment: Assignment,
    scale: Option<*const ()>,
    pointers: Pointers<()>,
) -> bool {
    let mut step = Step { conjugated: description.operands, ..Step::default() };
    // SAFETY: the caller's promise.
    step.fill(description.loops.parts, cursors).is_some()
        && unsafe { choose::run(id, &mut step, assignment, scale, pointers) }
}

/// Runs a step given by its loops and by which operands are conjugated, if there is a kernel for it; else does nothing and says `false`.
///
/// # Safety
/// As [`choose::run`], for the positions of the loops, whose strides are counted in elements.
pub(crate) unsafe fn step(
    id: TypeId,
    (loops, conjugated): (impl Iterator<Item = (Part, Dim)> + Clone, [bool; 2]),
    assignment: Assignment,
    scale: Option<*const ()>,
    pointers: Pointers<()>,
) -> bool {
    // SAFETY: the caller's promise; likewise below.
    if unsafe { small_step(id, dims_of_matrices(loops.clone()), assignment, scale, pointers) } {
        return true;
    }
    let mut step = Step { conjugated, ..Step::default() };
    for (part, dim) in loops {
        if step.push(part, dim).is_none() {
            return false;
        }
    }
    // SAFETY: as above.
    if unsafe { small_step(id, step.dims_of_matrices(), assignment, scale, pointers) } {
        return true;
    }
    // SAFETY: as above.
    unsafe { choose::run(id, &mut step, assignment, scale, pointers) }
}

// The loops of rows, columns and of the sum, if these are all there are, and all of them run.
fn dims_of_matrices(loops: impl Iterator<Item = (Part, Dim)>) -> Option<[Dim; 3]> {
    let mut dims = [Dim::default(); 3];
    for (part, dim) in loops {
        let place = match part {
            _ if dim.extent == 0 => return None,
            _ if dim.extent == 1 => continue,
            Part::FreeLeft => &mut dims[0],
            Part::FreeRight => &mut dims[1],
            Part::Contracted => &mut dims[2],
            _ => return None,
        };
        if place.extent > 0 {
            return None;
        }
        *place = dim;
    }
    Some(dims)
}

/// A product of two matrices by the kernel for small ones, if they are that.
///
/// # Safety
/// - As [`step`].
unsafe fn small_step(
    id: TypeId,
    dims: Option<[Dim; 3]>,
    assignment: Assignment,
    scale: Option<*const ()>,
    pointers: Pointers<()>,
) -> bool {
    let Some(dims) = dims else { return false };
    if !(1..=small::MOST).contains(&size(&dims.map(|dim| dim.extent))) {
        return false;
    }
    let product = SmallProduct { dims, assignment, scale, pointers };
    if id == TypeId::of::<f64>() {
        // SAFETY: the caller's promise, for this type; likewise below.
        unsafe { product.run::<f64>() }
    } else if id == TypeId::of::<f32>() {
        // SAFETY: as above.
        unsafe { product.run::<f32>() }
    } else {
        false
    }
}

/// A product of two small matrices.
struct SmallProduct {
    /// The rows, columns and summed positions.
    dims: [Dim; 3],
    assignment: Assignment,
    scale: Option<*const ()>,
    pointers: Pointers<()>,
}

impl SmallProduct {
    /// # Safety
    /// - As [`step`], for elements of type `E`.
    unsafe fn run<E: Real>(&self) -> bool {
        let Pointers { output, left, right: Some(right) } = self.pointers else { return false };
        // SAFETY: the caller's promise.
        let factor = self.scale.map(|scale| unsafe { scale.cast::<E>().read() });
        let arrays = (output.cast(), left.cast(), right.cast());
        let all = Product::new(self.dims, arrays, self.assignment, factor);
        // SAFETY: the caller's promise; there are some of each.
        unsafe { all.run_in_parts() }
    }
}

// The product of two matrices by the kernel of small ones. `E` is `T`.
#[inline(always)]
fn run_small<T: 'static, E: Real>(
    loops: Loops<'_>,
    assignment: Assignment,
    scale: Option<&T>,
    (output, output_levels): (*mut T, &impl Levels),
    left: &Cursor<'_, T, impl Levels>,
    right: &Cursor<'_, T, impl Levels>,
) -> bool {
    let Some(reversed) = is_of_matrices(loops.parts) else { return false };
    let (Some(output_levels), Some([left_row, left_depth]), Some([right_column, right_depth])) =
        (output_levels.two(), left.levels().two(), right.levels().two())
    else {
        return false;
    };
    let [output_row, output_column] = match (reversed, output_levels) {
        (false, levels) => levels,
        (true, [column, row]) => [row, column],
    };
    // Cursors of other extents are not the macro's: a shorter loop would leave elements of a new array unwritten.
    if output_row.extent != left_row.extent
        || output_column.extent != right_column.extent
        || left_depth.extent != right_depth.extent
    {
        return false;
    }
    // SAFETY: `E` is `T`.
    let factor = scale.map(|scale| unsafe { core::ptr::from_ref(scale).cast::<E>().read() });
    let dim = |extent, output, left, right| Dim { extent, output, left, right };
    let dims = [
        dim(output_row.extent, output_row.stride, left_row.stride, 0),
        dim(output_column.extent, output_column.stride, 0, right_column.stride),
        dim(left_depth.extent, 0, left_depth.stride, right_depth.stride),
    ];
    let arrays = (output.cast::<E>(), left.as_ptr().cast(), right.as_ptr().cast());
    let product = Product::new(dims, arrays, assignment, factor);
    // SAFETY: the invariant of the cursors says that every position of the loops is an element of their arrays, which they
    // borrow until this call is over, that of the output mutably; there are some, as there are `FEW`.
    unsafe { product.run() }
}

// Whether the loops are those of a product of two matrices, and if so, whether the columns are outside of the rows.
#[inline(always)]
fn is_of_matrices(parts: &[Part]) -> Option<bool> {
    match parts {
        [Part::FreeLeft, Part::FreeRight, Part::Contracted] => Some(false),
        [Part::FreeRight, Part::FreeLeft, Part::Contracted] => Some(true),
        _ => None,
    }
}
