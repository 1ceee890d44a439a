//! Which kernel a step goes to.
//!
//! Here the element type becomes one that has kernels, and the loops become sorted and fused groups. What is in a group decides:
//!
//! | contracted | free left | free right | kernel |
//! |---|---|---|---|
//! | no  | any | any | `elementwise`: copies, outer and element-wise products |
//! | yes | one of them at most || `reduce`: sums, dot and matrix-vector products, windows |
//! | yes | yes | yes | `direct` or `packed`: matrix products |

use super::{
    Assignment,
    dims::{Group, Matrices, Step, Swapped},
    direct::{Direct, Small},
    element::{Element, Store},
    elementwise,
    packed::{DEPTH, HalfPacked, Packed},
    parallel, reduce,
    simd::Isa,
};
use core::any::TypeId;
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

    fn swapped(self) -> Pointers<T> {
        match self.right {
            Some(right) => Pointers { left: right, right: Some(self.left), ..self },
            None => self,
        }
    }
}

/// What runs a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Class {
    Elementwise,
    Reduce,
    Direct,
    HalfPacked,
    Packed,
}

/// A step of known elements, for a kernel. For element-wise steps and those that reduce, all kept loops are in the batch.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Task<'s, T> {
    pub(crate) class: Class,
    pub(crate) isa: Isa,
    pub(crate) step: &'s Step,
    pub(crate) store: Store<T>,
    pub(crate) pointers: Pointers<T>,
}

