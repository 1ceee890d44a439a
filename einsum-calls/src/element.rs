//! The elements of the calls: how they are drawn, what the oracle computes in their place, and when a result agrees with it.
//!
//! | elements | the oracle's numbers | a result agrees if it is |
//! |---|---|---|
//! | integers | `Wrapping<i64>` | equal in the bits that it has |
//! | floats and complex numbers | [`Bounded`] | equal where all sums are exact, else within a bound |
//! | [`Fraction`], [`MaxPlus`], [`Matrix`] | themselves | equal |
//!
//! The bound for a sum of `n` products of `f` factors with unit roundoff `u` is `2 (n + f + 4) u · Σ |products|`, four times that for complex numbers:
//! `(n - 1 + f - 1) u` for a sum in any order with or without fused multiply-adds (Higham, *Accuracy and Stability of Numerical Algorithms*,
//! section 3.1), as much again for the oracle's own sum, and some for the scale and the assignment. Each product of complex numbers is within
//! `√5 u`, and each sum of them within `u`, in absolute value.

use fastrand::Rng;
use num_bigint::BigInt;
use num_complex::Complex;
use num_rational::Ratio;
use num_traits::Zero;
use std::{
    fmt::Debug,
    num::Wrapping,
    ops::{Add, Mul, Sub},
};

/// Which numbers are drawn.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Values {
    /// Integers up to this one in absolute value, mostly not zero: every sum is exact.
    Small(u32),
    /// Zeros, of which some will be set to one: integers with so many terms that others overflow.
    Zeros,
    /// Of the whole range of the type. Integers wrap, floats are between 1/4 and 1 in absolute value.
    Any,
}

/// An element of the arrays of a call.
pub trait Element:
    Clone + Debug + Zero + Add<Output = Self> + Mul<Output = Self> + Send + Sync + 'static
{
    /// What the oracle computes with.
    type Exact: Clone + Debug + PartialEq + Zero + Mul<Output = Self::Exact> + Sub<Output = Self::Exact>;
    /// The largest integer up to which all are elements; 0 for elements without overflow or rounding.
    const MOST: u64;
    /// Whether there are negative ones.
    const IS_SIGNED: bool = true;
    /// How it rounds.
    const ROUNDING: Rounding = Rounding::Never;
    /// How many positions the oracle can afford, as a part of those of a primitive number.
    const SHARE: f64 = 1.0;
    /// NumPy's name of the type, if it has one.
    const NUMPY: Option<&'static str> = None;

    /// A random one.
    fn random(rng: &mut Rng, values: Values) -> Self;
    /// One that spoils every result that it gets into.
    fn poison() -> Self;
    /// An integer.
    fn integer(n: u64) -> Self;
    /// Its conjugate.
    fn conjugate(&self) -> Self {
        self.clone()
    }
    /// The oracle's number for it.
    fn exact(&self) -> Self::Exact;
    /// Whether it is what the oracle has found, where this many roundings may be added to those of its terms.
    fn agrees(&self, expected: &Self::Exact, roundings: Option<f64>) -> bool;
    /// Whether it is another with the same bits.
    fn is_same(&self, other: &Self) -> bool;
    /// As Python reads it.
    fn json(&self) -> String {
        String::new()
    }
}

/// How sums and products round.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Rounding {
    /// They do not.
    Never,
    /// They wrap, where overflow is not checked.
    Wraps,
    /// As floats of this unit roundoff do.
    Float(f64),
}

macro_rules! integers {
    ($($T:ident $numpy:literal $signed:literal;)*) => { $(
        impl Element for $T {
            type Exact = Wrapping<i64>;
            const MOST: u64 = $T::MAX as u64;
            const IS_SIGNED: bool = $signed;
            const ROUNDING: Rounding = Rounding::Wraps;
            const NUMPY: Option<&'static str> = Some($numpy);

            fn random(rng: &mut Rng, values: Values) -> $T {
                match values {
                    Values::Small(most) => signed(rng, most, $signed) as $T,
                    Values::Zeros => 0,
                    Values::Any => rng.u64(..) as $T,
                }
            }

            fn poison() -> $T {
                $T::MAX
            }

            fn integer(n: u64) -> $T {
                n as $T
            }

            fn exact(&self) -> Wrapping<i64> {
                Wrapping(*self as i64)
            }

            fn agrees(&self, expected: &Wrapping<i64>, _: Option<f64>) -> bool {
                *self == expected.0 as $T
            }

            fn is_same(&self, other: &$T) -> bool {
                self == other
            }

            fn json(&self) -> String {
                self.to_string()
            }
        }
    )* };
}

