//! The loop nest of one step: a loop per index, named after its label.
//!
//! ```text
//! 'i: for (output, operand0) in along(extent_i, (output, operand0)) {
//!     'k: for (output, operand1) in along(extent_k, (output, operand1)) {
//!         output.set({
//!             let mut sum = zero(&operand0);
//!             'j: for (operand0, operand1) in along(extent_j, (operand0, operand1)) {
//!                 sum = sum + operand0.get() * operand1.get();
//!             }
//!             sum
//!         });
//!     }
//! }
//! ```
//!
//! Outside are the indices that stay, in the order of the output but the ellipsis first; inside those that are
//! summed over. A loop moves the cursors of the arrays that have its index, under their old names.

use super::names::Names;
use einsum_spec::{
    plan::Step,
    spec::{IndexId, Term},
};
use proc_macro2::{Literal, TokenStream};
use quote::{quote, quote_spanned};

/// The longest tuple that the runtime iterates over; longer ones are tuples of tuples.
const LONGEST_TUPLE: usize = 8;

/// The loops of a step.
pub(crate) struct Nest<'s> {
    names: &'s Names<'s>,
    step: &'s Step,
    kept: Vec<IndexId>,
    reduced: Vec<IndexId>,
}

impl<'s> Nest<'s> {
    pub(crate) fn new(names: &'s Names<'_>, step: &'s Step) -> Nest<'s> {
        Nest { names, step, kept: kept(names, step), reduced: reduced(names, step) }
    }

    /// All loops; `store` is what happens to each element of the output, given its value.
    pub(crate) fn emit(&self, store: &dyn Fn(&TokenStream) -> TokenStream) -> TokenStream {
        let innermost = store(&self.emit_value());
        self.kept.iter().rev().fold(innermost, |body, &id| self.emit_loop(id, true, &body))
    }

    /// The value of one element: the product, or the sum of products.
    pub(crate) fn emit_value(&self) -> TokenStream {
        let (span, runtime, sum) = (self.names.span, &self.names.runtime, &self.names.sum);
        let first = self.names.source(self.step.inputs[0].source);
        let factors = self.step.inputs.iter().map(|input| {
            let cursor = self.names.source(input.source);
            match self.names.is_conjugated(input.source) {
                true => quote_spanned!(span=> #runtime::vjp::conjugate(#cursor.get())),
                false => quote_spanned!(span=> #cursor.get()),
            }
        });
        let product = factors.reduce(|product, factor| quote_spanned!(span=> #product * #factor));
        let product = product.expect("a step has an input");
        if self.reduced.is_empty() {
            return product;
        }
        let innermost = quote_spanned!(span=> #sum = #sum + #product;);
        let loops = self.reduced.iter().rev().fold(innermost, |body, &id| self.emit_loop(id, false, &body));
        quote_spanned!(span=> {
            let mut #sum = #runtime::zero(&#first);
            #loops
            #sum
        })
    }

    // `for (…) in along(i, (…)) { body }`
    fn emit_loop(&self, id: IndexId, has_output: bool, body: &TokenStream) -> TokenStream {
        let (names, span, runtime) = (self.names, self.names.span, &self.names.runtime);
        let (mut patterns, mut cursors) = (Vec::new(), Vec::new());
        if has_output {
            let output = &names.output;
            patterns.push(quote!(#output));
            cursors.push(quote!(#output));
        }
        for input in self.step.inputs.iter().filter(|input| input.term.contains(&id)) {
            let cursor = names.source(input.source);
            patterns.push(quote!(#cursor));
            // A cursor with the ellipsis still before it is no `Copy`, and a loop outside may need it again.
            let clone = self.ellipsis_is_reduced(&input.term) && (has_output || names.spec.is_ellipsis(id));
            cursors.push(if clone { quote_spanned!(span=> #cursor.clone()) } else { quote!(#cursor) });
        }
        let (pattern, cursors, extent) = (tuple(patterns), tuple(cursors), names.extent(id));
        let positions = if names.spec.is_ellipsis(id) {
            quote_spanned!(span=> #runtime::along_rest(&#extent, #cursors))
        } else {
            quote_spanned!(span=> #runtime::along(#extent, #cursors))
        };
        let label = names.loop_label(id);
        quote_spanned!(span=> #label: for #pattern in #positions { #body })
    }

    fn ellipsis_is_reduced(&self, term: &Term) -> bool {
        term.iter().any(|&id| self.names.spec.is_ellipsis(id) && self.reduced.contains(&id))
    }
}

/// `let operand0 = cursor(&operand0, (axes(i, [0]), (axes(j, [1]), ())));` for every input of a step.
pub(crate) fn emit_cursors(names: &Names<'_>, step: &Step) -> TokenStream {
    let (span, runtime) = (names.span, &names.runtime);
    let loops = loops(names, step);
    let cursors = step.inputs.iter().map(|input| {
        let (name, levels) = (names.source(input.source), emit_levels(names, &loops, &input.term));
        quote_spanned!(span=> let #name = #runtime::cursor(&#name, #levels);)
    });
    quote_spanned!(span=> #(#cursors)*)
}

/// The same for the array that the step writes.
pub(crate) fn emit_output_cursor(names: &Names<'_>, step: &Step, target: &TokenStream) -> TokenStream {
    let (span, runtime, output) = (names.span, &names.runtime, &names.output);
    let levels = emit_output_levels(names, step);
    quote_spanned!(span=>
        let mut #output = #target;
        let #output = #runtime::cursor_mut(&mut #output, #levels);
    )
}

/// The axes that the loops move along in that array.
pub(crate) fn emit_output_levels(names: &Names<'_>, step: &Step) -> TokenStream {
    emit_levels(names, &kept(names, step), &step.output)
}

// `(axes(i, [0]), (axes(j, [1, 2]), ()))`: the axes that each loop moves along, for the loops that move this array.
fn emit_levels(names: &Names<'_>, loops: &[IndexId], term: &Term) -> TokenStream {
    let (span, runtime) = (names.span, &names.runtime);
    let ellipsis = term.iter().position(|&id| names.spec.is_ellipsis(id));
    // Axes behind an ellipsis are counted from the end.
    let axis = |n: usize| {
        let behind = ellipsis.is_some_and(|at| at < n);
        let axis = if behind { n as isize - term.len() as isize } else { n as isize };
        Literal::isize_unsuffixed(axis)
    };
    let mine = loops.iter().filter(|id| term.contains(id));
    mine.rev().fold(quote!(()), |inner, &id| {
        let extent = names.extent(id);
        if let Some(at) = ellipsis.filter(|_| names.spec.is_ellipsis(id)) {
            let back = Literal::usize_unsuffixed(term.len() - at - 1);
            let at = Literal::usize_unsuffixed(at);
            return quote_spanned!(span=> (#runtime::rest_axes(&#extent, #at, #back), #inner));
        }
        let axes = term.iter().enumerate().filter(|&(_, &other)| other == id).map(|(n, _)| axis(n));
        quote_spanned!(span=> (#runtime::axes(#extent, [#(#axes),*]), #inner))
    })
}

/// The loops of a step, outermost first.
pub(crate) fn loops(names: &Names<'_>, step: &Step) -> Vec<IndexId> {
    kept(names, step).into_iter().chain(reduced(names, step)).collect()
}

fn kept(names: &Names<'_>, step: &Step) -> Vec<IndexId> {
    ellipsis_first(names, step.roles.kept().collect())
}

fn reduced(names: &Names<'_>, step: &Step) -> Vec<IndexId> {
    ellipsis_first(names, step.roles.reduced().collect())
}

// Its loop keeps a position per axis, so it should be entered seldom.
fn ellipsis_first(names: &Names<'_>, mut indices: Vec<IndexId>) -> Vec<IndexId> {
    indices.sort_by_key(|&id| !names.spec.is_ellipsis(id));
    indices
}

fn tuple(mut items: Vec<TokenStream>) -> TokenStream {
    while items.len() > LONGEST_TUPLE {
        items = items.chunks(LONGEST_TUPLE).map(|chunk| quote!((#(#chunk,)*))).collect();
    }
    quote!((#(#items,)*))
}
