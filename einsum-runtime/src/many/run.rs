//! Runs a program: kernels for the elements that have some, plain loops for all others.
//!
//! **Why addresses are right.** An operand is made from a borrowed view, an output from a mutable one. `network` has checked that every axis is as
//! long as its index, or 1 long, in which case the table of strides says 0; every loop is as long as its index. Intermediates are arrays
//! without gaps in memory that has room for all of them.

use super::{
    Assign, Contraction, Operand,
    program::{Input, Loop, Program, Slices, Step, Stride},
};
use crate::{
    kernel::{self, Assignment, CacheLine, Part, Pointers, dims::Dim},
    vjp::conjugate,
};
use alloc::{vec, vec::Vec};
use core::{
    any::TypeId,
    mem::MaybeUninit,
    ops::{Mul, Range},
    ptr,
};
use ndarray::{Array, ArrayD, Dimension, IxDyn};
use num_traits::Zero;

/// The only element of an operand.
///
/// # Panics
/// If it has none or several.
pub(super) fn only_element<T: Clone + 'static>(operand: &Operand<'_, T>) -> T {
    assert!(operand.shape.iter().all(|&extent| extent == 1), "a factor has one element");
    // SAFETY: the view that the operand was made from has this element.
    conjugate_if(operand.is_conjugated, unsafe { (*operand.first).clone() })
}

fn conjugate_if<T: 'static>(is_conjugated: bool, element: T) -> T {
    if is_conjugated { conjugate(element) } else { element }
}

/// The result in a new array.
///
/// # Panics
/// If the shape is not that of the result.
pub(super) fn fresh<T, D>(
    contraction: &Contraction<'_, T>,
    program: &Program,
    scale: Option<T>,
    shape: D,
) -> Array<T, D>
where
    T: Clone + Zero + Mul<Output = T> + 'static,
    D: Dimension,
{
    assert!(program.is_shape_of_result(shape.slice()), "the shape is that of the result");
    if program.is_empty() || !kernel::has_kernels(TypeId::of::<T>()) {
        let mut elements = Vec::with_capacity(shape.size());
        let table = Table::new(contraction, program, &[]);
        // The loops of the output are in the order of its elements.
        run_loops(contraction, program, &table, |_, _, value| elements.push(scaled(&scale, value)));
        return Array::from_shape_vec(shape, elements).expect("one element for each position");
    }
    let mut array = kernel::uninitialised::<T, D>(shape);
    let first = array.as_mut_ptr().cast::<T>();
    let table = Table::new(contraction, program, &[(array.shape(), array.strides())]);
    let elements = Elements { scale, assign: super::set() };
    // SAFETY: the output has the shape of the result, and is not used by others.
    unsafe { run_kernels(contraction, program, &table, &elements, &[first.cast()]) };
    // SAFETY: the last step has written every position.
    unsafe { array.assume_init() }
}

