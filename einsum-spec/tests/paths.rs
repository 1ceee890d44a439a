//! The paths of small networks against all paths there are, and what holds for those of any network.

mod random;

use einsum_spec::{
    cost::Cost,
    path::{Options, Path, Strategy as Search},
    plan::Plan,
    spec::{IndexId, Spec},
};
use proptest::prelude::*;
use random::{any_network, network};

/// Operations, then elements of intermediates: less is better.
type Rank = (u128, u128);

fn rank((spec, extents): &(Spec, Vec<u64>), path: &Path, limit: Option<u64>) -> Rank {
    let cost = cost(spec, extents, path, limit);
    let before = cost.steps.len() - 1;
    (cost.flops(), cost.steps[..before].iter().map(|step| step.result).sum())
}

fn cost(spec: &Spec, extents: &[u64], path: &Path, limit: Option<u64>) -> Cost {
    let plan = match limit {
        Some(limit) => Plan::lower_within(spec, path, extents, limit),
        None => Plan::lower(spec, path),
    };
    Cost::of(spec, extents, &plan)
}

/// Whether a path may take two of what is left, each of which is told by the operands that went into it.
type Takes = fn(&[Vec<usize>], [usize; 2]) -> bool;

/// Every path: of pairs, and where the limit asks for it, of pairs and a step of all that is left.
fn all_paths(operands: usize, takes: Takes, may_end: bool) -> Vec<Path> {
    fn extend(
        left: &[Vec<usize>],
        steps: &mut Vec<Vec<usize>>,
        found: &mut Vec<Path>,
        takes: Takes,
        may_end: bool,
    ) {
        if left.len() == 1 {
            return found.push(Path { steps: steps.clone() });
        }
        if may_end && left.len() > 2 {
            steps.push((0..left.len()).collect());
            found.push(Path { steps: steps.clone() });
            steps.pop();
        }
        for a in 0..left.len() {
            for b in a + 1..left.len() {
                if takes(left, [a, b]) {
                    let mut rest = left.to_vec();
                    let mut both = rest.remove(b);
                    both.extend(rest.remove(a));
                    both.sort_unstable();
                    rest.push(both);
                    steps.push(vec![a, b]);
                    extend(&rest, steps, found, takes, may_end);
                    steps.pop();
                }
            }
        }
    }
    let left: Vec<Vec<usize>> = (0..operands).map(|n| vec![n]).collect();
    let mut found = Vec::new();
    extend(&left, &mut Vec::new(), &mut found, takes, may_end);
    found
}

fn are_any(_: &[Vec<usize>], _: [usize; 2]) -> bool {
    true
}

fn are_neighbours(left: &[Vec<usize>], [a, b]: [usize; 2]) -> bool {
    let (a, b) = (&left[a], &left[b]);
    a[a.len() - 1] + 1 == b[0] || b[b.len() - 1] + 1 == a[0]
}

fn keeps_to(network: &(Spec, Vec<u64>), path: &Path, limit: u64) -> bool {
    cost(&network.0, &network.1, path, Some(limit)).largest_intermediate() <= limit.into()
}

fn is_of_pairs(path: &Path) -> bool {
    path.steps.iter().all(|step| step.len() == 2)
}

fn assert_optimal(network: &(Spec, Vec<u64>), keeps_order: bool) {
    let (spec, extents) = network;
    let path = Path::choose(spec, extents, &Options { keeps_order, ..Options::default() });
    assert!(is_of_pairs(&path));
    let takes: Takes = if keeps_order { are_neighbours } else { are_any };
    let best =
        all_paths(spec.operands.len(), takes, false).iter().map(|path| rank(network, path, None)).min();
    assert_eq!(Some(rank(network, &path, None)), best, "{path:?} {network:?}");
}

fn assert_optimal_within(network: &(Spec, Vec<u64>), limit: u64, keeps_order: bool) {
    let (spec, extents) = network;
    let options = Options { keeps_order, memory_limit: Some(limit), ..Options::default() };
    let path = Path::choose(spec, extents, &options);
    assert!(keeps_to(network, &path, limit), "{path:?} {network:?}");
    let takes: Takes = if keeps_order { are_neighbours } else { are_any };
    let mut paths = all_paths(spec.operands.len(), takes, !keeps_order);
    paths.retain(|path| keeps_to(network, path, limit));
    let has_pairs = paths.iter().any(is_of_pairs);
    if keeps_order && !has_pairs {
        assert_eq!(path.steps, [(0..spec.operands.len()).collect::<Vec<usize>>()]);
        return;
    }
    paths.retain(|path| is_of_pairs(path) == has_pairs);
    let best = paths.iter().map(|path| rank(network, path, Some(limit))).min();
    assert_eq!(Some(rank(network, &path, Some(limit))), best, "{path:?} {network:?}");
}

