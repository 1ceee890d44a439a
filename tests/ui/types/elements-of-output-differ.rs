use ndarray::prelude::*;
use ndeinsum::einsum;

fn main() {
    let a = Array2::<f64>::zeros((2, 3));
    let mut c = Array2::<f32>::zeros((3, 2));
    einsum!(c = "ij->ji", a);
}
