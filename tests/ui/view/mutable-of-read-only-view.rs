use ndarray::prelude::*;
use ndeinsum::einsum_view;

fn main() {
    let a = Array2::<f64>::zeros((2, 3));
    let mut view = a.view();
    einsum_view!("ij->ji", &mut view).fill(1.0);
}
