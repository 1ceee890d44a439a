use ndarray::prelude::*;
use ndeinsum::einsum;

fn main() {
    let a = Array1::<f64>::zeros(3);
    let b = Array1::<f32>::zeros(3);
    einsum!("i,i->", a, b);
}
