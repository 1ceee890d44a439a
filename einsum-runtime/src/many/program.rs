//! The steps of a contraction, or of its gradients, for given extents: loops with strides, and where intermediates lie.
//!
//! What is not known here are the addresses and strides of the operands and of the outputs: they come with the call, and a loop says where to
//! look them up.
//!
//! **Layout of intermediates.** First the indices of the batch of the step that reads it (the first one, if there are several); last those that are neighbours in that step's output if the
//! intermediate has them, else those that it sums over; unless only the other order has neighbours that are neighbours in an operand from which
//! the intermediate is made. Within each part the indices have the order that they have in the output or in the other operand, so that
//! neighbours can be walked as one.
//!
//! **Slices.** Where all steps but read and write, they are run for a part of an index at a time.
//!
//! **Memory.** All intermediates lie in one piece, each from the step that writes it to the last one that reads it: first fit, in the order of the
//! steps.

use super::network::{Axes, Steps};
use crate::{extents::Call, kernel::Part};
use alloc::{vec, vec::Vec};
use einsum_spec::{
    backward::{Backward, Wanted},
    path::Options,
    plan::{Plan, Source},
    roles::Role,
    spec::{IndexId, Spec},
};

/// All that a program depends on.
pub(crate) struct Request<'r> {
    pub(crate) call: &'r Call,
    pub(crate) path: Option<&'r [&'r [usize]]>,
    pub(crate) shapes: &'r dyn Fn(usize) -> &'r [usize],
    pub(crate) operands: usize,
    /// Of the labels, and of the axes of the ellipsis.
    pub(crate) extents: &'r [usize],
    pub(crate) rest: &'r [usize],
    /// The shape of the array that is written, if there is one.
    pub(crate) output: &'r [usize],
    pub(crate) commutes: bool,
    /// The most elements of an intermediate.
    pub(crate) memory_limit: usize,
    /// The gradients that are wanted, if not the result. The cotangent has the shape of the result.
    pub(crate) gradients: Option<&'r [Wanted]>,
}

/// The steps, in order.
pub(crate) struct Program {
    /// The index of each axis of each array.
    pub(crate) axes: Axes,
    /// The extent of each index.
    pub(crate) extents: Vec<usize>,
    /// Operands of one element, which are but factors of the result.
    pub(crate) factors: Vec<u16>,
    /// At least one; the last one writes an output.
    pub(crate) steps: Vec<Step>,
    /// The output that is not multiplied by the scale, being its gradient.
    pub(crate) unscaled: Option<u16>,
    /// Elements of the memory of intermediates.
    pub(crate) memory: usize,
    /// Whether the steps are run for a part of an index at a time.
    pub(crate) slices: Option<Slices>,
}

/// All steps are run for some positions of an index, then for the next: an intermediate is so short that it stays in the cache.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Slices {
    pub(crate) index: u16,
    /// So many positions at a time.
    pub(crate) extent: usize,
    /// Whether the last step sums over it.
    pub(crate) is_summed: bool,
}

/// One step.
pub(crate) struct Step {
    /// What is multiplied, in this order.
    pub(crate) inputs: Vec<Input>,
    /// The loops: those of the output first, in the order of its elements if it is an intermediate.
    pub(crate) loops: Vec<Loop>,
    /// For each loop the stride in the output and in each input.
    pub(crate) strides: Vec<Stride>,
    /// How many loops are those of the output.
    pub(crate) kept: usize,
    /// The output that it writes, if its result is no intermediate.
    pub(crate) output: Option<u16>,
    /// Where the result lies in the memory of intermediates, and its elements.
    pub(crate) place: usize,
    pub(crate) size: usize,
}

/// A factor of a step.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Input {
    Operand(u16),
    /// The result of a step.
    Intermediate(u16),
}

/// A loop of a step.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Loop {
    pub(crate) index: u16,
    pub(crate) extent: usize,
    pub(crate) part: Part,
}

/// How far a loop moves in an array.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Stride {
    Fixed(isize),
    /// As the array does along an index: an entry of the table of [`Program::slot`].
    Of(u32),
}

