//! Threads: a result has the same bits on any number of them, the pool is the caller's, and nothing waits for ever.

#![cfg(feature = "rayon")]

mod numbers;

use ndarray::prelude::*;
use ndeinsum::{einsum, sliding_windows};
use num_complex::Complex;
use numbers::Rounded as Number;
use rayon::{ThreadPool, ThreadPoolBuilder};
use std::sync::{
    LazyLock,
    atomic::{AtomicUsize, Ordering},
};

/// Pools of one thread and of several; three do not divide anything evenly, and eight are more than most machines for tests have.
static POOLS: LazyLock<Vec<ThreadPool>> = LazyLock::new(|| [1, 2, 3, 8].map(pool).into());

fn pool(threads: usize) -> ThreadPool {
    ThreadPoolBuilder::new().num_threads(threads).build().expect("threads can be started")
}

fn array<T: Number, D: Dimension>(shape: impl ShapeBuilder<Dim = D>) -> Array<T, D> {
    let mut n = 0;
    Array::from_shape_simple_fn(shape, || {
        n += 1;
        T::number(n)
    })
}

/// Calls it in all pools; the bits of the first result are those of all others.
#[track_caller]
fn assert_alike<T: Number, D: Dimension>(what: &str, call: impl Fn() -> Array<T, D> + Sync) {
    let first = POOLS[0].install(&call);
    for pool in &POOLS[1..] {
        let other = pool.install(&call);
        assert_eq!(first.shape(), other.shape());
        let differ = first.iter().zip(&other).filter(|(one, other)| one.bits() != other.bits()).count();
        let (threads, element) = (pool.current_num_threads(), std::any::type_name::<T>());
        assert_eq!(differ, 0, "{what} of {element}: so many elements differ with {threads} threads");
    }
}

macro_rules! alike {
    ($text:literal, $($operand:expr),+) => {
        assert_alike($text, || einsum!($text, $($operand),+))
    };
}

fn products<T: Number>() {
    let (a, b) = (array::<T, _>((131, 127)), array::<T, _>((127, 133)));
    let (at, bt) = (array::<T, _>((127, 131)), array::<T, _>((133, 127)));
    alike!("ij,jk->ik", a, b);
    alike!("ji,kj->ki", at, bt);
    // Tall, wide, and with a long sum, which is never cut.
    alike!("ij,jk->ik", array::<T, _>((3001, 40)), array::<T, _>((40, 17)));
    alike!("ij,jk->ik", array::<T, _>((17, 40)), array::<T, _>((40, 3001)));
    alike!("ij,jk->ik", array::<T, _>((8, 30_011)), array::<T, _>((30_011, 9)));
    alike!("bij,bjk->bik", array::<T, _>((65, 32, 31)), array::<T, _>((65, 31, 33)));
    alike!("ijb,jkb->ikb", array::<T, _>((10, 10, 2003)), array::<T, _>((10, 10, 2003)));
    alike!("aebf,dfce->abcd", array::<T, _>((11, 12, 13, 14)), array::<T, _>((10, 14, 9, 12)));
    // Into part of an array that exists, with columns where the memory has rows.
    let whole = array::<T, _>((140, 140));
    assert_alike("+=", || {
        let mut whole = whole.clone();
        einsum!(whole.slice_mut(s![2..133, 5..138]).reversed_axes() += T::number(5) * "ij,jk->ki", a, b);
        whole
    });
}

fn layers<T: Number>() {
    let images = array::<T, _>((9, 5, 30, 29));
    let windows = sliding_windows(&images, [Axis(2), Axis(3)], [3, 3]);
    alike!("nijkde,oide->nojk", windows, array::<T, _>((13, 5, 3, 3)));
    alike!("nijkde,nojk->oide", windows, array::<T, _>((9, 7, 28, 27)));
}

fn memory<T: Number>() {
    let (a, b) = (array::<T, _>((701, 903)), array::<T, _>((701, 903)));
    let (x, y) = (array::<T, _>(701), array::<T, _>(903));
    alike!("ij->ji", a);
    alike!("ij,ij->ij", a, b);
    alike!("i,j->ij", x, y);
    alike!("ij->i", a);
    alike!("ij->j", a);
    alike!("ij,j->i", a, y);
    alike!("ij,i->j", a, x);
    alike!("ij,ij->i", a, b);
    alike!("ij,ij->j", a, b);
    assert_alike("ij->", || arr0(einsum!("ij->", a)));
    assert_alike("ij,ij->", || arr0(einsum!("ij,ij->", a, b)));
    // Few long sums, which the threads may not share.
    alike!("ij->i", array::<T, _>((3, 200_003)));
    alike!("ij->j", array::<T, _>((200_003, 3)));
    alike!("ij,j->i", array::<T, _>((5, 100_003)), array::<T, _>(100_003));
    alike!("abc->cab", array::<T, _>((61, 67, 71)));
    alike!("iij->ij", array::<T, _>((101, 101, 67)));
    let image = array::<T, _>((300, 303));
    alike!("xyij,ij->xy", sliding_windows(&image, [Axis(0), Axis(1)], [3, 5]), array::<T, _>((3, 5)));
}

