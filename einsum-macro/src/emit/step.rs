//! One step after the other: allocate what it writes, and run its loops.

use super::{
    bind, extents,
    loop_nest::{self, Nest},
    names::Names,
};
use crate::call::{Assignment, Call};
use einsum_spec::{
    plan::{Plan, Step},
    roles::Role,
    spec::{IndexId, Term},
};
use proc_macro2::{Ident, Literal, TokenStream};
use quote::{quote, quote_spanned};

/// All steps, and the `Result` of the call at the end.
pub(crate) fn emit_steps(call: &Call, plan: &Plan, names: &Names<'_>) -> TokenStream {
    let (last, before) = plan.split_last();
    let intermediates = before.iter().enumerate().map(|(n, step)| emit_intermediate(names, n, step));
    let last = emit_last_step(call, names, last);
    let span = names.span;
    quote_spanned!(span=> #(#intermediates)* #last)
}

/// The view of `einsum_view!`.
pub(crate) fn emit_view(names: &Names<'_>) -> TokenStream {
    let (span, runtime, constant) = (names.span, &names.runtime, &names.call);
    let (operand, shape) = (names.operand(0), emit_shape(names, &names.spec.output));
    quote_spanned!(span=> #runtime::MergeAxes::merge_axes(#operand, &#constant, #shape))
}

/// What happens to each element of an output.
#[derive(Clone, Copy)]
struct Store {
    assignment: Assignment,
    scaled: bool,
}

impl Store {
    // Of an intermediate.
    const PLAIN: Store = Store { assignment: Assignment::Set, scaled: false };

    // Of the result.
    fn of(call: &Call) -> Store {
        let assignment = call.output.as_ref().map_or(Assignment::Set, |(_, assignment)| *assignment);
        Store { assignment, scaled: call.scale.is_some() }
    }

    fn emit(self, names: &Names<'_>, value: &TokenStream) -> TokenStream {
        let (span, output) = (names.span, &names.output);
        let value = self.emit_scaled(names, value);
        match self.assignment {
            Assignment::Set => quote_spanned!(span=> #output.set(#value);),
            Assignment::Add => quote_spanned!(span=> #output.add(#value);),
            Assignment::Subtract => quote_spanned!(span=> #output.subtract(#value);),
        }
    }

    fn emit_scaled(self, names: &Names<'_>, value: &TokenStream) -> TokenStream {
        let (span, scale) = (names.span, &names.scale);
        if self.scaled {
            quote_spanned!(span=> ::core::clone::Clone::clone(&#scale) * #value)
        } else {
            value.clone()
        }
    }
}

// An array for the result of a step before the last, filled, and a view of it.
fn emit_intermediate(names: &Names<'_>, n: usize, step: &Step) -> TokenStream {
    let (span, runtime) = (names.span, &names.runtime);
    let (view, array) = (names.intermediate(n), names.intermediate_array(n));
    let zeros = emit_zeros(names, &step.output);
    let nest = emit_nest(names, step, &quote_spanned!(span=> #runtime::view_mut(&mut #array)), Store::PLAIN);
    quote_spanned!(span=>
        let mut #array = #zeros;
        #nest
        let #view = #runtime::view(&#array);
    )
}

fn emit_last_step(call: &Call, names: &Names<'_>, step: &Step) -> TokenStream {
    let (span, runtime, output) = (names.span, &names.runtime, &names.output);
    let store = Store::of(call);
    if call.output.is_some() {
        let nest = emit_nest(names, step, &quote!(#output), store);
        return quote_spanned!(span=> #nest ::core::result::Result::Ok(()));
    }
    if names.spec.output.is_empty() {
        let value = store.emit_scaled(names, &Nest::new(names, step).emit_value());
        let cursors = loop_nest::emit_cursors(names, step);
        return quote_spanned!(span=> #cursors ::core::result::Result::Ok(#value));
    }
    if is_copy(call, step) {
        let (constant, view) = (&names.call, emit_view(names));
        return quote_spanned!(span=> #runtime::copy(&#constant, #view));
    }
    let zeros = emit_zeros(names, &step.output);
    let nest = emit_nest(names, step, &quote_spanned!(span=> #runtime::view_mut(&mut #output)), store);
    quote_spanned!(span=>
        let mut #output = #zeros;
        #nest
        ::core::result::Result::Ok(#output)
    )
}

// A block that binds the cursors and runs the loops, unless a kernel does their work; the views of the same names are
// seen again after it.
fn emit_nest(names: &Names<'_>, step: &Step, target: &TokenStream, store: Store) -> TokenStream {
    let span = names.span;
    let cursors = loop_nest::emit_cursors(names, step);
    let output_cursor = loop_nest::emit_output_cursor(names, step, target);
    let loops = Nest::new(names, step).emit(&|value| store.emit(names, value));
    let loops = match emit_kernel(names, step, store) {
        Some(kernel) => quote_spanned!(span=> if !#kernel { #loops }),
        None => loops,
    };
    quote_spanned!(span=> {
        #output_cursor
        #cursors
        #loops
    })
}

// `contract(Way::of(…), &[Part::FreeLeft, …], Assignment::Set, None, &output, &operand0, &operand1)`, for a product of two arrays with
// common indices that are summed over and free ones: whether a kernel has done it.
fn emit_kernel(names: &Names<'_>, step: &Step, store: Store) -> Option<TokenStream> {
    let [left, right] = &step.inputs[..] else { return None };
    let (span, runtime, output, scale) = (names.span, &names.runtime, &names.output, &names.scale);
    let terms = [left.term.clone(), right.term.clone()];
    let part = |id: IndexId| match (Role::of(id, &terms, &step.output), left.term.contains(&id)) {
        (Role::Batch, _) => "Batch",
        (Role::Free, true) => "FreeLeft",
        (Role::Free, false) => "FreeRight",
        (Role::Contracted, _) => "Contracted",
        (Role::Summed, true) => "SummedLeft",
        (Role::Summed, false) => "SummedRight",
    };
    let loops: Vec<(IndexId, &str)> =
        loop_nest::loops(names, step).into_iter().map(|id| (id, part(id))).collect();
    // An ellipsis of the output that no operand has stands for no axis, but it has a loop; kernels know no such.
    if step.output.iter().any(|id| !terms.iter().any(|term| term.contains(id))) {
        return None;
    }
    let has = |prefix: &str| loops.iter().any(|(_, part)| part.starts_with(prefix));
    if !has("Contracted") || !has("Free") {
        return None;
    }
    // `size(&[extent_i, rest_size(&rest)])`
    let size = |members: &[&str]| {
        let extents = loops.iter().filter(|(_, part)| members.contains(part)).map(|&(id, _)| {
            let extent = names.extent(id);
            if names.spec.is_ellipsis(id) {
                quote_spanned!(span=> #runtime::rest_size(&#extent))
            } else {
                quote!(#extent)
            }
        });
        quote_spanned!(span=> #runtime::size(&[#(#extents),*]))
    };
    let (rows, columns) = (size(&["FreeLeft"]), size(&["FreeRight"]));
    let contracted = size(&["Contracted", "SummedLeft", "SummedRight"]);
    let parts = loops.iter().map(|(_, part)| Ident::new(part, span));
    let assignment = match store.assignment {
        Assignment::Set => quote!(Set),
        Assignment::Add => quote!(Add),
        Assignment::Subtract => quote!(Subtract),
    };
    let scale = match store.scaled {
        true => quote_spanned!(span=> ::core::option::Option::Some(&#scale)),
        false => quote_spanned!(span=> ::core::option::Option::None),
    };
    let (left, right) = (names.source(left.source), names.source(right.source));
    Some(quote_spanned!(span=>
        #runtime::contract(
            #runtime::Way::of(#rows, #columns, #contracted),
            &[#(#runtime::Part::#parts),*],
            #runtime::Assignment::#assignment,
            #scale,
            &#output,
            &#left,
            &#right,
        )
    ))
}

// A copy needs no arithmetic of its elements.
fn is_copy(call: &Call, step: &Step) -> bool {
    call.scale.is_none() && step.inputs.len() == 1 && step.roles.reduced().next().is_none() && has_all(step)
}

// Whether every axis of the output comes from the operand: an ellipsis in the output alone does not.
fn has_all(step: &Step) -> bool {
    step.output.iter().all(|id| step.inputs[0].term.contains(id))
}

fn emit_zeros(names: &Names<'_>, term: &Term) -> TokenStream {
    let (span, runtime, constant) = (names.span, &names.runtime, &names.call);
    let shape = emit_shape(names, term);
    extents::emit_or_return(names, &quote_spanned!(span=> #runtime::zeros(&#constant, #shape)))
}

/// The most axes that an array of static rank can have.
const MOST_STATIC_AXES: usize = 6;

// `Dim([i, k])`
fn emit_shape(names: &Names<'_>, term: &Term) -> TokenStream {
    let (span, runtime, rest) = (names.span, &names.runtime, &names.rest);
    let labels = bind::labels(names, term);
    let is_static = labels <= MOST_STATIC_AXES;
    let Some(split) = term.iter().position(|&id| names.spec.is_ellipsis(id)) else {
        let extents = term.iter().map(|&id| names.extent(id));
        return if is_static {
            quote_spanned!(span=> #runtime::ndarray::Dim([#(#extents),*]))
        } else {
            quote_spanned!(span=> #runtime::ndarray::IxDyn(&[#(#extents),*]))
        };
    };
    let front = term[..split].iter().map(|&id| names.extent(id));
    let back = term[split + 1..].iter().map(|&id| names.extent(id));
    let others = emit_others_type(names, term);
    quote_spanned!(span=> #runtime::shape_with_rest::<#others, _>(&[#(#front),*], &#rest, &[#(#back),*]))
}

/// The shape type of the axes of a term that have a label.
pub(crate) fn emit_others_type(names: &Names<'_>, term: &Term) -> TokenStream {
    let runtime = &names.runtime;
    let labels = bind::labels(names, term);
    if labels > MOST_STATIC_AXES {
        return quote!(#runtime::ndarray::IxDyn);
    }
    let labels = Literal::usize_unsuffixed(labels);
    quote!(#runtime::ndarray::Dim<[usize; #labels]>)
}
