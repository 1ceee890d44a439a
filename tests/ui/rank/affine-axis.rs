use ndarray::prelude::*;
use ndeinsum::einsum;

fn main() {
    let a = Array1::<f64>::zeros(9);
    let k = Array2::<f64>::zeros((3, 3));
    einsum!("(x+i)(y+j),ij->xy", a, k);
}
