//! Binding: every expression of the user's once, from left to right, outside of our scopes; then a view of each.

use super::{affine, names::Names, vjp};
use crate::call::Call;
use einsum_spec::spec::{Index, Term};
use proc_macro2::{Ident, Literal, Span, TokenStream};
use quote::{ToTokens, format_ident, quote, quote_spanned};
use syn::{Expr, spanned::Spanned};

/// `match output(place) { output => match (s,) { (bound,) => match (operand(&a), operand(&b)) { (operand0, operand1) => body } } }`
///
/// A `match`, since temporaries live to its end. The scale has its turn before the operands, but it is `body` that compares
/// its type with theirs: an error about it is shown there, and the scale's own errors are no errors of the operands.
pub(crate) fn emit(call: &Call, names: &Names<'_>, body: &TokenStream) -> TokenStream {
    let (span, path, runtime, element) = (names.span, &names.runtime_path, &names.runtime, &names.element);
    let (allow, module) = (emit_allow(span), binding_module(span));
    let (mut operands, mut patterns): (Vec<_>, Vec<_>) = call
        .operands
        .iter()
        .zip(&names.spec.operands)
        .enumerate()
        .map(|(n, (operand, term))| {
            let labels = affine::written_labels(names, n);
            let function = binding(names, "operand", labels, term, operand.span());
            let array = parenthesized(operand);
            let view = quote_spanned!(operand.span()=> #function(&#element, &#array));
            (view, pattern(names, term, &names.operand(n)))
        })
        .unzip();
    // Options stand behind the operands, and so have their turn after them.
    if let Some(limit) = call.memory_limit() {
        let here = limit.span();
        let module = binding_module(here);
        operands.push(quote_spanned!(here=> #module::MemoryLimit { elements: #limit }.elements));
        patterns.push(names.limit.to_token_stream());
    }
    let scale = call.scale.as_ref().map(|scale| {
        let (name, here) = (&names.scale, scale.span());
        let (module, bound) = (binding_module(here), bound(here));
        quote_spanned!(here=> let #name = #module::Scale { element: &#element, scale: #bound }.scale;)
    });
    let (given, given_patterns) = affine::emit_given(call, names);
    let (cotangent, cotangent_pattern) = vjp::emit_cotangent(call, names);
    let mut bindings = quote_spanned!(span=> match (#(#operands,)* #cotangent #(#given,)*) {
        #allow
        (#(#patterns,)* #cotangent_pattern #(#given_patterns,)*) => {
            use #path as #runtime;
            #scale
            #body
        }
    });
    if let Some(scale) = &call.scale {
        let bound = bound(scale.span());
        bindings = quote_spanned!(span=> match (#scale,) { (#bound,) => #bindings });
    }
    if let Some((place, _)) = &call.output {
        let (output, array) = (&names.output, parenthesized(place));
        let labels = labels(names, &names.spec.output);
        let function = binding(names, "output", labels, &names.spec.output, place.span());
        let view = quote_spanned!(place.span()=> #function(&#element, #array.__ndeinsum_output()));
        bindings = quote_spanned!(span=> match #view {
            #allow
            mut #output => #bindings
        });
    }
    quote_spanned!(span=> {
        #[allow(unused_imports)]
        use #path::{bind as #module, bind::OutputPlace as _};
        let #element = #path::bind::Element::new();
        #bindings
    })
}

/// `Labels::<2>::operand`, the function that binds one array and checks its rank. All its tokens stand where an error of
/// its is to be shown, and have the user's hygiene, without which the compiler would show the whole call instead.
pub(crate) fn binding(
    names: &Names<'_>,
    function: &str,
    labels: usize,
    term: &Term,
    here: Span,
) -> TokenStream {
    let labels = Literal::usize_unsuffixed(labels);
    let ellipsis = if has_ellipsis(names, term) { "_with_ellipsis" } else { "" };
    let (module, name) = (binding_module(here), format_ident!("{function}{ellipsis}", span = here));
    quote_spanned!(here=> #module::Labels::<#labels>::#name)
}

/// What is bound to an operand: its view, and the type of its ellipsis axes if it has any.
pub(crate) fn pattern(names: &Names<'_>, term: &Term, name: &Ident) -> TokenStream {
    let rest = rest_of(name);
    if has_ellipsis(names, term) { quote!((#name, #rest)) } else { quote!(#name) }
}

/// The name of the type of the ellipsis axes of an operand.
pub(crate) fn rest_of(operand: &Ident) -> Ident {
    format_ident!("{operand}_rest", span = operand.span())
}

/// Lets the compiler check the rank of an output with an ellipsis.
pub(crate) fn emit_output_of_rest(
    call: &Call,
    names: &Names<'_>,
    others: &TokenStream,
    rest: &TokenStream,
) -> TokenStream {
    let Some((place, _)) = &call.output else { return TokenStream::new() };
    let here = place.span();
    let (module, bound, output) = (binding_module(here), bound(here), &names.output);
    // A path that begins with `::` means something else where the user's edition is that of 2015.
    let span = names.span;
    let labels = quote_spanned!(span=> ::core::marker::PhantomData::<#others>);
    quote_spanned!(here=> {
        let #bound = &#output;
        #module::output_of_rest(#labels, #rest, #bound);
    })
}

/// Names that the user's expressions can see, so they are such as nobody has.
pub(crate) fn binding_module(span: Span) -> Ident {
    Ident::new("__ndeinsum_bind", span)
}

fn bound(here: Span) -> Ident {
    Ident::new("__ndeinsum_bound", here)
}

/// The same for `einsum_view!`, whose result lives as long as the operand: the user's expression stands in no braces, at the
/// end of which its temporaries would die.
pub(crate) fn emit_view(call: &Call, names: &Names<'_>, body: &TokenStream) -> TokenStream {
    let (span, path, runtime) = (names.span, &names.runtime_path, &names.runtime);
    let (expression, term) = (&call.operands[0], &names.spec.operands[0]);
    let here = expression.span();
    let (bound, labels) = (bound(here), affine::written_labels(names, 0));
    let (source, view) = if is_mutable_borrow(expression) {
        let function = binding(names, "view_mut", labels, term, here);
        (
            quote_spanned!(here=> #path::bind::source_mut(#expression)),
            quote_spanned!(here=> #function(#bound)),
        )
    } else {
        let (function, expression) =
            (binding(names, "view", labels, term, here), parenthesized(referent(expression)));
        (
            quote_spanned!(here=> #path::bind::Source(&#expression)),
            quote_spanned!(here=> #function(#bound.__ndeinsum_source())),
        )
    };
    let (allow, module) = (emit_allow(span), binding_module(span));
    let pattern = pattern(names, term, &names.operand(0));
    let (given, given_patterns) = affine::emit_given(call, names);
    let (source, bound) = match given.is_empty() {
        true => (source, quote!(#bound)),
        false => (
            quote_spanned!(span=> (#source, #(#given,)*)),
            quote_spanned!(span=> (#bound, #(#given_patterns,)*)),
        ),
    };
    quote_spanned!(span=> match #source {
        #allow
        #bound => {
            #[allow(unused_imports)]
            use #path::{self as #runtime, bind as #module, bind::ViewSource as _};
            let #pattern = #view;
            #body
        }
    })
}

/// How many axes of a term have a label.
pub(crate) fn labels(names: &Names<'_>, term: &Term) -> usize {
    term.iter().filter(|&&id| matches!(names.spec.index(id), Index::Label(_))).count()
}

/// Whether a term has an ellipsis.
pub(crate) fn has_ellipsis(names: &Names<'_>, term: &Term) -> bool {
    term.iter().any(|&id| names.spec.is_ellipsis(id))
}

// Generated names may have upper-case letters, not every one is used in every call, and elements need not have `+=` nor
// `mul_add`.
fn emit_allow(span: Span) -> TokenStream {
    quote_spanned!(span=> #[allow(
        non_snake_case,
        unused_variables,
        unused_mut,
        unused_labels,
        clippy::assign_op_pattern,
        clippy::suboptimal_flops
    )])
}

fn is_mutable_borrow(expression: &Expr) -> bool {
    match expression {
        Expr::Reference(reference) => reference.mutability.is_some(),
        Expr::Group(group) => is_mutable_borrow(&group.expr),
        Expr::Paren(inner) => is_mutable_borrow(&inner.expr),
        _ => false,
    }
}

// What is behind `&&a`: the view should live as long as the borrow of `a`, not of the temporary `&a`.
fn referent(expression: &Expr) -> &Expr {
    match expression {
        Expr::Reference(reference) if reference.mutability.is_none() => referent(&reference.expr),
        Expr::Group(group) => referent(&group.expr),
        Expr::Paren(inner) => referent(&inner.expr),
        other => other,
    }
}

/// An expression that can be borrowed, or have a method called on it, as it stands.
pub(crate) fn parenthesized(expression: &Expr) -> TokenStream {
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
