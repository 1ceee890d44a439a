//! The whole path of a call, with the fresh result where there is one: `cargo bench`.

use divan::{Bencher, black_box, counter::ItemsCount};
use ndarray::prelude::*;
use ndeinsum::{einsum, sliding_windows};

fn main() {
    divan::main();
}

fn numbers<D: Dimension>(shape: impl ShapeBuilder<Dim = D>) -> Array<f64, D> {
    let mut next = 0.0;
    Array::from_shape_simple_fn(shape, || {
        next = (next + 0.37) % 1.0;
        next
    })
}

/// Matrix product, multiply-adds per second.
#[divan::bench(args = [4, 8, 16, 32, 64, 128, 256])]
fn matrix_product(bencher: Bencher<'_, '_>, n: usize) {
    let (a, b) = (numbers((n, n)), numbers((n, n)));
    bencher
        .counter(ItemsCount::new(n * n * n))
        .bench_local(|| einsum!("ij,jk->ik", black_box(&a), black_box(&b)));
}

/// The same by ndarray.
#[divan::bench(args = [4, 8, 16, 32, 64, 128, 256])]
fn matrix_product_of_ndarray(bencher: Bencher<'_, '_>, n: usize) {
    let (a, b) = (numbers((n, n)), numbers((n, n)));
    bencher.counter(ItemsCount::new(n * n * n)).bench_local(|| black_box(&a).dot(black_box(&b)));
}

/// 3×3 windows of a square image.
#[divan::bench(args = [28, 256, 1024])]
fn window_convolution(bencher: Bencher<'_, '_>, n: usize) {
    let (image, kernel) = (numbers((n, n)), numbers((3, 3)));
    bencher.counter(ItemsCount::new((n - 2) * (n - 2) * 9)).bench_local(|| {
        let windows = sliding_windows(black_box(&image), [Axis(0), Axis(1)], [3, 3]);
        einsum!("xyij,ij->xy", windows, black_box(&kernel))
    });
}

/// A convolution layer: 8 images of 28×28 with 8 channels to 16.
#[divan::bench]
fn convolution_layer(bencher: Bencher<'_, '_>) {
    let (images, kernel) = (numbers((8, 8, 28, 28)), numbers((16, 8, 3, 3)));
    bencher.counter(ItemsCount::new(8_usize * 16 * 26 * 26 * 8 * 9)).bench_local(|| {
        let windows = sliding_windows(black_box(&images), [Axis(2), Axis(3)], [3, 3]);
        einsum!("nijkde,oide->nojk", windows, black_box(&kernel))
    });
}

/// Sum of products of two vectors.
#[divan::bench(args = [100, 10_000, 1_000_000])]
fn dot(bencher: Bencher<'_, '_>, n: usize) {
    let (a, b) = (numbers(n), numbers(n));
    bencher.counter(ItemsCount::new(n)).bench_local(|| einsum!("i,i->", black_box(&a), black_box(&b)));
}

/// A chain of three matrices.
#[divan::bench(args = [16, 64])]
fn chain(bencher: Bencher<'_, '_>, n: usize) {
    let (a, b, c) = (numbers((n, n)), numbers((n, n)), numbers((n, n)));
    bencher.counter(ItemsCount::new(2 * n * n * n)).bench_local(|| einsum!("ij,jk,kl->il", a, b, c));
}
