use ndeinsum::einsum_view;

fn main() {
    einsum_view!("ij->ji", kernel);
}
