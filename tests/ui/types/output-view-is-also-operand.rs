use ndarray::prelude::*;
use ndeinsum::einsum;

fn main() {
    let mut c = Array2::<f64>::zeros((3, 3));
    einsum!(c.row_mut(0) = "ij->j", c);
}
