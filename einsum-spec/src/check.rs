//! [`Subscripts`] to [`Spec`]: every rule about what a text may mean, one function each.
//!
//! Takes the parser's report along, so that the mistakes of both stages come together. After this stage nothing
//! can fail.

use crate::{
    affine::{Affine, AffineAxis, Inference},
    ast::{AxisKind, Span, Subscripts, Summand, Term},
    infer::{self, Given},
    report::{Mistake, Report},
    spec::{self, Index, IndexId, OperandId, Spec},
};
use alloc::{
    collections::{BTreeMap, BTreeSet},
    vec::Vec,
};

/// Checks subscripts against the number of operands of the call and gives their meaning.
///
/// # Errors
/// All mistakes, the parser's included.
pub fn check(subscripts: &Subscripts, operands: usize, report: Report) -> Result<Spec, Report> {
    check_given(subscripts, operands, &Given::default(), report)
}

/// The same where the call gives indices an extent that is not that of an operand's axis.
///
/// # Errors
/// All mistakes, the parser's included.
pub fn check_given(
    subscripts: &Subscripts,
    operands: usize,
    given: &Given,
    mut report: Report,
) -> Result<Spec, Report> {
    check_operand_count(subscripts, operands, &mut report);
    check_no_affine_output(subscripts, &mut report);
    check_affine_axes(subscripts, &mut report);
    check_affine_extents(subscripts, given, &mut report);
    check_output_labels_known(subscripts, &mut report);
    check_output_labels_distinct(subscripts, &mut report);
    if report.is_empty() { Ok(resolve(subscripts, given)) } else { Err(report) }
}

/// Checks that the subscripts describe a view: one operand, every index of which is in the output.
///
/// # Errors
/// All mistakes, the parser's included.
pub fn check_view(subscripts: &Subscripts, operands: usize, report: Report) -> Result<Spec, Report> {
    check_view_given(subscripts, operands, &Given::default(), report)
}

/// The same where the call gives indices an extent that is not that of the operand's axis.
///
/// # Errors
/// All mistakes, the parser's included.
pub fn check_view_given(
    subscripts: &Subscripts,
    operands: usize,
    given: &Given,
    mut report: Report,
) -> Result<Spec, Report> {
    check_one_term(subscripts, &mut report);
    check_nothing_is_summed(subscripts, &mut report);
    check_given(subscripts, operands, given, report)
}

// Operands and terms go in pairs.
fn check_operand_count(subscripts: &Subscripts, operands: usize, report: &mut Report) {
    let terms = subscripts.terms.len();
    let (first, last) = (subscripts.terms[0].span, subscripts.terms[terms - 1].span);
    if operands == 0 {
        report.add(Mistake::NoOperands, Span { start: first.start, end: last.end });
    } else if report.operands_unclear {
        // Between parentheses, or in another text, there may be more terms.
    } else if operands > terms {
        report.add(Mistake::ManyOperands { terms, operands }, Span { start: last.end, end: last.end });
    } else if operands < terms {
        // A comma too many leaves an empty term; else it is the last terms that have no operand.
        let mut empty = subscripts.terms.iter().filter(|term| term.axes.is_empty());
        let empty_terms = empty.clone().count() >= terms - operands;
        let without = match empty.next_back() {
            Some(term) if empty_terms => term.span,
            _ => Span { start: subscripts.terms[operands].span.start, end: last.end },
        };
        report.add(Mistake::FewOperands { terms, operands, empty_terms }, without);
    }
}

// A sum names a place in an operand, and an element of the result has one place.
fn check_no_affine_output(subscripts: &Subscripts, report: &mut Report) {
    for axis in subscripts.output.iter().flat_map(|term| &term.axes) {
        if matches!(axis.kind, AxisKind::Affine(_)) {
            report.add(Mistake::AffineOutput, axis.span);
        }
    }
}

