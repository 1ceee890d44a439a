//! Soundness: what a call makes is dropped once, whatever panics; memory that is not the call's is not touched; sizes, nesting and threads.
//!
//! `.ci/sanitize` runs these tests under the address sanitizer as well.

mod numbers;
mod oracle;

use ndarray::{ShapeBuilder, prelude::*};
use ndeinsum::{
    EinsumError, EinsumErrorKind, einsum, einsum_path, einsum_view, einsum_vjp, sliding_windows, try_einsum,
};
use num_bigint::BigInt;
use num_complex::{Complex32, Complex64};
use num_traits::Zero;
use numbers::{Nothing, Whole as Number};
use oracle::evaluate;
use std::{
    cell::{Cell, RefCell},
    collections::HashSet,
    fmt::Debug,
    ops::{Add, Mul, Sub},
    panic::{AssertUnwindSafe, catch_unwind},
    thread,
};

#[derive(Default)]
struct Ledger {
    /// Every [`Tracked`] that there is.
    live: HashSet<u64>,
    made: u64,
    /// Drops of what was not there, or not any more.
    mistakes: Vec<u64>,
    /// After how many operations one panics.
    fuse: Option<u64>,
}

thread_local! {
    static LEDGER: RefCell<Ledger> = RefCell::default();
}

/// An element that is entered in the ledger, has memory of its own, and may panic in any operation.
#[derive(Debug)]
struct Tracked {
    number: u64,
    value: Box<i64>,
}

impl Tracked {
    fn new(value: i64) -> Tracked {
        LEDGER.with_borrow_mut(|ledger| {
            let number = ledger.made;
            ledger.made += 1;
            ledger.live.insert(number);
            Tracked { number, value: Box::new(value) }
        })
    }

    fn array<D: Dimension>(shape: impl ndarray::ShapeBuilder<Dim = D>) -> Array<Tracked, D> {
        let mut n = 0;
        Array::from_shape_simple_fn(shape, || {
            n += 1;
            Tracked::new(n)
        })
    }

    fn operate() {
        let blown = LEDGER.with_borrow_mut(|ledger| match &mut ledger.fuse {
            Some(0) => true,
            Some(left) => {
                *left -= 1;
                false
            }
            None => false,
        });
        if blown {
            // Not `panic!`, which would print each of the many.
            std::panic::resume_unwind(Box::new("the fuse is blown"));
        }
    }
}

impl Drop for Tracked {
    fn drop(&mut self) {
        LEDGER.with_borrow_mut(|ledger| {
            if !ledger.live.remove(&self.number) {
                ledger.mistakes.push(self.number);
            }
        });
    }
}

impl Clone for Tracked {
    fn clone(&self) -> Tracked {
        Tracked::operate();
        Tracked::new(*self.value)
    }
}

impl Add for Tracked {
    type Output = Tracked;

    fn add(self, other: Tracked) -> Tracked {
        Tracked::operate();
        Tracked::new(*self.value + *other.value)
    }
}

impl Sub for Tracked {
    type Output = Tracked;

    fn sub(self, other: Tracked) -> Tracked {
        Tracked::operate();
        Tracked::new(*self.value - *other.value)
    }
}

impl Mul for Tracked {
    type Output = Tracked;

    fn mul(self, other: Tracked) -> Tracked {
        Tracked::operate();
        Tracked::new(*self.value * *other.value)
    }
}

impl Zero for Tracked {
    fn zero() -> Tracked {
        Tracked::operate();
        Tracked::new(0)
    }

    fn is_zero(&self) -> bool {
        *self.value == 0
    }
}

/// The arrays of a call on tracked elements.
struct Arrays {
    a: Array2<Tracked>,
    b: Array2<Tracked>,
    c: Array2<Tracked>,
    /// Large enough for contractions in several steps: below some number of iterations there is one.
    large: Array2<Tracked>,
    place: Array2<Tracked>,
}

