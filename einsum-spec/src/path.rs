//! The order of the steps.
//!
//! A [`Path`] is NumPy's: each step names positions in the list of what is left, takes those away and puts its
//! result at the end.
//!
//! [`Path::choose`] knows no extent, so it takes all indices as equally long and finds the cheapest of the orders
//! that multiply neighbours only: the optimal bracketing, by dynamic programming over the intervals of operands
//! (Godbole, "On efficient computation of matrix chain products", 1973, for more than matrices). Products are thus
//! taken in the order of the operands, which an element type whose multiplication does not commute relies on.
//! Steps that only multiply, and do not sum, are merged into the step that reads them, so that no intermediate
//! stands where a longer product in one loop does.

use crate::spec::{IndexId, Spec, Term};
use alloc::{vec, vec::Vec};
use core::fmt;

/// The order of the steps of a contraction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Path {
    /// Positions in the list of what is left, for each step.
    pub steps: Vec<Vec<usize>>,
}

/// How a path is to be chosen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// The way to look for it.
    pub strategy: Strategy,
    /// The most elements that an intermediate may have. Where no order of pairs keeps to it, the path is one step of all operands.
    pub memory_limit: Option<u64>,
    /// Whether only neighbours are multiplied, so that every product has its factors in the order of the operands: for elements whose
    /// multiplication may not commute.
    pub keeps_order: bool,
}

/// A way to look for a path.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Strategy {
    /// The optimal one for few operands, else greedy with restarts.
    #[default]
    Auto,
    /// The one of the fewest operations.
    Optimal,
    /// The pair that saves most memory, again and again.
    Greedy,
    /// From left to right.
    Left,
}

/// Why a path that was asked for is none.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PathMistake {
    /// A step takes what is not there.
    Position {
        /// The step.
        step: usize,
        /// What it wants to take.
        position: usize,
        /// How many there are to take from.
        left: usize,
    },
    /// A step takes the same thing twice.
    Repeated {
        /// The step.
        step: usize,
        /// What it takes twice.
        position: usize,
    },
    /// A step takes fewer than two.
    Short {
        /// The step.
        step: usize,
    },
    /// More than one is left after the last step.
    Unfinished {
        /// How many are left.
        left: usize,
    },
}

impl fmt::Display for PathMistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            PathMistake::Position { step, position, left } => {
                write!(f, "step {step} of the path takes position {position}, but only {left} are left there")
            }
            PathMistake::Repeated { step, position } => {
                write!(f, "step {step} of the path takes position {position} twice")
            }
            PathMistake::Short { step } => write!(f, "step {step} of the path takes fewer than two operands"),
            PathMistake::Unfinished { left } => write!(f, "the path leaves {left} operands uncontracted"),
        }
    }
}

impl Path {
    /// The path that a user asks for, if it is one for this number of operands.
    ///
    /// # Errors
    /// Every mistake in it, up to the first step that makes the rest meaningless.
    pub fn fixed(steps: Vec<Vec<usize>>, operands: usize) -> Result<Path, Vec<PathMistake>> {
        let mut mistakes = Vec::new();
        let mut left = operands;
        for (step, positions) in steps.iter().enumerate() {
            if positions.len() < 2 {
                mistakes.push(PathMistake::Short { step });
            }
            for (n, &position) in positions.iter().enumerate() {
                if position >= left {
                    mistakes.push(PathMistake::Position { step, position, left });
                } else if positions[..n].contains(&position) {
                    mistakes.push(PathMistake::Repeated { step, position });
                }
            }
            if !mistakes.is_empty() {
                return Err(mistakes);
            }
            left = left + 1 - positions.len();
        }
        match left {
            // A single operand needs no step of the user's, but one all the same.
            1 if operands == 1 => Ok(Path { steps: vec![vec![0]] }),
            1 => Ok(Path { steps }),
            left => Err(vec![PathMistake::Unfinished { left }]),
        }
    }

    /// The best path for these extents, one for each index of the spec.
    pub fn choose(spec: &Spec, _extents: &[u64], _options: &Options) -> Path {
        let last = spec.operands.len() - 1;
        let tree = Intervals::new(spec).best_tree(0, last).flattened();
        let mut steps = Vec::new();
        let mut left: Vec<usize> = (0..=last).collect();
        tree.append_steps(&mut left, last + 1, &mut steps);
        Path { steps }
    }
}

/// A bracketing of the operands.
enum Tree {
    Operand(usize, Set),
    Step { inputs: Vec<Tree>, result: Set },
}

impl Tree {
    fn result(&self) -> &Set {
        match self {
            Tree::Operand(_, set) | Tree::Step { result: set, .. } => set,
        }
    }

    // Takes the inputs of an input as its own wherever this adds no index to its loops.
    fn flattened(self) -> Tree {
        let Tree::Step { inputs, result } = self else { return self };
        let inputs: Vec<Tree> = inputs.into_iter().map(Tree::flattened).collect();
        let loops = inputs.iter().fold(Set::default(), |all, input| all.union(input.result()));
        let mut merged = Vec::new();
        for input in inputs {
            match input {
                Tree::Step { inputs, .. } if inputs.iter().all(|input| loops.contains(input.result())) => {
                    merged.extend(inputs);
                }
                input => merged.push(input),
            }
        }
        Tree::Step { inputs: merged, result }
    }

