use ndeinsum::einsum;

fn main() {
    einsum!("ij->ji");
}