integers! {
    i8 "int8" true;
    i16 "int16" true;
    i32 "int32" true;
    i64 "int64" true;
    isize "int64" true;
    u8 "uint8" false;
    u16 "uint16" false;
    u32 "uint32" false;
    u64 "uint64" false;
    usize "uint64" false;
}

fn signed(rng: &mut Rng, most: u32, is_signed: bool) -> i64 {
    let size = i64::from(if rng.f32() < 0.06 { 0 } else { rng.u32(1..=most) });
    if is_signed && rng.bool() { -size } else { size }
}

fn fraction(rng: &mut Rng) -> f64 {
    let size = 0.25 + 0.75 * rng.f64();
    if rng.bool() { -size } else { size }
}

/// A complex number with the sum of the absolute values that it was added up from, and the number of these.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bounded {
    value: Complex<f64>,
    sum: f64,
    terms: f64,
}

impl Bounded {
    fn new(re: f64, im: f64) -> Bounded {
        Bounded { value: Complex::new(re, im), sum: re.hypot(im), terms: 1.0 }
    }

    fn is_near(self, found: Complex<f64>, unit: f64, roundings: Option<f64>) -> bool {
        match roundings {
            None => found == self.value,
            Some(roundings) => {
                let allowed = 2.0 * (self.terms + roundings + 4.0) * unit * self.sum;
                let off = found - self.value;
                off.re.hypot(off.im) <= allowed
            }
        }
    }
}

impl Add for Bounded {
    type Output = Bounded;

    fn add(self, other: Bounded) -> Bounded {
        Bounded {
            value: self.value + other.value,
            sum: self.sum + other.sum,
            terms: self.terms + other.terms,
        }
    }
}

impl Sub for Bounded {
    type Output = Bounded;

    fn sub(self, other: Bounded) -> Bounded {
        self + Bounded { value: -other.value, ..other }
    }
}

impl Mul for Bounded {
    type Output = Bounded;

    // Numbers of terms multiply as well.
    #[allow(clippy::suspicious_arithmetic_impl)]
    fn mul(self, other: Bounded) -> Bounded {
        Bounded {
            value: self.value * other.value,
            sum: self.sum * other.sum,
            terms: self.terms * other.terms,
        }
    }
}

impl Zero for Bounded {
    fn zero() -> Bounded {
        Bounded { value: Complex::zero(), sum: 0.0, terms: 0.0 }
    }

    fn is_zero(&self) -> bool {
        *self == Bounded::zero()
    }
}

macro_rules! floats {
    ($($T:ident $numpy:literal $complex:literal;)*) => { $(
        impl Element for $T {
            type Exact = Bounded;
            const MOST: u64 = 1 << $T::MANTISSA_DIGITS;
            const ROUNDING: Rounding = Rounding::Float($T::EPSILON as f64 / 2.0);
            const NUMPY: Option<&'static str> = Some($numpy);

            fn random(rng: &mut Rng, values: Values) -> $T {
                match values {
                    Values::Small(most) => signed(rng, most, true) as $T,
                    Values::Zeros => 0.0,
                    Values::Any => fraction(rng) as $T,
                }
            }

            fn poison() -> $T {
                $T::NAN
            }

            fn integer(n: u64) -> $T {
                n as $T
            }

            fn exact(&self) -> Bounded {
                Bounded::new((*self).into(), 0.0)
            }

            fn agrees(&self, expected: &Bounded, roundings: Option<f64>) -> bool {
                expected.is_near(Complex::new((*self).into(), 0.0), $T::EPSILON as f64 / 2.0, roundings)
            }

            fn is_same(&self, other: &$T) -> bool {
                self.to_bits() == other.to_bits()
            }

            fn json(&self) -> String {
                format!("{self:?}")
            }
        }

        impl Element for Complex<$T> {
            type Exact = Bounded;
            // A product has two terms in each part.
            const MOST: u64 = 1 << ($T::MANTISSA_DIGITS - 7);
            const ROUNDING: Rounding = Rounding::Float(2.0 * $T::EPSILON as f64);
            const NUMPY: Option<&'static str> = Some($complex);

            fn random(rng: &mut Rng, values: Values) -> Complex<$T> {
                Complex::new($T::random(rng, values), $T::random(rng, values))
            }

            fn poison() -> Complex<$T> {
                Complex::new($T::NAN, $T::NAN)
            }

            fn integer(n: u64) -> Complex<$T> {
                Complex::new(n as $T, 0.0)
            }

            fn conjugate(&self) -> Complex<$T> {
                self.conj()
            }

            fn exact(&self) -> Bounded {
                Bounded::new(self.re.into(), self.im.into())
            }

            fn agrees(&self, expected: &Bounded, roundings: Option<f64>) -> bool {
                let found = Complex::new(self.re.into(), self.im.into());
                expected.is_near(found, 2.0 * $T::EPSILON as f64, roundings)
            }

            fn is_same(&self, other: &Complex<$T>) -> bool {
                self.re.is_same(&other.re) && self.im.is_same(&other.im)
            }

            fn json(&self) -> String {
                format!("[{:?}, {:?}]", self.re, self.im)
            }
        }
    )* };
}