/// Intermediates of fewer elements stay in the cache anyway. (A fuzzer is to come to slices with little arrays; likewise below.)
const MOST_IN_CACHE: usize = if cfg!(fuzzing) { 1 << 4 } else { 1 << 16 };
/// About so many elements of intermediates are in a slice: the second-level cache holds them, and finding two kernels costs less than a tenth.
const SLICE: usize = if cfg!(fuzzing) { 1 << 3 } else { 1 << 13 };
/// A rounding error grows with the number of slices that are summed.
const MOST_SUMMED_SLICES: usize = 64;

impl Step {
    /// Whether it reads the result of this step.
    pub(crate) fn reads(&self, step: usize) -> bool {
        let is_it = |input: &Input| matches!(input, Input::Intermediate(n) if usize::from(*n) == step);
        self.inputs.iter().any(is_it)
    }

    // Whether it is like a product of matrices, which reads its operands again and again.
    fn is_product(&self) -> bool {
        let has = |part: Part| self.loops.iter().any(|one| one.part == part && one.extent > 1);
        has(Part::FreeLeft) && has(Part::FreeRight) && has(Part::Contracted) || self.inputs.len() > 2
    }
}

impl Request<'_> {
    fn options(&self) -> Options {
        let memory_limit = Some(self.memory_limit as u64);
        Options { memory_limit, keeps_order: !self.commutes, ..Options::default() }
    }

    // Everything but what is the same at every call from one place.
    fn parts(&self, mut each: impl FnMut(&[usize]) -> bool) -> bool {
        each(&[self.memory_limit, usize::from(self.commutes), self.rest.len(), self.output.len()])
            && (0..self.operands).all(|n| {
                let shape = (self.shapes)(n);
                each(&[shape.len()]) && each(shape)
            })
            && each(self.extents)
            && each(self.rest)
            && each(self.output)
            && self.gradients.iter().copied().flatten().all(|wanted| match wanted {
                Wanted::Scale => each(&[usize::MAX]),
                Wanted::Operand(id) => each(&[usize::from(id.0)]),
            })
    }

    /// What tells this request from others at the same place.
    pub(super) fn key(&self) -> Vec<usize> {
        let mut key = Vec::new();
        self.parts(|part| {
            key.extend_from_slice(part);
            true
        });
        key
    }

    /// Whether it has this key.
    #[inline]
    pub(super) fn is(&self, key: &[usize]) -> bool {
        let mut rest = key.iter();
        // One by one: these numbers have just been written one by one, and a comparison of several at a time would wait for all of them.
        let same = self.parts(|part| part.iter().all(|number| rest.next() == Some(number)));
        same && rest.next().is_none()
    }
}

impl Program {
    /// Plans.
    pub(super) fn new(request: &Request<'_>) -> Program {
        let extents: Vec<usize> = request.extents.iter().chain(request.rest).copied().collect();
        let ranks = (0..request.operands).map(|n| (request.shapes)(n).len());
        let axes = Axes::new(request.call, ranks, request.rest.len());
        let spec = axes.spec(request.call, request.shapes, &extents);
        let wide: Vec<u64> = extents.iter().map(|&extent| extent as u64).collect();
        let mut program = match request.gradients {
            None => Program::forward(request, axes, &spec, extents, &wide),
            Some(wanted) => Program::backward(request, wanted, axes, &spec, extents, &wide),
        };
        program.place_intermediates();
        program
    }

    fn forward(request: &Request<'_>, axes: Axes, spec: &Spec, extents: Vec<usize>, wide: &[u64]) -> Program {
        let output = &axes.outputs[0];
        let is_repeated = |n: usize| output[..n].contains(&output[n]);
        // Else some elements of a new array would not be written.
        assert!(!(0..output.len()).any(is_repeated), "an index of the output has one axis");
        let Steps { operands, factors, mut plan, .. } =
            Steps::choose(spec, wide, &request.options(), request.path);
        if request.commutes && !extents.contains(&0) {
            copy_small_inputs(&mut plan, &extents);
        }
        let outputs: Vec<_> = (1..=plan.steps.len()).map(|n| (n == plan.steps.len()).then_some(0)).collect();
        // An index that no operand has is broadcast into the output.
        let output = axes.outputs[0].iter().map(|&index| IndexId(index));
        let output: Vec<_> = output.filter(|id| extents[usize::from(id.0)] != 1).collect();
        let layouts = layouts(&plan, |n| outputs[n].map(|_| output.clone()));
        let mut program = Program::new_empty(axes, extents, factors);
        program.push_all(&plan, &layouts, &outputs, &operands);
        if request.commutes && !program.is_empty() {
            program.slice();
        }
        program
    }

