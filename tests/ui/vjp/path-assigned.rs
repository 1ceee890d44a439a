use ndarray::prelude::*;
use ndeinsum::einsum_vjp_path;

fn main() {
    let a = Array2::<f64>::zeros((2, 3));
    let b = Array2::<f64>::zeros((3, 4));
    einsum_vjp_path!(a = "ij,jk->ik", a, b);
}
