//! Affine axes: operand axes that are read at a sum of indices, such as `(2x+3i)`.
//!
//! After [`check`](crate::check) a term has one axis for each summand, as if the operand were a view of its windows,
//! and what is left to say is here: which of these axes are one axis of the operand, and which extents are inferred.
//! So the stages behind `check`, which know only indices, need not know of affine axes.

use crate::{
    ast::{AxisKind, Subscripts, Summand},
    spec::{IndexId, OperandId},
};
use alloc::vec::Vec;

/// The affine axes of a call. Empty for most calls.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Affine {
    /// All of them: by operand, then in the order of the term.
    pub axes: Vec<AffineAxis>,
    /// The indices whose extent is the largest that fits, in an order in which each can be inferred after those before it.
    pub inferred: Vec<Inference>,
}

/// One axis of an operand, read at the sum of `coefficient · position` over consecutive indices of its term.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AffineAxis {
    /// Whose axis it is.
    pub operand: OperandId,
    /// The place of the first summand's index in the term.
    pub at: usize,
    /// One for each summand.
    pub coefficients: Vec<u32>,
}

/// An index that has its extent from affine axes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Inference {
    /// Which index.
    pub index: IndexId,
    /// The affine axes, as positions in [`Affine::axes`], in which it is the only index whose extent is not known before.
    pub from: Vec<usize>,
}

impl Affine {
    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.axes.is_empty()
    }

    /// Those of an operand.
    pub fn of(&self, operand: OperandId) -> impl Iterator<Item = &AffineAxis> {
        self.axes.iter().filter(move |axis| axis.operand == operand)
    }

    /// How many axes more an operand's term has than the operand itself.
    pub fn surplus(&self, operand: OperandId) -> usize {
        self.of(operand).map(|axis| axis.coefficients.len() - 1).sum()
    }
}

/// What gives indices an extent, besides the operands' plain axes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Given {
    /// The result goes into an array that exists.
    pub output: bool,
    /// These labels are given their extents by the call.
    pub labels: Vec<char>,
}

/// The labels that are inferred, each with the affine axes (counted through all terms) that it is inferred from; and the affine
/// axes that leave more than one label open.
pub(crate) fn infer(subscripts: &Subscripts, given: &Given) -> (Vec<(char, Vec<usize>)>, Vec<usize>) {
    let sums: Vec<Vec<char>> =
        sums(subscripts).map(|sum| sum.iter().map(|summand| summand.label).collect()).collect();
    let mut known = labels_with_extent(subscripts, given);
    let mut inferred = Vec::new();
    while let Some(label) = sums.iter().find_map(|sum| only_open(sum, &known)) {
        let from = (0..sums.len()).filter(|&n| only_open(&sums[n], &known) == Some(label)).collect();
        inferred.push((label, from));
        known.push(label);
    }
    let open = (0..sums.len()).filter(|&n| sums[n].iter().any(|label| !known.contains(label)));
    let open = open.collect();
    (inferred, open)
}

/// The affine axes of the operands.
pub(crate) fn sums(subscripts: &Subscripts) -> impl Iterator<Item = &[Summand]> {
    subscripts.terms.iter().flat_map(|term| &term.axes).filter_map(|axis| match &axis.kind {
        AxisKind::Affine(summands) => Some(&summands[..]),
        AxisKind::Label(_) | AxisKind::Ellipsis => None,
    })
}

// The label of a sum that has no extent yet, if there is but one.
fn only_open(sum: &[char], known: &[char]) -> Option<char> {
    let mut open = sum.iter().copied().filter(|label| !known.contains(label));
    open.next().filter(|_| open.next().is_none())
}

/// The labels whose extent an array of the call has, or the call itself.
pub(crate) fn labels_with_extent(subscripts: &Subscripts, given: &Given) -> Vec<char> {
    let output = if given.output { subscripts.output_labels() } else { Vec::new() };
    let axes = subscripts.terms.iter().flat_map(|term| &term.axes);
    let plain = axes.filter_map(|axis| match axis.kind {
        AxisKind::Label(label) => Some(label),
        AxisKind::Ellipsis | AxisKind::Affine(_) => None,
    });
    plain.chain(output).chain(given.labels.iter().copied()).collect()
}