/// The result, if the output has no index.
pub(super) fn total<T>(contraction: &Contraction<'_, T>, program: &Program, scale: Option<T>) -> T
where
    T: Clone + Zero + Mul<Output = T> + 'static,
{
    assert!(program.is_shape_of_result(&[]), "the result is one element");
    let table = Table::new(contraction, program, &[]);
    if program.is_empty() || !kernel::has_kernels(TypeId::of::<T>()) {
        let mut total = None;
        run_loops(contraction, program, &table, |_, _, value| total = Some(scaled(&scale, value)));
        return total.expect("one position");
    }
    let mut total = MaybeUninit::<T>::uninit();
    let elements = Elements { scale, assign: super::set() };
    // SAFETY: there is room for the one element.
    unsafe { run_kernels(contraction, program, &table, &elements, &[total.as_mut_ptr().cast()]) };
    // SAFETY: the last step has written it.
    unsafe { total.assume_init() }
}

/// The result into an array.
pub(super) fn into<T>(
    contraction: &Contraction<'_, T>,
    program: &Program,
    scale: Option<T>,
    assign: Assign<T>,
    output: &super::Output<'_, T>,
) where
    T: Clone + Zero + Mul<Output = T> + 'static,
{
    assert!(program.is_shape_of_result(output.shape), "the output has the extents of the result");
    let table = Table::new(contraction, program, &[(output.shape, output.strides)]);
    if program.is_empty() || !kernel::has_kernels(TypeId::of::<T>()) {
        run_loops(contraction, program, &table, |_, offset, value| {
            // SAFETY: the offset is that of an element of the output, which is borrowed mutably.
            let place = unsafe { &mut *output.first.wrapping_offset(offset) };
            (assign.assign)(place, scaled(&scale, value));
        });
        return;
    }
    let elements = Elements { scale, assign };
    // SAFETY: the output has the extents of the result, and is borrowed mutably.
    unsafe { run_kernels(contraction, program, &table, &elements, &[output.first.cast()]) };
}

/// The gradients, each in an array of its own of this shape.
///
/// # Panics
/// If the cotangent has not the shape of the result, or there is a shape too few.
pub(super) fn gradients<T>(
    contraction: &Contraction<'_, T>,
    program: &Program,
    scale: Option<T>,
    shapes: &[&[usize]],
) -> Vec<ArrayD<T>>
where
    T: Clone + Zero + Mul<Output = T> + 'static,
{
    let cotangent = contraction.operands.last().expect("the cotangent is behind the operands");
    let axes = program.axes.operands.last().expect("likewise");
    assert!(program.is_shape_of(axes, cotangent.shape), "the cotangent has the shape of the result");
    assert!(program.axes.outputs.len() == shapes.len(), "each gradient has a shape");
    if !kernel::has_kernels(TypeId::of::<T>()) {
        return gradients_by_loops(contraction, program, &scale, shapes);
    }
    let allocate = |(&shape, axes): (&&[usize], &Vec<u16>)| {
        let mut array = kernel::uninitialised::<T, _>(IxDyn(shape));
        // Beside a diagonal nothing is written.
        if (1..axes.len()).any(|n| axes[..n].contains(&axes[n])) {
            array.iter_mut().for_each(|element| {
                element.write(T::zero());
            });
        }
        array
    };
    let mut arrays: Vec<_> = shapes.iter().zip(&program.axes.outputs).map(allocate).collect();
    let outputs: Vec<*mut u8> = arrays.iter_mut().map(|array| array.as_mut_ptr().cast()).collect();
    let layouts: Vec<_> = arrays.iter().map(|array| (array.shape(), array.strides())).collect();
    let table = Table::new(contraction, program, &layouts);
    let elements = Elements { scale, assign: super::set() };
    // SAFETY: a gradient has the shape of its operand, along whose axes its step moves; and is not used by others.
    unsafe { run_kernels(contraction, program, &table, &elements, &outputs) };
    // SAFETY: every position has been written: by its step, which moves along all axes, or with a zero.
    arrays.into_iter().map(|array| unsafe { array.assume_init() }).collect()
}

// Elements that are written over are dropped, and what was made must be dropped where an operation panics: so there are zeros before.
fn gradients_by_loops<T: Clone + Zero + Mul<Output = T> + 'static>(
    contraction: &Contraction<'_, T>,
    program: &Program,
    scale: &Option<T>,
    shapes: &[&[usize]],
) -> Vec<ArrayD<T>> {
    let mut arrays: Vec<ArrayD<T>> = shapes.iter().map(|shape| ArrayD::zeros(IxDyn(shape))).collect();
    let firsts: Vec<*mut T> = arrays.iter_mut().map(|array| array.as_mut_ptr()).collect();
    let layouts: Vec<_> = arrays.iter().map(|array| (array.shape(), array.strides())).collect();
    let table = Table::new(contraction, program, &layouts);
    run_loops(contraction, program, &table, |output, offset, value| {
        let value = if program.unscaled == Some(output) { value } else { scaled(scale, value) };
        // SAFETY: a gradient has the shape of its operand, along whose axes its step moves; and is not used by others.
        unsafe { *firsts[usize::from(output)].wrapping_offset(offset) = value };
    });
    arrays
}

