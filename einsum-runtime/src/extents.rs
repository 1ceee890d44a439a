//! Agreement on the extent of every index, before anything is computed.
//!
//! An index has one extent in all arrays of a call; extent 1 gives way to any other, except on a diagonal and in the
//! output. The macro describes the call by a constant [`Call`]; the shapes come with the views.

use crate::{
    affine::AFFINE,
    error::{ArrayRole, EinsumError, EinsumErrorKind, Place},
    rank::Rest,
};
use alloc::{vec, vec::Vec};
use ndarray::{ArrayRef, Dimension};

/// What the text of a call says about the axes of its arrays. Indices are positions in `labels`.
#[derive(Debug)]
pub struct Call {
    pub(crate) subscripts: &'static str,
    pub(crate) labels: &'static [char],
    pub(crate) operands: &'static [Term],
    pub(crate) output: Term,
}

/// The indices of the axes of an array.
#[derive(Debug)]
pub struct Term {
    /// Those of the first axes.
    pub(crate) front: &'static [usize],
    /// Whether an ellipsis takes the axes between.
    pub(crate) ellipsis: bool,
    /// Those of the last axes.
    pub(crate) back: &'static [usize],
    /// Whether an index is repeated.
    diagonal: bool,
}

/// The extents of a call: one per label, and those of the ellipsis.
pub type Extents<const L: usize, E> = ([usize; L], E);

impl Call {
    /// The subscripts, for messages; the names of the indices; one term per operand; the term of the output.
    pub const fn new(
        subscripts: &'static str,
        labels: &'static [char],
        operands: &'static [Term],
        output: Term,
    ) -> Call {
        Call { subscripts, labels, operands, output }
    }

    /// The extents on which the operands agree, where there is an ellipsis: else the macro compares them itself, with [`agree`] and
    /// [`fits`].
    ///
    /// # Errors
    /// A wrong rank, or two extents for one index.
    #[inline]
    pub fn agree<const L: usize, E: Dimension>(
        &self,
        shapes: &[&[usize]],
        _rest: Rest<E>,
    ) -> Result<Extents<L, E>, EinsumError> {
        self.check_ranks(shapes)?;
        let mut extents = [1; L];
        let mut rest = E::zeros(E::NDIM.unwrap_or_else(|| self.widest_ellipsis(shapes)));
        rest.slice_mut().fill(1);
        self.agree_on(shapes, &mut extents, rest.slice_mut())?;
        Ok((extents, rest))
    }

    /// The extents on which the operands and the array to be written agree. An index that has extent 1 in
    /// all operands is broadcast into a longer output, as in NumPy.
    ///
    /// # Errors
    /// A wrong rank, or two extents for one index.
    #[inline]
    pub fn agree_with_output<const L: usize, E: Dimension>(
        &self,
        shapes: &[&[usize]],
        output: &[usize],
        rest: Rest<E>,
    ) -> Result<Extents<L, E>, EinsumError> {
        let (mut extents, mut rest) = self.agree::<L, E>(shapes, rest)?;
        self.agree_on_output(shapes, output, &mut extents, rest.slice_mut())?;
        Ok((extents, rest))
    }

    /// Why arrays without an ellipsis do not agree.
    ///
    /// # Panics
    /// If they do.
    #[cold]
    pub fn disagreement(&self, shapes: &[&[usize]], output: Option<&[usize]>) -> EinsumError {
        let mut extents = vec![1; self.labels.len()];
        let result = self
            .check_ranks(shapes)
            .and_then(|()| self.agree_on(shapes, &mut extents, &mut []))
            .and_then(|()| {
                output.map_or(Ok(()), |output| self.agree_on_output(shapes, output, &mut extents, &mut []))
            });
        result.expect_err("the macro has found a wrong rank, or two extents for one index")
    }

    /// The same where no type says how many labels and axes of the ellipsis there are.
    ///
    /// # Errors
    /// A wrong rank, or two extents for one index.
    pub(crate) fn agree_on_any(&self, shapes: &[&[usize]]) -> Result<(Vec<usize>, Vec<usize>), EinsumError> {
        self.check_ranks(shapes)?;
        let (mut extents, mut rest) = (vec![1; self.labels.len()], vec![1; self.widest_ellipsis(shapes)]);
        self.agree_on(shapes, &mut extents, &mut rest)?;
        Ok((extents, rest))
    }

