//! The procedural macros of `ndeinsum`: tokens in, tokens out.
//!
//! Not for direct use: `ndeinsum` wraps each in a `macro_rules!` macro that passes the path of the crate as the first
//! token, so that a renamed dependency works.

#![forbid(unsafe_code)]

mod call;
mod diag;
mod emit;
mod expand;
mod given;

use proc_macro::TokenStream;

/// `einsum!`, after the path of the facade.
#[proc_macro]
pub fn einsum_impl(input: TokenStream) -> TokenStream {
    expand::einsum(input.into()).into()
}

/// `try_einsum!`, after the path of the facade.
#[proc_macro]
pub fn try_einsum_impl(input: TokenStream) -> TokenStream {
    expand::try_einsum(input.into()).into()
}

/// `einsum_path!`, after the path of the facade.
#[proc_macro]
pub fn einsum_path_impl(input: TokenStream) -> TokenStream {
    expand::einsum_path(input.into()).into()
}

/// `einsum_vjp!`, after the path of the facade.
#[proc_macro]
pub fn einsum_vjp_impl(input: TokenStream) -> TokenStream {
    expand::einsum_vjp(input.into()).into()
}

/// `einsum_vjp_path!`, after the path of the facade.
#[proc_macro]
pub fn einsum_vjp_path_impl(input: TokenStream) -> TokenStream {
    expand::einsum_vjp_path(input.into()).into()
}

/// `einsum_view!`, after the path of the facade.
#[proc_macro]
pub fn einsum_view_impl(input: TokenStream) -> TokenStream {
    expand::einsum_view(input.into()).into()
}
