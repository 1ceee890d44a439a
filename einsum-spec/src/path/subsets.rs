//! The optimal order for a few operands: dynamic programming over their subsets.
//!
//! The result of multiplying a set of operands has the indices that something outside of the set needs, in whatever order it was
//! made; so the best way to make it is the best split into two sets, each made in its best way. All splits are tried, those
//! into parts without a common index too, hence the order found is the best of all (3^n / 2 splits for n operands; the search of
//! Lam, Sadayappan and Wenger, "On optimizing a class of multi-dimensional loops with reductions for parallel execution", 1997,
//! and of Pfeifer, Haegeman and Verstraete, "Faster identification of optimal contraction sequences for tensor networks", 2014,
//! without the latter's restriction to connected parts).
//!
//! Costs are pairs: operations, then elements of intermediates, which decide between equals. They are `f64`, quick and exact up
//! to 2^53; where the best order has more operations than that, the search is done again in `u128`, exact up to 10^38, so that
//! rounding never decides. Beyond that it is `f64` again, which orders sizes up to 10^308.
//!
//! Indices that the same operands have, and that the output has or has not alike, are one index of a larger extent to the search: a
//! set of those is an integer, its size a product of a few entries of a table.

use super::network::{Network, Tree, ones, rounded_limit};
use alloc::{vec, vec::Vec};

/// The most operands of a whole network: beyond, the splits take seconds.
pub(crate) const MOST: usize = 16;

/// The tree of the fewest operations; under a memory limit, of those of pairs, else the best that ends with a step of several.
/// `None` if there are too many operands, or indices, for this search.
pub(crate) fn best_tree(network: &Network<'_>) -> Option<Tree> {
    if network.operands() > MOST {
        return None;
    }
    let mut window = Window::new(network.extents.len());
    window.fill(
        (0..network.operands()).map(|operand| network.terms.row(operand)),
        &network.output,
        network.extents,
    );
    match window.classes.len() {
        0..=64 => best_of::<u64>(&window, network.limit),
        65..=512 => best_of::<Wide>(&window, network.limit),
        _ => None,
    }
}

fn best_of<M: Mask>(window: &Window, limit: Option<u64>) -> Option<Tree> {
    const EXACT: f64 = (1u64 << 53) as f64;
    const LARGEST: f64 = (1u128 << 126) as f64;
    let mut search = Search::<M, f64>::default();
    let flops = match search.run(window, limit, None) {
        Some(cost) => cost.flops,
        None => return search.best_with_long_step(window.leaves),
    };
    if (EXACT..LARGEST).contains(&flops) {
        // Seldom, so that one kind of sets will do: each is a copy of the search to compile.
        let mut search = Search::<Wide, u128>::default();
        search.run(window, limit, None)?;
        return Some(search.tree(window.leaves));
    }
    Some(search.tree(window.leaves))
}

/// A few things to multiply, and what is needed of the result.
pub(crate) struct Window {
    pub(crate) leaves: usize,
    /// Indices of one kind each.
    pub(crate) classes: Vec<Class>,
    /// Per index of the network: the leaves that have it.
    owners: Vec<u32>,
    /// The indices that any leaf has.
    indices: Vec<usize>,
}

/// All indices that the same leaves have, and that the result has or has not alike.
pub(crate) struct Class {
    owners: u32,
    is_kept: bool,
    extent: f64,
    exact_extent: u128,
}

impl Window {
    /// For a network of this number of indices.
    pub(crate) fn new(indices: usize) -> Window {
        Window { leaves: 0, classes: Vec::new(), owners: vec![0; indices], indices: Vec::new() }
    }

