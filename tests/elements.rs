//! Element types: what a user may put into an array, and what happens to each element on the way.

mod numbers;
mod oracle;

use ndarray::prelude::*;
use ndeinsum::{einsum, einsum_view, try_einsum};
use num_bigint::BigInt;
use num_complex::{Complex32, Complex64};
use num_rational::Ratio;
use num_traits::Zero;
use numbers::Nothing;
use oracle::evaluate;
use std::{
    collections::BTreeMap,
    fmt,
    num::Wrapping,
    ops::{Add, Mul, Sub},
    panic::{AssertUnwindSafe, catch_unwind},
    rc::Rc,
};

/// Holds a call to the oracle. `=> T` says that the output has no axis and is a plain element.
macro_rules! check {
    ($text:literal, $($operand:expr),+ => T) => {
        check!(@ $text, arr0(einsum!($text, $($operand),+)), $($operand),+)
    };
    ($text:literal, $($operand:expr),+) => {
        check!(@ $text, einsum!($text, $($operand),+), $($operand),+)
    };
    (@ $text:literal, $got:expr, $($operand:expr),+) => {
        assert_eq!($got.into_dyn(), evaluate($text, &[$($operand.view().into_dyn()),+]), "{}", $text)
    };
}

/// The max-plus semiring: a sum is the larger, a product the sum.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Tropical(f64);

impl Add for Tropical {
    type Output = Tropical;

    fn add(self, other: Tropical) -> Tropical {
        Tropical(self.0.max(other.0))
    }
}

impl Mul for Tropical {
    type Output = Tropical;

    // That is the point of it.
    #[allow(clippy::suspicious_arithmetic_impl)]
    fn mul(self, other: Tropical) -> Tropical {
        Tropical(self.0 + other.0)
    }
}

impl Zero for Tropical {
    fn zero() -> Tropical {
        Tropical(f64::NEG_INFINITY)
    }

    fn is_zero(&self) -> bool {
        self.0 == f64::NEG_INFINITY
    }
}

/// The boolean semiring: a sum is *or*, a product *and*.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Truth(bool);

impl Add for Truth {
    type Output = Truth;

    fn add(self, other: Truth) -> Truth {
        Truth(self.0 || other.0)
    }
}

impl Mul for Truth {
    type Output = Truth;

    fn mul(self, other: Truth) -> Truth {
        Truth(self.0 && other.0)
    }
}

impl Zero for Truth {
    fn zero() -> Truth {
        Truth(false)
    }

    fn is_zero(&self) -> bool {
        !self.0
    }
}

/// A dual number `x + x' ε`, where `ε² = 0`: a value with its derivative.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Dual {
    value: f64,
    slope: f64,
}

impl Add for Dual {
    type Output = Dual;

    fn add(self, other: Dual) -> Dual {
        Dual { value: self.value + other.value, slope: self.slope + other.slope }
    }
}

impl Sub for Dual {
    type Output = Dual;

    fn sub(self, other: Dual) -> Dual {
        Dual { value: self.value - other.value, slope: self.slope - other.slope }
    }
}

impl Mul for Dual {
    type Output = Dual;

    fn mul(self, other: Dual) -> Dual {
        Dual { value: self.value * other.value, slope: self.slope * other.value + self.value * other.slope }
    }
}

impl Zero for Dual {
    fn zero() -> Dual {
        Dual { value: 0.0, slope: 0.0 }
    }

    fn is_zero(&self) -> bool {
        self.value == 0.0 && self.slope == 0.0
    }
}

/// A 2 × 2 matrix as an element: its multiplication does not commute.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Matrix([i64; 4]);

impl Add for Matrix {
    type Output = Matrix;

    fn add(self, other: Matrix) -> Matrix {
        Matrix([0, 1, 2, 3].map(|n| self.0[n] + other.0[n]))
    }
}

impl Sub for Matrix {
    type Output = Matrix;

    fn sub(self, other: Matrix) -> Matrix {
        Matrix([0, 1, 2, 3].map(|n| self.0[n] - other.0[n]))
    }
}

impl Mul for Matrix {
    type Output = Matrix;

