use ndarray::prelude::*;
use ndeinsum::einsum_view;

fn main() {
    let a = Array1::<f64>::zeros(3);
    einsum_view!("i...j->j...i", a);
}
