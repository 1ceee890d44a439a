//! Shapes for a call: random extents with a product that the oracle can afford, and arrays that agree on them.

use crate::{
    case::Case,
    oracle::{self, Space},
};
use einsum_spec::{
    check::check_given,
    infer::Given,
    parse::parse,
    spec::{Index, IndexId, OperandId, Spec},
};
use fastrand::Rng;
use std::collections::HashMap;

/// The shapes of all arrays of a call.
pub(crate) struct Shapes {
    pub(crate) operands: Vec<Vec<usize>>,
    /// That of the result, or of what is assigned to.
    pub(crate) output: Vec<usize>,
    /// Of the labels whose extents the call gives.
    pub(crate) given: Vec<usize>,
    /// All that the oracle is told of extents beside the shapes.
    pub(crate) known: Vec<(char, usize)>,
    pub(crate) space: Space,
}

impl Shapes {
    /// How many terms each element of the output may have, and each of an intermediate; likewise if `all` that of a gradient.
    pub(crate) fn terms(&self, all: bool) -> f64 {
        let first = if all { 0 } else { self.space.kept };
        self.space.extents[first..].iter().map(|&extent| extent.max(1) as f64).product()
    }

    /// How often a window of operand `n` can be at one of its elements, or more.
    pub(crate) fn overlap(&self, n: usize) -> usize {
        let of_axis = |sum: &Vec<(usize, usize)>| {
            let extents = || sum.iter().map(|&(_, index)| self.space.extents[index].max(1));
            // All labels but one say what the last one is.
            extents().product::<usize>() / extents().max().unwrap_or(1)
        };
        self.space.reads[n].iter().map(of_axis).product()
    }

    /// The positions of the index space.
    pub(crate) fn size(&self) -> f64 {
        self.space.extents.iter().map(|&extent| extent as f64).product()
    }
}

/// Extents that are likely to be at some edge: of vectors, tiles, blocks.
const EXTENTS: [usize; 52] = [
    1, 2, 3, 4, 5, 6, 7, 8, 9, 11, 12, 13, 15, 16, 17, 19, 23, 24, 25, 31, 32, 33, 37, 47, 48, 49, 63, 64,
    65, 71, 72, 96, 97, 127, 128, 129, 144, 193, 255, 256, 257, 384, 511, 513, 777, 1023, 1024, 1025, 2049,
    4097, 10007, 65537,
];

/// Shapes with no more positions than `most`, about; `None` if the draw was no good.
pub(crate) fn draw(rng: &mut Rng, case: &Case, most: f64) -> Option<Shapes> {
    let given = Given { output: case.kind.is_assignment(), labels: case.given.to_vec() };
    let (ast, report) = parse(case.text);
    let Ok(spec) = check_given(&ast, case.ranks.len(), &given, report) else {
        unreachable!("the call has compiled")
    };
    let rests = rest_ranks(rng, case, &spec);
    let most_rest = rests.iter().flatten().copied().max().unwrap_or(0);
    let mut extents = extents(rng, spec.indices.len() + most_rest, most);
    let rest = extents.split_off(spec.indices.len());
    let draw = Draw { spec: &spec, extents, rest, ones: [0.0, 0.0, 0.0, 0.15, 0.4][rng.usize(..5)] };
    let operands: Vec<Vec<usize>> =
        (0..rests.len()).map(|n| draw.operand(rng, n, rests[n].unwrap_or(0))).collect();

    let label = |id: IndexId| match spec.index(id) {
        Index::Label(label) => Some(label),
        Index::Ellipsis => None,
    };
    let mut known: Vec<(char, usize)> =
        spec.ids().filter_map(|id| Some((label(id)?, draw.extent(id)))).collect();
    known.retain(|(label, _)| case.given.contains(label));
    let extent_of =
        |label: &char| known.iter().find(|pair| pair.0 == *label).expect("the label is in the call").1;
    let given: Vec<usize> = case.given.iter().map(extent_of).collect();
    if case.kind.is_assignment() {
        let plain = draw.plain_extents(&operands);
        for &id in &spec.output {
            if let Some(label) = label(id) {
                known.push((label, draw.assigned(rng, id, plain.get(&id).copied())));
            }
        }
    }
    let shapes: Vec<&[usize]> = operands.iter().map(Vec::as_slice).collect();
    let space = oracle::space(case.text, &shapes, &known).ok()?;
    let size = |extents: &[usize]| extents.iter().map(|&extent| extent as f64).product::<f64>();
    // Arrays with diagonals are larger than the index space.
    let is_large = size(&space.extents) > 4.0 * most
        || shapes.iter().any(|shape| size(shape) > 64.0 * most.min(65536.0));
    if is_large || !stays_inside(&space, &shapes) {
        return None;
    }
    // Where several extents are inferred, what one leaves to the next depends on their order, of which nothing is promised.
    if spec.affine.inferred.len() > 1 && slack_is_shared(&spec) {
        return None;
    }
    let mut output = space.extents[..space.kept].to_vec();
    if case.kind.is_assignment()
        && let Some(at) = spec.output.iter().position(|&id| spec.is_ellipsis(id))
        && rng.f32() < 0.2
    {
        // An ellipsis of ones is broadcast into the place.
        let rest = &mut output[at..at + most_rest];
        rest.iter_mut().filter(|extent| **extent == 1).for_each(|extent| *extent = rng.usize(1..4));
    }
    Some(Shapes { operands, output, given, known, space })
}