fn cases(cases: u32) -> ProptestConfig {
    ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(cases(300))]

    #[test]
    fn up_to_five_operands_have_the_best_path(network in any_network(2..=5usize, 4, 0..12u64)) {
        assert_optimal(&network, false);
    }

    #[test]
    fn up_to_five_operands_in_order_have_the_best_path(network in any_network(2..=5usize, 4, 0..12u64)) {
        assert_optimal(&network, true);
    }

    #[test]
    fn a_memory_limit_is_kept(network in any_network(2..=5usize, 4, 1..6u64), limit in 0..200u64, order in any::<bool>()) {
        assert_optimal_within(&network, limit, order);
    }

    #[test]
    fn every_path_is_one_and_the_same_twice(
        network in any_network(2..40usize, 30, prop_oneof![8 => 1..5u64, 1 => Just(0), 1 => Just(u64::MAX)]),
        limit in proptest::option::of(prop_oneof![0..100u64, any::<u64>()]),
        strategy in prop_oneof![
            Just(Search::Auto), Just(Search::Greedy), Just(Search::Left), Just(Search::Optimal)
        ],
        keeps_order in any::<bool>(),
    ) {
        let (spec, extents) = &network;
        // More than a dozen take the optimal search seconds without optimisation.
        prop_assume!(strategy != Search::Optimal || !(12..=16).contains(&spec.operands.len()));
        let options = Options { strategy, memory_limit: limit, keeps_order };
        let path = Path::choose(spec, extents, &options);
        prop_assert_eq!(&path, &Path::choose(spec, extents, &options));
        prop_assert_eq!(&path, &Path::fixed(path.steps.clone(), spec.operands.len()).expect("it is a path"));
        if let Some(limit) = limit {
            prop_assert!(keeps_to(&network, &path, limit));
        } else {
                prop_assert!(is_of_pairs(&path));
        }
    }
}

proptest! {
    #![proptest_config(cases(8))]

    #[test]
    fn six_operands_have_the_best_path(network in any_network(Just(6usize), 5, 1..9u64)) {
        assert_optimal(&network, false);
    }
}

/// Two orders whose counts differ by eight in 10^33.
#[test]
fn counts_are_exact() {
    // ij,ix,jy->xy
    let terms = [vec![0, 1], vec![0, 2], vec![1, 3]];
    let large = 1 << 54;
    for (x, y, first) in [(large, large + 1, [0, 1]), (large + 1, large, [0, 2])] {
        let (spec, extents) = network(&terms, &[2, 3], &[2, 2, x, y]);
        assert_eq!(Path::choose(&spec, &extents, &Options::default()).steps[0], first);
    }
}

/// A product that is too large for any number and then has an extent of zero is nothing.
#[test]
fn nothing_is_cheaper_than_too_much() {
    let huge: Vec<u16> = (1..25).collect();
    let with_zero = [vec![0], huge.clone()].concat();
    let mut extents = vec![u64::MAX; 25];
    extents[0] = 0;
    let mut network = network(&[huge.clone(), huge, with_zero], &[0], &extents);
    let path = Path::choose(&network.0, &network.1, &Options::default());
    assert_eq!((path.steps.len(), rank(&network, &path, None)), (2, (0, 0)));
    // Without the zero all orders are too much, and one is chosen.
    network.1[0] = 2;
    assert_eq!(Path::choose(&network.0, &network.1, &Options::default()).steps.len(), 2);
}

/// Each set of six operands has two indices for itself, one of which the output has.
#[test]
fn more_kinds_of_indices_than_bits() {
    let mut terms = vec![Vec::new(); 6];
    let (mut output, mut extents) = (Vec::new(), Vec::new());
    for set in 1..64u32 {
        for is_kept in [false, true] {
            let number = extents.len() as u16;
            (0..6).filter(|n| set >> n & 1 == 1).for_each(|n| terms[n].push(number));
            output.extend(is_kept.then_some(number));
            extents.push(if number % 11 == 3 { 2 } else { 1 });
        }
    }
    assert_optimal(&network(&terms, &output, &extents), false);
}