    fn backward(
        request: &Request<'_>,
        wanted: &[Wanted],
        axes: Axes,
        spec: &Spec,
        extents: Vec<usize>,
        wide: &[u64],
    ) -> Program {
        let Backward { plan, gradients } = Backward::choose(spec, wide, wanted, &request.options());
        let position = |gradient: Wanted| {
            let position = wanted.iter().position(|&other| other == gradient);
            position.map(|n| u16::try_from(n).expect("gradients are as few as operands"))
        };
        let outputs: Vec<_> = gradients.iter().map(|gradient| gradient.and_then(position)).collect();
        let layouts = layouts(&plan, |n| outputs[n].map(|_| plan.steps[n].output.clone()));
        let axes = axes.backward(wanted);
        let operands: Vec<u16> = (0..).take(axes.operands.len()).collect();
        let mut program = Program::new_empty(axes, extents, Vec::new());
        program.unscaled = position(Wanted::Scale);
        program.push_all(&plan, &layouts, &outputs, &operands);
        program
    }

    fn new_empty(axes: Axes, extents: Vec<usize>, factors: Vec<u16>) -> Program {
        Program { axes, extents, factors, steps: Vec::new(), unscaled: None, memory: 0, slices: None }
    }

    /// The entry of the table of strides for an index of an operand, or of an output: they come behind the last operand.
    pub(crate) fn slot(&self, array: usize, index: u16) -> usize {
        array * self.extents.len() + usize::from(index)
    }

    /// Whether nothing is computed: some loop does not run.
    pub(crate) fn is_empty(&self) -> bool {
        self.extents.contains(&0)
    }

    fn push_all(&mut self, plan: &Plan, layouts: &[Vec<IndexId>], outputs: &[Option<u16>], operands: &[u16]) {
        for (n, &output) in outputs.iter().enumerate() {
            self.push(plan, n, output, layouts, operands);
        }
    }

    /// Whether the result has this shape.
    pub(crate) fn is_shape_of_result(&self, shape: &[usize]) -> bool {
        self.is_shape_of(&self.axes.outputs[0], shape)
    }

    /// Whether an array with these indices, none of them broadcast, has this shape.
    pub(crate) fn is_shape_of(&self, axes: &[u16], shape: &[usize]) -> bool {
        axes.iter().map(|&index| self.extents[usize::from(index)]).eq(shape.iter().copied())
    }

    // The loops of a step: the indices of its layout, then those that it sums over.
    fn push(
        &mut self,
        plan: &Plan,
        n: usize,
        output: Option<u16>,
        layouts: &[Vec<IndexId>],
        operands: &[u16],
    ) {
        let layout = &layouts[n];
        let step = &plan.steps[n];
        let reduced = step.roles.reduced();
        let indices: Vec<IndexId> = layout.iter().copied().chain(reduced).collect();
        let (kept, arrays) = (layout.len(), step.inputs.len() + 1);
        let mut strides = Vec::with_capacity(indices.len() * arrays);
        for (position, &id) in indices.iter().enumerate() {
            strides.push(match output {
                _ if position >= kept => Stride::Fixed(0),
                Some(n) => Stride::Of(self.slot(self.axes.operands.len() + usize::from(n), id.0) as u32),
                None => Stride::Fixed(self.stride(layout, id)),
            });
            for input in &step.inputs {
                strides.push(match input.source {
                    _ if !input.term.contains(&id) => Stride::Fixed(0),
                    Source::Operand(operand) => {
                        let operand = operands[usize::from(operand.0)];
                        Stride::Of(self.slot(usize::from(operand), id.0) as u32)
                    }
                    Source::Intermediate(m) => Stride::Fixed(self.stride(&layouts[m], id)),
                });
            }
        }
        let is_in =
            |input: usize, id: IndexId| step.inputs.get(input).is_some_and(|input| input.term.contains(&id));
        let part = |position: usize, id: IndexId| match (position < kept, is_in(0, id), is_in(1, id)) {
            (true, true, true) => Part::Batch,
            (true, false, true) => Part::FreeRight,
            (true, _, false) => Part::FreeLeft,
            (false, true, true) => Part::Contracted,
            (false, false, true) => Part::SummedRight,
            (false, _, false) => Part::SummedLeft,
        };
        let extent = |id: IndexId| self.extents[usize::from(id.0)];
        let loops = indices.iter().enumerate().map(|(position, &id)| Loop {
            index: id.0,
            extent: extent(id),
            part: part(position, id),
        });
        let inputs = step.inputs.iter().map(|input| match input.source {
            Source::Operand(operand) => Input::Operand(operands[usize::from(operand.0)]),
            Source::Intermediate(m) => {
                Input::Intermediate(u16::try_from(m).expect("steps are about as few as operands"))
            }
        });
        let size = layout.iter().fold(1, |size: usize, &id| size.saturating_mul(extent(id)));
        self.steps.push(Step {
            inputs: inputs.collect(),
            loops: loops.collect(),
            strides,
            kept,
            output,
            place: 0,
            size,
        });
    }

