use ndarray::prelude::*;
use ndeinsum::einsum_vjp;

fn main() {
    let a = Array1::<f64>::zeros(2);
    let g = Array1::<f64>::zeros(2);
    einsum_vjp!("i->i", a; g, [0]);
}
