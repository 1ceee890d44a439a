use ndarray::prelude::*;
use ndeinsum::einsum_view;

fn main() {
    let a = Array2::<f64>::zeros((2, 3));
    let mut c = Array2::<f64>::zeros((3, 2));
    einsum_view!(c = "ij->ji", a);
}
