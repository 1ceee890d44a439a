//! Networks made from bytes, with any extents, under every strategy: the path is one, nothing is better than the best, and the plan does
//! what the subscripts say.

use einsum_spec::{
    cost::{Cost, size},
    explain::ContractionReport,
    path::{Options, Path, Strategy},
    plan::{Plan, Source},
    spec::{Index, IndexId, Spec},
};
use std::ops::Range;

/// Numbers around the limits of what costs are counted in.
const EXTENTS: [u64; 16] = [
    0,
    1,
    1,
    6,
    7,
    8,
    10,
    100,
    1000,
    (1 << 32) - 1,
    1 << 32,
    (1 << 53) + 1,
    (1 << 54) + 2,
    1 << 62,
    u64::MAX - 1,
    u64::MAX,
];

/// Where counts are exact, and costs can be compared.
const EXACT: u128 = 1 << 100;

/// Plans the network that these bytes say.
///
/// # Panics
/// If the path is none, or a better one is found, or the plan does something else than the spec says.
pub(crate) fn plan(bytes: &[u8]) {
    let mut bytes = bytes.iter().copied();
    let next = &mut || usize::from(bytes.next().unwrap_or(0));
    let (spec, extents) = network(next);
    let options = options(next, spec.operands.len(), &extents);
    let path = Path::choose(&spec, &extents, &options);
    assert_eq!(path, Path::choose(&spec, &extents, &options), "a choice is made again");
    // The step of a single operand is not the user's.
    if spec.operands.len() > 1 {
        assert_eq!(Path::fixed(path.steps.clone(), spec.operands.len()).as_ref(), Ok(&path));
    }
    let plan = lower(&spec, &extents, &path, options.memory_limit);
    does_what_the_spec_says(&spec, &plan);
    if options.keeps_order {
        multiplies_neighbours(&spec, &plan);
    }
    let cost = Cost::of(&spec, &extents, &plan);
    is_consistent(&cost, &plan, &extents);
    match options.memory_limit {
        Some(limit) => assert!(cost.largest_intermediate() <= limit.into(), "{cost:?}"),
        None => {
            assert!(spec.operands.len() < 3 || path.steps.iter().all(|step| step.len() == 2));
            is_no_worse_than_others(&spec, &extents, &options, &cost, next);
        }
    }
    let report = ContractionReport::new("ij,jk", &spec, &extents, &path, &plan, 8);
    assert_eq!(report.steps().len(), plan.steps.len());
    assert!(report.to_string().lines().count() > plan.steps.len());
}

fn lower(spec: &Spec, extents: &[u64], path: &Path, limit: Option<u64>) -> Plan {
    match limit {
        Some(limit) => Plan::lower_within(spec, path, extents, limit),
        None => Plan::lower(spec, path),
    }
}

fn network(next: &mut impl FnMut() -> usize) -> (Spec, Vec<u64>) {
    let operands = match next() {
        // Few of which all orders can be compared, or many.
        byte @ ..224 => 1 + byte % 9,
        byte => 10 + byte % 16,
    };
    let labels = 1 + next() % 20;
    let (mut terms, mut output) = (vec![Vec::new(); operands], Vec::new());
    let (mut indices, mut extents) = (Vec::new(), Vec::new());
    for _ in 0..labels {
        let (kind, owners) = (next(), next());
        let id = IndexId(extents.len() as u16);
        let count = [1, 2, 2, 2, 2, 3, 4, 9][kind % 8];
        for n in 0..count {
            // A term may have a label twice.
            terms[(owners + n * (1 + kind / 64)) % operands].push(id);
        }
        if kind / 8 % 4 == 0 {
            output.insert(owners % (output.len() + 1), id);
        }
        indices.push(if kind / 32 % 8 == 7 {
            Index::Ellipsis
        } else {
            Index::Label((b'a' + id.0 as u8) as char)
        });
        extents.push(match next() {
            byte @ ..192 => 2 + byte as u64 % 4,
            byte => EXTENTS[byte % 16],
        });
    }
    (Spec::plain(indices, terms, output), extents)
}

fn options(next: &mut impl FnMut() -> usize, operands: usize, extents: &[u64]) -> Options {
    let byte = next();
    let strategy = match byte % 8 {
        0..4 => Strategy::Auto,
        // Many take seconds.
        4 | 5 if operands <= 9 => Strategy::Optimal,
        4..7 => Strategy::Greedy,
        _ => Strategy::Left,
    };
    let limit = next() as u64;
    let memory_limit = match byte / 16 {
        0..10 => None,
        10 | 11 => Some(limit),
        12 => Some(limit << (limit % 50)),
        // That of some intermediates, perhaps, or one less.
        13 => Some(extents.iter().take(2).fold(1, |size: u64, &extent| size.saturating_mul(extent))),
        14 => Some(
            extents
                .iter()
                .take(3)
                .fold(1, |size: u64, &extent| size.saturating_mul(extent))
                .saturating_sub(1),
        ),
        _ => Some(u64::MAX - limit),
    };
    Options { strategy, memory_limit, keeps_order: byte & 8 > 0 }
}