    fn mul(self, other: Matrix) -> Matrix {
        let [a, b, c, d] = self.0;
        let [e, f, g, h] = other.0;
        Matrix([a * e + b * g, a * f + b * h, c * e + d * g, c * f + d * h])
    }
}

impl Zero for Matrix {
    fn zero() -> Matrix {
        Matrix([0; 4])
    }

    fn is_zero(&self) -> bool {
        self.0 == [0; 4]
    }
}

/// An array of the values from number `from + 1` on. They are small, so that no type rounds or overflows, and the order
/// of additions cannot matter.
fn array<T, D: Dimension>(
    value: fn(usize) -> T,
    shape: impl ndarray::ShapeBuilder<Dim = D>,
    from: usize,
) -> Array<T, D> {
    let mut n = from;
    Array::from_shape_simple_fn(shape, || {
        n += 1;
        value(n)
    })
}

/// A spread of subscripts on elements of one type.
fn spread<T>(value: fn(usize) -> T)
where
    T: 'static + Clone + fmt::Debug + PartialEq + Zero + Mul<Output = T>,
{
    let (a, b, square) = (array(value, (2, 3), 0), array(value, (3, 2), 3), array(value, (3, 3), 1));
    let (u, v, s) = (array(value, 2, 2), array(value, 3, 4), array(value, (), 2));
    check!("ij,jk->ik", a, b);
    check!("ij,kj->ki", a, square);
    check!("nij,njk->nik", array(value, (2, 1, 3), 0), array(value, (2, 3, 2), 1));
    check!("ij,j->i", a, v);
    check!("i,ij->j", u, a);
    check!("i,i->", v, v => T);
    check!("i,j->ij", u, v);
    check!("ij,ij->ij", a, a);
    check!("ij,ij->", a, a => T);
    check!("ij->ji", a);
    check!("ij->j", a);
    check!("ij->i", a);
    check!("ij->", a => T);
    check!("ii", square => T);
    check!("ii->i", square);
    check!("ii,i->i", square, v);
    check!(",ij->ij", s, a);
    check!("", s => T);
    check!("...i,i->...", a, v);
    check!("ij,jk,kl->il", a, b, array(value, (2, 2), 0));
    check!("i,ij,j->", u, a, v => T);
    check!("i,i,i->i", v, v, v);
    // Extents of 1 and 0.
    check!("ij,jk->ik", array(value, (2, 1), 0), b);
    check!("ij,jk->ik", array(value, (2, 0), 0), array(value, (0, 2), 0));
    check!("i,i->", array(value, 0, 0), array(value, 0, 0) => T);
}

/// The tests of each element type: the spread, which knows the type by its bounds alone, and every form of a call that
/// knows it by its name.
macro_rules! elements {
    ($($name:ident: $T:ty = $value:expr;)*) => { $(
        mod $name {
            use super::*;

            const VALUE: fn(usize) -> $T = $value;

            #[test]
            fn values() {
                spread(VALUE);
            }

            #[test]
            fn scaled_and_accumulated() {
                let (a, b, c) = (array(VALUE, (2, 3), 0), array(VALUE, (3, 2), 3), array(VALUE, (2, 2), 5));
                let s = VALUE(2);
                let product = evaluate("ij,jk->ik", &[a.view().into_dyn(), b.view().into_dyn()]);
                let expected = |element: &dyn Fn($T, $T) -> $T| {
                    Array2::from_shape_fn((2, 2), |at| element(c[at].clone(), product[[at.0, at.1]].clone()))
                };
                let scaled = |x: $T| s.clone() * x;

                assert_eq!(einsum!("ij,jk->ik", a, b), expected(&|_, x| x));
                assert_eq!(einsum!(s.clone() * "ij,jk->ik", a, b), expected(&|_, x| scaled(x)));
                let mut d = c.clone();
                einsum!(d = "ij,jk->ik", a, b);
                assert_eq!(d, expected(&|_, x| x));
                d = c.clone();
                einsum!(d += "ij,jk->ik", a, b);
                assert_eq!(d, expected(&|c, x| c + x));
                d = c.clone();
                einsum!(d = s.clone() * "ij,jk->ik", a, b);
                assert_eq!(d, expected(&|_, x| scaled(x)));
                d = c.clone();
                assert_eq!(try_einsum!(d += s.clone() * "ij,jk->ik", a, b), Ok(()));
                assert_eq!(d, expected(&|c, x| c + scaled(x)));
            }
        }
    )* };
}

