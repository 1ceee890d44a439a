//! Determinism: one input gives one result, bit by bit, in every run, on any number of threads, and wherever in memory the arrays lie.
//!
//! `threads.rs` has more shapes, for the threads alone. Operands in another layout, or another instruction set, may give other last bits: a sum is then
//! taken in another order.

mod numbers;

use ndarray::prelude::*;
use ndeinsum::{einsum, einsum_vjp, sliding_windows};
use num_complex::Complex;
use numbers::Rounded as Number;
use std::any::type_name;

/// What a call gives.
trait Results {
    fn write(&self, bits: &mut Vec<[u64; 2]>);
}

impl<T: Number> Results for T {
    fn write(&self, bits: &mut Vec<[u64; 2]>) {
        bits.push(self.bits());
    }
}

impl<T: Number, D: Dimension> Results for Array<T, D> {
    fn write(&self, bits: &mut Vec<[u64; 2]>) {
        bits.extend(self.iter().map(|x| x.bits()));
    }
}

impl<A: Results, B: Results> Results for (A, B) {
    fn write(&self, bits: &mut Vec<[u64; 2]>) {
        self.0.write(bits);
        self.1.write(bits);
    }
}

impl<A: Results, B: Results, C: Results> Results for (A, B, C) {
    fn write(&self, bits: &mut Vec<[u64; 2]>) {
        self.0.write(bits);
        self.1.write(bits);
        self.2.write(bits);
    }
}

/// Numbers for an array of this shape, before they are anywhere.
struct Numbers<T, D> {
    shape: D,
    numbers: Vec<T>,
}

impl<T: Number, D: Dimension> Numbers<T, D> {
    fn new(shape: impl ndarray::IntoDimension<Dim = D>) -> Numbers<T, D> {
        let shape = shape.into_dimension();
        let numbers = (0..shape.size()).map(|n| T::number(n + 7 * shape[0])).collect();
        Numbers { shape, numbers }
    }

    /// An array whose first element is so many behind the beginning of its memory.
    fn at(&self, shift: usize) -> Array<T, D> {
        let mut memory = vec![T::one(); shift];
        memory.extend_from_slice(&self.numbers);
        let memory = Array1::from(memory).slice_move(s![shift..]);
        memory.into_shape_with_order(self.shape.clone()).expect("as many as the shape says")
    }
}

/// Distances that end anywhere in vectors, cache lines and pages.
const SHIFTS: [usize; 8] = [0, 1, 2, 3, 5, 8, 13, 511];

/// Makes a call with arrays at different places, several times, and on 1, 2 and 8 threads: the bits are those of the first time.
#[track_caller]
fn assert_one_result<T, R: Results>(what: &str, call: impl Fn(usize) -> R + Sync) {
    let bits = |shift| {
        let mut bits = Vec::new();
        call(shift).write(&mut bits);
        bits
    };
    let first = on_threads(1, || bits(0));
    assert!(first.iter().any(|number| *number != first[0]) || first.len() == 1, "{what}: nothing to compare");
    for (n, shift) in SHIFTS.into_iter().chain([0, 0]).enumerate() {
        let threads = [8, 1, 2][n % 3];
        let differ = on_threads(threads, || bits(shift))
            .iter()
            .zip(&first)
            .filter(|(one, other)| one != other)
            .count();
        let about = format!("{what} of {} from element {shift} on, {threads} threads", type_name::<T>());
        assert_eq!(differ, 0, "{about}: so many numbers of {} differ", first.len());
    }
}

#[cfg(feature = "rayon")]
fn on_threads<R: Send>(threads: usize, call: impl Fn() -> R + Sync) -> R {
    use rayon::{ThreadPool, ThreadPoolBuilder};
    static POOLS: std::sync::LazyLock<[(usize, ThreadPool); 3]> = std::sync::LazyLock::new(|| {
        [1, 2, 8]
            .map(|n| (n, ThreadPoolBuilder::new().num_threads(n).build().expect("threads can be started")))
    });
    let (_, pool) = POOLS.iter().find(|(n, _)| *n == threads).expect("there is such a pool");
    pool.install(&call)
}

#[cfg(not(feature = "rayon"))]
fn on_threads<R: Send>(_threads: usize, call: impl Fn() -> R + Sync) -> R {
    call()
}

