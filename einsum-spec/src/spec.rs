//! What subscripts mean: indices as numbers, terms as lists of them.
//!
//! No text and no place is left. A label survives as the *name* of its index, for messages and for the variables
//! of generated code; nothing is decided by it.

use crate::affine::Affine;
use alloc::vec::Vec;

/// An index of a [`Spec`]: its position in [`Spec::indices`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct IndexId(pub u16);

/// An operand: its position in the call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct OperandId(pub u16);

/// What an index is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Index {
    /// One index with one extent.
    Label(char),
    /// The axes that `...` stands for: any number of indices that always go together. A spec of checked subscripts has one at
    /// most; one for actual arrays may have one for each of these axes, numbered in their order.
    Ellipsis,
}

/// The indices of the axes of one operand, intermediate or output, in the order of the axes.
pub type Term = Vec<IndexId>;

/// Checked subscripts. The output's indices are distinct, and each occurs in an operand (but for the ellipsis,
/// which may stand for no axis at all).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spec {
    /// The output's first, in its order, then the others in the order of their first occurrence.
    pub indices: Vec<Index>,
    /// One term per operand; an index may be repeated in it. An affine axis stands in it as the indices of its summands.
    pub operands: Vec<Term>,
    /// What the result has.
    pub output: Term,
    /// Which axes of the terms are one affine axis of the operand.
    pub affine: Affine,
}

impl Spec {
    /// A spec without affine axes.
    pub fn plain(indices: Vec<Index>, operands: Vec<Term>, output: Term) -> Spec {
        Spec { indices, operands, output, affine: Affine::default() }
    }

    /// What an index is called.
    pub fn index(&self, id: IndexId) -> Index {
        self.indices[usize::from(id.0)]
    }

    /// Whether an index is the ellipsis.
    pub fn is_ellipsis(&self, id: IndexId) -> bool {
        self.index(id) == Index::Ellipsis
    }

    /// Every index.
    pub fn ids(&self) -> impl Iterator<Item = IndexId> + use<> {
        (0..self.indices.len()).map(|n| IndexId(u16::try_from(n).expect("`check` has numbered them")))
    }
}
