use ndarray::prelude::*;
use ndeinsum::einsum;

fn main() {
    let a = Array2::<f64>::zeros((2, 3));
    let b = Array2::<f64>::zeros((3, 4));
    einsum!("ij,jk,kl->il", a, b; path = [(1, 2), (0, 1)]);
}
