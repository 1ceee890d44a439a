use ndarray::prelude::*;
use ndeinsum::try_einsum;

fn main() {
    let a = Array2::<f64>::zeros((2, 3));
    let c: Array2<f64> = try_einsum!("ij->ji", a);
    drop(c);
}