fn scaled<T: Clone + Mul<Output = T>>(scale: &Option<T>, value: T) -> T {
    match scale {
        Some(scale) => scale.clone() * value,
        None => value,
    }
}

/// How far each array of the call moves along each index: see [`Program::slot`].
struct Table {
    few: [isize; Table::FEW],
    many: Vec<isize>,
}

impl Table {
    const FEW: usize = 48;

    fn new<T>(
        contraction: &Contraction<'_, T>,
        program: &Program,
        outputs: &[(&[usize], &[isize])],
    ) -> Table {
        let entries = program.extents.len() * (contraction.operands.len() + outputs.len().max(1));
        let many = if entries > Table::FEW { vec![0; entries] } else { Vec::new() };
        let mut table = Table { few: [0; Table::FEW], many };
        for (n, (operand, axes)) in contraction.operands.iter().zip(&program.axes.operands).enumerate() {
            table.fill(program, n, axes, operand.shape, operand.strides);
        }
        let outputs = outputs.iter().zip(&program.axes.outputs).zip(contraction.operands.len()..);
        for ((&(shape, strides), axes), n) in outputs {
            table.fill(program, n, axes, shape, strides);
        }
        table
    }

    // The strides of the axes of a diagonal are added. Along an axis of one element nothing moves.
    fn fill(&mut self, program: &Program, array: usize, axes: &[u16], shape: &[usize], strides: &[isize]) {
        let table = if self.many.is_empty() { &mut self.few[..] } else { &mut self.many[..] };
        for ((&index, &extent), &stride) in axes.iter().zip(shape).zip(strides) {
            if extent != 1 {
                table[program.slot(array, index)] += stride;
            }
        }
    }

    #[inline]
    fn stride(&self, stride: Stride) -> isize {
        match stride {
            Stride::Fixed(stride) => stride,
            Stride::Of(slot) if self.many.is_empty() => self.few[slot as usize],
            Stride::Of(slot) => self.many[slot as usize],
        }
    }
}

/// The loops of a step with their strides, for any number of inputs.
struct Nest {
    extents: Vec<usize>,
    /// For each loop the stride in the output, then in each input.
    strides: Vec<isize>,
    arrays: usize,
    kept: usize,
    /// Which inputs are conjugated.
    conjugated: Vec<bool>,
}

impl Nest {
    fn new(step: &Step, table: &Table, slice: &Slice, is_conjugated: impl Fn(&Input) -> bool) -> Nest {
        Nest {
            extents: step.loops.iter().map(|one| extent_in(slice, one)).collect(),
            strides: step.strides.iter().map(|&stride| table.stride(stride)).collect(),
            arrays: step.inputs.len() + 1,
            kept: step.kept,
            conjugated: step.inputs.iter().map(is_conjugated).collect(),
        }
    }

    // One position further in the loops `from..to`; `false` at the end, with the position at the start again.
    fn advance(&self, (from, to): (usize, usize), position: &mut [usize], at: &mut [isize]) -> bool {
        for n in (from..to).rev() {
            position[n] += 1;
            let strides = &self.strides[n * self.arrays..][..self.arrays];
            if position[n] < self.extents[n] {
                at.iter_mut().zip(strides).for_each(|(at, stride)| *at += stride);
                return true;
            }
            let back = (self.extents[n] - 1) as isize;
            at.iter_mut().zip(strides).for_each(|(at, stride)| *at -= stride * back);
            position[n] = 0;
        }
        false
    }

