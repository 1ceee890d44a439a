//! A step: allocate what it writes, and run a kernel or its loops.

use super::{
    bind, extents,
    loop_nest::{self, Nest},
    names::Names,
};
use crate::call::{Assignment, Call};
use einsum_spec::{
    plan::Step,
    roles::Role,
    spec::{IndexId, Term},
};
use proc_macro2::{Ident, Literal, TokenStream};
use quote::{quote, quote_spanned};

/// The view of `einsum_view!`.
pub(crate) fn emit_view(names: &Names<'_>) -> TokenStream {
    let (span, runtime, constant) = (names.span, &names.runtime, &names.call);
    let (operand, shape) = (names.operand(0), emit_shape(names, &names.spec.output));
    quote_spanned!(span=> #runtime::MergeAxes::merge_axes(#operand, &#constant, #shape))
}

/// What happens to each element of an output.
#[derive(Clone, Copy)]
pub(crate) struct Store {
    assignment: Assignment,
    scaled: bool,
}

impl Store {
    /// Of the result.
    pub(crate) fn of(call: &Call) -> Store {
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

    pub(crate) fn emit_scaled(self, names: &Names<'_>, value: &TokenStream) -> TokenStream {
        let (span, scale) = (names.span, &names.scale);
        if self.scaled {
            quote_spanned!(span=> ::core::clone::Clone::clone(&#scale) * #value)
        } else {
            value.clone()
        }
    }

    /// `Some(&scale)`, or `None`.
    pub(crate) fn emit_scale(self, names: &Names<'_>) -> TokenStream {
        let (span, scale) = (names.span, &names.scale);
        match self.scaled {
            true => quote_spanned!(span=> ::core::option::Option::Some(&#scale)),
            false => quote_spanned!(span=> ::core::option::Option::None),
        }
    }
}

/// The only step, and the `Result` of the call.
pub(crate) fn emit(call: &Call, step: &Step, names: &Names<'_>) -> TokenStream {
    let (span, runtime, output) = (names.span, &names.runtime, &names.output);
    let store = Store::of(call);
    if call.output.is_some() {
        let nest = emit_into(names, step, store);
        return quote_spanned!(span=> #nest ::core::result::Result::Ok(()));
    }
    if names.spec.output.is_empty() {
        let value = store.emit_scaled(names, &emit_total(names, step));
        let cursors = loop_nest::emit_cursors(names, step);
        return quote_spanned!(span=> #cursors ::core::result::Result::Ok(#value));
    }
    if is_copy(call, step) {
        let (constant, view) = (&names.call, emit_view(names));
        return match names.is_conjugated(step.inputs[0].source) {
            true => quote_spanned!(span=> #runtime::vjp::copy_conjugated(&#constant, #view)),
            false => quote_spanned!(span=> #runtime::copy(&#constant, #view)),
        };
    }
    let fill = emit_fresh(names, step, store, output);
    quote_spanned!(span=> #fill ::core::result::Result::Ok(#output))
}

/// The step into the array of the caller, by a kernel or else by the loops.
pub(crate) fn emit_into(names: &Names<'_>, step: &Step, store: Store) -> TokenStream {
    let (span, runtime, output) = (names.span, &names.runtime, &names.output);
    let cursors = loop_nest::emit_cursors(names, step);
    let output_cursor = loop_nest::emit_output_cursor(names, step, &quote!(#output));
    let loops = emit_loops(names, step, store);
    let loops = match Kernel::of(names, step) {
        None => loops,
        Some(Kernel { loops: size_and_parts, left, right }) => {
            let assignment = match store.assignment {
                Assignment::Set => quote!(Set),
                Assignment::Add => quote!(Add),
                Assignment::Subtract => quote!(Subtract),
            };
            let scale = store.emit_scale(names);
            quote_spanned!(span=>
                if !#runtime::contract(
                    #size_and_parts,
                    #runtime::Assignment::#assignment,
                    #scale,
                    &#output,
                    #left,
                    #right,
                ) {
                    #loops
                }
            )
        }
    };
    quote_spanned!(span=> { #output_cursor #cursors #loops })
}

/// A new array, `array`, with the result of the step, by a kernel or else by the loops.
pub(crate) fn emit_fresh(names: &Names<'_>, step: &Step, store: Store, array: &Ident) -> TokenStream {
    let (span, runtime, constant) = (names.span, &names.runtime, &names.call);
    let (done, shape) = (&names.done, emit_shape(names, &step.output));
    let cursors = loop_nest::emit_cursors(names, step);
    let target = quote_spanned!(span=> #runtime::view_mut(&mut #array));
    let output_cursor = loop_nest::emit_output_cursor(names, step, &target);
    let loops = emit_loops(names, step, store);
    let Some(Kernel { loops: size_and_parts, left, right }) = Kernel::of(names, step) else {
        let zeros =
            extents::emit_or_return(names, &quote_spanned!(span=> #runtime::zeros(&#constant, #shape)));
        return quote_spanned!(span=> let mut #array = #zeros; { #output_cursor #cursors #loops });
    };
    let (axes, scale) = (loop_nest::emit_output_levels(names, step), store.emit_scale(names));
    let fresh = quote_spanned!(span=>
        #runtime::fresh(&#constant, (#shape, #axes), #size_and_parts, #scale, #left, #right)
    );
    let fresh = extents::emit_or_return(names, &fresh);
    quote_spanned!(span=>
        let #array = {
            #cursors
            let (mut #array, #done) = #fresh;
            if !#done {
                #output_cursor
                #loops
            }
            #array
        };
    )
}

/// The value of a step without output, by a kernel or else by the loops.
pub(crate) fn emit_total(names: &Names<'_>, step: &Step) -> TokenStream {
    let (span, runtime, sum) = (names.span, &names.runtime, &names.sum);
    let value = Nest::new(names, step).emit_value();
    match Kernel::of(names, step) {
        Some(Kernel { loops, left, right }) => quote_spanned!(span=>
            match #runtime::total(#loops, #left, #right) {
                ::core::option::Option::Some(#sum) => #sum,
                ::core::option::Option::None => #value,
            }
        ),
        None => value,
    }
}

fn emit_loops(names: &Names<'_>, step: &Step, store: Store) -> TokenStream {
    Nest::new(names, step).emit(&|value| store.emit(names, value))
}

/// What the runtime needs to find a kernel for a step.
struct Kernel {
    /// `Loops { size: size(&[extent_i, rest_size(&rest)]), parts: &[Part::FreeLeft, …] }`, as one field of two where operands are conjugated.
    loops: TokenStream,
    left: TokenStream,
    right: TokenStream,
}

impl Kernel {
    // Nothing for a step of more than two operands, and for one that has the ellipsis in the output alone: it
    // stands for no axis, but it has a loop.
    fn of(names: &Names<'_>, step: &Step) -> Option<Kernel> {
        let (span, runtime) = (names.span, &names.runtime);
        let (left, right) = match &step.inputs[..] {
            [left] => (left, None),
            [left, right] => (left, Some(right)),
            _ => return None,
        };
        let terms: Vec<Term> = step.inputs.iter().map(|input| input.term.clone()).collect();
        if step.output.iter().any(|id| !terms.iter().any(|term| term.contains(id))) {
            return None;
        }
        let part = |id: IndexId| match (Role::of(id, &terms, &step.output), left.term.contains(&id)) {
            (Role::Batch, _) if right.is_some() => "Batch",
            (Role::Contracted, _) if right.is_some() => "Contracted",
            (Role::Batch | Role::Free, true) => "FreeLeft",
            (Role::Batch | Role::Free, false) => "FreeRight",
            (Role::Contracted | Role::Summed, true) => "SummedLeft",
            (Role::Contracted | Role::Summed, false) => "SummedRight",
        };
        let loops = loop_nest::loops(names, step);
        let parts = loops.iter().map(|&id| Ident::new(part(id), span));
        let size = emit_size(names, loops.iter().copied());
        let loops = quote_spanned!(span=>
            #runtime::Loops { size: #size, parts: &[#(#runtime::Part::#parts),*] }
        );
        let [in_left, in_right] =
            [Some(left), right].map(|input| input.is_some_and(|input| names.is_conjugated(input.source)));
        let loops = match in_left || in_right {
            true => quote_spanned!(span=>
                #runtime::Conjugated { loops: #loops, operands: [#in_left, #in_right] }
            ),
            false => loops,
        };
        let (left, right) = (names.source(left.source), right.map(|right| names.source(right.source)));
        let right = match right {
            Some(right) => quote_spanned!(span=> ::core::option::Option::Some(&#right)),
            None => quote_spanned!(span=> ::core::option::Option::None::<&#runtime::Cursor<'_, _, ()>>),
        };
        Some(Kernel { loops, left: quote!(&#left), right })
    }
}

/// `size(&[extent_i, rest_size(&rest)])`: how often loops over these indices run in all.
pub(crate) fn emit_size(names: &Names<'_>, ids: impl Iterator<Item = IndexId>) -> TokenStream {
    let (span, runtime) = (names.span, &names.runtime);
    let extents = ids.map(|id| {
        let extent = names.extent(id);
        if names.spec.is_ellipsis(id) {
            quote_spanned!(span=> #runtime::rest_size(&#extent))
        } else {
            quote!(#extent)
        }
    });
    quote_spanned!(span=> #runtime::size(&[#(#extents),*]))
}

// A copy needs no arithmetic of its elements.
fn is_copy(call: &Call, step: &Step) -> bool {
    call.scale.is_none() && step.inputs.len() == 1 && step.roles.reduced().next().is_none() && has_all(step)
}

// Whether every axis of the output comes from the operand: an ellipsis in the output alone does not.
fn has_all(step: &Step) -> bool {
    step.output.iter().all(|id| step.inputs[0].term.contains(id))
}

/// The most axes that an array of static rank can have.
const MOST_STATIC_AXES: usize = 6;

/// `Dim([i, k])`
pub(crate) fn emit_shape(names: &Names<'_>, term: &Term) -> TokenStream {
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
