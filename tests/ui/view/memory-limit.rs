use ndarray::prelude::*;
use ndeinsum::einsum_view;

fn main() {
    let a = Array2::<f64>::zeros((2, 3));
    einsum_view!("ij->ji", a; memory_limit = 100);
}
