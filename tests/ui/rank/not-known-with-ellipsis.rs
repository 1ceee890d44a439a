use ndarray::prelude::*;
use ndeinsum::einsum;

fn total<D: Dimension>(a: &Array<f64, D>) -> f64 {
    einsum!("...->", a)
}

fn main() {
    total(&Array2::<f64>::zeros((2, 3)));
}