    /// Looks at other leaves.
    pub(crate) fn fill<'s>(
        &mut self,
        leaves: impl Iterator<Item = &'s [u64]>,
        kept: &[u64],
        extents: &[u64],
    ) {
        self.indices.drain(..).for_each(|index| self.owners[index] = 0);
        self.leaves = 0;
        for leaf in leaves {
            for index in ones(leaf) {
                if self.owners[index] == 0 {
                    self.indices.push(index);
                }
                self.owners[index] |= 1 << self.leaves;
            }
            self.leaves += 1;
        }
        self.classes.clear();
        for &index in &self.indices {
            let (owners, is_kept) = (self.owners[index], kept[index / 64] >> (index % 64) & 1 == 1);
            let extent = extents[index];
            match self.classes.iter_mut().find(|class| class.owners == owners && class.is_kept == is_kept) {
                Some(class) => {
                    class.extent *= extent as f64;
                    class.exact_extent = class.exact_extent.saturating_mul(extent.into());
                }
                None => self.classes.push(Class {
                    owners,
                    is_kept,
                    extent: extent as f64,
                    exact_extent: extent.into(),
                }),
            }
        }
    }

    /// The indices of the result of some of the leaves, given what is kept of the result of all.
    pub(crate) fn write_result(&self, leaves: u32, kept: &[u64], set: &mut [u64]) {
        set.fill(0);
        for &index in &self.indices {
            let owners = self.owners[index];
            let is_kept = kept[index / 64] >> (index % 64) & 1 == 1;
            if owners & leaves != 0 && (is_kept || owners & !leaves != 0) {
                set[index / 64] |= 1 << (index % 64);
            }
        }
    }
}

/// Operations and elements.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
pub(crate) struct Cost<C> {
    pub(crate) flops: C,
    pub(crate) elements: C,
}

/// The search, with its tables, to be used again and again. Sets of leaves are numbers: bit n is leaf n.
#[derive(Default)]
pub(crate) struct Search<M, C> {
    /// Per set: the classes that its leaves have, and those of its result.
    any: Vec<M>,
    result: Vec<M>,
    /// Per set: the best cost, and one half of the split that has it; 0 if there is none.
    cost: Vec<Cost<C>>,
    split: Vec<u32>,
    sizes: Sizes<C>,
}

impl<M: Mask, C: Count> Search<M, C> {
    /// Finds the best tree of pairs and gives its cost: one that costs no more than `bound` and whose intermediates keep to the limit.
    pub(crate) fn run(
        &mut self,
        window: &Window,
        limit: Option<u64>,
        bound: Option<Cost<C>>,
    ) -> Option<Cost<C>> {
        self.prepare(window);
        let limit = limit.map(C::limit);
        let bound = bound.unwrap_or(Cost { flops: C::LARGEST, elements: C::LARGEST });
        let full = self.any.len() - 1;
        for set in 1..=full {
            if !set.is_power_of_two() {
                self.find_best_split(set, limit.filter(|_| set != full), bound);
            }
        }
        (full.is_power_of_two() || self.split[full] != 0).then(|| self.cost[full])
    }

    fn prepare(&mut self, window: &Window) {
        let sets = 1usize << window.leaves;
        self.sizes.prepare(&window.classes);
        self.any.clear();
        self.any.resize(sets, M::default());
        let mut kept = M::default();
        for (n, class) in window.classes.iter().enumerate() {
            for leaf in 0..window.leaves {
                if class.owners >> leaf & 1 == 1 {
                    self.any[1 << leaf].insert(n);
                }
            }
            if class.is_kept {
                kept.insert(n);
            }
        }
        for set in 1..sets {
            let others = set & (set - 1);
            self.any[set] = self.any[others].or(self.any[set ^ others]);
        }
        self.result.clear();
        self.result.extend((0..sets).map(|set| {
            let all = self.any[set];
            // A leaf is read as it is.
            if set.is_power_of_two() { all } else { all.and(kept.or(self.any[sets - 1 - set])) }
        }));
        self.cost.clear();
        self.cost.resize(sets, Cost { flops: C::ZERO, elements: C::ZERO });
        self.split.clear();
        self.split.resize(sets, 0);
    }

