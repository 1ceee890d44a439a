use ndarray::prelude::*;
use ndeinsum::einsum;

fn main() {
    let image = Array2::<f64>::zeros((5, 5));
    let kernel = Array2::<f64>::zeros((3, 3));
    einsum!("(x+i)(y+j),ij->xy", image, kernel);
}
