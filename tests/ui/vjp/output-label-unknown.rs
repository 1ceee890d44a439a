use ndarray::prelude::*;
use ndeinsum::einsum_vjp;

fn main() {
    let a = Array2::<f64>::zeros((2, 3));
    let b = Array2::<f64>::zeros((3, 4));
    let g = Array2::<f64>::zeros((2, 4));
    einsum_vjp!("ij,jk->il", a, b; g);
}
