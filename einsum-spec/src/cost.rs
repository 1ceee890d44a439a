//! What a plan costs for given extents: operations, loops and memory, as opt_einsum and NumPy count them.
//!
//! Operations and elements of the steps are exact (`u128`) and stay at the largest number instead of wrapping around: nobody
//! runs a contraction of 10^38 operations, so a number that stands there has told enough. The naive count is an `f64`, since a
//! network of a hundred operands easily has 10^100 and it is only there to be compared with.

use crate::{
    path::network::times,
    plan::{Plan, Source, Step},
    spec::{IndexId, Spec},
};
use alloc::vec::Vec;

/// What a plan costs, step by step.
#[derive(Clone, Debug, PartialEq)]
pub struct Cost {
    /// One for each step of the plan, in its order.
    pub steps: Vec<StepCost>,
    /// The indices of the whole: the loops of a contraction in one step.
    pub naive_scaling: usize,
    /// The operations of a contraction in one step.
    pub naive_flops: f64,
    /// The most elements of intermediates that are alive at once. One lives from the step that writes it to the step that reads
    /// it, and a step needs what it reads and what it writes. Operands and the output are not counted.
    pub peak_temporary: u128,
}

/// What one step costs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StepCost {
    /// Additions and multiplications: for each iteration one multiplication less than there are inputs, and an addition if the
    /// step sums. A step of one input counts one for each iteration, or nothing if it sums over extents of one alone: the same
    /// elements with fewer axes.
    pub flops: u128,
    /// Iterations: the product of the extents of all its indices.
    pub iterations: u128,
    /// Elements of the result.
    pub result: u128,
    /// How many indices the step has.
    pub scaling: usize,
    /// Whether it sums over any of them.
    pub sums: bool,
}

impl Cost {
    /// The cost of `plan`, which is one for `spec`, with one extent for each index of the spec.
    ///
    /// ```
    /// use einsum_spec::{check, cost::Cost, parse, path::Path, plan::Plan};
    ///
    /// let (subscripts, report) = parse::parse("ij,jk,kl->il");
    /// let spec = check::check(&subscripts, 3, report).expect("the subscripts are sound");
    /// // The indices are numbered i, l, j, k: the output's first.
    /// let extents = [10, 30, 200, 10];
    /// let path = Path::fixed(vec![vec![0, 1], vec![0, 1]], 3).expect("the path is one for three operands");
    /// let plan = Plan::lower(&spec, &path);
    /// let cost = Cost::of(&spec, &extents, &plan);
    /// assert_eq!(cost.flops(), 2 * 10 * 200 * 10 + 2 * 10 * 10 * 30);
    /// assert_eq!(cost.naive_flops, 3.0 * 600_000.0);
    /// assert_eq!((cost.largest_intermediate(), cost.peak_temporary), (100, 100));
    /// ```
    pub fn of(spec: &Spec, extents: &[u64], plan: &Plan) -> Cost {
        let steps: Vec<StepCost> = plan.steps.iter().map(|step| StepCost::of(step, extents)).collect();
        let peak_temporary = peak_temporary(plan, &steps);
        Cost {
            naive_scaling: spec.indices.len(),
            naive_flops: naive_flops(spec, extents),
            peak_temporary,
            steps,
        }
    }

    /// The operations of all steps.
    pub fn flops(&self) -> u128 {
        self.steps.iter().fold(0, |sum, step| sum.saturating_add(step.flops))
    }

    /// The most indices that a step has.
    pub fn scaling(&self) -> usize {
        self.steps.iter().map(|step| step.scaling).max().unwrap_or(0)
    }

    /// How many times the operations of the plan a contraction in one step takes.
    pub fn speedup(&self) -> f64 {
        self.naive_flops / self.flops().max(1) as f64
    }

    /// The elements of the largest result of a step before the last, 0 if there is none.
    pub fn largest_intermediate(&self) -> u128 {
        let before = self.steps.len() - 1;
        self.steps[..before].iter().map(|step| step.result).max().unwrap_or(0)
    }

    /// The elements of the largest result of a step, the output included: what NumPy and opt_einsum call the largest
    /// intermediate.
    pub fn largest_result(&self) -> u128 {
        self.steps.iter().map(|step| step.result).max().unwrap_or(0)
    }
}

impl StepCost {
    pub(crate) fn of(step: &Step, extents: &[u64]) -> StepCost {
        let iterations = size(step.roles.indices.iter().map(|&(id, _)| id), extents);
        let sums = step.roles.reduced().next().is_some();
        let result = size(step.output.iter().copied(), extents);
        let each = match step.inputs.len() {
            1 if sums && iterations == result => 0,
            1 => 1,
            inputs => inputs - 1 + usize::from(sums),
        };
        StepCost {
            flops: iterations.saturating_mul(each as u128),
            iterations,
            result,
            scaling: step.roles.indices.len(),
            sums,
        }
    }
}

/// The product of the extents of `ids`: a zero among them makes it zero, however large the others are.
pub fn size(ids: impl IntoIterator<Item = IndexId>, extents: &[u64]) -> u128 {
    let extents = ids.into_iter().map(|id| u128::from(extents[usize::from(id.0)]));
    extents.fold(1, u128::saturating_mul)
}

// As NumPy and opt_einsum have it: an operation for each multiplication, and one more if any label is in two operands, whether
// it is summed over or not.
fn naive_flops(spec: &Spec, extents: &[u64]) -> f64 {
    let iterations = extents.iter().fold(1.0, |size, &extent| times(size, extent));
    let distinct = |term: &Vec<IndexId>| (0..term.len()).filter(|&n| !term[..n].contains(&term[n])).count();
    let labels: usize = spec.operands.iter().map(distinct).sum();
    let indices = spec.ids().filter(|id| spec.operands.iter().any(|term| term.contains(id))).count();
    let each = (spec.operands.len() - 1).max(1) + usize::from(labels > indices);
    iterations * each as f64
}

fn peak_temporary(plan: &Plan, steps: &[StepCost]) -> u128 {
    let (mut alive, mut peak) = (0u128, 0u128);
    for (n, step) in plan.steps.iter().enumerate() {
        if n + 1 < plan.steps.len() {
            alive = alive.saturating_add(steps[n].result);
        }
        peak = peak.max(alive);
        for input in &step.inputs {
            if let Source::Intermediate(read) = input.source {
                alive = alive.saturating_sub(steps[read].result);
            }
        }
    }
    peak
}
