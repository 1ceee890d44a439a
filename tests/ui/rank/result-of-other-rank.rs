use ndarray::prelude::*;
use ndeinsum::einsum;

fn main() {
    let a = Array2::<f64>::zeros((2, 3));
    let c: Array1<f64> = einsum!("ij->ji", a);
    drop(c);
}
