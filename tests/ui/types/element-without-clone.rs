use ndarray::prelude::*;
use ndeinsum::einsum;

struct Level(u8);

fn main() {
    let a = Array1::from_vec(vec![Level(1), Level(2)]);
    einsum!("i->i", a);
}
