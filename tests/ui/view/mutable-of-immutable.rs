use ndarray::prelude::*;
use ndeinsum::einsum_view;

fn main() {
    let a = Array2::<f64>::zeros((2, 3));
    einsum_view!("ij->ji", &mut a).fill(1.0);
}
