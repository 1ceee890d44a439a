//! The optimal order of products of neighbours: dynamic programming over the intervals of operands (Godbole, "On efficient
//! computation of matrix chain products", 1973, for more than matrices).
//!
//! Products are thus taken in the order of the operands, which an element type whose multiplication does not commute relies on.

use super::network::{Network, Sets, Tree, rounded_limit, times};
use alloc::{vec, vec::Vec};

/// The most operands: the tables are quadratic in them, and the splits cubic.
pub(crate) const MOST: usize = 128;

/// The tree of neighbours with the fewest operations, then elements of intermediates; one step of all operands if none keeps to the
/// memory limit.
pub(crate) fn best_tree(network: &Network<'_>) -> Tree {
    let operands = network.operands();
    let mut intervals = Intervals::new(network);
    for length in 2..=operands {
        for first in 0..=operands - length {
            intervals.find_best_split(first, first + length - 1);
        }
    }
    let mut pairs = Vec::new();
    match intervals.append_pairs(0, operands - 1, &mut pairs) {
        Some(root) => Tree { operands, pairs, left: vec![root] },
        None => Tree::in_one_step(operands),
    }
}

struct Intervals<'n> {
    network: &'n Network<'n>,
    /// Per interval (`first * operands + last`): the indices of its result.
    results: Sets,
    best: Vec<Option<Best>>,
}

#[derive(Clone, Copy)]
struct Best {
    flops: f64,
    elements: f64,
    /// The last operand of the left half.
    split: usize,
}

impl<'n> Intervals<'n> {
    fn new(network: &'n Network<'n>) -> Intervals<'n> {
        let (operands, words) = (network.operands(), network.terms.words);
        let mut results = Sets::new(network.extents.len(), operands * operands);
        // What the operands from each on have.
        let mut from = Sets::new(network.extents.len(), operands + 1);
        for operand in (0..operands).rev() {
            for word in 0..words {
                from.row_mut(operand)[word] = from.row(operand + 1)[word] | network.terms.row(operand)[word];
            }
        }
        let mut before = network.output.clone();
        for first in 0..operands {
            let mut any = vec![0; words];
            for last in first..operands {
                let result = results.row_mut(first * operands + last);
                for word in 0..words {
                    any[word] |= network.terms.row(last)[word];
                    // An operand is read as it is.
                    let needed = if first == last { !0 } else { before[word] | from.row(last + 1)[word] };
                    result[word] = any[word] & needed;
                }
            }
            before.iter_mut().zip(network.terms.row(first)).for_each(|(before, term)| *before |= term);
        }
        let mut best = vec![None; operands * operands];
        for operand in 0..operands {
            best[operand * operands + operand] = Some(Best { flops: 0.0, elements: 0.0, split: operand });
        }
        Intervals { network, results, best }
    }

    fn find_best_split(&mut self, first: usize, last: usize) {
        let operands = self.network.operands();
        let row = first * operands + last;
        let result = self.results.row(row);
        let is_whole = last - first + 1 == operands;
        let elements = if is_whole { 0.0 } else { self.network.size(result) };
        if self.network.limit.is_some_and(|limit| elements > rounded_limit(limit)) {
            return;
        }
        let mut best: Option<Best> = None;
        for split in first..last {
            let (left, right) = (first * operands + split, (split + 1) * operands + last);
            let (Some(left_best), Some(right_best)) = (self.best[left], self.best[right]) else { continue };
            let before = left_best.flops + right_best.flops;
            if best.is_some_and(|best| before > best.flops) {
                continue;
            }
            let elements = left_best.elements + right_best.elements + elements;
            let flops = before + self.step_flops([left, right], result);
            if best.is_none_or(|best| (flops, elements) < (best.flops, best.elements)) {
                best = Some(Best { flops, elements, split });
            }
        }
        self.best[row] = best;
    }

    fn step_flops(&self, [left, right]: [usize; 2], result: &[u64]) -> f64 {
        let loops =
            self.results.row(left).iter().zip(self.results.row(right)).map(|(left, right)| left | right);
        let (mut iterations, mut is_sum) = (1.0, false);
        for (word, (loops, result)) in loops.zip(result).enumerate() {
            is_sum |= loops != *result;
            let mut bits = loops;
            while bits != 0 {
                iterations =
                    times(iterations, self.network.extents[64 * word + bits.trailing_zeros() as usize]);
                bits &= bits - 1;
            }
        }
        if is_sum { 2.0 * iterations } else { iterations }
    }

    // The pairs that make an interval; gives the number of the result, if it can be made.
    fn append_pairs(&self, first: usize, last: usize, pairs: &mut Vec<[usize; 2]>) -> Option<usize> {
        if first == last {
            return Some(first);
        }
        let split = self.best[first * self.network.operands() + last]?.split;
        let left = self.append_pairs(first, split, pairs)?;
        let right = self.append_pairs(split + 1, last, pairs)?;
        pairs.push([left, right]);
        Some(self.network.operands() + pairs.len() - 1)
    }
}
