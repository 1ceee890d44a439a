use ndarray::prelude::*;
use ndeinsum::einsum;

fn main() {
    let a = arr1(&[true, false]);
    einsum!("i,i->", a, a);
}
