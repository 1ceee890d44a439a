use ndarray::prelude::*;
use ndeinsum::einsum;

fn main() {
    let a = arr1(&['a', 'b']);
    einsum!("i->", a);
}
