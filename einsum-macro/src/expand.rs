//! The whole pipeline of a macro call.

use crate::{
    call::{self, Call},
    diag, emit,
};
use einsum_spec::{check, parse, path::Path, plan::Plan, spec::Spec};
use proc_macro2::TokenStream;

/// `einsum!`: computes, and panics on shapes that do not fit.
pub(crate) fn einsum(input: TokenStream) -> TokenStream {
    match Call::parse(input)
        .and_then(|call| plan(&call).map(|(spec, plan)| emit::einsum(&call, &spec, &plan)))
    {
        Ok(tokens) => tokens,
        Err(errors) => diag::render(errors),
    }
}

/// `try_einsum!`: computes, and returns an error on shapes that do not fit.
pub(crate) fn try_einsum(input: TokenStream) -> TokenStream {
    match Call::parse(input)
        .and_then(|call| plan(&call).map(|(spec, plan)| emit::try_einsum(&call, &spec, &plan)))
    {
        Ok(tokens) => tokens,
        Err(errors) => diag::render(errors),
    }
}

/// `einsum_view!`: computes nothing.
pub(crate) fn einsum_view(input: TokenStream) -> TokenStream {
    match Call::parse(input).and_then(|call| view_spec(&call).map(|spec| emit::view(&call, &spec))) {
        Ok(tokens) => tokens,
        Err(errors) => diag::render(errors),
    }
}

// All mistakes of the text, and of the options, at once.
fn plan(call: &Call) -> Result<(Spec, Plan), call::Errors> {
    let text = call.subscripts.value();
    let (subscripts, report) = parse::parse(&text);
    let spec = check::check(&subscripts, call.operands.len(), report)
        .map_err(|report| diag::of_text(&call.subscripts, report.into_diagnostics(&text)));
    let fixed = call.fixed_path();
    match (spec, fixed) {
        (Ok(spec), Ok(fixed)) => {
            let path = fixed.unwrap_or_else(|| Path::choose(&spec));
            let plan = Plan::lower(&spec, &path);
            Ok((spec, plan))
        }
        (spec, fixed) => Err(spec.err().into_iter().chain(fixed.err()).flatten().collect()),
    }
}

fn view_spec(call: &Call) -> Result<Spec, call::Errors> {
    let text = call.subscripts.value();
    let (subscripts, report) = parse::parse(&text);
    let spec = check::check_view(&subscripts, call.operands.len(), report)
        .map_err(|report| diag::of_text(&call.subscripts, report.into_diagnostics(&text)));
    let extras = call.refuse_for_view();
    match (spec, extras) {
        (Ok(spec), Ok(())) => Ok(spec),
        (spec, extras) => Err(spec.err().into_iter().chain(extras.err()).flatten().collect()),
    }
}
