use ndarray::prelude::*;
use ndeinsum::einsum_vjp;

fn main() {
    let a = Array1::<f64>::zeros(2);
    let g = Array1::<f64>::zeros(2);
    einsum_vjp!(2.0 * "i->i", a; g, wrt = [scale, 0, scale]);
}
