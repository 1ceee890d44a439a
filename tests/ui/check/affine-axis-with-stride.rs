use ndarray::prelude::*;
use ndeinsum::einsum;

fn main() {
    let signal = Array1::<f64>::zeros(3);
    let kernel = Array1::<f64>::zeros(2);
    einsum!("(2x + 3i), i -> x", signal, kernel);
}
