//! What holds for every text and every spec.

use einsum_spec::{
    ast::{AxisKind, Subscripts},
    check::{check, check_given},
    infer::Given,
    parse::parse,
    path::{Options, Path},
    plan::{Plan, Source},
    roles::Role,
    spec::{Index, IndexId, Spec},
};
use proptest::prelude::*;

/// A text of the characters that the grammar knows, a few that it does not, and many that are nearly right.
fn any_text() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        8 => "[a-eA-C]",
        2 => Just(",".to_owned()),
        1 => Just("->".to_owned()),
        1 => Just("...".to_owned()),
        1 => Just(" ".to_owned()),
        1 => "[-.>()+0-9_αΩé日\t%=]",
        1 => Just("(2x+i)".to_owned()),
    ];
    proptest::collection::vec(piece, 0..24).prop_map(|pieces| pieces.concat())
}

/// A text that the grammar allows, with spaces and affine axes; what it means is not asked.
fn grammatical_text() -> impl Strategy<Value = String> {
    let axes = || {
        proptest::collection::vec(
            prop_oneof![6 => "[a-eA-Cαé日]", 1 => " {1,2}", 1 => r"\( ?(2|10|)x \+(3|)i\)"],
            0..5,
        )
    };
    let term = || (axes(), proptest::option::of(Just("...")), axes());
    let written = |(front, ellipsis, back): (Vec<String>, Option<&str>, Vec<String>)| {
        front.concat() + ellipsis.unwrap_or_default() + &back.concat()
    };
    (proptest::collection::vec(term(), 1..5), proptest::option::of(term())).prop_map(
        move |(terms, output)| {
            let text = terms.into_iter().map(written).collect::<Vec<_>>().join(",");
            text + &output.map(|output| "->".to_owned() + &written(output)).unwrap_or_default()
        },
    )
}

/// A text without a mistake: terms, and an output that is a subset of their labels in any order, or none.
fn sound_text() -> impl Strategy<Value = (String, usize)> {
    let term = "[a-f]{0,4}";
    let terms = proptest::collection::vec((term, 0..5usize), 1..7);
    (terms, any::<bool>(), any::<bool>(), Just(()).prop_perturb(|(), mut rng| rng.random::<u64>())).prop_map(
        |(terms, arrow, ellipsis, seed)| {
            let mut labels: Vec<char> = terms.iter().flat_map(|(term, _)| term.chars()).collect();
            labels.sort_unstable();
            labels.dedup();
            labels.retain(|&label| seed >> (label as u32 - 'a' as u32) & 1 == 0);
            if seed & 64 == 0 {
                labels.reverse();
            }
            let count = terms.len();
            // Four of five positions are inside a term; the fifth leaves it without an ellipsis.
            let written = terms.into_iter().map(|(mut term, at)| {
                if ellipsis && at <= term.len() {
                    term.insert_str(at, "...");
                }
                term
            });
            let mut text = written.collect::<Vec<_>>().join(",");
            if arrow {
                text += "->";
                text += if ellipsis && seed & 128 == 0 { "..." } else { "" };
                text.extend(labels);
            }
            (text, count)
        },
    )
}

fn spec_of(text: &str, operands: usize) -> Spec {
    let (subscripts, report) = parse(text);
    check(&subscripts, operands, report).unwrap_or_else(|report| {
        let messages: Vec<String> = report.into_diagnostics(text).iter().map(ToString::to_string).collect();
        panic!("`{text}` is sound, but: {messages:#?}")
    })
}

/// The tree without places.
fn shape_of(subscripts: &Subscripts) -> Vec<Vec<AxisKind>> {
    let terms = subscripts.terms.iter().chain(&subscripts.output);
    terms.map(|term| term.axes.iter().map(|axis| without_places(&axis.kind)).collect()).collect()
}

