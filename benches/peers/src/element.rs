//! Element types, and the same numbers on both sides of a comparison.

use crate::run::Outcome;
use ndarray::LinalgScalar;
use num_complex::Complex;

/// The name of an element type, as in the names of workloads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dtype {
    F32,
    F64,
    C32,
    C64,
    I32,
    I64,
}

impl Dtype {
    pub fn name(self) -> &'static str {
        match self {
            Self::F32 => "f32",
            Self::F64 => "f64",
            Self::C32 => "c32",
            Self::C64 => "c64",
            Self::I32 => "i32",
            Self::I64 => "i64",
        }
    }

    pub fn size(self) -> usize {
        match self {
            Self::F32 | Self::I32 => 4,
            Self::F64 | Self::I64 | Self::C32 => 8,
            Self::C64 => 16,
        }
    }

    /// Operations on real numbers in one multiply-add.
    pub fn flops_per_multiply_add(self) -> usize {
        match self {
            Self::C32 | Self::C64 => 8,
            _ => 2,
        }
    }

    /// Machine epsilon; zero where results must be exact.
    pub fn epsilon(self) -> f64 {
        match self {
            Self::F32 | Self::C32 => f64::from(f32::EPSILON),
            Self::F64 | Self::C64 => f64::EPSILON,
            Self::I32 | Self::I64 => 0.0,
        }
    }
}

/// An element: what every system needs of it, and its numbers.
pub trait Element: LinalgScalar + bytemuck::Pod + Outcome + Send + Sync {
    const DTYPE: Dtype;

    /// Element `index` of operand `operand`. Floats lie in (0, 1], so that sums of products have no cancellation and
    /// a relative error means something; they have 16 bits, so that `f32` and `f64` get the same.
    fn number(operand: usize, index: usize) -> Self;
}

/// A hash of 32 bits; `worker.py` has the same in NumPy.
fn hash(operand: usize, index: usize) -> u32 {
    let mut h =
        (index as u32).wrapping_mul(0x9E37_79B1).wrapping_add((operand as u32 + 1).wrapping_mul(0x85EB_CA6B));
    h = (h ^ (h >> 16)).wrapping_mul(0x045D_9F3B);
    h ^ (h >> 16)
}

fn fraction(operand: usize, index: usize) -> f64 {
    f64::from((hash(operand, index) & 0xFFFF) + 1) / 65536.0
}

fn small_integer(operand: usize, index: usize) -> i32 {
    (hash(operand, index) & 0xFF) as i32 - 128
}

macro_rules! elements {
    ($($element:ty: $dtype:ident, |$operand:ident, $index:ident| $number:expr;)+) => {$(
        impl Element for $element {
            const DTYPE: Dtype = Dtype::$dtype;

            fn number($operand: usize, $index: usize) -> Self {
                $number
            }
        }
    )+};
}

elements! {
    f32: F32, |operand, index| fraction(operand, index) as f32;
    f64: F64, |operand, index| fraction(operand, index);
    Complex<f32>: C32, |operand, index|
        Complex::new(fraction(operand, 2 * index) as f32, fraction(operand, 2 * index + 1) as f32);
    Complex<f64>: C64, |operand, index|
        Complex::new(fraction(operand, 2 * index), fraction(operand, 2 * index + 1));
    i32: I32, |operand, index| small_integer(operand, index);
    i64: I64, |operand, index| i64::from(small_integer(operand, index));
}
