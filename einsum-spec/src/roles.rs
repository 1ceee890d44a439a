//! The part that each index plays in one step: what decides its loop nest, and the kernel that can run it.

use crate::spec::{IndexId, Term};
use alloc::vec::Vec;

/// The part of an index in a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// In several inputs, and in the output.
    Batch,
    /// In one input, and in the output.
    Free,
    /// In several inputs, not in the output.
    Contracted,
    /// In one input, not in the output.
    Summed,
}

impl Role {
    /// The part that `id` plays.
    pub fn of(id: IndexId, inputs: &[Term], output: &Term) -> Role {
        let several = inputs.iter().filter(|term| term.contains(&id)).count() > 1;
        match (several, output.contains(&id)) {
            (true, true) => Role::Batch,
            (false, true) => Role::Free,
            (true, false) => Role::Contracted,
            (false, false) => Role::Summed,
        }
    }

    /// Whether the step sums over indices of this role.
    pub fn is_reduced(self) -> bool {
        matches!(self, Role::Contracted | Role::Summed)
    }
}

/// Every index of a step with its part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Roles {
    /// The output's in its order, then the others in the order of their first occurrence.
    pub indices: Vec<(IndexId, Role)>,
}

impl Roles {
    /// The parts of all indices of a step.
    pub fn of(inputs: &[Term], output: &Term) -> Roles {
        let mut ids: Vec<IndexId> = Vec::new();
        for &id in output.iter().chain(inputs.iter().flatten()) {
            if !ids.contains(&id) {
                ids.push(id);
            }
        }
        Roles { indices: ids.into_iter().map(|id| (id, Role::of(id, inputs, output))).collect() }
    }

    /// The indices that stay: batch and free, in the order of the output.
    pub fn kept(&self) -> impl Iterator<Item = IndexId> {
        self.indices.iter().filter(|(_, role)| !role.is_reduced()).map(|&(id, _)| id)
    }

    /// The indices that the step sums over.
    pub fn reduced(&self) -> impl Iterator<Item = IndexId> {
        self.indices.iter().filter(|(_, role)| role.is_reduced()).map(|&(id, _)| id)
    }
}
