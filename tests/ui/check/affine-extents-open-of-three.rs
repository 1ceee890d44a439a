use ndarray::prelude::*;
use ndeinsum::einsum;

fn main() {
    let a = Array1::<f64>::zeros(9);
    let b = Array1::<f64>::zeros(3);
    einsum!("(2x+i+k),k->x", a, b);
}
