//! Affine axes: the extents that are inferred from them, and the check that each sum stays inside its axis.
//!
//! The macro describes a call that has some by a constant [`AffineCall`]. With the agreed extents,
//! [`Windowed`](crate::strided::affine::Windowed) makes each operand a view with one axis per summand, and what follows
//! knows plain axes only.
//!
//! An index has the extent that its plain axes agree on, also where this is 1: an affine axis is never broadcast, and an
//! index that sums is not stretched. The extent of an index without plain axes is the largest with which every sum that it is
//! inferred from stays inside its axis; there must be one position at least.

use crate::{
    error::{AffineSummand, ArrayRole, EinsumError, EinsumErrorKind, Place},
    extents::{Call, Extents},
    rank::Rest,
};
use alloc::vec::Vec;
use ndarray::Dimension;

/// Stands for an affine axis among the indices of a [`Term`](crate::extents::Term).
pub const AFFINE: usize = usize::MAX;

/// What the text of a call with affine axes says.
#[derive(Debug)]
pub struct AffineCall {
    call: Call,
    axes: &'static [AffineAxis],
    inferred: &'static [Inferred],
}

/// An affine axis of an operand.
#[derive(Debug)]
pub struct AffineAxis {
    operand: usize,
    /// Counted from the end where it is negative.
    axis: isize,
    /// Coefficients and indices.
    summands: &'static [(u32, usize)],
}

/// An index that has its extent from affine axes: positions in the list of these.
#[derive(Debug)]
pub struct Inferred {
    index: usize,
    from: &'static [usize],
}

/// An extent that the user gives: a function, so that an error about its type is shown there.
#[inline]
pub fn extent(extent: usize) -> usize {
    extent
}

/// The largest extent of an index with this coefficient with which a sum stays inside an axis, if all its extents are usual ones: the
/// sum of the others is given by coefficients and extents. What is not usual, [`AffineCall::agree`] looks at.
#[inline(always)]
pub fn longest<const N: usize>(
    axis: usize,
    coefficient: usize,
    others: [(usize, usize); N],
) -> Option<usize> {
    let mut left = axis.checked_sub(1)?;
    for (coefficient, extent) in others {
        left = left.checked_sub(coefficient.checked_mul(extent.checked_sub(1)?)?)?;
    }
    Some(if coefficient == 1 { left + 1 } else { left / coefficient + 1 })
}

impl AffineAxis {
    /// The operand; the axis, counted from the end where it is negative; coefficients and indices.
    pub const fn new(operand: usize, axis: isize, summands: &'static [(u32, usize)]) -> AffineAxis {
        AffineAxis { operand, axis, summands }
    }

    /// Which axis of an array of this rank.
    #[inline]
    pub(crate) fn axis(&self, rank: usize) -> usize {
        from_end(self.axis, rank)
    }

    /// The coefficients, and the indices.
    #[inline]
    pub(crate) fn summands(&self) -> &'static [(u32, usize)] {
        self.summands
    }
}

impl Inferred {
    /// The index, and the positions of the affine axes in the list of all.
    pub const fn new(index: usize, from: &'static [usize]) -> Inferred {
        Inferred { index, from }
    }
}

impl AffineCall {
    /// The call, with [`AFFINE`] for every affine axis; all of these; and the inferred indices, each after those that it
    /// needs.
    pub const fn new(call: Call, axes: &'static [AffineAxis], inferred: &'static [Inferred]) -> AffineCall {
        AffineCall { call, axes, inferred }
    }

    /// The extents on which all agree: the operands, the array to be written if there is one, the extents that the call
    /// gives to indices, and the affine axes.
    ///
    /// # Errors
    /// A wrong rank, two extents for one index, a sum that leaves its axis, or an index that may have any extent.
    #[inline]
    pub fn agree<const L: usize, E: Dimension>(
        &self,
        shapes: &[&[usize]],
        output: Option<&[usize]>,
        given: &[(usize, usize)],
        rest: Rest<E>,
    ) -> Result<Extents<L, E>, EinsumError> {
        let (mut extents, rest) = match output {
            None => self.call.agree(shapes, rest)?,
            Some(output) => self.call.agree_with_output(shapes, output, rest)?,
        };
        self.complete(shapes, given, &mut extents)?;
        Ok((extents, rest))
    }