/// Arrays of these shapes for a call, none of them at the same distance.
macro_rules! same {
    ($T:ty, $what:expr, |$shift:ident $(, $name:ident: $shape:tt)+| $call:expr) => { {
        $( let $name = Numbers::<$T, _>::new($shape); )+
        assert_one_result::<$T, _>($what, |$shift| {
            let mut at = $shift;
            $(
                let $name = $name.at(at);
                at = at * 3 % 517;
            )+
            let $shift = at;
            $call
        });
    } };
}

/// Fresh results.
macro_rules! values {
    ($T:ty; $($text:literal, $a:tt $(, $b:tt $(, $c:tt $(, $d:tt)?)?)?;)*) => { $(
        values!(@ $T, $text, [$a $(, $b $(, $c $(, $d)?)?)?]);
    )* };
    (@ $T:ty, $text:literal, [$a:tt]) => { same!($T, $text, |_at, a: $a| einsum!($text, a)) };
    (@ $T:ty, $text:literal, [$a:tt, $b:tt]) => { same!($T, $text, |_at, a: $a, b: $b| einsum!($text, a, b)) };
    (@ $T:ty, $text:literal, [$a:tt, $b:tt, $c:tt]) => {
        same!($T, $text, |_at, a: $a, b: $b, c: $c| einsum!($text, a, b, c))
    };
    (@ $T:ty, $text:literal, [$a:tt, $b:tt, $c:tt, $d:tt]) => {
        same!($T, $text, |_at, a: $a, b: $b, c: $c, d: $d| einsum!($text, a, b, c, d))
    };
}

fn products<T: Number>() {
    values! { T;
        // By the kernels of small matrices, of packed and of unpacked ones.
        "ij,jk->ik", [5, 7], [7, 9];
        "ij,jk->ik", [33, 30], [30, 35];
        "ij,jk->ik", [131, 127], [127, 133];
        "ji,kj->ki", [127, 131], [133, 127];
        "ij,jk->ik", [8, 20_011], [20_011, 9];
        "bij,bjk->bik", [65, 32, 31], [65, 31, 33];
        "ijb,jkb->ikb", [10, 9, 1003], [9, 10, 1003];
        "aebf,dfce->abcd", [11, 12, 13, 14], [10, 14, 9, 12];
    }
    same!(T, "+= ij,jk->ik", |at, a: [131, 127], b: [127, 133]| {
        let mut place = Numbers::<T, _>::new([131, 133]).at(at);
        einsum!(place += T::number(5) * "ij,jk->ik", a, b);
        place
    });
    same!(T, "-= ij,kj->ki, every second", |at, a: [131, 127], b: [133, 127]| {
        let mut place = Numbers::<T, _>::new([133, 262]).at(at);
        einsum!(place.slice_mut(s![..;-1, ..;2]) -= "ij,kj->ki", a, b);
        place
    });
}

fn convolutions<T: Number>() {
    values! { T;
        "(x+i)(y+j),ij->xy", [202, 303], [3, 5];
        "n(x+i)(y+j)c,ijco->nxyo", [3, 30, 31, 16], [3, 3, 16, 24];
        "nc(2x+i)(2y+j),ocij->noxy", [3, 16, 31, 29], [24, 16, 3, 3];
    }
    same!(T, "windows", |_at, image: [202, 303], kernel: [5, 3]| {
        einsum!("xyij,ij->xy", sliding_windows(&image, [Axis(0), Axis(1)], [5, 3]), kernel)
    });
    same!(T, "layer", |_at, images: [5, 8, 30, 29], filters: [13, 8, 3, 3]| {
        einsum!("nijkde,oide->nojk", sliding_windows(&images, [Axis(2), Axis(3)], [3, 3]), filters)
    });
    same!(T, "layer's gradient", |_at, images: [5, 8, 30, 29], maps: [5, 7, 28, 27]| {
        einsum!("nijkde,nojk->oide", sliding_windows(&images, [Axis(2), Axis(3)], [3, 3]), maps)
    });
}

