//! Plans give the numbers of the subscripts, whatever the path: each step run by the slow and obvious loop.

mod random;

use einsum_spec::{
    path::{Options, Path},
    plan::{Plan, Source},
    spec::{Spec, Term},
};
use proptest::prelude::*;
use random::any_network;

/// A dense array with its axes.
struct Array {
    term: Term,
    elements: Vec<i128>,
}

impl Array {
    fn place(term: &Term, extents: &[u64], position: &[u64]) -> usize {
        term.iter()
            .map(|id| usize::from(id.0))
            .fold(0, |place, n| place * extents[n] as usize + position[n] as usize)
    }

    fn size(term: &Term, extents: &[u64]) -> usize {
        term.iter().map(|id| extents[usize::from(id.0)] as usize).product()
    }

    /// Any elements, that tell every place from every other.
    fn filled(number: usize, term: &Term, extents: &[u64]) -> Array {
        let value = |place: usize| (place * 7 + number * 3) as i128 % 11 - 4;
        Array { term: term.clone(), elements: (0..Array::size(term, extents)).map(value).collect() }
    }

    /// The sum over all positions of all indices of the products.
    fn einsum(inputs: &[&Array], output: &Term, extents: &[u64]) -> Array {
        let has = |n: usize| {
            let mut ids = inputs.iter().flat_map(|input| &input.term).chain(output);
            ids.any(|id| usize::from(id.0) == n)
        };
        let loops: Vec<usize> = (0..extents.len()).filter(|&n| has(n)).collect();
        let mut elements = vec![0; Array::size(output, extents)];
        let mut position = vec![0; extents.len()];
        let iterations: u64 = loops.iter().map(|&n| extents[n]).product();
        for mut iteration in 0..iterations {
            for &n in &loops {
                position[n] = iteration % extents[n];
                iteration /= extents[n];
            }
            let factors =
                inputs.iter().map(|input| input.elements[Array::place(&input.term, extents, &position)]);
            elements[Array::place(output, extents, &position)] += factors.product::<i128>();
        }
        Array { term: output.clone(), elements }
    }
}

fn run(plan: &Plan, operands: &[Array], extents: &[u64]) -> Vec<i128> {
    let mut results: Vec<Array> = Vec::new();
    for step in &plan.steps {
        let array = |source| match source {
            Source::Operand(id) => &operands[usize::from(id.0)],
            Source::Intermediate(step) => &results[step],
        };
        let inputs: Vec<&Array> = step.inputs.iter().map(|input| array(input.source)).collect();
        assert!(step.inputs.iter().zip(&inputs).all(|(input, array)| input.term == array.term));
        results.push(Array::einsum(&inputs, &step.output, extents));
    }
    results.pop().expect("a plan has a step").elements
}

fn operands(spec: &Spec, extents: &[u64]) -> Vec<Array> {
    spec.operands.iter().enumerate().map(|(n, term)| Array::filled(n, term, extents)).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, failure_persistence: None, ..ProptestConfig::default() })]

    /// The path takes what a stream of numbers says: two things, now and then three or all.
    #[test]
    fn every_path_gives_the_numbers_of_one_step(
        (spec, extents) in any_network(1..=5usize, 3, 0..4u64),
        choices in proptest::collection::vec(any::<(prop::sample::Index, prop::sample::Index, u8)>(), 4),
        limit in proptest::option::of(0..30u64),
        keeps_order in any::<bool>(),
    ) {
        let operands = operands(&spec, &extents);
        let all: Vec<&Array> = operands.iter().collect();
        let expected = Array::einsum(&all, &spec.output, &extents).elements;

        let mut left = spec.operands.len();
        let mut steps = Vec::new();
        for (a, b, kind) in choices {
            if left > 1 {
                let (a, b) = (a.index(left), b.index(left - 1));
                let pair = vec![a, if b >= a { b + 1 } else { b }];
                steps.push(if kind < 20 { (0..left).collect() } else { pair });
                left = left + 1 - steps[steps.len() - 1].len();
            }
        }
        let path = Path::fixed(steps, spec.operands.len()).expect("it is a path");
        prop_assert_eq!(&run(&Plan::lower(&spec, &path), &operands, &extents), &expected);
        if let Some(limit) = limit {
            let plan = Plan::lower_within(&spec, &path, &extents, limit);
            prop_assert_eq!(&run(&plan, &operands, &extents), &expected);
        }

        let options = Options { memory_limit: limit, keeps_order, ..Options::default() };
        let chosen = Path::choose(&spec, &extents, &options);
        prop_assert_eq!(&run(&Plan::lower(&spec, &chosen), &operands, &extents), &expected);
    }
}
