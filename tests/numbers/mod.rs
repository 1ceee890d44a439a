//! Elements for tests.

#![allow(dead_code, reason = "not every test needs all of them")]

use ndarray::LinalgScalar;
use num_complex::Complex;
use num_traits::Zero;
use std::{
    fmt::Debug,
    ops::{Add, Mul, Sub},
};

/// An element whose sums depend on their order, where it has roundings at all.
pub(crate) trait Rounded: LinalgScalar + Debug + Send + Sync {
    fn number(n: usize) -> Self;
    fn bits(self) -> [u64; 2];
}

/// Between -1/2 and 1/2.
fn fraction(n: usize) -> f64 {
    let hashed = (n as u32).wrapping_mul(0x9E37_79B1);
    f64::from(hashed ^ (hashed >> 13)) / f64::from(u32::MAX) - 0.5
}

macro_rules! rounded {
    ($($T:ty: |$n:ident| $number:expr, |$x:ident| $bits:expr;)*) => { $(
        impl Rounded for $T {
            fn number($n: usize) -> $T {
                $number
            }

            fn bits(self) -> [u64; 2] {
                let $x = self;
                $bits
            }
        }
    )* };
}

rounded! {
    f32: |n| fraction(n) as f32, |x| [x.to_bits().into(), 0];
    f64: |n| fraction(n), |x| [x.to_bits(), 0];
    Complex<f32>: |n| Complex::new(fraction(2 * n) as f32, fraction(2 * n + 1) as f32),
        |x| [x.re.to_bits().into(), x.im.to_bits().into()];
    Complex<f64>: |n| Complex::new(fraction(2 * n), fraction(2 * n + 1)), |x| [x.re.to_bits(), x.im.to_bits()];
    i32: |n| (n % 15) as i32 - 7, |x| [x as u64, 0];
    u64: |n| (n % 255) as u64, |x| [x, 0];
}

/// Whole numbers, small enough for exact sums.
pub(crate) trait Whole: LinalgScalar + Debug + Send + Sync + PartialEq {
    fn number(n: usize) -> Self;
}

macro_rules! whole {
    ($($T:ty: |$n:ident| $number:expr;)*) => { $(
        impl Whole for $T {
            fn number($n: usize) -> $T {
                $number
            }
        }
    )* };
}

whole! {
    f32: |n| (n * 7 % 5) as f32 - 2.0;
    f64: |n| (n * 7 % 5) as f64 - 2.0;
    Complex<f32>: |n| Complex::new((n * 7 % 5) as f32 - 2.0, (n % 3) as f32);
    Complex<f64>: |n| Complex::new((n * 7 % 5) as f64 - 2.0, (n % 3) as f64);
    i16: |n| (n * 7 % 5) as i16 - 2;
    i32: |n| (n * 7 % 5) as i32 - 2;
    u64: |n| (n * 7 % 5) as u64;
}

/// An element without a size.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Nothing;

impl Add for Nothing {
    type Output = Nothing;

    fn add(self, _other: Nothing) -> Nothing {
        Nothing
    }
}

impl Sub for Nothing {
    type Output = Nothing;

    fn sub(self, _other: Nothing) -> Nothing {
        Nothing
    }
}

impl Mul for Nothing {
    type Output = Nothing;

    fn mul(self, _other: Nothing) -> Nothing {
        Nothing
    }
}

impl Zero for Nothing {
    fn zero() -> Nothing {
        Nothing
    }

    fn is_zero(&self) -> bool {
        true
    }
}