/// More indices than any machine word has bits, and more operands.
#[test]
fn a_ring_of_hundreds() {
    let operands = 300u16;
    let terms: Vec<Vec<u16>> = (0..operands).map(|n| vec![n, (n + 1) % operands, operands]).collect();
    let extents: Vec<u64> = (0..=u64::from(operands)).map(|n| 2 + n % 3).collect();
    let network = network(&terms, &[operands], &extents);
    let flops = |strategy| {
        let options = Options { strategy, ..Options::default() };
        rank(&network, &Path::choose(&network.0, &network.1, &options), None).0
    };
    assert!(flops(Search::Auto) <= flops(Search::Greedy));
    assert!(flops(Search::Auto) < flops(Search::Left));
}

/// NumPy's own planner gives up on it. The count is that of opt_einsum's `optimal`; its `greedy` has 288,000,000 within this limit.
#[test]
fn a_network_of_eight_within_a_limit() {
    let text = "gfl,egh,efj,mjk,cdn,bck,bdi,oih";
    let (subscripts, report) = einsum_spec::parse::parse(text);
    let spec = einsum_spec::check::check(&subscripts, 8, report).expect("the subscripts are sound");
    let extents = vec![20; spec.indices.len()];
    let options = Options { memory_limit: Some(1_000_000_000), ..Options::default() };
    let path = Path::choose(&spec, &extents, &options);
    let cost = cost(&spec, &extents, &path, options.memory_limit);
    assert!(cost.largest_intermediate() <= 1_000_000_000);
    assert_eq!(cost.flops(), 166_400_000);
}

/// Sums of what one operand has alone come first, unless they are too large.
#[test]
fn lone_indices_are_summed_early() {
    // abc,a,a->
    let (spec, extents) = network(&[vec![0, 1, 2], vec![0], vec![0]], &[], &[5, 7, 11]);
    let path = Path::choose(&spec, &extents, &Options::default());
    let plan = Plan::lower(&spec, &path);
    assert_eq!(plan.steps.len(), 3);
    let sum = plan.steps.iter().find(|step| step.inputs.len() == 1).expect("there is an early sum");
    assert_eq!(sum.output, [IndexId(0)]);
    assert_eq!(Cost::of(&spec, &extents, &plan).flops(), 5 * 7 * 11 + 5 + 2 * 5);
    assert_eq!(Plan::lower_within(&spec, &path, &extents, 4).steps.len(), 2);
}

/// Two products that are multiplied at last: the one that needs more on its way comes first.
#[test]
fn steps_are_in_the_order_of_least_memory() {
    // ef,fg,ap,pqr,qrd->adeg
    let [a, d, e, f, g, p, q, r] = [0, 1, 2, 3, 4, 5, 6, 7];
    let terms = [vec![e, f], vec![f, g], vec![a, p], vec![p, q, r], vec![q, r, d]];
    let (spec, extents) = network(&terms, &[a, d, e, g], &[2, 2, 3, 3, 3, 60, 5, 10]);
    let path = Path::choose(&spec, &extents, &Options::default());
    // Of the five: ap with pqr, that with qrd, and only then ef with fg.
    assert_eq!(path.steps, [[2, 3], [2, 3], [0, 1], [0, 1]]);
    let peak = |path: &Path| cost(&spec, &extents, path, None).peak_temporary;
    assert_eq!(peak(&path), 2 * 5 * 10 + 2 * 2);
    let other = Path { steps: [[0, 1], [0, 1], [0, 2], [0, 1]].map(Vec::from).to_vec() };
    assert_eq!(peak(&other), 2 * 5 * 10 + 2 * 2 + 3 * 3);
}

/// What the planner does with what is not worth planning.
#[test]
fn one_and_two_operands_have_one_path() {
    for (terms, steps) in
        [(vec![vec![0, 0, 1]], vec![vec![0]]), (vec![vec![0], vec![0, 1]], vec![vec![0, 1]])]
    {
        let (spec, extents) = network(&terms, &[0], &[3, 4]);
        let limit = Options { memory_limit: Some(0), ..Options::default() };
        for options in [Options::default(), limit] {
            let path = Path::choose(&spec, &extents, &options);
            assert_eq!(path.steps, steps);
            // Their sums are not taken out either: one step is all that they have.
            assert_eq!(Plan::lower(&spec, &path).steps.len(), 1);
        }
    }
}
