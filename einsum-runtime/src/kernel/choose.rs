//! Which kernel a step goes to.
//!
//! Here the element type becomes one that has kernels, and the loops become sorted and fused groups. What is in a group decides:
//!
//! | contracted | free left | free right | kernel |
//! |---|---|---|---|
//! | no  | any | any | `elementwise`: copies, outer and element-wise products |
//! | yes | one of them at most || `reduce`: sums, dot and matrix-vector products, windows |
//! | yes | yes | yes | `product`: matrix products |

use super::{
    Assignment,
    conjugate::{self, Conjugates},
    dims::{Dim, Group, Step, Swapped},
    element::{Element, Store, parts},
    elementwise, parallel,
    product::{Plan, Product, tile::Family},
    reduce,
    simd::Isa,
};
use core::{any::TypeId, ptr};
use num_complex::Complex;

/// The first elements of the arrays of a step.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pointers<T> {
    pub(crate) output: *mut T,
    pub(crate) left: *const T,
    pub(crate) right: Option<*const T>,
}

impl<T> Pointers<T> {
    fn cast<E>(self) -> Pointers<E> {
        Pointers {
            output: self.output.cast(),
            left: self.left.cast(),
            right: self.right.map(<*const T>::cast),
        }
    }

    /// After iterations of a loop: `by` of them, times the bytes of an element. Wrapping, since the compiler cannot know what a caller promises of them.
    pub(crate) fn moved(self, dim: &Dim, by: usize) -> Pointers<T> {
        let by = by as isize;
        Pointers {
            output: self.output.wrapping_byte_offset(dim.output * by),
            left: self.left.wrapping_byte_offset(dim.left * by),
            right: self.right.map(|right| right.wrapping_byte_offset(dim.right * by)),
        }
    }

    fn swapped(self) -> Pointers<T> {
        match self.right {
            Some(right) => Pointers { left: right, right: Some(self.left), ..self },
            None => self,
        }
    }
}

/// The kernels of one type of element: from here on, a step is numbers and bytes.
pub(crate) struct Kernels {
    /// Bytes of an element.
    pub(crate) size: usize,
    is_complex: bool,
    has_sums: bool,
    products: fn(Isa) -> &'static Family,
    /// # Safety
    /// As [`run`], for elements of the type; the factor is one of them, or null.
    elementwise: unsafe fn(Isa, &Step, Assignment, *const u8, Pointers<u8>),
    /// # Safety
    /// As [`run`], for elements of the type; the factor is one of them, or null.
    reduce: unsafe fn(Isa, &Step, Assignment, *const u8, Pointers<u8>) -> bool,
    /// # Safety
    /// As [`run_neighbours`], for elements of the type; the factor is one of them, or null.
    reduce_neighbours: unsafe fn(Isa, &Neighbours, *const u8, Pointers<u8>) -> bool,
}

impl Kernels {
    const fn of<T: Element>() -> Kernels {
        Kernels {
            size: size_of::<T>(),
            is_complex: parts::<T>() == 2,
            has_sums: T::HAS_SUMS,
            products: T::products,
            elementwise: elementwise_of::<T>,
            reduce: reduce_of::<T>,
            reduce_neighbours: reduce_neighbours_of::<T>,
        }
    }
}

/// # Safety
/// As [`Kernels::elementwise`].
unsafe fn elementwise_of<T: Element>(
    isa: Isa,
    step: &Step,
    assignment: Assignment,
    factor: *const u8,
    pointers: Pointers<u8>,
) {
    let Pointers { output, left, right } = pointers.cast::<T>();
    // SAFETY: the caller's promise.
    let store = unsafe { store::<T>(assignment, factor) };
    // SAFETY: the caller's promises.
    unsafe { elementwise::run(isa, (&step.batch, step.conjugated), store, output, left, right) }
}

/// # Safety
/// As [`Kernels::reduce`].
unsafe fn reduce_of<T: Element>(
    isa: Isa,
    step: &Step,
    assignment: Assignment,
    factor: *const u8,
    pointers: Pointers<u8>,
) -> bool {
    // SAFETY: the caller's promises.
    let store = unsafe { store::<T>(assignment, factor) };
    let Pointers { output, left, right } = pointers.cast::<T>();
    // SAFETY: the caller's promises.
    unsafe {
        reduce::run(isa, &step.batch, &step.contracted, store, output, left, (right, step.conjugated[1]))
    }
}

