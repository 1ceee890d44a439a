//! Accuracy: the error of a sum grows like the logarithm of its length, not like its length.
//!
//! All terms are positive and much alike, so that roundings do not cancel: added up one after the other, `n` of them are off by about
//! `n ε / 8`, some thousand times the bounds here.

use ndarray::prelude::*;
use ndeinsum::einsum;

/// `ε` that the sum of so many terms may be off, relative to it: one for each level of a tree of sums, and what a vector's lanes
/// and a block of terms that are added one after the other may have.
fn allowed(terms: usize) -> f64 {
    IN_A_BLOCK + (terms.max(2) as f64).log2()
}

/// Of what a kernel adds up one after the other. Sums of 256 terms to a lane are in order, on average half of their roundings cancel.
const IN_A_BLOCK: f64 = 64.0;

/// As above, for matrix products: the sum is cut into blocks, but these are added one after the other.
fn allowed_in_product(terms: usize) -> f64 {
    IN_A_BLOCK + terms as f64 / 128.0
}

/// Fractions of sixteen bits between 0.9 and 1, whose products are exact in `f64`, and in `f32` are not.
fn fraction(n: usize) -> f64 {
    let hashed = (n as u32).wrapping_mul(0x9E37_79B1) >> 16;
    0.9 + 0.1 * f64::from(hashed) / 65536.0
}

fn single(n: usize) -> f32 {
    fraction(n) as f32
}

/// The sum of products with an error of about `ε²`: the roundings of each product and each sum are added up beside it.
fn compensated(terms: impl Iterator<Item = (f64, f64)>) -> f64 {
    let (mut sum, mut rest) = (0.0_f64, 0.0);
    for (a, b) in terms {
        let product = a * b;
        rest += a.mul_add(b, -product);
        let new = sum + product;
        let part = new - sum;
        rest += (sum - (new - part)) + (product - part);
        sum = new;
    }
    sum + rest
}

#[track_caller]
fn assert_close(found: f64, exact: f64, epsilon: f64, allowed: f64, what: &str) {
    let off = (found - exact).abs() / (exact * epsilon);
    assert!(
        off <= allowed,
        "{what}: {found} instead of {exact}, off by {off:.1} ε, and {allowed:.1} are allowed"
    );
}

const LENGTHS: [usize; 6] = [10, 255, 1025, 20_000, 300_001, 3_000_000];

#[test]
fn dots_and_sums_of_f32() {
    let epsilon = f64::from(f32::EPSILON);
    for n in LENGTHS {
        let (a, b) = (Array1::from_shape_fn(n, single), Array1::from_shape_fn(n, |k| single(k + 7)));
        let exact: f64 = a.iter().zip(&b).map(|(&a, &b)| f64::from(a) * f64::from(b)).sum();
        assert_close(einsum!("i,i->", a, b).into(), exact, epsilon, allowed(n), "dot");
        let exact: f64 = a.iter().map(|&a| f64::from(a)).sum();
        assert_close(einsum!("i->", a).into(), exact, epsilon, allowed(n), "sum");
        let every_third = a.slice(s![..;3]);
        let exact: f64 = every_third.iter().map(|&a| f64::from(a)).sum();
        assert_close(einsum!("i->", every_third).into(), exact, epsilon, allowed(n), "sum of every third");
    }
}

#[test]
fn dots_and_sums_of_f64() {
    for n in LENGTHS {
        let (a, b) = (Array1::from_shape_fn(n, fraction), Array1::from_shape_fn(n, |k| fraction(k + 7)));
        let exact = compensated(a.iter().zip(&b).map(|(&a, &b)| (a, b)));
        assert_close(einsum!("i,i->", a, b), exact, f64::EPSILON, allowed(n), "dot");
        let exact = compensated(a.iter().map(|&a| (a, 1.0)));
        assert_close(einsum!("i->", a), exact, f64::EPSILON, allowed(n), "sum");
    }
}

