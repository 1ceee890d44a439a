use ndarray::prelude::*;
use ndeinsum::einsum;

fn total<T>(a: &Array1<T>) -> T {
    einsum!("i->", a)
}

fn main() {
    total(&arr1(&[1.0, 2.0]));
}
