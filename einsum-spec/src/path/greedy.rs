//! A good order for many operands: the pair that saves most memory, again and again.
//!
//! The rule is opt_einsum's `greedy` (Smith and Gray, "opt_einsum - A Python package for optimizing contraction order for
//! einsum-like expressions", 2018): of the pairs with an index in common that the output has not, the one whose result is
//! smallest against its factors, `size(result) - size(a) - size(b)`; what is left without such an index is multiplied from the
//! smallest up.
//!
//! With [`Noise`] the rule is that of Gray and Kourtis, "Hyper-optimized tensor network contraction", 2021: the factors count for
//! more or less, and each pair's logarithm is shaken by a Gumbel variate, which draws from a Boltzmann distribution over the
//! pairs. The same seed draws the same, on every machine.

use super::network::{Network, Sets, Tree, ones, rounded_limit};
use alloc::{collections::BinaryHeap, vec, vec::Vec};
use core::cmp::Ordering;

/// How one attempt differs from the plain rule.
pub(crate) struct Noise {
    random: Random,
    /// What the sizes of the factors are multiplied by, and that of the result is divided by.
    weight: f64,
    temperature: f64,
}

impl Noise {
    /// The noise of one of many attempts: weights from 0.1 to 4 and temperatures from 0.001 to 1, as in cotengra.
    pub(crate) fn of_attempt(attempt: u64) -> Noise {
        let mut random = Random(attempt);
        let weight = exp2(-3.32 + 5.32 * random.uniform());
        let temperature = exp2(-9.97 + 9.97 * random.uniform());
        Noise { random, weight, temperature }
    }
}

/// The room for attempts on one network.
pub(crate) struct Greedy<'n> {
    network: &'n Network<'n>,
    /// The indices and the elements of each thing: the operands, then the results.
    sets: Sets,
    sizes: Vec<f64>,
    alive: Vec<usize>,
    is_alive: Vec<bool>,
    /// Per index: how many of the things that are left have it.
    owners: Vec<u32>,
    /// The indices that outlast a pair in which both have them, and those that outlast none.
    staying: Vec<u64>,
    lone: Vec<u64>,
    /// The indices by which things are near each other.
    linking: Vec<u64>,
    queue: BinaryHeap<Candidate>,
}

