use ndarray::prelude::*;
use ndeinsum::einsum_path;

fn main() {
    let a = Array2::<f64>::zeros((3, 3));
    let _ = a;
    einsum_path!();
}
