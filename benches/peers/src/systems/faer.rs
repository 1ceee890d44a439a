//! faer: matrix products, and loops over them.

use crate::element::Element;
use crate::operands::Operands;
use crate::product::{Product, standard_strides};
use crate::run::{Fresh, IntoPlace};
use crate::systems::Prepared;
use crate::workload::Workload;
use faer::linalg::matmul::matmul;
use faer::traits::ComplexField;
use faer::{Accum, MatMut, MatRef, Par};
use ndarray::{ArrayD, ArrayViewD};

pub(super) fn prepare<'a, T: Element + ComplexField>(
    workload: &Workload,
    operands: &'a Operands<T>,
    threads: usize,
) -> Prepared<'a> {
    let views = operands.views();
    let parallelism = if threads > 1 { Par::rayon(threads) } else { Par::Seq };
    let [a, b] = <[ArrayViewD<'a, T>; 2]>::try_from(views).map_err(|_| "no product of two matrices")?;
    let shape = workload.output_shape();
    let strides = [a.strides().to_vec(), b.strides().to_vec(), standard_strides(&shape)];
    let product = Product::of(&workload.terms(), &workload.view_shapes(), &strides)
        .ok_or("no product of two matrices")?;
    let run = move |c: &mut ArrayD<T>| run(&product, &a, &b, c, parallelism);
    if workload.into {
        return Ok(Box::new(IntoPlace(ArrayD::zeros(shape), run)));
    }
    Ok(Box::new(Fresh(move || {
        let mut c = ArrayD::zeros(shape.as_slice());
        run(&mut c);
        c
    })))
}

fn run<T: Element + ComplexField>(
    product: &Product,
    a: &ArrayViewD<'_, T>,
    b: &ArrayViewD<'_, T>,
    c: &mut ArrayD<T>,
    parallelism: Par,
) {
    let Product { m, n, k, .. } = product;
    let (a, b, c) = (a.as_ptr(), b.as_ptr(), c.as_mut_ptr());
    product.for_each(|[a_offset, b_offset, c_offset]| {
        // SAFETY: the offsets, extents and strides are those of the views and of `c`, whose elements are disjoint.
        let (a, b, c) = unsafe {
            (
                MatRef::from_raw_parts(a.offset(a_offset), m.extent, k.extent, m.strides[0], k.strides[0]),
                MatRef::from_raw_parts(b.offset(b_offset), k.extent, n.extent, k.strides[1], n.strides[1]),
                MatMut::from_raw_parts_mut(
                    c.offset(c_offset),
                    m.extent,
                    n.extent,
                    m.strides[2],
                    n.strides[2],
                ),
            )
        };
        matmul(c, Accum::Replace, a, b, T::one(), parallelism);
    });
}
