use ndarray::prelude::*;
use ndeinsum::einsum;

fn main() {
    let a = Array1::<f64>::zeros(9);
    einsum!("(x+i)->x", a; q = 3, i = 3);
}
