use ndarray::prelude::*;
use ndeinsum::einsum;

fn main() {
    let a = Array2::<f64>::zeros((2, 3));
    let b = Array2::<f64>::zeros((3, 4));
    einsum!("ij,jk->ik", a, b; path = [(0), (0, 1)]);
}
