//! The names in generated code.

use crate::call::Call;
use einsum_spec::{
    plan::Source,
    spec::{Index, IndexId, Spec},
};
use proc_macro2::{Ident, Span, TokenStream, TokenTree};
use quote::{format_ident, quote};
use syn::Lifetime;

/// Names, all with the hygiene of `mixed_site`: the user's code does not see them, nor they the user's variables. The user's
/// constants they do see, since items have no hygiene; so none is a name that a constant is likely to have, as `N` is.
pub(crate) struct Names<'c> {
    /// The meaning of the call.
    pub(crate) spec: &'c Spec,
    /// Which operands are conjugated where they are read.
    conjugated: Vec<bool>,
    /// The path of the facade.
    pub(crate) krate: TokenTree,
    /// Where generated code stands.
    pub(crate) span: Span,
    /// The path of the runtime, where the user's expressions stand.
    pub(crate) runtime_path: TokenStream,
    /// Its short name, everywhere else.
    pub(crate) runtime: Ident,
    /// The constant that describes the call.
    pub(crate) call: Ident,
    /// The constant that describes its affine axes.
    pub(crate) affine: Ident,
    /// The type of the elements, as a value.
    pub(crate) element: Ident,
    /// The array that is written, its view, and its cursor.
    pub(crate) output: Ident,
    /// What the result is multiplied by.
    pub(crate) scale: Ident,
    /// The most elements that an intermediate may have.
    pub(crate) limit: Ident,
    /// The extents of the ellipsis.
    pub(crate) rest: Ident,
    /// What a loop adds up.
    pub(crate) sum: Ident,
    /// Whether a kernel has filled an array.
    pub(crate) done: Ident,
    /// What the runtime remembers of the call.
    pub(crate) site: Ident,
}

impl<'c> Names<'c> {
    pub(crate) fn new(call: &Call, spec: &'c Spec) -> Names<'c> {
        let krate = &call.krate;
        let span = Span::mixed_site();
        Names {
            spec,
            conjugated: call.conjugated.clone(),
            krate: krate.clone(),
            span,
            runtime_path: quote!(#krate::__private),
            runtime: Ident::new("rt", span),
            call: Ident::new("CALL", span),
            affine: Ident::new("AXES", span),
            element: Ident::new("element", span),
            output: Ident::new("output", span),
            scale: Ident::new("scale", span),
            limit: Ident::new("limit", span),
            rest: Ident::new("rest", span),
            sum: Ident::new("sum", span),
            done: Ident::new("done", span),
            site: Ident::new("SITE", span),
        }
    }

    /// An operand, its view, and its cursor.
    pub(crate) fn operand(&self, n: usize) -> Ident {
        format_ident!("operand{n}", span = self.span)
    }

    /// A factor of a step: calls of several steps leave them to the runtime, so it is an operand.
    pub(crate) fn source(&self, source: Source) -> Ident {
        match source {
            Source::Operand(id) => self.operand(usize::from(id.0)),
            Source::Intermediate(_) => unreachable!("generated code has one step"),
        }
    }

    /// Whether a factor of a step is conjugated.
    pub(crate) fn is_conjugated(&self, source: Source) -> bool {
        matches!(source, Source::Operand(id) if self.conjugated[usize::from(id.0)])
    }

    /// The extent of an index.
    pub(crate) fn extent(&self, id: IndexId) -> Ident {
        match self.spec.index(id) {
            Index::Label(_) => format_ident!("extent_{}", self.label(id), span = self.span),
            Index::Ellipsis => self.rest.clone(),
        }
    }

    /// The loop over an index.
    pub(crate) fn loop_label(&self, id: IndexId) -> Lifetime {
        Lifetime::new(&format!("'{}", self.label(id)), self.span)
    }

    // An ASCII letter stands for itself. Others are told apart by their code points, since Rust takes some of them for the
    // same identifier, and some for none.
    fn label(&self, id: IndexId) -> String {
        match self.spec.index(id) {
            Index::Label(label) if label.is_ascii() => label.to_string(),
            Index::Label(label) => format!("u{:x}", u32::from(label)),
            Index::Ellipsis => "rest".to_owned(),
        }
    }
}
