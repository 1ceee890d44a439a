use ndarray::prelude::*;
use ndeinsum::einsum;

fn main() {
    let a = Box::new(Array1::<f64>::zeros(3));
    einsum!("i->", a);
}
