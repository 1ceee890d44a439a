//! `einsum_vjp!`: the gradients of a contraction.
//!
//! Those of three operands and more are one call of the runtime, which plans them together. Where affine axes are among the operands, and of one
//! operand or two, each is made by contractions of its own:
//!
//! ```text
//! match (operand(&a), operand(&b), operand(&dc)) {
//!     (operand0, operand1, cotangent) => {
//!         …                                                        // agreement on the extents, as forward
//!         check_cotangent(&CALL, &cotangent, …)?;
//!         let gradient0 = conjugated(fitted(&CALL, einsum!("ik,jk->ij", conj(cotangent), operand1), …)?);
//!         let gradient1 = conjugated(fitted(&CALL, einsum!("ij,ik->jk", operand0, conj(cotangent)), …)?);
//!         Ok((gradient0, gradient1))
//! ```
//!
//! The contractions are calls of our own macros, with the subscripts made here: those of the call, the operand's term in its
//! place by the output's, and for the output the operand's. What such a contraction cannot say, the runtime's `vjp` does:
//! axes that no other array has are repeated, broadcast ones summed. A label twice in the operand's term is written through the
//! view of its diagonal. An operand with affine axes has its gradient by a correlation with the other operand's windows turned round, or,
//! where the axes are not as in a convolution, added up in parts that do not overlap.

