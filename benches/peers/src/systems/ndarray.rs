//! ndarray itself: its own method where it has one, else loops over `general_mat_mul`.

use crate::element::Element;
use crate::operands::Operands;
use crate::product::{Axis as ProductAxis, Product, standard_strides};
use crate::run::{Fresh, IntoPlace, Outcome, Run};
use crate::systems::Prepared;
use crate::workload::Workload;
use ndarray::linalg::general_mat_mul;
use ndarray::{
    Array2, ArrayD, ArrayView, ArrayView1, ArrayView2, ArrayView4, ArrayViewD, ArrayViewMut2, Axis, Ix1, Ix2,
    Ix4, ShapeBuilder, s,
};

pub(super) fn prepare<'a, T: Element>(
    workload: &Workload,
    operands: &'a Operands<T>,
    _threads: usize,
) -> Prepared<'a> {
    let views = operands.views();
    let call = match &views[..] {
        _ if workload.into => None,
        [a] => unary(workload, a),
        [a, b] => binary(&workload.subscripts, a, b),
        [x, a, y] if workload.subscripts == "i,ij,j->" => {
            let (x, a, y) = (vector(x), matrix(a), vector(y));
            fresh(move || x.dot(&a.dot(&y)))
        }
        _ => None,
    };
    call.map_or_else(|| products(workload, views), Ok)
}

type Call<'a> = Option<Box<dyn Run + 'a>>;

fn fresh<'a, R: Outcome + 'a>(call: impl FnMut() -> R + 'a) -> Call<'a> {
    Some(Box::new(Fresh(call)))
}

fn vector<'a, T>(view: &ArrayViewD<'a, T>) -> ArrayView1<'a, T> {
    view.clone().into_dimensionality::<Ix1>().expect("the term has one label")
}

fn matrix<'a, T>(view: &ArrayViewD<'a, T>) -> ArrayView2<'a, T> {
    view.clone().into_dimensionality::<Ix2>().expect("the term has two labels")
}

fn unary<'a, T: Element>(workload: &Workload, a: &ArrayViewD<'a, T>) -> Call<'a> {
    match workload.subscripts.as_str() {
        "ij->" => {
            let a = matrix(a);
            fresh(move || a.sum())
        }
        "ij->i" => {
            let a = matrix(a);
            fresh(move || a.sum_axis(Axis(1)))
        }
        "ij->j" => {
            let a = matrix(a);
            fresh(move || a.sum_axis(Axis(0)))
        }
        _ => {
            let terms = workload.terms();
            let position = |label| terms.operands[0].iter().position(|other| other == label);
            let axes: Vec<usize> = terms.output.iter().map(position).collect::<Option<_>>()?;
            let permuted = a.clone().permuted_axes(axes);
            fresh(move || permuted.as_standard_layout().into_owned())
        }
    }
}

fn binary<'a, T: Element>(subscripts: &str, a: &ArrayViewD<'a, T>, b: &ArrayViewD<'a, T>) -> Call<'a> {
    match subscripts {
        "i,i->" => {
            let (a, b) = (vector(a), vector(b));
            fresh(move || a.dot(&b))
        }
        "ij,j->i" => {
            let (a, b) = (matrix(a), vector(b));
            fresh(move || a.dot(&b))
        }
        "ij,i->j" => {
            let (a, b) = (matrix(a).reversed_axes(), vector(b));
            fresh(move || a.dot(&b))
        }
        "i,j->ij" => {
            let (a, b) = (vector(a).insert_axis(Axis(1)), vector(b).insert_axis(Axis(0)));
            fresh(move || &a * &b)
        }
        "ij,ij->ij" => {
            let (a, b) = (matrix(a), matrix(b));
            fresh(move || &a * &b)
        }
        "xyij,ij->xy" => {
            let (windows, kernel) = (a.clone().into_dimensionality::<Ix4>().ok()?, matrix(b));
            fresh(move || shifted_sums(&windows, &kernel))
        }
        "ij,jk->ik" | "ij,kj->ik" | "ji,jk->ik" | "ji,kj->ik" => {
            let (a, b) = (matrix(a), matrix(b));
            let a = if subscripts.starts_with("ji") { a.reversed_axes() } else { a };
            let b = if subscripts.ends_with("kj->ik") { b.reversed_axes() } else { b };
            fresh(move || a.dot(&b))
        }
        _ => None,
    }
}

/// A multiple of the image, shifted, for each element of the kernel.
fn shifted_sums<T: Element>(windows: &ArrayView4<'_, T>, kernel: &ArrayView2<'_, T>) -> Array2<T> {
    let (rows, columns, ..) = windows.dim();
    let mut sums = Array2::zeros((rows, columns));
    for ((i, j), factor) in kernel.indexed_iter() {
        sums.scaled_add(*factor, &windows.slice(s![.., .., i, j]));
    }
    sums
}

fn products<'a, T: Element>(workload: &Workload, views: Vec<ArrayViewD<'a, T>>) -> Prepared<'a> {
    let [a, b] = <[ArrayViewD<'a, T>; 2]>::try_from(views).map_err(|_| "has no such function")?;
    let shape = workload.output_shape();
    let strides = [a.strides().to_vec(), b.strides().to_vec(), standard_strides(&shape)];
    let product =
        Product::of(&workload.terms(), &workload.view_shapes(), &strides).ok_or("has no such function")?;
    let run = move |c: &mut ArrayD<T>| run(&product, &a, &b, c);
    if workload.into {
        return Ok(Box::new(IntoPlace(ArrayD::zeros(shape), run)));
    }
    Ok(Box::new(Fresh(move || {
        let mut c = ArrayD::zeros(shape.as_slice());
        run(&mut c);
        c
    })))
}

fn run<T: Element>(product: &Product, a: &ArrayViewD<'_, T>, b: &ArrayViewD<'_, T>, c: &mut ArrayD<T>) {
    let Product { m, n, k, .. } = product;
    let layout = |rows: &ProductAxis, columns: &ProductAxis, term: usize| {
        (rows.extent, columns.extent).strides((rows.strides[term] as usize, columns.strides[term] as usize))
    };
    let (a, b, c) = (a.as_ptr(), b.as_ptr(), c.as_mut_ptr());
    product.for_each(|[a_offset, b_offset, c_offset]| {
        // SAFETY: the offsets, extents and strides are those of the views and of `c`, whose elements are disjoint.
        let (a, b, mut c) = unsafe {
            (
                ArrayView::from_shape_ptr(layout(m, k, 0), a.offset(a_offset)),
                ArrayView::from_shape_ptr(layout(k, n, 1), b.offset(b_offset)),
                ArrayViewMut2::from_shape_ptr(layout(m, n, 2), c.offset(c_offset)),
            )
        };
        general_mat_mul(T::one(), &a, &b, T::zero(), &mut c);
    });
}