/// Sums along the long axis of thin arrays, which has unit stride or not.
#[test]
fn sums_and_products_with_vectors() {
    let epsilon = f64::from(f32::EPSILON);
    for (n, width) in [(1025, 70), (300_001, 1), (300_001, 3), (100_003, 17)] {
        let a = Array2::from_shape_fn((n, width), |(i, j)| single(i * width + j));
        let x = Array1::from_shape_fn(n, |i| single(i + 7));
        let t = a.t().as_standard_layout().into_owned();
        let sums = a.map(|&a| f64::from(a)).sum_axis(Axis(0));
        let products = Array1::from_shape_fn(width, |j| -> f64 {
            a.column(j).iter().zip(&x).map(|(&a, &x)| f64::from(a) * f64::from(x)).sum()
        });
        let what = |text: &str| format!("{text} of {n}×{width}");
        let check = |text: &str, found: Array1<f32>, exact: &Array1<f64>| {
            for (&found, &exact) in found.iter().zip(exact) {
                assert_close(found.into(), exact, epsilon, allowed(n), &what(text));
            }
        };
        check("ij->j", einsum!("ij->j", a), &sums);
        check("ji->j", einsum!("ji->j", t), &sums);
        check("ij,i->j", einsum!("ij,i->j", a, x), &products);
        check("ji,i->j", einsum!("ji,i->j", t, x), &products);
        check("j...", einsum!("ij,ij->j", a, x.view().insert_axis(Axis(1))), &products);
        let (all, total) = (einsum!("ij->", a), sums.sum());
        assert_close(all.into(), total, epsilon, allowed(n * width), &what("ij->"));
    }
}

#[test]
fn long_sums_of_matrix_products() {
    for (m, k, n) in [(3, 200_000, 2), (17, 20_011, 9), (64, 3000, 40)] {
        let (a, b) = (
            Array2::from_shape_fn((m, k), |(i, j)| single(i * k + j)),
            Array2::from_shape_fn((k, n), |(j, l)| single(j * n + l + 7)),
        );
        let exact = |i: usize, l: usize| -> f64 {
            a.row(i).iter().zip(b.column(l)).map(|(&a, &b)| f64::from(a) * f64::from(b)).sum()
        };
        let found = einsum!("ij,jl->il", a, b);
        let (a, b) = (a.mapv(f64::from), b.mapv(f64::from));
        let found_64 = einsum!("ij,jl->il", a, b);
        for (i, l) in [(0, 0), (m / 2, n / 2), (m - 1, n - 1)] {
            let what = format!("{m}×{k}×{n}");
            let epsilon = f64::from(f32::EPSILON);
            assert_close(found[[i, l]].into(), exact(i, l), epsilon, allowed_in_product(k), &what);
            let exact = compensated(a.row(i).iter().zip(b.column(l)).map(|(&a, &b)| (a, b)));
            assert_close(found_64[[i, l]], exact, f64::EPSILON, allowed_in_product(k), &what);
        }
    }
}

/// A plain sum of ones in `f32` stands still at 2²⁴.
#[test]
fn more_ones_than_f32_can_count() {
    let rows = (1 << 24) + 8;
    let exact = rows as f32;
    let one = arr0(1.0_f32);
    let ones = Array2::<f32>::ones((rows, 1));
    assert_eq!(einsum!("ij->j", ones)[0], exact);
    assert_eq!(einsum!("ij->", ones), exact);
    let wide = Array2::<f32>::ones((rows, 3));
    assert!(einsum!("ij->j", wide).iter().all(|&sum| sum == exact));
    // All of it is one number in memory.
    let shared = one.broadcast((rows, 2)).expect("a scalar broadcasts");
    assert!(einsum!("ij->j", shared).iter().all(|&sum| sum == exact));
    let vector = ones.column(0);
    assert_eq!(einsum!("i,i->", vector, vector), exact);
}
