//! Affine axes: the constant that describes them, the agreement, and the views with an axis for each summand.
//!
//! ```text
//! const AXES: AffineCall = AffineCall::new(Call::new(…), &[AffineAxis::new(0, 0, &[(2, 0), (1, 1)])], &[Inferred::new(0, &[0])]);
//! let ([extent_x, extent_i], rest) = AXES.agree(…)?;
//! let operand0 = windowed(&AXES, 0, Dim([extent_x, extent_i]), operand0)?;
//! ```
//!
//! What follows has a label on every axis.

use super::{bind, extents, names::Names, step};
use crate::{call::Call, given};
use einsum_spec::spec::{Index, IndexId, OperandId};
use proc_macro2::{Ident, Literal, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::spanned::Spanned;

/// `const AXES: AffineCall = …;`, or nothing for a call without affine axes.
pub(crate) fn emit_constant(call: &Call, names: &Names<'_>) -> TokenStream {
    let affine = &names.spec.affine;
    if affine.is_empty() {
        return TokenStream::new();
    }
    let (span, runtime, constant) = (names.span, &names.runtime, &names.affine);
    let number = |id: IndexId| Literal::usize_unsuffixed(extents::label_number(names, id));
    let terms = (0..names.spec.operands.len()).map(|n| emit_written_term(names, n));
    let written = extents::emit_call(call, names, &terms.collect::<Vec<_>>());
    let axes = affine.axes.iter().map(|axis| {
        let term = &names.spec.operands[usize::from(axis.operand.0)];
        let operand = Literal::usize_unsuffixed(usize::from(axis.operand.0));
        let at = Literal::isize_unsuffixed(written_axis(names, axis.operand, axis.at));
        let summands = axis.coefficients.iter().zip(&term[axis.at..]).map(|(&coefficient, &id)| {
            let (coefficient, index) = (Literal::u32_unsuffixed(coefficient), number(id));
            quote_spanned!(span=> (#coefficient, #index))
        });
        quote_spanned!(span=> #runtime::AffineAxis::new(#operand, #at, &[#(#summands),*]))
    });
    let inferred = affine.inferred.iter().map(|inference| {
        let index = number(inference.index);
        let from = inference.from.iter().map(|&n| Literal::usize_unsuffixed(n));
        quote_spanned!(span=> #runtime::Inferred::new(#index, &[#(#from),*]))
    });
    quote_spanned!(span=>
        const #constant: #runtime::AffineCall =
            #runtime::AffineCall::new(#written, &[#(#axes),*], &[#(#inferred),*]);
    )
}

/// The `Result` of the agreement.
pub(crate) fn emit_agreement(
    call: &Call,
    names: &Names<'_>,
    shapes: &TokenStream,
    rest: &TokenStream,
) -> TokenStream {
    let (span, runtime, constant) = (names.span, &names.runtime, &names.affine);
    let output = if call.output.is_some() {
        let output = &names.output;
        quote_spanned!(span=> ::core::option::Option::Some(#runtime::shape(&#output)))
    } else {
        quote_spanned!(span=> ::core::option::Option::None)
    };
    let given = given::extents(call).enumerate().map(|(n, (label, _))| {
        let is_named = |id: &IndexId| names.spec.index(*id) == Index::Label(label);
        let id = names.spec.ids().find(is_named).expect("`given` has refused an extent for no index");
        let (index, extent) =
            (Literal::usize_unsuffixed(extents::label_number(names, id)), given_extent(names, n));
        quote_spanned!(span=> (#index, #extent))
    });
    quote_spanned!(span=> #runtime::AffineCall::agree(&#constant, #shapes, #output, &[#(#given),*], #rest))
}

/// `let operand0 = …;` for every operand that has affine axes.
pub(crate) fn emit_windows(names: &Names<'_>) -> TokenStream {
    let (span, runtime, constant) = (names.span, &names.runtime, &names.affine);
    let affine = &names.spec.affine;
    let windows = (0..names.spec.operands.len()).map(|n| {
        if affine.of(operand_id(n)).next().is_none() {
            return TokenStream::new();
        }
        let (operand, number) = (names.operand(n), Literal::usize_unsuffixed(n));
        let shape = emit_windows_shape(names, n, &operand);
        let view = quote_spanned!(span=> #runtime::windowed(&#constant, #number, #shape, #operand));
        let view = extents::emit_or_return(names, &view);
        quote_spanned!(span=> let #operand = #view;)
    });
    quote_spanned!(span=> #(#windows)*)
}

/// The expressions of the extents that the call gives, as numbers; they stand where the user's expressions do.
pub(crate) fn emit_given(call: &Call, names: &Names<'_>) -> (Vec<TokenStream>, Vec<Ident>) {
    let extents = given::extents(call).enumerate().map(|(n, (_, expression))| {
        let here = expression.span();
        let path = &names.runtime_path;
        (quote_spanned!(here=> #path::extent(#expression)), given_extent(names, n))
    });
    extents.unzip()
}

fn given_extent(names: &Names<'_>, n: usize) -> Ident {
    format_ident!("given{n}", span = names.span)
}

// `Term::new(&[0, AFFINE, AFFINE, 5])`: the axes of the operand itself.
fn emit_written_term(names: &Names<'_>, operand: usize) -> TokenStream {
    let (span, runtime) = (names.span, &names.runtime);
    let term = &names.spec.operands[operand];
    let (mut front, mut back, mut ellipsis, mut at) = (Vec::new(), Vec::new(), false, 0);
    while at < term.len() {
        let list = if ellipsis { &mut back } else { &mut front };
        if let Some(axis) = names.spec.affine.of(operand_id(operand)).find(|axis| axis.at == at) {
            list.push(quote_spanned!(span=> #runtime::AFFINE));
            at += axis.coefficients.len();
            continue;
        }
        if names.spec.is_ellipsis(term[at]) {
            ellipsis = true;
        } else {
            let number = Literal::usize_unsuffixed(extents::label_number(names, term[at]));
            list.push(quote!(#number));
        }
        at += 1;
    }
    match ellipsis {
        true => quote_spanned!(span=> #runtime::Term::with_ellipsis(&[#(#front),*], &[#(#back),*])),
        false => quote_spanned!(span=> #runtime::Term::new(&[#(#front),*])),
    }
}

/// Which axis of the operand the one at this place in its term is, or begins; counted from the end behind an ellipsis.
pub(crate) fn written_axis(names: &Names<'_>, operand: OperandId, at: usize) -> isize {
    let term = &names.spec.operands[usize::from(operand.0)];
    let surplus = |range: core::ops::Range<usize>| -> usize {
        let others = names.spec.affine.of(operand).filter(|other| range.contains(&other.at));
        others.map(|other| other.coefficients.len() - 1).sum()
    };
    let behind_ellipsis = term[..at].iter().any(|&id| names.spec.is_ellipsis(id));
    if behind_ellipsis {
        -((term.len() - at - surplus(at..term.len())) as isize)
    } else {
        (at - surplus(0..at)) as isize
    }
}

/// The extents of the windows of an array with the axes of an operand: as the shape of an output, but that an ellipsis has only the
/// axes of this array.
pub(crate) fn emit_windows_shape(names: &Names<'_>, operand: usize, array: &Ident) -> TokenStream {
    let (span, runtime, term) = (names.span, &names.runtime, &names.spec.operands[operand]);
    let Some(split) = term.iter().position(|&id| names.spec.is_ellipsis(id)) else {
        return step::emit_shape(names, term);
    };
    let others = step::emit_others_type(names, term);
    let rest = bind::rest_of(&names.operand(operand));
    let affine = &names.spec.affine;
    let surplus_in = |front: bool| -> usize {
        let mine = affine.of(operand_id(operand)).filter(|axis| (axis.at < split) == front);
        mine.map(|axis| axis.coefficients.len() - 1).sum()
    };
    let front = Literal::usize_unsuffixed(split - surplus_in(true));
    let back = Literal::usize_unsuffixed(term.len() - split - 1 - surplus_in(false));
    let before = term[..split].iter().map(|&id| names.extent(id));
    let behind = term[split + 1..].iter().map(|&id| names.extent(id));
    quote_spanned!(span=> #runtime::shape_with_rest::<#others, _>(
        &[#(#before),*],
        &#runtime::Rest::extents(#rest, #runtime::shape(&#array), #front, #back),
        &[#(#behind),*],
    ))
}

/// How many labels a term has for the rank of its operand: an affine axis counts once.
pub(crate) fn written_labels(names: &Names<'_>, operand: usize) -> usize {
    bind::labels(names, &names.spec.operands[operand]) - names.spec.affine.surplus(operand_id(operand))
}

/// An operand by its position.
pub(crate) fn operand_id(n: usize) -> OperandId {
    OperandId(u16::try_from(n).expect("`check` has numbered the operands"))
}