// A sum has several labels, each once, or one with a coefficient; and what stands before a label is a coefficient.
fn check_affine_axes(subscripts: &Subscripts, report: &mut Report) {
    for axis in subscripts.terms.iter().flat_map(|term| &term.axes) {
        let AxisKind::Affine(summands) = &axis.kind else { continue };
        if let [Summand { coefficient: 1, label, .. }] = summands[..] {
            report.add(Mistake::AffineLone(label), axis.span);
        }
        let mut totals: BTreeMap<char, (bool, u64)> = BTreeMap::new();
        for summand in summands {
            totals.entry(summand.label).or_default().1 += u64::from(summand.coefficient);
        }
        for &Summand { span, coefficient, label } in summands {
            if coefficient == 0 {
                let text = &subscripts.text[span.start..span.end];
                let number = text.trim_end_matches(|c: char| !c.is_ascii_digit());
                report.add(Mistake::Coefficient(number.into()), span);
            }
            let (is_repeated, total) = totals.entry(label).or_default();
            if core::mem::replace(is_repeated, true) {
                report.add(Mistake::AffineRepeated { label, total: *total }, span);
            }
        }
    }
}

// A sum and the extent of its axis give one of the extents of its labels, and the others must be known.
fn check_affine_extents(subscripts: &Subscripts, given: &Given, report: &mut Report) {
    if report.operands_unclear || given.output && report.output_unclear {
        return;
    }
    let known = infer::infer(subscripts, given).known;
    for axis in subscripts.terms.iter().flat_map(|term| &term.axes) {
        let AxisKind::Affine(summands) = &axis.kind else { continue };
        let labels = summands.iter().map(|summand| summand.label).filter(|label| !known.contains(label));
        let labels: Vec<char> = labels.collect();
        // A label twice is a mistake that has been noted, and what else is missing is not certain then.
        let are_different = labels.iter().collect::<BTreeSet<_>>().len() == labels.len();
        if !labels.is_empty() && are_different {
            report.add(Mistake::AffineOpen(labels), axis.span);
        }
    }
}

// Every output label must occur in some operand: its extent has no other source.
fn check_output_labels_known(subscripts: &Subscripts, report: &mut Report) {
    if report.operands_unclear {
        return;
    }
    let known = known_labels(subscripts);
    let mut told = BTreeSet::new();
    for (label, span) in output_labels(subscripts, report) {
        if known.binary_search(&label).is_err() && told.insert(label) {
            let known = known.iter().copied().take(Mistake::MOST_LISTED + 1).collect();
            report.add(Mistake::OutputUnknown { label, known }, span);
        }
    }
}

// The output is no diagonal: an element has one place.
fn check_output_labels_distinct(subscripts: &Subscripts, report: &mut Report) {
    let known = known_labels(subscripts);
    let mut earlier = BTreeSet::new();
    for (label, span) in output_labels(subscripts, report) {
        // One that no operand has is wrong already.
        let is_known = report.operands_unclear || known.binary_search(&label).is_ok();
        if !earlier.insert(label) && is_known {
            report.add(Mistake::OutputRepeated(label), span);
        }
    }
}

// A view has one source.
fn check_one_term(subscripts: &Subscripts, report: &mut Report) {
    if let [first, .., last] = &subscripts.terms[..] {
        let span = Span { start: first.span.start, end: last.span.end };
        report.add(Mistake::ViewOfMany(subscripts.terms.len()), span);
        // A statement about what is summed would be about something else.
        report.output_unclear = true;
    }
}

// A view shows elements; it computes none.
fn check_nothing_is_summed(subscripts: &Subscripts, report: &mut Report) {
    if report.output_unclear {
        return;
    }
    // Those that are shown, and those that the user has been told about.
    let mut done: BTreeSet<Name> = output_term(subscripts).into_iter().collect();
    for (name, span) in subscripts.terms.iter().flat_map(names) {
        if done.insert(name) {
            report.add(Mistake::ViewSums(name.label()), span);
        }
    }
}

