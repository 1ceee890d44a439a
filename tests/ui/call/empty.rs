use ndeinsum::einsum;

fn main() {
    einsum!();
}
