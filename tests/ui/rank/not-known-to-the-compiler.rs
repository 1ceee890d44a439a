use ndarray::prelude::*;
use ndeinsum::einsum;

fn transposed<D: Dimension>(a: &Array<f64, D>) -> Array2<f64> {
    einsum!("ij->ji", a)
}

fn main() {
    transposed(&Array2::<f64>::zeros((2, 3)));
}
