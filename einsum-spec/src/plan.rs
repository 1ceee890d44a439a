//! The steps of a contraction, each with its subscripts: what code is generated from.

use crate::{
    early::EarlySums,
    path::Path,
    roles::Roles,
    spec::{IndexId, OperandId, Spec, Term},
};
use alloc::{vec, vec::Vec};

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
    ///
    /// In a contraction of three or more operands, an index that one operand has alone and the output has not is summed over in a step
    /// of that operand, right before the one that uses it.
    ///
    /// ```
    /// use einsum_spec::{check, parse, path::Path, plan::Plan};
    ///
    /// let (subscripts, report) = parse::parse("ix,ij,j->");
    /// let spec = check::check(&subscripts, 3, report).expect("the subscripts are sound");
    /// let path = Path::fixed(vec![vec![1, 2], vec![0, 1]], 3).expect("the path is one for three operands");
    /// // ij,j->i, then ix->i and i,i->
    /// let inputs: Vec<usize> = Plan::lower(&spec, &path).steps.iter().map(|step| step.inputs.len()).collect();
    /// assert_eq!(inputs, [2, 1, 2]);
    /// ```
    pub fn lower(spec: &Spec, path: &Path) -> Plan {
        Lowering::new(spec, EarlySums::of(spec, None)).plan(path)
    }

    /// [`Plan::lower`] with a limit: an operand whose sum would have more elements is summed where it is used.
    pub fn lower_within(spec: &Spec, path: &Path, extents: &[u64], memory_limit: u64) -> Plan {
        Lowering::new(spec, EarlySums::of(spec, Some((extents, memory_limit)))).plan(path)
    }

    /// Puts a step before the `n`th that copies one of its inputs, each index once: so it can lie in memory in another order.
    pub fn copy_input(&mut self, n: usize, input: usize) {
        for source in
            self.steps[n..].iter_mut().flat_map(|step| &mut step.inputs).map(|input| &mut input.source)
        {
            if let Source::Intermediate(m) = source
                && *m >= n
            {
                *m += 1;
            }
        }
        let original = self.steps[n].inputs[input].clone();
        let mut term = Term::new();
        for &id in &original.term {
            if !term.contains(&id) {
                term.push(id);
            }
        }
        self.steps[n].inputs[input] =
            Input { source: Source::Intermediate(n), term: term.clone(), first: original.first };
        let roles = Roles::of(core::slice::from_ref(&original.term), &term);
        self.steps.insert(n, Step { inputs: [original].into(), output: term, roles });
    }

    /// The step that writes the output, and those before it.
    pub fn split_last(&self) -> (&Step, &[Step]) {
        self.steps.split_last().expect("a plan has a step")
    }
}

impl Step {
    /// A step of these factors, in this order.
    pub(crate) fn new(factors: Vec<(Source, Term)>, output: Term) -> Step {
        let inputs = factors.into_iter().enumerate();
        let inputs: Vec<Input> =
            inputs.map(|(first, (source, term))| Input { source, term, first }).collect();
        let terms: Vec<Term> = inputs.iter().map(|input| input.term.clone()).collect();
        Step { roles: Roles::of(&terms, &output), inputs, output }
    }

    /// The step of all operands at once.
    pub fn of_all(spec: &Spec) -> Step {
        let inputs: Vec<Input> = Input::of_operands(spec).collect();
        let output = spec.output.clone();
        Step { roles: Roles::of(&spec.operands, &output), inputs, output }
    }
}

impl Input {
    fn of_operands(spec: &Spec) -> impl Iterator<Item = Input> + '_ {
        (0u16..).zip(&spec.operands).map(|(n, term)| Input {
            source: Source::Operand(OperandId(n)),
            term: term.clone(),
            first: usize::from(n),
        })
    }
}

/// A plan in the making.
struct Lowering<'a> {
    spec: &'a Spec,
    early: EarlySums<'a>,
    left: Vec<Input>,
    steps: Vec<Step>,
}

impl<'a> Lowering<'a> {
    fn new(spec: &'a Spec, early: EarlySums<'a>) -> Lowering<'a> {
        Lowering { spec, early, left: Input::of_operands(spec).collect(), steps: Vec::new() }
    }

    fn plan(mut self, path: &Path) -> Plan {
        for positions in &path.steps {
            let mut positions = positions.clone();
            positions.sort_unstable();
            // From the last on, so that the others keep their positions.
            let mut inputs: Vec<Input> =
                positions.iter().rev().map(|&position| self.left.remove(position)).collect();
            inputs.sort_unstable_by_key(|input| input.first);
            if inputs.len() > 1 {
                inputs = inputs.into_iter().map(|input| self.sum_early(input)).collect();
            }
            let output =
                if self.left.is_empty() { self.spec.output.clone() } else { self.still_needed(&inputs) };
            let result = self.append(inputs, output);
            self.left.push(result);
        }
        Plan { steps: self.steps }
    }

    // What a step reads in place of an operand.
    fn sum_early(&mut self, input: Input) -> Input {
        match (input.source, self.early.left_of(&input.term)) {
            (Source::Operand(_), Some(left)) => self.append(vec![input], left),
            _ => input,
        }
    }

    fn append(&mut self, inputs: Vec<Input>, output: Term) -> Input {
        let terms: Vec<Term> = inputs.iter().map(|input| input.term.clone()).collect();
        let roles = Roles::of(&terms, &output);
        let source = Source::Intermediate(self.steps.len());
        let result = Input { source, term: output.clone(), first: inputs[0].first };
        self.steps.push(Step { inputs, output, roles });
        result
    }

    // The indices of an intermediate: those of its inputs that the output or something that is left has, in the order
    // in which they come.
    fn still_needed(&self, inputs: &[Input]) -> Term {
        let mut needed: Vec<IndexId> = Vec::new();
        for &id in inputs.iter().flat_map(|input| &input.term) {
            let wanted =
                self.spec.output.contains(&id) || self.left.iter().any(|input| input.term.contains(&id));
            if wanted && !needed.contains(&id) {
                needed.push(id);
            }
        }
        needed
    }
}
