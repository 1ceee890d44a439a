//! Contractions in several steps: the runtime plans and runs them. Where there is little to do, one nest of loops over all indices does it
//! with no step and no plan:
//!
//! ```text
//! static SITE: Site = Site::new(CALL, None);
//! let output = if size(&[extent_i, …]) < FEW {
//!     … // the nest, into a new array
//! } else {
//!     fresh(&Contraction { site: &SITE, operands: &[operand(&operand0), …], … }, Dim([extent_i]))?
//! };
//! ```

use super::{
    extents, loop_nest,
    names::Names,
    step::{self, Store},
};
use crate::call::{Assignment, Call};
use einsum_spec::{
    path::Path,
    plan::{Plan, Step},
    spec::Spec,
};
use proc_macro2::{Literal, TokenStream};
use quote::{quote, quote_spanned};

/// The nest of more operands or indices would take the compiler longer than it is worth.
const MOST_OPERANDS_OF_NEST: usize = 4;
const MOST_INDICES_OF_NEST: usize = 8;

/// Whether a call may have several steps: there is an order to choose, or a sum that comes before the product.
pub(crate) fn has_steps(spec: &Spec) -> bool {
    match spec.operands.len() {
        0 | 1 => false,
        2 => Plan::lower(spec, &Path { steps: vec![vec![0, 1]] }).steps.len() > 1,
        _ => true,
    }
}

/// What the runtime remembers from one call to the next.
pub(crate) fn emit_site(names: &Names<'_>, path: Option<&Path>) -> TokenStream {
    let (span, runtime, constant, site) = (names.span, &names.runtime, &names.call, &names.site);
    let path = match path {
        Some(path) => {
            let steps = emit_path(path);
            quote_spanned!(span=> ::core::option::Option::Some(#steps))
        }
        None => quote_spanned!(span=> ::core::option::Option::None),
    };
    quote_spanned!(span=> static #site: #runtime::many::Site = #runtime::many::Site::new(#constant, #path);)
}

/// `&[&[1, 2], &[0, 1]]`
pub(crate) fn emit_path(path: &Path) -> TokenStream {
    let steps = path.steps.iter().map(|step| {
        let positions = step.iter().map(|&position| Literal::usize_unsuffixed(position));
        quote!(&[#(#positions),*])
    });
    quote!(&[#(#steps),*])
}

/// The `Result` of the call. `step` is the one of all operands.
pub(crate) fn emit(call: &Call, step: &Step, names: &Names<'_>) -> TokenStream {
    let (span, output) = (names.span, &names.output);
    let steps = emit_steps(call, names);
    let store = Store::of(call);
    if call.output.is_some() {
        let either = emit_either(names, step, &step::emit_into(names, step, store), &steps);
        return quote_spanned!(span=> #either ::core::result::Result::Ok(()));
    }
    let nest = if names.spec.output.is_empty() {
        let (cursors, total) = (loop_nest::emit_cursors(names, step), step::emit_total(names, step));
        let value = store.emit_scaled(names, &total);
        quote_spanned!(span=> #cursors #value)
    } else {
        let fill = step::emit_fresh(names, step, store, output);
        quote_spanned!(span=> #fill #output)
    };
    let either = emit_either(names, step, &nest, &steps);
    quote_spanned!(span=> ::core::result::Result::Ok(#either))
}

// `if size(&[…]) < FEW { nest } else { steps }`
fn emit_either(names: &Names<'_>, step: &Step, nest: &TokenStream, steps: &TokenStream) -> TokenStream {
    let (span, runtime) = (names.span, &names.runtime);
    if step.inputs.len() > MOST_OPERANDS_OF_NEST || names.spec.indices.len() > MOST_INDICES_OF_NEST {
        return steps.clone();
    }
    let size = step::emit_size(names, names.spec.ids());
    quote_spanned!(span=> if #size < #runtime::many::FEW { #nest } else { #steps })
}

// `fresh(&Contraction { … }, Dim([extent_i]))`
fn emit_steps(call: &Call, names: &Names<'_>) -> TokenStream {
    let (span, runtime, output) = (names.span, &names.runtime, &names.output);
    let contraction = emit_contraction(call, names, None);
    let result = match &call.output {
        Some((_, assignment)) => {
            let assign = match assignment {
                Assignment::Set => quote_spanned!(span=> #runtime::many::set()),
                Assignment::Add => quote_spanned!(span=> #runtime::many::add()),
                Assignment::Subtract => quote_spanned!(span=> #runtime::many::subtract()),
            };
            quote_spanned!(span=> #runtime::many::into(#contraction, #assign, &mut #output))
        }
        None if names.spec.output.is_empty() => quote_spanned!(span=> #runtime::many::total(#contraction)),
        None => {
            let shape = step::emit_shape(names, &names.spec.output);
            quote_spanned!(span=> #runtime::many::fresh(#contraction, #shape))
        }
    };
    extents::emit_or_return(names, &result)
}

/// `&Contraction { site: &SITE, operands: &[operand(&operand0), …], … }`, where the cotangent may be one more operand.
pub(crate) fn emit_contraction(
    call: &Call,
    names: &Names<'_>,
    cotangent: Option<&TokenStream>,
) -> TokenStream {
    let (span, runtime, site) = (names.span, &names.runtime, &names.site);
    let operands = call.conjugated.iter().enumerate().map(|(n, &is_conjugated)| {
        let operand = names.operand(n);
        let operand = quote_spanned!(span=> #runtime::many::operand(&#operand));
        if is_conjugated { quote_spanned!(span=> #operand.conjugated()) } else { operand }
    });
    let operands = operands.chain(cotangent.cloned());
    let labels = names.spec.ids().filter(|&id| !names.spec.is_ellipsis(id));
    let extents = labels.map(|id| names.extent(id));
    let rest = match names.spec.ids().find(|&id| names.spec.is_ellipsis(id)) {
        Some(id) => {
            let rest = names.extent(id);
            quote_spanned!(span=> #runtime::slice(&#rest))
        }
        None => quote!(&[]),
    };
    let scale = Store::of(call).emit_scale(names);
    let limit = match call.memory_limit() {
        Some(_) => {
            let limit = &names.limit;
            quote_spanned!(span=> ::core::option::Option::Some(#limit))
        }
        None => quote_spanned!(span=> ::core::option::Option::None),
    };
    quote_spanned!(span=> &#runtime::many::Contraction {
        site: &#site,
        operands: &[#(#operands),*],
        extents: &[#(#extents),*],
        rest: #rest,
        scale: #scale,
        memory_limit: #limit,
    })
}
