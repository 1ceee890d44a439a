//! Plan to tokens. Nothing here can fail.
//!
//! What a call becomes, for `einsum!("ij,jk->ik", a, b)`:
//!
//! ```text
//! match (operand(&a), operand(&b)) {              // bind: each operand once, in the user's scope; rank checked by the compiler
//!     (operand0, operand1) => {
//!         const CALL: Call = ...;                 // extents: what the text says, for the runtime
//!         (move || {
//!             let ([extent_i, extent_k, extent_j], rest) = agree(...);    // extents; returns on an error
//!             let mut output = zeros(...);        // step
//!             if !contract(...) {                 // step: a kernel, or
//!                 for ... { for ... { for ... } } // loop nest
//!             }
//!             Ok(output)
//! ```
//!
//! The user's expressions stand outside of every scope that holds one of our names, and our local names have the
//! hygiene of `mixed_site`, so neither can meet the other.

mod affine;
mod bind;
mod explain;
mod extents;
mod loop_nest;
mod many;
mod names;
mod step;
mod vjp;

use crate::call::Call;
use einsum_spec::{path::Path, plan::Step, spec::Spec};
use names::Names;
use proc_macro2::TokenStream;
use quote::quote_spanned;
pub(crate) use vjp::vjp;

/// What is computed: the step of all operands, and the order of smaller ones where the user has fixed it.
pub(crate) struct Plan {
    pub(crate) spec: Spec,
    pub(crate) step: Step,
    pub(crate) path: Option<Path>,
}

/// `einsum!`
pub(crate) fn einsum(call: &Call, plan: &Plan) -> TokenStream {
    let names = Names::new(call, &plan.spec);
    let body = or_panic(&names, &contraction(call, plan, &names));
    bind::emit(call, &names, &body)
}

/// `try_einsum!`
pub(crate) fn try_einsum(call: &Call, plan: &Plan) -> TokenStream {
    let names = Names::new(call, &plan.spec);
    bind::emit(call, &names, &contraction(call, plan, &names))
}

/// `einsum_path!`
pub(crate) fn path(call: &Call, spec: &Spec, path: Option<&Path>) -> TokenStream {
    let names = Names::new(call, spec);
    let body = or_panic(&names, &explain::emit(call, &names, path));
    bind::emit(call, &names, &body)
}

/// `einsum_vjp_path!`
pub(crate) fn vjp_path(call: &Call, spec: &Spec) -> TokenStream {
    let names = Names::new(call, spec);
    let body = or_panic(&names, &explain::emit_gradients(call, &names));
    bind::emit(call, &names, &body)
}

/// `einsum_view!`
pub(crate) fn view(call: &Call, spec: &Spec) -> TokenStream {
    let names = Names::new(call, spec);
    let (agree, merge_axes) = (extents::emit_agreement(call, &names), step::emit_view(&names));
    let constant = extents::emit_call_constant(call, &names);
    let span = names.span;
    let view = or_panic(
        &names,
        &quote_spanned!(span=> (move || {
            #agree
            ::core::result::Result::Ok(#merge_axes)
        })()),
    );
    bind::emit_view(call, &names, &quote_spanned!(span=> { #constant #view }))
}

// The `Result` of a call: a closure of its own, called at once. So the error leaves by `return`, and the loops of many calls do
// not add up in one function, neither its frame nor what the compiler has to optimise at a time.
fn contraction(call: &Call, plan: &Plan, names: &Names<'_>) -> TokenStream {
    let constant = extents::emit_call_constant(call, names);
    let agree = extents::emit_agreement(call, names);
    let (site, result) = if many::has_steps(&plan.spec) {
        (many::emit_site(names, plan.path.as_ref()), many::emit(call, &plan.step, names))
    } else {
        (TokenStream::new(), step::emit(call, &plan.step, names))
    };
    let span = names.span;
    quote_spanned!(span=> {
        #constant
        #site
        (move || {
            #agree
            #result
        })()
    })
}

fn or_panic(names: &Names<'_>, result: &TokenStream) -> TokenStream {
    let (span, runtime) = (names.span, &names.runtime);
    quote_spanned!(span=> match #result {
        ::core::result::Result::Ok(value) => value,
        ::core::result::Result::Err(error) => #runtime::fail(error),
    })
}
