//! A call with its actual extents as a network of plain indices.
//!
//! From here on there are no labels, ellipses nor axes of extent 1: an operand that is broadcast along an index just does not have it, and
//! an index of extent 1 is nowhere.

use crate::extents::{Call, Term};
use alloc::vec::Vec;
use einsum_spec::spec::{Index, IndexId, Spec};

/// The index of each axis of each array of a call: the labels are numbered first, then the axes of the ellipsis.
pub(crate) struct Axes {
    pub(crate) operands: Vec<Vec<u16>>,
    pub(crate) output: Vec<u16>,
}

impl Axes {
    /// For operands of these ranks, and an ellipsis of so many axes.
    pub(crate) fn new(call: &Call, ranks: impl Iterator<Item = usize>, rest: usize) -> Axes {
        let labels = call.labels.len();
        let number = |index: usize| u16::try_from(index).expect("labels fit in 16 bits, and axes are fewer");
        let of = |term: &Term, rank: usize| -> Vec<u16> {
            let mut axes = Vec::with_capacity(rank);
            axes.extend(term.front.iter().map(|&index| number(index)));
            let between = rank - term.front.len() - term.back.len();
            // The ellipses of operands are aligned at their last axes.
            axes.extend((0..between).map(|n| number(labels + rest - between + n)));
            axes.extend(term.back.iter().map(|&index| number(index)));
            axes
        };
        let operands = call.operands.iter().zip(ranks).map(|(term, rank)| of(term, rank)).collect();
        let output = &call.output;
        let rank = output.front.len() + output.back.len() + if output.ellipsis { rest } else { 0 };
        Axes { operands, output: of(output, rank) }
    }

    /// The network of some of the operands.
    ///
    /// # Panics
    /// If an axis has an extent that is neither its index's nor 1.
    pub(crate) fn spec<'s>(
        &self,
        operands: &[u16],
        shapes: &dyn Fn(usize) -> &'s [usize],
        extents: &[usize],
    ) -> Spec {
        let term = |&n: &u16| {
            let n = usize::from(n);
            effective(&self.operands[n], shapes(n), extents)
        };
        let terms: Vec<Vec<IndexId>> = operands.iter().map(term).collect();
        let is_there = |id: &IndexId| terms.iter().any(|term| term.contains(id));
        let output = self.output.iter().map(|&index| IndexId(index)).filter(is_there).collect();
        // The planner asks for no names.
        Spec { indices: extents.iter().map(|_| Index::Label('?')).collect(), operands: terms, output }
    }
}

/// The indices that an array of this shape moves along, each once.
pub(crate) fn effective(axes: &[u16], shape: &[usize], extents: &[usize]) -> Vec<IndexId> {
    let mut term = Vec::with_capacity(axes.len());
    for (&index, &extent) in axes.iter().zip(shape) {
        assert!(
            extent == extents[usize::from(index)] || extent == 1,
            "an axis of another extent than its index"
        );
        if extent != 1 && !term.contains(&IndexId(index)) {
            term.push(IndexId(index));
        }
    }
    term
}
