//! The choice among the few orders of three or four operands: what the text decides of it, and what is left for the extents.
//!
//! Of the 3 or 15 orders of pairs many are never the best, whatever the extents. The others, and the loops of their steps, are
//! found once ([`Candidates`], at compile time); with the extents at hand, [`Choice::cheapest`] multiplies a few of them.

use crate::{
    path::{Path, network::Network, network::Tree},
    spec::Spec,
};
use alloc::{vec, vec::Vec};

/// The orders of pairs that are the best for some extents.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidates {
    /// At least one.
    pub paths: Vec<Path>,
    /// The steps of all of them, each once.
    pub steps: Vec<Loops>,
    /// For each path its steps, by their positions in `steps`: as many as there are operands, less one.
    pub orders: Vec<u8>,
}

/// The indices of a step as bits: bit n is the index that the spec has at position n.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Loops {
    /// All that it has.
    pub indices: u64,
    /// Those of its result; none for the step that writes the output, which is not counted as an intermediate.
    pub result: u64,
    /// Whether it sums over any.
    pub sums: bool,
}

/// [`Candidates`] without their paths: a value that can stand in a constant.
#[derive(Clone, Copy, Debug)]
pub struct Choice<'a> {
    /// See [`Candidates::steps`].
    pub steps: &'a [Loops],
    /// See [`Candidates::orders`].
    pub orders: &'a [u8],
    /// How many steps an order has.
    pub length: usize,
}

impl Candidates {
    /// The candidates of a spec of three or four operands and at most 64 indices; `None` for any other.
    ///
    /// An order is left out if another one never takes more operations: if each step of that one has a step of this one for itself
    /// that has all its indices, and sums if it does. (An extent of zero, of which nothing comes anyway, is not thought of.)
    pub fn of(spec: &Spec) -> Option<Candidates> {
        let operands = spec.operands.len();
        if !(3..=4).contains(&operands) || spec.indices.len() > 64 {
            return None;
        }
        let extents = vec![16; spec.indices.len()];
        let network = Network::new(spec, &extents, None);
        let sets = Sets::new(&network);
        let all: Vec<Order> = sets.orders();
        let is_best = |n: usize| !(0..all.len()).any(|m| m != n && all[m].is_better(&all[n], m < n));
        let mut candidates = Candidates { paths: Vec::new(), steps: Vec::new(), orders: Vec::new() };
        for order in (0..all.len()).filter(|&n| is_best(n)).map(|n| &all[n]) {
            for step in &order.steps {
                let position = candidates.steps.iter().position(|other| other == step).unwrap_or_else(|| {
                    candidates.steps.push(*step);
                    candidates.steps.len() - 1
                });
                candidates.orders.push(u8::try_from(position).expect("four operands have 25 steps"));
            }
            let left = vec![2 * operands - 2];
            let tree = Tree { operands, pairs: order.pairs.clone(), left };
            candidates.paths.push(tree.path(&network));
        }
        Some(candidates)
    }

    /// What is needed to choose among them.
    pub fn choice(&self) -> Choice<'_> {
        let length = self.orders.len() / self.paths.len();
        Choice { steps: &self.steps, orders: &self.orders, length }
    }
}

impl Choice<'_> {
    /// The position of the order with the fewest operations for these extents, one for each index of the spec; of equal ones, of the one
    /// with the fewest elements of intermediates.
    ///
    /// ```
    /// use einsum_spec::{check, choice::Candidates, parse};
    ///
    /// let (subscripts, report) = parse::parse("ij,jk,kl->il");
    /// let spec = check::check(&subscripts, 3, report).expect("the subscripts are sound");
    /// let candidates = Candidates::of(&spec).expect("there are three operands");
    /// // The indices are numbered i, l, j, k.
    /// let cheapest = |extents| &candidates.paths[candidates.choice().cheapest(extents)].steps[0];
    /// assert_eq!(cheapest(&[10, 30, 200, 10]), &[0, 1]);
    /// assert_eq!(cheapest(&[30, 10, 10, 200]), &[1, 2]);
    /// ```
    pub fn cheapest(&self, extents: &[u64]) -> usize {
        const MOST_STEPS: usize = 32;
        let mut flops = [0.0; MOST_STEPS];
        for (flops, step) in flops.iter_mut().zip(self.steps) {
            let iterations = size(step.indices, extents);
            *flops = if step.sums { 2.0 * iterations } else { iterations };
        }
        let orders = self.orders.chunks_exact(self.length);
        let total = |order: &[u8]| order.iter().map(|&step| flops[usize::from(step)]).sum::<f64>();
        let elements = |order: &[u8]| -> f64 {
            order.iter().map(|&step| size(self.steps[usize::from(step)].result, extents)).sum()
        };
        let (mut best, mut best_order, mut fewest) = (0, &self.orders[..0], f64::INFINITY);
        for (n, order) in orders.enumerate() {
            let flops = total(order);
            if flops < fewest || flops == fewest && elements(order) < elements(best_order) {
                (best, best_order, fewest) = (n, order, flops);
            }
        }
        best
    }
}

