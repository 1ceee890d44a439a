use ndarray::prelude::*;
use ndeinsum::einsum;

fn main() {
    let a = Array1::<f64>::zeros(3);
    let b = Array1::<f32>::zeros(3);
    einsum!(2_u8 * "i,i->", a, b);
}
