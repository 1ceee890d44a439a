use ndarray::prelude::*;
use ndeinsum::einsum;

fn main() {
    let a = Array1::<f32>::zeros(3);
    let s = 2.0_f64;
    einsum!(s * "i->", a);
}
