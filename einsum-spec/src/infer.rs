//! Which indices of affine axes have their extents from the call, and which are inferred from the axes.

use crate::ast::{AxisKind, Subscripts, Summand};
use alloc::vec::Vec;

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
    let output = subscripts.output.iter().filter(|_| given.output);
    let axes = subscripts.terms.iter().chain(output).flat_map(|term| &term.axes);
    let plain = axes.filter_map(|axis| match axis.kind {
        AxisKind::Label(label) => Some(label),
        AxisKind::Ellipsis | AxisKind::Affine(_) => None,
    });
    plain.chain(given.labels.iter().copied()).collect()
}