/// # Safety
/// As [`Kernels::reduce_neighbours`].
unsafe fn reduce_neighbours_of<T: Element>(
    isa: Isa,
    neighbours: &Neighbours,
    factor: *const u8,
    pointers: Pointers<u8>,
) -> bool {
    let Neighbours { rows, count, assignment } = *neighbours;
    // SAFETY: the caller's promise.
    let store = unsafe { store::<T>(assignment, factor) };
    let Pointers { output, left, right } = pointers.cast::<T>();
    // SAFETY: the caller's promises.
    unsafe { reduce::run_neighbours(isa, rows, count, store, (output, left, right)) }
}

/// # Safety
/// - The factor is a number of this type, or null.
unsafe fn store<T: Element>(assignment: Assignment, factor: *const u8) -> Store<T> {
    // SAFETY: the caller's promise.
    let factor = unsafe { factor.cast::<T>().as_ref() }.copied();
    Store { assignment, factor }
}

macro_rules! elements {
    ($($T:ty => $Element:ty),* $(,)?) => {
        /// Whether a type has kernels.
        #[inline]
        pub(crate) fn has_kernels(id: TypeId) -> bool {
            $(id == TypeId::of::<$T>())||*
        }

        /// The kernels of a type.
        fn kernels(id: TypeId) -> Option<&'static Kernels> {
            $(
                if id == TypeId::of::<$T>() {
                    // The element has the layout and the arithmetic of the type.
                    const { assert!(size_of::<$T>() == size_of::<$Element>()) };
                    return Some(const { &Kernels::of::<$Element>() });
                }
            )*
            None
        }
    };
}

elements!(
    f64 => f64,
    f32 => f32,
    Complex<f64> => Complex<f64>,
    Complex<f32> => Complex<f32>,
    i8 => i8,
    i16 => i16,
    u8 => u8,
    u16 => u16,
    i32 => i32,
    i64 => i64,
    u32 => u32,
    u64 => u64,
    isize => Isize,
    usize => Usize,
);

#[cfg(target_pointer_width = "64")]
type Isize = i64;
#[cfg(target_pointer_width = "64")]
type Usize = u64;
#[cfg(not(target_pointer_width = "64"))]
type Isize = i32;
#[cfg(not(target_pointer_width = "64"))]
type Usize = u32;

/// Runs a step with a kernel if there is one for its elements, of type `id`, and its loops; else does nothing and says `false`.
///
/// # Safety
/// - `scale` and `pointers` point to elements of type `id`;
/// - all positions of the step are elements of the arrays that they point to the first elements of;
/// - nothing else reads or writes the elements of the output meanwhile.
pub(crate) unsafe fn run(
    id: TypeId,
    step: &mut Step,
    assignment: Assignment,
    scale: Option<*const ()>,
    pointers: Pointers<()>,
) -> bool {
    let Some(kernels) = kernels(id) else { return false };
    step.conjugated = step.conjugated.map(|conjugated| conjugated && kernels.is_complex);
    let factor = scale.map_or(ptr::null(), <*const ()>::cast);
    let Some(task) = Task::of(kernels, step, assignment, factor, pointers.cast()) else { return false };
    // SAFETY: the caller's promise.
    unsafe { parallel::run(task) }
}

/// Sums of neighbours in the left array, or of their products with as many in the right one.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Neighbours {
    /// One sum for each; or one in all.
    pub(crate) rows: Option<Dim>,
    /// The terms of a sum.
    pub(crate) count: usize,
    pub(crate) assignment: Assignment,
}

/// Runs sums of neighbours, to the last bit as [`run`] would; or does nothing and says `false`.
///
/// # Safety
/// As [`run`], with the loop of rows, if there is one, and that of the terms.
pub(crate) unsafe fn run_neighbours(
    id: TypeId,
    neighbours: &Neighbours,
    scale: Option<*const ()>,
    pointers: Pointers<()>,
) -> bool {
    let Some(kernels) = kernels(id) else { return false };
    let factor = scale.map_or(ptr::null(), <*const ()>::cast);
    // SAFETY: the caller's promise.
    unsafe { (kernels.reduce_neighbours)(Isa::detect(), neighbours, factor, pointers.cast()) }
}

