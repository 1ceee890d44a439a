use ndarray::prelude::*;
use ndeinsum::einsum;

fn main() {
    let a = Array2::<f64>::zeros((2, 3));
    einsum!("ij->ji", a, a, a);
}