elements! {
    float_32: f32 = |n| n as f32 - 3.0;
    float_64: f64 = |n| n as f64 - 3.0;
    integer_32: i32 = |n| n as i32 - 3;
    // The sum of nine products of three such values is below 256.
    byte: u8 = |n| (n % 4) as u8;
    wide: u128 = |n| n as u128;
    wrapping: Wrapping<i64> = |n| Wrapping(i64::MAX - n as i64);
    complex_32: Complex32 = |n| Complex32::new(n as f32, 2.0 - n as f32);
    complex_64: Complex64 = |n| Complex64::new(n as f64, 2.0 - n as f64);
    big_integer: BigInt = |n| BigInt::from(10).pow(30) * n - 7;
    fraction: Ratio<i64> = |n| Ratio::new(n as i64 - 3, n as i64 + 1);
    big_fraction: Ratio<BigInt> = |n| Ratio::new(BigInt::from(n) - 3, BigInt::from(10).pow(20) + n);
    tropical: Tropical = |n| Tropical(n as f64 * 5.0 % 7.0);
    truth: Truth = |n| Truth(n % 3 == 0);
    dual: Dual = |n| Dual { value: n as f64, slope: 3.0 - n as f64 };
    nothing: Nothing = |_| Nothing;
    matrix: Matrix = |n| Matrix([n as i64, 1, 2 - n as i64, 3]);
}

/// `-=`, for the types that have it.
#[test]
fn subtracted() {
    fn check<T>(value: fn(i64) -> T)
    where
        T: 'static + Clone + fmt::Debug + PartialEq + Zero + Mul<Output = T> + Sub<Output = T>,
    {
        let a = Array2::from_shape_fn((2, 3), |(i, j)| value(1 + 3 * i as i64 + j as i64));
        let c = Array2::from_shape_fn((2, 2), |(i, k)| value(9 - (2 * i + k) as i64));
        let product = evaluate("ij,kj->ik", &[a.view().into_dyn(), a.view().into_dyn()]);
        let mut d = c.clone();
        einsum!(d -= "ij,kj->ik", a, a);
        let expected = Array2::from_shape_fn((2, 2), |at| c[at].clone() - product[[at.0, at.1]].clone());
        assert_eq!(d, expected);
        einsum!(d -= value(2) * "ij,kj->ik", a, a);
        let twice = Array2::from_shape_fn((2, 2), |at| value(2) * product[[at.0, at.1]].clone());
        assert_eq!(d, Array2::from_shape_fn((2, 2), |at| expected[at].clone() - twice[at].clone()));
    }

    check::<f64>(|n| n as f64);
    check::<i32>(|n| n as i32);
    check::<Wrapping<i64>>(|n| Wrapping(i64::MIN + n));
    check::<Complex64>(|n| Complex64::new(n as f64, 1.0));
    check::<BigInt>(BigInt::from);
    check::<Ratio<i64>>(|n| Ratio::new(1, n));
    check::<Dual>(|n| Dual { value: n as f64, slope: 1.0 });
    check::<Matrix>(|n| Matrix([n, 1, 0, n]));
}

/// The longest paths in a graph, by repeated products over max-plus.
#[test]
fn tropical_products_are_longest_paths() {
    let none = Tropical(f64::NEG_INFINITY);
    let edge = |length| Tropical(length);
    let graph = arr2(&[
        [none, edge(2.0), edge(5.0), none],
        [none, none, edge(4.0), edge(1.0)],
        [none, none, none, edge(3.0)],
        [none, none, none, none],
    ]);
    let two: Array2<Tropical> = einsum!("ij,jk->ik", graph, graph);
    assert_eq!(two[[0, 3]], edge(8.0));
    let three: Array2<Tropical> = einsum!("ij,jk,kl->il", graph, graph, graph);
    assert_eq!(three[[0, 3]], edge(9.0));
    assert!(einsum!("ii", three).is_zero());
}

