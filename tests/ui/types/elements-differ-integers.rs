use ndarray::prelude::*;
use ndeinsum::einsum;

fn main() {
    let a = Array1::<i32>::zeros(3);
    let b = Array1::<i64>::zeros(3);
    einsum!("i,i->i", a, b);
}
