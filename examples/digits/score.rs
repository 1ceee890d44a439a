//! How well the network has answered.

use ndarray::prelude::*;
use ndeinsum::einsum;
use std::ops::{Add, AddAssign};

#[derive(Clone)]
pub(crate) struct Score {
    /// Summed over the digits.
    loss: f32,
    /// How often a digit (row) was taken for a digit (column).
    pub(crate) answers: Array2<usize>,
}

impl Score {
    /// The network's answer is the digit with the highest of its `scores`.
    pub(crate) fn new(loss: f32, scores: &ArrayRef2<f32>, labels: &[usize]) -> Self {
        let mut answers = Array::zeros((10, 10));
        for (row, &label) in scores.rows().into_iter().zip(labels) {
            answers[[label, largest(row)]] += 1;
        }
        Score { loss, answers }
    }

    pub(crate) fn digits(&self) -> usize {
        einsum!("ij->", self.answers)
    }

    pub(crate) fn right(&self) -> usize {
        einsum!("ii->", self.answers)
    }

    pub(crate) fn percent_right(&self) -> f32 {
        100.0 * self.right() as f32 / self.digits() as f32
    }

    pub(crate) fn mean_loss(&self) -> f32 {
        self.loss / self.digits() as f32
    }
}

impl Default for Score {
    fn default() -> Self {
        Score { loss: 0.0, answers: Array::zeros((10, 10)) }
    }
}

impl AddAssign for Score {
    fn add_assign(&mut self, other: Self) {
        self.loss += other.loss;
        self.answers += &other.answers;
    }
}

impl Add for Score {
    type Output = Self;
    fn add(mut self, other: Self) -> Self {
        self += other;
        self
    }
}

pub(crate) fn largest(scores: ArrayView1<'_, f32>) -> usize {
    (1..scores.len())
        .fold(0, |best, candidate| if scores[candidate] > scores[best] { candidate } else { best })
}
