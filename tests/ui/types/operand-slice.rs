use ndeinsum::einsum;

fn main() {
    let a: &[f64] = &[1.0, 2.0];
    einsum!("i->", a);
}
