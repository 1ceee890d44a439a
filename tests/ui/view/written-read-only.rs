use ndarray::prelude::*;
use ndeinsum::einsum_view;

fn main() {
    let mut a = Array2::<f64>::zeros((2, 3));
    einsum_view!("ij->ji", a).fill(1.0);
    a.fill(2.0);
}
