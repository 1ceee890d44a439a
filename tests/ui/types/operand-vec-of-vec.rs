use ndeinsum::einsum;

fn main() {
    let a = vec![vec![1.0, 2.0]];
    einsum!("ij->ji", a);
}
