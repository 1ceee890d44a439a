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

/// The extents by a few comparisons, as an `Option`: nothing where something does not fit or is unusual, so that
/// [`AffineCall::agree`] has to look closer. A small convolution takes hardly longer than that does.
///
/// ```text
/// (|| {
///     let [axis0_0, axis0_1] = extents(&operand0)?;
///     let [axis1_0] = extents(&operand1)?;
///     let extent_i = axis1_0;
///     let extent_x = longest(axis0_1, 2, [(1, extent_i)])?;
///     Some([extent_x, extent_i])
/// })()
/// ```
pub(crate) fn emit_quick_agreement(call: &Call, names: &Names<'_>) -> Option<TokenStream> {
    let (spec, span, runtime) = (names.spec, names.span, &names.runtime);
    if spec.affine.is_empty() || spec.ids().any(|id| spec.is_ellipsis(id)) {
        return None;
    }
    let axis = |array: usize, at: isize| format_ident!("axis{array}_{at}", span = span);
    let mut statements = Vec::new();
    // Every plain axis of an index, by operand; and that of the output.
    let mut plain: Vec<(IndexId, usize, Ident)> = Vec::new();
    let output = call.output.is_some().then_some((&spec.output, &names.output));
    let operands: Vec<_> = (0..spec.operands.len()).map(|n| names.operand(n)).collect();
    let arrays = spec.operands.iter().zip(&operands).chain(output);
    for (n, (term, array)) in arrays.enumerate() {
        let is_in_sum = |at: usize| {
            let mut sums = spec.affine.axes.iter().filter(|axis| usize::from(axis.operand.0) == n);
            sums.any(|sum| (sum.at..sum.at + sum.coefficients.len()).contains(&at))
        };
        let is_operand = n < operands.len();
        let place = |at: usize| if is_operand { written_axis(names, operand_id(n), at) } else { at as isize };
        let all: Vec<_> = (0..term.len()).filter(|&at| !is_operand || !is_in_sum(at)).collect();
        plain.extend(all.into_iter().map(|at| (term[at], n, axis(n, place(at)))));
        let rank = if is_operand { written_labels(names, n) } else { term.len() };
        let axes = (0..rank).map(|at| axis(n, at as isize));
        statements.push(quote_spanned!(span=> let [#(#axes),*] = #runtime::extents(&#array)?;));
    }
    let require = |condition: TokenStream| quote_spanned!(span=> if !#condition { return ::core::option::Option::None; });
    for id in spec.ids() {
        let mine = |n: usize| {
            plain.iter().filter(move |(other, array, _)| *other == id && *array == n).map(|(_, _, axis)| axis)
        };
        let mut firsts = Vec::new();
        for n in 0..operands.len() {
            let Some(first) = mine(n).next() else { continue };
            statements
                .extend(mine(n).skip(1).map(|other| require(quote_spanned!(span=> (#first == #other)))));
            firsts.push(first);
        }
        let extent = names.extent(id);
        let given = given::extents(call).position(|(label, _)| spec.index(id) == Index::Label(label));
        let value = if let Some(written) = mine(operands.len()).next() {
            statements.push(require(quote_spanned!(span=> #runtime::fits([#(#firsts),*], #written))));
            quote!(#written)
        } else if let Some(n) = given {
            let given = given_extent(names, n);
            quote!(#given)
        } else {
            match firsts[..] {
                [] => continue,
                [only] => quote!(#only),
                _ => {
                    statements.push(require(quote_spanned!(span=> #runtime::agree([#(#firsts),*]))));
                    quote_spanned!(span=> #runtime::agreed([#(#firsts),*]))
                }
            }
        };
        statements.push(quote_spanned!(span=> let #extent = #value;));
    }
    // The longest along a sum, leaving out one of its indices; or with none left out, whether it stays inside.
    let longest = |n: usize, open: Option<IndexId>| {
        let sum = &spec.affine.axes[n];
        let operand = usize::from(sum.operand.0);
        let summands = sum.coefficients.iter().zip(&spec.operands[operand][sum.at..]);
        let own =
            summands.clone().find(|&(_, &id)| Some(id) == open).map_or(1, |(&coefficient, _)| coefficient);
        let own = Literal::u32_unsuffixed(own);
        let others = summands.filter(|&(_, &id)| Some(id) != open).map(|(&coefficient, &id)| {
            let (coefficient, extent) = (Literal::u32_unsuffixed(coefficient), names.extent(id));
            quote!((#coefficient, #extent))
        });
        let axis = axis(operand, written_axis(names, sum.operand, sum.at));
        quote_spanned!(span=> #runtime::longest(#axis, #own, [#(#others),*])?)
    };
    let mut inferred_from = Vec::new();
    for inference in &spec.affine.inferred {
        inferred_from.extend(&inference.from);
        let mut all = inference.from.iter().map(|&n| longest(n, Some(inference.index)));
        let first = all.next()?;
        let extent = names.extent(inference.index);
        let least =
            all.fold(first, |least, other| quote_spanned!(span=> ::core::cmp::Ord::min(#least, #other)));
        statements.push(quote_spanned!(span=> let #extent = #least;));
    }
    let others = (0..spec.affine.axes.len()).filter(|n| !inferred_from.contains(&n));
    statements.extend(others.map(|n| longest(n, None)).map(|inside| quote!(#inside;)));
    let extents = spec.ids().map(|id| names.extent(id));
    Some(quote_spanned!(span=> (|| {
        #(#statements)*
        ::core::option::Option::Some([#(#extents),*])
    })()))
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
