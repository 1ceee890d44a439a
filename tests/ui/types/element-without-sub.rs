use ndarray::prelude::*;
use ndeinsum::einsum;

// A type parameter: for a concrete type the message shows a line of the standard library if its source is installed.
fn less<T: Clone + num_traits::Zero>(c: &mut Array1<T>, a: &Array1<T>) {
    einsum!(c -= "i->i", a);
}

fn main() {
    less(&mut arr1(&[1.0]), &arr1(&[1.0]));
}
