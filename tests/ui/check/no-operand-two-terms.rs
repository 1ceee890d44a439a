use ndeinsum::einsum;

fn main() {
    einsum!("ij,jk->ik");
}