    /// Calls `each` with the offset of every element of the output, in the order of the loops, and its value.
    ///
    /// # Safety
    /// - All positions of the loops are elements of the arrays that `inputs` point to the first elements of.
    unsafe fn walk<T>(&self, inputs: &[*const T], mut each: impl FnMut(isize, T))
    where
        T: Clone + Zero + Mul<Output = T> + 'static,
    {
        let (kept, reduced) = ((0, self.kept), (self.kept, self.extents.len()));
        if self.extents[..self.kept].contains(&0) {
            return;
        }
        let has_terms = !self.extents[self.kept..].contains(&0);
        let (mut position, mut at) = (vec![0; self.extents.len()], vec![0; self.arrays]);
        let product = |at: &[isize]| {
            let mut factors =
                inputs.iter().zip(&at[1..]).zip(&self.conjugated).map(|((input, &at), &is_conjugated)| {
                    // SAFETY: the caller's promise.
                    conjugate_if(is_conjugated, unsafe { (*input.wrapping_offset(at)).clone() })
                });
            let first = factors.next().expect("a step has an input");
            factors.fold(first, |product, factor| product * factor)
        };
        loop {
            let value = if reduced.0 == reduced.1 {
                product(&at)
            } else {
                let mut sum = T::zero();
                if has_terms {
                    loop {
                        sum = sum + product(&at);
                        if !self.advance(reduced, &mut position, &mut at) {
                            break;
                        }
                    }
                }
                sum
            };
            each(at[0], value);
            if !self.advance(kept, &mut position, &mut at) {
                return;
            }
        }
    }
}

// Plain loops for every step. Intermediates are lists, each freed by the last step that reads it. `each` gets the output, and the offset in it.
fn run_loops<T>(
    contraction: &Contraction<'_, T>,
    program: &Program,
    table: &Table,
    mut each: impl FnMut(u16, isize, T),
) where
    T: Clone + Zero + Mul<Output = T> + 'static,
{
    let mut results: Vec<Vec<T>> = Vec::with_capacity(program.steps.len());
    for (m, step) in program.steps.iter().enumerate() {
        let mut elements = Vec::new();
        let inputs = first_elements(contraction, &results, step);
        let nest = Nest::new(step, table, &None, |input| match *input {
            Input::Operand(n) => contraction.operands[usize::from(n)].is_conjugated,
            Input::Intermediate(_) => false,
        });
        match step.output {
            // SAFETY: see the head of the file.
            Some(output) => unsafe { nest.walk(&inputs, |offset, value| each(output, offset, value)) },
            None => {
                elements.reserve_exact(step.size);
                // SAFETY: see the head of the file. The loops of the output are in the order of the elements.
                unsafe { nest.walk(&inputs, |_, value| elements.push(value)) };
            }
        }
        for input in &step.inputs {
            if let Input::Intermediate(n) = input
                && !program.steps[m + 1..].iter().any(|later| later.reads(usize::from(*n)))
            {
                results[usize::from(*n)] = Vec::new();
            }
        }
        results.push(elements);
    }
}

fn first_elements<T>(contraction: &Contraction<'_, T>, results: &[Vec<T>], step: &Step) -> Vec<*const T> {
    let first = |input: &Input| match *input {
        Input::Operand(n) => contraction.operands[usize::from(n)].first,
        Input::Intermediate(n) => results[usize::from(n)].as_ptr(),
    };
    step.inputs.iter().map(first).collect()
}

/// What is done with elements of one type.
struct Elements<T> {
    scale: Option<T>,
    assign: Assign<T>,
}

/// The plain loops of one step, for a type of elements that kernels are for.
trait Loops {
    /// # Safety
    /// - As [`Nest::walk`], for the elements, and all positions are elements of the output, which nothing else uses meanwhile.
    unsafe fn run(&self, nest: &Nest, end: End, output: *mut u8, inputs: &[*const u8]);
}

