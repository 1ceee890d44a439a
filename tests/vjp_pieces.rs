//! Gradients of convolutions that are larger than the pieces in which they are computed, against direct loops.

use ndarray::prelude::*;
use ndeinsum::{einsum, einsum_vjp};

/// Small whole numbers, so that all sums are exact.
fn whole<D: Dimension>(shape: impl ndarray::ShapeBuilder<Dim = D>) -> Array<f64, D> {
    let mut n = 0_u32;
    Array::from_shape_simple_fn(shape, || {
        n = n.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        f64::from(n >> 29) - 3.0
    })
}

#[test]
fn long_lines() {
    macro_rules! check {
        ($($text:literal, $stride:literal, $dilation:literal;)*) => { $(
            // More bytes than a piece has, and windows of few terms and of many.
            for (length, terms) in [(200_000, 3), (300_001, 1), (170_003, 1000)] {
                let (line, weights) = (whole(length), whole(terms));
                let result: Array1<f64> = einsum!($text, line, weights);
                let cotangent = whole(result.len());
                let (by_line, by_weights) = einsum_vjp!($text, line, weights; cotangent);
                let (mut expected, mut expected_weights) = (vec![0.0; length], vec![0.0; terms]);
                for (x, g) in cotangent.iter().enumerate() {
                    for (i, weight) in weights.iter().enumerate() {
                        expected[$stride * x + $dilation * i] += g * weight;
                        expected_weights[i] += g * line[$stride * x + $dilation * i];
                    }
                }
                assert!(by_line.to_vec() == expected, "{}, {length}, {terms}", $text);
                assert!(by_weights.to_vec() == expected_weights, "{}, {length}, {terms}", $text);
            }
        )* };
    }
    check! {
        "(x+i),i->x", 1, 1;
        "(3x+i),i->x", 3, 1;
        "(2x+3i),i->x", 2, 3;
    }
}

#[test]
fn large_images() {
    macro_rules! check {
        ($($text:literal, $stride:literal, $dilation:literal;)*) => { $(
            for (rows, columns, high) in [(400, 700, 3), (301, 600, 4), (40, 9000, 2)] {
                let (images, filters) = (whole((2, rows, columns)), whole((high, 2)));
                let cotangent = whole(einsum!($text, images, filters).raw_dim());
                let gradient = einsum_vjp!($text, images, filters; cotangent, wrt = [0]);
                let mut expected = Array3::<f64>::zeros(images.raw_dim());
                for ((n, x, y), g) in cotangent.indexed_iter() {
                    for ((i, j), filter) in filters.indexed_iter() {
                        expected[[n, $stride * x + $dilation * i, $stride * y + $dilation * j]] += g * filter;
                    }
                }
                assert!(gradient == expected, "{}, {rows}, {columns}, {high}", $text);
            }
        )* };
    }
    check! {
        "n(x+i)(y+j),ij->nxy", 1, 1;
        "n(2x+i)(2y+j),ij->nxy", 2, 1;
        "n(3x+2i)(3y+2j),ij->nxy", 3, 2;
        "n(x+2i)(y+2j),ij->nxy", 1, 2;
    }
}