    fn find_best_split(&mut self, set: usize, limit: Option<C>, bound: Cost<C>) {
        let result = self.result[set];
        let full = self.any.len() - 1;
        let elements = if set == full { C::ZERO } else { self.sizes.of(result) };
        if limit.is_some_and(|limit| elements > limit) {
            self.cost[set].flops = C::LARGEST;
            return;
        }
        // Each split once: the lowest leaf is on the left.
        let (lowest, mut left_others) = (set & set.wrapping_neg(), set & (set - 1));
        let others = left_others;
        let (mut best, mut best_left) = (bound, 0);
        while left_others != 0 {
            left_others = (left_others - 1) & others;
            let left = left_others | lowest;
            let right = set ^ left;
            let (left_cost, right_cost) = (self.cost[left], self.cost[right]);
            let before = left_cost.flops.plus(right_cost.flops);
            if before > best.flops {
                continue;
            }
            let loops = self.result[left].or(self.result[right]);
            let iterations = self.sizes.of(loops);
            let flops = before.plus(if loops == result { iterations } else { iterations.plus(iterations) });
            let cost = Cost { flops, elements: left_cost.elements.plus(right_cost.elements).plus(elements) };
            let is_better = cost < best || best_left == 0 && cost == best;
            if is_better && self.can_make(left) && self.can_make(right) {
                (best, best_left) = (cost, left);
            }
        }
        self.cost[set] = best;
        self.split[set] = best_left as u32;
    }

    fn can_make(&self, set: usize) -> bool {
        set.is_power_of_two() || self.split[set] != 0
    }

    /// The two halves of the best split of a set of leaves.
    pub(crate) fn halves(&self, set: u32) -> [u32; 2] {
        let left = self.split[set as usize];
        [left, set ^ left]
    }

    fn tree(&self, leaves: usize) -> Tree {
        let mut pairs = Vec::with_capacity(leaves - 1);
        let root = self.append_pairs((1 << leaves) - 1, leaves, &mut pairs);
        Tree { operands: leaves, pairs, left: vec![root] }
    }

    // The pairs that make a set; gives the number of the result.
    fn append_pairs(&self, set: u32, leaves: usize, pairs: &mut Vec<[usize; 2]>) -> usize {
        if set.is_power_of_two() {
            return set.trailing_zeros() as usize;
        }
        let pair = self.halves(set).map(|half| self.append_pairs(half, leaves, pairs));
        pairs.push(pair);
        leaves + pairs.len() - 1
    }

    /// Where no order of pairs keeps to the limit: the best of those that end with a step of three or more, after a search that
    /// found none. All partitions of the operands into sets that can be made are tried; where that are too many, `None`.
    fn best_with_long_step(&self, leaves: usize) -> Option<Tree> {
        const MOST: usize = 8;
        if leaves > MOST {
            return None;
        }
        let mut best = (Cost { flops: C::LARGEST, elements: C::LARGEST }, Vec::new());
        self.part((1 << leaves) - 1, Cost { flops: C::ZERO, elements: C::ZERO }, &mut Vec::new(), &mut best);
        let mut tree = Tree { operands: leaves, pairs: Vec::new(), left: Vec::new() };
        for part in best.1 {
            let root = self.append_pairs(part, leaves, &mut tree.pairs);
            tree.left.push(root);
        }
        Some(tree)
    }

    // Takes one part more from the rest, in all ways.
    fn part(&self, rest: u32, cost: Cost<C>, parts: &mut Vec<u32>, best: &mut (Cost<C>, Vec<u32>)) {
        if rest == 0 {
            let loops = parts.iter().fold(M::default(), |all, &part| all.or(self.result[part as usize]));
            let iterations = self.sizes.of(loops);
            let is_sum = loops != self.result[self.any.len() - 1];
            let each = parts.len() - 1 + usize::from(is_sum);
            let flops = (0..each).fold(cost.flops, |flops, _| flops.plus(iterations));
            let cost = Cost { flops, ..cost };
            if cost < best.0 || best.1.is_empty() {
                *best = (cost, parts.clone());
            }
            return;
        }
        let (lowest, others) = (rest & rest.wrapping_neg(), rest & (rest - 1));
        let mut with = others;
        loop {
            let part = with | lowest;
            // All at once is what there is no order of pairs for.
            if self.can_make(part as usize) && part as usize != self.any.len() - 1 {
                let Cost { flops, elements } = self.cost[part as usize];
                parts.push(part);
                let cost = Cost { flops: cost.flops.plus(flops), elements: cost.elements.plus(elements) };
                self.part(rest ^ part, cost, parts, best);
                parts.pop();
            }
            if with == 0 {
                return;
            }
            with = (with - 1) & others;
        }
    }
}

