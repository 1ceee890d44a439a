//! Contractions in several steps: three operands and more, and two of which one has an index of its own that is summed over.
//!
//! Which steps there are depends on the extents, so it is decided here, at run time, by the planner of `einsum-spec`; a call remembers what
//! it has decided (`memo`). The way of a call:
//!
//! ```text
//! Call, shapes --network--> Spec of plain indices, extents --einsum_spec--> Plan --program--> Program ==run==> result
//! \____________________________ once for each place and shapes ____________________________/
//! ```
//!
//! - `network`: axes of extent 1 and ellipses are gone: what is left are indices with extents, and terms;
//! - `program`: the layout of every intermediate and where it is in memory, the loops of every step;
//! - `run`: kernels or plain loops, step by step; all that is unsafe but the memory of `memo`.
//!
//! Gradients are the same with several outputs: the cotangent is an operand more, and the plan is one of `einsum_spec::backward`.
//!
//! Elements with kernels multiply in any order. Of others nobody knows whether their multiplication commutes, so their products keep the
//! order of the operands, and their steps multiply neighbours only.

#[cfg(all(feature = "std", any(test, fuzzing)))]
#[allow(unsafe_code)]
mod cases;
#[allow(unsafe_code)]
mod memo;
pub(crate) mod network;
mod program;
#[allow(unsafe_code)]
mod run;
#[cfg(test)]
mod tests;

use crate::{error::EinsumError, extents::Call, kernel};
use alloc::{vec, vec::Vec};
#[cfg(all(feature = "std", any(test, fuzzing)))]
pub use cases::many as fuzzed;
use core::{
    any::TypeId,
    marker::PhantomData,
    ops::{Mul, Sub},
};
pub use einsum_spec::{backward::Wanted, spec::OperandId};
use memo::Memo;
use ndarray::{Array, ArrayD, ArrayView, ArrayViewMut, Dimension};
use num_traits::Zero;

/// Below so many iterations of one nest of loops over all indices, the macro's own loops are faster than steps.
pub const FEW: usize = 64;

/// A call in the source.
pub struct Site {
    /// The subscripts.
    call: Call,
    /// The order of the steps, if the user has fixed it.
    path: Option<&'static [&'static [usize]]>,
    /// What earlier calls have planned.
    memo: Memo,
}

impl Site {
    /// Nothing is planned yet. The path must be one for the operands.
    pub const fn new(call: Call, path: Option<&'static [&'static [usize]]>) -> Site {
        Site { call, path, memo: Memo::new() }
    }
}

/// What a call is about: its operands and the extents of its indices.
pub struct Contraction<'c, T> {
    /// Where it is.
    pub site: &'static Site,
    /// In the order of the call; behind them the cotangent, if gradients are wanted.
    pub operands: &'c [Operand<'c, T>],
    /// One for each label.
    pub extents: &'c [usize],
    /// Those of the ellipsis.
    pub rest: &'c [usize],
    /// What the result is multiplied by.
    pub scale: Option<&'c T>,
    /// The most elements that an intermediate may have, if the user has set it.
    pub memory_limit: Option<usize>,
}

/// An operand whose rank is a number.
pub struct Operand<'a, T> {
    pub(crate) first: *const T,
    pub(crate) shape: &'a [usize],
    pub(crate) strides: &'a [isize],
    pub(crate) is_conjugated: bool,
    array: PhantomData<&'a T>,
}

impl<T> Operand<'_, T> {
    /// The operand of which every element is conjugated where it is read.
    #[inline]
    #[must_use]
    pub fn conjugated(self) -> Self {
        Operand { is_conjugated: true, ..self }
    }
}

/// An operand whose rank is a number, from a view of static rank.
#[inline]
pub fn operand<'a, T, D: Dimension>(view: &'a ArrayView<'_, T, D>) -> Operand<'a, T> {
    Operand {
        first: view.as_ptr(),
        shape: view.shape(),
        strides: view.strides(),
        is_conjugated: false,
        array: PhantomData,
    }
}

/// The array that a call writes, likewise.
pub(crate) struct Output<'a, T> {
    pub(crate) first: *mut T,
    pub(crate) shape: &'a [usize],
    pub(crate) strides: &'a [isize],
    array: PhantomData<&'a mut T>,
}

/// What happens to an element of the output.
pub struct Assign<T> {
    pub(crate) assignment: kernel::Assignment,
    pub(crate) assign: fn(&mut T, T),
}

impl<T> Clone for Assign<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Assign<T> {}

/// It is replaced.
pub fn set<T>() -> Assign<T> {
    Assign { assignment: kernel::Assignment::Set, assign: |place, value| *place = value }
}

/// The result is added to it.
pub fn add<T: Clone + core::ops::Add<Output = T>>() -> Assign<T> {
    Assign { assignment: kernel::Assignment::Add, assign: |place, value| *place = place.clone() + value }
}

/// The result is subtracted from it.
pub fn subtract<T: Clone + Sub<Output = T>>() -> Assign<T> {
    Assign { assignment: kernel::Assignment::Subtract, assign: |place, value| *place = place.clone() - value }
}

