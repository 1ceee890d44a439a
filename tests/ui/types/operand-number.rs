use ndeinsum::einsum;

fn main() {
    let a = 1.0_f64;
    einsum!("->", a);
}
