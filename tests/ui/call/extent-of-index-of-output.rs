use ndarray::prelude::*;
use ndeinsum::einsum;

fn main() {
    let a = Array1::<f64>::zeros(9);
    let mut c = Array1::<f64>::zeros(7);
    einsum!(c = "(x+i)->x", a; x = 7);
}
