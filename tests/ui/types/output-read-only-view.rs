use ndarray::prelude::*;
use ndeinsum::einsum;

fn main() {
    let a = Array1::<f64>::zeros(3);
    let d = Array1::<f64>::zeros(3);
    let mut c = d.view();
    einsum!(c = "i->i", a);
}
