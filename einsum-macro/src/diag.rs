//! Mistakes as compiler errors.

use crate::call::{Call, Errors};
use einsum_spec::report::{Diagnostic, Mistake};
use proc_macro2::TokenStream;
use quote::quote;
use syn::spanned::Spanned;

/// The mistakes of a text, each at the literal: a stable compiler cannot underline a part of it, so the message
/// draws the place. An operand too many is shown itself.
pub(crate) fn of_text(call: &Call, diagnostics: Vec<Diagnostic>) -> Errors {
    let span = |mistake: &Mistake| match mistake {
        Mistake::ManyOperands { terms, .. } => call.operands[*terms].span(),
        _ => call.subscripts.span(),
    };
    diagnostics.into_iter().map(|diagnostic| syn::Error::new(span(&diagnostic.mistake), diagnostic)).collect()
}

/// Errors in the place of an expression. Without the braces, rustc reports the first of several and then what it
/// makes of the rest.
pub(crate) fn render(errors: Errors) -> TokenStream {
    let errors = errors.into_iter().map(|error| error.into_compile_error());
    quote!({ #(#errors)* })
}
