use ndarray::prelude::*;
use ndeinsum::einsum_path;

fn main() {
    let a = Array2::<f64>::zeros((3, 3));
    einsum_path!("ij,jk,kl->il", a, a, a; memory_limit = -1);
}
