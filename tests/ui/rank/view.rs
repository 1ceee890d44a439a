use ndarray::prelude::*;
use ndeinsum::einsum_view;

fn main() {
    let a = Array3::<f64>::zeros((2, 3, 4));
    einsum_view!("ij->ji", a);
}
