//! Mistakes as compiler errors.

use crate::call::Errors;
use einsum_spec::report::Diagnostic;
use proc_macro2::TokenStream;
use quote::quote;
use syn::LitStr;

/// The mistakes of a text, each at the literal: a stable compiler cannot underline a part of it, so the message
/// draws the place.
pub(crate) fn of_text(literal: &LitStr, diagnostics: Vec<Diagnostic>) -> Errors {
    diagnostics.into_iter().map(|diagnostic| syn::Error::new(literal.span(), diagnostic)).collect()
}

/// Errors in the place of an expression. Without the braces, rustc reports the first of several and then what it
/// makes of the rest.
pub(crate) fn render(errors: Errors) -> TokenStream {
    let errors = errors.into_iter().map(|error| error.into_compile_error());
    quote!({ #(#errors)* })
}
