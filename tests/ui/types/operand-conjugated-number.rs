use ndeinsum::einsum;

fn main() {
    einsum!("i->i", conj(3.0));
}
