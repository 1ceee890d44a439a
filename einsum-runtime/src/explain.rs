//! What a call would do with its operands: `einsum_path!` and `einsum_vjp_path!`.
//!
//! The operands give their shapes, and nothing is computed. The path is the one that the call takes; the report is made from it by
//! `einsum-spec`, in the user's labels.

use crate::{
    error::{EinsumError, EinsumErrorKind},
    extents::Call,
    kernel,
    many::network::{Axes, Steps},
    operand::Element,
};
use alloc::vec::Vec;
use core::any::TypeId;
use einsum_spec::{
    backward::{Backward, Wanted},
    path::{Options, Path},
    plan::Plan,
    spec::Spec,
};

pub use einsum_spec::explain::{
    ContractionReport, GradientOperand, GradientReport, GradientStep, ReportStep, StepClass, StepKernel,
    StepOperand, StepResult,
};

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
    let keeps_order = !kernel::has_kernels(TypeId::of::<A>());
    let (path, memory_limit) = match order {
        Order::Fixed(steps) => (Some(steps), None),
        Order::Chosen { memory_limit } => (None, memory_limit.map(|limit| limit as u64)),
    };
    let options = Options { memory_limit, keeps_order, ..Options::default() };
    let (path, plan) = choose(&spec, &extents, &options, path);
    Ok(ContractionReport::new(call.subscripts, &spec, &extents, &path, &plan, size_of::<A>()))
}

/// The report on the gradients of a call with operands of these shapes; `together` says whether they share intermediates.
///
/// # Errors
/// A wrong rank, two extents for one index, or a cotangent that has not the shape of the result.
pub fn explain_gradients<A: 'static>(
    element: &Element<A>,
    call: &Call,
    shapes: &[&[usize]],
    cotangent: Option<&[usize]>,
    (wanted, together): (&[Wanted], bool),
) -> Result<GradientReport, EinsumError> {
    let forward = explain(element, call, shapes, Order::Chosen { memory_limit: None })?;
    let (spec, extents) = network(call, shapes)?;
    if let Some(shape) = cotangent {
        let result = result_shape(call, shapes)?;
        if shape != result {
            return Err(call.error(EinsumErrorKind::CotangentShape { shape: shape.into(), wanted: result }));
        }
    }
    let options = Options { keeps_order: !kernel::has_kernels(TypeId::of::<A>()), ..Options::default() };
    let backward = match together {
        true => Backward::choose(&spec, &extents, wanted, &options),
        false => Backward::apart(&spec, &extents, wanted, &options),
    };
    Ok(GradientReport::new(forward, &spec, &extents, &backward, wanted, size_of::<A>()))
}

fn result_shape(call: &Call, shapes: &[&[usize]]) -> Result<Vec<usize>, EinsumError> {
    let (labels, rest) = call.agree_on_any(shapes)?;
    let axes = Axes::new(call, shapes.iter().map(|shape| shape.len()), rest.len());
    let extents = [labels, rest].concat();
    Ok(axes.outputs[0].iter().map(|&index| extents[usize::from(index)]).collect())
}

/// What the subscripts mean for arrays of these shapes, and the extent of each index: the labels are numbered first, then the axes of the
/// ellipsis. Axes of extent 1 are in no term.
///
/// # Errors
/// A wrong rank, or two extents for one index.
pub fn network(call: &Call, shapes: &[&[usize]]) -> Result<(Spec, Vec<u64>), EinsumError> {
    let (labels, rest) = call.agree_on_any(shapes)?;
    let axes = Axes::new(call, shapes.iter().map(|shape| shape.len()), rest.len());
    let extents = [labels, rest].concat();
    let spec = axes.spec(call, &|n| shapes[n], &extents);
    Ok((spec, extents.iter().map(|&extent| extent as u64).collect()))
}

/// The path that a call takes, or that the user has fixed, and its steps. Operands of one element are factors of the result where the order
/// of factors does not matter, so they are read in the last step.
pub fn choose(spec: &Spec, extents: &[u64], options: &Options, fixed: Option<&[&[usize]]>) -> (Path, Plan) {
    let path = Steps::choose(spec, extents, options, fixed).path_of_all();
    let plan = match options.memory_limit {
        Some(limit) => Plan::lower_within(spec, &path, extents, limit),
        None => Plan::lower(spec, &path),
    };
    (path, plan)
}
