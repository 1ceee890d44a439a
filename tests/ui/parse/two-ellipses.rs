use ndarray::prelude::*;
use ndeinsum::einsum;

fn main() {
    let a = Array3::<f64>::zeros((2, 3, 4));
    einsum!("...i...", a);
}
