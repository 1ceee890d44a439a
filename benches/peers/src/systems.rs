//! The systems: each turns a workload into a call, or says why it cannot.

mod cpueinsum;
mod faer;
mod ndarray;
mod ndarray_einsum;
mod ndeinsum;
mod omeinsum;

use crate::element::{Dtype, Element};
use crate::operands::Operands;
use crate::run::Run;
use crate::workload::Workload;
use num_complex::Complex;

pub const SYSTEMS: [System; 6] = [
    System::Ndeinsum,
    System::Ndarray,
    System::NdarrayEinsum,
    System::Cpueinsum,
    System::Omeinsum,
    System::Faer,
];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum System {
    Ndeinsum,
    Ndarray,
    NdarrayEinsum,
    Cpueinsum,
    Omeinsum,
    Faer,
}

/// A call, or the reason why there is none.
pub type Prepared<'a> = Result<Box<dyn Run + 'a>, String>;

impl System {
    pub fn name(self) -> &'static str {
        match self {
            Self::Ndeinsum => "ndeinsum",
            Self::Ndarray => "ndarray",
            Self::NdarrayEinsum => "ndarray-einsum",
            Self::Cpueinsum => "cpueinsum",
            Self::Omeinsum => "omeinsum",
            Self::Faer => "faer",
        }
    }

    pub fn of_name(name: &str) -> Option<Self> {
        SYSTEMS.into_iter().find(|system| system.name() == name)
    }
}

/// Whether results may have any layout; otherwise all systems end with what `einsum!` gives, the standard one.
fn any_layout() -> bool {
    std::env::var_os("BENCH_ANY_LAYOUT").is_some()
}

/// Elements that the systems have calls for.
pub trait Supported: Element {
    fn prepare<'a>(
        system: System,
        workload: &Workload,
        operands: &'a Operands<Self>,
        threads: usize,
    ) -> Prepared<'a>;
}

macro_rules! supported {
    ($($element:ty: $($variant:ident => $function:path),+;)+) => {$(
        impl Supported for $element {
            fn prepare<'a>(
                system: System,
                workload: &Workload,
                operands: &'a Operands<Self>,
                threads: usize,
            ) -> Prepared<'a> {
                match system {
                    $(System::$variant => $function(workload, operands, threads),)+
                    #[allow(unreachable_patterns)] // Floats have all systems.
                    _ => Err("has no such element type".to_owned()),
                }
            }
        }
    )+};
}

supported! {
    f32: Ndeinsum => ndeinsum::real, Ndarray => ndarray::prepare, NdarrayEinsum => ndarray_einsum::prepare,
        Cpueinsum => cpueinsum::prepare, Omeinsum => omeinsum::prepare, Faer => faer::prepare;
    f64: Ndeinsum => ndeinsum::real, Ndarray => ndarray::prepare, NdarrayEinsum => ndarray_einsum::prepare,
        Cpueinsum => cpueinsum::prepare, Omeinsum => omeinsum::prepare, Faer => faer::prepare;
    Complex<f32>: Ndeinsum => ndeinsum::any, Ndarray => ndarray::prepare, NdarrayEinsum => ndarray_einsum::prepare,
        Cpueinsum => cpueinsum::prepare, Omeinsum => omeinsum::prepare, Faer => faer::prepare;
    Complex<f64>: Ndeinsum => ndeinsum::any, Ndarray => ndarray::prepare, NdarrayEinsum => ndarray_einsum::prepare,
        Cpueinsum => cpueinsum::prepare, Omeinsum => omeinsum::prepare, Faer => faer::prepare;
    i32: Ndeinsum => ndeinsum::any, Ndarray => ndarray::prepare, NdarrayEinsum => ndarray_einsum::prepare,
        Omeinsum => omeinsum::prepare;
    i64: Ndeinsum => ndeinsum::any, Ndarray => ndarray::prepare, NdarrayEinsum => ndarray_einsum::prepare,
        Omeinsum => omeinsum::prepare;
}

/// Work that is written once for all element types.
pub trait Visit {
    fn visit<T: Supported>(self);
}

/// Calls `visit` with the type that `dtype` names.
pub fn with_element(dtype: Dtype, visit: impl Visit) {
    match dtype {
        Dtype::F32 => visit.visit::<f32>(),
        Dtype::F64 => visit.visit::<f64>(),
        Dtype::C32 => visit.visit::<Complex<f32>>(),
        Dtype::C64 => visit.visit::<Complex<f64>>(),
        Dtype::I32 => visit.visit::<i32>(),
        Dtype::I64 => visit.visit::<i64>(),
    }
}
