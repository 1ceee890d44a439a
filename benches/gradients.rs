//! Gradients beside torch's: the half of `benches/gradients.py` that runs here.
//!
//! With the argument `serve`, it reads the name of a workload and a number of calls from each line of the standard input, and answers with the
//! nanoseconds of a call.

use ndarray::prelude::*;
use ndeinsum::{einsum, einsum_vjp};
use std::{hint::black_box, io::BufRead, time::Instant};

fn main() {
    // `cargo bench` and `cargo test --benches` run it as well.
    if !std::env::args().any(|argument| argument == "serve") {
        println!("see benches/gradients.py");
        return;
    }
    for line in std::io::stdin().lock().lines() {
        let Ok(line) = line else { return };
        let Some((name, calls)) = line.split_once(' ') else { continue };
        match calls.trim().parse() {
            Ok(calls) => println!("{}", measure(name, calls)),
            Err(error) => println!("{error}"),
        }
    }
}

fn numbers<T: From<f32>, D: Dimension>(shape: impl ShapeBuilder<Dim = D>) -> Array<T, D> {
    let mut next = 0.0;
    Array::from_shape_simple_fn(shape, || {
        next = (next + 0.37) % 1.0;
        T::from(next - 0.5)
    })
}

fn nanoseconds<R>(calls: u32, mut call: impl FnMut() -> R) -> f64 {
    let start = Instant::now();
    for _ in 0..calls {
        black_box(call());
    }
    start.elapsed().as_secs_f64() * 1e9 / f64::from(calls)
}

/// Forward pass and both gradients of a convolution layer, 3 by 3; images and output channels as the name of the size says.
macro_rules! layers {
    ($T:ty, $size:expr, $calls:expr, $name:expr; $($layer:literal: $text:literal, $is_first:literal;)*) => {{
        let [n, c, o, pixels] = match $size {
            "n32c16o32p28" => [32, 16, 32, 28],
            "n8c64o64p56" => [8, 64, 64, 56],
            _ => return f64::NAN,
        };
        let (first, last) = ([n, c, pixels, pixels], [n, pixels, pixels, c]);
        let (kernel_first, kernel_last) = ([o, c, 3, 3], [3, 3, c, o]);
        match $name {
            $($layer => {
                let (images, kernel) = if $is_first { (first, kernel_first) } else { (last, kernel_last) };
                let (images, kernel) = (numbers::<$T, _>(images), numbers::<$T, _>(kernel));
                let cotangent = numbers::<$T, _>(einsum!($text, images, kernel).dim());
                nanoseconds($calls, || {
                    (einsum!($text, images, kernel), einsum_vjp!($text, images, kernel; cotangent))
                })
            })*
            _ => f64::NAN,
        }
    }};
}

macro_rules! workloads {
    ($T:ty, $name:expr, $calls:expr) => {{
        if let Some((size, layer)) = $name.strip_prefix("layer/").and_then(|layer| layer.split_once('/')) {
            return layers! { $T, size, $calls, layer;
                "last/plain": "n(x+i)(y+j)c,ijco->nxyo", false;
                "last/stride": "n(2x+i)(2y+j)c,ijco->nxyo", false;
                "last/dilation": "n(x+2i)(y+2j)c,ijco->nxyo", false;
                "first/plain": "nc(x+i)(y+j),ocij->noxy", true;
                "first/stride": "nc(2x+i)(2y+j),ocij->noxy", true;
                "first/dilation": "nc(x+2i)(y+2j),ocij->noxy", true;
            };
        }
        let square = || numbers::<$T, _>((256, 256));
        let [a, b, c, d, g] = [square(), square(), square(), square(), square()];
        let heads = || numbers::<$T, _>((2, 256, 8, 64));
        let (q, k, weights) = (heads(), heads(), numbers::<$T, _>((2, 8, 256, 256)));
        match $name {
            "product/backward" => nanoseconds($calls, || einsum_vjp!("ij,jk->ik", a, b; g)),
            "product/both" => nanoseconds($calls, || {
                (einsum!("ij,jk->ik", a, b), einsum_vjp!("ij,jk->ik", a, b; g))
            }),
            "attention/backward" => {
                nanoseconds($calls, || einsum_vjp!("bqhd,bkhd->bhqk", q, k; weights))
            }
            "attention/both" => nanoseconds($calls, || {
                (einsum!("bqhd,bkhd->bhqk", q, k), einsum_vjp!("bqhd,bkhd->bhqk", q, k; weights))
            }),
            "chain/backward" => {
                nanoseconds($calls, || einsum_vjp!("ij,jk,kl,lm->im", a, b, c, d; g))
            }
            "chain/both" => nanoseconds($calls, || {
                (einsum!("ij,jk,kl,lm->im", a, b, c, d), einsum_vjp!("ij,jk,kl,lm->im", a, b, c, d; g))
            }),
            _ => f64::NAN,
        }
    }};
}

fn measure(name: &str, calls: u32) -> f64 {
    match name.split_once('/') {
        Some(("f32", rest)) => workloads!(f32, rest, calls),
        Some(("f64", rest)) => workloads!(f64, rest, calls),
        _ => f64::NAN,
    }
}