/// The result in a new array of this shape.
///
/// # Errors
/// If no array can have it, or there can be none for an intermediate.
pub fn fresh<T, D>(contraction: &Contraction<'_, T>, shape: D) -> Result<Array<T, D>, EinsumError>
where
    T: Clone + Zero + Mul<Output = T> + 'static,
    D: Dimension,
{
    contraction.site.call.check_size::<T>(shape.slice())?;
    let (program, scale) = contraction.program(&[], None)?;
    Ok(run::fresh(contraction, program.get(), scale, shape))
}

/// The result, of a call without indices in its output.
///
/// # Errors
/// If there can be no array for an intermediate.
pub fn total<T>(contraction: &Contraction<'_, T>) -> Result<T, EinsumError>
where
    T: Clone + Zero + Mul<Output = T> + 'static,
{
    let (program, scale) = contraction.program(&[], None)?;
    Ok(run::total(contraction, program.get(), scale))
}

/// The result into an array.
///
/// # Errors
/// If there can be no array for an intermediate.
pub fn into<T, D>(
    contraction: &Contraction<'_, T>,
    assign: Assign<T>,
    output: &mut ArrayViewMut<'_, T, D>,
) -> Result<(), EinsumError>
where
    T: Clone + Zero + Mul<Output = T> + 'static,
    D: Dimension,
{
    let (program, scale) = contraction.program(output.shape(), None)?;
    let first = output.as_mut_ptr();
    let output = Output { first, shape: output.shape(), strides: output.strides(), array: PhantomData };
    run::into(contraction, program.get(), scale, assign, &output);
    Ok(())
}

/// The gradients of a call, in the order in which they are wanted.
pub struct Gradients<T> {
    arrays: vec::IntoIter<ArrayD<T>>,
}

impl<T> Gradients<T> {
    /// The next one, of an operand of this shape.
    ///
    /// # Panics
    /// If there is none, or it has another rank.
    #[must_use]
    pub fn array<D: Dimension>(&mut self, _shape: &D) -> Array<T, D> {
        let array = self.arrays.next().expect("there is a gradient for each that is wanted");
        array.into_dimensionality().expect("a gradient has the shape of its operand")
    }

    /// The next one, of the scale.
    ///
    /// # Panics
    /// If there is none.
    #[must_use]
    pub fn number(&mut self) -> T {
        let array = self.arrays.next().expect("there is a gradient for each that is wanted");
        array.into_iter().next().expect("the gradient of a number is one")
    }
}

/// The gradients that are wanted. The cotangent has the shape of the result.
///
/// # Errors
/// If there can be no array for a gradient or an intermediate.
pub fn gradients<T>(contraction: &Contraction<'_, T>, wanted: &[Wanted]) -> Result<Gradients<T>, EinsumError>
where
    T: Clone + Zero + Mul<Output = T> + 'static,
{
    let shape = |wanted: &Wanted| match wanted {
        Wanted::Scale => &[][..],
        Wanted::Operand(id) => contraction.operands[usize::from(id.0)].shape,
    };
    let shapes: Vec<&[usize]> = wanted.iter().map(shape).collect();
    for shape in &shapes {
        contraction.site.call.check_size::<T>(shape)?;
    }
    let arrays = if contraction.extents.contains(&0) || contraction.rest.contains(&0) {
        shapes.into_iter().map(ArrayD::zeros).collect()
    } else {
        let (program, scale) = contraction.program(&[], Some(wanted))?;
        run::gradients(contraction, program.get(), scale, &shapes)
    };
    Ok(Gradients { arrays: arrays.into_iter() })
}

impl<T: Clone + Mul<Output = T> + 'static> Contraction<'_, T> {
    // What to do, and what the result is multiplied with: operands of one element are factors where the order does not matter.
    fn program(
        &self,
        output: &[usize],
        gradients: Option<&[Wanted]>,
    ) -> Result<(memo::Planned, Option<T>), EinsumError> {
        let commutes = kernel::has_kernels(TypeId::of::<T>());
        let request = program::Request {
            call: &self.site.call,
            path: self.site.path,
            shapes: &|n| self.operands[n].shape,
            operands: self.operands.len() - usize::from(gradients.is_some()),
            extents: self.extents,
            rest: self.rest,
            output,
            commutes,
            // An intermediate that no array could be is none.
            memory_limit: self
                .memory_limit
                .unwrap_or(usize::MAX)
                .min(isize::MAX as usize / size_of::<T>().max(1)),
            gradients,
        };
        let program = self.site.memo.get(&request);
        // The planner keeps to what can be; a path that the user has fixed may not.
        self.site.call.check_size::<T>(&[program.get().memory])?;
        let mut scale = self.scale.cloned();
        for &n in &program.get().factors {
            let factor = run::only_element(&self.operands[usize::from(n)]);
            scale = Some(match scale {
                Some(scale) => scale * factor,
                None => factor,
            });
        }
        Ok((program, scale))
    }
}
