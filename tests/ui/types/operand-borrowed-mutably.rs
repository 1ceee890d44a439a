use ndarray::prelude::*;
use ndeinsum::einsum;

fn main() {
    let mut a = Array1::<f64>::zeros(3);
    let view = a.view_mut();
    einsum!("i->", a);
    drop(view);
}
