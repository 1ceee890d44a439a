//! All systems give the same numbers for all rows of the table, at sizes that take no time.

use ndeinsum_peers::element::Dtype;
use ndeinsum_peers::operands::Operands;
use ndeinsum_peers::systems::{SYSTEMS, Supported, System, Visit, with_element};
use ndeinsum_peers::table;
use ndeinsum_peers::workload::Workload;

/// Work beyond this many multiply-adds gets shorter axes.
const SMALL: f64 = 2e5;

#[test]
fn all_systems_agree() {
    let mut failures = Vec::new();
    for workload in table::workloads().into_iter().chain(table::sweep()).filter_map(small) {
        with_element(workload.dtype, Check { workload: &workload, failures: &mut failures });
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[test]
fn names_are_unique() {
    let mut names: Vec<String> =
        table::workloads().into_iter().chain(table::sweep()).map(|workload| workload.name).collect();
    let count = names.len();
    names.sort();
    names.dedup();
    assert_eq!(names.len(), count);
}

/// `None` for large views of windows: their extents depend on each other, and the table has small ones as well.
fn small(mut workload: Workload) -> Option<Workload> {
    if workload.order().multiply_adds <= SMALL {
        return Some(workload);
    }
    for operand in &mut workload.operands {
        if operand.windows.is_some() {
            return None;
        }
        operand.shape.iter_mut().for_each(|extent| *extent = (*extent).min(5));
    }
    Some(workload)
}

struct Check<'w> {
    workload: &'w Workload,
    failures: &'w mut Vec<String>,
}

impl Visit for Check<'_> {
    fn visit<T: Supported>(self) {
        let Self { workload, failures } = self;
        let operands = Operands::<T>::of(workload);
        let result = |system: System, threads| {
            let call = T::prepare(system, workload, &operands, threads);
            call.map(|mut call| reals(workload.dtype, &call.result().1))
        };
        let expected = match result(System::Ndeinsum, 1) {
            Ok(expected) => expected,
            Err(reason) => return failures.push(format!("{}: ndeinsum: {reason}", workload.name)),
        };
        let size = expected.iter().fold(0.0, |size: f64, value| size.max(value.abs()));
        for system in SYSTEMS {
            for threads in [1, 2] {
                // A system without such a function is no failure.
                let Ok(values) = result(system, threads) else { continue };
                let close = |(value, expected): (&f64, &f64)| {
                    (value - expected).abs() <= 2.0 * workload.tolerance() * size
                };
                if values.len() != expected.len() || !values.iter().zip(&expected).all(close) {
                    failures.push(format!("{}: {} with {threads} threads", workload.name, system.name()));
                }
            }
        }
    }
}

fn reals(dtype: Dtype, bytes: &[u8]) -> Vec<f64> {
    match dtype {
        Dtype::F32 | Dtype::C32 => {
            bytemuck::pod_collect_to_vec::<u8, f32>(bytes).into_iter().map(f64::from).collect()
        }
        Dtype::F64 | Dtype::C64 => bytemuck::pod_collect_to_vec(bytes),
        Dtype::I32 => bytemuck::pod_collect_to_vec::<u8, i32>(bytes).into_iter().map(f64::from).collect(),
        Dtype::I64 => {
            bytemuck::pod_collect_to_vec::<u8, i64>(bytes).into_iter().map(|value| value as f64).collect()
        }
    }
}
