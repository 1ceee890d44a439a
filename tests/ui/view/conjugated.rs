use ndarray::prelude::*;
use ndeinsum::einsum_view;

fn main() {
    let a = Array2::<f64>::zeros((2, 2));
    einsum_view!("ii->i", conj(a));
}
