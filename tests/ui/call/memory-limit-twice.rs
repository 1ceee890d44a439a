use ndarray::prelude::*;
use ndeinsum::einsum;

fn main() {
    let a = Array2::<f64>::zeros((3, 3));
    einsum!("ij,jk,kl->il", a, a, a; memory_limit = 100, memory_limit = 1000);
}
