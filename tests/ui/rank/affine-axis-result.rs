use ndarray::prelude::*;
use ndeinsum::einsum;

fn main() {
    let a = Array1::<f64>::zeros(9);
    let b = Array1::<f64>::zeros(3);
    let _: Array2<f64> = einsum!("(x+i),i->x", a, b);
}