fn several_steps<T: Number>() {
    let (a, b) = (array::<T, _>((201, 103)), array::<T, _>((103, 207)));
    alike!("ij,jk,kl->il", a, b, array::<T, _>((207, 101)));
    alike!(
        "bij,bjk,bkl->bil",
        array::<T, _>((33, 17, 19)),
        array::<T, _>((33, 19, 23)),
        array::<T, _>((33, 23, 29))
    );
    // Run for a part of an index at a time, which threads share out, or which is summed over.
    let (x, y) = (array::<T, _>(300_007), array::<T, _>(300_007));
    alike!("i,i,i->i", x, y, x);
    assert_alike("i,i,i->", || arr0(einsum!("i,i,i->", x, y, x)));
    alike!("ij,ij,ij->i", array::<T, _>((3001, 103)), array::<T, _>((3001, 103)), array::<T, _>((3001, 103)));
}

macro_rules! types {
    ($($name:ident: $T:ty;)*) => { $(
        mod $name {
            #[allow(unused_imports, reason = "primitive numbers need no import")]
            use super::Complex;

            #[test]
            fn products() {
                super::products::<$T>();
                super::layers::<$T>();
            }

            #[test]
            fn memory() {
                super::memory::<$T>();
            }

            #[test]
            fn several_steps() {
                super::several_steps::<$T>();
            }
        }
    )* };
}

types! {
    floats_32: f32;
    floats_64: f64;
    complex_32: Complex<f32>;
    complex_64: Complex<f64>;
    integers_32: i32;
    unsigned_64: u64;
}

/// Steps inside of tasks of the same pool, more of them than threads; tasks that wait for each other; a pool in another.
#[test]
fn inside_of_other_tasks() {
    let (a, b) = (array::<f64, _>((150, 150)), array::<f64, _>((150, 150)));
    let expected = POOLS[0].install(|| einsum!("ij,jk->ik", a, b));
    let product = || assert_eq!(einsum!("ij,jk->ik", a, b), expected);
    for pool in POOLS.iter() {
        pool.scope(|scope| (0..5).for_each(|_| scope.spawn(|_| product())));
        pool.install(|| rayon::join(product, || rayon::join(product, product)));
        POOLS[2].install(|| pool.install(product));
        pool.install(|| POOLS[1].install(|| pool.install(product)));
    }
}

/// The other thread of the pool is busy and never comes to help.
#[test]
fn busy_threads_are_not_waited_for() {
    let (a, b) = (array::<f64, _>((150, 150)), array::<f64, _>((150, 150)));
    let pool = pool(2);
    let (busy, done) = (AtomicUsize::new(0), AtomicUsize::new(0));
    pool.scope(|scope| {
        scope.spawn(|_| {
            busy.store(1, Ordering::SeqCst);
            while done.load(Ordering::SeqCst) == 0 {
                std::thread::yield_now();
            }
        });
        while busy.load(Ordering::SeqCst) == 0 {
            std::thread::yield_now();
        }
        scope.spawn(|_| {
            einsum!("ij,jk->ik", a, b);
            done.store(1, Ordering::SeqCst);
        });
    });
}

/// A step runs in the pool that it is called in, and a small one on the caller's thread: none of them starts the global pool, which
/// can only be made once, and only when it does not exist yet. (No test of this file calls a large step outside of a pool but this.)
#[test]
fn the_pool_is_the_callers() {
    let (small, large) = (array::<f64, _>((40, 40)), array::<f64, _>((150, 150)));
    let expected = POOLS[1].install(|| einsum!("ij,jk->ik", large, large));
    einsum!("ij,jk->ik", small, small);
    einsum!("ij->ji", small);
    einsum!("ij->j", small);
    static STARTED: AtomicUsize = AtomicUsize::new(0);
    let count = |_| {
        STARTED.fetch_add(1, Ordering::SeqCst);
    };
    let global = ThreadPoolBuilder::new().num_threads(3).start_handler(count).build_global();
    assert!(global.is_ok(), "something has started the global pool");
    assert_eq!(einsum!("ij,jk->ik", large, large), expected);
}
