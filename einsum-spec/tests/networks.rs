//! The paths of stored networks against those of opt_einsum: `networks/make.py` has made them and says what they are.

use einsum_spec::{
    cost::Cost,
    path::{Options, Path, Strategy},
    plan::Plan,
    spec::{Index, IndexId, Spec},
};
use std::{collections::BTreeMap, time::Instant};

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
        let spec = Spec::plain(
            vec![Index::Label('a'); extents.len()],
            operands.split(',').map(term).collect(),
            term(output),
        );
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

#[test]
fn up_to_eight_operands_are_planned_as_well_as_can_be() {
    let mut wrong = Vec::new();
    for network in include_str!("networks/small.txt").lines().map(Network::read) {
        let [as_it_is, optimal, best] = network.counts[..] else { panic!("three counts") };
        let path = Path::choose(&network.spec, &network.extents, &Options::default());
        let plan = Plan::lower(&network.spec, &path);
        let cost = Cost::of(&network.spec, &network.extents, &plan);
        // The other steps are the early sums, which take less than they save (unless there is nothing to do at all).
        let pairs = plan.steps.iter().zip(&cost.steps).filter(|(step, _)| step.inputs.len() == 2);
        let of_pairs: u128 = pairs.map(|(_, cost)| cost.flops).sum();
        let is_nothing = network.extents.contains(&0);
        if of_pairs != best || of_pairs > optimal || cost.flops() > as_it_is && !is_nothing {
            wrong.push(format!("{}: {of_pairs} of {}", network.text, cost.flops()));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// The sums of the logarithms of ours over each of the counts: of `greedy` and of `random_greedy_128`.
fn logarithms(networks: &[Network], options: &Options) -> [f64; 2] {
    let mut sums = [0.0; 2];
    for network in networks {
        let flops = network.cost(options).flops() as f64;
        for (sum, &count) in sums.iter_mut().zip(&network.counts) {
            *sum += (flops / count as f64).ln();
        }
    }
    sums
}

/// `cargo test -p einsum-spec --release --test networks -- --nocapture` shows the figures, all of them geometric means.
#[test]
fn many_operands_are_planned_better_than_by_random_greedy() {
    let mut families: BTreeMap<&str, Vec<Network>> = BTreeMap::new();
    for line in include_str!("networks/large.txt").lines() {
        let (family, line) = line.split_once(' ').expect("a family");
        families.entry(family).or_default().push(Network::read(line));
    }
    println!("  family  of greedy  of random-greedy-128  time of one");
    let (mut sums, mut plain, mut count) = ([0.0; 2], 0.0, 0);
    for (family, networks) in &families {
        let start = Instant::now();
        let logarithms_here = logarithms(networks, &Options::default());
        let time = start.elapsed() / networks.len() as u32;
        let [greedy, random] = logarithms_here.map(|sum| (sum / networks.len() as f64).exp());
        println!("{family:>8} {greedy:>10.3} {random:>21.3} {time:>12.1?}");
        assert!(greedy < 1.0 && random < 1.0, "{family}: {greedy} {random}");
        sums = [sums[0] + logarithms_here[0], sums[1] + logarithms_here[1]];
        plain += logarithms(networks, &Options { strategy: Strategy::Greedy, ..Options::default() })[0];
        count += networks.len();
    }
    let [greedy, random] = sums.map(|sum| (sum / count as f64).exp());
    println!("     all {greedy:>10.3} {random:>21.3}");
    // It is 0.252 and 0.567; whoever makes it worse should know.
    assert!(greedy < 0.26 && random < 0.58, "{greedy} {random}");
    let plain = (plain / count as f64).exp();
    assert!(plain < 1.3, "the greedy rule is not that of opt_einsum: {plain}");
}
