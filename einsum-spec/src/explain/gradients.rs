//! What `einsum_vjp!` does and what it costs.

use super::{ContractionReport, Names, StepKernel, flop_count};
use crate::{
    backward::{Backward, Wanted},
    cost::StepCost,
    plan::{Source, Step},
    spec::{OperandId, Spec},
};
use alloc::{
    format,
    string::{String, ToString},
    vec,
    vec::Vec,
};
use core::fmt;

/// What `einsum_vjp!` does with operands of certain shapes, and what it costs.
///
/// `einsum_vjp_path!` makes one. The `Display` is a summary and a table of the steps, like that of a [`ContractionReport`]; all of it is
/// there as data as well. In the table, `g` is the cotangent, `t1`, `t2`, … are the results of steps, `d0` is the gradient of operand 0 and
/// `ds` that of the scale. FLOPs are counted as in a [`ContractionReport`].
///
/// The gradient of an operand with affine axes is written as a step whose output has them, `x,i->(x+i)`: its products are added up at the
/// positions of the sums.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq)]
pub struct GradientReport {
    forward: ContractionReport,
    gradients: Vec<(StepResult, String)>,
    flop_count: u128,
    largest_intermediate: u128,
    peak_memory: u128,
    steps: Vec<GradientStep>,
}

/// A step of a [`GradientReport`]: an einsum of its own.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq)]
pub struct GradientStep {
    /// What it multiplies, in this order.
    pub operands: Vec<GradientOperand>,
    /// Its subscripts.
    pub subscripts: String,
    /// What it is.
    pub kernel: StepKernel,
    /// How many indices its loops have.
    pub scaling: usize,
    /// How many additions and multiplications it does.
    pub flop_count: u128,
    /// How many elements its result has.
    pub elements: u128,
    /// How many bytes these are.
    pub bytes: u128,
    /// What its result is.
    pub result: StepResult,
}

/// What a [`GradientStep`] multiplies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GradientOperand {
    /// An operand of the call, by its position from 0. Printed as the number.
    Operand(usize),
    /// The cotangent. Printed as `g`.
    Cotangent,
    /// The result of an earlier step, by its position in [`GradientReport::steps`]. Printed as `t1` for the first step.
    Intermediate(usize),
}

/// What the result of a [`GradientStep`] is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StepResult {
    /// What a later step reads.
    Intermediate,
    /// The gradient of the scale. Printed as `ds`.
    OfScale,
    /// The gradient of an operand, by its position from 0. Printed as `d0` for the first operand.
    OfOperand(usize),
}

impl GradientReport {
    /// The report on the steps of `backward`, which are for `spec`.
    ///
    /// - `forward`: the report on the contraction itself;
    /// - `wanted`: the gradients, in order;
    /// - `extents`: one for each index of the spec.
    pub fn new(
        forward: ContractionReport,
        spec: &Spec,
        extents: &[u64],
        backward: &Backward,
        wanted: &[Wanted],
        element_size: usize,
    ) -> Self {
        let names = Names(spec);
        let terms = Terms::of(&forward.subscripts);
        let cotangent = spec.operands.len();
        let bytes = |elements: u128| elements.saturating_mul(element_size as u128);
        let steps = backward.plan.steps.iter().zip(&backward.gradients).map(|(step, &gradient)| {
            let cost = StepCost::of(step, extents);
            let mut subscripts = names.step(step);
            let mut flops = flop_count(step, &cost);
            // Windows have more indices than the operand has axes.
            if let Some(term) = gradient.and_then(|wanted| terms.affine(wanted)) {
                let arrow = subscripts.find("->").unwrap_or(subscripts.len());
                subscripts = format!("{}->{term}", &subscripts[..arrow]);
                flops = cost.iterations.saturating_mul(step.inputs.len() as u128);
            }
            GradientStep {
                operands: step
                    .inputs
                    .iter()
                    .map(|input| GradientOperand::of(input.source, cotangent))
                    .collect(),
                subscripts,
                kernel: StepKernel::of(step),
                scaling: cost.scaling,
                flop_count: flops,
                elements: cost.result,
                bytes: bytes(cost.result),
                result: gradient.map_or(StepResult::Intermediate, StepResult::of),
            }
        });
        let steps: Vec<GradientStep> = steps.collect();
        GradientReport {
            gradients: wanted.iter().map(|&one| (StepResult::of(one), terms.gradient(one))).collect(),
            forward,
            flop_count: steps.iter().fold(0, |sum, step| sum.saturating_add(step.flop_count)),
            largest_intermediate: intermediates(&steps).map(|step| step.elements).max().unwrap_or(0),
            peak_memory: bytes(peak(&backward.plan.steps, &steps)),
            steps,
        }
    }