    // Broadcasts the shapes, of the right ranks, into extents that are all one.
    fn agree_on(
        &self,
        shapes: &[&[usize]],
        extents: &mut [usize],
        rest: &mut [usize],
    ) -> Result<(), EinsumError> {
        for (term, shape) in self.operands.iter().zip(shapes) {
            for (axis, index) in term.labelled(shape.len()) {
                if !broadcast(&mut extents[index], shape[axis]) {
                    return Err(self.extent_mismatch(shapes, index));
                }
            }
            if term.diagonal && !term.is_square(shape) {
                return Err(self.diagonal_mismatch(shapes));
            }
            let axes = &shape[term.rest(shape.len())];
            for (extent, &axis) in rest.iter_mut().rev().zip(axes.iter().rev()) {
                if !broadcast(extent, axis) {
                    return Err(self.ellipsis_mismatch(shapes));
                }
            }
        }
        Ok(())
    }

    // The same for the array to be written, which is not broadcast itself.
    fn agree_on_output(
        &self,
        shapes: &[&[usize]],
        output: &[usize],
        extents: &mut [usize],
        rest: &mut [usize],
    ) -> Result<(), EinsumError> {
        self.check_output_rank(output, rest.len())?;
        for (axis, index) in self.output.labelled(output.len()) {
            if !broadcast(&mut extents[index], output[axis]) || extents[index] != output[axis] {
                return Err(self.output_mismatch(shapes, index, axis, output));
            }
        }
        let axes = self.output.rest(output.len());
        for (n, axis) in axes.enumerate() {
            let extent = &mut rest[n];
            if !broadcast(extent, output[axis]) || *extent != output[axis] {
                return Err(self.ellipsis_output_mismatch(shapes, n, axis, output));
            }
        }
        Ok(())
    }

    /// An error unless an array of this shape can be allocated.
    ///
    /// # Errors
    /// If its elements, or its bytes, are more than `isize::MAX`.
    #[inline(always)]
    pub fn check_size<T>(&self, shape: &[usize]) -> Result<(), EinsumError> {
        // The bytes, or more where an extent is zero.
        let mut bytes = Some(size_of::<T>().max(1));
        for &extent in shape {
            bytes = bytes.and_then(|bytes| bytes.checked_mul(extent.max(1)));
        }
        match bytes {
            Some(bytes) if bytes <= isize::MAX as usize => Ok(()),
            _ => self.check_large_size(shape),
        }
    }

    // An array with an extent of zero needs no memory, but ndarray counts its other axes all the same.
    #[cold]
    fn check_large_size(&self, shape: &[usize]) -> Result<(), EinsumError> {
        let mut others = shape.iter().filter(|&&extent| extent != 0);
        let count = others.try_fold(1_usize, |n, &extent| n.checked_mul(extent));
        match count {
            Some(count) if shape.contains(&0) && isize::try_from(count).is_ok() => Ok(()),
            _ => Err(self.error(EinsumErrorKind::TooLarge { shape: shape.into() })),
        }
    }

    /// The axis of an array with the output's term that an axis of the only operand becomes.
    pub(crate) fn output_axis(&self, axis: usize, rank: usize, output_rank: usize) -> usize {
        let operand = &self.operands[0];
        match operand.labelled(rank).find(|&(other, _)| other == axis) {
            Some((_, index)) => {
                let found = self.output.labelled(output_rank).find(|&(_, other)| other == index);
                found.expect("a view sums over no index").0
            }
            None => axis - operand.front.len() + self.output.front.len(),
        }
    }

    /// What names an index.
    pub(crate) fn label(&self, index: usize) -> char {
        self.labels[index]
    }

    #[inline]
    fn check_ranks(&self, shapes: &[&[usize]]) -> Result<(), EinsumError> {
        for (position, (term, shape)) in self.operands.iter().zip(shapes).enumerate() {
            if !term.fits(shape.len()) {
                return Err(self.rank_mismatch(ArrayRole::Operand(position), term, shape.len()));
            }
        }
        Ok(())
    }

