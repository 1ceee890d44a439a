use ndarray::prelude::*;
use ndeinsum::einsum_path;

fn main() {
    let a = Array2::<f64>::zeros((3, 3));
    einsum_path!("ij,jkm,kl->il", a, a, a);
}
