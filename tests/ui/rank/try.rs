use ndarray::prelude::*;
use ndeinsum::try_einsum;

fn main() {
    let a = Array3::<f64>::zeros((2, 3, 4));
    let _ = try_einsum!("ij->ji", a);
}