impl<T: Clone + Zero + Mul<Output = T> + 'static> Loops for Elements<T> {
    unsafe fn run(&self, nest: &Nest, end: End, output: *mut u8, inputs: &[*const u8]) {
        let (output, inputs) = (output.cast::<T>(), inputs.iter().map(|input| input.cast::<T>()));
        let each = |offset: isize, value: T| {
            let place = output.wrapping_offset(offset);
            let value = if end.is_scaled { scaled(&self.scale, value) } else { value };
            match end.assignment {
                // SAFETY: the caller's promise; elements with kernels need not be dropped.
                Assignment::Set => unsafe { place.write(value) },
                Assignment::Add => {
                    // SAFETY: the caller's promise; it has been written before. Likewise below.
                    let place = unsafe { &mut *place };
                    *place = place.clone() + value;
                }
                Assignment::Subtract => {
                    // SAFETY: as above.
                    (self.assign.assign)(unsafe { &mut *place }, value);
                }
            }
        };
        // SAFETY: the caller's promise.
        unsafe { nest.walk(&inputs.collect::<Vec<_>>(), each) };
    }
}

/// What a step does with its result.
#[derive(Clone, Copy)]
struct End {
    assignment: Assignment,
    is_scaled: bool,
}

/// Memory for intermediates, at cache lines; a little of it is here.
struct Memory {
    few: [MaybeUninit<CacheLine>; Memory::FEW],
    many: Vec<MaybeUninit<CacheLine>>,
}

impl Memory {
    const FEW: usize = 64;

    fn new(bytes: usize) -> Memory {
        let lines = bytes.div_ceil(size_of::<CacheLine>());
        let many = if lines > Memory::FEW { kernel::allocate(lines) } else { Vec::new() };
        Memory { few: [const { MaybeUninit::uninit() }; Memory::FEW], many }
    }

    fn first(&mut self) -> *mut u8 {
        if self.many.is_empty() { self.few.as_mut_ptr().cast() } else { self.many.as_mut_ptr().cast() }
    }
}

// A kernel for every step.
//
// # Safety
// - The outputs, of elements of `T`, have room for the results, and nothing else uses their elements; `T` is a type that has kernels.
unsafe fn run_kernels<T>(
    contraction: &Contraction<'_, T>,
    program: &Program,
    table: &Table,
    elements: &Elements<T>,
    outputs: &[*mut u8],
) where
    T: Clone + Zero + Mul<Output = T> + 'static,
{
    let operands: Vec<_> =
        contraction.operands.iter().map(|operand| (operand.first.cast(), operand.is_conjugated)).collect();
    let run = Run {
        id: TypeId::of::<T>(),
        size: size_of::<T>(),
        program,
        table,
        operands: &operands,
        assignment: elements.assign.assignment,
        scale: elements.scale.as_ref().map(|scale| ptr::from_ref(scale).cast()),
        loops: elements,
    };
    // SAFETY: the caller's promise.
    unsafe { run.all(outputs) };
}

/// The steps of a program on elements of `size` bytes: one function for all types.
struct Run<'r> {
    id: TypeId,
    size: usize,
    program: &'r Program,
    table: &'r Table,
    /// Where they begin, and whether they are conjugated.
    operands: &'r [(*const u8, bool)],
    assignment: Assignment,
    scale: Option<*const ()>,
    loops: &'r dyn Loops,
}

// SAFETY: a run only reads what it has, and elements with kernels are numbers: it may be shared by threads that write different elements.
unsafe impl Sync for Run<'_> {}

/// Some positions of the index of [`Slices`], or all there is.
type Slice = Option<(Slices, Range<usize>)>;

// How often a loop runs in a slice.
fn extent_in(slice: &Slice, one: &Loop) -> usize {
    match slice {
        Some((slices, range)) if slices.index == one.index => range.len(),
        _ => one.extent,
    }
}