    // The ellipsis of the output is that of the operands, however few axes the output would leave for it.
    #[inline]
    fn check_output_rank(&self, output: &[usize], rest: usize) -> Result<(), EinsumError> {
        let wanted = self.output.labels() + if self.output.ellipsis { rest } else { 0 };
        if output.len() == wanted {
            Ok(())
        } else {
            Err(self.error(EinsumErrorKind::OutputRank { axes: output.len(), wanted }))
        }
    }

    #[inline]
    fn widest_ellipsis(&self, shapes: &[&[usize]]) -> usize {
        let ranks = self.operands.iter().zip(shapes).map(|(term, shape)| term.rest(shape.len()).len());
        ranks.max().unwrap_or(0)
    }
}

/// The cold half: what to say.
impl Call {
    #[cold]
    pub(crate) fn error(&self, kind: EinsumErrorKind) -> EinsumError {
        EinsumError { subscripts: Some(self.subscripts), kind }
    }

    #[cold]
    fn rank_mismatch(&self, array: ArrayRole, term: &Term, axes: usize) -> EinsumError {
        let (labels, ellipsis) = (term.labels(), term.ellipsis);
        self.error(EinsumErrorKind::RankMismatch { array, axes, labels, ellipsis })
    }

    // The first place whose extent is not 1, and the first that disagrees with it.
    #[cold]
    fn extent_mismatch(&self, shapes: &[&[usize]], index: usize) -> EinsumError {
        let label = self.labels[index];
        let mut places = self.places(shapes, index).filter(|place| place.extent != 1);
        let first = places.next().expect("a mismatch has two places");
        let second = places.find(|place| place.extent != first.extent).expect("a mismatch has two places");
        self.error(EinsumErrorKind::ExtentMismatch { label, first, second })
    }

    #[cold]
    fn diagonal_mismatch(&self, shapes: &[&[usize]]) -> EinsumError {
        for (index, &label) in self.labels.iter().enumerate() {
            for role in (0..shapes.len()).map(ArrayRole::Operand) {
                let mut places = self.places(shapes, index).filter(|place| place.array == role);
                let Some(first) = places.next() else { continue };
                if let Some(second) = places.find(|place| place.extent != first.extent) {
                    return self.error(EinsumErrorKind::ExtentMismatch { label, first, second });
                }
            }
        }
        unreachable!("`is_square` has found an index with two extents in one operand")
    }

    #[cold]
    fn output_mismatch(
        &self,
        shapes: &[&[usize]],
        index: usize,
        axis: usize,
        output: &[usize],
    ) -> EinsumError {
        let label = self.labels[index];
        let second = Place { array: ArrayRole::Output, axis, extent: output[axis] };
        let mut places = self.places(shapes, index);
        let first = places.find(|place| place.extent != 1).expect("extent 1 agrees with every output");
        self.error(EinsumErrorKind::ExtentMismatch { label, first, second })
    }

    #[cold]
    fn ellipsis_mismatch(&self, shapes: &[&[usize]]) -> EinsumError {
        for from_right in 1..=self.widest_ellipsis(shapes) {
            let mut places = self.ellipsis_places(shapes, from_right).filter(|place| place.extent != 1);
            let Some(first) = places.next() else { continue };
            if let Some(second) = places.find(|place| place.extent != first.extent) {
                return self.error(EinsumErrorKind::EllipsisMismatch { first, second });
            }
        }
        unreachable!("an axis of the ellipsis has been found to have two extents")
    }

    #[cold]
    fn ellipsis_output_mismatch(
        &self,
        shapes: &[&[usize]],
        n: usize,
        axis: usize,
        output: &[usize],
    ) -> EinsumError {
        let second = Place { array: ArrayRole::Output, axis, extent: output[axis] };
        let mut places = self.ellipsis_places(shapes, self.widest_ellipsis(shapes) - n);
        let first = places.find(|place| place.extent != 1).expect("extent 1 agrees with every output");
        self.error(EinsumErrorKind::EllipsisMismatch { first, second })
    }

    // Every axis of the operands that has this index.
    fn places<'s>(&'s self, shapes: &'s [&[usize]], index: usize) -> impl Iterator<Item = Place> + 's {
        self.operands.iter().zip(shapes).enumerate().flat_map(move |(position, (term, shape))| {
            let axes = term.labelled(shape.len()).filter(move |&(_, other)| other == index);
            axes.map(move |(axis, _)| Place {
                array: ArrayRole::Operand(position),
                axis,
                extent: shape[axis],
            })
        })
    }

