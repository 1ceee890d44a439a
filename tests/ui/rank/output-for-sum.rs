use ndarray::prelude::*;
use ndeinsum::einsum;

fn main() {
    let a = Array2::<f64>::zeros((2, 3));
    let mut c = Array1::<f64>::zeros(1);
    einsum!(c = "ij->", a);
}