impl<'n> Greedy<'n> {
    pub(crate) fn new(network: &'n Network<'n>) -> Greedy<'n> {
        let (operands, words) = (network.operands(), network.terms.words);
        Greedy {
            network,
            sets: network.terms.clone(),
            sizes: vec![0.0; 2 * operands - 1],
            alive: Vec::with_capacity(operands),
            is_alive: vec![false; 2 * operands - 1],
            owners: vec![0; network.extents.len()],
            staying: vec![0; words],
            lone: vec![0; words],
            linking: vec![0; words],
            queue: BinaryHeap::new(),
        }
    }

    /// One attempt. Pairs whose result is above the memory limit are not taken; what is left in the end is one step.
    pub(crate) fn tree(&mut self, mut noise: Option<Noise>) -> Tree {
        self.start();
        self.push_all_pairs(&mut noise);
        let operands = self.network.operands();
        let mut pairs = Vec::with_capacity(operands - 1);
        while self.alive.len() > 2 {
            let Some(pair) = self.next_pair(&mut noise) else { break };
            let result = operands + pairs.len();
            pairs.push(pair);
            self.merge(pair, result);
            self.push_pairs_of(result, &mut noise);
        }
        // The last step writes the output, which has no limit.
        if let [a, b] = self.alive[..] {
            self.alive = vec![operands + pairs.len()];
            pairs.push([a, b]);
        }
        Tree { operands, pairs, left: core::mem::take(&mut self.alive) }
    }

    fn start(&mut self) {
        let Network { terms, output, .. } = self.network;
        let operands = self.network.operands();
        self.sets.resize(operands);
        self.sets.resize(2 * operands - 1);
        self.owners.fill(0);
        self.queue.clear();
        self.alive.clear();
        self.alive.extend(0..operands);
        self.is_alive.fill(false);
        self.is_alive[..operands].fill(true);
        for operand in 0..operands {
            self.sizes[operand] = self.size(terms.row(operand));
            ones(terms.row(operand)).for_each(|index| self.owners[index] += 1);
        }
        self.staying.copy_from_slice(output);
        self.lone.fill(0);
        self.linking.fill(0);
        for (index, &owners) in self.owners.iter().enumerate() {
            let (word, bit) = (index / 64, 1 << (index % 64));
            let is_kept = output[word] & bit != 0;
            match owners {
                1 if !is_kept => self.lone[word] |= bit,
                3.. => self.staying[word] |= bit,
                _ => {}
            }
            // What all have is in every result but the last.
            if !is_kept && (owners as usize) < operands {
                self.linking[word] |= bit;
            }
        }
    }

    // An extent of zero would make everything equal.
    fn size(&self, set: &[u64]) -> f64 {
        ones(set).fold(1.0, |size, index| size * self.network.extents[index].max(1) as f64)
    }

    fn next_pair(&mut self, noise: &mut Option<Noise>) -> Option<[usize; 2]> {
        while let Some(Candidate { pair: [a, b], .. }) = self.queue.pop() {
            if self.is_alive[a] && self.is_alive[b] {
                return Some([a, b]);
            }
        }
        // With a limit, a pair that was too large may have become smaller.
        if self.network.limit.is_some() {
            self.push_all_pairs(noise);
            if let Some(Candidate { pair, .. }) = self.queue.pop() {
                return Some(pair);
            }
        }
        self.smallest_pair()
    }

    // Two things that have nothing in common.
    fn smallest_pair(&self) -> Option<[usize; 2]> {
        let smallest = |but: Option<usize>| {
            let things = self.alive.iter().copied().filter(|&thing| Some(thing) != but);
            things.min_by(|&a, &b| self.sizes[a].total_cmp(&self.sizes[b]))
        };
        let one = smallest(None)?;
        let other = smallest(Some(one))?;
        let pair = [one.min(other), one.max(other)];
        self.fits(self.result_size(pair)).then_some(pair)
    }

    fn fits(&self, size: f64) -> bool {
        self.network.limit.is_none_or(|limit| size <= rounded_limit(limit))
    }

    fn push_all_pairs(&mut self, noise: &mut Option<Noise>) {
        for first in 0..self.alive.len() {
            for second in first + 1..self.alive.len() {
                self.push([self.alive[first], self.alive[second]], noise);
            }
        }
    }

    fn push_pairs_of(&mut self, thing: usize, noise: &mut Option<Noise>) {
        for n in 0..self.alive.len() - 1 {
            self.push([self.alive[n], thing], noise);
        }
    }

    fn push(&mut self, pair: [usize; 2], noise: &mut Option<Noise>) {
        let [a, b] = pair.map(|thing| self.sets.row(thing));
        if (0..self.linking.len()).all(|word| a[word] & b[word] & self.linking[word] == 0) {
            return;
        }
        let result = self.result_size(pair);
        if !self.fits(result) {
            return;
        }
        let factors = self.sizes[pair[0]] + self.sizes[pair[1]];
        let score = match noise {
            None => result - factors,
            Some(Noise { random, weight, temperature }) => {
                let saved = result / *weight - factors * *weight;
                let logarithm = if saved < 0.0 { -log2(1.0 - saved) } else { log2(1.0 + saved) };
                logarithm - *temperature * random.gumbel()
            }
        };
        self.queue.push(Candidate { score, pair });
    }

    fn result_size(&self, pair: [usize; 2]) -> f64 {
        let [a, b] = pair.map(|thing| self.sets.row(thing));
        // Divided out once for being in both, and once for being summed over.
        let mut divisor = 1.0;
        for word in 0..self.lone.len() {
            let shared = a[word] & b[word];
            for set in [shared, shared & !self.staying[word] | (a[word] | b[word]) & self.lone[word]] {
                let mut bits = set;
                while bits != 0 {
                    divisor *= self.network.extents[64 * word + bits.trailing_zeros() as usize].max(1) as f64;
                    bits &= bits - 1;
                }
            }
        }
        self.sizes[pair[0]] * self.sizes[pair[1]] / divisor
    }

    fn merge(&mut self, pair: [usize; 2], result: usize) {
        let [a, b] = pair;
        for word in 0..self.lone.len() {
            let (in_a, in_b) = (self.sets.row(a)[word], self.sets.row(b)[word]);
            let mut shared = in_a & in_b;
            let gone = shared & !self.staying[word] | (in_a | in_b) & self.lone[word];
            self.sets.row_mut(result)[word] = (in_a | in_b) & !gone;
            while shared != 0 {
                let index = 64 * word + shared.trailing_zeros() as usize;
                let bit = shared & shared.wrapping_neg();
                shared ^= bit;
                self.owners[index] -= 1;
                if self.owners[index] == 2 && self.network.output[word] & bit == 0 {
                    self.staying[word] &= !bit;
                }
            }
        }
        self.sizes[result] = self.size(self.sets.row(result));
        self.alive.retain(|thing| !pair.contains(thing));
        self.alive.push(result);
        self.is_alive[a] = false;
        self.is_alive[b] = false;
        self.is_alive[result] = true;
    }
}

/// A pair that may be multiplied.
struct Candidate {
    score: f64,
    pair: [usize; 2],
}

// The lowest score is the greatest, so that the heap gives it first; then the oldest pair.
impl Ord for Candidate {
    fn cmp(&self, other: &Candidate) -> Ordering {
        other.score.total_cmp(&self.score).then_with(|| other.pair.cmp(&self.pair))
    }
}

impl PartialOrd for Candidate {
    fn partial_cmp(&self, other: &Candidate) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Candidate {
    fn eq(&self, other: &Candidate) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Candidate {}

/// SplitMix64 (Steele, Lea and Flood, "Fast splittable pseudorandom number generators", 2014).
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    // Above 0 and below 1.
    fn uniform(&mut self) -> f64 {
        ((self.next() >> 12) as f64 + 0.5) / (1u64 << 52) as f64
    }

    fn gumbel(&mut self) -> f64 {
        -log2(-log2(self.uniform()))
    }
}

// Straight between the powers of two: near enough for noise, and the standard library's are not there without `std`.
fn log2(x: f64) -> f64 {
    let bits = x.max(f64::MIN_POSITIVE).to_bits();
    let exponent = (bits >> 52) as f64 - 1023.0;
    let mantissa = f64::from_bits(bits & ((1 << 52) - 1) | 1023 << 52);
    exponent + (mantissa - 1.0)
}

// The inverse of `log2`, from -1000 on.
fn exp2(x: f64) -> f64 {
    let shifted = x + 1000.0;
    let whole = shifted as u64;
    f64::from_bits((whole + 23) << 52) * (1.0 + shifted - whole as f64)
}
