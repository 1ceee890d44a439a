use ndeinsum::einsum_view;

fn main() {
    let a = vec![1.0, 2.0];
    einsum_view!("i->i", a);
}
