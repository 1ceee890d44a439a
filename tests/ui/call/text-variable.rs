use ndarray::prelude::*;
use ndeinsum::einsum;

fn main() {
    let text = "ij->ji";
    let a = Array2::<f64>::zeros((2, 3));
    einsum!(text, a);
}
