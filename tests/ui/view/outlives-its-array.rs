use ndarray::prelude::*;
use ndeinsum::einsum_view;

fn flipped() -> ArrayView2<'static, f64> {
    let a = Array2::<f64>::zeros((2, 3));
    einsum_view!("ij->ji", a)
}

fn main() {
    flipped();
}