    // Writes the steps in an order that makes every input first. Things are numbered: the operands, then the
    // result of each step; `left` holds the numbers of what is left. Gives the number of the result.
    fn append_steps(&self, left: &mut Vec<usize>, operands: usize, steps: &mut Vec<Vec<usize>>) -> usize {
        let inputs = match self {
            Tree::Operand(number, _) if operands > 1 => return *number,
            Tree::Operand(number, _) => vec![*number],
            Tree::Step { inputs, .. } => {
                inputs.iter().map(|input| input.append_steps(left, operands, steps)).collect()
            }
        };
        let position = |number: &usize| left.iter().position(|other| other == number);
        let positions =
            inputs.iter().map(|number| position(number).expect("an input is left until it is used"));
        let positions: Vec<usize> = positions.collect();
        left.retain(|number| !inputs.contains(number));
        let result = operands + steps.len();
        left.push(result);
        steps.push(positions);
        result
    }
}

/// Dynamic programming over the intervals `first..=last` of operands.
struct Intervals {
    operands: usize,
    terms: Vec<Set>,
    /// Per interval: the indices of its result, its cost, and where it is best split.
    best: Vec<Option<(Set, f64, usize)>>,
}

impl Intervals {
    fn new(spec: &Spec) -> Intervals {
        let operands = spec.operands.len();
        let terms: Vec<Set> = spec.operands.iter().map(Set::of).collect();
        let mut intervals = Intervals { operands, terms, best: vec![None; operands * operands] };
        for length in 1..=operands {
            for first in 0..=operands - length {
                let last = first + length - 1;
                let result = intervals.result(first, last, &Set::of(&spec.output));
                let (cost, split) = intervals.best_split(first, last, &result);
                intervals.best[first * operands + last] = Some((result, cost, split));
            }
        }
        intervals
    }

    // What the interval has, less what nobody needs any more.
    fn result(&self, first: usize, last: usize, output: &Set) -> Set {
        let union = |terms: &[Set]| terms.iter().fold(Set::default(), |all, term| all.union(term));
        let needed = union(&self.terms[..first]).union(&union(&self.terms[last + 1..])).union(output);
        // An operand is read as it is; its first step sums.
        if first == last {
            self.terms[first].clone()
        } else {
            union(&self.terms[first..=last]).intersection(&needed)
        }
    }

    fn best_split(&self, first: usize, last: usize, result: &Set) -> (f64, usize) {
        let mut best = (if first == last { 0.0 } else { f64::INFINITY }, first);
        for split in first..last {
            let ((left, left_cost, _), (right, right_cost, _)) =
                (self.best(first, split), self.best(split + 1, last));
            let step = nominal_size(&left.union(right)) + nominal_size(result);
            let cost = left_cost + right_cost + step;
            if cost < best.0 {
                best = (cost, split);
            }
        }
        best
    }

    fn best(&self, first: usize, last: usize) -> &(Set, f64, usize) {
        self.best[first * self.operands + last].as_ref().expect("shorter intervals come first")
    }

    fn best_tree(&self, first: usize, last: usize) -> Tree {
        let (result, _, split) = self.best(first, last).clone();
        if first == last {
            return Tree::Operand(first, result);
        }
        Tree::Step { inputs: vec![self.best_tree(first, split), self.best_tree(split + 1, last)], result }
    }
}

// The number of iterations or elements if every index had this extent: a power of two, so that sums are exact
// where it matters.
fn nominal_size(indices: &Set) -> f64 {
    const EXTENT: f64 = 16.0;
    (0..indices.len()).fold(1.0, |size, _| size * EXTENT)
}

/// A set of indices.
#[derive(Clone, Debug, Default)]
struct Set {
    /// 64 indices each; an absent word is zero.
    words: Vec<u64>,
}

impl Set {
    fn of(term: &Term) -> Set {
        let mut set = Set::default();
        for &IndexId(id) in term {
            let (word, bit) = (usize::from(id) / 64, id % 64);
            set.words.resize(set.words.len().max(word + 1), 0);
            set.words[word] |= 1 << bit;
        }
        set
    }

    fn union(&self, other: &Set) -> Set {
        let words = self.words.len().max(other.words.len());
        Set { words: (0..words).map(|word| self.word(word) | other.word(word)).collect() }
    }

    fn intersection(&self, other: &Set) -> Set {
        let words = self.words.len().min(other.words.len());
        Set { words: (0..words).map(|word| self.word(word) & other.word(word)).collect() }
    }

    fn contains(&self, other: &Set) -> bool {
        other.words.iter().enumerate().all(|(word, bits)| bits & !self.word(word) == 0)
    }

    fn len(&self) -> u32 {
        self.words.iter().map(|word| word.count_ones()).sum()
    }

    fn word(&self, word: usize) -> u64 {
        self.words.get(word).copied().unwrap_or(0)
    }
}
