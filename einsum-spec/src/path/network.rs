//! What the planners work on: operands as sets of indices, and extents; and the trees that they make.

use crate::{
    early::EarlySums,
    path::Path,
    spec::{IndexId, Spec},
};
use alloc::{vec, vec::Vec};

/// The operands of a spec as sets, with the extents.
pub(crate) struct Network<'a> {
    /// Per operand its indices, without those that are summed early.
    pub(crate) terms: Sets,
    pub(crate) output: Vec<u64>,
    pub(crate) extents: &'a [u64],
    /// The most elements of an intermediate.
    pub(crate) limit: Option<u64>,
}

/// A size times an extent. Zero times what is too large for a number is zero, and not "no number".
pub(crate) fn times(size: f64, extent: u64) -> f64 {
    (size * extent as f64).max(0.0)
}

/// A limit for sizes that are products of `f64`: below what these round, a little less, so that no product of more elements is rounded down to it.
pub(crate) fn rounded_limit(limit: u64) -> f64 {
    const EXACT: u64 = 1 << 53;
    const MARGIN: f64 = 1.0 / (1u64 << 40) as f64;
    if limit < EXACT { limit as f64 } else { limit as f64 * (1.0 - MARGIN) }
}

impl<'a> Network<'a> {
    pub(crate) fn new(spec: &Spec, extents: &'a [u64], limit: Option<u64>) -> Network<'a> {
        let early = EarlySums::of(spec, limit.map(|limit| (extents, limit)));
        let mut terms = Sets::new(spec.indices.len(), spec.operands.len());
        for (operand, term) in spec.operands.iter().enumerate() {
            let left = early.left_of(term);
            insert_all(terms.row_mut(operand), left.as_ref().unwrap_or(term));
        }
        let mut output = vec![0; terms.words];
        insert_all(&mut output, &spec.output);
        Network { terms, output, extents, limit }
    }

    pub(crate) fn operands(&self) -> usize {
        self.terms.rows()
    }

    /// The elements of a set; as many operations as a loop over it has iterations.
    pub(crate) fn size(&self, set: &[u64]) -> f64 {
        ones(set).fold(1.0, |size, index| times(size, self.extents[index]))
    }
}

fn insert_all(set: &mut [u64], term: &[IndexId]) {
    for &IndexId(id) in term {
        set[usize::from(id) / 64] |= 1 << (id % 64);
    }
}

/// The members of a set.
pub(crate) fn ones(set: &[u64]) -> impl Iterator<Item = usize> + '_ {
    let nonzero = |bits: u64| (bits != 0).then_some(bits);
    set.iter().enumerate().flat_map(move |(word, &bits)| {
        core::iter::successors(nonzero(bits), move |bits| nonzero(bits & (bits - 1)))
            .map(move |bits| 64 * word + bits.trailing_zeros() as usize)
    })
}

/// Sets of indices, one a row, all of one width: there may be any number of indices.
#[derive(Clone)]
pub(crate) struct Sets {
    pub(crate) words: usize,
    bits: Vec<u64>,
}

impl Sets {
    /// Empty sets.
    pub(crate) fn new(indices: usize, rows: usize) -> Sets {
        let words = indices.div_ceil(64).max(1);
        Sets { words, bits: vec![0; words * rows] }
    }

    pub(crate) fn rows(&self) -> usize {
        self.bits.len() / self.words
    }

    pub(crate) fn row(&self, row: usize) -> &[u64] {
        &self.bits[row * self.words..][..self.words]
    }

    pub(crate) fn row_mut(&mut self, row: usize) -> &mut [u64] {
        &mut self.bits[row * self.words..][..self.words]
    }

    /// Sets for more rows, or fewer.
    pub(crate) fn resize(&mut self, rows: usize) {
        self.bits.resize(rows * self.words, 0);
    }

    /// Puts the union of two rows into a third.
    fn unite(&mut self, [a, b]: [usize; 2], into: usize) {
        for word in 0..self.words {
            self.bits[into * self.words + word] =
                self.bits[a * self.words + word] | self.bits[b * self.words + word];
        }
    }
}

/// The order of the steps as a tree: the operands are numbered first, then the steps.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Tree {
    pub(crate) operands: usize,
    /// What each step multiplies: numbers below its own.
    pub(crate) pairs: Vec<[usize; 2]>,
    /// What is left after the pairs: the last of them, or several things that one step more takes all together.
    pub(crate) left: Vec<usize>,
}