floats! {
    f32 "float32" "complex64";
    f64 "float64" "complex128";
}

/// The max-plus semiring: a sum is the larger, a product the sum; zero is smaller than all.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MaxPlus(Option<i64>);

impl Add for MaxPlus {
    type Output = MaxPlus;

    fn add(self, other: MaxPlus) -> MaxPlus {
        MaxPlus(self.0.max(other.0))
    }
}

impl Mul for MaxPlus {
    type Output = MaxPlus;

    // That is the point of it.
    #[allow(clippy::suspicious_arithmetic_impl)]
    fn mul(self, other: MaxPlus) -> MaxPlus {
        MaxPlus(self.0.zip(other.0).map(|(one, other)| one + other))
    }
}

// No call subtracts; the oracle could.
impl Sub for MaxPlus {
    type Output = MaxPlus;

    fn sub(self, _: MaxPlus) -> MaxPlus {
        unreachable!("a semiring has no negatives")
    }
}

impl Zero for MaxPlus {
    fn zero() -> MaxPlus {
        MaxPlus(None)
    }

    fn is_zero(&self) -> bool {
        self.0.is_none()
    }
}

/// Matrices of 2 × 2 integers that wrap: their multiplication does not commute.
#[derive(Clone, Debug, PartialEq)]
pub struct Matrix([Wrapping<i64>; 4]);

impl Add for Matrix {
    type Output = Matrix;

    fn add(self, other: Matrix) -> Matrix {
        Matrix([0, 1, 2, 3].map(|n| self.0[n] + other.0[n]))
    }
}

impl Sub for Matrix {
    type Output = Matrix;

    fn sub(self, other: Matrix) -> Matrix {
        Matrix([0, 1, 2, 3].map(|n| self.0[n] - other.0[n]))
    }
}

impl Mul for Matrix {
    type Output = Matrix;

    fn mul(self, other: Matrix) -> Matrix {
        let [a, b] = [self.0, other.0];
        Matrix([(0, 0), (0, 1), (2, 0), (2, 1)].map(|(i, j)| a[i] * b[j] + a[i + 1] * b[j + 2]))
    }
}

impl Zero for Matrix {
    fn zero() -> Matrix {
        Matrix([Wrapping(0); 4])
    }

    fn is_zero(&self) -> bool {
        *self == Matrix::zero()
    }
}

/// An exact fraction of integers without bounds.
pub type Fraction = Ratio<BigInt>;

macro_rules! slow {
    ($($T:ident, $share:literal: |$rng:ident| $random:expr, |$n:ident| $integer:expr;)*) => { $(
        impl Element for $T {
            type Exact = $T;
            const MOST: u64 = 0;
            const SHARE: f64 = $share;

            fn random($rng: &mut Rng, _: Values) -> $T {
                $random
            }

            fn poison() -> $T {
                $T::integer(1_000_003)
            }

            fn integer($n: u64) -> $T {
                $integer
            }

            fn exact(&self) -> $T {
                self.clone()
            }

            fn agrees(&self, expected: &$T, _: Option<f64>) -> bool {
                self == expected
            }

            fn is_same(&self, other: &$T) -> bool {
                self == other
            }
        }
    )* };
}

slow! {
    Fraction, 0.02: |rng| Ratio::new(rng.i32(-9..10).into(), rng.i32(1..6).into()), |n| Ratio::from_integer(n.into());
    MaxPlus, 0.2: |rng| MaxPlus((rng.f32() < 0.9).then(|| rng.i64(-50..50))), |n| MaxPlus(Some(n as i64));
    Matrix, 0.1: |rng| Matrix([(); 4].map(|()| Wrapping(rng.i64(..)))), |n| Matrix([n, 0, 0, n].map(|n| Wrapping(n as i64)));
}
