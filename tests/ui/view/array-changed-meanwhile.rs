use ndarray::prelude::*;
use ndeinsum::einsum_view;

fn main() {
    let mut a = Array2::<f64>::zeros((2, 3));
    let view = einsum_view!("ij->ji", a);
    a.fill(1.0);
    drop(view);
}
