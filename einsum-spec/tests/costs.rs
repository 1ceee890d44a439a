//! The figures of a report, against those that opt_einsum prints for the same path.

use einsum_spec::{
    check::check,
    cost::Cost,
    parse::parse,
    path::Path,
    plan::Plan,
    spec::{Index, IndexId, Spec},
};

struct Case {
    text: &'static str,
    /// Per operand.
    shapes: &'static [&'static [u64]],
    path: &'static [&'static [usize]],
    naive_flops: f64,
    flops: u128,
    /// Per step: indices, and elements of the result.
    steps: &'static [(usize, u128)],
    peak_temporary: u128,
}

/// `PathInfo` of opt_einsum 3.4 has all of it but the peak, which is counted by hand.
const CASES: &[Case] = &[
    Case {
        text: "ij,jk,kl->il",
        shapes: &[&[10, 200], &[200, 10], &[10, 30]],
        path: &[&[0, 1], &[0, 1]],
        naive_flops: 1_800_000.0,
        flops: 46_000,
        steps: &[(3, 100), (3, 300)],
        peak_temporary: 100,
    },
    // Two intermediates are alive while one is turned into the next.
    Case {
        text: "ea,fb,abcd,gc,hd->efgh",
        shapes: &[&[7, 3], &[8, 4], &[3, 4, 5, 6], &[9, 5], &[10, 6]],
        path: &[&[0, 2], &[0, 3], &[1, 2], &[0, 1]],
        naive_flops: 9_072_000.0,
        flops: 102_480,
        steps: &[(5, 840), (5, 1680), (5, 2800), (5, 5040)],
        peak_temporary: 1680 + 2800,
    },
    // A label in both operands counts for the naive figure, whether it is summed over or not.
    Case {
        text: "ij,ij->ij",
        shapes: &[&[5, 6], &[5, 6]],
        path: &[&[0, 1]],
        naive_flops: 60.0,
        flops: 30,
        steps: &[(2, 30)],
        peak_temporary: 0,
    },
    Case {
        text: "i,j,k->ijk",
        shapes: &[&[2], &[3], &[4]],
        path: &[&[0, 1], &[0, 1]],
        naive_flops: 48.0,
        flops: 30,
        steps: &[(2, 6), (3, 24)],
        peak_temporary: 6,
    },
    // A diagonal counts once.
    Case {
        text: "iij,jk,k->i",
        shapes: &[&[4, 4, 5], &[5, 6], &[6]],
        path: &[&[1, 2], &[0, 1]],
        naive_flops: 360.0,
        flops: 100,
        steps: &[(2, 5), (2, 4)],
        peak_temporary: 5,
    },
    // One step of three.
    Case {
        text: "ab,bc,ca->",
        shapes: &[&[4, 5], &[5, 6], &[6, 4]],
        path: &[&[0, 1, 2]],
        naive_flops: 360.0,
        flops: 360,
        steps: &[(3, 1)],
        peak_temporary: 0,
    },
];

#[test]
fn figures_are_those_of_opt_einsum() {
    for case in CASES {
        let (subscripts, report) = parse(case.text);
        let spec = check(&subscripts, case.shapes.len(), report).expect("the subscripts are sound");
        let mut extents = vec![0; spec.indices.len()];
        for (term, shape) in spec.operands.iter().zip(case.shapes) {
            term.iter().zip(*shape).for_each(|(id, &extent)| extents[usize::from(id.0)] = extent);
        }
        let steps = case.path.iter().map(|step| step.to_vec()).collect();
        let path = Path::fixed(steps, spec.operands.len()).expect("it is a path");
        let cost = Cost::of(&spec, &extents, &Plan::lower(&spec, &path));
        let text = case.text;
        assert_eq!(cost.naive_flops, case.naive_flops, "{text}");
        assert_eq!(cost.naive_scaling, spec.indices.len(), "{text}");
        assert_eq!(cost.flops(), case.flops, "{text}");
        assert_eq!(cost.speedup(), case.naive_flops / case.flops as f64, "{text}");
        let found: Vec<(usize, u128)> = cost.steps.iter().map(|step| (step.scaling, step.result)).collect();
        assert_eq!(found, case.steps, "{text}");
        assert_eq!(Some(cost.largest_result()), case.steps.iter().map(|step| step.1).max(), "{text}");
        assert_eq!(Some(cost.scaling()), case.steps.iter().map(|step| step.0).max(), "{text}");
        assert_eq!(cost.peak_temporary, case.peak_temporary, "{text}");
    }
}

#[test]
fn numbers_that_are_too_large_stay_the_largest() {
    // Three matrices whose product has more elements than any integer can say.
    let term = |numbers: [u16; 5]| numbers.map(IndexId).to_vec();
    let spec = Spec::plain(
        vec![Index::Label('a'); 6],
        vec![term([0, 1, 2, 3, 4]), term([1, 2, 3, 4, 5]), term([5, 4, 3, 2, 1])],
        vec![],
    );
    let path = Path::fixed(vec![vec![0, 1], vec![0, 1]], 3).expect("it is a path");
    let cost = |extents: &[u64]| Cost::of(&spec, extents, &Plan::lower(&spec, &path));
    let huge = cost(&[u64::MAX; 6]);
    assert_eq!((huge.flops(), huge.largest_intermediate()), (u128::MAX, u128::MAX));
    assert!(huge.naive_flops > 1e115 && huge.naive_flops.is_finite());
    // A zero makes all of it nothing, however large the rest.
    let none = cost(&[3, u64::MAX, u64::MAX, u64::MAX, u64::MAX, 0]);
    assert_eq!((none.steps[1].flops, none.naive_flops), (0, 0.0));
}
