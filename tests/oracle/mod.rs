//! The oracle: an einsum as slow and as obvious as can be.
//!
//! It interprets the spec over the whole index space, one position after the other, and knows nothing of steps,
//! loops, strides or kernels. An extent of 1 is read at position 0; the ellipsis is as many indices as it has axes.

use einsum_spec::{
    check::check,
    parse::parse,
    spec::{Index, IndexId, Spec, Term},
};
use ndarray::{ArrayD, ArrayViewD, Dimension, IxDyn};
use num_traits::Zero;
use std::ops::Mul;

/// An index of the index space: one per label, one per axis of the ellipsis (counted from the right).
#[derive(Clone, Copy, PartialEq, Eq)]
enum Key {
    Label(IndexId),
    Rest(usize),
}

/// The result of subscripts on arrays, which must fit.
pub(crate) fn evaluate<T: Clone + Zero + Mul<Output = T>>(
    subscripts: &str,
    operands: &[ArrayViewD<'_, T>],
) -> ArrayD<T> {
    let spec = spec_of(subscripts, operands.len());
    let rest = spec
        .operands
        .iter()
        .zip(operands)
        .filter(|(term, _)| term.iter().any(|&id| spec.is_ellipsis(id)))
        .map(|(term, array)| array.ndim() + 1 - term.len())
        .max()
        .unwrap_or(0);
    let terms: Vec<Vec<Key>> =
        spec.operands.iter().zip(operands).map(|(term, array)| keys(&spec, term, array.ndim())).collect();
    let labelled = spec.output.iter().filter(|&&id| !spec.is_ellipsis(id)).count();
    let has_rest = labelled != spec.output.len();
    let output = keys(&spec, &spec.output, labelled + if has_rest { rest } else { 0 });

    let mut space = output.clone();
    for &key in terms.iter().flatten() {
        if !space.contains(&key) {
            space.push(key);
        }
    }
    let extents: Vec<usize> = space.iter().map(|&key| extent(key, &terms, operands)).collect();
    // Where each axis of an operand is read: at the position of its index, or at 0.
    let place = |key: &Key| space.iter().position(|other| other == key).expect("every key is in the space");
    let reads: Vec<Vec<Option<usize>>> = terms
        .iter()
        .zip(operands)
        .map(|(term, array)| {
            let axes = term.iter().zip(array.shape());
            axes.map(|(key, &extent)| (extent != 1).then(|| place(key))).collect()
        })
        .collect();
    let mut result = ArrayD::zeros(IxDyn(&extents[..output.len()]));
    for position in ndarray::indices(IxDyn(&extents)) {
        let product = reads.iter().zip(operands).map(|(reads, array)| {
            let index: Vec<usize> = reads.iter().map(|read| read.map_or(0, |read| position[read])).collect();
            array[IxDyn(&index)].clone()
        });
        let product = product.reduce(|a, b| a * b).expect("an einsum has an operand");
        let place: &mut T = &mut result[IxDyn(&position.slice()[..output.len()])];
        *place = place.clone() + product;
    }
    result
}

fn spec_of(subscripts: &str, operands: usize) -> Spec {
    let (ast, report) = parse(subscripts);
    check(&ast, operands, report).unwrap_or_else(|report| {
        let messages: Vec<String> =
            report.into_diagnostics(subscripts).iter().map(ToString::to_string).collect();
        panic!("{}", messages.join("\n"))
    })
}

// What each axis of an array of this rank is indexed by.
fn keys(spec: &Spec, term: &Term, rank: usize) -> Vec<Key> {
    let rest = (rank + 1).saturating_sub(term.len());
    let of = |&id: &IndexId| match spec.index(id) {
        Index::Label(_) => vec![Key::Label(id)],
        Index::Ellipsis => (0..rest).rev().map(Key::Rest).collect(),
    };
    term.iter().flat_map(of).collect()
}

// The extent of an index: that of the axes which have it, where 1 gives way.
fn extent<T>(key: Key, terms: &[Vec<Key>], operands: &[ArrayViewD<'_, T>]) -> usize {
    let axes = terms.iter().zip(operands).flat_map(|(term, array)| term.iter().zip(array.shape()));
    axes.filter(|&(&other, _)| other == key)
        .map(|(_, &extent)| extent)
        .find(|&extent| extent != 1)
        .unwrap_or(1)
}
