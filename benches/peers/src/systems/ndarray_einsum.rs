//! ndarray-einsum: subscripts at run time. Its path is made once, operands are contracted in the order given.

use crate::element::Element;
use crate::operands::Operands;
use crate::run::Fresh;
use crate::systems::{Prepared, any_layout};
use crate::workload::Workload;
use ndarray_einsum::{ArrayLike, OptimizationMethod, einsum_path};

/// Work of more multiply-adds than this would take minutes, except in the classes that become a matrix product.
const PATIENCE: f64 = 3e8;
const PRODUCTS: [&str; 4] = ["matmul", "complex", "tccg", "contraction"];

pub(super) fn prepare<'a, T: Element>(
    workload: &Workload,
    operands: &'a Operands<T>,
    _threads: usize,
) -> Prepared<'a> {
    if workload.into {
        return Err("writes no existing array".to_owned());
    }
    if workload.order().multiply_adds > PATIENCE && !PRODUCTS.contains(&workload.class()) {
        return Err("too slow to wait for".to_owned());
    }
    let views = operands.views();
    let path = einsum_path(&workload.subscripts, &as_operands(&views), OptimizationMethod::Naive)?;
    let any_layout = any_layout() && workload.class() != "permute";
    Ok(Box::new(Fresh(move || {
        let result = path.contract_operands(&as_operands(&views));
        let done = any_layout || result.is_standard_layout();
        if done { result } else { result.as_standard_layout().into_owned() }
    })))
}

fn as_operands<T, A: ArrayLike<T>>(views: &[A]) -> Vec<&dyn ArrayLike<T>> {
    views.iter().map(|view| view as &dyn ArrayLike<T>).collect()
}
