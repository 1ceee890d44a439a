//! Which indices of affine axes have their extents from the call, and which are inferred from the axes.

use crate::ast::{AxisKind, Subscripts, Summand};
use alloc::{
    collections::{BTreeMap, BTreeSet},
    vec::Vec,
};

/// What gives indices an extent, besides the operands' plain axes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Given {
    /// The result goes into an array that exists.
    pub output: bool,
    /// These labels are given their extents by the call.
    pub labels: Vec<char>,
}

/// What the extents of affine axes say about labels.
pub(crate) struct Inferred {
    /// The labels that are inferred, each with the affine axes (counted through all terms) that it is inferred from.
    pub(crate) labels: Vec<(char, Vec<usize>)>,
    /// All labels that have an extent in the end.
    pub(crate) known: BTreeSet<char>,
}

/// Infers extents: of the first affine axis in the text that has one open label only, again and again.
pub(crate) fn infer(subscripts: &Subscripts, given: &Given) -> Inferred {
    let mut known = labels_with_extent(subscripts, given);
    // For each label the affine axes that it is in, once for each time; for each of these how many of its labels are open.
    let mut sums_of: BTreeMap<char, Vec<usize>> = BTreeMap::new();
    let mut open: Vec<usize> = Vec::new();
    for (n, sum) in sums(subscripts).enumerate() {
        let labels = || sum.iter().map(|summand| summand.label).filter(|label| !known.contains(label));
        labels().for_each(|label| sums_of.entry(label).or_default().push(n));
        open.push(labels().count());
    }
    let mut ready: BTreeSet<usize> = (0..open.len()).filter(|&n| open[n] == 1).collect();
    let all: Vec<&[Summand]> = sums(subscripts).collect();
    let mut inferred = Vec::new();
    while let Some(n) = ready.pop_first() {
        let Some(label) = all[n].iter().map(|summand| summand.label).find(|label| !known.contains(label))
        else {
            continue;
        };
        known.insert(label);
        let sums = sums_of.remove(&label).unwrap_or_default();
        inferred.push((label, sums.iter().copied().filter(|&n| open[n] == 1).collect()));
        for n in sums {
            open[n] -= 1;
            match open[n] {
                1 => ready.insert(n),
                _ => ready.remove(&n),
            };
        }
    }
    Inferred { labels: inferred, known }
}

/// The affine axes of the operands.
pub(crate) fn sums(subscripts: &Subscripts) -> impl Iterator<Item = &[Summand]> {
    subscripts.terms.iter().flat_map(|term| &term.axes).filter_map(|axis| match &axis.kind {
        AxisKind::Affine(summands) => Some(&summands[..]),
        AxisKind::Label(_) | AxisKind::Ellipsis => None,
    })
}

/// The labels whose extent an array of the call has, or the call itself.
pub(crate) fn labels_with_extent(subscripts: &Subscripts, given: &Given) -> BTreeSet<char> {
    let output = if given.output { subscripts.output_labels() } else { Vec::new() };
    let axes = subscripts.terms.iter().flat_map(|term| &term.axes);
    let plain = axes.filter_map(|axis| match axis.kind {
        AxisKind::Label(label) => Some(label),
        AxisKind::Ellipsis | AxisKind::Affine(_) => None,
    });
    plain.chain(output).chain(given.labels.iter().copied()).collect()
}
