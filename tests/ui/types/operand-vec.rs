use ndeinsum::einsum;

fn main() {
    let a = vec![1.0, 2.0];
    einsum!("i->", a);
}