#[inline]
fn size(mut indices: u64, extents: &[u64]) -> f64 {
    let mut size = 1.0;
    while indices != 0 {
        size *= extents[indices.trailing_zeros() as usize] as f64;
        indices &= indices - 1;
    }
    size
}

/// One order of pairs.
#[derive(Clone)]
struct Order {
    pairs: Vec<[usize; 2]>,
    steps: Vec<Loops>,
}

impl Order {
    // Whether this one never costs more than the other; of those that always cost the same one is better, by its intermediates or
    // else its place.
    fn is_better(&self, other: &Order, comes_first: bool) -> bool {
        let loops = |a: &Loops, b: &Loops| a.indices & !b.indices == 0 && a.sums <= b.sums;
        let results = |a: &Loops, b: &Loops| a.result & !b.result == 0;
        if !fits(&self.steps, &other.steps, loops) {
            return false;
        }
        if !fits(&other.steps, &self.steps, loops) {
            return true;
        }
        match (fits(&self.steps, &other.steps, results), fits(&other.steps, &self.steps, results)) {
            (true, true) => comes_first,
            (never_larger, never_smaller) => never_larger && !never_smaller,
        }
    }
}

// Whether each of the first can have one of the second for itself.
fn fits(first: &[Loops], second: &[Loops], is_within: fn(&Loops, &Loops) -> bool) -> bool {
    let Some((step, others)) = first.split_first() else { return true };
    (0..second.len()).any(|n| {
        let rest: Vec<Loops> =
            second.iter().enumerate().filter(|&(m, _)| m != n).map(|(_, step)| *step).collect();
        is_within(step, &second[n]) && fits(others, &rest, is_within)
    })
}

/// The indices of the results of all sets of operands: bit n of the number of a set is operand n.
struct Sets {
    operands: usize,
    results: Vec<u64>,
}

impl Sets {
    fn new(network: &Network<'_>) -> Sets {
        let operands = network.operands();
        let any = |set: usize| {
            (0..operands).filter(|&n| set >> n & 1 == 1).fold(0, |all, n| all | network.terms.row(n)[0])
        };
        let full = (1 << operands) - 1;
        let results = (0..=full).map(|set: usize| match set.count_ones() {
            1 => any(set),
            _ => any(set) & (any(full ^ set) | network.output[0]),
        });
        Sets { operands, results: results.collect() }
    }

    fn orders(&self) -> Vec<Order> {
        self.orders_of((1 << self.operands) - 1).into_iter().map(|(order, _)| order).collect()
    }

    // All trees over a set of operands, each with the number of its result.
    fn orders_of(&self, set: usize) -> Vec<(Order, usize)> {
        if set.is_power_of_two() {
            return vec![(Order { pairs: Vec::new(), steps: Vec::new() }, set.trailing_zeros() as usize)];
        }
        let lowest = set & set.wrapping_neg();
        let halves = (1..set).filter(|&left| left & !set == 0 && left & lowest != 0);
        let mut orders = Vec::new();
        for left in halves {
            for (left_order, a) in self.orders_of(left) {
                for (right_order, b) in self.orders_of(set ^ left) {
                    orders.push(self.join([left, set ^ left], [(&left_order, a), (&right_order, b)]));
                }
            }
        }
        orders
    }

    fn join(
        &self,
        [left, right]: [usize; 2],
        [(left_order, a), (right_order, b)]: [(&Order, usize); 2],
    ) -> (Order, usize) {
        // The steps of the right half come after those of the left.
        let shift = |n: usize| if n < self.operands { n } else { n + left_order.pairs.len() };
        let mut order = left_order.clone();
        order.pairs.extend(right_order.pairs.iter().map(|pair| pair.map(shift)));
        order.pairs.push([a, shift(b)]);
        order.steps.extend(&right_order.steps);
        let (indices, result) = (self.results[left] | self.results[right], self.results[left | right]);
        let is_last = left | right == self.results.len() - 1;
        order.steps.push(Loops {
            indices,
            result: if is_last { 0 } else { result },
            sums: indices != result,
        });
        let number = self.operands + order.pairs.len() - 1;
        (order, number)
    }
}
