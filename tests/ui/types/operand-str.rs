use ndeinsum::einsum;

fn main() {
    einsum!("i->", "ij");
}
