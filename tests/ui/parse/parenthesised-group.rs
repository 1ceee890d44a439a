use ndarray::prelude::*;
use ndeinsum::einsum;

fn main() {
    let a = Array2::<f64>::zeros((6, 4));
    einsum!("(ij)k->ijk", a);
}