    /// The report on the contraction itself.
    pub fn forward(&self) -> &ContractionReport {
        &self.forward
    }

    /// The gradients, in the order in which they are wanted: whose they are, and the subscripts by which each follows from the cotangent and the
    /// other operands. The cotangent stands in the place of the operand, or behind all where the scale's gradient is wanted. An index that only the
    /// output of these has is one that the operand alone has: the gradient is repeated along it.
    pub fn gradients(&self) -> &[(StepResult, String)] {
        &self.gradients
    }

    /// How many additions and multiplications the steps do.
    pub fn flop_count(&self) -> u128 {
        self.flop_count
    }

    /// [`flop_count`](Self::flop_count) divided by that of the contraction itself.
    pub fn ratio(&self) -> f64 {
        self.flop_count as f64 / self.forward.flop_count.max(1) as f64
    }

    /// How many elements the largest intermediate has; 0 if there is none.
    pub fn largest_intermediate(&self) -> u128 {
        self.largest_intermediate
    }

    /// How many bytes the intermediates take that are there at one time, at most. The operands, the cotangent and the gradients do not count.
    pub fn peak_memory(&self) -> u128 {
        self.peak_memory
    }

    /// The steps, in order.
    pub fn steps(&self) -> &[GradientStep] {
        &self.steps
    }
}

impl StepResult {
    fn of(wanted: Wanted) -> StepResult {
        match wanted {
            Wanted::Scale => StepResult::OfScale,
            Wanted::Operand(OperandId(n)) => StepResult::OfOperand(usize::from(n)),
        }
    }
}

impl fmt::Display for StepResult {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            StepResult::Intermediate => f.write_str("t"),
            StepResult::OfScale => f.write_str("ds"),
            StepResult::OfOperand(position) => write!(f, "d{position}"),
        }
    }
}

impl GradientStep {
    /// What the table calls the result of this step, the `n`th from 0.
    pub(super) fn result_name(&self, n: usize) -> String {
        match self.result {
            StepResult::Intermediate => GradientOperand::Intermediate(n).to_string(),
            gradient => gradient.to_string(),
        }
    }
}

impl GradientOperand {
    // `cotangent` is its number, behind those of the operands.
    fn of(source: Source, cotangent: usize) -> GradientOperand {
        match source {
            Source::Operand(id) if usize::from(id.0) == cotangent => GradientOperand::Cotangent,
            Source::Operand(id) => GradientOperand::Operand(usize::from(id.0)),
            Source::Intermediate(step) => GradientOperand::Intermediate(step),
        }
    }
}

impl fmt::Display for GradientOperand {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            GradientOperand::Operand(position) => write!(f, "{position}"),
            GradientOperand::Cotangent => f.write_str("g"),
            GradientOperand::Intermediate(step) => write!(f, "t{}", step + 1),
        }
    }
}

fn intermediates(steps: &[GradientStep]) -> impl Iterator<Item = &GradientStep> {
    steps.iter().filter(|step| step.result == StepResult::Intermediate)
}

// An intermediate lives from the step that writes it to the last one that reads it.
fn peak(plan: &[Step], steps: &[GradientStep]) -> u128 {
    let mut dies = vec![0; steps.len()];
    for (n, step) in plan.iter().enumerate() {
        for input in &step.inputs {
            if let Source::Intermediate(read) = input.source {
                dies[read] = n;
            }
        }
    }
    let alive = |at: usize| {
        let living = (0..=at).filter(|&n| steps[n].result == StepResult::Intermediate && dies[n] >= at);
        living.fold(0, |sum: u128, n| sum.saturating_add(steps[n].elements))
    };
    (0..steps.len()).map(alive).max().unwrap_or(0)
}

/// The terms of the call as they were written.
struct Terms<'t> {
    operands: Vec<&'t str>,
    output: &'t str,
}

impl<'t> Terms<'t> {
    // `subscripts` have an output and no spaces.
    fn of(subscripts: &'t str) -> Terms<'t> {
        let (operands, output) = subscripts.split_once("->").unwrap_or((subscripts, ""));
        Terms { operands: operands.split(',').collect(), output }
    }

    // `ik,jk->ij`
    fn gradient(&self, wanted: Wanted) -> String {
        let mut factors = self.operands.clone();
        let output = match wanted {
            Wanted::Scale => {
                factors.push(self.output);
                ""
            }
            Wanted::Operand(OperandId(n)) => core::mem::replace(&mut factors[usize::from(n)], self.output),
        };
        format!("{}->{output}", factors.join(","))
    }

    fn affine(&self, wanted: Wanted) -> Option<&'t str> {
        match wanted {
            Wanted::Operand(OperandId(n)) => {
                Some(self.operands[usize::from(n)]).filter(|term| term.contains('('))
            }
            Wanted::Scale => None,
        }
    }
}
