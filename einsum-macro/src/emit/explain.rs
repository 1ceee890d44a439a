//! The reports on a call, from the shapes of its operands.

use super::{extents, many, names::Names, vjp};
use crate::call::Call;
use einsum_spec::path::Path;
use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};

/// `explain(&element, &CALL, &[shape(&operand0), …], Order::Chosen { memory_limit: None })`, a `Result`.
pub(crate) fn emit(call: &Call, names: &Names<'_>, path: Option<&Path>) -> TokenStream {
    let (span, runtime, constant, element) = (names.span, &names.runtime, &names.call, &names.element);
    let shapes = emit_shapes(call, names);
    let order = emit_order(call, names, path);
    let report = quote_spanned!(span=> #runtime::explain(&#element, &#constant, &[#shapes], #order));
    emit_with_extents(call, names, &report)
}

/// `explain_gradients(&element, &CALL, &[shape(&operand0), …], Some(shape(&cotangent)), (&[Wanted::Operand(OperandId(0)), …], true))`, a `Result`.
pub(crate) fn emit_gradients(call: &Call, names: &Names<'_>) -> TokenStream {
    let (span, runtime, constant, element) = (names.span, &names.runtime, &names.call, &names.element);
    let shapes = emit_shapes(call, names);
    let cotangent = match &call.cotangent {
        Some(_) => {
            let cotangent = vjp::cotangent(names);
            quote_spanned!(span=> ::core::option::Option::Some(#runtime::shape(&#cotangent)))
        }
        None => quote_spanned!(span=> ::core::option::Option::None),
    };
    let wanted = vjp::emit_wanted(names, &call.wanted(names.spec.operands.len()));
    let together = vjp::are_together(names.spec);
    let report = quote_spanned!(span=> #runtime::explain_gradients(
        &#element, &#constant, &[#shapes], #cotangent, (&#wanted, #together),
    ));
    emit_with_extents(call, names, &report)
}

fn emit_shapes(call: &Call, names: &Names<'_>) -> TokenStream {
    let (span, runtime) = (names.span, &names.runtime);
    let shapes = (0..call.operands.len()).map(|n| {
        let operand = names.operand(n);
        quote_spanned!(span=> #runtime::shape(&#operand))
    });
    quote!(#(#shapes),*)
}

fn emit_with_extents(call: &Call, names: &Names<'_>, report: &TokenStream) -> TokenStream {
    let (span, description) = (names.span, extents::emit_call_constant(call, names));
    if names.spec.affine.is_empty() {
        return quote_spanned!(span=> { #description #report });
    }
    // The shapes are those of the views of windows.
    let agree = extents::emit_agreement(call, names);
    quote_spanned!(span=> { #description (|| { #agree #report })() })
}

// `Order::Fixed(&[&[1, 2], &[0, 1]])`, or `Order::Chosen { memory_limit: Some(limit) }`
fn emit_order(call: &Call, names: &Names<'_>, path: Option<&Path>) -> TokenStream {
    let (span, runtime, limit) = (names.span, &names.runtime, &names.limit);
    if let Some(path) = path {
        let steps = many::emit_path(path);
        return quote_spanned!(span=> #runtime::Order::Fixed(#steps));
    }
    let limit = match call.memory_limit() {
        Some(_) => quote_spanned!(span=> ::core::option::Option::Some(#limit)),
        None => quote_spanned!(span=> ::core::option::Option::None),
    };
    quote_spanned!(span=> #runtime::Order::Chosen { memory_limit: #limit })
}
