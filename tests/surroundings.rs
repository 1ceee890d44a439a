//! Code of every kind around a call: generic, const-generic, in closures, in macros of the user's own, asynchronous.

use ndarray::{LinalgScalar, prelude::*};
use ndeinsum::{EinsumError, einsum, einsum_view, try_einsum};
use num_traits::Zero;
use std::{
    future::Future,
    ops::{Add, Mul},
    pin::pin,
    task::{Context, Poll, Waker},
    thread,
};

/// 1, 2, 3, … in C order.
fn counting<D: Dimension>(shape: impl ndarray::ShapeBuilder<Dim = D>) -> Array<f64, D> {
    let mut n = 0.0;
    Array::from_shape_simple_fn(shape, || {
        n += 1.0;
        n
    })
}

/// The bounds of `ndarray::LinalgScalar` are enough for everything.
#[test]
fn generic_over_linalg_scalar() {
    fn every_form<T: LinalgScalar>(
        a: &Array2<T>,
        b: ArrayView2<'_, T>,
        s: T,
    ) -> Result<Array2<T>, EinsumError> {
        let mut c: Array2<T> = einsum!("ij,jk->ik", a, b);
        einsum!(c += "ij,jk->ik", a, b);
        einsum!(c -= s * "ij,jk->ik", a, b);
        try_einsum!(c += s * "ij,jk,kl->il", a, b, b)?;
        einsum!(c = "ik->ki", einsum!("ij,jk->ik", a, b));
        einsum_view!("ii->i", &mut c).fill(einsum!("ij,ji->", a, b));
        let trace: T = einsum!(s * "ii", c);
        Ok(einsum!(trace * "ij->ij", c))
    }

    let expected = arr2(&[[1.0, 1.0], [1.0, 1.0]]);
    let got = every_form(&expected, expected.view(), 2.0);
    // The product is all twos, its trace that is set is all fours, and twice the trace is 16.
    assert_eq!(got, Ok(arr2(&[[64.0, 32.0], [32.0, 64.0]])));
    assert_eq!(every_form(&arr2(&[[1_u8]]), arr2(&[[2]]).view(), 1).map(|c| c[[0, 0]]), Ok(4));
}

/// The bounds that the documentation names, and no more than a step needs.
#[test]
fn generic_over_less() {
    fn product<T>(a: &Array2<T>, b: &Array2<T>) -> Array2<T>
    where
        T: 'static + Clone + Zero + Add<Output = T> + Mul<Output = T>,
    {
        einsum!("ij,jk->ik", a, b)
    }
    fn sum<T: 'static + Clone + Zero>(a: &Array2<T>) -> T {
        einsum!("ij->", a)
    }
    fn transposed<T: Clone>(a: &Array2<T>) -> Array2<T> {
        einsum!("ij->ji", a)
    }
    fn diagonal<T>(a: &mut Array2<T>) -> ArrayViewMut1<'_, T> {
        einsum_view!("ii->i", &mut *a)
    }

    let mut a = counting((2, 2));
    assert_eq!(product(&a, &a), a.dot(&a));
    assert_eq!((sum(&a), transposed(&a)), (10.0, a.t().to_owned()));
    diagonal(&mut a).fill(0.0);
    assert_eq!(a.diag().sum(), 0.0);
}

#[test]
fn const_generic() {
    struct Layer<const IN: usize, const OUT: usize> {
        weights: Array2<f64>,
    }

    impl<const IN: usize, const OUT: usize> Layer<IN, OUT> {
        const SCALE: f64 = 1.0 / IN as f64;

        fn new() -> Self {
            Layer { weights: Array2::ones((IN, OUT)) }
        }

        fn apply<const N: usize>(&self, inputs: [[f64; IN]; N]) -> [f64; OUT] {
            let outputs: Array2<f64> = einsum!(Self::SCALE * "ni,io->no", arr2(&inputs), self.weights);
            let mut sums = [0.0; OUT];
            let mut view = ArrayViewMut1::from(&mut sums[..]);
            einsum!(view += "no->o", outputs);
            sums
        }
    }

    assert_eq!(Layer::<2, 3>::new().apply([[1.0, 3.0], [5.0, 7.0]]), [8.0; 3]);
}

