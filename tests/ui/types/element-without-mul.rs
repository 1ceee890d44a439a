use ndarray::prelude::*;
use ndeinsum::einsum;

// A type parameter: for a concrete type the message shows a line of the standard library if its source is installed.
fn squares<T: Clone + num_traits::Zero>(a: &Array1<T>) -> T {
    einsum!("i,i->", a, a)
}

fn main() {
    squares(&arr1(&[1.0, 2.0]));
}