// Every label of the operands, in order.
fn known_labels(subscripts: &Subscripts) -> Vec<char> {
    let mut known: Vec<char> = subscripts.operand_labels().collect();
    known.sort_unstable();
    known.dedup();
    known
}

fn output_labels(subscripts: &Subscripts, report: &Report) -> Vec<(char, Span)> {
    let written = subscripts.output.as_ref().filter(|_| !report.output_unclear);
    let axes = written.iter().flat_map(|term| &term.axes);
    axes.filter_map(|axis| match axis.kind {
        AxisKind::Label(label) => Some((label, axis.span)),
        AxisKind::Ellipsis | AxisKind::Affine(_) => None,
    })
    .collect()
}

/// What an axis, or a summand of an affine axis, is named.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Name {
    // First: the implicit output has the ellipsis in front.
    Ellipsis,
    Label(char),
}

impl Name {
    fn label(self) -> Option<char> {
        match self {
            Name::Label(label) => Some(label),
            Name::Ellipsis => None,
        }
    }
}

// In the order of the text, one for each summand of an affine axis.
fn names(term: &Term) -> impl Iterator<Item = (Name, Span)> {
    term.axes.iter().flat_map(|axis| match &axis.kind {
        AxisKind::Label(label) => Vec::from([(Name::Label(*label), axis.span)]),
        AxisKind::Ellipsis => Vec::from([(Name::Ellipsis, axis.span)]),
        AxisKind::Affine(summands) => {
            summands.iter().map(|summand| (Name::Label(summand.label), summand.span)).collect()
        }
    })
}

// The output as written; without an arrow the ellipsis, then the labels that occur once, in code point order.
fn output_term(subscripts: &Subscripts) -> Vec<Name> {
    if let Some(output) = &subscripts.output {
        return names(output).map(|(name, _)| name).collect();
    }
    let mut all: Vec<Name> = subscripts.terms.iter().flat_map(names).map(|(name, _)| name).collect();
    all.sort_unstable();
    let runs = all.chunk_by(|a, b| a == b);
    runs.filter(|run| run.len() == 1 || run[0] == Name::Ellipsis).map(|run| run[0]).collect()
}

// Numbers the indices. Total: the rules hold.
fn resolve(subscripts: &Subscripts, given: &Given) -> Spec {
    let mut known: Vec<Name> = Vec::new();
    let mut positions: BTreeMap<Name, usize> = BTreeMap::new();
    let mut number = |name: Name| {
        let position = *positions.entry(name).or_insert_with(|| {
            known.push(name);
            known.len() - 1
        });
        // `parse` takes no longer texts.
        IndexId(u16::try_from(position).expect("labels fit in 16 bits"))
    };
    let output: spec::Term = output_term(subscripts).into_iter().map(&mut number).collect();
    let mut operands = Vec::new();
    for term in &subscripts.terms {
        operands.push(names(term).map(|(name, _)| number(name)).collect());
    }
    let inferred = infer::infer(subscripts, given).labels;
    let inferred = inferred
        .into_iter()
        .map(|(label, from)| Inference { index: number(Name::Label(label)), from })
        .collect();
    let indices = known
        .iter()
        .map(|name| match *name {
            Name::Label(label) => Index::Label(label),
            Name::Ellipsis => Index::Ellipsis,
        })
        .collect();
    Spec { indices, operands, output, affine: Affine { axes: affine_axes(subscripts), inferred } }
}

fn affine_axes(subscripts: &Subscripts) -> Vec<AffineAxis> {
    let mut all = Vec::new();
    for (operand, term) in (0u16..).zip(&subscripts.terms) {
        let mut at = 0;
        for axis in &term.axes {
            let AxisKind::Affine(summands) = &axis.kind else {
                at += 1;
                continue;
            };
            let coefficients = summands.iter().map(|summand| summand.coefficient).collect();
            all.push(AffineAxis { operand: OperandId(operand), at, coefficients });
            at += summands.len();
        }
    }
    all
}
