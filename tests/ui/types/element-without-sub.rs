use ndarray::prelude::*;
use ndeinsum::einsum;

#[derive(Clone, Copy)]
struct Level(u8);

impl std::ops::Add for Level {
    type Output = Level;
    fn add(self, other: Level) -> Level {
        Level(self.0.max(other.0))
    }
}

impl std::ops::Mul for Level {
    type Output = Level;
    fn mul(self, other: Level) -> Level {
        Level(self.0.min(other.0))
    }
}

impl num_traits::Zero for Level {
    fn zero() -> Level {
        Level(0)
    }
    fn is_zero(&self) -> bool {
        self.0 == 0
    }
}

fn main() {
    let a = arr1(&[Level(1), Level(2)]);
    let mut c = a.clone();
    einsum!(c -= "i->i", a);
}
