//! The whole pipeline of a macro call.

use crate::{
    call::{Call, Errors, Macro},
    diag,
    emit::{self, Plan},
    given,
};
use einsum_spec::{ast::Subscripts, check, infer::Given, parse, plan::Step, report::Report, spec::Spec};
use proc_macro2::TokenStream;

/// `einsum!`: computes, and panics on shapes that do not fit.
pub(crate) fn einsum(input: TokenStream) -> TokenStream {
    expand(|| {
        let call = Call::parse(Macro::Einsum, input)?;
        let plan = plan(&call)?;
        Ok(emit::einsum(&call, &plan))
    })
}

/// `try_einsum!`: computes, and returns an error on shapes that do not fit.
pub(crate) fn try_einsum(input: TokenStream) -> TokenStream {
    expand(|| {
        let call = Call::parse(Macro::TryEinsum, input)?;
        let plan = plan(&call)?;
        Ok(emit::try_einsum(&call, &plan))
    })
}

/// `einsum_path!`: says what would be computed.
pub(crate) fn einsum_path(input: TokenStream) -> TokenStream {
    expand(|| {
        let call = Call::parse(Macro::EinsumPath, input)?;
        let (spec, terms) = spec(&call, check::check_given);
        let options = both(call.refuse_wrong_options(), call.fixed_path(terms));
        let rest = both(call.refuse_for_path(), options);
        let (spec, ((), ((), path))) = both(spec, rest)?;
        Ok(emit::path(&call, &spec, path.as_ref()))
    })
}

/// `einsum_view!`: computes nothing.
pub(crate) fn einsum_view(input: TokenStream) -> TokenStream {
    expand(|| {
        let call = Call::parse(Macro::EinsumView, input)?;
        let spec = view_spec(&call)?;
        Ok(emit::view(&call, &spec))
    })
}

/// `einsum_vjp!`: computes gradients, and panics on shapes that do not fit.
pub(crate) fn einsum_vjp(input: TokenStream) -> TokenStream {
    expand(|| {
        let call = Call::parse(Macro::EinsumVjp, input)?;
        let (spec, _) = spec(&call, check::check_given);
        let options = both(call.refuse_wrong_options(), call.refuse_for_vjp());
        let (spec, _) = both(spec, options)?;
        Ok(emit::vjp(&call, &spec))
    })
}

/// `einsum_vjp_path!`: says how gradients would be computed.
pub(crate) fn einsum_vjp_path(input: TokenStream) -> TokenStream {
    expand(|| {
        let call = Call::parse(Macro::EinsumVjpPath, input)?;
        let (spec, _) = spec(&call, check::check_given);
        let options = both(call.refuse_wrong_options(), call.refuse_for_vjp());
        let (spec, _) = both(spec, options)?;
        Ok(emit::vjp_path(&call, &spec))
    })
}

fn expand(stages: impl FnOnce() -> Result<TokenStream, Errors>) -> TokenStream {
    stages().unwrap_or_else(diag::render)
}

fn plan(call: &Call) -> Result<Plan, Errors> {
    let (spec, terms) = spec(call, check::check_given);
    let options = both(call.refuse_wrong_options(), call.fixed_path(terms));
    let (spec, ((), path)) = both(spec, options)?;
    Ok(Plan { step: Step::of_all(&spec), spec, path })
}

fn view_spec(call: &Call) -> Result<Spec, Errors> {
    let (spec, _) = spec(call, check::check_view_given);
    let (spec, ()) = both(spec, call.refuse_for_view())?;
    Ok(spec)
}

type Check = fn(&Subscripts, usize, &Given, Report) -> Result<Spec, Report>;

// The meaning of the text, or all mistakes in it and in the list of operands; and how many terms it has.
fn spec(call: &Call, check: Check) -> (Result<Spec, Errors>, usize) {
    let text = call.subscripts.value();
    let (subscripts, mut report) = parse::parse(&text);
    if call.has_second_text() {
        report.text_is_a_part();
    }
    let spec = check(&subscripts, call.operands.len(), &given::given(call), report)
        .map_err(|report| diag::of_text(call, report.into_diagnostics(&text)));
    let spec = both(spec, call.refuse_strangers()).map(|(spec, ())| spec);
    let spec = both(spec, given::refuse_extents(call, &subscripts)).map(|(spec, ())| spec);
    (spec, subscripts.terms.len())
}

fn both<A, B>(one: Result<A, Errors>, other: Result<B, Errors>) -> Result<(A, B), Errors> {
    match (one, other) {
        (Ok(one), Ok(other)) => Ok((one, other)),
        (one, other) => Err(one.err().into_iter().chain(other.err()).flatten().collect()),
    }
}

