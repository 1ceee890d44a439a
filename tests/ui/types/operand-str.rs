use ndeinsum::einsum;

fn main() {
    let a = "ij";
    einsum!("i->", a);
}
