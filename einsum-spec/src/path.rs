//! The order of the steps.
//!
//! A [`Path`] is NumPy's: each step names positions in the list of what is left, takes those away and puts its
//! result at the end.
//!
//! [`Path::choose`] finds one for given extents: the optimal one for a few operands (`subsets`), the best of several attempts
//! for many (`greedy`, `improve`), and the optimal one of neighbours where the order of the factors matters (`intervals`).
//! All of them make a tree of pairs (`network`), which becomes a path; a memory limit can force a last step of several things.

mod greedy;
mod improve;
mod intervals;
pub(crate) mod network;
mod subsets;

use crate::spec::Spec;
use alloc::{vec, vec::Vec};
use core::fmt;
use greedy::Greedy;
use network::{Network, Tree};

/// The most operands for which [`Strategy::Auto`] is optimal: as long as that takes less time than to try.
const MOST_OPTIMAL: usize = 10;

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
    /// The most elements that an intermediate may have. Where no order of pairs is found that keeps to it, the path ends with one step
    /// of several things. Lower the path with [`Plan::lower_within`](crate::plan::Plan::lower_within), so that early sums keep to it too.
    pub memory_limit: Option<u64>,
    /// Whether only neighbours are multiplied, so that every product has its factors in the order of the operands: for elements whose
    /// multiplication may not commute. The path is the optimal one of those, or from left to right where there are more than 128
    /// operands.
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

impl PathMistake {
    /// The step that is wrong; none where one is missing.
    pub fn step(&self) -> Option<usize> {
        match *self {
            PathMistake::Position { step, .. }
            | PathMistake::Repeated { step, .. }
            | PathMistake::Short { step } => Some(step),
            PathMistake::Unfinished { .. } => None,
        }
    }

    /// What to know, or to write, where that is certain.
    pub fn help(&self) -> Option<&'static str> {
        match self {
            PathMistake::Position { .. } => {
                Some("positions are counted from 0; the result of a step goes to the end of what is left")
            }
            PathMistake::Unfinished { left: 2 } => Some("add the step `(0, 1)`"),
            _ => None,
        }
    }
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

    /// The best path for these extents, one for each index of the spec. The same arguments give the same path, on every machine.
    ///
    /// Fewest operations decide, then the elements of intermediates. Up to ten operands the path is optimal; beyond, it is the best
    /// of several attempts. Operations are counted as opt_einsum does, with each sum over an index that one operand has alone
    /// done before (see [`Plan::lower`](crate::plan::Plan::lower)).
    ///
    /// ```
    /// use einsum_spec::{check, parse, path::{Options, Path}};
    ///
    /// let (subscripts, report) = parse::parse("ij,jk,k->i");
    /// let spec = check::check(&subscripts, 3, report).expect("the subscripts are sound");
    /// // A matrix times a vector, twice: the vector comes last in the text, but first in the path.
    /// let path = Path::choose(&spec, &[100, 100, 100], &Options::default());
    /// assert_eq!(path.steps, [[1, 2], [0, 1]]);
    /// ```
    ///
    /// # Panics
    /// Where `extents` is shorter than the spec's list of indices.
    pub fn choose(spec: &Spec, extents: &[u64], options: &Options) -> Path {
        match spec.operands.len() {
            1 => return Path { steps: vec![vec![0]] },
            2 => return Path { steps: vec![vec![0, 1]] },
            _ => {}
        }
        let network = Network::new(spec, extents, options.memory_limit);
        best_tree(&network, options).path(&network)
    }
}

fn best_tree(network: &Network<'_>, options: &Options) -> Tree {
    let operands = network.operands();
    let optimal = |most| (operands <= most).then(|| subsets::best_tree(network)).flatten();
    match options.strategy {
        Strategy::Left => Tree::from_left(network),
        _ if options.keeps_order && operands > intervals::MOST => Tree::from_left(network),
        _ if options.keeps_order => intervals::best_tree(network),
        Strategy::Greedy => Greedy::new(network).tree(None),
        Strategy::Optimal => optimal(subsets::MOST).unwrap_or_else(|| improve::best_tree(network)),
        Strategy::Auto => optimal(MOST_OPTIMAL).unwrap_or_else(|| improve::best_tree(network)),
    }
}