impl Run<'_> {
    /// # Safety
    /// As [`run_kernels`].
    #[inline(never)]
    unsafe fn all(&self, outputs: &[*mut u8]) {
        match self.program.slices {
            Some(slices) => {
                let extent = self.program.extents[usize::from(slices.index)];
                let pieces = if slices.is_summed { 1 } else { threads() };
                // SAFETY: the caller's promise.
                unsafe { self.slices(slices, 0..extent, SharedOutput(outputs[0]), pieces) };
            }
            None => {
                let mut memory = Memory::new(self.program.memory * self.size);
                // SAFETY: the caller's promise.
                unsafe { self.steps(&None, outputs, memory.first()) };
            }
        }
    }

    // One slice after the other, or on several threads.
    //
    // # Safety
    // As [`run_kernels`].
    unsafe fn slices(&self, slices: Slices, range: Range<usize>, output: SharedOutput, pieces: usize) {
        let count = range.len().div_ceil(slices.extent);
        #[cfg(feature = "rayon")]
        if pieces > 1 && count > 1 {
            let middle = range.start + count / 2 * slices.extent;
            let (one, other) = (range.start..middle, middle..range.end);
            rayon_core::join(
                // SAFETY: the caller's promise, for some of the positions.
                || unsafe { self.slices(slices, one, output, pieces.div_ceil(2)) },
                // SAFETY: as above; these are others.
                || unsafe { self.slices(slices, other, output, pieces / 2) },
            );
            return;
        }
        let _ = pieces;
        let mut memory = Memory::new(self.program.memory * self.size);
        for n in 0..count {
            let start = range.start + n * slices.extent;
            let slice = start..range.end.min(start + slices.extent);
            // SAFETY: as above.
            unsafe { self.steps(&Some((slices, slice)), &[output.0], memory.first()) };
        }
    }

    // # Safety
    // As [`run_kernels`], for this slice; the memory is that of the program.
    unsafe fn steps(&self, slice: &Slice, outputs: &[*mut u8], memory: *mut u8) {
        let moved = |array: usize| match slice {
            Some((slices, range)) => {
                let stride = self.table.stride(Stride::Of(self.program.slot(array, slices.index) as u32));
                stride * (range.start * self.size) as isize
            }
            None => 0,
        };
        let place = |n: usize| memory.wrapping_add(self.program.steps[n].place * self.size);
        for (n, step) in self.program.steps.iter().enumerate() {
            let input = |input: &Input| match *input {
                Input::Operand(n) => {
                    let n = usize::from(n);
                    self.operands[n].0.wrapping_offset(moved(n))
                }
                Input::Intermediate(n) => place(usize::from(n)).cast_const(),
            };
            let to = match step.output.map(usize::from) {
                Some(n) => outputs[n].wrapping_offset(moved(self.operands.len() + n)),
                None => place(n),
            };
            let (first, second) = (input(&step.inputs[0]), step.inputs.get(1).map(input));
            let end = match step.output {
                None => End { assignment: Assignment::Set, is_scaled: false },
                output => {
                    End { assignment: self.assignment_of(slice), is_scaled: output != self.program.unscaled }
                }
            };
            let task = Task { step, end, slice, output: to };
            if step.inputs.len() <= 2 {
                // SAFETY: see the head of the file.
                unsafe { self.step(task, first, second) };
            } else {
                let inputs: Vec<_> = step.inputs.iter().map(input).collect();
                // SAFETY: see the head of the file; such programs have no slices.
                unsafe { self.loops.run(&self.nest(step, slice), end, to, &inputs) };
            }
        }
    }

    fn nest(&self, step: &Step, slice: &Slice) -> Nest {
        Nest::new(step, self.table, slice, |input| self.is_conjugated(input))
    }

    // An intermediate has been made from what it is the product of.
    fn is_conjugated(&self, input: &Input) -> bool {
        matches!(*input, Input::Operand(n) if self.operands[usize::from(n)].1)
    }

    /// # Safety
    /// - As [`Nest::walk`], and all positions are elements of the output, which nothing else uses meanwhile.
    unsafe fn step(&self, task: Task<'_>, left: *const u8, right: Option<*const u8>) {
        let Task { step, end, slice, output } = task;
        let arrays = step.inputs.len() + 1;
        let dims = step.loops.iter().zip(step.strides.chunks_exact(arrays)).map(|(one, strides)| {
            let stride = |n: usize| strides.get(n).map_or(0, |&stride| self.table.stride(stride));
            (
                one.part,
                Dim { extent: extent_in(slice, one), output: stride(0), left: stride(1), right: stride(2) },
            )
        });
        let (assignment, scale) = (end.assignment, self.scale.filter(|_| end.is_scaled));
        let pointers =
            Pointers { output: output.cast(), left: left.cast(), right: right.map(<*const u8>::cast) };
        let conjugated = [0, 1].map(|n| step.inputs.get(n).is_some_and(|input| self.is_conjugated(input)));
        // SAFETY: the caller's promise.
        if unsafe { kernel::step(self.id, (dims.clone(), conjugated), assignment, scale, pointers) } {
            return;
        }
        if dims.len() > FEWEST_TO_PEEL {
            let mut dims: Vec<_> = dims.collect();
            // SAFETY: the caller's promise.
            if unsafe { self.peel((&mut dims, conjugated), assignment, scale, pointers) } {
                return;
            }
        }
        let inputs = [Some(left), right];
        let inputs: Vec<_> = inputs.into_iter().flatten().collect();
        // SAFETY: the caller's promise.
        unsafe { self.loops.run(&self.nest(step, slice), end, output, &inputs) };
    }

    // A sum over slices begins as the call says, and adds the slices after the first.
    fn assignment_of(&self, slice: &Slice) -> Assignment {
        match slice {
            Some((Slices { is_summed: true, .. }, range))
                if range.start > 0 && self.assignment == Assignment::Set =>
            {
                Assignment::Add
            }
            _ => self.assignment,
        }
    }

    // The outermost loop of the output by hand, and the others by a kernel or likewise: where loops are more than a kernel takes. Says `false`, and
    // does nothing, if there is none for them.
    //
    // # Safety
    // As [`Run::step`].
    unsafe fn peel(
        &self,
        (dims, conjugated): (&mut Vec<(Part, Dim)>, [bool; 2]),
        assignment: Assignment,
        scale: Option<*const ()>,
        pointers: Pointers<()>,
    ) -> bool {
        let outermost = dims.iter().enumerate().filter(|(_, (part, dim))| is_kept(*part) && dim.extent > 1);
        let Some((n, _)) = outermost.max_by_key(|(_, (_, dim))| dim.output.unsigned_abs()) else {
            return false;
        };
        let (part, dim) = dims.remove(n);
        let mut done = true;
        for step in 0..dim.extent {
            let pointers = pointers.moved(&dim, step * self.size);
            let loops = dims.iter().copied();
            // SAFETY: the caller's promise, for one iteration; likewise below.
            done = unsafe { kernel::step(self.id, (loops, conjugated), assignment, scale, pointers) };
            if !done && dims.len() > FEWEST_TO_PEEL {
                // SAFETY: as above.
                done = unsafe { self.peel((dims, conjugated), assignment, scale, pointers) };
            }
            if !done {
                assert!(step == 0, "there is a kernel for all iterations or for none");
                break;
            }
        }
        dims.insert(n, (part, dim));
        done
    }
}

/// One step of a slice.
#[derive(Clone, Copy)]
struct Task<'t> {
    step: &'t Step,
    end: End,
    slice: &'t Slice,
    output: *mut u8,
}

/// The output, which several threads write different elements of.
#[derive(Clone, Copy)]
struct SharedOutput(*mut u8);

// SAFETY: as for `Run`.
unsafe impl Send for SharedOutput {}
// SAFETY: as for `Run`.
unsafe impl Sync for SharedOutput {}

fn threads() -> usize {
    #[cfg(feature = "rayon")]
    return rayon_core::current_num_threads();
    #[cfg(not(feature = "rayon"))]
    1
}

/// A kernel takes as many loops of each part.
const FEWEST_TO_PEEL: usize = 8;

fn is_kept(part: Part) -> bool {
    matches!(part, Part::Batch | Part::FreeLeft | Part::FreeRight)
}