use super::{affine, bind, extents, many, names::Names, or_panic, step};
use crate::call::{Call, Wanted};
use einsum_spec::spec::{Index, IndexId, Spec, Term};
use proc_macro2::{Ident, Literal, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::{LitStr, spanned::Spanned};

/// `einsum_vjp!`
pub(crate) fn vjp(call: &Call, spec: &Spec) -> TokenStream {
    let names = Names::new(call, spec);
    let span = names.span;
    let constant = extents::emit_call_constant(call, &names);
    let shapes = emit_written_shapes(&names);
    let agree = extents::emit_agreement(call, &names);
    let check = emit_check(&names);
    let wanted = call.wanted(spec.operands.len());
    let (site, gradients) = match are_together(spec) {
        true => (many::emit_site(&names, None), emit_together(call, &names, &wanted)),
        false => (TokenStream::new(), emit_apart(call, &names, &wanted)),
    };
    let values = wanted.iter().map(|&wanted| value_name(&names, wanted));
    let value = match wanted.len() {
        1 => quote!(#(#values)*),
        _ => quote!((#(#values),*)),
    };
    let body = quote_spanned!(span=> {
        #constant
        #site
        (move || {
            #shapes
            #agree
            #check
            #gradients
            ::core::result::Result::Ok(#value)
        })()
    });
    bind::emit(call, &names, &or_panic(&names, &body))
}

/// Whether the gradients are made together. Those of one operand or two have no intermediates to share, and that of an operand with affine
/// axes is more than a contraction.
pub(crate) fn are_together(spec: &Spec) -> bool {
    spec.operands.len() > 2 && spec.affine.is_empty()
}

// `let mut gradients = gradients(&Contraction { … }, &[Wanted::Operand(OperandId(0)), …])?; let gradient0 = gradients.array(&shape0); …`
fn emit_together(call: &Call, names: &Names<'_>, wanted: &[Wanted]) -> TokenStream {
    let (span, runtime, gradients) = (names.span, &names.runtime, Ident::new("gradients", names.span));
    let cotangent = cotangent(names);
    let cotangent =
        quote_spanned!(span=> #runtime::many::operand(&#runtime::vjp::view(&#cotangent)).conjugated());
    let contraction = many::emit_contraction(call, names, Some(&cotangent));
    let list = emit_wanted(names, wanted);
    let made = quote_spanned!(span=> #runtime::many::gradients(#contraction, &#list));
    let made = extents::emit_or_return(names, &made);
    let each = wanted.iter().map(|&wanted| {
        let name = value_name(names, wanted);
        match wanted {
            Wanted::Scale => {
                quote_spanned!(span=> let #name = #runtime::vjp::conjugate(#gradients.number());)
            }
            Wanted::Operand(n) => {
                let shape = shape_name(names, n);
                let array = quote_spanned!(span=> #gradients.array(&#shape));
                let array = emit_conjugated(names, call.conjugated[n], &array);
                quote_spanned!(span=> let #name = #array;)
            }
        }
    });
    quote_spanned!(span=>
        let mut #gradients = #made;
        #(#each)*
    )
}

/// `[Wanted::Scale, Wanted::Operand(OperandId(0))]`
pub(crate) fn emit_wanted(names: &Names<'_>, wanted: &[Wanted]) -> TokenStream {
    let (span, runtime) = (names.span, &names.runtime);
    let list = wanted.iter().map(|&wanted| match wanted {
        Wanted::Scale => quote_spanned!(span=> #runtime::many::Wanted::Scale),
        Wanted::Operand(n) => {
            let n = Literal::usize_unsuffixed(n);
            quote_spanned!(span=> #runtime::many::Wanted::Operand(#runtime::many::OperandId(#n)))
        }
    });
    quote!([#(#list),*])
}

fn emit_apart(call: &Call, names: &Names<'_>, wanted: &[Wanted]) -> TokenStream {
    let ranked = emit_ranked(names);
    let gradients = wanted.iter().map(|&wanted| match wanted {
        Wanted::Scale => scale_gradient(call, names),
        Wanted::Operand(n) => gradient(call, names, n),
    });
    quote!(#ranked #(#gradients)*)
}

// The contraction was one of the cotangent's conjugate.
fn emit_conjugated(names: &Names<'_>, is_conjugate: bool, gradient: &TokenStream) -> TokenStream {
    let (span, runtime) = (names.span, &names.runtime);
    match is_conjugate {
        true => gradient.clone(),
        false => quote_spanned!(span=> #runtime::vjp::conjugated(#gradient)),
    }
}

fn value_name(names: &Names<'_>, wanted: Wanted) -> Ident {
    match wanted {
        Wanted::Scale => format_ident!("gradient_of_scale", span = names.span),
        Wanted::Operand(n) => gradient_name(names, n),
    }
}

/// The cotangent's binding and name, beside those of the operands.
pub(crate) fn emit_cotangent(call: &Call, names: &Names<'_>) -> (TokenStream, TokenStream) {
    let Some(expression) = &call.cotangent else { return (TokenStream::new(), TokenStream::new()) };
    let (here, element, path) = (expression.span(), &names.element, &names.runtime_path);
    let cotangent = cotangent(names);
    if names.spec.output.is_empty() {
        let module = bind::binding_module(here);
        let scalar = quote_spanned!(here=> #path::vjp::scalar(#module::Scale { element: &#element, scale: #expression }.scale));
        return (quote!(#scalar,), quote!(#cotangent,));
    }
    let labels = bind::labels(names, &names.spec.output);
    let function = bind::binding(names, "cotangent", labels, &names.spec.output, here);
    let array = bind::parenthesized(expression);
    let view = quote_spanned!(here=> #function(&#element, &#array));
    let pattern = bind::pattern(names, &names.spec.output, &cotangent);
    (quote!(#view,), quote!(#pattern,))
}

pub(crate) fn cotangent(names: &Names<'_>) -> Ident {
    Ident::new("cotangent", names.span)
}

fn gradient_name(names: &Names<'_>, n: usize) -> Ident {
    format_ident!("gradient{n}", span = names.span)
}

fn shape_name(names: &Names<'_>, n: usize) -> Ident {
    format_ident!("shape{n}", span = names.span)
}

// The shapes of the operands themselves, before those with affine axes become views of windows.
fn emit_written_shapes(names: &Names<'_>) -> TokenStream {
    let (span, runtime) = (names.span, &names.runtime);
    let shapes = (0..names.spec.operands.len()).map(|n| {
        let (shape, operand) = (shape_name(names, n), names.operand(n));
        quote_spanned!(span=> let #shape = #runtime::dim(&#operand);)
    });
    quote_spanned!(span=> #(#shapes)*)
}

fn emit_check(names: &Names<'_>) -> TokenStream {
    let (span, runtime, constant, cotangent) = (names.span, &names.runtime, &names.call, cotangent(names));
    if names.spec.output.is_empty() {
        return TokenStream::new();
    }
    let shape = step::emit_shape(names, &names.spec.output);
    let check = quote_spanned!(span=> #runtime::vjp::check_cotangent(&#constant, &#cotangent, &#shape));
    let check = extents::emit_or_return(names, &check);
    let ranked = emit_ranked_view(names, &names.spec.output, &cotangent);
    quote_spanned!(span=> #check; let #cotangent = #ranked;)
}

// `let operand0 = ranked::<_, _, Dim<[usize; 2]>>(operand0);`
fn emit_ranked(names: &Names<'_>) -> TokenStream {
    let span = names.span;
    let operands = names.spec.operands.iter().enumerate().map(|(n, term)| {
        let operand = names.operand(n);
        let view = emit_ranked_view(names, term, &operand);
        quote_spanned!(span=> let #operand = #view;)
    });
    quote_spanned!(span=> #(#operands)*)
}

// With an ellipsis the rank is the array's business.
fn emit_ranked_view(names: &Names<'_>, term: &Term, array: &Ident) -> TokenStream {
    let (span, runtime) = (names.span, &names.runtime);
    if bind::has_ellipsis(names, term) {
        return quote!(#array);
    }
    let shape = step::emit_others_type(names, term);
    quote_spanned!(span=> #runtime::vjp::ranked::<_, _, #shape>(#array))
}

// The whole contraction with the cotangent: what one more of the scale gives.
fn scale_gradient(call: &Call, names: &Names<'_>) -> TokenStream {
    let (span, runtime, krate) = (names.span, &names.runtime, &names.krate);
    let terms: Vec<&Term> = names.spec.operands.iter().chain([&names.spec.output]).collect();
    let text = LitStr::new(&text(names, &terms, &Term::new()), span);
    let operands = (0..names.spec.operands.len()).map(|n| {
        let operand = names.operand(n);
        emit_factor(call.conjugated[n], &quote!(#operand))
    });
    let (name, cotangent) = (value_name(names, Wanted::Scale), cotangent(names));
    quote_spanned!(span=>
        let #name = #runtime::vjp::conjugate(#krate::einsum!(#text, #(#operands,)* conj(#cotangent)));
    )
}

fn emit_factor(is_conjugated: bool, array: &TokenStream) -> TokenStream {
    if is_conjugated { quote!(conj(#array)) } else { array.clone() }
}

/// What the gradient of one operand is made from.
struct Gradient<'n> {
    call: &'n Call,
    names: &'n Names<'n>,
    scaled: bool,
    operand: usize,
    /// The operand's indices, each once.
    distinct: Term,
    /// Those of them that the cotangent or another operand has.
    available: Term,
}

fn gradient<'n>(call: &'n Call, names: &'n Names<'n>, operand: usize) -> TokenStream {
    let spec = names.spec;
    let mut distinct = Term::new();
    for &id in &spec.operands[operand] {
        if !distinct.contains(&id) {
            distinct.push(id);
        }
    }
    let others = || spec.operands.iter().enumerate().filter(|&(n, _)| n != operand).map(|(_, term)| term);
    let is_there = |id: &IndexId| others().chain([&spec.output]).any(|term| term.contains(id));
    let available = distinct.iter().copied().filter(is_there).collect();
    let gradient = Gradient { call, names, scaled: call.scale.is_some(), operand, distinct, available };
    if spec.affine.of(affine::operand_id(operand)).next().is_none() {
        return gradient.emit_whole();
    }
    match gradient.correlated() {
        Some(roles) => gradient.emit_correlation(&roles),
        None => gradient.emit_in_parts(),
    }
}

impl Gradient<'_> {
    // Of an operand without affine axes.
    fn emit_whole(&self) -> TokenStream {
        let (names, span, runtime) = (self.names, self.names.span, &self.names.runtime);
        let (gradient, shape) = (gradient_name(names, self.operand), shape_name(names, self.operand));
        let contraction = self.emit_contraction(&self.emit_factors());
        let axes = self.emit_axes(&self.distinct, &self.available);
        let constant = &names.call;
        if !self.has_diagonal() {
            let fitted =
                quote_spanned!(span=> #runtime::vjp::fitted(&#constant, #contraction, &#axes, #shape));
            let fitted = self.emit_conjugated(&extents::emit_or_return(names, &fitted));
            return quote_spanned!(span=>
                let #gradient = #fitted;
            );
        }
        let zeros = Ident::new("zeros", span);
        let made =
            extents::emit_or_return(names, &quote_spanned!(span=> #runtime::zeros(&#constant, #shape)));
        let (diagonal, value) =
            (self.emit_diagonal(&quote!(&mut #zeros)), self.emit_conjugated(&quote!(#zeros)));
        quote_spanned!(span=>
            let #gradient = {
                let mut #zeros = #made;
                #runtime::vjp::assign_fitted(#runtime::Assignment::Set, #contraction, &#axes, #diagonal);
                #value
            };
        )
    }

    // Of an operand with affine axes: a loop over the parts.
    fn emit_in_parts(&self) -> TokenStream {
        let (names, span, runtime) = (self.names, self.names.span, &self.names.runtime);
        let (gradient, shape) = (gradient_name(names, self.operand), shape_name(names, self.operand));
        let (constant, windows) = (&names.call, &names.affine);
        let [zeros, part, target] = ["zeros", "part", "target"].map(|name| Ident::new(name, span));
        let made =
            extents::emit_or_return(names, &quote_spanned!(span=> #runtime::zeros(&#constant, #shape)));
        let number = Literal::usize_unsuffixed(self.operand);
        let plain = self.emit_plain_axes();
        let labels: Vec<_> =
            names.spec.ids().filter(|&id| !names.spec.is_ellipsis(id)).map(|id| names.extent(id)).collect();
        let windows_shape = affine::emit_windows_shape(names, self.operand, &target);
        let view = extents::emit_or_return(
            names,
            &quote_spanned!(span=> #runtime::windowed(&#windows, #number, #windows_shape, #target)),
        );
        let diagonal =
            if self.has_diagonal() { self.emit_diagonal(&quote!(&mut #target)) } else { quote!(#target) };
        let (before, add) = self.emit_parts_sum(&part, &target);
        let value = self.emit_conjugated(&quote!(#zeros));
        quote_spanned!(span=>
            let #gradient = {
                let mut #zeros = #made;
                #before
                let parts = #runtime::vjp::Parts::new(
                    &#windows, #number, #runtime::shape(&#zeros), &[#(#plain),*], [#(#labels),*],
                );
                for #part in parts {
                    let [#(#labels),*] = #part.extents();
                    let #target = #part.target(&#windows, #number, &[#(#plain),*], #runtime::view_mut(&mut #zeros));
                    let mut #target = #view;
                    let mut #target = #diagonal;
                    #add
                }
                #value
            };
        )
    }

    // What is added to the target of a part, and what is made before the first part.
    fn emit_parts_sum(&self, part: &Ident, target: &Ident) -> (TokenStream, TokenStream) {
        let (names, span, runtime) = (self.names, self.names.span, &self.names.runtime);
        let of_part = |term: &Term, array: &Ident| {
            let axes = self.emit_term_axes(term);
            quote_spanned!(span=> #part.of(#runtime::vjp::view(&#array), &[#(#axes),*]))
        };
        let axes = self.emit_axes(&self.distinct, &self.available);
        let assign = |contraction: &TokenStream| {
            quote_spanned!(span=>
                #runtime::vjp::assign_fitted(#part.assignment(), #contraction, &#axes, #target);
            )
        };
        let is_whole = self.available == self.distinct && !self.has_ellipsis();
        if names.spec.operands.len() == 1 && !is_whole {
            // The parts have the cotangent's elements in common.
            let contraction = Ident::new("contraction", span);
            let (made, of_part) =
                (self.emit_contraction(&self.emit_factors()), of_part(&self.available, &contraction));
            return (quote_spanned!(span=> let #contraction = #made;), assign(&of_part));
        }
        let terms = self.terms().into_iter().enumerate();
        let factors: Vec<_> =
            terms.map(|(n, term)| self.emit_factor(n, &of_part(term, &self.factor(n)))).collect();
        let add = if is_whole {
            let (krate, text, scale) = (&names.krate, self.text(), self.emit_scale());
            quote_spanned!(span=> #krate::einsum!(#target += #scale #text, #(#factors),*);)
        } else {
            assign(&self.emit_contraction(&factors))
        };
        (TokenStream::new(), add)
    }

    // The indices `x` and `i` of each affine axis, if it is as in a convolution: two of them, `x` of the result, which no other operand
    // has, and `i` of another operand, which the result has not; and none of the operand's indices is repeated.
    fn correlated(&self) -> Option<Vec<(IndexId, IndexId)>> {
        let spec = self.names.spec;
        let term = &spec.operands[self.operand];
        let in_others = |id: IndexId| {
            let mut others = spec.operands.iter().enumerate().filter(|&(n, _)| n != self.operand);
            others.any(|(_, other)| other.contains(&id))
        };
        let is_moving = |id: IndexId| spec.output.contains(&id) && !in_others(id);
        let is_window = |id: IndexId| !spec.output.contains(&id) && in_others(id);
        let axes = spec.affine.of(affine::operand_id(self.operand));
        let roles = axes.map(|axis| match term[axis.at..axis.at + axis.coefficients.len()] {
            [x, i] if is_moving(x) && is_window(i) => Some((x, i)),
            [i, x] if is_moving(x) && is_window(i) => Some((x, i)),
            _ => None,
        });
        // The axes of an ellipsis that is summed over may be this operand's alone, which only its shape tells.
        let rest_is_open = self.has_ellipsis() && !spec.output.iter().any(|&id| spec.is_ellipsis(id));
        if self.has_diagonal() || rest_is_open { None } else { roles.collect() }
    }

    // Of an operand with affine axes that are as in a convolution: a convolution again.
    fn emit_correlation(&self, roles: &[(IndexId, IndexId)]) -> TokenStream {
        let (names, spec, span, runtime) =
            (self.names, self.names.spec, self.names.span, &self.names.runtime);
        let (gradient, shape) = (gradient_name(names, self.operand), shape_name(names, self.operand));
        let (constant, windows, krate) = (&names.call, &names.affine, &names.krate);
        let [full, correlation, batch, padded, part] =
            ["full", "correlation", "batch", "padded", "part"].map(|name| Ident::new(name, span));
        let number = Literal::usize_unsuffixed(self.operand);
        let label = |id: IndexId| Literal::usize_unsuffixed(extents::label_number(names, id));
        let pairs = roles.iter().map(|&(x, i)| {
            let (x, i) = (label(x), label(i));
            quote!((#x, #i))
        });
        let labels: Vec<_> =
            spec.ids().filter(|&id| !spec.is_ellipsis(id)).map(|id| names.extent(id)).collect();

        let is_window = |id: &IndexId| roles.iter().any(|(_, i)| i == id);
        let distinct: Term = self.distinct.iter().copied().filter(|id| !is_window(id)).collect();
        let available: Term = self.available.iter().copied().filter(|id| !is_window(id)).collect();
        let windowed: Term = spec
            .output
            .iter()
            .flat_map(|&id| {
                let window = roles.iter().find(|&&(x, _)| x == id).map(|&(_, i)| i);
                [Some(id), window].into_iter().flatten()
            })
            .collect();
        let windowed_shape = match windowed.iter().any(|&id| spec.is_ellipsis(id)) {
            true => quote_spanned!(span=> #runtime::ndarray::IxDyn),
            false => step::emit_others_type(names, &windowed),
        };
        let full_shape = step::emit_shape(names, &available);
        let made =
            extents::emit_or_return(names, &quote_spanned!(span=> #runtime::zeros(&#constant, #full_shape)));

        // An index of both the result and this operand alone, so that both can be taken piece by piece.
        let in_others = |id: IndexId| {
            spec.operands.iter().enumerate().any(|(n, term)| n != self.operand && term.contains(&id))
        };
        let is_batch = |id: &&IndexId| {
            !spec.is_ellipsis(**id)
                && spec.output.contains(id)
                && !in_others(**id)
                && roles.iter().all(|(x, _)| x != *id)
        };
        let piece = match available.iter().find(is_batch) {
            Some(&id) => {
                let id = label(id);
                quote_spanned!(span=> ::core::option::Option::Some(#id))
            }
            None => quote_spanned!(span=> ::core::option::Option::None),
        };
        let cotangent = cotangent(names);
        let cotangent_axes = self.emit_term_axes(&spec.output);
        let cotangent_axes = quote_spanned!(span=> &[#(#cotangent_axes),*]);
        let factors = self.terms().into_iter().enumerate().map(|(n, term)| {
            if n == self.operand {
                let windows =
                    quote_spanned!(span=> #part.windows::<_, _, #windowed_shape>(&#padded, #cotangent_axes));
                return self.emit_factor(n, &windows);
            }
            let (factor, axes) = (self.factor(n), self.emit_term_axes(term));
            let view = quote_spanned!(span=> #part.of(#runtime::vjp::view(&#factor), &[#(#axes),*]));
            self.emit_factor(n, &view)
        });
        let mut terms = self.terms();
        terms[self.operand] = &windowed;
        let text = LitStr::new(&text(names, &terms, &available), span);
        let (scale, axes, full_axes) =
            (self.emit_scale(), self.emit_axes(&distinct, &available), self.emit_term_axes(&available));
        let value = quote_spanned!(span=> #runtime::vjp::fitted(&#constant, #full, &#axes, #shape));
        let value = self.emit_conjugated(&extents::emit_or_return(names, &value));
        quote_spanned!(span=>
            let #gradient = {
                let #correlation = #runtime::correlation::Correlation::new(
                    &#windows, #number, #runtime::slice(&#shape), &[#(#pairs),*], [#(#labels),*],
                );
                let mut #full = {
                    let [#(#labels),*] = #correlation.extents();
                    #made
                };
                for #batch in #correlation.pieces(&#cotangent, #piece) {
                    let #padded = #correlation.padded(&#cotangent, #cotangent_axes, (#piece, &#batch));
                    for #part in #correlation.parts(&#batch) {
                        #krate::einsum!(
                            #part.target(#runtime::view_mut(&mut #full), &[#(#full_axes),*], #piece) = #scale #text,
                            #(#factors),*
                        );
                    }
                }
                #value
            };
        )
    }

    // `einsum!(scale * "ik,jk->ij", cotangent, operand1)`, as an array.
    fn emit_contraction(&self, factors: &[TokenStream]) -> TokenStream {
        let (span, runtime, krate) = (self.names.span, &self.names.runtime, &self.names.krate);
        let (text, scale) = (self.text(), self.emit_scale());
        let value = quote_spanned!(span=> #krate::einsum!(#scale #text, #(#factors),*));
        match self.available.is_empty() {
            true => quote_spanned!(span=> #runtime::vjp::scalar(#value)),
            false => value,
        }
    }

    fn emit_conjugated(&self, gradient: &TokenStream) -> TokenStream {
        emit_conjugated(self.names, self.call.conjugated[self.operand], gradient)
    }

    fn emit_scale(&self) -> TokenStream {
        let (span, scale) = (self.names.span, &self.names.scale);
        match self.scaled {
            true => quote_spanned!(span=> ::core::clone::Clone::clone(&#scale) *),
            false => TokenStream::new(),
        }
    }

    // The operands, the cotangent in the place of this one.
    fn emit_factors(&self) -> Vec<TokenStream> {
        let factor = |n| {
            let array = self.factor(n);
            self.emit_factor(n, &quote!(#array))
        };
        (0..self.names.spec.operands.len()).map(factor).collect()
    }

    fn factor(&self, n: usize) -> Ident {
        if n == self.operand { cotangent(self.names) } else { self.names.operand(n) }
    }

    // What it is in the contraction: the cotangent is conjugated.
    fn emit_factor(&self, n: usize, array: &TokenStream) -> TokenStream {
        emit_factor(n == self.operand || self.call.conjugated[n], array)
    }

    fn terms(&self) -> Vec<&Term> {
        let spec = self.names.spec;
        let terms = spec.operands.iter().enumerate();
        terms.map(|(n, term)| if n == self.operand { &spec.output } else { term }).collect()
    }

    fn text(&self) -> LitStr {
        LitStr::new(&text(self.names, &self.terms(), &self.available), self.names.span)
    }

    fn has_diagonal(&self) -> bool {
        self.distinct.len() < self.names.spec.operands[self.operand].len()
    }

    fn has_ellipsis(&self) -> bool {
        self.distinct.iter().any(|&id| self.names.spec.is_ellipsis(id))
    }

    // `einsum_view!("ii->i", &mut zeros)`
    fn emit_diagonal(&self, array: &TokenStream) -> TokenStream {
        let (span, krate) = (self.names.span, &self.names.krate);
        let term = &self.names.spec.operands[self.operand];
        let text = LitStr::new(&text(self.names, &[term], &self.distinct), span);
        quote_spanned!(span=> #krate::einsum_view!(#text, #array))
    }

    // `GradientAxes { front: &[true], … }`
    fn emit_axes(&self, distinct: &Term, available: &Term) -> TokenStream {
        let (span, runtime) = (self.names.span, &self.names.runtime);
        let is_rest = |id: &IndexId| self.names.spec.is_ellipsis(*id);
        let ellipsis = distinct.iter().any(is_rest);
        let split = distinct.iter().position(is_rest).unwrap_or(distinct.len());
        let is_there = |id: &IndexId| available.contains(id);
        let front = distinct[..split].iter().map(is_there);
        let back = distinct[split..].iter().skip(1).map(is_there);
        quote_spanned!(span=> #runtime::vjp::GradientAxes {
            front: &[#(#front),*],
            back: &[#(#back),*],
            ellipsis: #ellipsis,
        })
    }

    // `(0, 2), (-1, 5)`: axis and index of the operand's plain axes, as it was written.
    fn emit_plain_axes(&self) -> Vec<TokenStream> {
        let (spec, id) = (self.names.spec, affine::operand_id(self.operand));
        let term = &spec.operands[self.operand];
        let is_plain = |at: usize| {
            !spec.is_ellipsis(term[at])
                && !spec.affine.of(id).any(|axis| (axis.at..axis.at + axis.coefficients.len()).contains(&at))
        };
        (0..term.len())
            .filter(|&at| is_plain(at))
            .map(|at| {
                let axis = Literal::isize_unsuffixed(affine::written_axis(self.names, id, at));
                let index = Literal::usize_unsuffixed(extents::label_number(self.names, term[at]));
                quote!((#axis, #index))
            })
            .collect()
    }

    // The same for the axes of a factor.
    fn emit_term_axes(&self, term: &Term) -> Vec<TokenStream> {
        let ellipsis = term.iter().position(|&id| self.names.spec.is_ellipsis(id));
        (0..term.len())
            .filter(|&at| Some(at) != ellipsis)
            .map(|at| {
                let behind = ellipsis.is_some_and(|split| split < at);
                let axis = if behind { at as isize - term.len() as isize } else { at as isize };
                let axis = Literal::isize_unsuffixed(axis);
                let index = Literal::usize_unsuffixed(extents::label_number(self.names, term[at]));
                quote!((#axis, #index))
            })
            .collect()
    }
}

// `ik,jk->ij`
fn text(names: &Names<'_>, terms: &[&Term], output: &Term) -> String {
    let written = |term: &Term| -> String {
        let axis = |&id: &IndexId| match names.spec.index(id) {
            Index::Label(label) => label.to_string(),
            Index::Ellipsis => "...".to_owned(),
        };
        term.iter().map(axis).collect()
    };
    let terms: Vec<String> = terms.iter().map(|term| written(term)).collect();
    format!("{}->{}", terms.join(","), written(output))
}