    // In an array of this layout without gaps.
    fn stride(&self, layout: &[IndexId], id: IndexId) -> isize {
        let behind = layout.iter().rev().take_while(|&&other| other != id);
        behind.fold(1, |stride: isize, other| {
            stride.saturating_mul(self.extents[usize::from(other.0)] as isize)
        })
    }

    // Steps that do little more than read and write, as an element-wise product of several operands, would read and write intermediates that
    // are longer than the cache.
    fn slice(&mut self) {
        let Some((last, before)) = self.steps.split_last() else { return };
        let elements = before.iter().fold(0, |sum: usize, step| sum.saturating_add(step.size));
        let Some(&Loop { index, extent, .. }) = before.first().and_then(|step| step.loops.first()) else {
            return;
        };
        // The outermost index of every intermediate, which so is one piece of it.
        let is_outermost = |step: &Step| step.kept > 0 && step.loops[0].index == index;
        let Some(position) = last.loops.iter().position(|one| one.index == index) else { return };
        if elements < MOST_IN_CACHE
            || self.steps.iter().any(Step::is_product)
            || !before.iter().all(is_outermost)
        {
            return;
        }
        let is_summed = position >= last.kept;
        // The sums of slices are added one after the other, so that they should be few.
        let least = if is_summed { extent.div_ceil(MOST_SUMMED_SLICES) } else { 1 };
        let part = (SLICE / (elements / extent).max(1)).max(least);
        if part < extent {
            self.slices = Some(Slices { index, extent: part, is_summed });
            let steps = self.steps.len() - 1;
            self.steps[..steps].iter_mut().for_each(|step| step.size = step.size / extent * part);
        }
    }

    // First fit: an intermediate lies at the first place that is free from its step to the last one that reads it.
    fn place_intermediates(&mut self) {
        // Whole cache lines of the smallest elements.
        const GRAIN: usize = 64;
        let mut live: Vec<(usize, usize, usize)> = Vec::new();
        for n in 0..self.steps.len() {
            if self.steps[n].output.is_some() {
                continue;
            }
            let dies = self.steps.iter().rposition(|step| step.reads(n)).expect("an intermediate is used");
            // What this step reads is there while its result is written.
            live.retain(|&(_, _, dies)| dies >= n);
            let size = self.steps[n].size.div_ceil(GRAIN).saturating_mul(GRAIN);
            let mut place: usize = 0;
            for &(start, end, _) in &live {
                if start >= place.saturating_add(size) {
                    break;
                }
                place = place.max(end);
            }
            // More than there can be stays more, and is refused when the program is to be run: a path that the user has fixed may ask for that.
            let end = place.saturating_add(size);
            // In the order of their places.
            let next = live.partition_point(|&(start, ..)| start < place);
            live.insert(next, (place, end, dies));
            self.steps[n].place = place;
            self.memory = self.memory.max(end);
        }
    }
}

/// An operand that is copied has so many elements at most, and the other one so many times as many: the copy takes no time.
const MOST_COPIED: usize = 1 << 12;
const TIMES_MOST_COPIED: usize = if cfg!(fuzzing) { 4 } else { 32 };