/// The generated code of a few calls, as a person reads it: `tests/expand/*.rs`. These files show the code; that it
/// computes the right numbers, the tests of `ndeinsum` show, which run each of these calls.
///
/// `EINSUM_BLESS=1 cargo test -p einsum-macro` writes them anew.
#[cfg(test)]
mod tests {
    use super::*;
    use quote::quote;
    use std::{fs, path::PathBuf};

    fn assert_expansion(name: &str, expanded: TokenStream) {
        let file = syn::parse2(quote!(fn caller() { #expanded })).expect("the expansion is Rust");
        let found = prettyplease::unparse(&file);
        let golden = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/expand").join(name);
        if std::env::var_os("EINSUM_BLESS").is_some() {
            fs::write(&golden, &found).expect("the folder of golden files can be written");
        }
        let expected = fs::read_to_string(&golden).unwrap_or_default();
        assert_eq!(found, expected, "the expansion differs from {}", golden.display());
    }

    #[test]
    fn matrix_product() {
        assert_expansion("matrix_product.rs", einsum(quote!(ndeinsum, "ij,jk->ik", a, b)));
    }

    #[test]
    fn scaled_accumulation() {
        assert_expansion(
            "scaled_accumulation.rs",
            einsum(quote!(ndeinsum, self.c += 0.5 * "xyij,ij->xy", w, &k)),
        );
    }

    #[test]
    fn trace_to_scalar() {
        assert_expansion("trace_to_scalar.rs", try_einsum(quote!(ndeinsum, "ii", a)));
    }

    #[test]
    fn ellipsis() {
        assert_expansion("ellipsis.rs", einsum(quote!(ndeinsum, "i...,...j->...ij", a, b)));
    }

    #[test]
    fn chain_of_three() {
        assert_expansion("chain_of_three.rs", einsum(quote!(ndeinsum, "ij,jk,kl->il", a, b, c)));
    }

    #[test]
    fn report_with_options() {
        let call = quote!(ndeinsum, "...ij,jk,kl->...il", a, b, c; memory_limit = 1 << 20);
        assert_expansion("report_with_options.rs", einsum_path(call));
    }

    #[test]
    fn writable_diagonal() {
        assert_expansion("writable_diagonal.rs", einsum_view(quote!(ndeinsum, "ii->i", &mut a)));
    }

    #[test]
    fn convolution() {
        assert_expansion("convolution.rs", einsum(quote!(ndeinsum, "(2x+i)(y+j),ij->xy", image, kernel)));
    }

    #[test]
    fn gradients() {
        assert_expansion("gradients.rs", einsum_vjp(quote!(ndeinsum, "x(x+i)k,ik->x", a, b; g)));
    }

    #[test]
    fn gradients_together() {
        let call = quote!(ndeinsum, s * "ij,...jk,k->i", a, conj(b), c; g, wrt = [scale, 0, 1]);
        assert_expansion("gradients_together.rs", einsum_vjp(call));
    }

    #[test]
    fn report_on_gradients() {
        let call = quote!(ndeinsum, "ij,...jk,k->i", a, b, c; wrt = [1]);
        assert_expansion("report_on_gradients.rs", einsum_vjp_path(call));
    }

    #[test]
    fn transposed_copy() {
        assert_expansion("transposed_copy.rs", einsum(quote!(ndeinsum, "ij->ji", a)));
    }

    // Nothing grows faster than the text: generously, since others may be at work on the machine.
    #[test]
    fn many_operands_expand_quickly() {
        for (operands, most) in [(10, 0.05), (50, 1.0), (200, 4.0)] {
            // A chain of matrices with an index in all of them.
            let labels: Vec<char> =
                (0u32..).filter_map(|n| char::from_u32(0x4e00 + n)).take(operands + 1).collect();
            let terms: Vec<String> =
                labels.windows(2).map(|pair| format!("z{}{}", pair[0], pair[1])).collect();
            let text = format!("{}->{}{}", terms.join(","), labels[0], labels[operands]);
            let arrays = (0..operands).map(|n| quote::format_ident!("array{n}"));
            let call = quote!(ndeinsum, #text, #(#arrays),*);
            let start = std::time::Instant::now();
            let tokens = einsum(call).into_iter().count();
            let seconds = start.elapsed().as_secs_f64();
            assert!(tokens > 0 && seconds < most, "{operands} operands took {seconds} s");
        }
    }
}
