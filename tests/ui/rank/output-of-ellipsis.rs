use ndarray::prelude::*;
use ndeinsum::einsum;

fn main() {
    let a = Array3::<f64>::zeros((2, 3, 4));
    let mut c = Array1::<f64>::zeros(3);
    einsum!(c = "i...->...", a);
}
