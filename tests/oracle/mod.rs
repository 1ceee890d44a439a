//! The oracle: an einsum as slow and as obvious as can be.
//!
//! It interprets the spec over the whole index space, one position after the other, and knows nothing of steps,
//! loops, strides or kernels. An extent of 1 is read at position 0; the ellipsis is as many indices as it has axes. An affine
//! axis is read at its sum, and the extent that it leaves open is found by counting up.

use einsum_spec::{
    check::check_given,
    infer::Given,
    parse::parse,
    spec::{Index, IndexId, OperandId, Spec},
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

/// An axis of an operand: the indices that its position is a sum of, with their coefficients.
#[derive(Clone)]
struct Axis {
    sum: Vec<(usize, Key)>,
    affine: bool,
}

/// The result of subscripts on arrays, which must fit.
#[allow(dead_code, reason = "not every test needs both functions")]
pub(crate) fn evaluate<T: Clone + Zero + Mul<Output = T>>(
    subscripts: &str,
    operands: &[ArrayViewD<'_, T>],
) -> ArrayD<T> {
    evaluate_given(subscripts, operands, &[])
}

/// The same where indices have these extents from elsewhere.
pub(crate) fn evaluate_given<T: Clone + Zero + Mul<Output = T>>(
    subscripts: &str,
    operands: &[ArrayViewD<'_, T>],
    given: &[(char, usize)],
) -> ArrayD<T> {
    let shapes: Vec<&[usize]> = operands.iter().map(ArrayViewD::shape).collect();
    let Space { extents, kept, reads } =
        space(subscripts, &shapes, given).unwrap_or_else(|why| panic!("{subscripts}: {why}"));
    let mut result = ArrayD::zeros(IxDyn(&extents[..kept]));
    for position in ndarray::indices(IxDyn(&extents)) {
        let product = reads.iter().zip(operands).map(|(reads, array)| {
            let at = |read: &Vec<(usize, usize)>| read.iter().map(|&(n, place)| n * position[place]).sum();
            let index: Vec<usize> = reads.iter().map(at).collect();
            array[IxDyn(&index)].clone()
        });
        let product = product.reduce(|a, b| a * b).expect("an einsum has an operand");
        let place: &mut T = &mut result[IxDyn(&position.slice()[..kept])];
        *place = place.clone() + product;
    }
    result
}

/// The index space of a call.
pub(crate) struct Space {
    /// One for each index, those of the output first.
    pub(crate) extents: Vec<usize>,
    /// How many of them the output has.
    pub(crate) kept: usize,
    /// For each axis of each operand the coefficients and the indices that its position is the sum of.
    pub(crate) reads: Vec<Vec<Vec<(usize, usize)>>>,
}

/// The index space of subscripts on arrays of these shapes, and where each array is read.
///
/// # Errors
/// If an index has no extent with which all sums stay inside their axes. (Shapes that do not fit each other are not looked for.)
pub(crate) fn space(
    subscripts: &str,
    shapes: &[&[usize]],
    given: &[(char, usize)],
) -> Result<Space, &'static str> {
    let spec = spec_of(subscripts, shapes.len(), given);
    let terms: Vec<Vec<Axis>> =
        shapes.iter().enumerate().map(|(n, shape)| axes(&spec, n, shape.len())).collect();
    let is_rest = |key: &Key| matches!(key, Key::Rest(_));
    let rests = terms.iter().map(|term| term.iter().filter(|axis| is_rest(&axis.sum[0].1)).count());
    let output = keys(&spec, &spec.output, rests.max().unwrap_or(0));

    let mut space = output.clone();
    for &(_, key) in terms.iter().flatten().flat_map(|axis| &axis.sum) {
        if !space.contains(&key) {
            space.push(key);
        }
    }
    let extents = extents(&spec, &space, &terms, shapes, given)?;
    // Where each axis of an operand is read: at the position of its index, at 0, or at a sum.
    let place = |key: &Key| space.iter().position(|other| other == key).expect("every key is in the space");
    let reads = terms.iter().zip(shapes).map(|(term, shape)| {
        let read = |(axis, &extent): (&Axis, &usize)| match axis.affine || extent != 1 {
            true => axis.sum.iter().map(|(coefficient, key)| (*coefficient, place(key))).collect(),
            false => Vec::new(),
        };
        term.iter().zip(*shape).map(read).collect()
    });
    let reads = reads.collect();
    Ok(Space { extents, kept: output.len(), reads })
}

fn spec_of(subscripts: &str, operands: usize, given: &[(char, usize)]) -> Spec {
    let (ast, report) = parse(subscripts);
    let given = Given { output: false, labels: given.iter().map(|&(label, _)| label).collect() };
    check_given(&ast, operands, &given, report).unwrap_or_else(|report| {
        let messages: Vec<String> =
            report.into_diagnostics(subscripts).iter().map(ToString::to_string).collect();
        panic!("{}", messages.join("\n"))
    })
}

// What each axis of an operand of this rank is indexed by.
fn axes(spec: &Spec, operand: usize, rank: usize) -> Vec<Axis> {
    let term = &spec.operands[operand];
    let id = OperandId(u16::try_from(operand).expect("few operands"));
    let (mut axes, mut at) = (Vec::new(), 0);
    let rest = (rank + spec.affine.surplus(id) + 1).saturating_sub(term.len());
    while at < term.len() {
        if let Some(affine) = spec.affine.of(id).find(|affine| affine.at == at) {
            let keys = keys(spec, &term[at..at + affine.coefficients.len()], 0);
            at += keys.len();
            let coefficients = affine.coefficients.iter().map(|&coefficient| coefficient as usize);
            axes.push(Axis { sum: coefficients.zip(keys).collect(), affine: true });
        } else {
            let keys = keys(spec, &term[at..=at], rest);
            axes.extend(keys.into_iter().map(|key| Axis { sum: vec![(1, key)], affine: false }));
            at += 1;
        }
    }
    axes
}

fn keys(spec: &Spec, term: &[IndexId], rest: usize) -> Vec<Key> {
    let of = |&id: &IndexId| match spec.index(id) {
        Index::Label(_) => vec![Key::Label(id)],
        Index::Ellipsis => (0..rest).rev().map(Key::Rest).collect(),
    };
    term.iter().flat_map(of).collect()
}

// The extents of the index space: those that are given; those of the plain axes, where 1 gives way; and for what is left,
// again and again, the longest with which a sum of otherwise known extents stays inside its axis.
fn extents(
    spec: &Spec,
    space: &[Key],
    terms: &[Vec<Axis>],
    shapes: &[&[usize]],
    given: &[(char, usize)],
) -> Result<Vec<usize>, &'static str> {
    let axes = || terms.iter().zip(shapes).flat_map(|(term, shape)| term.iter().zip(shape.to_vec()));
    let mut known: Vec<Option<usize>> = space
        .iter()
        .map(|&key| {
            let label = |&&(label, _): &&(char, usize)| match key {
                Key::Label(id) => spec.index(id) == Index::Label(label),
                Key::Rest(_) => false,
            };
            let mut plain = axes().filter(|(axis, _)| !axis.affine && axis.sum[0].1 == key);
            let first = plain.clone().next().map(|(_, extent)| extent);
            let longest = plain.find(|&(_, extent)| extent != 1).map(|(_, extent)| extent);
            given.iter().find(label).map(|&(_, extent)| extent).or(longest).or(first)
        })
        .collect();
    let place = |key: &Key| space.iter().position(|other| other == key).expect("every key is in the space");
    while let Some(open) = (0..space.len()).find(|&n| {
        let is_only =
            |axis: &Axis| axis.sum.iter().all(|(_, key)| place(key) == n || known[place(key)].is_some());
        known[n].is_none()
            && axes().any(|(axis, _)| axis.sum.iter().any(|(_, key)| place(key) == n) && is_only(axis))
    }) {
        let fits = |extent: usize| {
            axes().filter(|(axis, _)| axis.affine).all(|(axis, length)| {
                let last = axis.sum.iter().map(|(coefficient, key)| {
                    let extent = if place(key) == open { Some(extent) } else { known[place(key)] };
                    extent.map(|extent| coefficient * (extent - 1))
                });
                // A sum that leaves another index open says nothing yet.
                last.sum::<Option<usize>>().is_none_or(|last| last < length)
            })
        };
        known[open] = (1..).take_while(|&extent| fits(extent)).last();
        if known[open].is_none() {
            return Err("not one position fits");
        }
    }
    let known = known.into_iter().map(|extent| extent.expect("`check` has found a source of every extent"));
    Ok(known.collect())
}