/// Not even conjugated: `einsum!` takes no notice of what kind of number it has.
#[test]
fn complex_numbers_are_not_conjugated() {
    let i = arr1(&[Complex64::i()]);
    assert_eq!(einsum!("i,i->", i, i), Complex64::new(-1.0, 0.0));
}

/// What Rust's operators do.
#[test]
fn integers_overflow_as_in_rust() {
    let (large, two) = (arr1(&[i32::MAX]), arr1(&[2]));
    if cfg!(debug_assertions) {
        assert!(catch_unwind(|| einsum!("i,i->i", large, two)).is_err(), "a product");
        assert!(catch_unwind(|| einsum!("ij->i", arr2(&[[200_u8, 100]]))).is_err(), "a sum");
        assert!(catch_unwind(|| einsum!(2 * "i->i", large)).is_err(), "a scale");
        let mut c = arr1(&[1]);
        assert!(catch_unwind(AssertUnwindSafe(|| einsum!(c += "i->i", large))).is_err(), "an accumulation");
        assert!(catch_unwind(AssertUnwindSafe(|| einsum!(c -= "i->i", arr1(&[i32::MIN])))).is_err());
    }
    let (large, two) = (large.mapv(Wrapping), two.mapv(Wrapping));
    assert_eq!(einsum!("i,i->i", large, two), arr1(&[Wrapping(-2)]));
}

/// A polynomial in variables that do not commute: a word for each product, with how often it occurs. The product of
/// elements shows the order in which it was taken.
#[derive(Clone, Debug, PartialEq)]
struct Words(BTreeMap<String, i64>);

impl Words {
    fn word(word: String) -> Words {
        Words(BTreeMap::from([(word, 1)]))
    }

    /// An array of variables, `a01` at `[0, 1]`.
    fn array<D: Dimension>(name: char, shape: impl ndarray::ShapeBuilder<Dim = D>) -> Array<Words, D> {
        let shape = shape.into_shape_with_order();
        let mut array = Array::from_elem(shape, Words::zero());
        for (position, element) in array.view_mut().into_dyn().indexed_iter_mut() {
            let position: String = position.slice().iter().map(ToString::to_string).collect();
            *element = Words::word(format!("{name}{position}"));
        }
        array
    }
}

impl Add for Words {
    type Output = Words;

    fn add(mut self, other: Words) -> Words {
        other.0.into_iter().for_each(|(word, count)| *self.0.entry(word).or_default() += count);
        self
    }
}

impl Mul for Words {
    type Output = Words;

    fn mul(self, other: Words) -> Words {
        let mut product = Words::zero();
        for (left, n) in &self.0 {
            for (right, m) in &other.0 {
                *product.0.entry(format!("{left} {right}")).or_default() += n * m;
            }
        }
        product
    }
}

impl Zero for Words {
    fn zero() -> Words {
        Words(BTreeMap::new())
    }

    fn is_zero(&self) -> bool {
        self.0.is_empty()
    }
}

/// Products are taken in the order of the operands, whatever the order of the steps.
#[test]
fn factors_keep_the_order_of_the_operands() {
    let [a, b, c, d, e] = ['a', 'b', 'c', 'd', 'e'].map(|name| Words::array(name, (2, 2)));
    let [p, q, r, s, t] = ['p', 'q', 'r', 's', 't'].map(|name| Words::array(name, 2));

    check!("ij,jk->ik", a, b);
    check!("ij,ki->kj", a, b);
    check!("i,ij->j", p, a);
    // Chains, forwards, backwards and out of order.
    check!("ij,jk,kl->il", a, b, c);
    check!("kl,jk,ij->il", a, b, c);
    check!("ij,kl,jk->il", a, b, c);
    check!("jk,ij,kl->li", a, b, c);
    check!("ij,jk,kl,lm->im", a, b, c, d);
    check!("lm,kl,jk,ij->im", a, b, c, d);
    check!("ij,kl,jk,lm->im", a, b, c, d);
    check!("ij,jk,kl,lm,mn->in", a, b, c, d, e);
    check!("mn,jk,ij,lm,kl->ni", a, b, c, d, e);
    // Steps that pay off at either end, in the middle, and between the first and the last.
    check!("i,ij,j->", p, a, q => T);
    check!("ij,j,jk->ik", a, p, b);
    check!("i,ij,jk->k", p, a, b);
    check!("ij,jk,k->i", a, b, p);
    check!("ij,kl,ij->kl", a, b, c);
    check!("i,j,i->j", p, q, r);
    check!("ij,k,j,k->i", a, p, q, r);
    check!("ij,kl,lk,ji->", a, b, c, d => T);
    check!("i,ij,jk,kl,l->", p, a, b, c, q => T);
    check!("i,j,k,j,i->k", p, q, r, s, t);
    check!("ij,i,jk,j,k->", a, p, b, q, r => T);
    // Sums, products element by element, outer products, scalars.
    check!("i,i,i->i", p, q, r);
    check!("i,i,i,i,i->", p, q, r, s, t => T);
    check!("i,j,k->kji", p, q, r);
    check!("ii,jj,kk->", a, b, c => T);
    check!(",i,,i->i", arr0(Words::word("x".into())), p, arr0(Words::word("y".into())), q);
    check!("...i,...i,...->...", a, b, p);
}

