//! Trees made better piece by piece, and the search for a good tree of many operands.
//!
//! A step and the steps below it, down to a few results, are a small network of their own, for which the optimal tree is found by
//! [`subsets`](super::subsets) in microseconds. Each step in turn is the root of such a window, until no window has a better
//! tree (the subtree reconfiguration of Gray and Kourtis, "Hyper-optimized tensor network contraction", 2021).

use super::{
    greedy::{Greedy, Noise},
    network::{Network, Sets, Tree},
    subsets::{Cost, Search, Window},
};
use alloc::{vec, vec::Vec};
use core::cmp::Ordering;

/// The most attempts of the greedy rule, the first of them without noise, and what they take together: each is quadratic.
const MOST_ATTEMPTS: usize = 32;
const OPERANDS_OF_ATTEMPTS: usize = 1600;

/// The rounds of improvement: the most results of a window, how many of the best trees so far go on, and the most windows that all
/// of them may search. Chosen on the networks of `tests/networks`: twice as much of anything takes off less than one per cent more. A window of
/// six takes about 2 microseconds, one of eight about 6.
const ROUNDS: [Round; 2] =
    [Round { most: 6, trees: 16, windows: 1000 }, Round { most: 8, trees: 4, windows: 200 }];

struct Round {
    most: usize,
    trees: usize,
    windows: usize,
}

/// The best tree of several attempts.
pub(crate) fn best_tree(network: &Network<'_>) -> Tree {
    let mut greedy = Greedy::new(network);
    let mut improver = Improver::new(network);
    let attempts = (OPERANDS_OF_ATTEMPTS / network.operands()).clamp(1, MOST_ATTEMPTS);
    let mut trees: Vec<(Rank, Tree)> = Vec::with_capacity(attempts);
    for attempt in 0..attempts {
        let tree = greedy.tree((attempt > 0).then(|| Noise::of_attempt(attempt as u64)));
        improver.load(&tree);
        trees.push((improver.rank(), tree));
    }
    for Round { most, trees: count, mut windows } in ROUNDS {
        trees = best_of(trees, count);
        for (rank, tree) in &mut trees {
            improver.load(tree);
            improver.improve(most, &mut windows);
            *rank = improver.rank();
            *tree = improver.tree();
        }
    }
    let best = best_of(trees, 1).pop();
    best.map_or_else(|| Tree::in_one_step(network.operands()), |(_, tree)| tree)
}

// The best of some trees, from the best on. Those of equal cost are most likely the same: one of them is enough.
fn best_of(mut trees: Vec<(Rank, Tree)>, count: usize) -> Vec<(Rank, Tree)> {
    let mut best = Vec::with_capacity(count);
    while best.len() < count {
        let Some(n) = (0..trees.len()).min_by(|&a, &b| trees[a].0.total_cmp(&trees[b].0)) else { break };
        let tree = trees.remove(n);
        trees.retain(|(rank, _)| *rank != tree.0);
        best.push(tree);
    }
    best
}

/// What decides between trees: a long step is bad, then operations, then elements of intermediates.
#[derive(Clone, Copy, PartialEq)]
pub(crate) struct Rank {
    things_in_last_step: usize,
    flops: f64,
    elements: f64,
}

impl Rank {
    fn total_cmp(&self, other: &Rank) -> Ordering {
        let things = self.things_in_last_step.cmp(&other.things_in_last_step);
        things.then(self.flops.total_cmp(&other.flops)).then(self.elements.total_cmp(&other.elements))
    }
}

/// A tree that is being changed. Its steps keep their numbers while what they multiply changes, so that a step may come after
/// one that reads it.
pub(crate) struct Improver<'n> {
    network: &'n Network<'n>,
    operands: usize,
    pairs: Vec<[usize; 2]>,
    left: Vec<usize>,
    results: Sets,
    sizes: Vec<f64>,
    flops: Vec<f64>,
    window: Window,
    search: Search<u64, f64>,
    leaves: Vec<usize>,
    inner: Vec<usize>,
    /// Per step: when it was last changed, and when its window was last searched.
    changed: Vec<u32>,
    searched: Vec<u32>,
}

