//! A call with its actual extents as a network of plain indices, and the order of its steps.
//!
//! From here on there are no ellipses nor axes of extent 1: an operand that is broadcast along an index just does not have it, and an index
//! of extent 1 is nowhere.

use crate::extents::{Call, Term};
use alloc::{vec, vec::Vec};
use einsum_spec::{
    backward::Wanted,
    path::{Options, Path},
    plan::Plan,
    spec::{Index, IndexId, Spec},
};

/// The index of each axis of each array of a call: the labels are numbered first, then the axes of the ellipsis.
pub(crate) struct Axes {
    pub(crate) operands: Vec<Vec<u16>>,
    /// Of the result; of gradients one for each.
    pub(crate) outputs: Vec<Vec<u16>>,
}

impl Axes {
    /// For operands of these ranks, and an ellipsis of so many axes.
    pub(crate) fn new(call: &Call, ranks: impl Iterator<Item = usize>, rest: usize) -> Axes {
        let labels = call.labels.len();
        let number = |index: usize| u16::try_from(index).expect("labels fit in 16 bits, and axes are fewer");
        let of = |term: &Term, rank: usize| -> Vec<u16> {
            let between = rank - term.front.len() - term.back.len();
            // The ellipses of operands are aligned at their last axes.
            let ellipsis = (0..between).map(|n| labels + rest - between + n);
            let axes = term.front.iter().copied().chain(ellipsis).chain(term.back.iter().copied());
            axes.map(number).collect()
        };
        let operands = call.operands.iter().zip(ranks).map(|(term, rank)| of(term, rank)).collect();
        let output = &call.output;
        let rank = output.front.len() + output.back.len() + if output.ellipsis { rest } else { 0 };
        Axes { operands, outputs: vec![of(output, rank)] }
    }

    /// The axes of a call's gradients: the cotangent is one operand more, and the outputs are what is wanted.
    pub(crate) fn backward(mut self, wanted: &[Wanted]) -> Axes {
        let outputs = wanted.iter().map(|wanted| match wanted {
            Wanted::Scale => Vec::new(),
            Wanted::Operand(id) => self.operands[usize::from(id.0)].clone(),
        });
        let outputs = outputs.collect();
        self.operands.append(&mut self.outputs);
        Axes { operands: self.operands, outputs }
    }

    /// What the subscripts mean for operands of these shapes.
    ///
    /// # Panics
    /// If an axis has an extent that is neither its index's nor 1.
    pub(crate) fn spec<'s>(
        &self,
        call: &Call,
        shapes: &dyn Fn(usize) -> &'s [usize],
        extents: &[usize],
    ) -> Spec {
        let terms = self.operands.iter().enumerate();
        let operands: Vec<_> = terms.map(|(n, axes)| effective(axes, shapes(n), extents)).collect();
        let is_there = |id: &IndexId| operands.iter().any(|term| term.contains(id));
        // An index that no operand has is broadcast into the output, which is no business of the planner's.
        let output = self.outputs[0].iter().map(|&index| IndexId(index)).filter(is_there).collect();
        let labels = call.labels.iter().map(|&label| Index::Label(label));
        let rest = (call.labels.len()..extents.len()).map(|_| Index::Ellipsis);
        Spec::plain(labels.chain(rest).collect(), operands, output)
    }
}

// The indices that an array of this shape moves along, each once.
fn effective(axes: &[u16], shape: &[usize], extents: &[usize]) -> Vec<IndexId> {
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

/// The steps of a network.
pub(crate) struct Steps {
    /// The operands that have steps: the path and the plan are theirs.
    pub(crate) operands: Vec<u16>,
    /// The others have one element, and are but factors of the result: where the order of factors does not matter.
    pub(crate) factors: Vec<u16>,
    pub(crate) path: Path,
    pub(crate) plan: Plan,
}

impl Steps {
    /// The best steps, or those that the user has fixed.
    pub(crate) fn choose(
        spec: &Spec,
        extents: &[u64],
        options: &Options,
        fixed: Option<&[&[usize]]>,
    ) -> Steps {
        let all = || (0u16..).take(spec.operands.len());
        let at_once = extents.contains(&0);
        let is_factor = |&n: &u16| spec.operands[usize::from(n)].is_empty();
        let (mut factors, mut operands): (Vec<u16>, Vec<u16>) =
            if options.keeps_order || fixed.is_some() || at_once {
                (Vec::new(), all().collect())
            } else {
                all().partition(is_factor)
            };
        if operands.is_empty() {
            operands.push(factors.remove(0));
        }
        let terms = operands.iter().map(|&n| spec.operands[usize::from(n)].clone()).collect();
        let network = Spec { operands: terms, ..spec.clone() };
        let path = match fixed {
            // Nothing is computed, or nothing is to be chosen.
            _ if at_once || operands.len() < 3 => Path { steps: vec![(0..operands.len()).collect()] },
            Some(steps) => Path { steps: steps.iter().map(|step| step.to_vec()).collect() },
            None => Path::choose(&network, extents, options),
        };
        let plan = match options.memory_limit {
            Some(limit) if fixed.is_none() => Plan::lower_within(&network, &path, extents, limit),
            _ => Plan::lower(&network, &path),
        };
        Steps { operands, factors, path, plan }
    }

    /// The path in positions among all operands: the last step reads the factors as well.
    pub(crate) fn path_of_all(&self) -> Path {
        let mut left: Vec<usize> = self.operands.iter().map(|&n| usize::from(n)).collect();
        let count = self.operands.len() + self.factors.len();
        let mut all: Vec<usize> = (0..count).collect();
        let mut steps = Vec::new();
        for (n, positions) in self.path.steps.iter().enumerate() {
            let mut taken: Vec<usize> = positions.iter().map(|&position| left[position]).collect();
            left.retain(|thing| !taken.contains(thing));
            if n + 1 == self.path.steps.len() {
                taken.extend(self.factors.iter().map(|&n| usize::from(n)));
            }
            let position = |thing: &usize| all.iter().position(|other| other == thing);
            let positions = taken.iter().map(|thing| position(thing).expect("it is left until it is taken"));
            steps.push(positions.collect());
            all.retain(|thing| !taken.contains(thing));
            left.push(count + n);
            all.push(count + n);
        }
        Path { steps }
    }
}