// A small operand that a sum over several indices reads in another order than the large one is read over and over again, element by
// element: it is put into the order of the large one first.
fn copy_small_inputs(plan: &mut Plan, extents: &[usize]) {
    let size = |term: &[IndexId]| {
        term.iter().fold(1, |size: usize, id| size.saturating_mul(extents[usize::from(id.0)]))
    };
    let mut n = 0;
    while n < plan.steps.len() {
        let step = &plan.steps[n];
        let is_operand = |input: &einsum_spec::plan::Input| matches!(input.source, Source::Operand(_));
        let is_in_other_order = |small: &[IndexId], large: &[IndexId]| {
            let summed = |term: &[IndexId], other: &[IndexId]| -> Vec<IndexId> {
                term.iter().copied().filter(|id| !step.output.contains(id) && other.contains(id)).collect()
            };
            small.iter().all(|id| large.contains(id))
                && size(small) <= MOST_COPIED
                && size(large) >= size(small).saturating_mul(TIMES_MOST_COPIED)
                && summed(small, large) != summed(large, small)
        };
        let copied = match &step.inputs[..] {
            [left, right] if is_operand(left) && is_operand(right) => {
                if is_in_other_order(&left.term, &right.term) {
                    Some(0)
                } else {
                    is_in_other_order(&right.term, &left.term).then_some(1)
                }
            }
            _ => None,
        };
        if let Some(input) = copied {
            plan.copy_input(n, input);
            n += 1;
        }
        n += 1;
    }
}

// The order of the indices of each step's result; `output` gives that of the steps that write an output.
fn layouts(plan: &Plan, output: impl Fn(usize) -> Option<Vec<IndexId>>) -> Vec<Vec<IndexId>> {
    let mut layouts: Vec<Vec<IndexId>> = vec![Vec::new(); plan.steps.len()];
    let last = plan.steps.len() - 1;
    for n in (0..=last).rev() {
        if let Some(layout) = output(n) {
            layouts[n] = layout;
            continue;
        }
        let reads = |step: &einsum_spec::plan::Step| {
            step.inputs.iter().position(|input| input.source == Source::Intermediate(n))
        };
        let (reader, input) =
            (n + 1..=last).find_map(|m| Some((m, reads(&plan.steps[m])?))).expect("an intermediate is used");
        let (step, output) = (&plan.steps[reader], &layouts[reader]);
        let others = step.inputs.iter().enumerate().filter(|&(m, _)| m != input);
        // The order of what is summed over: the other operand's.
        let other: Vec<IndexId> = others
            .flat_map(|(_, input)| match input.source {
                Source::Intermediate(m) if !layouts[m].is_empty() => layouts[m].clone(),
                _ => input.term.clone(),
            })
            .collect();
        let term = &plan.steps[n].output;
        let terms: Vec<_> = step.inputs.iter().map(|input| input.term.clone()).collect();
        let in_role = |role: Role| -> Vec<IndexId> {
            let ids: Vec<IndexId> =
                term.iter().copied().filter(|&id| Role::of(id, &terms, &step.output) == role).collect();
            let order = if role == Role::Contracted { &other } else { output };
            let mut ordered = Vec::with_capacity(ids.len());
            for id in order.iter().chain(&ids) {
                if ids.contains(id) && !ordered.contains(id) {
                    ordered.push(*id);
                }
            }
            ordered
        };
        let (batch, free) = (in_role(Role::Batch), in_role(Role::Free));
        let summed: Vec<IndexId> = [in_role(Role::Contracted), in_role(Role::Summed)].concat();
        let (free_last, summed_last) =
            ([&batch[..], &summed, &free].concat(), [&batch[..], &free, &summed].concat());
        let (mut layout, other) = match !free.is_empty() && free.last() == output.last() {
            true => (free_last, summed_last),
            false => (summed_last, free_last),
        };
        // The step that writes it does more work, mostly: its vectors are neighbours in what it reads.
        let is_neighbour = |layout: &[IndexId]| {
            let inputs = plan.steps[n].inputs.iter();
            let mut operands = inputs.filter(|input| matches!(input.source, Source::Operand(_)));
            layout.last().is_some_and(|last| operands.any(|input| input.term.last() == Some(last)))
        };
        if !is_neighbour(&layout) && is_neighbour(&other) {
            layout = other;
        }
        layouts[n] = layout;
    }
    layouts
}
