use ndarray::prelude::*;
use ndeinsum::einsum_view;

fn main() {
    let a = Array1::<f64>::zeros(4);
    einsum_view!("(x+i)->xi", a; 2);
}