/// A path says which operands meet first, not on which side they stand.
#[test]
fn factors_keep_the_order_of_the_operands_on_a_path_between_neighbours() {
    let [a, b, c] = ['a', 'b', 'c'].map(|name| Words::array(name, (2, 2)));
    let expected = evaluate("ij,jk,kl->il", &[a.view().into_dyn(), b.view().into_dyn(), c.view().into_dyn()]);
    assert_eq!(einsum!("ij,jk,kl->il", a, b, c; path = [(0, 1), (0, 1)]).into_dyn(), expected);
    assert_eq!(einsum!("ij,jk,kl->il", a, b, c; path = [(1, 0), (1, 0)]).into_dyn(), expected);
    assert_eq!(einsum!("ij,jk,kl->il", a, b, c; path = [(1, 2), (0, 1)]).into_dyn(), expected);
    assert_eq!(einsum!("ij,jk,kl->il", a, b, c; path = [(2, 1), (1, 0)]).into_dyn(), expected);
    assert_eq!(einsum!("ij,jk,kl->il", a, b, c; path = [(2, 0, 1)]).into_dyn(), expected);
}

/// A scale stands before the product, as it is written.
#[test]
fn scale_is_the_first_factor() {
    let (a, p) = (Words::array('a', (2, 2)), Words::array('p', 2));
    let s = Words::word("s".into());
    let scaled = |i: usize| {
        s.clone() * a[[i, 0]].clone() * p[0].clone() + s.clone() * a[[i, 1]].clone() * p[1].clone()
    };
    assert_eq!(einsum!(s.clone() * "ij,j->i", a, p), Array1::from_shape_fn(2, scaled));
    let mut c = Words::array('c', 2);
    einsum!(c += s.clone() * "ij,j->i", a, p);
    assert_eq!(c, Array1::from_shape_fn(2, |i| Words::word(format!("c{i}")) + scaled(i)));
}

/// A copy asks for `Clone` alone.
#[test]
fn elements_that_can_only_be_cloned() {
    let a = array![["a", "b"], ["c", "d"]].mapv(String::from);
    let diagonal = array!["a", "d"].mapv(String::from);
    assert_eq!(einsum!("ij->ji", a), a.t());
    assert_eq!(einsum!("ij", a), a);
    assert_eq!(einsum!("ii->i", a), diagonal);
    assert_eq!(einsum!("...i->i...", a), a.t());
    assert_eq!(einsum!("", arr0(String::from("x"))), "x");
    assert_eq!(try_einsum!("ij->ji", a).as_ref(), Ok(&a.t().to_owned()));
    assert!(try_einsum!("ii->i", a.slice(s![.., ..1])).is_err());

    let mut c = a.clone();
    einsum!(c = "ij->ji", a);
    assert_eq!(c, a.t());
    assert_eq!(try_einsum!(c = "ji->ji", a), Ok(()));
    assert_eq!(c, a);
    // Broadcast into a longer output.
    einsum!(c = "ij->ij", a.slice(s![..1, ..]));
    assert_eq!(c.row(1), a.row(0));

    assert_eq!(einsum_view!("ij->ji", a), a.t());
    assert_eq!(einsum_view!("ii->i", a), diagonal);
    einsum_view!("ii->i", &mut c).fill(String::new());
    assert_eq!(c[[1, 1]], "");
}

