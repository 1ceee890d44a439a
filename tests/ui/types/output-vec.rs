use ndarray::prelude::*;
use ndeinsum::einsum;

fn main() {
    let a = Array1::<f64>::zeros(3);
    let mut c = vec![0.0; 3];
    einsum!(c = "i->i", a);
}