type TrackedCall = (&'static str, fn(&mut Arrays));

/// Every way in which elements are made, moved and written. On these shapes none of the calls fails.
const TRACKED_CALLS: &[TrackedCall] = &[
    ("value", |arrays| drop(einsum!("ij,jk->ik", arrays.a, arrays.b))),
    ("scalar", |arrays| drop(einsum!("ij,ji->", arrays.a, arrays.b))),
    ("copy", |arrays| drop(einsum!("ij->ji", arrays.a))),
    ("trace", |arrays| drop(einsum!("ii", arrays.a))),
    ("scaled", |arrays| drop(einsum!(Tracked::new(2) * "ij->i", arrays.a))),
    ("ellipsis", |arrays| drop(einsum!("...j,...j->j...", arrays.a, arrays.b))),
    ("intermediates", |arrays| drop(einsum!("ij,jk,kl->il", arrays.a, arrays.b, arrays.a))),
    ("assigned", |arrays| einsum!(arrays.c = "ij,jk->ik", arrays.a, arrays.b)),
    ("assigned copy", |arrays| einsum!(arrays.c = "ij->ji", arrays.a)),
    ("added", |arrays| einsum!(arrays.c += "ij,jk->ik", arrays.a, arrays.b)),
    ("subtracted", |arrays| {
        einsum!(arrays.c -= Tracked::new(2) * "ij,jk,kl->il", arrays.a, arrays.b, arrays.a)
    }),
    ("broadcast", |arrays| einsum!(arrays.c = "ij->ij", arrays.a.slice(s![..1, ..]))),
    ("into every other element", |arrays| {
        let mut wide = Tracked::array((4, 4));
        einsum!(wide.slice_mut(s![..;2, ..;-2]) += "ij,jk->ik", arrays.a, arrays.b);
    }),
    ("outer", |arrays| drop(einsum!("ij,kl->ikjl", arrays.a, arrays.b))),
    ("element by element", |arrays| einsum!(arrays.c += "ij,ij->ij", arrays.a, arrays.b)),
    ("own sums", |arrays| drop(einsum!("ij,kl->ik", arrays.large, arrays.large))),
    ("steps", |Arrays { large, .. }| drop(einsum!("ij,jk,kl->il", large, large, large))),
    ("scaled steps", |Arrays { large, .. }| {
        drop(einsum!(Tracked::new(3) * "ij,jk,kl->li", large, large, large));
    }),
    ("steps to a number", |Arrays { large, .. }| drop(einsum!("ij,jk,ki->", large, large, large))),
    ("steps assigned", |Arrays { large, place, .. }| einsum!(place = "ij,jk,kl->il", large, large, large)),
    ("steps added", |Arrays { large, place, .. }| {
        einsum!(place += Tracked::new(2) * "ij,jk,kl->il", large, large, large);
    }),
    ("steps subtracted", |Arrays { large, place, .. }| {
        einsum!(place.slice_mut(s![..;-1, ..]) -= "ij,jk,lk->il", large, large, large);
    }),
    ("four operands", |Arrays { large, .. }| {
        drop(einsum!("ij,jk,k,kl->il", large, large, large.row(0), large));
    }),
    ("a factor of one element", |Arrays { large, .. }| {
        drop(einsum!("ij,,jk,kl->il", large, Array0::from_elem((), Tracked::new(2)), large, large));
    }),
    ("a path", |Arrays { large, .. }| {
        drop(einsum!("ij,jk,kl->il", large, large, large; path = [(1, 2), (0, 1)]));
    }),
    ("one step of three", |Arrays { large, place, .. }| {
        einsum!(place += "ij,jk,kl->il", large, large, large; memory_limit = 0);
    }),
    ("nothing to sum in steps", |Arrays { large, place, .. }| {
        let none = large.slice(s![.., ..0]);
        einsum!(place = "ij,kj,kl,lm->im", none, none, large, large);
    }),
    ("affine", |Arrays { large, a, .. }| drop(einsum!("(x+i)(y+j),ij->xy", large, a))),
    ("affine assigned", |Arrays { large, a, c, .. }| {
        einsum!(c -= Tracked::new(2) * "(x+i)(y+j),ij->xy", large, a);
    }),
    ("affine sum", |Arrays { large, .. }| drop(einsum!("(x+i)j->xj", large; i = 2))),
    ("windows", |Arrays { large, a, c, .. }| {
        einsum!(c += "xyij,ij->xy", sliding_windows(large, [Axis(0), Axis(1)], [2, 2]), a);
    }),
    ("through a view", |Arrays { large, .. }| {
        let row = Tracked::array(3);
        einsum!(einsum_view!("ii->i", &mut *large) += "i,i->i", row, row);
    }),
    ("conjugated", |arrays| drop(einsum!("ij,jk->ik", conj(arrays.a), arrays.b))),
    ("gradient of a sum", |arrays| drop(einsum_vjp!("ij->i", arrays.a; arrays.c.row(0)))),
    ("gradient of a diagonal", |arrays| drop(einsum_vjp!("ii->i", arrays.a; arrays.c.row(0)))),
    ("gradients", |arrays| drop(einsum_vjp!("ij,jk->ik", arrays.a, arrays.b; arrays.c))),
    ("scaled gradients", |arrays| {
        drop(einsum_vjp!(Tracked::new(2) * "ij,jk->ik", arrays.a, arrays.b; arrays.c));
    }),
    ("gradients of a broadcast", |arrays| {
        drop(einsum_vjp!("ij,jk->ik", arrays.a, arrays.b.slice(s![..1, ..]); arrays.c));
    }),
    ("gradients of windows", |Arrays { large, a, c, .. }| {
        drop(einsum_vjp!("(x+i)(y+j),ij->xy", large, a; c));
    }),
    ("gradients in steps", |Arrays { large, place, .. }| {
        drop(einsum_vjp!("ij,jk,kl->il", large, large, large; place));
    }),
    ("scaled gradients in steps", |Arrays { large, place, .. }| {
        drop(einsum_vjp!(Tracked::new(2) * "ii,jk,kl->il", large, large, large; place));
    }),
];

/// Makes a call, and says whether it came to its end. Every element must be dropped once; those of the output must
/// be there until then.
fn ledger_of(name: &str, call: fn(&mut Arrays), fuse: Option<u64>) -> bool {
    LEDGER.take();
    let square = |extent| Tracked::array((extent, extent));
    let mut arrays = Arrays { a: square(2), b: square(2), c: square(2), large: square(3), place: square(3) };
    LEDGER.with_borrow_mut(|ledger| ledger.fuse = fuse);
    let outcome = catch_unwind(AssertUnwindSafe(|| call(&mut arrays)));
    LEDGER.with_borrow_mut(|ledger| ledger.fuse = None);

    let numbers: HashSet<u64> = [&arrays.a, &arrays.b, &arrays.c, &arrays.large, &arrays.place]
        .into_iter()
        .flatten()
        .map(|x| x.number)
        .collect();
    LEDGER.with_borrow(|ledger| {
        assert_eq!(ledger.live, numbers, "{name} with {fuse:?}: what is left of the call")
    });
    // They can be read, too.
    std::hint::black_box([&arrays.c, &arrays.place].into_iter().flatten().map(|x| *x.value).sum::<i64>());
    drop(arrays);
    let ledger = LEDGER.take();
    assert_eq!(ledger.live, HashSet::new(), "{name} with {fuse:?}: never dropped");
    assert_eq!(ledger.mistakes, Vec::<u64>::new(), "{name} with {fuse:?}: dropped twice");
    outcome.is_ok()
}

#[test]
fn every_element_is_dropped_once() {
    for (name, call) in TRACKED_CALLS {
        assert!(ledger_of(name, *call, None), "{name}");
    }
}

/// Whichever operation of an element it is that panics.
#[test]
fn every_element_is_dropped_once_after_a_panic() {
    for (name, call) in TRACKED_CALLS {
        let panics = (0..).take_while(|&fuse| !ledger_of(name, *call, Some(fuse))).count();
        assert!(panics > 3, "{name}: {panics} operations");
    }
}

#[test]
fn every_element_is_dropped_once_after_a_shape_error() {
    assert!(ledger_of(
        "errors",
        |arrays| {
            let long = Tracked::array((3, 2));
            assert!(try_einsum!("ij,jk->ik", arrays.a, long).is_err());
            assert!(try_einsum!(arrays.c = "ij,jk->ik", arrays.a, long).is_err());
            assert!(try_einsum!(arrays.c += Tracked::new(2) * "ij->ij", long).is_err());
            assert!(try_einsum!(arrays.c = "ij,jk,kl->il", arrays.a, arrays.b, long).is_err());
            assert!(try_einsum!("ii", long).is_err());
        },
        None
    ));
}

/// An element without a size that counts itself.
#[test]
fn elements_without_a_size_are_dropped_once() {
    thread_local! {
        static LIVE: Cell<i64> = const { Cell::new(0) };
    }

    #[derive(Debug)]
    struct Speck(());

    impl Speck {
        fn new() -> Speck {
            LIVE.set(LIVE.get() + 1);
            Speck(())
        }
    }

    impl Drop for Speck {
        fn drop(&mut self) {
            LIVE.set(LIVE.get() - 1);
        }
    }

    impl Clone for Speck {
        fn clone(&self) -> Speck {
            Speck::new()
        }
    }

    impl Add for Speck {
        type Output = Speck;

        fn add(self, _other: Speck) -> Speck {
            Speck::new()
        }
    }

    impl Mul for Speck {
        type Output = Speck;

        fn mul(self, _other: Speck) -> Speck {
            Speck::new()
        }
    }

    impl Zero for Speck {
        fn zero() -> Speck {
            Speck::new()
        }

        fn is_zero(&self) -> bool {
            true
        }
    }

    let a = Array2::from_shape_simple_fn((2, 3), Speck::new);
    let mut c = Array2::from_shape_simple_fn((3, 3), Speck::new);
    assert_eq!(LIVE.get(), 15);
    let product = einsum!("ij,kj->ik", a, a);
    assert_eq!((product.dim(), LIVE.get()), ((2, 2), 19));
    drop(product);
    einsum!(c += "ij,ik->jk", a, a);
    let d = c.clone();
    einsum!(c = Speck::new() * "ij,ik,kl->jl", a, a, d);
    drop(d);
    assert_eq!(LIVE.get(), 15);
    let sum = einsum!("ij->", a);
    assert_eq!(LIVE.get(), 16);
    drop((a, c, sum));
    assert_eq!(LIVE.get(), 0);
}

fn array<T: Number, D: Dimension>(shape: impl ShapeBuilder<Dim = D>) -> Array<T, D> {
    let mut n = 0;
    Array::from_shape_simple_fn(shape, || {
        n += 1;
        T::number(n)
    })
}

/// Several views of one buffer, which overlap, and elements that are at several positions, are what copies of them are.
fn one_buffer<T: Number>() {
    let buffer = array::<T, _>((41, 41));
    let flat = Array1::from_iter(buffer.iter().copied());
    let windows = sliding_windows(&buffer, [Axis(0), Axis(1)], [3, 5]);
    let runs = sliding_windows(&flat, [Axis(0)], [29]);
    let (runs, others) = (runs.slice(s![..33, ..]), runs.slice(s![100..137;2, ..;-1]));
    let one = arr0(T::number(3));
    let same = one.broadcast((41, 41)).expect("a number is broadcast");
    let rows = buffer.row(7);
    let rows = rows.broadcast((41, 41)).expect("a row is broadcast");
    macro_rules! check {
        ($($text:literal: $one:expr $(, $other:expr)*;)*) => { $( {
            let copied = einsum!($text, $one.to_owned() $(, $other.to_owned())*);
            assert_eq!(einsum!($text, $one $(, $other)*), copied, "{} of {}", $text, std::any::type_name::<T>());
        } )* };
    }
    check! {
        "ij,jk->ik": buffer, buffer;
        "ij,kj->ik": buffer, buffer;
        "ij,ji->": buffer, buffer;
        "ij,ij->ij": buffer, buffer.t();
        "ij,ik->jk": runs, runs;
        "ij,kj->ik": runs, runs;
        "ij,kj->ik": runs, others;
        "i,j->ij": buffer.row(3), buffer.column(3);
        "xyij,ij->xy": windows, windows.slice(s![2, 3, .., ..]);
        "xyij,xyij->ij": windows, windows;
        "xyij->ij": windows;
        "xyij->yxji": windows;
        "ij,jk->ik": same, buffer;
        "ij,jk->ik": same, same;
        "ij,jk->ki": rows, rows.t();
        "ij,ij->i": rows, buffer;
        "ij->ji": rows;
        "ij,jk,kl->il": buffer, buffer, buffer;
        "ij,kj,kl->il": runs, others, same.slice(s![..19, ..]);
        "ij,ij,ij->j": buffer, buffer.t(), rows;
    }
}

#[test]
fn views_of_one_buffer() {
    one_buffer::<f32>();
    one_buffer::<f64>();
    one_buffer::<Complex32>();
    one_buffer::<Complex64>();
    one_buffer::<i32>();
    one_buffer::<u64>();
}

/// Elements that are as far from each other as a program's memory reaches: more than 2³² bytes. The pages between were never touched, so they
/// are not there.
#[test]
#[cfg(all(target_pointer_width = "64", target_os = "linux", not(miri)))]
fn elements_far_apart() {
    /// Rows, columns, and what lies between the rows.
    fn check<T: Number>(step: usize) {
        let shape = (20, 21);
        let (mut far, mut place) = (Array2::<T>::zeros((shape.0, step)), Array2::<T>::zeros((shape.0, step)));
        assert!((shape.0 - 1) * step * size_of::<T>() > 1 << 32);
        let (mut far, near) = (far.slice_mut(s![.., ..2 * shape.1;2]), array::<T, _>(shape));
        far.assign(&near);
        let mut output = place.slice_mut(s![..;-1, ..3 * shape.1;3]);
        macro_rules! check {
            ($($text:literal $(, $other:expr)*;)*) => { $(
                assert_eq!(einsum!($text, far $(, $other)*), einsum!($text, near $(, $other)*), "{}", $text);
            )* };
        }
        check! {
            "ij,kj->ik", near; "ij,ik->jk", near; "ij,kj->ki", far; "ij->ji"; "ij->ij"; "ij,ij->ij", near; "ij->i"; "ij->j";
            "ij,j->i", near.row(0); "ij,i->j", near.column(0); "ij,ij->i", near; "ij,kj,kl->il", near, far;
        }
        macro_rules! check_into {
            ($($text:literal $(, $operand:expr)+;)*) => { $(
                output.fill(T::zero());
                einsum!(output += $text $(, $operand)+);
                assert_eq!(output, einsum!($text $(, $operand)+), "into, {}", $text);
            )* };
        }
        check_into! {
            "ij,jk->ik", array::<T, _>((20, 7)), array::<T, _>((7, 21)); "ji->ij", array::<T, _>((21, 20)); "ij->ij", far;
            "i,j->ij", near.column(0), near.row(0); "ij,jk,kl->il", array::<T, _>((20, 7)), array::<T, _>((7, 7)), array::<T, _>((7, 21));
        }
    }

    check::<f64>(1 << 25 | 3);
    check::<f32>(1 << 26 | 5);
}

/// More positions than a number of 32 bits can count, all of them of one element.
#[test]
#[cfg(target_pointer_width = "64")]
fn more_positions_than_32_bits_count() {
    let one = arr0(1.0_f64);
    let (rows, columns) = (1 << 16, (1 << 16) + 1);
    let all = one.broadcast((rows, columns)).expect("a number is broadcast");
    // Nothing is read: a view has as many, and a plan counts them.
    assert_eq!(einsum_view!("ij->ji", all).len(), rows * columns);
    assert_eq!(einsum_path!("ij,kj->ik", all, all).flop_count(), 2 * (rows * rows * columns) as u128);
    let windows = einsum_view!("(x+i)j->xij", all; i = 1 << 15);
    assert_eq!(windows.shape(), [(1 << 15) + 1, 1 << 15, columns]);
    assert_eq!(windows[[1 << 15, 0, 0]], 1.0);
    assert_eq!(einsum!("ij->", all), (rows * columns) as f64);
}

/// Extents whose product is more than a number can be: an error, or nothing to do.
#[test]
#[cfg(target_pointer_width = "64")]
fn extents_that_overflow() {
    fn is_too_large<T: Debug>(result: Result<T, EinsumError>) {
        let error = result.expect_err("no array can be as large");
        assert!(matches!(error.kind(), EinsumErrorKind::TooLarge { .. }), "{error}");
    }

    let one = arr0(1.0_f64);
    let long = one.broadcast(1 << 40).expect("a number is broadcast");
    let longest = one.broadcast(1 << 62).expect("as many elements can be counted, but not their bytes");
    let wide = one.broadcast((1 << 30, 1 << 32)).expect("likewise");
    is_too_large(try_einsum!("i,j->ij", long, long));
    is_too_large(try_einsum!("i,j->ji", long, long));
    is_too_large(try_einsum!("i->i", longest));
    is_too_large(try_einsum!("ij->ji", wide));
    is_too_large(try_einsum!("i,i->i", longest, longest));
    is_too_large(try_einsum!("i,j,k->ikj", long, long, long));
    is_too_large(try_einsum!("i,j,ij->ji", long.slice(s![..1 << 30]), long.slice(s![..1_isize << 32]), wide));
    is_too_large(try_einsum!("...i,j->...ij", long, long));
    is_too_large(try_einsum!("(x+i)->xi", long; i = 1 << 35));
    // Of all intermediates that a path may ask for: also a part of it, for one position of an index, is too large.
    let (two, pairs) = (long.slice(s![..2]), one.broadcast((2, 1 << 61)).expect("likewise"));
    is_too_large(
        try_einsum!("i,j,ij->", two, longest.slice(s![..1_isize << 61]), pairs; path = [(0, 1), (0, 1)]),
    );
    for outcome in [
        catch_unwind(|| drop(einsum_vjp!("i->", longest; 1.0))),
        catch_unwind(|| drop(einsum_vjp!("i,i->", longest, longest; 1.0))),
        catch_unwind(|| drop(einsum_vjp!("i,i,i->", longest, longest, longest; 1.0))),
        catch_unwind(|| {
            drop(
                einsum_vjp!("i,(i+j)->j", longest.slice(s![..3]), longest; arr0(1.0).broadcast((1 << 62) - 2).expect("many")),
            )
        }),
    ] {
        let panic = outcome.expect_err("no array can be as large");
        let text = panic.downcast_ref::<String>().expect("a text");
        assert!(text.contains("larger than the address space"), "{text}");
    }

    // Elements without a size can be counted, too.
    let nothing = arr0(());
    let many = nothing.broadcast(1 << 62).expect("as many can be counted");
    assert_eq!(einsum_view!("i->i", many).len(), 1 << 62);
    let pairs = try_einsum!(
        "i,j->ij",
        arr0(Nothing).broadcast(1 << 40).expect("many"),
        arr0(Nothing).broadcast(1 << 40).expect("many")
    );
    is_too_large(pairs);

    // Nothing to do, however much of it.
    let none = Array1::<f64>::zeros(0);
    assert_eq!(einsum!("i,j->ij", none, long.slice(s![..5])).shape(), [0, 5]);
    assert_eq!(
        einsum!("i,ij,ik->jk", none, Array2::zeros((0, 3)), Array2::zeros((0, 4))),
        Array2::<f64>::zeros((3, 4))
    );
    is_too_large(try_einsum!("i,j,k->ijk", none, long, long));
    let large = Array2::<f64>::zeros((0, 1 << 40));
    assert_eq!(einsum!("ij,kj->ik", large, large).len(), 0);
    assert_eq!(einsum!("ij->i", large).len(), 0);
    assert_eq!(einsum!("ij,ij->", large, large), 0.0);
    assert_eq!(einsum!("ij,ij,ij->i", large, large, large).len(), 0);
}

/// Also where kernels would run for other elements, in steps, and with gradients.
#[test]
fn elements_without_a_size() {
    let a = Array2::from_elem((30, 31), Nothing);
    let cube = Array2::from_elem((31, 31), Nothing);
    assert_eq!(einsum!("ij,kj->ik", a, a), Array2::from_elem((30, 30), Nothing));
    assert_eq!(einsum!("ij->ji", a.slice(s![..;-1, ..;2])), Array2::from_elem((16, 30), Nothing));
    assert_eq!(einsum!("ij,jk,kl->il", a, cube, cube), a);
    assert_eq!(einsum!("(x+i)(y+j),ij->xy", a, a.slice(s![..2, ..2])).shape(), [29, 30]);
    assert_eq!(einsum_view!("(x+i)j->xij", a; i = 3).shape(), [28, 3, 31]);
    let mut place = a.clone();
    einsum!(place.slice_mut(s![..;-3, ..]) -= Nothing * "ij,jk,kl->il", a.slice(s![..10, ..]), cube, cube);
    assert_eq!(einsum_vjp!("ij,jk,kl->il", a, cube, cube; a), (a.clone(), cube.clone(), cube));
    assert_eq!(einsum_vjp!("(x+i)->x", a.row(0); Array1::from_elem(29, Nothing), i = 3).len(), 31);
    einsum_view!("ii->i", &mut place.slice_mut(s![.., ..30])).fill(Nothing);
}

/// A chain at one place in the program, whatever the elements are.
fn chain<T>(a: &Array2<T>, b: &Array2<T>, c: &Array2<T>) -> Array2<T>
where
    T: 'static + Clone + Zero + Mul<Output = T>,
{
    einsum!("ij,jk,kl->il", a, b, c)
}

/// A number whose product is an `einsum!`: of floats, with kernels; of many operands, at the place that it may be called from; and of others like it.
#[derive(Clone, Debug, PartialEq)]
struct Nested(f64);

thread_local! {
    static DEPTH: Cell<u32> = const { Cell::new(0) };
}

impl Add for Nested {
    type Output = Nested;

    fn add(self, other: Nested) -> Nested {
        Nested(self.0 + other.0)
    }
}

impl Zero for Nested {
    fn zero() -> Nested {
        Nested(0.0)
    }

    fn is_zero(&self) -> bool {
        self.0 == 0.0
    }
}

impl Mul for Nested {
    type Output = Nested;

    fn mul(self, other: Nested) -> Nested {
        let depth = DEPTH.replace(DEPTH.get() + 1);
        // Shapes that nobody has planned for yet, each time.
        let extent = 4 + (self.0 + 3.0 * other.0).abs() as usize % 40;
        let (one, two) =
            (Array2::from_elem((extent, extent), self.0), Array2::from_elem((extent, extent), other.0));
        let product = self.0 * other.0;
        assert_eq!(einsum!("ij,jk->ik", one, two)[[1, 2]], product * extent as f64);
        assert_eq!(chain(&one, &two, &one)[[2, 1]], product * self.0 * (extent * extent) as f64);
        if depth == 0 {
            let nested = Array2::from_elem((3, 3), Nested(self.0));
            assert_eq!(chain(&nested, &nested, &nested)[[0, 0]], Nested(9.0 * self.0 * self.0 * self.0));
        }
        DEPTH.set(depth);
        Nested(product)
    }
}

#[test]
fn calls_within_calls() {
    let array = |rows, columns, from| {
        let mut n: usize = from;
        Array2::from_shape_simple_fn((rows, columns), || {
            n += 1;
            f64::number(n)
        })
    };
    for extent in [3, 4, 5] {
        let (a, b, c) = (array(extent, 4, 0), array(4, 3, 1), array(3, extent, 2));
        let nested = [&a, &b, &c].map(|x| x.mapv(Nested));
        assert_eq!(chain(&nested[0], &nested[1], &nested[2]).mapv(|x| x.0), chain(&a, &b, &c));
        let expected = einsum!("ij,jk->ik", a, b);
        assert_eq!(einsum!("ij,jk->ik", nested[0], nested[1]).mapv(|x| x.0), expected);
        let mut place = Array2::from_elem((extent, 3), Nested(0.0));
        einsum!(place.slice_mut(s![..;-1, ..]) += "ij,jk->ik", nested[0], nested[1]);
        assert_eq!(place.slice(s![..;-1, ..]).mapv(|x| x.0), expected);
    }
}

/// One place in the program, in many threads at once, with elements of several types and more shapes than it remembers.
#[test]
fn one_place_in_many_threads() {
    fn check<T>(number: fn(usize) -> T, shape: usize)
    where
        T: 'static + Clone + Zero + Mul<Output = T> + PartialEq + Debug,
    {
        let [i, j, k, l] = [3 + shape % 5, 4 + shape / 5 % 5, 5 + shape / 25, 3];
        let matrix =
            |rows, columns| Array2::from_shape_fn((rows, columns), |(n, m)| number(n * columns + m + shape));
        let [a, b, c] = [matrix(i, j), matrix(j, k), matrix(k, l)];
        let expected = evaluate("ij,jk,kl->il", &[&a, &b, &c].map(|x| x.view().into_dyn()));
        assert_eq!(chain(&a, &b, &c).into_dyn(), expected, "{} {i} {j} {k}", std::any::type_name::<T>());
    }

    let check_all = |shape: usize| {
        check(f64::number, shape);
        check(i32::number, shape);
        check(|n| BigInt::from(n) * BigInt::from(1_u64 << 40), shape);
        check(Complex32::number, shape);
        check(|_| Nothing, shape);
    };
    thread::scope(|scope| {
        for first in 0..8 {
            scope.spawn(move || (0..100).for_each(|n| check_all((n + first * 13) % 100)));
        }
    });
    #[cfg(feature = "rayon")]
    {
        use rayon::prelude::*;
        (0..100_usize).into_par_iter().for_each(check_all);
        let pool = rayon::ThreadPoolBuilder::new().num_threads(3).build().expect("threads can be started");
        pool.install(|| {
            (0..10_usize)
                .into_par_iter()
                .for_each(|n| (0..10_usize).into_par_iter().for_each(|m| check_all(10 * n + m)))
        });
        rayon::scope(|scope| (0..10).for_each(|n| scope.spawn(move |_| pool_task(n))));
    }
}

/// A task that waits for a step that is shared out, in the pool that it is a task of.
#[cfg(feature = "rayon")]
fn pool_task(n: usize) {
    let a = array::<f64, _>((140 + n, 150));
    let large = einsum!("ij,kj,kl->il", a, a, a);
    assert_eq!(large, a.dot(&a.t()).dot(&a));
}

/// Every kind of error that there is at run time, in every form: nothing has been written.
#[test]
fn errors_leave_the_place() {
    let zeros = |shape: &[usize]| ArrayD::<f64>::zeros(shape);
    let before = array::<f64, _>((4, 4));
    let one = arr0(1.0);
    let two = one.broadcast(2).expect("a number is broadcast").into_dyn();
    let long = one.broadcast(1 << 61).expect("likewise").into_dyn();
    let pairs = one.broadcast((2, 1 << 61)).expect("likewise").into_dyn();
    let (matrix, tall) = (zeros(&[4, 4]), zeros(&[5, 4]));
    let mut kinds = HashSet::new();
    macro_rules! check {
        ($($text:literal $(, $operand:expr)+ $(; $option:ident = $value:tt)?;)*) => { $(
            let (mut owned, mut whole, mut dynamic) = (before.clone(), array::<f64, _>((8, 8)), before.clone().into_dyn());
            let whole_before = whole.clone();
            let errors = [
                try_einsum!(owned = $text $(, $operand)+ $(; $option = $value)?),
                try_einsum!(owned += $text $(, $operand)+ $(; $option = $value)?),
                try_einsum!(owned -= 2.0 * $text $(, $operand)+ $(; $option = $value)?),
                try_einsum!(whole.slice_mut(s![..;2, ..;-2]) = 2.0 * $text $(, $operand)+ $(; $option = $value)?),
                try_einsum!(dynamic += $text $(, $operand)+ $(; $option = $value)?),
            ];
            for error in &errors {
                let error = error.as_ref().expect_err($text);
                assert_eq!(error, errors[0].as_ref().expect_err($text), "one error in all forms");
                kinds.insert(format!("{:?}", error.kind()).split_whitespace().next().map(str::to_owned));
            }
            let panic = catch_unwind(AssertUnwindSafe(|| einsum!(owned = $text $(, $operand)+ $(; $option = $value)?)));
            assert!(panic.is_err(), "{}", $text);
            assert_eq!((&owned, &whole), (&before, &whole_before), "{}", $text);
            assert_eq!(dynamic, before.clone().into_dyn(), "{}", $text);
        )* };
    }
    check! {
        "ij,jk->ik", matrix, tall;
        "ij,jk->ik", tall, matrix;
        "ij->ij", tall;
        "ii,ij->ij", tall, matrix;
        "ij,jk->ik", matrix, zeros(&[4]);
        "ij,jk,kl->il", matrix, matrix, tall;
        "ij,jk,kl->il", matrix, matrix, zeros(&[4, 5]);
        "...,...->...", matrix, tall;
        "...j,jk->...k", zeros(&[3, 5, 4]), matrix;
        "i...->i...", zeros(&[4, 4, 4]);
        "(x+i)y,i->xy", matrix, zeros(&[3]);
        "(x+i)y->xy", matrix; i = 7;
        "(x+i)zy,i->zy", zeros(&[5, 4, 4]), zeros(&[0]);
        "ij,p,q,pq,kl->ik", matrix, two, long, pairs, matrix; path = [(1, 2), (0, 1), (0, 1), (0, 1)];
    }
    let all = [
        "ExtentMismatch",
        "EllipsisMismatch",
        "RankMismatch",
        "OutputRank",
        "AffineReach",
        "AffineUnbounded",
        "TooLarge",
    ];
    assert_eq!(kinds, all.map(|kind| Some(kind.to_owned())).into());
}
