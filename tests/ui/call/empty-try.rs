use ndeinsum::try_einsum;

fn main() {
    try_einsum!();
}