#[test]
fn in_traits() {
    trait Apply {
        type Elem: LinalgScalar;

        fn matrix(&self) -> ArrayView2<'_, Self::Elem>;

        fn apply(&self, x: &Array1<Self::Elem>) -> Array1<Self::Elem> {
            einsum!("ij,j->i", self.matrix(), x)
        }
    }

    impl<T: LinalgScalar> Apply for Array2<T> {
        type Elem = T;

        fn matrix(&self) -> ArrayView2<'_, T> {
            self.view()
        }
    }

    assert_eq!(counting((2, 3)).apply(&Array1::ones(3)), arr1(&[6.0, 15.0]));
}

#[test]
fn in_nested_closures() {
    let (a, b) = (counting((2, 3)), counting((3, 2)));
    let mut c = Array2::zeros((2, 2));
    let outer = |scale: f64| {
        let (a, b) = (&a, &b);
        let inner = move |x: &Array2<f64>| einsum!(scale * "ij,jk->ik", a, x);
        move |y: f64| einsum!(y * "ik->ik", inner(b))
    };
    let mut add = |n: f64| (0..2).for_each(|_| einsum!(c += n * "ij,jk->ik", a, b));
    add(1.0);
    add(2.0);
    assert_eq!(c, 6.0 * a.dot(&b));
    assert_eq!(outer(2.0)(3.0), c);
    let owned: Vec<Box<dyn Fn() -> f64 + Send + Sync>> = vec![Box::new(move || einsum!("ij,jk->", a, b))];
    assert_eq!(owned[0](), c.sum() / 6.0);
    // What a closure does not name it does not capture.
    let mut pair = (counting(2), counting(2));
    let first = &mut pair.0;
    let second = || einsum!("i->", pair.1);
    first.fill(0.0);
    assert_eq!(second(), 3.0);
}

/// Subscripts and operands that come through another macro, in the forms in which it can pass them on.
#[test]
fn in_macros_of_the_user() {
    macro_rules! literal_and_expressions {
        ($subscripts:literal, $($operand:expr),*) => {
            einsum!($subscripts, $($operand),*)
        };
    }
    macro_rules! expressions {
        ($subscripts:expr; $($operand:expr),* $(,)?) => {
            einsum!($subscripts, $($operand,)*)
        };
    }
    macro_rules! tokens {
        ($($call:tt)*) => {
            try_einsum!($($call)*)
        };
    }
    macro_rules! add {
        ($place:expr, $scale:expr, $subscripts:literal, $a:ident) => {
            einsum!($place += $scale * $subscripts, $a)
        };
    }
    macro_rules! twice {
        ($subscripts:literal, $a:expr) => {{
            // The names of the macro's own variables are not the user's.
            let a = 2.0;
            literal_and_expressions!($subscripts, einsum!(a * $subscripts, $a))
        }};
    }
    macro_rules! define {
        ($name:ident, $subscripts:literal, $($operand:ident: $D:ty),+ => $Out:ty) => {
            fn $name<T: LinalgScalar>($($operand: &Array<T, $D>),+) -> $Out {
                einsum!($subscripts, $($operand),+)
            }
        };
    }
    macro_rules! viewed {
        ($subscripts:literal, $a:expr) => {
            einsum_view!($subscripts, $a)
        };
    }
    define!(product, "ij,jk->ik", a: Ix2, b: Ix2 => Array2<T>);
    define!(trace, "ii", a: Ix2 => T);

    let (mut a, b) = (counting((2, 3)), counting((3, 2)));
    let expected = a.dot(&b);
    assert_eq!(literal_and_expressions!("ij,jk->ik", a, &b), expected);
    assert_eq!(literal_and_expressions!("ij,jk->ik", &a + 0.0, b.clone() * 1.0), expected);
    assert_eq!(expressions!("ij,jk->ik"; a, b), expected);
    assert_eq!(expressions!(2.0 * "ij,jk->ik"; a, b), &expected * 2.0);
    assert_eq!(tokens!("ij,jk->ik", a, b).as_ref(), Ok(&expected));
    assert_eq!(product(&a, &b), expected);
    assert_eq!(trace(&expected), expected.diag().sum());
    let mut c = expected.clone();
    add!(c, 1.0 + 1.0, "ij->ij", expected);
    assert_eq!(c, &expected * 3.0);
    add!(c.view_mut(), -2.0, "ij->ij", expected);
    assert_eq!(tokens!(c = 3.0 * "ij,jk->ik", a, b; path = [(0, 1)]), Ok(()));
    assert_eq!(c, &expected * 3.0);
    let a_before = a.clone();
    assert_eq!(twice!("ij->ji", a), &a_before * 2.0);
    assert_eq!(viewed!("ij->ji", b), b.t());
    viewed!("ij->ji", &mut a).fill(0.0);
    assert_eq!(a.sum(), 0.0);
}

