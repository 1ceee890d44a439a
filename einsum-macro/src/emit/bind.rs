//! Binding: every expression of the user's once, from left to right, outside of our scopes; then a view of each.

use super::names::Names;
use crate::call::Call;
use einsum_spec::spec::{Index, Term};
use proc_macro2::{Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::{Expr, spanned::Spanned};

/// `match (place, scale, &a, &b) { (output, scale, operand0, operand1) => body }`
///
/// A `match`, since temporaries live to its end.
pub(crate) fn emit(call: &Call, names: &Names<'_>, body: &TokenStream) -> TokenStream {
    let (span, runtime) = (names.span, &names.runtime);
    let (mut values, mut patterns) = (Vec::new(), Vec::new());
    if let Some((place, _)) = &call.output {
        let (output, place) = (&names.output, parenthesized(place));
        values.push(quote_spanned!(at(place.span())=> #place.__ndeinsum_output()));
        patterns.push(quote!(mut #output));
    }
    if let Some(scale) = &call.scale {
        let name = &names.scale;
        values.push(quote!(#scale));
        patterns.push(quote!(#name));
    }
    for (n, operand) in call.operands.iter().enumerate() {
        let (name, operand) = (names.operand(n), parenthesized(operand));
        values.push(quote_spanned!(at(operand.span())=> &#operand));
        patterns.push(quote!(#name));
    }
    let method = call.output.is_some().then(|| quote_spanned!(span=> use #runtime::OutputPlace as _;));
    let allow = emit_allow(span);
    quote_spanned!(span=> {
        #method
        match (#(#values,)*) {
            #allow
            (#(#patterns,)*) => #body
        }
    })
}

/// The same for `einsum_view!`, whose result lives as long as the operand.
pub(crate) fn emit_view(call: &Call, names: &Names<'_>, body: &TokenStream) -> TokenStream {
    let (span, runtime, operand) = (names.span, &names.runtime, names.operand(0));
    let expression = &call.operands[0];
    let here = at(expression.span());
    let source = if is_mutable_borrow(expression) {
        quote_spanned!(here=> #runtime::source_mut(#expression))
    } else {
        let expression = parenthesized(expression);
        quote_spanned!(here=> #runtime::Source(&#expression).source())
    };
    let rank = emit_rank(names, &names.spec.operands[0], &operand, here);
    let allow = emit_allow(span);
    quote_spanned!(span=> {
        use #runtime::ViewSource as _;
        match #source {
            #allow
            #operand => {
                #rank;
                #body
            }
        }
    })
}

/// `let operand0 = operand::<2, _>(operand0);`
pub(crate) fn emit_operand_views(call: &Call, names: &Names<'_>) -> TokenStream {
    let (span, runtime) = (names.span, &names.runtime);
    let first = names.operand(0);
    let views = call.operands.iter().zip(&names.spec.operands).enumerate().map(|(n, (expression, term))| {
        let here = at(expression.span());
        let mut name = names.operand(n);
        name.set_span(here);
        let labels = labels(names, term);
        let function =
            if has_ellipsis(names, term) { quote!(operand_with_ellipsis) } else { quote!(operand) };
        let same = (n > 0).then(|| quote_spanned!(here=> #runtime::same_element(&#first, #name);));
        quote_spanned!(here=> #same let #name = #runtime::#function::<#labels, _>(#name);)
    });
    let output = call.output.as_ref().map(|(place, _)| {
        let here = at(place.span());
        let mut name = names.output.clone();
        name.set_span(here);
        let rank = (!has_ellipsis(names, &names.spec.output)).then(|| {
            let rank = emit_rank(names, &names.spec.output, &name, here);
            quote!(#rank;)
        });
        quote_spanned!(here=> #runtime::same_element(&#first, &#name); #rank)
    });
    let scale = call.scale.as_ref().map(|scale| {
        let here = at(scale.span());
        let mut name = names.scale.clone();
        name.set_span(here);
        quote_spanned!(here=> let #name = #runtime::scale(&#first, #name);)
    });
    quote_spanned!(span=> #(#views)* #output #scale)
}

/// An expression that the compiler takes if the rank of an array fits its term.
pub(crate) fn emit_rank(
    names: &Names<'_>,
    term: &Term,
    array: &proc_macro2::Ident,
    here: Span,
) -> TokenStream {
    let (runtime, labels) = (&names.runtime, labels(names, term));
    let function = if has_ellipsis(names, term) { quote!(rank_with_ellipsis) } else { quote!(rank) };
    quote_spanned!(here=> #runtime::#function::<#labels, _, _>(&#array))
}

/// How many axes of a term have a label.
pub(crate) fn labels(names: &Names<'_>, term: &Term) -> usize {
    term.iter().filter(|&&id| matches!(names.spec.index(id), Index::Label(_))).count()
}

/// Whether a term has an ellipsis.
pub(crate) fn has_ellipsis(names: &Names<'_>, term: &Term) -> bool {
    term.iter().any(|&id| names.spec.is_ellipsis(id))
}

// Generated names may be upper-case letters, and not every one is used in every call.
fn emit_allow(span: Span) -> TokenStream {
    quote_spanned!(span=> #[allow(non_snake_case, unused_variables, unused_mut)])
}

// Our hygiene, the user's place.
fn at(span: Span) -> Span {
    Span::mixed_site().located_at(span)
}

fn is_mutable_borrow(expression: &Expr) -> bool {
    match expression {
        Expr::Reference(reference) => reference.mutability.is_some(),
        Expr::Group(group) => is_mutable_borrow(&group.expr),
        Expr::Paren(inner) => is_mutable_borrow(&inner.expr),
        _ => false,
    }
}

// An expression that can be borrowed, or have a method called on it, as it stands.
fn parenthesized(expression: &Expr) -> TokenStream {
    let simple = matches!(
        expression,
        Expr::Path(_)
            | Expr::Field(_)
            | Expr::Index(_)
            | Expr::Call(_)
            | Expr::MethodCall(_)
            | Expr::Macro(_)
            | Expr::Paren(_)
            | Expr::Lit(_)
    );
    if simple { quote!(#expression) } else { quote_spanned!(expression.span()=> (#expression)) }
}