    /// The affine axes of an operand.
    #[inline]
    pub(crate) fn axes_of(&self, operand: usize) -> impl Iterator<Item = &'static AffineAxis> {
        self.axes.iter().filter(move |axis| axis.operand == operand)
    }

    /// The call with affine axes.
    #[inline]
    pub(crate) fn call(&self) -> &Call {
        &self.call
    }

    #[inline]
    fn complete(
        &self,
        shapes: &[&[usize]],
        given: &[(usize, usize)],
        extents: &mut [usize],
    ) -> Result<(), EinsumError> {
        for &(index, extent) in given {
            extents[index] = extent;
        }
        for inferred in self.inferred {
            extents[inferred.index] = self.largest(inferred, shapes, extents)?;
        }
        self.axes.iter().try_for_each(|axis| self.check_reach(axis, shapes, extents))
    }

    // The largest extent with which all sums stay inside. Where another index of a sum has no position, the sum is never
    // read and any extent would do.
    #[inline]
    fn largest(
        &self,
        inferred: &Inferred,
        shapes: &[&[usize]],
        extents: &mut [usize],
    ) -> Result<usize, EinsumError> {
        let mut largest = None;
        // With one position the sum reaches as far as the others do.
        extents[inferred.index] = 1;
        for axis in inferred.from.iter().map(|&n| &self.axes[n]) {
            let others = axis.summands.iter().filter(|&&(_, index)| index != inferred.index);
            if others.clone().any(|&(_, index)| extents[index] == 0) {
                continue;
            }
            let extent = self.place(axis, shapes).extent;
            let fits = if others.count() == 0 && extent == 0 {
                0
            } else {
                self.check_reach(axis, shapes, extents)?;
                let own = axis.summands.iter().find(|&&(_, index)| index == inferred.index);
                let coefficient = own.map_or(1, |&(coefficient, _)| coefficient as usize);
                // The sum reaches less far than the axis, so that it is a `usize` as well.
                let left = extent - 1 - reach(axis, extents) as usize;
                if coefficient == 1 { left + 1 } else { left / coefficient + 1 }
            };
            largest = Some(largest.map_or(fits, |largest: usize| largest.min(fits)));
        }
        largest.ok_or_else(|| self.unbounded(inferred, shapes, extents))
    }

    // The last position that is read must lie inside the axis.
    #[inline]
    fn check_reach(
        &self,
        axis: &AffineAxis,
        shapes: &[&[usize]],
        extents: &[usize],
    ) -> Result<(), EinsumError> {
        let place = self.place(axis, shapes);
        let is_read = axis.summands.iter().all(|&(_, index)| extents[index] > 0);
        if is_read && reach(axis, extents) >= place.extent as u128 {
            let summands = self.summands(axis, extents);
            return Err(self.call.error(EinsumErrorKind::AffineReach { place, summands }));
        }
        Ok(())
    }

    #[inline]
    fn place(&self, axis: &AffineAxis, shapes: &[&[usize]]) -> Place {
        let shape = shapes[axis.operand];
        let number = axis.axis(shape.len());
        Place { array: ArrayRole::Operand(axis.operand), axis: number, extent: shape[number] }
    }

    /// Why an operand's view cannot be written.
    #[cold]
    pub(crate) fn overlap(&self, axis: usize) -> EinsumError {
        self.call.error(EinsumErrorKind::AffineOverlap { axis })
    }

    #[cold]
    fn unbounded(&self, inferred: &Inferred, shapes: &[&[usize]], extents: &[usize]) -> EinsumError {
        let axis = &self.axes[inferred.from[0]];
        let mut summands = self.summands(axis, extents);
        let label = self.call.label(inferred.index);
        summands.retain(|summand| summand.label != label);
        self.call.error(EinsumErrorKind::AffineUnbounded { label, place: self.place(axis, shapes), summands })
    }

    #[cold]
    fn summands(&self, axis: &AffineAxis, extents: &[usize]) -> Vec<AffineSummand> {
        let summands = axis.summands.iter();
        summands
            .map(|&(coefficient, index)| AffineSummand {
                coefficient,
                label: self.call.label(index),
                extent: extents[index],
            })
            .collect()
    }
}

// The position at which the sum is when each index is at its last one. None of the extents is 0.
//
// It cannot overflow: there are fewer than 2³² summands, each less than 2⁹⁶.
#[inline]
fn reach(axis: &AffineAxis, extents: &[usize]) -> u128 {
    let last = |&(coefficient, index): &(u32, usize)| u128::from(coefficient) * (extents[index] as u128 - 1);
    axis.summands.iter().map(last).sum()
}

/// Whether a sum of `coefficient · position`, each below its extent, takes no value twice, as a number has one spelling if no
/// digit is too large: sorted by coefficient, each must be more than all smaller ones reach together.
pub(crate) fn is_distinct(summands: impl Iterator<Item = (u32, usize)>) -> bool {
    let mut digits: Vec<(u32, usize)> = Vec::new();
    for digit in summands.filter(|&(_, extent)| extent > 1) {
        digits.insert(digits.partition_point(|smaller| *smaller < digit), digit);
    }
    let mut reach = 0_u128;
    digits.into_iter().all(|(coefficient, extent)| {
        let is_larger = u128::from(coefficient) > reach;
        reach += u128::from(coefficient) * (extent as u128 - 1);
        is_larger
    })
}

/// An axis of an array of this rank; a negative one is counted from the end.
#[inline]
pub(crate) fn from_end(axis: isize, rank: usize) -> usize {
    if axis < 0 { rank.wrapping_add_signed(axis) } else { axis.unsigned_abs() }
}
