//! Sums that come before all others: what the path counts on and the plan does.
//!
//! An index that one operand has alone, and the output has not, is summed over before that operand meets another, so that no
//! product carries it along. A single operand is one step in any case: it sums as it reads. So is a pair, where that is no more work:
//! where one operand has all indices.

use crate::{
    cost::size,
    spec::{IndexId, Spec, Term},
};
use alloc::{vec, vec::Vec};

/// Which operands of a spec are summed early.
pub(crate) struct EarlySums<'a> {
    /// Per index: whether one operand has it alone, and the output has not.
    alone: Vec<bool>,
    /// The extents, and the most elements that an intermediate may have.
    limit: Option<(&'a [u64], u64)>,
}

impl<'a> EarlySums<'a> {
    pub(crate) fn of(spec: &Spec, limit: Option<(&'a [u64], u64)>) -> EarlySums<'a> {
        if spec.operands.len() < 2 {
            return EarlySums { alone: Vec::new(), limit };
        }
        // Per index: nothing, one operand (by its number and one), or several.
        const SEVERAL: usize = usize::MAX;
        let mut owner = vec![0; spec.indices.len()];
        for (n, term) in spec.operands.iter().enumerate() {
            for &IndexId(id) in term {
                let owner = &mut owner[usize::from(id)];
                *owner = if *owner == 0 || *owner == n + 1 { n + 1 } else { SEVERAL };
            }
        }
        for &IndexId(id) in &spec.output {
            owner[usize::from(id)] = SEVERAL;
        }
        let mut alone: Vec<bool> = owner.into_iter().map(|owner| owner != SEVERAL).collect();
        let has_all = |term: &Term| spec.operands.iter().flatten().all(|id| term.contains(id));
        if !alone.contains(&true) || spec.operands.len() == 2 && spec.operands.iter().any(has_all) {
            alone.clear();
        }
        EarlySums { alone, limit }
    }

    /// What is left of a term, each index once, if it is summed early.
    pub(crate) fn left_of(&self, term: &Term) -> Option<Term> {
        let is_alone = |id: IndexId| self.alone.get(usize::from(id.0)).copied().unwrap_or(false);
        if !term.iter().any(|&id| is_alone(id)) {
            return None;
        }
        let mut left = Term::new();
        for &id in term {
            if !is_alone(id) && !left.contains(&id) {
                left.push(id);
            }
        }
        // A sum that does not fit is left to the step that reads the operand.
        match self.limit {
            Some((extents, limit)) if size(left.iter().copied(), extents) > u128::from(limit) => None,
            _ => Some(left),
        }
    }
}
