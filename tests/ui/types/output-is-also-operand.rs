use ndarray::prelude::*;
use ndeinsum::einsum;

fn main() {
    let a = Array2::<f64>::zeros((3, 3));
    let mut c = a.clone();
    einsum!(c = "ij,jk->ik", a, c);
}
