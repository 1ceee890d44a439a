//! cpueinsum: a plan made once, with the best order of steps, and its scratch kept.

use crate::element::Element;
use crate::operands::Operands;
use crate::product::standard_strides;
use crate::run::{Fresh, IntoPlace};
use crate::systems::Prepared;
use crate::workload::Workload;
use cpueinsum::strided_view::{StridedView, StridedViewMut};
use cpueinsum::{EinsumPlan, EinsumSpec, Exec, Layout, Pool, Scalar, Scratch};

pub(super) fn prepare<'a, T: Element + Scalar>(
    workload: &Workload,
    operands: &'a Operands<T>,
    threads: usize,
) -> Prepared<'a> {
    prepared(workload, operands, threads).map_err(|error| error.to_string())
}

fn prepared<'a, T: Element + Scalar>(
    workload: &Workload,
    operands: &'a Operands<T>,
    threads: usize,
) -> Result<Box<dyn crate::run::Run + 'a>, Box<dyn std::error::Error>> {
    let spec = spec(workload)?;
    let shapes = workload.view_shapes();
    let strides: Vec<Vec<isize>> = operands.views().iter().map(|view| view.strides().to_vec()).collect();
    let inputs: Vec<StridedView<'a, T>> = operands
        .arrays()
        .iter()
        .zip(shapes.iter().zip(&strides))
        .map(|(array, (shape, strides))| {
            StridedView::new(array.as_slice().expect("operands are in standard layout"), shape, strides, 0)
        })
        .collect::<Result<_, _>>()?;
    let shape = workload.output_shape();
    let output_strides = standard_strides(&shape);
    let layouts: Vec<Layout<'_>> = inputs.iter().map(Layout::of).collect();
    let plan = EinsumPlan::<T>::new(&spec, &layouts, Layout::new(&shape, &output_strides)?)?;
    let mut scratch = Scratch::with_len(plan.scratch_len());
    let pool = Pool::owned(threadteam::Pool::builder().threads(threads).build()?);
    let len = shape.iter().product();
    let mut run = move |c: &mut Vec<T>| {
        let mut exec =
            if threads > 1 { Exec::new(&pool, threads).expect("a budget") } else { Exec::serial() };
        let mut output = StridedViewMut::new(c, &shape, &output_strides, 0).expect("as long as the shape");
        plan.execute_into(&mut exec, &inputs, &mut output, &mut scratch).expect("the plan fits its operands");
    };
    if workload.into {
        return Ok(Box::new(IntoPlace(vec![<T as num_traits::Zero>::zero(); len], run)));
    }
    Ok(Box::new(Fresh(move || {
        let mut c = vec![<T as num_traits::Zero>::zero(); len];
        run(&mut c);
        c
    })))
}

fn spec(workload: &Workload) -> cpueinsum::Result<EinsumSpec> {
    let terms = workload.terms();
    let labels = |term: &Vec<char>| term.iter().map(|&label| i64::from(u32::from(label))).collect::<Vec<_>>();
    let operands: Vec<Vec<i64>> = terms.operands.iter().map(labels).collect();
    let operands: Vec<&[i64]> = operands.iter().map(Vec::as_slice).collect();
    EinsumSpec::new(&operands, &labels(&terms.output), &workload.order().steps)
}
