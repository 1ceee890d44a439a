//! What a contraction does and what it costs, as data and as a table: NumPy's `einsum_path`, and the kernel of each step.
//!
//! Takes a spec with its extents and a path, and looks at them only: nothing is decided here. The counts are those of
//! [`cost`](crate::cost); what is here is names, and the table.
//!
//! The spec is that of the actual arrays: an index of extent 1 is in no term, and neither is one that an operand is broadcast along; and
//! each axis that `...` stands for is an index of its own.

mod class;
mod gradients;
pub mod text;

pub use class::{StepClass, StepKernel};
pub use gradients::{GradientOperand, GradientReport, GradientStep, StepResult};

use crate::{
    cost::{Cost, StepCost},
    path::Path,
    plan::{Plan, Source, Step},
    spec::{Index, IndexId, OperandId, Spec, Term},
};
use alloc::{format, string::String, vec::Vec};
use core::fmt;

/// What `einsum!` does with operands of certain shapes, and what it costs: NumPy's `einsum_path`.
///
/// `einsum_path!` makes one. The `Display` is NumPy's summary with a table of the steps; all of it is there as data as well.
///
/// The table numbers the steps from 1 and calls their results `t1`, `t2`, …; an operand is called by its position in the call, from 0.
/// Axes of extent 1 are in no step, since nothing is done along them. The `...` of a step stands for the axes that are left of those
/// of the operands: the last ones. Should a term have them in another order or apart from each other, each is written by its number, `.0`
/// for the first.
///
/// A FLOP is an addition or a multiplication of two elements, or the copy of one, as NumPy and opt_einsum count them: for each
/// combination of its indices, a step does one multiplication less than it has factors, and an addition if it sums. Counts stay at
/// the largest `u128` instead of wrapping around; that of the naive order, which is one step without intermediates, is an `f64`,
/// since it is larger than that for a few dozen operands. (It is NumPy's, which has an addition where an index is in two
/// operands, summed over or not.)
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq)]
pub struct ContractionReport {
    subscripts: String,
    path: Vec<Vec<usize>>,
    naive_scaling: usize,
    scaling: usize,
    naive_flop_count: f64,
    flop_count: u128,
    largest_intermediate: u128,
    peak_memory: u128,
    steps: Vec<ReportStep>,
}

/// A step of a [`ContractionReport`]: an einsum of its own.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq)]
pub struct ReportStep {
    /// What it multiplies, in this order.
    pub operands: Vec<StepOperand>,
    /// Its subscripts.
    pub subscripts: String,
    /// What is left to do after it, as subscripts.
    pub remaining: String,
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
}

/// What a step of a [`ContractionReport`] multiplies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StepOperand {
    /// An operand of the call, by its position from 0. Printed as the number.
    Operand(usize),
    /// The result of an earlier step, by its position in [`ContractionReport::steps`]. Printed as `t1` for the first step.
    Intermediate(usize),
}

impl ContractionReport {
    /// The report on the steps of `plan`, which is one for `path` and `spec`.
    ///
    /// - `subscripts`: the text of the call;
    /// - `extents`: one for each index of the spec;
    /// - `element_size`: how many bytes an element has.
    ///
    /// # Panics
    /// If there are not as many extents as indices, or the plan is none for this spec.
    pub fn new(
        subscripts: &str,
        spec: &Spec,
        extents: &[u64],
        path: &Path,
        plan: &Plan,
        element_size: usize,
    ) -> Self {
        assert_eq!(extents.len(), spec.indices.len(), "one extent for each index");
        let names = Names(spec);
        let cost = Cost::of(spec, extents, plan);
        let bytes = |elements: u128| elements.saturating_mul(element_size as u128);
        let mut left = Left::new(spec);
        let steps = plan.steps.iter().zip(&cost.steps).map(|(step, cost)| {
            left.take(step);
            ReportStep {
                operands: step.inputs.iter().map(|input| StepOperand::of(input.source)).collect(),
                subscripts: names.step(step),
                remaining: left.subscripts(&names),
                kernel: StepKernel::of(step),
                scaling: cost.scaling,
                flop_count: flop_count(step, cost),
                elements: cost.result,
                bytes: bytes(cost.result),
            }
        });
        let steps: Vec<ReportStep> = steps.collect();
        let flop_count = steps.iter().fold(0, |sum: u128, step| sum.saturating_add(step.flop_count));
        ContractionReport {
            subscripts: with_output(subscripts, &names.term(&spec.output)),
            path: path.steps.clone(),
            naive_scaling: cost.naive_scaling,
            naive_flop_count: cost.naive_flops,
            scaling: cost.scaling(),
            flop_count,
            largest_intermediate: cost.largest_result(),
            peak_memory: bytes(cost.peak_temporary),
            steps,
        }
    }

    /// The subscripts of the call, without spaces and with the output.
    pub fn subscripts(&self) -> &str {
        &self.subscripts
    }

    /// How many indices the call has: how many loops one step without intermediates would have.
    pub fn naive_scaling(&self) -> usize {
        self.naive_scaling
    }

    /// How many indices the step with the most of them has.
    pub fn scaling(&self) -> usize {
        self.scaling
    }

    /// How many additions and multiplications one step without intermediates would do.
    pub fn naive_flop_count(&self) -> f64 {
        self.naive_flop_count
    }

