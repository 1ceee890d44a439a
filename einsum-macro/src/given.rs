//! Extents that a call gives to indices: options named by a label, `; i = 3`.
//!
//! They are for indices that occur in affine axes alone, `einsum!("(2x+i)->x", a; i = 2)`: those of other indices are
//! in the shapes.

use crate::call::{Call, Errors};
use einsum_spec::{
    ast::{AxisKind, Subscripts, Term},
    infer::Given,
    parse,
};
use syn::{Expr, Ident};

/// The label that an option is named by, if it is named by one letter.
pub(crate) fn label_of(option: &Ident) -> Option<char> {
    let name = option.to_string();
    let mut letters = name.chars();
    letters.next().filter(|&letter| letters.next().is_none() && parse::is_label(letter))
}

/// What gives indices an extent, besides the operands.
pub(crate) fn given(call: &Call) -> Given {
    Given { output: call.output.is_some(), labels: extents(call).map(|(label, _)| label).collect() }
}

/// The labels, and the expressions of their extents.
pub(crate) fn extents(call: &Call) -> impl Iterator<Item = (char, &Expr)> {
    call.options.iter().filter_map(|(name, value)| label_of(name).map(|label| (label, value)))
}

/// Refuses an extent for an index that does not exist, or has one already.
pub(crate) fn refuse_extents(call: &Call, subscripts: &Subscripts) -> Result<(), Errors> {
    let mut errors = Errors::new();
    for (name, label) in call.options.iter().filter_map(|(name, _)| Some((name, label_of(name)?))) {
        let has_axis = |term: &Term| term.axes.iter().any(|axis| axis.kind == AxisKind::Label(label));
        let message = if !subscripts.operand_labels().any(|other| other == label) {
            format!(
                "there is no index `{label}` in the operands\nhelp: an option of one letter gives an index its extent"
            )
        } else if let Some(operand) = subscripts.terms.iter().position(has_axis) {
            format!("index `{label}` has its extent from operand {operand}\nhelp: leave out `{label} = ...`")
        } else if call.output.is_some() && subscripts.output_labels().contains(&label) {
            format!(
                "index `{label}` has its extent from the array that is assigned to\nhelp: leave out `{label} = ...`"
            )
        } else {
            continue;
        };
        errors.push(syn::Error::new(name.span(), message));
    }
    if errors.is_empty() { Ok(()) } else { Err(errors) }
}