macro_rules! elements {
    ($($T:ty => $Element:ty),* $(,)?) => {
        /// Whether a type has kernels.
        #[inline]
        pub(crate) fn has_kernels(id: TypeId) -> bool {
            $(id == TypeId::of::<$T>())||*
        }

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
            $(
                if id == TypeId::of::<$T>() {
                    const { assert!(size_of::<$T>() == size_of::<$Element>()) };
                    // SAFETY: the caller's promise; the element has the layout and the arithmetic of the type.
                    let factor = scale.map(|scale| unsafe { scale.cast::<$Element>().read() });
                    let store = Store { assignment, factor };
                    // SAFETY: the caller's promise.
                    return unsafe { run_elements::<$Element>(step, store, pointers.cast()) };
                }
            )*
            false
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

/// # Safety
/// As [`run`].
unsafe fn run_elements<T: Element>(step: &mut Step, store: Store<T>, pointers: Pointers<T>) -> bool {
    let Some(task) = Task::of(step, store, pointers) else { return false };
    // SAFETY: the caller's promise.
    unsafe { parallel::run(task) }
}

impl<'s, T: Element> Task<'s, T> {
    #[inline]
    fn of(step: &'s mut Step, store: Store<T>, pointers: Pointers<T>) -> Option<Task<'s, T>> {
        let isa = Isa::detect();
        if step.contracted.is_empty() {
            step.keep_all()?;
            return Some(Task { class: Class::Elementwise, isa, step, store, pointers });
        }
        if step.rows.is_empty() || step.columns.is_empty() || is_batch_inside(step) {
            step.keep_all()?;
            return Some(Task { class: Class::Reduce, isa, step, store, pointers });
        }
        if !T::HAS_PRODUCTS {
            return None;
        }
        let Swapped(swapped) = step.arrange_for_packing();
        let pointers = if swapped { pointers.swapped() } else { pointers };
        let class = if Direct::<T>::fits(step) && is_near::<T>(step) {
            Class::Direct
        } else if T::HAS_IN_PLACE
            && step.columns.size() <= FEW_COLUMNS
            && step.rows.size() > step.columns.size()
        {
            Class::HalfPacked
        } else {
            Class::Packed
        };
        Some(Task { class, isa, step, store, pointers })
    }

    /// Runs it on this thread.
    ///
    /// # Safety
    /// As [`run`].
    pub(crate) unsafe fn run(&self) -> bool {
        let Task { class, isa, step, store, pointers } = *self;
        let Pointers { output, left, right } = pointers;
        match (class, right) {
            (Class::Elementwise, _) => {
                // SAFETY: the caller's promise, and `isa` was detected; likewise below.
                unsafe { elementwise::run(isa, &step.batch, store, output, left, right) };
                true
            }
            // SAFETY: as above.
            (Class::Reduce, _) => unsafe {
                reduce::run(isa, &step.batch, &step.contracted, store, output, left, right)
            },
            (Class::Direct, Some(right)) => {
                // SAFETY: as above.
                unsafe { isa.run(Direct { step, store, output, left, right }) };
                true
            }
            (Class::HalfPacked, Some(right)) => {
                // SAFETY: as above.
                unsafe { isa.run(HalfPacked(Packed { step, store, output, left, right })) };
                true
            }
            (Class::Packed, Some(right)) => {
                // SAFETY: as above.
                unsafe { isa.run(Packed { step, store, output, left, right }) };
                true
            }
            (Class::Direct | Class::HalfPacked | Class::Packed, None) => {
                unreachable!("a step with columns has two operands")
            }
        }
    }
}

/// So few columns that packing the rows for them costs more than reading them where they are.
const FEW_COLUMNS: usize = 64;

/// A few rows use what they read of the right array at once: packing it would be the larger part of the work.
const FEW_ROWS: usize = 12;

// Whether what a tile reads of the right array, a run of columns for every summed position, fits the first-level cache and its
// table of pages as it lies.
fn is_near<T>(step: &Step) -> bool {
    let depth = step.contracted.size().min(DEPTH);
    let Some(inner) = step.contracted.last() else { return true };
    let (mut positions, mut pages) = (1, 1);
    for dim in step.contracted.dims().iter().rev() {
        let bytes = dim.right.unsigned_abs() * size_of::<T>();
        let extent = dim.extent.min(depth.div_ceil(positions));
        positions *= extent;
        pages = (pages * extent).min(pages + bytes * extent / PAGE);
    }
    // Lines whose distance is a multiple of a large power of two share a few sets of the cache.
    let distance = (inner.right.unsigned_abs() * size_of::<T>()).max(64);
    let sets = (PAGE >> distance.trailing_zeros().min(12)).clamp(1, 64);
    step.rows.size() <= FEW_ROWS || pages <= PAGES && inner.extent.min(depth) <= sets * WAYS
}

/// Bytes of a page, which are also the sets of a first-level cache times its line.
const PAGE: usize = 4096;
/// Pages that the first-level table of their addresses holds, with some left for the other arrays.
const PAGES: usize = 48;
/// Lines in a set of the first-level cache.
const WAYS: usize = 8;

/// Rows or columns below which a product is not worth packing its operands where all unit strides are those of the batch.
const FEW_LINES: usize = 16;

// Whether the unit strides are those of a batch loop, and there is little else.
fn is_batch_inside(step: &Step) -> bool {
    let unit = |group: &Group| group.dims().iter().any(|dim| dim.output == 1);
    let inside = step.batch.dims().iter().any(|dim| dim.output == 1 && dim.left == 1 && dim.right == 1);
    inside && !unit(&step.rows) && step.rows.size().min(step.columns.size()) < FEW_LINES
}

/// Multiplies small matrices if there is a kernel for it; else does nothing and says `false`. The shortest way from a call to
/// a tile: no loops to sort, and no tables but on the stack.
///
/// # Safety
/// As [`run`], for the positions of the matrices.
pub(crate) unsafe fn run_small(
    id: TypeId,
    matrices: &Matrices,
    assignment: Assignment,
    scale: Option<*const ()>,
    pointers: Pointers<()>,
) -> bool {
    if id == TypeId::of::<f64>() {
        // SAFETY: the caller's promise.
        unsafe { small::<f64>(matrices, assignment, scale, pointers) }
    } else if id == TypeId::of::<f32>() {
        // SAFETY: the caller's promise.
        unsafe { small::<f32>(matrices, assignment, scale, pointers) }
    } else {
        false
    }
}

/// # Safety
/// As [`run_small`], for elements of type `T`.
#[inline(always)]
unsafe fn small<T: Element>(
    matrices: &Matrices,
    assignment: Assignment,
    scale: Option<*const ()>,
    pointers: Pointers<()>,
) -> bool {
    let (matrices, pointers) = match matrices.columns.output == 1 || matrices.columns.extent == 1 {
        true => (*matrices, pointers.cast::<T>()),
        false => (matrices.swapped(), pointers.swapped().cast::<T>()),
    };
    let Pointers { output, left, right: Some(right) } = pointers else { return false };
    if !Small::<T>::fits(&matrices) {
        return false;
    }
    // SAFETY: the caller's promise.
    let factor = scale.map(|scale| unsafe { scale.cast::<T>().read() });
    let store = Store { assignment, factor };
    // SAFETY: the caller's promise.
    unsafe { Isa::detect().run(Small { matrices: &matrices, store, output, left, right }) };
    true
}
