//! What a step is, by the roles of its indices: the names of the classes that have kernels of their own.

use crate::{
    plan::Step,
    roles::{Role, Roles},
    spec::Term,
};
use alloc::vec::Vec;
use core::fmt;

/// What a step does, by the parts that its indices play: what decides which kernels can run it.
///
/// An index of a step of two factors is *contracted* (in both factors, not in the result), *free* (in one of them and in the
/// result), *batch* (in both and in the result) or *summed* (in one factor alone). The `Display` is a name of a few words.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StepKernel {
    /// Its class.
    pub class: StepClass,
    /// Whether there is a batch of it.
    pub batched: bool,
    /// Whether a factor's diagonal is taken (of more than a single factor: that is a class of its own).
    pub diagonal: bool,
    /// Whether an index of one factor alone is summed over (of more than a single factor: that is a class of its own).
    pub summed: bool,
}

/// The classes of a [`StepKernel`], without what comes in addition.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StepClass {
    /// One factor, its axes in their order.
    Copy,
    /// One factor, its axes in another order.
    Transpose,
    /// One factor, repeated along the indices that only the result has: the gradient of a sum.
    Repeat,
    /// One factor that has an index twice, and keeps all.
    Diagonal,
    /// One factor, some of whose indices are summed over.
    Sum,
    /// One factor that has an index twice, and some of whose indices are summed over.
    DiagonalSum,
    /// Factors without any index, or with none but those that are summed over in one of them alone: `,->`, `i,j->`.
    Scalar,
    /// Two factors, one of which has no index, or none beside the batch: `,i->i`, `i,ij->ij`.
    Scaling,
    /// Two factors with the same indices, and a result that has them all: `ij,ij->ij`.
    Elementwise,
    /// Two factors that share no index but the batch, and a result that has them all: `i,j->ij`.
    Outer,
    /// Two factors, and all indices contracted: `i,i->`.
    Dot,
    /// Two factors, one of which has free indices: `ij,j->i`.
    MatrixVector,
    /// Two factors with free indices, and some contracted: `ij,jk->ik`.
    MatrixProduct,
    /// Three factors or more, in one nest of loops and without intermediates.
    NaryLoop,
}

impl StepKernel {
    /// What a step is. Of three factors and more, those without an index are but factors of the result.
    pub fn of(step: &Step) -> StepKernel {
        let output = &step.output;
        let mut terms: Vec<Term> = step.inputs.iter().map(|input| input.term.clone()).collect();
        if terms.len() > 2 {
            terms.retain(|term| !term.is_empty());
        }
        let roles = Roles::of(&terms, output).indices;
        let has = |wanted: Role| roles.iter().any(|&(_, role)| role == wanted);
        let diagonal = terms.iter().any(repeats);
        let alone = |class| StepKernel { class, batched: false, diagonal: false, summed: false };
        let is_repeated = output.iter().any(|&id| !terms.iter().any(|term| term.contains(&id)));
        match &terms[..] {
            [_] if is_repeated => alone(StepClass::Repeat),
            [] => alone(StepClass::Scalar),
            [only] if only.is_empty() => alone(StepClass::Scalar),
            [only] => alone(match (diagonal, has(Role::Summed), only == output) {
                (true, true, _) => StepClass::DiagonalSum,
                (true, false, _) => StepClass::Diagonal,
                (false, true, _) => StepClass::Sum,
                (false, false, true) => StepClass::Copy,
                (false, false, false) => StepClass::Transpose,
            }),
            [left, right] => {
                let free = |term: &Term| term.iter().any(|&id| roles.contains(&(id, Role::Free)));
                let (batched, contracted) = (has(Role::Batch), has(Role::Contracted));
                let class = match (contracted, free(left), free(right)) {
                    (true, true, true) => StepClass::MatrixProduct,
                    (true, false, false) => StepClass::Dot,
                    (true, ..) => StepClass::MatrixVector,
                    (false, true, true) => StepClass::Outer,
                    (false, false, false) if batched => StepClass::Elementwise,
                    (false, false, false) => StepClass::Scalar,
                    (false, ..) => StepClass::Scaling,
                };
                let batched = batched && class != StepClass::Elementwise;
                StepKernel { class, batched, diagonal, summed: has(Role::Summed) }
            }
            _ => StepKernel { diagonal, ..alone(StepClass::NaryLoop) },
        }
    }
}

fn repeats(term: &Term) -> bool {
    term.iter().enumerate().any(|(n, id)| term[..n].contains(id))
}

/// `diagonal, sum, batched matrix product`
impl fmt::Display for StepKernel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let diagonal = if self.diagonal { "diagonal, " } else { "" };
        let sum = if self.summed { "sum, " } else { "" };
        let batched = if self.batched { "batched " } else { "" };
        write!(f, "{diagonal}{sum}{batched}{}", self.class)
    }
}

impl fmt::Display for StepClass {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            StepClass::Copy => "copy",
            StepClass::Transpose => "transpose",
            StepClass::Repeat => "repeat",
            StepClass::Diagonal => "diagonal",
            StepClass::Sum => "sum",
            StepClass::DiagonalSum => "sum of a diagonal",
            StepClass::Scalar => "scalar",
            StepClass::Scaling => "scaling",
            StepClass::Elementwise => "element-wise product",
            StepClass::Outer => "outer product",
            StepClass::Dot => "dot",
            StepClass::MatrixVector => "matrix-vector",
            StepClass::MatrixProduct => "matrix product",
            StepClass::NaryLoop => "n-ary loop",
        })
    }
}