fn does_what_the_spec_says(spec: &Spec, plan: &Plan) {
    let mut used = vec![0; spec.operands.len()];
    let mut intermediates = vec![0; plan.steps.len()];
    for (n, step) in plan.steps.iter().enumerate() {
        let mut all: Vec<IndexId> = step.output.clone();
        for input in &step.inputs {
            all.extend(&input.term);
            match input.source {
                Source::Operand(id) => {
                    used[usize::from(id.0)] += 1;
                    assert_eq!(input.term, spec.operands[usize::from(id.0)]);
                }
                Source::Intermediate(m) => {
                    assert!(m < n, "a result is read after it is written");
                    intermediates[m] += 1;
                    assert_eq!(input.term, plan.steps[m].output);
                }
            }
        }
        all.sort_unstable();
        all.dedup();
        let mut roles: Vec<IndexId> = step.roles.indices.iter().map(|&(id, _)| id).collect();
        roles.sort_unstable();
        assert_eq!(roles, all);
        assert!(step.roles.kept().eq(step.output.iter().copied()));
        // An index is summed where nothing else that is left has it, and never if the output has it.
        for id in step.roles.reduced() {
            assert!(!spec.output.contains(&id));
            let later = plan.steps[n + 1..].iter().flat_map(|step| &step.inputs);
            let mut others = later.filter(|input| !matches!(input.source, Source::Intermediate(m) if m == n));
            assert!(others.all(|input| !input.term.contains(&id)));
        }
    }
    assert!(used.iter().all(|&times| times == 1), "every operand is read once");
    let (last, before) = intermediates.split_last().expect("a plan has a step");
    assert!(before.iter().all(|&times| times == 1) && *last == 0, "every result is read once");
    assert_eq!(plan.split_last().0.output, spec.output);
}

fn multiplies_neighbours(spec: &Spec, plan: &Plan) {
    let mut ranges: Vec<Range<usize>> = Vec::new();
    for step in &plan.steps {
        let mut inputs = step.inputs.iter().map(|input| match input.source {
            Source::Operand(id) => usize::from(id.0)..usize::from(id.0) + 1,
            Source::Intermediate(m) => ranges[m].clone(),
        });
        let first = inputs.next().expect("a step has an input");
        let range = inputs.fold(first, |all, next| {
            assert_eq!(all.end, next.start, "factors in the order of the operands");
            all.start..next.end
        });
        ranges.push(range);
    }
    assert_eq!(ranges.last(), Some(&(0..spec.operands.len())));
}

fn is_consistent(cost: &Cost, plan: &Plan, extents: &[u64]) {
    assert_eq!(cost.steps.len(), plan.steps.len());
    let mut flops: u128 = 0;
    for (cost, step) in cost.steps.iter().zip(&plan.steps) {
        let all = step.roles.indices.iter().map(|&(id, _)| id);
        assert_eq!(cost.iterations, size(all, extents));
        assert_eq!(cost.result, size(step.output.iter().copied(), extents));
        assert!(cost.flops <= cost.iterations.saturating_mul(step.inputs.len() as u128 + 1));
        assert_eq!(cost.scaling, step.roles.indices.len());
        flops = flops.saturating_add(cost.flops);
    }
    assert_eq!(cost.flops(), flops);
    assert!(cost.peak_temporary >= cost.largest_intermediate());
    assert!(!cost.naive_flops.is_nan());
}

// Another path that the bytes say, and those of the other strategies, take no fewer operations than one that says it is the best.
fn is_no_worse_than_others(
    spec: &Spec,
    extents: &[u64],
    options: &Options,
    cost: &Cost,
    next: &mut impl FnMut() -> usize,
) {
    let operands = spec.operands.len();
    let is_optimal = options.keeps_order && matches!(options.strategy, Strategy::Auto | Strategy::Optimal)
        || options.strategy == Strategy::Optimal
        || options.strategy == Strategy::Auto && operands <= 10;
    if !is_optimal || operands < 3 || cost.flops() >= EXACT {
        return;
    }
    let mut others = vec![other_path(operands, options.keeps_order, next)];
    for strategy in [Strategy::Greedy, Strategy::Left] {
        others.push(Path::choose(spec, extents, &Options { strategy, ..*options }));
    }
    for path in others {
        let other = Cost::of(spec, extents, &Plan::lower(spec, &path));
        // The search among neighbours counts in `f64`.
        let rounding = if options.keeps_order { cost.flops() >> 45 } else { 0 };
        let most = other.flops().saturating_add(rounding);
        assert!(cost.flops() <= most, "{path:?} takes {}, not {}", other.flops(), cost.flops());
    }
}

// A path of pairs: of neighbours, if these are asked for.
fn other_path(operands: usize, keeps_order: bool, next: &mut impl FnMut() -> usize) -> Path {
    // The first operand of each thing that is left.
    let mut left: Vec<usize> = (0..operands).collect();
    let mut steps = Vec::new();
    while left.len() > 1 {
        let mut order: Vec<usize> = (0..left.len()).collect();
        if keeps_order {
            order.sort_by_key(|&n| left[n]);
        }
        let at = next() % (left.len() - 1);
        let other = if keeps_order { at + 1 } else { at + 1 + next() % (left.len() - 1 - at) };
        let mut pair = vec![order[at], order[other]];
        pair.sort_unstable();
        let first = left[pair[0]].min(left[pair[1]]);
        left.remove(pair[1]);
        left.remove(pair[0]);
        left.push(first);
        steps.push(pair);
    }
    Path { steps }
}
