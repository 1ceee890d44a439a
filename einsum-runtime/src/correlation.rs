//! The gradient of an operand that was read at sums `s·x + d·i`, as a contraction over `i`.
//!
//! Position `p` of the operand was read where `p = s·x + d·i`, so that its gradient is the sum over all `i` of the cotangent at
//! `x = (p - d·i) / s`, where that is an integer, times the other factors at `i`. The positions with `p = s·m + r` have the same `i`, every
//! few from a first one; written `i = first + step·t`, they are at `x = m - e - f·t`. So for each remainder `r`
//!
//! ```text
//! gradient[s·m + r] = Σ_t cotangent[m - e - f·t] · others[first + step·t]
//! ```
//!
//! which is a correlation like the forward one: of windows of the cotangent, with a margin of zeros, with the other factors backwards. (The
//! "full" correlation of the textbooks; the split by remainders is that of Lavin and Gray's sub-pixel convolution, so that no
//! multiplication is with a zero between positions.) It writes every element once, where adding up shifted views
//! ([`Parts`](crate::vjp::Parts)) reads and writes it once for each `i`.

use crate::{
    affine::{AffineCall, from_end},
    strided::affine::window_pairs,
};
use alloc::{vec, vec::Vec};
use core::ops::Range;
use ndarray::{Array, ArrayRef, ArrayView, ArrayViewMut, Axis, CowArray, Dimension, Slice};
use num_traits::Zero;

/// About so many bytes of cotangent with its margin are in memory at a time.
const MOST_BYTES: usize = 1 << 20;

/// Axes of an array with their indices; an axis is counted from the end where it is negative.
type Axes<'a> = &'a [(isize, usize)];

/// What is to be done for an operand.
pub struct Correlation<const L: usize> {
    pairs: Vec<Pair>,
    extents: [usize; L],
}

/// An affine axis.
struct Pair {
    /// The index `x`, which the cotangent has.
    moving: usize,
    /// The index `i`, which other factors have.
    window: usize,
    /// The coefficient `s`.
    stride: usize,
    /// The extent of the operand's axis.
    length: usize,
    /// Those that there is an `i` for.
    remainders: Vec<Remainder>,
    /// How long the margins of the cotangent are.
    margin: [usize; 2],
}

/// The positions of an operand's axis of one remainder by the stride.
#[derive(Clone, Copy)]
struct Remainder {
    remainder: usize,
    /// How many positions `m` there are.
    positions: usize,
    /// The first `i`, the distance to the next, and how many there are.
    first: usize,
    step: usize,
    count: usize,
    /// `e` and `f`.
    back: usize,
    spread: usize,
}

impl<const L: usize> Correlation<L> {
    /// For an operand of this shape; `roles` are the indices `x` and `i` of each of its affine axes, which have no others.
    ///
    /// # Panics
    /// If an affine axis has others.
    pub fn new(
        call: &AffineCall,
        operand: usize,
        shape: &[usize],
        roles: &[(usize, usize)],
        extents: [usize; L],
    ) -> Correlation<L> {
        let pairs = call.axes_of(operand).zip(roles).map(|(axis, &(moving, window))| {
            let coefficient = |index: usize| {
                let summand = axis.summands().iter().find(|&&(_, other)| other == index);
                summand.expect("the sum has this index").0 as usize
            };
            let length = shape[axis.axis(shape.len())];
            Pair::new(
                (moving, coefficient(moving), extents[moving]),
                (window, coefficient(window), extents[window]),
                length,
            )
        });
        Correlation { pairs: pairs.collect(), extents }
    }

    /// The extents of the gradient: those of the indices, and for each `x` that of the axis itself.
    pub fn extents(&self) -> [usize; L] {
        let mut extents = self.extents;
        for pair in &self.pairs {
            extents[pair.moving] = pair.length;
        }
        extents
    }

