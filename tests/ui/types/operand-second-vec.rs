use ndarray::prelude::*;
use ndeinsum::einsum;

fn main() {
    let a = Array2::<f64>::zeros((2, 3));
    let b = vec![1.0, 2.0, 3.0];
    einsum!("ij,j->i", a, b);
}