// Whether two inferred indices are in one sum.
fn slack_is_shared(spec: &Spec) -> bool {
    spec.affine.axes.iter().any(|axis| {
        let term = &spec.operands[usize::from(axis.operand.0)];
        let summands = &term[axis.at..axis.at + axis.coefficients.len()];
        spec.affine.inferred.iter().filter(|inference| summands.contains(&inference.index)).count() > 1
    })
}

// How many axes each operand's ellipsis stands for.
fn rest_ranks(rng: &mut Rng, case: &Case, spec: &Spec) -> Vec<Option<usize>> {
    let rest = |(n, rank): (usize, &Option<usize>)| {
        let term = &spec.operands[n];
        let id = OperandId(u16::try_from(n).expect("few operands"));
        let axes = term.len() - spec.affine.surplus(id);
        term.iter().any(|&id| spec.is_ellipsis(id)).then(|| match rank {
            Some(rank) => rank + 1 - axes,
            None => rng.usize(..3),
        })
    };
    case.ranks.iter().enumerate().map(rest).collect()
}

// Extents whose product is about `most` or less, shared out unevenly.
fn extents(rng: &mut Rng, count: usize, most: f64) -> Vec<usize> {
    let weights: Vec<f64> = (0..count).map(|_| -(1.0 - rng.f64()).ln() + 0.05).collect();
    let total: f64 = weights.iter().sum();
    let zero = if rng.f32() < 0.04 { rng.usize(..count.max(1)) } else { count };
    let near = |rng: &mut Rng, share: f64| {
        let target = most.powf(share);
        let next = EXTENTS.partition_point(|&extent| extent as f64 <= target);
        // Now and then one that is no edge.
        match rng.u32(..4) {
            0 => (target as usize).max(1),
            _ => EXTENTS[next.saturating_sub(1 + rng.usize(..3))],
        }
    };
    (0..count).map(|n| if n == zero { 0 } else { near(rng, weights[n] / total) }).collect()
}

struct Draw<'s> {
    spec: &'s Spec,
    /// One for each index; that of the ellipsis has no meaning.
    extents: Vec<usize>,
    rest: Vec<usize>,
    /// How often an axis that may have the extent 1 has it.
    ones: f32,
}

