//! `einsum_vjp!` against finite differences, for the calls that `tests/vjp_calls.py` has made up.
//!
//! A contraction is linear in each operand, so that a central difference has no error but rounding.

use fastrand::Rng;
use ndarray::prelude::*;
use ndeinsum::{einsum, einsum_vjp};
use num_complex::Complex;
use std::ops::{Add, Mul};

/// Numbers with the scalar product in which gradients are gradients: that of their real and imaginary parts.
trait Number: Copy + Add<Output = Self> + Mul<Output = Self> + num_traits::Zero + 'static {
    /// The directions in which a number can be moved.
    const DIRECTIONS: &'static [Self];
    fn random(rng: &mut Rng) -> Self;
    fn dot(self, other: Self) -> f64;
    fn times(self, step: f64) -> Self;
}

impl Number for f64 {
    const DIRECTIONS: &'static [f64] = &[1.0];

    fn random(rng: &mut Rng) -> f64 {
        2.0 * rng.f64() - 1.0
    }

    fn dot(self, other: f64) -> f64 {
        self * other
    }

    fn times(self, step: f64) -> f64 {
        self * step
    }
}

impl Number for Complex<f64> {
    const DIRECTIONS: &'static [Complex<f64>] = &[Complex::new(1.0, 0.0), Complex::new(0.0, 1.0)];

    fn random(rng: &mut Rng) -> Complex<f64> {
        Complex::new(f64::random(rng), f64::random(rng))
    }

    fn dot(self, other: Complex<f64>) -> f64 {
        self.re * other.re + self.im * other.im
    }

    fn times(self, step: f64) -> Complex<f64> {
        self * step
    }
}

fn random<T: Number>(shape: &[usize], rng: &mut Rng) -> ArrayD<T> {
    ArrayD::from_shape_simple_fn(shape, || T::random(rng))
}

fn dot<T: Number>(a: &ArrayD<T>, b: &ArrayD<T>) -> f64 {
    assert_eq!(a.shape(), b.shape());
    a.iter().zip(b).map(|(&a, &b)| a.dot(b)).sum()
}

/// Moves each operand in a random direction, and the scale if it has a gradient, and compares the change with what the gradient says.
fn check<T: Number>(
    shapes: &[&[usize]],
    forward: impl Fn(&[ArrayD<T>], T) -> ArrayD<T>,
    backward: impl Fn(&[ArrayD<T>], &ArrayD<T>, T) -> (Option<T>, Vec<ArrayD<T>>),
) {
    let mut rng = Rng::with_seed(7);
    let operands: Vec<ArrayD<T>> = shapes.iter().map(|shape| random(shape, &mut rng)).collect();
    let scale = T::random(&mut rng);
    let result = forward(&operands, scale);
    let cotangent = random(result.shape(), &mut rng);
    let (of_scale, gradients) = backward(&operands, &cotangent, scale);
    assert_eq!(gradients.len(), operands.len());
    let step = 0.5;
    let compare = |what: String, moved: [ArrayD<T>; 2], slope: f64| {
        let [plus, minus] = moved.map(|result| dot(&cotangent, &result));
        let difference = (plus - minus) / (2.0 * step);
        let size = 1.0 + slope.abs() + plus.abs() + minus.abs();
        assert!(
            (slope - difference).abs() < 1e-12 * size,
            "{what}: the gradient says {slope}, the difference {difference}"
        );
    };
    for (n, gradient) in gradients.iter().enumerate() {
        assert_eq!(gradient.shape(), operands[n].shape());
        for &direction in T::DIRECTIONS {
            let along = random::<T>(operands[n].shape(), &mut rng).mapv(|number| number * direction);
            let moved = [step, -step].map(|step| {
                let mut operands = operands.clone();
                operands[n] = &operands[n] + &along.mapv(|number| number.times(step));
                forward(&operands, scale)
            });
            compare(format!("operand {n}"), moved, dot(gradient, &along));
        }
    }
    if let Some(gradient) = of_scale {
        for &direction in T::DIRECTIONS {
            let moved = [step, -step].map(|step| forward(&operands, scale + direction.times(step)));
            compare("the scale".into(), moved, gradient.dot(direction));
        }
    }
}

include!("vjp_calls.in");