/// The products of extents: for each eight classes a table of all their products.
#[derive(Default)]
struct Sizes<C> {
    tables: Vec<[C; 256]>,
}

impl<C: Count> Sizes<C> {
    fn prepare(&mut self, classes: &[Class]) {
        self.tables.resize(classes.len().div_ceil(8).max(1), [C::ONE; 256]);
        for (table, classes) in self.tables.iter_mut().zip(classes.chunks(8)) {
            for (bit, class) in classes.iter().enumerate() {
                let extent = C::extent(class);
                for set in 0..1 << bit {
                    table[set | 1 << bit] = table[set].times(extent);
                }
            }
        }
    }

    #[inline]
    fn of<M: Mask>(&self, set: M) -> C {
        let mut tables = self.tables.iter().enumerate().map(|(n, table)| table[usize::from(set.byte(n))]);
        let first = tables.next().unwrap_or(C::ONE);
        tables.fold(first, C::times)
    }
}

/// A number of operations or elements.
pub(crate) trait Count: Copy + PartialOrd + Default {
    const ZERO: Self;
    const ONE: Self;
    const LARGEST: Self;
    fn limit(elements: u64) -> Self;
    fn extent(class: &Class) -> Self;
    fn plus(self, other: Self) -> Self;
    fn times(self, other: Self) -> Self;
}

/// A set of classes.
pub(crate) trait Mask: Copy + Default + PartialEq {
    fn insert(&mut self, class: usize);
    fn or(self, other: Self) -> Self;
    fn and(self, other: Self) -> Self;
    /// Eight of the classes.
    fn byte(self, n: usize) -> u8;
}

impl Count for f64 {
    const ZERO: f64 = 0.0;
    const ONE: f64 = 1.0;
    const LARGEST: f64 = f64::INFINITY;

    fn limit(elements: u64) -> f64 {
        rounded_limit(elements)
    }

    fn extent(class: &Class) -> f64 {
        class.extent
    }

    #[inline]
    fn plus(self, other: f64) -> f64 {
        self + other
    }

    // Zero times what is too large is zero, and not "no number".
    #[inline]
    fn times(self, other: f64) -> f64 {
        (self * other).max(0.0)
    }
}

impl Count for u128 {
    const ZERO: u128 = 0;
    const ONE: u128 = 1;
    const LARGEST: u128 = u128::MAX;

    fn limit(elements: u64) -> u128 {
        elements.into()
    }

    fn extent(class: &Class) -> u128 {
        class.exact_extent
    }

    fn plus(self, other: u128) -> u128 {
        self.saturating_add(other)
    }

    fn times(self, other: u128) -> u128 {
        self.saturating_mul(other)
    }
}

impl Mask for u64 {
    fn insert(&mut self, class: usize) {
        *self |= 1 << class;
    }

    fn or(self, other: u64) -> u64 {
        self | other
    }

    fn and(self, other: u64) -> u64 {
        self & other
    }

    #[inline]
    fn byte(self, n: usize) -> u8 {
        (self >> (8 * n)) as u8
    }
}

/// For eight operands and more than 64 classes: there are at most two for each set of operands.
#[derive(Clone, Copy, Default, PartialEq)]
pub(crate) struct Wide([u64; 8]);

impl Mask for Wide {
    fn insert(&mut self, class: usize) {
        self.0[class / 64] |= 1 << (class % 64);
    }

    fn or(self, other: Wide) -> Wide {
        Wide(core::array::from_fn(|n| self.0[n] | other.0[n]))
    }

    fn and(self, other: Wide) -> Wide {
        Wide(core::array::from_fn(|n| self.0[n] & other.0[n]))
    }

    fn byte(self, n: usize) -> u8 {
        (self.0[n / 8] >> (8 * (n % 8))) as u8
    }
}