    /// How many additions and multiplications the steps do.
    pub fn flop_count(&self) -> u128 {
        self.flop_count
    }

    /// [`naive_flop_count`](Self::naive_flop_count) divided by [`flop_count`](Self::flop_count).
    pub fn speedup(&self) -> f64 {
        self.naive_flop_count / self.flop_count.max(1) as f64
    }

    /// How many elements the largest result of a step has. The output counts, as in NumPy.
    pub fn largest_intermediate(&self) -> u128 {
        self.largest_intermediate
    }

    /// How many bytes the intermediates take that are there at one time, at most. The operands and the output do not count.
    pub fn peak_memory(&self) -> u128 {
        self.peak_memory
    }

    /// The contraction path, as NumPy writes it and the option `path` reads it: for each step the positions of what it takes in the
    /// list of what is left; its result goes to the end of the list. Sums of a single operand, which come before the step that reads it,
    /// are steps but not in the path.
    pub fn path(&self) -> &[Vec<usize>] {
        &self.path
    }

    /// The steps, in order.
    pub fn steps(&self) -> &[ReportStep] {
        &self.steps
    }

    /// The position in [`steps`](Self::steps) of the step that does the most additions and multiplications, the first of several.
    pub fn costliest_step(&self) -> usize {
        let mut costliest = 0;
        for (n, step) in self.steps.iter().enumerate() {
            if step.flop_count > self.steps[costliest].flop_count {
                costliest = n;
            }
        }
        costliest
    }
}

impl StepOperand {
    fn of(source: Source) -> StepOperand {
        match source {
            Source::Operand(id) => StepOperand::Operand(usize::from(id.0)),
            Source::Intermediate(step) => StepOperand::Intermediate(step),
        }
    }
}

impl fmt::Display for StepOperand {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            StepOperand::Operand(position) => write!(f, "{position}"),
            StepOperand::Intermediate(step) => write!(f, "t{}", step + 1),
        }
    }
}

// The text as NumPy shows it. An output that was not written is the implicit one.
fn with_output(subscripts: &str, output: &str) -> String {
    let text: String = subscripts.chars().filter(|&c| c != ' ').collect();
    if text.contains("->") { text } else { format!("{text}->{output}") }
}

// Of three factors and more, those of one element are multiplied with the result.
fn flop_count(step: &Step, cost: &StepCost) -> u128 {
    let scalars = step.inputs.iter().filter(|input| input.term.is_empty()).count();
    if step.inputs.len() < 3 || scalars == 0 {
        return cost.flops;
    }
    let multiplications = (step.inputs.len() - scalars).saturating_sub(1);
    let each = (multiplications + usize::from(cost.sums)).max(1);
    let of_result = cost.result.saturating_mul(scalars as u128);
    cost.iterations.saturating_mul(each as u128).saturating_add(of_result).min(cost.flops)
}

/// What is left to contract, in NumPy's order.
struct Left<'s> {
    spec: &'s Spec,
    things: Vec<(Source, Term)>,
    /// How many steps have been taken.
    steps: usize,
}

impl<'s> Left<'s> {
    fn new(spec: &'s Spec) -> Left<'s> {
        let operands = (0u16..).zip(&spec.operands);
        let things = operands.map(|(n, term)| (Source::Operand(OperandId(n)), term.clone()));
        Left { spec, things: things.collect(), steps: 0 }
    }

    // The result of a step goes to the end; that of a single operand takes its place.
    fn take(&mut self, step: &Step) {
        let result = (Source::Intermediate(self.steps), step.output.clone());
        self.steps += 1;
        let is_input = |source| step.inputs.iter().any(|input| input.source == source);
        match (&step.inputs[..], self.things.iter_mut().find(|(source, _)| is_input(*source))) {
            ([_], Some(thing)) => *thing = result,
            _ => {
                self.things.retain(|&(source, _)| !is_input(source));
                self.things.push(result);
            }
        }
    }

    fn subscripts(&self, names: &Names<'_>) -> String {
        let terms: Vec<String> = self.things.iter().map(|(_, term)| names.term(term)).collect();
        format!("{}->{}", terms.join(","), names.term(&self.spec.output))
    }
}

/// Terms as text.
struct Names<'s>(&'s Spec);

impl Names<'_> {
    fn step(&self, step: &Step) -> String {
        let inputs: Vec<String> = step.inputs.iter().map(|input| self.term(&input.term)).collect();
        format!("{}->{}", inputs.join(","), self.term(&step.output))
    }

    fn term(&self, term: &Term) -> String {
        let axes: Vec<IndexId> = self.0.ids().filter(|&id| self.0.is_ellipsis(id)).collect();
        let first = term.iter().position(|id| axes.contains(id)).unwrap_or(0);
        let count = term.iter().filter(|id| axes.contains(id)).count();
        let last_axes = &axes[axes.len().saturating_sub(count)..];
        let are_the_last = term[first..].starts_with(last_axes);
        let mut text = String::new();
        for (n, &id) in term.iter().enumerate() {
            match self.0.index(id) {
                Index::Label(label) => text.push(label),
                Index::Ellipsis if are_the_last && n == first => text.push_str("..."),
                Index::Ellipsis if are_the_last => {}
                Index::Ellipsis => {
                    let axis = axes.iter().position(|&other| other == id).unwrap_or(0);
                    text.push_str(&format!(".{axis}"));
                }
            }
        }
        text
    }
}
