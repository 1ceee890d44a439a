//! omeinsum: its tensors are column-major, so all terms are reversed. Its tree of steps is made once.

use crate::element::Element;
use crate::operands::Operands;
use crate::run::{Fresh, Outcome};
use crate::systems::{Prepared, any_layout};
use crate::workload::Workload;
use omeinsum::algebra::{Scalar, Standard};
use omeinsum::{Cpu, Einsum, Tensor};

pub(super) fn prepare<'a, T: Element + Scalar + PartialEq>(
    workload: &Workload,
    operands: &'a Operands<T>,
    _threads: usize,
) -> Prepared<'a> {
    if workload.into {
        return Err("writes no existing array".to_owned());
    }
    if operands.have_windows() {
        return Err("has no views whose elements overlap".to_owned());
    }
    let einsum = einsum(workload);
    let tensors: Vec<Tensor<T, Cpu>> = operands
        .arrays()
        .iter()
        .map(|array| {
            let shape: Vec<usize> = array.shape().iter().rev().copied().collect();
            Tensor::from_data(array.as_slice().expect("operands are in standard layout"), &shape)
        })
        .collect();
    let any_layout = any_layout() && workload.class() != "permute";
    Ok(Box::new(Fresh(move || {
        let tensors: Vec<&Tensor<T, Cpu>> = tensors.iter().collect();
        let result = einsum.execute::<Standard<T>, T, Cpu>(&tensors);
        ColumnMajor(if any_layout || result.is_contiguous() { result } else { result.contiguous() })
    })))
}

fn einsum(workload: &Workload) -> Einsum<usize> {
    let terms = workload.terms();
    let reversed = |term: &Vec<char>| term.iter().rev().map(|&label| label as usize).collect::<Vec<_>>();
    let extents = terms.extents(&workload.view_shapes());
    let extents = extents.into_iter().map(|(label, extent)| (label as usize, extent)).collect();
    let mut einsum =
        Einsum::new(terms.operands.iter().map(reversed).collect(), reversed(&terms.output), extents);
    einsum.optimize_greedy();
    einsum
}

struct ColumnMajor<T: Scalar>(Tensor<T, Cpu>);

impl<T: Element + Scalar> Outcome for ColumnMajor<T> {
    fn to_bytes(&self) -> Vec<u8> {
        self.0.to_vec().to_bytes()
    }
}