/// A view asks for nothing.
#[test]
fn views_of_elements_that_cannot_be_cloned() {
    #[derive(Debug, PartialEq)]
    struct Single(u8);

    let mut a = Array2::from_shape_fn((2, 2), |(i, j)| Single((2 * i + j) as u8));
    assert_eq!(einsum_view!("ii->i", a)[1], Single(3));
    assert_eq!(einsum_view!("...i->i...", &a)[[1, 0]], Single(1));
    einsum_view!("ij->ji", &mut a)[[1, 0]] = Single(7);
    assert_eq!(a[[0, 1]], Single(7));
}

/// Nor need copies and views live for ever.
#[test]
fn elements_that_borrow() {
    let text = String::from("x y");
    let words: Array1<&str> = text.split(' ').collect();
    let pair = words.broadcast((2, 2)).expect("a row");
    assert_eq!(einsum!("ij->ji", pair)[[1, 0]], "y");
    assert_eq!(einsum_view!("ii->i", pair)[1], "y");
}

/// A sum asks for no product.
#[test]
fn elements_without_a_product() {
    /// Lengths can be added; their product is no length.
    #[derive(Clone, Copy, Debug, PartialEq)]
    struct Metres(f64);

    impl Add for Metres {
        type Output = Metres;

        fn add(self, other: Metres) -> Metres {
            Metres(self.0 + other.0)
        }
    }

    impl Sub for Metres {
        type Output = Metres;

        fn sub(self, other: Metres) -> Metres {
            Metres(self.0 - other.0)
        }
    }

    impl Zero for Metres {
        fn zero() -> Metres {
            Metres(0.0)
        }

        fn is_zero(&self) -> bool {
            self.0 == 0.0
        }
    }

    let a = array![[1.0, 2.0], [3.0, 5.0]].mapv(Metres);
    assert_eq!(einsum!("ij->i", a), array![3.0, 8.0].mapv(Metres));
    assert_eq!(einsum!("ij->", a), Metres(11.0));
    assert_eq!(einsum!("ii", a), Metres(6.0));
    assert_eq!(einsum!("ii->i", a), array![1.0, 5.0].mapv(Metres));
    assert_eq!(einsum!("...j->j", a), array![4.0, 7.0].mapv(Metres));
    assert_eq!(try_einsum!("ij->i", a), Ok(array![3.0, 8.0].mapv(Metres)));
    let mut c = array![1.0, 1.0].mapv(Metres);
    einsum!(c += "ij->i", a);
    assert_eq!(c, array![4.0, 9.0].mapv(Metres));
    einsum!(c -= "ij->j", a);
    assert_eq!(c, array![0.0, 2.0].mapv(Metres));
    einsum!(c = "ij->j", a);
    assert_eq!(c, array![4.0, 7.0].mapv(Metres));
}

/// No bound says that an element can go to another thread, whatever the sizes.
#[test]
fn elements_that_stay_on_their_thread() {
    #[derive(Clone, Debug, PartialEq)]
    struct Shared(Rc<i64>);

    impl Add for Shared {
        type Output = Shared;

        fn add(self, other: Shared) -> Shared {
            Shared(Rc::new(*self.0 + *other.0))
        }
    }

    impl Mul for Shared {
        type Output = Shared;

        fn mul(self, other: Shared) -> Shared {
            Shared(Rc::new(*self.0 * *other.0))
        }
    }

    impl Zero for Shared {
        fn zero() -> Shared {
            Shared(Rc::new(0))
        }

        fn is_zero(&self) -> bool {
            *self.0 == 0
        }
    }

    let a = Array2::from_shape_fn((40, 40), |(i, j)| Shared(Rc::new((i + 2 * j) as i64)));
    check!("ij,jk->ik", a, a);
    check!("ij->ji", a);
    check!("ij,ij->", a, a => T);
}