/// Runs a future that never waits.
fn finish<F: Future>(future: F) -> F::Output {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => value,
        Poll::Pending => panic!("it waits"),
    }
}

/// Operands and places may be awaited, and the future can go to another thread.
#[test]
fn in_async_code() {
    async fn load(extent: usize) -> Array2<f64> {
        counting((extent, extent))
    }
    fn sent<F: Future + Send>(future: F) -> F {
        future
    }

    let mut c = Array2::zeros((2, 2));
    let sum = finish(sent(async {
        let a = load(2).await;
        einsum!(c += load(1).await[[0, 0]] * "ij,jk->ik", a, load(2).await);
        let product = einsum!("ij,jk->ik", load(2).await, &a);
        load(3).await;
        einsum!("ij,ij->", product, load(2).await) + einsum_view!("ij->ji", a)[[0, 1]]
    }));
    let a = counting((2, 2));
    assert_eq!((&c, sum), (&a.dot(&a), (a.dot(&a) * &a).sum() + 3.0));

    async fn fails() -> Result<f64, EinsumError> {
        Ok(try_einsum!("ii", load(2).await.slice(s![..1, ..]))?)
    }
    assert!(finish(sent(fails())).is_err());
}

#[test]
fn in_threads() {
    let (a, b) = (counting((4, 3)), counting((3, 2)));
    let mut c = Array2::zeros((4, 2));
    thread::scope(|scope| {
        for (a, mut c) in a.axis_chunks_iter(Axis(0), 2).zip(c.axis_chunks_iter_mut(Axis(0), 2)) {
            let b = &b;
            scope.spawn(move || einsum!(c = "ij,jk->ik", a, b));
        }
    });
    assert_eq!(c, a.dot(&b));
}

/// A call is an expression like any other.
#[test]
#[allow(clippy::let_unit_value)]
fn anywhere_in_an_expression() {
    let a = counting((2, 2));
    let value = -einsum!("ii", a) + 2.0 * einsum!("ij->", a).powi(2);
    assert_eq!(value, 195.0);
    assert_eq!(einsum!("ij->ji", a)[[0, 1]], 3.0);
    assert_eq!(einsum!("ij->ji", a).row(0).sum(), 4.0);
    assert!(einsum!("ij->", a) > 9.0 && einsum!("ij->", a) < 11.0);
    let in_an_array = [einsum!("ij->i", a), einsum!("ij->j", a)];
    assert_eq!(in_an_array[0], arr1(&[3.0, 7.0]));
    let matched = match einsum!("ij->", a) {
        10.0 => "ten",
        _ => "other",
    };
    assert_eq!(matched, "ten");
    let Ok(bound) = try_einsum!("ij->", a) else { panic!("it fits") };
    assert_eq!((bound, try_einsum!("ij->", a).is_ok_and(|sum| sum == 10.0)), (10.0, true));
    let mut c = Array1::zeros(2);
    let () = einsum!(c = "ij->i", a);
    let unit = if bound > 1.0 { einsum!(c += "ij->i", a) } else { einsum!(c -= "ij->i", a) };
    assert_eq!((unit, c), ((), arr1(&[6.0, 14.0])));
}
