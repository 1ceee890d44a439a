//! The paths of stored networks against those of opt_einsum: `networks/make.py` has made them and says what they are.

use einsum_spec::{
    cost::Cost,
    path::{Options, Path, Strategy},
    plan::Plan,
    spec::{Index, IndexId, Spec},
};

struct Network {
    text: &'static str,
    spec: Spec,
    extents: Vec<u64>,
    counts: Vec<u128>,
}

impl Network {
    fn read(line: &'static str) -> Network {
        let fields: Vec<&str> = line.split('|').collect();
        let [terms, extents, counts] = fields[..] else { panic!("`{line}` has three fields") };
        let (operands, output) = terms.split_once('>').expect("there is an output");
        let extents: Vec<u64> = numbers(extents).map(|n| n as u64).collect();
        let term = |term| numbers(term).map(|n| IndexId(n as u16)).collect();
        let spec = Spec {
            indices: vec![Index::Label('a'); extents.len()],
            operands: operands.split(',').map(term).collect(),
            output: term(output),
        };
        Network { text: line, spec, extents, counts: numbers(counts).collect() }
    }

    fn cost(&self, options: &Options) -> Cost {
        let path = Path::choose(&self.spec, &self.extents, options);
        Cost::of(&self.spec, &self.extents, &Plan::lower(&self.spec, &path))
    }
}

fn numbers(text: &str) -> impl Iterator<Item = u128> {
    text.split_whitespace().map(|number| number.parse().expect("a number"))
}

/// Of the steps that read two things; the others are the early sums.
fn flops_of_pairs(network: &Network) -> u128 {
    let path = Path::choose(&network.spec, &network.extents, &Options::default());
    let plan = Plan::lower(&network.spec, &path);
    let cost = Cost::of(&network.spec, &network.extents, &plan);
    let pairs = plan.steps.iter().zip(&cost.steps).filter(|(step, _)| step.inputs.len() == 2);
    pairs.map(|(_, cost)| cost.flops).sum()
}

#[test]
fn up_to_eight_operands_are_planned_as_well_as_can_be() {
    let mut wrong = Vec::new();
    for network in include_str!("networks/small.txt").lines().map(Network::read) {
        let [_, optimal, best] = network.counts[..] else { panic!("three counts") };
        let found = flops_of_pairs(&network);
        if found != best || found > optimal {
            wrong.push(format!("{}: {found}", network.text));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// The geometric mean of ours over each of the counts.
fn ratios(networks: &[Network], options: &Options) -> [f64; 2] {
    let mut logarithms = [0.0; 2];
    for network in networks {
        let flops = network.cost(options).flops() as f64;
        for (sum, &count) in logarithms.iter_mut().zip(&network.counts) {
            *sum += (flops / count as f64).ln();
        }
    }
    logarithms.map(|sum| (sum / networks.len() as f64).exp())
}

#[test]
fn many_operands_are_planned_better_than_by_random_greedy() {
    let lines =
        include_str!("networks/large.txt").lines().map(|line| line.split_once(' ').expect("a family"));
    let mut families: std::collections::BTreeMap<&str, Vec<Network>> = Default::default();
    for (family, line) in lines {
        families.entry(family).or_default().push(Network::read(line));
    }
    for (family, networks) in &families {
        let start = std::time::Instant::now();
        let [greedy, random] = ratios(networks, &Options::default());
        println!("{family:>8}: {greedy:.3} {random:.3} {:?}", start.elapsed() / networks.len() as u32);
    }
    let all: Vec<Network> = families.into_values().flatten().collect();
    println!("{:?}", ratios(&all, &Options::default()));
    println!("{:?}", ratios(&all, &Options { strategy: Strategy::Greedy, ..Options::default() }));
}
