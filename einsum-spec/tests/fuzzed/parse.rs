//! Any text is a spec, or has mistakes that can be shown; and what is printed is parsed to the same.

use einsum_spec::{
    ast::{AxisKind, Span, Subscripts},
    check::{check_given, check_view_given},
    infer::Given,
    parse::parse as subscripts_of,
    report::Report,
    spec::{Index, Spec},
};

/// Parses and checks a text. Of the bytes, the first two say how many operands there are and what else is given; the others are the text.
///
/// # Panics
/// If something does not hold that holds for every text.
pub(crate) fn parse(bytes: &[u8]) {
    let (head, text) = bytes.split_at(bytes.len().min(2));
    let text = &*String::from_utf8_lossy(text);
    let [count, given] = [0, 1].map(|n| head.get(n).copied().unwrap_or(0));
    let (subscripts, report) = subscripts_of(text);
    if report.is_empty() {
        is_printed(&subscripts);
    }
    let operands = match count {
        // Most often as many as there should be.
        byte @ 0..6 => usize::from(byte),
        _ => subscripts.terms.len(),
    };
    let labels = ['i', 'j', 'x', 'k'].into_iter().enumerate();
    let labels = labels.filter(|(n, _)| given >> n & 1 == 1).map(|(_, label)| label).collect();
    let given = Given { output: given & 128 > 0, labels };
    for check in [check_given, check_view_given] {
        match check(&subscripts, operands, &given, report.clone()) {
            Ok(spec) => is_sound(&spec, operands),
            Err(report) => can_be_shown(report, text),
        }
    }
}

fn is_printed(subscripts: &Subscripts) {
    let printed = subscripts.to_string();
    let (again, report) = subscripts_of(&printed);
    assert!(report.is_empty(), "{printed:?}: {report:?}");
    assert_eq!(kinds(subscripts), kinds(&again));
    assert_eq!(printed, again.to_string());
}

/// The tree without places.
fn kinds(subscripts: &Subscripts) -> Vec<Vec<AxisKind>> {
    let without_places = |kind: &AxisKind| {
        let mut kind = kind.clone();
        if let AxisKind::Affine(summands) = &mut kind {
            summands.iter_mut().for_each(|summand| summand.span = Span { start: 0, end: 0 });
        }
        kind
    };
    let terms = subscripts.terms.iter().chain(&subscripts.output);
    terms.map(|term| term.axes.iter().map(|axis| without_places(&axis.kind)).collect()).collect()
}

fn is_sound(spec: &Spec, operands: usize) {
    assert_eq!(spec.operands.len(), operands);
    let mut is_used = vec![false; spec.indices.len()];
    for id in spec.operands.iter().flatten() {
        is_used[usize::from(id.0)] = true;
    }
    for (n, id) in spec.output.iter().enumerate() {
        assert_eq!(usize::from(id.0), n, "the indices of the output come first, each once");
        assert!(is_used[n] || spec.index(*id) == Index::Ellipsis);
    }
    assert!(is_used[spec.output.len()..].iter().all(|&is_used| is_used));
    for axis in &spec.affine.axes {
        let term = &spec.operands[usize::from(axis.operand.0)];
        assert!(axis.at + axis.coefficients.len() <= term.len() && !axis.coefficients.contains(&0));
    }
    for inference in &spec.affine.inferred {
        assert!(!inference.from.is_empty());
        for &n in &inference.from {
            let axis = &spec.affine.axes[n];
            let term = &spec.operands[usize::from(axis.operand.0)];
            assert!(term[axis.at..][..axis.coefficients.len()].contains(&inference.index));
        }
    }
}

fn can_be_shown(report: Report, text: &str) {
    let diagnostics = report.into_diagnostics(text);
    assert!(!diagnostics.is_empty());
    let mut shown = 0;
    for diagnostic in diagnostics {
        assert!(text.get(diagnostic.span.start..diagnostic.span.end).is_some(), "{:?}", diagnostic.span);
        let message = diagnostic.to_string();
        assert!(message.contains('^') || text.is_empty(), "{message}");
        shown += message.len();
    }
    // However much is wrong: nobody reads more.
    assert!(shown < 100_000, "{shown} bytes of messages");
}
