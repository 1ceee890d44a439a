use ndarray::prelude::*;
use ndeinsum::einsum;

#[derive(Clone, Copy)]
struct Level(u8);

fn main() {
    let a = arr1(&[Level(1), Level(2)]);
    einsum!("i->", a);
}
