//! A prepared call of one system, ready to be timed.

use bytemuck::Pod;
use ndarray::{Array, Dimension};
use std::hint::black_box;
use std::time::{Duration, Instant};

/// A prepared call; everything that a user would do once has been done.
pub trait Run {
    /// Calls `calls` times, and drops each result.
    fn repeat(&mut self, calls: usize);

    /// The time of one call, and the bytes of the elements of its result in standard layout.
    fn result(&mut self) -> (Duration, Vec<u8>);
}

/// A call that gives a fresh result each time.
pub struct Fresh<F>(pub F);

impl<R: Outcome, F: FnMut() -> R> Run for Fresh<F> {
    fn repeat(&mut self, calls: usize) {
        for _ in 0..calls {
            drop(black_box((self.0)()));
        }
    }

    fn result(&mut self) -> (Duration, Vec<u8>) {
        let start = Instant::now();
        let result = (self.0)();
        (start.elapsed(), result.to_bytes())
    }
}

/// A call that writes into a place that it is given.
pub struct IntoPlace<P, F>(pub P, pub F);

impl<P: Outcome, F: FnMut(&mut P)> Run for IntoPlace<P, F> {
    fn repeat(&mut self, calls: usize) {
        for _ in 0..calls {
            (self.1)(black_box(&mut self.0));
        }
    }

    fn result(&mut self) -> (Duration, Vec<u8>) {
        let start = Instant::now();
        (self.1)(&mut self.0);
        (start.elapsed(), self.0.to_bytes())
    }
}

/// A result of any system.
pub trait Outcome {
    fn to_bytes(&self) -> Vec<u8>;
}

impl<T: Pod, D: Dimension> Outcome for Array<T, D> {
    fn to_bytes(&self) -> Vec<u8> {
        let standard = self.as_standard_layout();
        bytemuck::cast_slice(standard.as_slice().expect("the layout is standard")).to_vec()
    }
}

impl<T: Pod> Outcome for Vec<T> {
    fn to_bytes(&self) -> Vec<u8> {
        bytemuck::cast_slice(self).to_vec()
    }
}

macro_rules! numbers {
    ($($number:ty),+) => {$(
        impl Outcome for $number {
            fn to_bytes(&self) -> Vec<u8> {
                bytemuck::bytes_of(self).to_vec()
            }
        }
    )+};
}

numbers!(f32, f64, num_complex::Complex<f32>, num_complex::Complex<f64>, i32, i64);