    /// The pieces in which the gradient is computed, such that the cotangent with its margins takes little memory in each: some positions of the
    /// index `batch` (without a meaning if there is no such index), and where one position is much, some of the first affine axis.
    pub fn pieces<T, D: Dimension>(&self, cotangent: &ArrayRef<T, D>, batch: Option<usize>) -> Vec<Piece> {
        let extent = batch.map_or(1, |batch| self.extents[batch]);
        let mut bytes = cotangent.len() / extent.max(1) * size_of::<T>();
        for pair in &self.pairs {
            let positions = self.extents[pair.moving].max(1);
            bytes = bytes / positions * (positions + pair.margin[0] + pair.margin[1]);
        }
        let size = (MOST_BYTES / bytes.max(1)).max(1);
        let all = self.pairs.first().map_or(1, Pair::positions);
        let rows =
            self.pairs.first().filter(|_| bytes > MOST_BYTES).map_or(all, |pair| pair.rows(bytes)).max(1);
        let batches = (0..extent).step_by(size).map(|start| start..(start + size).min(extent));
        let rows = (0..all).step_by(rows).map(|start| start..(start + rows).min(all));
        let pieces =
            batches.flat_map(|batch| rows.clone().map(move |rows| Piece { batch: batch.clone(), rows }));
        pieces.collect()
    }

    /// A piece of the cotangent with its margins of zeros.
    pub fn padded<'a, T: Clone + Zero, D: Dimension>(
        &self,
        cotangent: &'a ArrayRef<T, D>,
        axes: Axes<'_>,
        (batch, piece): (Option<usize>, &Piece),
    ) -> CowArray<'a, T, D> {
        let rank = cotangent.ndim();
        let mut view = cotangent.view();
        let mut shape = view.raw_dim();
        let mut starts = D::zeros(rank);
        for &(axis, index) in axes {
            let axis = from_end(axis, rank);
            if Some(index) == batch {
                view.slice_axis_inplace(Axis(axis), Slice::from(piece.batch.clone()));
                shape[axis] = piece.batch.len();
            }
            if let Some((n, pair)) = self.pairs.iter().enumerate().find(|(_, pair)| pair.moving == index) {
                // Of the positions with their margins, those that this piece reads.
                let read =
                    if n == 0 { piece.read(pair) } else { 0..shape[axis] + pair.margin[0] + pair.margin[1] };
                let inside = |at: usize| at.saturating_sub(pair.margin[0]).min(shape[axis]);
                let there = inside(read.start)..inside(read.end);
                starts[axis] = there.start + pair.margin[0] - read.start.min(there.start + pair.margin[0]);
                view.slice_axis_inplace(Axis(axis), Slice::from(there));
                shape[axis] = read.len();
            }
        }
        if shape == view.raw_dim() {
            return view.into();
        }
        let mut padded = Array::zeros(shape);
        let mut inside = padded.view_mut();
        for axis in 0..rank {
            let (start, count) = (starts[axis], view.shape()[axis]);
            inside.slice_axis_inplace(Axis(axis), Slice::from(start..start + count));
        }
        inside.assign(&view);
        padded.into()
    }

    /// One part for each combination of remainders that has positions in a piece.
    pub fn parts<'c>(&'c self, piece: &'c Piece) -> Vec<RemainderPart<'c, L>> {
        let mut parts = vec![RemainderPart { correlation: self, piece, remainders: Vec::new() }];
        for (n, pair) in self.pairs.iter().enumerate() {
            let longer = parts.iter().flat_map(|part| {
                let there = pair.remainders.iter().filter(|part| n > 0 || part.positions > piece.rows.start);
                there.map(|&remainder| {
                    let mut remainders = part.remainders.clone();
                    remainders.push(remainder);
                    RemainderPart { correlation: self, piece, remainders }
                })
            });
            parts = longer.collect();
        }
        parts
    }
}

/// A piece of the gradient.
pub struct Piece {
    /// Positions of the index that is cut, without a meaning if there is none.
    batch: Range<usize>,
    /// Positions `m` of the first affine axis, for each remainder as far as it has them.
    rows: Range<usize>,
}

impl Piece {
    /// What is read of the cotangent with its margins along the first affine axis.
    fn read(&self, pair: &Pair) -> Range<usize> {
        self.rows.start..self.rows.end + pair.margin[0]
    }
}

impl Pair {
    /// The most positions `m` of any remainder.
    fn positions(&self) -> usize {
        self.remainders.iter().map(|part| part.positions).max().unwrap_or(0)
    }

    /// How many positions `m` a piece has, if those of all take so many bytes of the cotangent.
    fn rows(&self, bytes: usize) -> usize {
        let fit = MOST_BYTES / bytes.div_ceil(self.positions().max(1)).max(1);
        // Not much less than what is read besides.
        fit.saturating_sub(self.margin[0]).max(self.margin[0])
    }

