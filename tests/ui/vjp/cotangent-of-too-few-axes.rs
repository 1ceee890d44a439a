use ndarray::prelude::*;
use ndeinsum::einsum_vjp;

fn main() {
    let a = Array3::<f64>::zeros((2, 3, 4));
    let g = Array1::<f64>::zeros(2);
    einsum_vjp!("i...j->ij...", a; g);
}
