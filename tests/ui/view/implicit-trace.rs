use ndarray::prelude::*;
use ndeinsum::einsum_view;

fn main() {
    let a = Array2::<f64>::zeros((3, 3));
    einsum_view!("ii", a);
}
