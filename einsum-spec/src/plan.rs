//! The steps of a contraction, each with its subscripts: what code is generated from.

use crate::{
    path::Path,
    roles::Roles,
    spec::{IndexId, OperandId, Spec, Term},
};
use alloc::vec::Vec;

/// The steps, in order. The last one writes the output.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// At least one.
    pub steps: Vec<Step>,
}

/// One step: an einsum of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// What is multiplied, in this order.
    pub inputs: Vec<Input>,
    /// The output of the step.
    pub output: Term,
    /// The part of every index.
    pub roles: Roles,
}

/// A factor of a step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Input {
    /// What it is.
    pub source: Source,
    /// Its indices, in the order of its axes.
    pub term: Term,
    /// The first operand that went into it: products keep the order of the operands.
    first: usize,
}

/// Where a factor comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// An operand of the call.
    Operand(OperandId),
    /// The result of an earlier step.
    Intermediate(usize),
}

impl Plan {
    /// The steps of `path`, which must be one for the spec's operands (as those that [`Path`] makes are).
    pub fn lower(spec: &Spec, path: &Path) -> Plan {
        let mut left: Vec<Input> = (0u16..)
            .zip(&spec.operands)
            .map(|(n, term)| Input {
                source: Source::Operand(OperandId(n)),
                term: term.clone(),
                first: usize::from(n),
            })
            .collect();
        let mut steps: Vec<Step> = Vec::new();
        for positions in &path.steps {
            let mut inputs: Vec<Input> = positions.iter().map(|&position| left[position].clone()).collect();
            inputs.sort_by_key(|input| input.first);
            let mut descending = positions.clone();
            descending.sort_unstable_by(|a, b| b.cmp(a));
            for position in descending {
                left.remove(position);
            }
            let terms: Vec<Term> = inputs.iter().map(|input| input.term.clone()).collect();
            let output =
                if left.is_empty() { spec.output.clone() } else { still_needed(&terms, &left, spec) };
            let roles = Roles::of(&terms, &output);
            let source = Source::Intermediate(steps.len());
            left.push(Input { source, term: output.clone(), first: inputs[0].first });
            steps.push(Step { inputs, output, roles });
        }
        Plan { steps }
    }

    /// The step that writes the output, and those before it.
    pub fn split_last(&self) -> (&Step, &[Step]) {
        self.steps.split_last().expect("a plan has a step")
    }
}

impl Step {
    /// The step of all operands at once.
    pub fn of_all(spec: &Spec) -> Step {
        let inputs: Vec<Input> =
            (0u16..).zip(&spec.operands).map(|(n, term)| Input::of_operand(OperandId(n), term)).collect();
        let output = spec.output.clone();
        Step { roles: Roles::of(&spec.operands, &output), inputs, output }
    }
}

impl Input {
    fn of_operand(id: OperandId, term: &Term) -> Input {
        Input { source: Source::Operand(id), term: term.clone(), first: usize::from(id.0) }
    }
}

// The indices of an intermediate: those of its inputs that the output or something that is left has, in the order
// in which they come.
fn still_needed(inputs: &[Term], left: &[Input], spec: &Spec) -> Term {
    let mut needed: Vec<IndexId> = Vec::new();
    for &id in inputs.iter().flatten() {
        let wanted = spec.output.contains(&id) || left.iter().any(|input| input.term.contains(&id));
        if wanted && !needed.contains(&id) {
            needed.push(id);
        }
    }
    needed
}
