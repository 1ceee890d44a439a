use ndarray::prelude::*;
use ndeinsum::einsum_path;

fn main() {
    let a = Array2::<f64>::zeros((3, 3));
    let mut c = Array2::<f64>::zeros((3, 3));
    einsum_path!(c += 2. * "ij,jk,kl->im", a, a, a; order = 1);
}