impl Draw<'_> {
    fn extent(&self, id: IndexId) -> usize {
        let extent = self.extents[usize::from(id.0)];
        // Nothing is said about sums of what has no position.
        if self.is_summand(id) { extent.max(1) } else { extent }
    }

    fn is_summand(&self, id: IndexId) -> bool {
        let affine = &self.spec.affine;
        affine.axes.iter().any(|axis| {
            let term = &self.spec.operands[usize::from(axis.operand.0)];
            term[axis.at..axis.at + axis.coefficients.len()].contains(&id)
        })
    }

    fn operand(&self, rng: &mut Rng, n: usize, rest: usize) -> Vec<usize> {
        let term = &self.spec.operands[n];
        let id = OperandId(u16::try_from(n).expect("few operands"));
        let (mut shape, mut at) = (Vec::new(), 0);
        while at < term.len() {
            if let Some(axis) = self.spec.affine.of(id).find(|axis| axis.at == at) {
                let summands = &term[at..at + axis.coefficients.len()];
                let reach = summands
                    .iter()
                    .zip(&axis.coefficients)
                    .map(|(&id, &n)| n as usize * (self.extent(id) - 1));
                // The length that just fits, mostly; a longer one leaves positions that nothing reads.
                let slack = [0, 0, 0, 1, 2][rng.usize(..5)];
                shape.push(reach.sum::<usize>() + 1 + slack);
                at += summands.len();
            } else if self.spec.is_ellipsis(term[at]) {
                let mine = &self.rest[self.rest.len() - rest..];
                shape.extend(mine.iter().map(|&extent| if rng.f32() < self.ones { 1 } else { extent }));
                at += 1;
            } else {
                // A diagonal is not broadcast.
                let is_single = term.iter().filter(|&&other| other == term[at]).count() == 1;
                let is_one = is_single && rng.f32() < self.ones;
                shape.push(if is_one { 1 } else { self.extent(term[at]) });
                at += 1;
            }
        }
        shape
    }

    // What the plain axes of the operands make of each index.
    fn plain_extents(&self, operands: &[Vec<usize>]) -> HashMap<IndexId, usize> {
        let mut known = HashMap::new();
        for (n, shape) in operands.iter().enumerate() {
            let term = &self.spec.operands[n];
            let id = OperandId(u16::try_from(n).expect("few operands"));
            let rest = (shape.len() + self.spec.affine.surplus(id) + 1).saturating_sub(term.len());
            let (mut axis, mut at) = (0, 0);
            while at < term.len() {
                if let Some(affine) = self.spec.affine.of(id).find(|axis| axis.at == at) {
                    at += affine.coefficients.len();
                    axis += 1;
                } else if self.spec.is_ellipsis(term[at]) {
                    at += 1;
                    axis += rest;
                } else {
                    let extent = known.entry(term[at]).or_insert(1);
                    if shape[axis] != 1 {
                        *extent = shape[axis];
                    }
                    at += 1;
                    axis += 1;
                }
            }
        }
        known
    }

    // The extent of an axis of the output that is assigned to.
    fn assigned(&self, rng: &mut Rng, id: IndexId, plain: Option<usize>) -> usize {
        match plain {
            None => self.extent(id),
            // Operands are broadcast into the place.
            Some(1) if !self.is_summand(id) && rng.bool() => self.extent(id).max(1),
            Some(extent) => extent,
        }
    }
}

// Whether the last position of every sum is inside its axis.
fn stays_inside(space: &Space, shapes: &[&[usize]]) -> bool {
    let fits = |(read, &extent): (&Vec<(usize, usize)>, &usize)| match &read[..] {
        [] | [(1, _)] => true,
        sum => {
            sum.iter().map(|&(n, place)| n * space.extents[place].saturating_sub(1)).sum::<usize>() < extent
        }
    };
    space.reads.iter().zip(shapes).all(|(reads, shape)| reads.iter().zip(*shape).all(fits))
}

/// Shapes that do not fit: one of two axes of an index is longer by one. `None` if no index has two that are long.
pub(crate) fn spoilt(rng: &mut Rng, shapes: &Shapes) -> Option<Vec<Vec<usize>>> {
    let axes = || {
        let operands = shapes.space.reads.iter().zip(&shapes.operands).enumerate();
        operands.flat_map(|(n, (reads, shape))| {
            reads
                .iter()
                .zip(shape)
                .enumerate()
                .map(move |(axis, (read, &extent))| (n, axis, &read[..], extent))
        })
    };
    let is_summand =
        |index| axes().any(|(_, _, read, _)| read.len() > 1 && read.iter().any(|&(_, n)| n == index));
    let twice: Vec<(usize, usize)> = axes()
        .filter_map(|(n, axis, read, extent)| match read {
            &[(1, index)] if extent > 1 && !is_summand(index) => {
                let same = axes().filter(|(_, _, other, _)| *other == read).count();
                (same > 1).then_some((n, axis))
            }
            _ => None,
        })
        .collect();
    let &(operand, axis) = rng.choice(&twice)?;
    let mut operands = shapes.operands.clone();
    operands[operand][axis] += 1;
    Some(operands)
}