    fn new(
        (moving, stride, positions): (usize, usize, usize),
        (window, dilation, extent): (usize, usize, usize),
        length: usize,
    ) -> Pair {
        let mut remainders = Vec::new();
        // The remainders of d·i repeat.
        let step = (1..=stride).find(|step| dilation * step % stride == 0).unwrap_or(stride);
        for first in 0..step.min(extent) {
            let remainder = dilation * first % stride;
            if remainder < length && positions > 0 {
                remainders.push(Remainder {
                    remainder,
                    positions: (length - remainder).div_ceil(stride),
                    first,
                    step,
                    count: (extent - first).div_ceil(step),
                    back: (dilation * first - remainder) / stride,
                    spread: dilation * step / stride,
                });
            }
        }
        let before = remainders.iter().map(|part| part.back + part.spread * (part.count - 1));
        let behind = remainders.iter().map(|part| part.positions.saturating_sub(part.back + positions));
        let margin = [before.max().unwrap_or(0), behind.max().unwrap_or(0)];
        Pair { moving, window, stride, length, remainders, margin }
    }
}

/// The positions of an operand in a piece of one remainder along each of its affine axes.
pub struct RemainderPart<'c, const L: usize> {
    correlation: &'c Correlation<L>,
    piece: &'c Piece,
    remainders: Vec<Remainder>,
}

impl<const L: usize> RemainderPart<'_, L> {
    fn pairs(&self) -> impl Iterator<Item = (&Pair, &Remainder)> {
        self.correlation.pairs.iter().zip(&self.remainders)
    }

    /// The positions `m` of this part along the affine axis of an index `x`, and what belongs to it.
    fn moving(&self, index: usize) -> Option<(&Pair, &Remainder, Range<usize>)> {
        let (n, (pair, part)) = self.pairs().enumerate().find(|(_, (pair, _))| pair.moving == index)?;
        let positions = match n {
            0 => self.piece.rows.start..part.positions.min(self.piece.rows.end),
            _ => 0..part.positions,
        };
        Some((pair, part, positions))
    }

    /// The windows of the cotangent with its margins: each `x` is followed by an axis for its `i`.
    ///
    /// # Panics
    /// If `F` is of another rank.
    pub fn windows<'a, T, D: Dimension, F: Dimension>(
        &self,
        padded: &'a ArrayRef<T, D>,
        axes: Axes<'_>,
    ) -> ArrayView<'a, T, F> {
        let rank = padded.ndim();
        let mut view = padded.view();
        let mut windows = vec![None; rank];
        for &(axis, index) in axes {
            let axis = from_end(axis, rank);
            if let Some((pair, part, positions)) = self.moving(index) {
                let start = pair.margin[0] - part.back - part.spread * (part.count - 1);
                view.slice_axis_inplace(Axis(axis), Slice::from(start..));
                windows[axis] = Some((positions.len(), part.spread, part.count));
            }
        }
        window_pairs(view, &windows)
    }

    /// The places of another factor that belong to these positions, backwards.
    pub fn of<'a, T, D: Dimension>(
        &self,
        mut view: ArrayView<'a, T, D>,
        axes: Axes<'_>,
    ) -> ArrayView<'a, T, D> {
        for &(axis, index) in axes {
            let axis = from_end(axis, view.ndim());
            // An axis that is broadcast has one place for all positions.
            if view.shape()[axis] == 1 && self.correlation.extents[index] > 1 {
                continue;
            }
            if let Some((_, part)) = self.pairs().find(|(pair, _)| pair.window == index) {
                let step = part.step as isize;
                view.slice_axis_inplace(Axis(axis), Slice::new(part.first as isize, None, step));
                view.invert_axis(Axis(axis));
            }
        }
        view
    }

    /// These positions of the gradient.
    pub fn target<'a, T, D: Dimension>(
        &self,
        mut view: ArrayViewMut<'a, T, D>,
        axes: Axes<'_>,
        batch: Option<usize>,
    ) -> ArrayViewMut<'a, T, D> {
        for &(axis, index) in axes {
            let axis = Axis(from_end(axis, view.ndim()));
            if Some(index) == batch {
                view.slice_axis_inplace(axis, Slice::from(self.piece.batch.clone()));
            }
            if let Some((pair, part, positions)) = self.moving(index) {
                let place = |m: usize| part.remainder + m * pair.stride;
                let (start, end) = (place(positions.start), place(positions.end - 1) + 1);
                view.slice_axis_inplace(
                    axis,
                    Slice::new(start as isize, Some(end as isize), pair.stride as isize),
                );
            }
        }
        view
    }
}
