//! What a call would do with its operands: `einsum_path!`.
//!
//! The operands give their shapes, and nothing is computed. The path is the one that the call takes; the report is made from it by
//! `einsum-spec`, in the user's labels.

use crate::{
    error::EinsumError,
    extents::{self, Call},
    kernel,
    operand::Element,
};
use alloc::{vec, vec::Vec};
use core::any::TypeId;
use einsum_spec::{
    path::{Options, Path},
    plan::Plan,
    spec::{Index, IndexId, Spec, Term},
};

pub use einsum_spec::explain::{ContractionReport, ReportStep, StepClass, StepKernel, StepOperand};

/// How the order of the steps is found.
#[derive(Clone, Copy, Debug)]
pub enum Order {
    /// The caller has fixed it, and the macro has checked it.
    Fixed(&'static [&'static [usize]]),
    /// The best one is looked for.
    Chosen {
        /// The most elements that an intermediate may have.
        memory_limit: Option<usize>,
    },
}

/// The report on a call with operands of these shapes.
///
/// # Errors
/// A wrong rank, or two extents for one index.
pub fn explain<A: 'static>(
    _element: &Element<A>,
    call: &Call,
    shapes: &[&[usize]],
    order: Order,
) -> Result<ContractionReport, EinsumError> {
    let (spec, extents) = network(call, shapes)?;
    let (path, plan) = match order {
        Order::Fixed(steps) => {
            let path = Path { steps: steps.iter().map(|step| step.to_vec()).collect() };
            let plan = Plan::lower(&spec, &path);
            (path, plan)
        }
        Order::Chosen { memory_limit } => {
            let memory_limit = memory_limit.map(|limit| limit as u64);
            let keeps_order = !kernel::has_kernels(TypeId::of::<A>());
            choose(&spec, &extents, &Options { memory_limit, keeps_order, ..Options::default() })
        }
    };
    Ok(ContractionReport::new(call.subscripts, &spec, &extents, &path, &plan, size_of::<A>()))
}

/// What the subscripts mean for arrays of these shapes, and the extent of each index: the labels are numbered first, then the axes of the
/// ellipsis. Axes of extent 1 are in no term.
///
/// # Errors
/// A wrong rank, or two extents for one index.
pub fn network(call: &Call, shapes: &[&[usize]]) -> Result<(Spec, Vec<u64>), EinsumError> {
    let (labels, rest) = call.agree_on_any(shapes)?;
    let extents = [labels, rest.clone()].concat();
    let operands = call.operands.iter().zip(shapes).map(|(term, shape)| {
        let ids = ids(call, term, shape.len(), rest.len());
        ids.into_iter().zip(*shape).filter(|&(_, &axis)| axis != 1).map(|(id, _)| id).collect()
    });
    let rank =
        call.output.front.len() + call.output.back.len() + rest.len() * usize::from(call.output.ellipsis);
    let names = call.labels.iter().map(|&label| Index::Label(label));
    let mut output = ids(call, &call.output, rank, rest.len());
    output.retain(|id| extents[usize::from(id.0)] != 1);
    let indices = names.chain(rest.iter().map(|_| Index::Ellipsis)).collect();
    let spec = Spec { indices, operands: operands.collect(), output };
    Ok((spec, extents.iter().map(|&extent| extent as u64).collect()))
}

// The index of each axis. Ellipses are aligned at their last axes.
fn ids(call: &Call, term: &extents::Term, rank: usize, rest: usize) -> Term {
    let between = rank - term.front.len() - term.back.len();
    let ellipsis = (0..between).map(|n| call.labels.len() + rest - between + n);
    let axes = term.front.iter().copied().chain(ellipsis).chain(term.back.iter().copied());
    axes.map(|index| IndexId(u16::try_from(index).expect("labels fit in 16 bits, and axes are fewer")))
        .collect()
}

/// The path that a call takes, and its steps. Operands of one element are factors of the result where the order of factors does not
/// matter, so they are read in the last step.
pub fn choose(spec: &Spec, extents: &[u64], options: &Options) -> (Path, Plan) {
    let is_factor = |&n: &usize| !options.keeps_order && spec.operands[n].is_empty();
    let (factors, operands): (Vec<usize>, Vec<usize>) = (0..spec.operands.len()).partition(is_factor);
    let path = if spec.operands.len() < 3 || operands.is_empty() || extents.contains(&0) {
        Path { steps: vec![(0..spec.operands.len()).collect()] }
    } else {
        let terms = operands.iter().map(|&n| distinct(&spec.operands[n])).collect();
        let network = Spec { operands: terms, ..spec.clone() };
        with_factors(&Path::choose(&network, extents, options), &operands, &factors)
    };
    let plan = match options.memory_limit {
        Some(limit) => Plan::lower_within(spec, &path, extents, limit),
        None => Plan::lower(spec, &path),
    };
    (path, plan)
}

// Each index once.
fn distinct(term: &Term) -> Term {
    let mut distinct = Term::new();
    for &id in term {
        if !distinct.contains(&id) {
            distinct.push(id);
        }
    }
    distinct
}

// A path for some of the operands, in positions among all: the last step reads the others as well.
fn with_factors(path: &Path, operands: &[usize], factors: &[usize]) -> Path {
    let mut left = operands.to_vec();
    let mut all: Vec<usize> = (0..operands.len() + factors.len()).collect();
    let mut steps = Vec::new();
    for (n, positions) in path.steps.iter().enumerate() {
        let is_last = n + 1 == path.steps.len();
        let mut taken: Vec<usize> = positions.iter().map(|&position| left[position]).collect();
        left.retain(|thing| !taken.contains(thing));
        if is_last {
            taken.extend(factors);
        }
        let position = |thing: &usize| all.iter().position(|other| other == thing);
        steps
            .push(taken.iter().map(|thing| position(thing).expect("it is left until it is taken")).collect());
        all.retain(|thing| !taken.contains(thing));
        let result = operands.len() + factors.len() + n;
        left.push(result);
        all.push(result);
    }
    Path { steps }
}