impl Tree {
    /// From left to right, as far as the limit allows.
    pub(crate) fn from_left(network: &Network<'_>) -> Tree {
        let operands = network.operands();
        let chain = |step: usize| [if step == 0 { 0 } else { operands + step - 1 }, step + 1];
        let pairs: Vec<[usize; 2]> = (0..operands - 1).map(chain).collect();
        let all = Tree { operands, left: vec![operands + pairs.len() - 1], pairs };
        let results = all.results(network);
        // The last step writes the output, which has no limit.
        let fits = |&step: &usize| {
            network
                .limit
                .is_none_or(|limit| network.size(results.row(operands + step)) <= rounded_limit(limit))
        };
        let steps = (0..operands - 2).take_while(fits).count();
        if steps == operands - 2 {
            return all;
        }
        let first = if steps == 0 { 0 } else { operands + steps - 1 };
        let left = [first].into_iter().chain(steps + 1..operands).collect();
        Tree { operands, pairs: all.pairs[..steps].to_vec(), left }
    }

    /// One step of everything.
    pub(crate) fn in_one_step(operands: usize) -> Tree {
        Tree { operands, pairs: Vec::new(), left: (0..operands).collect() }
    }

    /// The indices of every operand and every result: those that something outside needs.
    pub(crate) fn results(&self, network: &Network<'_>) -> Sets {
        let mut any = network.terms.clone();
        let nodes = self.operands + self.pairs.len();
        any.resize(nodes);
        for (step, &pair) in self.pairs.iter().enumerate() {
            any.unite(pair, self.operands + step);
        }
        // From the root to the leaves: what is needed outside of each.
        let mut outside = Sets { words: any.words, bits: vec![0; any.bits.len()] };
        for &root in &self.left {
            outside.row_mut(root).copy_from_slice(&network.output);
            for &other in self.left.iter().filter(|&&other| other != root) {
                outside.row_mut(root).iter_mut().zip(any.row(other)).for_each(|(to, from)| *to |= from);
            }
        }
        for (step, &[a, b]) in self.pairs.iter().enumerate().rev() {
            for (child, sibling) in [(a, b), (b, a)] {
                for word in 0..any.words {
                    outside.row_mut(child)[word] =
                        outside.row(self.operands + step)[word] | any.row(sibling)[word];
                }
            }
        }
        let steps = self.operands * any.words;
        any.bits[steps..].iter_mut().zip(&outside.bits[steps..]).for_each(|(any, outside)| *any &= outside);
        any
    }

    /// NumPy's path. Of the orders of the steps that the tree allows it is the one that needs the least memory for intermediates
    /// if each subtree is finished before another is begun: what leaves most behind of its peak goes first (Liu, "On the storage
    /// requirement in the out-of-core multifrontal method for sparse factorization", 1986).
    pub(crate) fn path(&self, network: &Network<'_>) -> Path {
        let results = self.results(network);
        let nodes = self.operands + self.pairs.len();
        // Elements of each result (operands take none of ours), and the peak while it is made.
        let (mut sizes, mut peaks) = (vec![0.0; nodes], vec![0.0; nodes]);
        let goes_first = |sizes: &[f64], peaks: &[f64], [a, b]: [usize; 2]| {
            if peaks[b] - sizes[b] > peaks[a] - sizes[a] { [b, a] } else { [a, b] }
        };
        for (step, &pair) in self.pairs.iter().enumerate() {
            let node = self.operands + step;
            sizes[node] = if self.left == [node] { 0.0 } else { network.size(results.row(node)) };
            let [a, b] = goes_first(&sizes, &peaks, pair);
            peaks[node] = f64::max(peaks[a], sizes[a] + peaks[b]).max(sizes[a] + sizes[b] + sizes[node]);
        }
        let mut roots = self.left.clone();
        roots.sort_unstable_by(|&a, &b| {
            (peaks[b] - sizes[b]).total_cmp(&(peaks[a] - sizes[a])).then(a.cmp(&b))
        });
        let mut order = Vec::with_capacity(self.pairs.len());
        let mut open: Vec<(usize, bool)> = roots.into_iter().rev().map(|root| (root, false)).collect();
        while let Some((node, is_ready)) = open.pop() {
            if is_ready {
                order.push(node);
            } else if node >= self.operands {
                let [a, b] = goes_first(&sizes, &peaks, self.pairs[node - self.operands]);
                open.extend([(node, true), (b, false), (a, false)]);
            }
        }
        self.path_in(&order)
    }

    // The positions of what each step takes in the list of what is left.
    fn path_in(&self, order: &[usize]) -> Path {
        let mut left: Vec<usize> = (0..self.operands).collect();
        let mut steps = Vec::with_capacity(order.len() + 1);
        for &node in order {
            let pair = self.pairs[node - self.operands];
            steps.push((0..left.len()).filter(|&n| pair.contains(&left[n])).collect());
            left.retain(|thing| !pair.contains(thing));
            left.push(node);
        }
        if left.len() > 1 {
            steps.push((0..left.len()).collect());
        }
        Path { steps }
    }
}
