use ndarray::prelude::*;
use ndeinsum::einsum;

fn main() {
    let a = Array1::<f64>::zeros(3);
    let c = Array1::<f64>::zeros(3);
    let c = &c;
    einsum!(c = "i->i", a);
}