    // Every axis of the operands that is this one of the ellipsis, counted from the right, from 1.
    fn ellipsis_places<'s>(
        &'s self,
        shapes: &'s [&[usize]],
        from_right: usize,
    ) -> impl Iterator<Item = Place> + 's {
        self.operands.iter().zip(shapes).enumerate().filter_map(move |(position, (term, shape))| {
            let axis = term.rest(shape.len()).rev().nth(from_right - 1)?;
            Some(Place { array: ArrayRole::Operand(position), axis, extent: shape[axis] })
        })
    }
}

impl Term {
    /// A label on every axis.
    pub const fn new(labels: &'static [usize]) -> Term {
        Term { front: labels, ellipsis: false, back: &[], diagonal: repeats(labels, &[]) }
    }

    /// Labels on the first and the last axes, and an ellipsis for those between.
    pub const fn with_ellipsis(front: &'static [usize], back: &'static [usize]) -> Term {
        Term { front, ellipsis: true, back, diagonal: repeats(front, back) }
    }

    fn labels(&self) -> usize {
        self.front.len() + self.back.len()
    }

    #[inline]
    fn fits(&self, rank: usize) -> bool {
        if self.ellipsis { rank >= self.labels() } else { rank == self.labels() }
    }

    /// The axes that have a label, with their indices, in an array of this rank. Affine axes have none.
    #[inline]
    fn labelled(&self, rank: usize) -> impl Iterator<Item = (usize, usize)> {
        let front = self.front.iter().copied().enumerate();
        let back = (rank - self.back.len()..).zip(self.back.iter().copied());
        front.chain(back).filter(|&(_, index)| index != AFFINE)
    }

    /// The axes of the ellipsis in an array of this rank.
    #[inline]
    fn rest(&self, rank: usize) -> core::ops::Range<usize> {
        // Without an ellipsis the rank is that of the labels, and the range is empty.
        self.front.len()..rank - self.back.len()
    }

    /// Whether axes of one index have one extent. No broadcasting here.
    fn is_square(&self, shape: &[usize]) -> bool {
        self.labelled(shape.len()).all(|(axis, index)| {
            let mut same = self.labelled(shape.len()).filter(|&(_, other)| other == index);
            same.all(|(other, _)| shape[other] == shape[axis])
        })
    }
}

// Whether two of these are equal. (No iterators: it runs while the caller is compiled.)
const fn repeats(front: &[usize], back: &[usize]) -> bool {
    let count = front.len() + back.len();
    let mut n = 0;
    while n < count {
        let mut m = 0;
        while m < n {
            let one = if n < front.len() { front[n] } else { back[n - front.len()] };
            let other = if m < front.len() { front[m] } else { back[m - front.len()] };
            if one == other && one != AFFINE {
                return true;
            }
            m += 1;
        }
        n += 1;
    }
    false
}

/// The extents of an array whose term has `N` labels and no ellipsis, or nothing if its rank is another.
#[inline(always)]
pub fn extents<A, D: Dimension, const N: usize>(array: &ArrayRef<A, D>) -> Option<[usize; N]> {
    array.shape().try_into().ok()
}

/// Whether the axes of an index have one extent, but for those of extent 1.
#[inline(always)]
pub fn agree<const N: usize>(axes: [usize; N]) -> bool {
    fits(axes, agreed(axes))
}

/// The extent on which these axes agree.
#[inline(always)]
pub fn agreed<const N: usize>(axes: [usize; N]) -> usize {
    let mut agreed = 1;
    for extent in axes {
        agreed = if agreed == 1 { extent } else { agreed };
    }
    agreed
}

/// Whether the axes of an index can be broadcast to this extent.
#[inline(always)]
pub fn fits<const N: usize>(axes: [usize; N], extent: usize) -> bool {
    let mut fits = true;
    for axis in axes {
        fits &= axis == extent || axis == 1;
    }
    fits
}

// Lets an extent agree with another one, if it can.
fn broadcast(agreed: &mut usize, extent: usize) -> bool {
    if *agreed == 1 {
        *agreed = extent;
    }
    *agreed == extent || extent == 1
}
