//! Affine axes: operand axes that are read at a sum of indices, such as `(2x+3i)`.
//!
//! After [`check`](crate::check) a term has one axis for each summand, as if the operand were a view of its windows,
//! and what is left to say is here: which of these axes are one axis of the operand, and which extents are inferred.
//! So the stages behind `check`, which know only indices, need not know of affine axes.

use crate::spec::{IndexId, OperandId};
use alloc::vec::Vec;

/// The affine axes of a call. Empty for most calls.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Affine {
    /// All of them: by operand, then in the order of the term.
    pub axes: Vec<AffineAxis>,
    /// The indices whose extent is the largest that fits, in an order in which each can be inferred after those before it.
    pub inferred: Vec<Inference>,
}

/// One axis of an operand, read at the sum of `coefficient · position` over consecutive indices of its term.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AffineAxis {
    /// Whose axis it is.
    pub operand: OperandId,
    /// The place of the first summand's index in the term.
    pub at: usize,
    /// One for each summand.
    pub coefficients: Vec<u32>,
}

/// An index that has its extent from affine axes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Inference {
    /// Which index.
    pub index: IndexId,
    /// The affine axes, as positions in [`Affine::axes`], in which it is the only index whose extent is not known before.
    pub from: Vec<usize>,
}

impl Affine {
    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.axes.is_empty()
    }

    /// Those of an operand.
    pub fn of(&self, operand: OperandId) -> impl Iterator<Item = &AffineAxis> {
        self.axes.iter().filter(move |axis| axis.operand == operand)
    }

    /// How many axes more an operand's term has than the operand itself.
    pub fn surplus(&self, operand: OperandId) -> usize {
        self.of(operand).map(|axis| axis.coefficients.len() - 1).sum()
    }
}
