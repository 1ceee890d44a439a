//! The order of pairwise steps with the fewest multiply-adds, by trying all: tables have five operands at most.

use crate::subscripts::Subscripts;
use std::collections::{BTreeMap, BTreeSet};

/// Steps, each of two positions; operands are numbered first, then the intermediates in the order of the steps.
#[derive(Clone, Debug, Default)]
pub struct Order {
    pub steps: Vec<[usize; 2]>,
    pub multiply_adds: f64,
}

impl Order {
    pub fn best(subscripts: &Subscripts, extents: &BTreeMap<char, usize>) -> Self {
        let terms: Vec<(usize, BTreeSet<char>)> =
            subscripts.operands.iter().map(|term| term.iter().copied().collect()).enumerate().collect();
        if terms.len() == 1 {
            return Self { steps: Vec::new(), multiply_adds: product(&terms[0].1, extents) };
        }
        let output = subscripts.output.iter().copied().collect();
        search(&terms, terms.len(), &output, extents)
    }
}

fn product(labels: &BTreeSet<char>, extents: &BTreeMap<char, usize>) -> f64 {
    labels.iter().map(|label| extents[label] as f64).product()
}

fn search(
    terms: &[(usize, BTreeSet<char>)],
    next: usize,
    output: &BTreeSet<char>,
    extents: &BTreeMap<char, usize>,
) -> Order {
    let mut best = Order { steps: Vec::new(), multiply_adds: f64::INFINITY };
    if terms.len() == 1 {
        return Order::default();
    }
    for right in 1..terms.len() {
        for left in 0..right {
            let mut rest = terms.to_vec();
            let (second, second_labels) = rest.remove(right);
            let (first, first_labels) = rest.remove(left);
            let all: BTreeSet<char> = first_labels.union(&second_labels).copied().collect();
            let needed = |label: &char| {
                output.contains(label) || rest.iter().any(|(_, labels)| labels.contains(label))
            };
            let kept = all.iter().copied().filter(needed).collect();
            rest.push((next, kept));
            let after = search(&rest, next + 1, output, extents);
            let multiply_adds = product(&all, extents) + after.multiply_adds;
            if multiply_adds < best.multiply_adds {
                let mut steps = vec![[first, second]];
                steps.extend(after.steps);
                best = Order { steps, multiply_adds };
            }
        }
    }
    best
}