/// What runs a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Class {
    Elementwise,
    Reduce,
    Product(Plan),
}

/// A step of known elements, for a kernel. For element-wise steps and those that reduce, all kept loops are in the batch.
#[derive(Clone, Copy)]
pub(crate) struct Task<'s> {
    pub(crate) class: Class,
    pub(crate) isa: Isa,
    pub(crate) kernels: &'static Kernels,
    pub(crate) step: &'s Step,
    pub(crate) assignment: Assignment,
    /// What the result is multiplied with, an element, or null.
    pub(crate) factor: *const u8,
    pub(crate) pointers: Pointers<u8>,
    /// What has to be conjugated beside the kernel.
    pub(crate) conjugates: Conjugates,
}

impl<'s> Task<'s> {
    fn of(
        kernels: &'static Kernels,
        step: &'s mut Step,
        assignment: Assignment,
        factor: *const u8,
        pointers: Pointers<u8>,
    ) -> Option<Task<'s>> {
        let isa = Isa::detect();
        let task = |class, step, pointers, conjugates| {
            Some(Task { class, isa, kernels, step, assignment, factor, pointers, conjugates })
        };
        if step.contracted.is_empty() {
            step.keep_all()?;
            return task(Class::Elementwise, step, pointers, Conjugates::default());
        }
        if !kernels.has_sums {
            return None;
        }
        if step.rows.is_empty() || step.columns.is_empty() || is_batch_inside(step) {
            step.keep_all()?;
            let has_two = pointers.right.is_some();
            let (conjugates, Swapped(swapped)) = Conjugates::of_sum(step, has_two);
            let pointers = if swapped { pointers.swapped() } else { pointers };
            return task(Class::Reduce, step, pointers, conjugates);
        }
        let Swapped(swapped) = step.arrange_for_packing();
        let pointers = if swapped { pointers.swapped() } else { pointers };
        let plan = Plan::of(step, (kernels.products)(isa));
        task(Class::Product(plan), step, pointers, Conjugates::default())
    }

    /// Runs it on this thread.
    ///
    /// # Safety
    /// As [`run`].
    pub(crate) unsafe fn run(&self) -> bool {
        if self.conjugates == Conjugates::default() {
            // SAFETY: the caller's promise; likewise below.
            unsafe { self.run_kernel() }
        } else {
            // SAFETY: as above.
            unsafe { conjugate::run(self) }
        }
    }

    /// The same, but nothing is conjugated beside the kernel.
    ///
    /// # Safety
    /// As [`run`].
    pub(crate) unsafe fn run_kernel(&self) -> bool {
        let Task { class, isa, kernels, step, assignment, factor, pointers, .. } = *self;
        match class {
            Class::Elementwise => {
                // SAFETY: the caller's promise; likewise below.
                unsafe { (kernels.elementwise)(isa, step, assignment, factor, pointers) };
                true
            }
            // SAFETY: as above.
            Class::Reduce => unsafe { (kernels.reduce)(isa, step, assignment, factor, pointers) },
            Class::Product(plan) => {
                let Pointers { output, left, right: Some(right) } = pointers else {
                    unreachable!("a step with columns has two operands")
                };
                let family = (kernels.products)(isa);
                let product = Product { isa, family, step, plan, assignment, factor, output, left, right };
                // SAFETY: as above.
                unsafe { product.run() };
                true
            }
        }
    }
}

/// Rows or columns below which a product is not worth packing its operands where all unit strides are those of the batch.
const FEW_LINES: usize = 16;

// Whether the unit strides are those of a batch loop, and there is little else.
fn is_batch_inside(step: &Step) -> bool {
    let unit = |group: &Group| group.dims().iter().any(|dim| dim.output == 1);
    let inside = step.batch.dims().iter().any(|dim| dim.output == 1 && dim.left == 1 && dim.right == 1);
    inside && !unit(&step.rows) && step.rows.size().min(step.columns.size()) < FEW_LINES
}
