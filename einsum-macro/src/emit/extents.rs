//! The constant that tells the runtime what the text says, and the agreement on the extents.

use super::{affine, bind, names::Names, step};
use crate::call::Call;
use einsum_spec::spec::{Index, IndexId, Term};
use proc_macro2::{Ident, Literal, TokenStream};
use quote::{ToTokens, format_ident, quote, quote_spanned};

/// `const CALL: Call = …;`, and what affine axes need.
pub(crate) fn emit_call_constant(call: &Call, names: &Names<'_>) -> TokenStream {
    let (span, runtime, name) = (names.span, &names.runtime, &names.call);
    let terms: Vec<_> = names.spec.operands.iter().map(|term| emit_term(names, term)).collect();
    let (value, affine) = (emit_call(call, names, &terms), affine::emit_constant(call, names));
    quote_spanned!(span=> const #name: #runtime::Call = #value; #affine)
}

/// `Call::new(…)` with these terms of the operands.
pub(crate) fn emit_call(call: &Call, names: &Names<'_>, operands: &[TokenStream]) -> TokenStream {
    let (span, runtime) = (names.span, &names.runtime);
    let text = call.subscripts.value();
    let labels = names.spec.indices.iter().filter_map(|index| match index {
        Index::Label(label) => Some(*label),
        Index::Ellipsis => None,
    });
    let output = emit_term(names, &names.spec.output);
    quote_spanned!(span=> #runtime::Call::new(#text, &[#(#labels),*], &[#(#operands),*], #output))
}

// `Term::new(&[0, 1])`, or `Term::with_ellipsis(&[0], &[1])`
fn emit_term(names: &Names<'_>, term: &Term) -> TokenStream {
    let (span, runtime) = (names.span, &names.runtime);
    let number = |&id: &IndexId| {
        (!names.spec.is_ellipsis(id)).then(|| Literal::usize_unsuffixed(label_number(names, id)))
    };
    let Some(split) = term.iter().position(|&id| names.spec.is_ellipsis(id)) else {
        let all = term.iter().filter_map(number);
        return quote_spanned!(span=> #runtime::Term::new(&[#(#all),*]));
    };
    let (front, back) = (term[..split].iter().filter_map(number), term[split..].iter().filter_map(number));
    quote_spanned!(span=> #runtime::Term::with_ellipsis(&[#(#front),*], &[#(#back),*]))
}

/// The runtime's number of an index that has a label: it numbers these without the ellipsis.
pub(crate) fn label_number(names: &Names<'_>, id: IndexId) -> usize {
    names.spec.ids().take_while(|&other| other != id).filter(|&other| !names.spec.is_ellipsis(other)).count()
}

/// The extent of each index, or the end of the closure with an error:
///
/// ```text
/// let (extent_i, extent_k, extent_j) = match (extents(&operand0), extents(&operand1)) {
///     (Some([axis0_0, axis0_1]), Some([axis1_0, axis1_1])) if agree([axis0_1, axis1_0]) => {
///         (axis0_0, axis1_1, agreed([axis0_1, axis1_0]))
///     }
///     _ => return Err(CALL.disagreement(…)),
/// };
/// ```
///
/// Comparisons and no loops over axes, since a small product takes hardly longer than these. With an ellipsis the ranks are
/// the types' business, and it is [`emit_agreement_with_rest`].
pub(crate) fn emit_agreement(call: &Call, names: &Names<'_>) -> TokenStream {
    let spec = names.spec;
    let has_ellipsis = spec.operands.iter().chain([&spec.output]).any(|term| bind::has_ellipsis(names, term));
    if has_ellipsis || !spec.affine.is_empty() {
        return emit_agreement_with_rest(call, names);
    }
    let (span, runtime, constant) = (names.span, &names.runtime, &names.call);
    let output = call.output.is_some().then_some(&names.output);
    let operands: Vec<_> = (0..spec.operands.len()).map(|n| names.operand(n)).collect();
    let arrays: Vec<_> = operands.iter().chain(output).collect();
    // The axes of an array come from its term, and are told apart by its position; the output has the last one.
    let terms: Vec<_> = spec.operands.iter().chain(output.map(|_| &spec.output)).collect();
    let axis = |n: usize, at: usize| format_ident!("axis{n}_{at}", span = span);
    let patterns = terms.iter().enumerate().map(|(n, term)| {
        let axes = (0..term.len()).map(|at| axis(n, at));
        quote_spanned!(span=> ::core::option::Option::Some([#(#axes),*]))
    });
    let axes_of = |n: usize, id: IndexId| -> Vec<Ident> {
        (0..terms[n].len()).filter(|&at| terms[n][at] == id).map(|at| axis(n, at)).collect()
    };

    let (mut conditions, mut values) = (Vec::new(), Vec::new());
    for id in spec.ids() {
        let per_operand: Vec<_> = (0..operands.len()).map(|n| axes_of(n, id)).collect();
        for axes in &per_operand {
            // No broadcasting on a diagonal.
            let (first, others) = (axes.first(), axes.iter().skip(1));
            conditions.extend(others.map(|other| quote_spanned!(span=> #first == #other)));
        }
        let axes: Vec<_> = per_operand.iter().filter_map(|axes| axes.first()).collect();
        let in_output = output.and_then(|_| axes_of(operands.len(), id).pop());
        values.push(match (&axes[..], in_output) {
            (_, Some(extent)) => {
                conditions.push(quote_spanned!(span=> #runtime::fits([#(#axes),*], #extent)));
                quote!(#extent)
            }
            ([axis], None) => quote!(#axis),
            (_, None) => {
                conditions.push(quote_spanned!(span=> #runtime::agree([#(#axes),*])));
                quote_spanned!(span=> #runtime::agreed([#(#axes),*]))
            }
        });
    }
    let condition = (!conditions.is_empty()).then(|| quote_spanned!(span=> if #(#conditions)&&*));
    let shape = |array: &Ident| quote_spanned!(span=> #runtime::slice(&#runtime::dim(&#array)));
    let (shapes, extents) = (operands.iter().map(shape), spec.ids().map(|id| names.extent(id)));
    let output_shape = match output {
        Some(output) => {
            let shape = shape(output);
            quote_spanned!(span=> ::core::option::Option::Some(#shape))
        }
        None => quote_spanned!(span=> ::core::option::Option::None),
    };
    quote_spanned!(span=>
        let (#(#extents,)*) = match (#(#runtime::extents(&#arrays),)*) {
            (#(#patterns,)*) #condition => (#(#values,)*),
            _ => return ::core::result::Result::Err(
                #runtime::Call::disagreement(&#constant, &[#(#shapes),*], #output_shape)
            ),
        };
    )
}

/// `let ([extent_i, extent_k, extent_j], rest) = match CALL.agree(…) { … };`
///
/// Returns the error if there is one.
fn emit_agreement_with_rest(call: &Call, names: &Names<'_>) -> TokenStream {
    let (span, runtime, constant, rest) = (names.span, &names.runtime, &names.call, &names.rest);
    let extents = names.spec.ids().filter(|&id| !names.spec.is_ellipsis(id)).map(|id| names.extent(id));
    let shapes = (0..call.operands.len()).map(|n| {
        let operand = names.operand(n);
        quote_spanned!(span=> #runtime::shape(&#operand))
    });
    let shapes = quote_spanned!(span=> &[#(#shapes),*]);
    let rest_type = emit_rest_type(names);
    let output_rank = bind::has_ellipsis(names, &names.spec.output).then(|| {
        bind::emit_output_of_rest(call, names, &step::emit_others_type(names, &names.spec.output), &rest_type)
    });
    let agreement = if !names.spec.affine.is_empty() {
        affine::emit_agreement(call, names, &shapes, &rest_type)
    } else if call.output.is_some() {
        let output = &names.output;
        quote_spanned!(span=> #runtime::Call::agree_with_output(&#constant, #shapes, #runtime::shape(&#output), #rest_type))
    } else {
        quote_spanned!(span=> #runtime::Call::agree(&#constant, #shapes, #rest_type))
    };
    let (mut agreed, windows) = (emit_or_return(names, &agreement), affine::emit_windows(names));
    if let Some(quick) = affine::emit_quick_agreement(call, names) {
        agreed = quote_spanned!(span=> match #quick {
            ::core::option::Option::Some(extents) => (extents, #runtime::ndarray::Dim([])),
            ::core::option::Option::None => #agreed,
        });
    }
    quote_spanned!(span=> #output_rank let ([#(#extents),*], #rest) = #agreed; #windows)
}

/// The value of a `Result`, or the end of the closure with its error.
pub(crate) fn emit_or_return(names: &Names<'_>, result: &TokenStream) -> TokenStream {
    let span = names.span;
    quote_spanned!(span=> match #result {
        ::core::result::Result::Ok(value) => value,
        ::core::result::Result::Err(error) => return ::core::result::Result::Err(error),
    })
}

// The type of the ellipsis axes: those of all operands that have some, broadcast together.
fn emit_rest_type(names: &Names<'_>) -> TokenStream {
    let (span, runtime) = (names.span, &names.runtime);
    let operands = names.spec.operands.iter().enumerate().filter(|(_, term)| bind::has_ellipsis(names, term));
    let rests = operands.map(|(n, _)| bind::rest_of(&names.operand(n)).to_token_stream());
    rests
        .reduce(|all, rest| quote_spanned!(span=> #all.or(#rest)))
        .unwrap_or_else(|| quote!(#runtime::Rest::NONE))
}
