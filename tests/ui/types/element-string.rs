use ndarray::prelude::*;
use ndeinsum::einsum;

fn main() {
    let a = arr1(&["a".to_string(), "b".to_string()]);
    einsum!("i->", a);
}
