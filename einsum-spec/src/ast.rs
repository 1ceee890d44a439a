//! Subscripts as they were written: every label, ellipsis and affine axis with its place in the text.
//!
//! The tree keeps what a message needs (places) and drops nothing that has a meaning: printed, it is the text
//! without its spaces. What the labels *mean* is the business of [`check`](crate::check).

use alloc::{string::String, vec::Vec};
use core::fmt;

/// A range of bytes of the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Span {
    /// The first byte.
    pub start: usize,
    /// The byte after the last; equal to `start` for a place between two characters.
    pub end: usize,
}

/// The whole string.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subscripts {
    /// The text as it was given.
    pub text: String,
    /// One term per operand, at least one.
    pub terms: Vec<Term>,
    /// The term after `->`, if there is an arrow.
    pub output: Option<Term>,
}

/// The axes of one operand, or of the output.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Term {
    /// Where it stands, from its first axis to its last; empty for an empty term.
    pub span: Span,
    /// In the order of the text.
    pub axes: Vec<Axis>,
}

/// One axis of a term (an ellipsis stands for any number of them).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Axis {
    /// Where it stands.
    pub span: Span,
    /// What it is.
    pub kind: AxisKind,
}

/// What stands at an axis.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AxisKind {
    /// A letter.
    Label(char),
    /// `...`
    Ellipsis,
    /// `(2x+i)`
    Affine(Vec<Summand>),
}

/// One summand of an affine axis: `2x`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Summand {
    /// Where it stands.
    pub span: Span,
    /// The number before the label, 1 if there is none; 0 for what is no coefficient: zero itself, or too large a number.
    pub coefficient: u32,
    /// The letter.
    pub label: char,
}

impl Subscripts {
    /// Every label of the operands, affine axes included, in the order of the text.
    pub fn operand_labels(&self) -> impl Iterator<Item = char> {
        self.terms.iter().flat_map(Term::labels)
    }

    /// The labels of the output: as written, or without an arrow those that occur once, in code point order.
    pub fn output_labels(&self) -> Vec<char> {
        if let Some(output) = &self.output {
            return output.labels().collect();
        }
        let mut all: Vec<char> = self.operand_labels().collect();
        all.sort_unstable();
        all.chunk_by(|a, b| a == b).filter(|run| run.len() == 1).map(|run| run[0]).collect()
    }
}

impl Term {
    /// Every label of the term, affine axes included, in the order of the text.
    pub fn labels(&self) -> impl Iterator<Item = char> {
        self.axes.iter().flat_map(|axis| match &axis.kind {
            AxisKind::Label(label) => Vec::from([*label]),
            AxisKind::Ellipsis => Vec::new(),
            AxisKind::Affine(summands) => summands.iter().map(|summand| summand.label).collect(),
        })
    }
}

/// The text without its spaces.
impl fmt::Display for Subscripts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (position, term) in self.terms.iter().enumerate() {
            let comma = if position == 0 { "" } else { "," };
            write!(f, "{comma}{term}")?;
        }
        match &self.output {
            Some(output) => write!(f, "->{output}"),
            None => Ok(()),
        }
    }
}

impl fmt::Display for Term {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.axes.iter().try_for_each(|axis| write!(f, "{}", axis.kind))
    }
}

impl fmt::Display for AxisKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            AxisKind::Label(label) => write!(f, "{label}"),
            AxisKind::Ellipsis => f.write_str("..."),
            AxisKind::Affine(summands) => {
                for (position, summand) in summands.iter().enumerate() {
                    let sign = if position == 0 { "(" } else { "+" };
                    match summand.coefficient {
                        1 => write!(f, "{sign}{}", summand.label)?,
                        n => write!(f, "{sign}{n}{}", summand.label)?,
                    }
                }
                f.write_str(")")
            }
        }
    }
}
