use ndarray::prelude::*;
use ndeinsum::einsum;

fn main() {
    let a = Array0::<f64>::zeros(());
    einsum!("...i", a);
}