impl<'n> Improver<'n> {
    pub(crate) fn new(network: &'n Network<'n>) -> Improver<'n> {
        Improver {
            network,
            operands: network.operands(),
            pairs: Vec::new(),
            left: Vec::new(),
            results: Sets::new(0, 0),
            sizes: Vec::new(),
            flops: Vec::new(),
            window: Window::new(network.extents.len()),
            search: Search::default(),
            leaves: Vec::new(),
            inner: Vec::new(),
            changed: Vec::new(),
            searched: Vec::new(),
        }
    }

    /// Takes another tree.
    pub(crate) fn load(&mut self, tree: &Tree) {
        self.pairs.clone_from(&tree.pairs);
        self.left.clone_from(&tree.left);
        self.results = tree.results(self.network);
        self.sizes.clear();
        self.sizes.extend((0..self.results.rows()).map(|node| self.network.size(self.results.row(node))));
        self.flops.clear();
        self.flops.resize(self.operands, 0.0);
        for (step, &pair) in tree.pairs.iter().enumerate() {
            self.flops.push(self.step_flops(self.operands + step, pair));
        }
        self.changed.clear();
        self.changed.resize(self.results.rows(), 0);
    }

    /// Makes every window of so many results as good as it can be, as long as there are windows left to be searched.
    pub(crate) fn improve(&mut self, most: usize, windows: &mut usize) {
        self.searched.clear();
        self.searched.resize(self.pairs.len(), 0);
        self.changed.fill(1);
        let mut time = 1;
        let mut is_better = true;
        while is_better {
            is_better = false;
            for step in 0..self.pairs.len() {
                self.open_window(self.operands + step, most);
                let is_new = self.inner.iter().any(|&node| self.changed[node] > self.searched[step]);
                if self.leaves.len() > 2 && is_new && *windows > 0 {
                    *windows -= 1;
                    time += 1;
                    is_better |= self.search_window(time);
                    self.searched[step] = time;
                }
            }
        }
    }

    // From the step down: the largest result is opened first.
    fn open_window(&mut self, root: usize, most: usize) {
        self.leaves.clear();
        self.inner.clear();
        self.leaves.push(root);
        while self.leaves.len() < most {
            let steps = (0..self.leaves.len()).filter(|&n| self.leaves[n] >= self.operands);
            let largest =
                steps.max_by(|&a, &b| self.sizes[self.leaves[a]].total_cmp(&self.sizes[self.leaves[b]]));
            let Some(largest) = largest else { break };
            let node = self.leaves.swap_remove(largest);
            self.inner.push(node);
            self.leaves.extend(self.pairs[node - self.operands]);
        }
    }

    // Puts the best tree into the window, if it is better than what is there.
    fn search_window(&mut self, time: u32) -> bool {
        let root = self.inner[0];
        let leaves = self.leaves.iter().map(|&leaf| self.results.row(leaf));
        self.window.fill(leaves, self.results.row(root), self.network.extents);
        if self.window.classes.len() > 64 {
            return false;
        }
        let flops = self.inner.iter().map(|&node| self.flops[node]).sum();
        let elements = self.inner[1..].iter().map(|&node| self.sizes[node]).sum();
        // The same product may be rounded in two ways.
        const LESS: f64 = 1.0 - 1e-9;
        let bound = Cost { flops, elements };
        let Some(best) = self.search.run(&self.window, self.network.limit, Some(bound)) else { return false };
        if best.flops >= flops * LESS && best.elements >= elements * LESS {
            return false;
        }
        self.rebuild_window(time);
        true
    }

    fn rebuild_window(&mut self, time: u32) {
        let mut free = self.inner.clone();
        let root = free.swap_remove(0);
        let kept = self.results.row(root).to_vec();
        let mut open = vec![((1u32 << self.leaves.len()) - 1, root)];
        let mut order = Vec::with_capacity(self.inner.len());
        while let Some((set, node)) = open.pop() {
            self.pairs[node - self.operands] = self.search.halves(set).map(|half| {
                if half.is_power_of_two() {
                    return self.leaves[half.trailing_zeros() as usize];
                }
                let step = free.pop().expect("every tree of the window has as many steps");
                self.window.write_result(half, &kept, self.results.row_mut(step));
                self.sizes[step] = self.network.size(self.results.row(step));
                open.push((half, step));
                step
            });
            self.changed[node] = time;
            order.push(node);
        }
        for node in order {
            self.flops[node] = self.step_flops(node, self.pairs[node - self.operands]);
        }
    }

    fn step_flops(&self, node: usize, [a, b]: [usize; 2]) -> f64 {
        let [a, b, result] = [a, b, node].map(|thing| self.results.row(thing));
        let loops: Vec<u64> = a.iter().zip(b).map(|(a, b)| a | b).collect();
        let iterations = self.network.size(&loops);
        if loops == result { iterations } else { 2.0 * iterations }
    }

    pub(crate) fn rank(&self) -> Rank {
        let steps = self.operands..self.operands + self.pairs.len();
        let inner = steps.clone().filter(|step| self.left != [*step]);
        Rank {
            things_in_last_step: self.left.len(),
            flops: self.flops[steps].iter().sum::<f64>() + self.last_step_flops(),
            elements: inner.map(|step| self.sizes[step]).sum(),
        }
    }

    // Of the step of what the pairs have left.
    fn last_step_flops(&self) -> f64 {
        if self.left.len() == 1 {
            return 0.0;
        }
        let mut loops = vec![0; self.results.words];
        for &thing in &self.left {
            loops.iter_mut().zip(self.results.row(thing)).for_each(|(all, set)| *all |= set);
        }
        let is_sum = loops.iter().zip(&self.network.output).any(|(all, kept)| all & !kept != 0);
        self.network.size(&loops) * (self.left.len() - 1 + usize::from(is_sum)) as f64
    }

    /// The tree, its steps numbered in an order again.
    pub(crate) fn tree(&self) -> Tree {
        let mut numbers: Vec<usize> = (0..self.results.rows()).collect();
        let mut pairs = Vec::with_capacity(self.pairs.len());
        let mut open: Vec<(usize, bool)> = self.left.iter().map(|&root| (root, false)).collect();
        while let Some((node, is_ready)) = open.pop() {
            let Some(step) = node.checked_sub(self.operands) else { continue };
            let [a, b] = self.pairs[step];
            if is_ready {
                pairs.push([numbers[a], numbers[b]]);
                numbers[node] = self.operands + pairs.len() - 1;
            } else {
                open.extend([(node, true), (b, false), (a, false)]);
            }
        }
        let left = self.left.iter().map(|&root| numbers[root]).collect();
        Tree { operands: self.operands, pairs, left }
    }
}
