use ndarray::prelude::*;
use ndeinsum::einsum;

const TRANSPOSE: &str = "ij->ji";

fn main() {
    let a = Array2::<f64>::zeros((2, 3));
    einsum!(TRANSPOSE, a);
}