fn without_places(kind: &AxisKind) -> AxisKind {
    let mut kind = kind.clone();
    if let AxisKind::Affine(summands) = &mut kind {
        summands.iter_mut().for_each(|summand| summand.span = einsum_spec::ast::Span { start: 0, end: 0 });
    }
    kind
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_text_is_a_spec_or_has_mistakes_that_can_be_shown(text in any_text(), operands in 0..4usize) {
        let (subscripts, report) = parse(&text);
        if let Err(report) = check(&subscripts, operands, report) {
            let diagnostics = report.into_diagnostics(&text);
            prop_assert!(!diagnostics.is_empty());
            for diagnostic in diagnostics {
                prop_assert!(diagnostic.span.start <= diagnostic.span.end && diagnostic.span.end <= text.len());
                let shown = diagnostic.to_string();
                prop_assert!(shown.contains('^') || text.is_empty(), "{shown}");
            }
        }
    }

    #[test]
    fn any_string_at_all_is_parsed(text in any::<String>(), operands in 0..4usize) {
        let (subscripts, report) = parse(&text);
        if let Err(report) = check(&subscripts, operands, report) {
            report.into_diagnostics(&text).iter().for_each(|diagnostic| { let _ = diagnostic.to_string(); });
        }
    }

    #[test]
    fn every_extent_of_an_affine_axis_is_known_or_inferred_in_turn(
        terms in proptest::collection::vec(r"([a-e]|\((2|)[a-c]\+(3|)[d-f]\)){0,3}", 1..4),
        given in "[a-f]{0,2}",
    ) {
        let text = terms.join(",") + "->";
        let (subscripts, report) = parse(&text);
        prop_assert!(report.is_empty());
        let given = Given { output: false, labels: given.chars().collect() };
        let Ok(spec) = check_given(&subscripts, terms.len(), &given, report) else { return Ok(()) };
        // The places that are in a sum; all others are plain.
        let sums: Vec<(usize, usize, usize)> = spec.affine.axes.iter()
            .map(|axis| (usize::from(axis.operand.0), axis.at, axis.coefficients.len()))
            .collect();
        let in_sum = |n: usize, at: usize| sums.iter().any(|&(operand, from, len)| operand == n && (from..from + len).contains(&at));
        let mut known: Vec<IndexId> = spec.ids()
            .filter(|&id| given.labels.iter().any(|&label| spec.index(id) == Index::Label(label)))
            .collect();
        for (n, term) in spec.operands.iter().enumerate() {
            known.extend((0..term.len()).filter(|&at| !in_sum(n, at)).map(|at| term[at]));
        }
        for inference in &spec.affine.inferred {
            prop_assert!(!known.contains(&inference.index), "{text}");
            prop_assert!(!inference.from.is_empty());
            for &from in &inference.from {
                let (operand, at, len) = sums[from];
                let open: Vec<IndexId> =
                    spec.operands[operand][at..at + len].iter().copied().filter(|id| !known.contains(id)).collect();
                prop_assert_eq!(open, [inference.index]);
            }
            known.push(inference.index);
        }
        for id in spec.ids() {
            prop_assert!(known.contains(&id), "{text}");
        }
    }

    #[test]
    fn printed_and_parsed_again_is_the_same(text in grammatical_text()) {
        let (subscripts, report) = parse(&text);
        prop_assert!(report.is_empty());
        let printed = subscripts.to_string();
        let (again, report) = parse(&printed);
        prop_assert!(report.is_empty());
        prop_assert_eq!(shape_of(&subscripts), shape_of(&again));
        prop_assert_eq!(&printed, &again.to_string());
        prop_assert_eq!(printed, text.replace(' ', ""));
    }

    #[test]
    fn roles_partition_the_indices((text, operands) in sound_text()) {
        let spec = spec_of(&text, operands);
        let plan = Plan::lower(&spec, &Path::choose(&spec, &vec![16; spec.indices.len()], &Options::default()));
        for step in &plan.steps {
            let terms: Vec<_> = step.inputs.iter().map(|input| input.term.clone()).collect();
            let mut expected: Vec<IndexId> = terms.iter().flatten().chain(&step.output).copied().collect();
            expected.sort_unstable();
            expected.dedup();
            let mut found: Vec<IndexId> = step.roles.indices.iter().map(|&(id, _)| id).collect();
            found.sort_unstable();
            prop_assert_eq!(found, expected);
            let kept: Vec<IndexId> = step.roles.kept().collect();
            prop_assert_eq!(&kept, &step.output);
            for &(id, role) in &step.roles.indices {
                let inputs = terms.iter().filter(|term| term.contains(&id)).count();
                let several = matches!(role, Role::Batch | Role::Contracted);
                prop_assert_eq!(several, inputs > 1);
                prop_assert_eq!(role.is_reduced(), !step.output.contains(&id));
            }
        }
    }

    #[test]
    fn a_plan_uses_everything_once_and_loses_no_index((text, operands) in sound_text()) {
        let spec = spec_of(&text, operands);
        let plan = Plan::lower(&spec, &Path::choose(&spec, &vec![16; spec.indices.len()], &Options::default()));
        let mut used = vec![0; operands];
        let mut intermediates = vec![0; plan.steps.len()];
        for (n, step) in plan.steps.iter().enumerate() {
            for input in &step.inputs {
                match input.source {
                    Source::Operand(id) => {
                        used[usize::from(id.0)] += 1;
                        prop_assert_eq!(&input.term, &spec.operands[usize::from(id.0)]);
                    }
                    Source::Intermediate(m) => {
                        prop_assert!(m < n);
                        intermediates[m] += 1;
                        prop_assert_eq!(&input.term, &plan.steps[m].output);
                    }
                }
            }
        }
        prop_assert!(used.iter().all(|&times| times == 1));
        let (last, others) = intermediates.split_last().expect("a plan has a step");
        prop_assert!(others.iter().all(|&times| times == 1) && *last == 0);
        prop_assert_eq!(&plan.steps.last().expect("a plan has a step").output, &spec.output);
        // An index is summed where nothing that comes later has it.
        for (n, step) in plan.steps.iter().enumerate() {
            for id in step.roles.reduced() {
                let later = plan.steps[n + 1..].iter();
                let mut others = later.flat_map(|step| &step.inputs).filter(|input| match input.source {
                    Source::Operand(_) => true,
                    Source::Intermediate(m) => m > n,
                });
                prop_assert!(others.all(|input| !input.term.contains(&id)));
            }
        }
    }

    #[test]
    fn a_path_that_keeps_the_order_multiplies_neighbours((text, operands) in sound_text()) {
        let spec = spec_of(&text, operands);
        let options = Options { keeps_order: true, ..Options::default() };
        let plan = Plan::lower(&spec, &Path::choose(&spec, &vec![16; spec.indices.len()], &options));
        let mut ranges: Vec<std::ops::Range<usize>> = Vec::new();
        for step in &plan.steps {
            let mut inputs = step.inputs.iter().map(|input| match input.source {
                Source::Operand(id) => usize::from(id.0)..usize::from(id.0) + 1,
                Source::Intermediate(m) => ranges[m].clone(),
            });
            let first = inputs.next().expect("a step has an input");
            let range = inputs.try_fold(first, |all, next| (all.end == next.start).then_some(all.start..next.end));
            prop_assert!(range.is_some(), "operands are multiplied out of order in {text}");
            ranges.extend(range);
        }
    }
}

#[test]
fn the_implicit_output_is_that_of_numpy() {
    // In code point order: upper case first, the ellipsis before all.
    for (text, operands, expected) in [
        ("ba", 1, "ab"),
        ("bA", 1, "Ab"),
        ("ij,jk", 2, "ik"),
        ("j...i,ik", 2, "...jk"),
        ("ii", 1, ""),
        ("ω,α", 2, "αω"),
    ] {
        let spec = spec_of(text, operands);
        let output: String = spec
            .output
            .iter()
            .map(|&id| match spec.index(id) {
                Index::Label(label) => label.to_string(),
                Index::Ellipsis => "...".to_owned(),
            })
            .collect();
        assert_eq!(output, expected, "{text}");
    }
}