fn memory<T: Number>() {
    values! { T;
        "ij->i", [301, 1303];
        "ij->j", [301, 1303];
        "ij->", [301, 1303];
        "ijk->j", [61, 67, 71];
        "ijk->ik", [61, 67, 71];
        "iij->j", [101, 101, 37];
        "i,i->", [300_007], [300_007];
        "i,i->", [307], [307];
        "ij,ij->", [301, 1303], [301, 1303];
        "ij,ij->i", [301, 703], [301, 703];
        "ij,ij->j", [301, 703], [301, 703];
        "ij,j->i", [301, 1303], [1303];
        "ij,i->j", [301, 1303], [301];
        "ij,ij->ij", [301, 303], [301, 303];
        "i,j->ij", [301], [303];
        "ij->ji", [301, 303];
        "abc->cab", [41, 47, 51];
    }
    // Few results, of which a thread could get one, and that lie apart or backwards.
    same!(T, "hkw,h->w to every second place, backwards", |at, a: [97, 2049, 9], b: [97]| {
        let mut place = Numbers::<T, _>::new([18]).at(at);
        einsum!(place.slice_mut(s![..;-2]) = "hkw,h->w", a, b);
        place
    });
    same!(T, "wak->w of few neighbours", |at, a: [8, 20_011, 7]| {
        let mut place = Numbers::<T, _>::new([16]).at(at);
        einsum!(place.slice_mut(s![..;2]) = "wak->w", a.slice(s![.., .., ..5]));
        place
    });
    same!(T, "+= i,j->ij", |at, a: [401], b: [403]| {
        let mut place = Numbers::<T, _>::new([401, 403]).at(at);
        einsum!(place += T::number(5) * "i,j->ij", a, b);
        place
    });
    same!(T, "-= ij->j", |at, a: [301, 1303]| {
        let mut place = Numbers::<T, _>::new([1303]).at(at);
        einsum!(place -= T::number(5) * "ij->j", a);
        place
    });
}

fn several_steps<T: Number>() {
    values! { T;
        "ij,jk,kl->il", [201, 103], [103, 207], [207, 101];
        "bij,bjk,bkl->bil", [33, 17, 19], [33, 19, 23], [33, 23, 29];
        "i,i,i->i", [50_007], [50_007], [50_007];
        "i,i,i->", [300_007], [300_007], [300_007];
        "ij,ij,ij->i", [3001, 103], [3001, 103], [3001, 103];
        "ia,jb,ijk,kc->abc", [20, 19], [21, 18], [20, 21, 22], [22, 17];
        "ij,kl->ik", [203, 204], [205, 206];
    }
}

fn gradients<T: Number>() {
    same!(T, "gradients of ij,jk->ik", |at, a: [91, 92], b: [92, 93]| {
        let cotangent = Numbers::<T, _>::new([91, 93]).at(at);
        einsum_vjp!("ij,jk->ik", a, b; cotangent)
    });
    same!(T, "scaled gradients of ij,ij->", |_at, a: [301, 203], b: [301, 203]| {
        einsum_vjp!(T::number(3) * "ij,ij->", a, b; T::number(4))
    });
    same!(T, "gradients of ij,jk,kl->il", |at, a: [101, 103], b: [103, 107], c: [107, 61]| {
        let cotangent = Numbers::<T, _>::new([101, 61]).at(at);
        einsum_vjp!("ij,jk,kl->il", a, b, c; cotangent)
    });
    same!(T, "gradients of n(x+i)(y+j)c,ijco->nxyo", |at, a: [3, 20, 21, 16], b: [3, 3, 16, 24]| {
        let cotangent = Numbers::<T, _>::new([3, 18, 19, 24]).at(at);
        einsum_vjp!("n(x+i)(y+j)c,ijco->nxyo", a, b; cotangent)
    });
    same!(T, "gradients of (2x+i)(y+2j),ij->xy", |at, a: [101, 104], b: [3, 3]| {
        let cotangent = Numbers::<T, _>::new([50, 100]).at(at);
        einsum_vjp!("(2x+i)(y+2j),ij->xy", a, b; cotangent)
    });
}

macro_rules! types {
    ($($name:ident: $T:ty;)*) => { $(
        mod $name {
            #[allow(unused_imports, reason = "primitive numbers need no import")]
            use super::Complex;

            #[test]
            fn products() {
                super::products::<$T>();
            }

            #[test]
            fn convolutions() {
                super::convolutions::<$T>();
            }

            #[test]
            fn memory() {
                super::memory::<$T>();
            }

            #[test]
            fn several_steps() {
                super::several_steps::<$T>();
            }

            #[test]
            fn gradients() {
                super::gradients::<$T>();
            }
        }
    )* };
}

types! {
    floats_32: f32;
    floats_64: f64;
    complex_32: Complex<f32>;
    complex_64: Complex<f64>;
}
