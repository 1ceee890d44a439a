//! `conj(a)`: operands conjugated where they are read, against the oracle on arrays of conjugates; every kind of step, all forms and layouts. The parts of
//! the elements are small whole numbers, so that every sum is exact in any order.
//!
//! `EINSUM_KERNEL=portable` runs the same tests on the kernels that every CPU has; `.ci/run` does.

mod oracle;

use ndarray::prelude::*;
use ndeinsum::{einsum, einsum_vjp, try_einsum};
use num_complex::Complex;

/// Parts between -3 and 3.
fn numbers<T: From<i8> + Clone + num_traits::Num>(shape: &[usize], seed: usize) -> ArrayD<Complex<T>> {
    let mut n = seed;
    let mut next = || {
        n = (n * 31 + 17) % 1009;
        T::from((n % 7) as i8 - 3)
    };
    ArrayD::from_shape_simple_fn(shape, || Complex::new(next(), next()))
}

fn conjugates<T: Clone + num_traits::Num + std::ops::Neg<Output = T>>(
    array: &ArrayD<Complex<T>>,
) -> ArrayD<Complex<T>> {
    array.mapv(|element| element.conj())
}

/// One array in several layouts: as it is, with the axes in memory in the other order, and every second element backwards.
fn layouts<T: Clone + num_traits::Zero>(array: &ArrayD<T>) -> Vec<ArrayD<T>> {
    let transposed = array.t().as_standard_layout().into_owned().reversed_axes();
    let mut sparse = ArrayD::zeros(array.shape().iter().map(|extent| 2 * extent).collect::<Vec<_>>());
    for axis in 0..array.ndim() {
        sparse.slice_axis_inplace(Axis(axis), ndarray::Slice::new(0, None, -2));
    }
    sparse.assign(array);
    vec![array.clone(), transposed, sparse]
}

/// All forms of one call, given the operands that it names, and what it should be.
macro_rules! forms {
    ($T:ty, $text:literal, $expected:expr, $n:expr, $context:expr, $($operand:expr),+) => {{
        let (expected, context) = (&$expected, &$context);
        let start = numbers::<$T>(expected.shape(), 3);
        let outputs = layouts(&start);
        let old = &outputs[$n % outputs.len()];
        let factor = Complex::new(<$T>::from(2i8), <$T>::from(-1i8));
        assert_eq!(einsum!($text, $($operand),+).into_dyn(), *expected, "{context}");
        let mut c = old.clone();
        einsum!(c = factor * $text, $($operand),+);
        assert_eq!(c, expected.mapv(|sum| factor * sum), "{context}, = factor *");
        c.assign(old);
        einsum!(c += $text, $($operand),+);
        assert_eq!(c, old + expected, "{context}, +=");
        c.assign(old);
        einsum!(c -= factor * $text, $($operand),+);
        assert_eq!(c, old - expected.mapv(|sum| factor * sum), "{context}, -= factor *");
    }};
}

/// `check!(f64, "ij,jk->ik", ([m, k], [k, n]))`: either operand conjugated, and both.
macro_rules! check {
    ($T:ty, $text:literal, $(($left:expr, $right:expr)),+) => {{
        // A function of its own for each: unoptimised, all of them in one frame would not fit on the stack of a test.
        fn check(left: &[usize], right: &[usize]) {
            let (a, b) = (numbers::<$T>(left, 1), numbers::<$T>(right, 2));
            let (a_conj, b_conj) = (conjugates(&a), conjugates(&b));
            let of_left = oracle::evaluate($text, &[a_conj.view(), b.view()]);
            let of_right = oracle::evaluate($text, &[a.view(), b_conj.view()]);
            let of_both = oracle::evaluate($text, &[a_conj.view(), b_conj.view()]);
            for (n, a) in layouts(&a).iter().enumerate() {
                for (m, b) in layouts(&b).iter().enumerate() {
                    let context = format!(
                        "{} {} on {left:?} and {right:?}, layouts {n} and {m}",
                        stringify!($T),
                        $text
                    );
                    forms!($T, $text, of_left, n + m, format!("left, {context}"), conj(a), b);
                    forms!($T, $text, of_right, n + m, format!("right, {context}"), a, conj(b));
                    forms!($T, $text, of_both, n + m, format!("both, {context}"), conj(a), conj(b));
                }
            }
        }
        $( check(&$left, &$right); )+
    }};
}

/// The same for one operand.
macro_rules! check_one {
    ($text:literal, $($shape:expr),+) => {{
        fn check(shape: &[usize]) {
            let a = numbers::<f64>(shape, 1);
            let expected = oracle::evaluate($text, &[conjugates(&a).view()]);
            for (n, a) in layouts(&a).iter().enumerate() {
                let context = format!("{} on {shape:?}, layout {n}", $text);
                forms!(f64, $text, expected, n, context, conj(a));
            }
        }
        $( check(&$shape); )+
    }};
}

#[test]
fn matrix_products() {
    macro_rules! each {
        ($($T:ty)+) => { $(
            check!(
                $T,
                "ij,jk->ik",
                ([1, 1], [1, 1]),
                ([3, 4], [4, 2]),
                ([1, 9], [9, 30]),
                ([30, 9], [9, 1]),
                ([17, 1], [1, 13]),
                ([0, 3], [3, 2]),
                ([3, 0], [0, 2]),
                ([9, 1], [20, 8]),
                ([25, 29], [29, 31]),
                ([70, 300], [300, 50])
            );
        )+ };
    }
    each!(f64 f32 i32);
    check!(f64, "ij,kj->ki", ([3, 4], [2, 4]), ([25, 29], [31, 29]), ([9, 530], [70, 530]));
    check!(f32, "bij,bkj->bik", ([5, 7, 9], [5, 11, 9]));
    check!(f64, "aibj,jbc->ica", ([3, 9, 2, 5], [5, 2, 13]));
}

#[test]
fn dots() {
    for extent in [0, 1, 5, 64, 700, 5001] {
        let (a, b) = (numbers::<f64>(&[extent], 1), numbers::<f64>(&[extent], 2));
        let (a, b) = (layouts(&a), layouts(&b));
        for (a, b) in a.iter().flat_map(|a| b.iter().map(move |b| (a, b))) {
            let expected: Complex<f64> = a.iter().zip(b).map(|(a, b)| a.conj() * b).sum();
            let (left, right): (Complex<f64>, _) =
                (einsum!("i,i->", conj(a), b), einsum!("i,i->", a, conj(b)));
            assert_eq!((left, right), (expected, expected.conj()), "{extent}");
            let both: Complex<f64> = einsum!("i,i->", conj(a), conj(b));
            let neither: Complex<f64> = a.iter().zip(b).map(|(a, b)| a * b).sum();
            assert_eq!(both, neither.conj(), "{extent}");
        }
    }
    check!(f64, "bi,bi->b", ([7, 600], [7, 600]), ([300, 7], [300, 7]), ([1, 5000], [3, 5000]));
    check!(f32, "ij,ji->j", ([70, 80], [80, 70]), ([1, 80], [80, 1]));
}

#[test]
fn matrices_and_vectors() {
    check!(
        f64,
        "ij,j->i",
        ([1, 90], [90]),
        ([90, 1], [1]),
        ([12, 13], [13]),
        ([100, 60], [60]),
        ([3, 2500], [2500])
    );
    check!(f32, "ij,i->j", ([12, 13], [12]), ([60, 100], [60]));
    check!(i32, "ij,j->i", ([12, 13], [13]));
    check!(f64, "bij,bj->bi", ([5, 20, 70], [5, 70]));
    check!(f64, "ijk,kj->i", ([9, 60, 50], [50, 60]));
}

#[test]
fn without_a_sum() {
    check!(f64, "ij,ij->ij", ([90, 70], [90, 70]), ([3, 2], [3, 2]), ([40, 1], [1, 70]));
    check!(f32, "ij,ij->ji", ([90, 70], [90, 70]));
    check!(f64, "ij,i->ij", ([90, 70], [90]));
    check!(f64, "i,j->ij", ([90], [70]), ([3], [2]));
}

#[test]
fn one_operand() {
    check_one!("ij->ji", [90, 70], [3, 2]);
    check_one!("ijk->kij", [9, 0, 4], [20, 13, 14]);
    check_one!("ii->i", [80, 80]);
    check_one!("ij->i", [90, 70], [70, 1], [2, 3000]);
    check_one!("ij->j", [90, 70], [3000, 2]);
    for extent in [2, 90] {
        let a = numbers::<f64>(&[extent, extent], 1);
        let total = |text| oracle::evaluate(text, &[conjugates(&a).view()])[[]];
        assert_eq!(einsum!("ij->", conj(a)), total("ij->"));
        assert_eq!(einsum!("ii->", conj(a)), total("ii->"));
    }
}

#[test]
fn ellipsis_and_sums_of_indices() {
    check!(f64, "...ij,...jk->...ik", ([3, 7, 8], [3, 8, 9]), ([7, 8], [3, 8, 9]));
    check!(f64, "(x+i)(y+j),ij->xy", ([30, 40], [3, 5]), ([3, 5], [3, 5]));
    check!(f64, "n(2x+i)c,ico->nxo", ([3, 31, 4], [3, 4, 5]));
    // An index of one operand alone, which is summed first.
    check!(f64, "ij,jkl->ik", ([9, 20], [20, 7, 6]), ([2, 2], [2, 2, 2]));
}

#[test]
fn three_operands() {
    fn check<T>()
    where
        T: From<i8> + num_traits::Num + Copy + std::ops::Neg<Output = T> + std::fmt::Debug + 'static,
    {
        for extents in [[2, 3, 2, 3], [30, 20, 25, 22], [40, 3, 50, 1]] {
            let [i, j, k, l] = extents;
            let (a, b, c) = (numbers::<T>(&[i, j], 1), numbers::<T>(&[j, k], 2), numbers::<T>(&[k, l], 3));
            let [a_conj, c_conj] = [&a, &c].map(conjugates);
            let expected = oracle::evaluate("ij,jk,kl->il", &[a_conj.view(), b.view(), c_conj.view()]);
            assert_eq!(einsum!("ij,jk,kl->il", conj(a), b, conj(c)).into_dyn(), expected, "{extents:?}");
            let total = oracle::evaluate("ij,jk,kl->", &[a_conj.view(), b.view(), c_conj.view()]);
            let found: Complex<T> = einsum!("ij,jk,kl->", conj(a), b, conj(c));
            assert_eq!(found, total[[]], "{extents:?}");
            let one = numbers::<T>(&[1, 1], 4);
            let expected = oracle::evaluate("ij,jk,lm->ik", &[a.view(), b.view(), conjugates(&one).view()]);
            assert_eq!(einsum!("ij,jk,lm->ik", a, b, conj(one)).into_dyn(), expected, "{extents:?}");
        }
        let a = numbers::<T>(&[70, 60], 1);
        let expected = oracle::evaluate("ij,ij,ij->ij", &[a.view(), conjugates(&a).view(), a.view()]);
        assert_eq!(einsum!("ij,ij,ij->ij", a, conj(a), a).into_dyn(), expected);
        assert_eq!(try_einsum!("ij,ij,ij->ij", conj(&a), a, a).map(Array::into_dyn), Ok(expected));
    }
    check::<f64>();
    check::<f32>();
    check::<i32>();
}

/// The gradient of a conjugated operand is that of the array of conjugates, conjugated; and all others are those beside that array.
#[test]
fn gradients() {
    macro_rules! check {
        ($text:literal, $left:expr, $right:expr, $result:expr) => {
            let (a, b, g) = (numbers::<f64>(&$left, 1), numbers::<f64>(&$right, 2), numbers::<f64>(&$result, 3));
            let scale = Complex::new(2.0, -1.0);
            let (ds, da, db) = einsum_vjp!(scale * $text, a, conj(b); g);
            let ds_expected: Complex<f64> =
                oracle::evaluate($text, &[a.view(), conjugates(&b).view()]).iter().zip(&g).map(|(y, g)| y.conj() * g).sum();
            let (_, da_expected, db_expected) = einsum_vjp!(scale * $text, a, conjugates(&b); g);
            assert_eq!((ds, da, db), (ds_expected, da_expected, conjugates(&db_expected)), $text);
        };
    }
    check!("ij,jk->ik", [30, 40], [40, 25], [30, 25]);
    check!("ij,j->i", [30, 40], [40], [30]);
    check!("ij,ij->ij", [30, 40], [1, 40], [30, 40]);
    check!("iij,j->i", [9, 9, 30], [30], [9]);
    check!("(x+i)(y+j),ij->xy", [20, 30], [3, 4], [18, 27]);
    check!("n(x+i)c,ico->nxo", [3, 20, 4], [3, 4, 5], [3, 18, 5]);
    check!("x(x+i),i->x", [20, 30], [4], [20]);
    // The parts of the gradient with the oracle as forward pass: `da = g · conj(b)ᴴ`, where `b` is conjugated.
    let (a, b, g) =
        (numbers::<f64>(&[30, 40], 1), numbers::<f64>(&[40, 25], 2), numbers::<f64>(&[30, 25], 3));
    let (da, db) = einsum_vjp!("ij,jk->ik", a, conj(b); g);
    assert_eq!(da.into_dyn(), oracle::evaluate("ik,jk->ij", &[g.view(), b.view()]));
    assert_eq!(db.into_dyn(), oracle::evaluate("ij,ik->jk", &[a.view(), conjugates(&g).view()]));
    let c = numbers::<f64>(&[25, 20], 4);
    let g = numbers::<f64>(&[30, 20], 3);
    let (da, db, dc) = einsum_vjp!("ij,jk,kl->il", a, conj(b), c; g);
    let conj = conjugates;
    assert_eq!(da.into_dyn(), oracle::evaluate("il,jk,kl->ij", &[g.view(), b.view(), conj(&c).view()]));
    assert_eq!(db.into_dyn(), oracle::evaluate("ij,il,kl->jk", &[a.view(), conj(&g).view(), c.view()]));
    assert_eq!(dc.into_dyn(), oracle::evaluate("ij,jk,il->kl", &[conj(&a).view(), b.view(), g.view()]));
}

/// Views without elements may have any strides, and shapes that no array of their own could have.
#[test]
fn without_elements() {
    let numbers = Array1::from_elem(4096, Complex::new(1.0_f32, 2.0));
    let a = numbers.slice(s![8..72]).into_shape_with_order((8, 8)).expect("64 elements");
    let a = a.slice_move(s![.., ..0]).permuted_axes([1, 0]).permuted_axes([1, 0]);
    let zero = Complex::default();
    let mut c = arr0(Complex::new(5.0, 5.0));
    assert_eq!(try_einsum!(c = "Yb,Yb->", conj(a), a), Ok(()));
    assert_eq!(c, arr0(zero));
    let b = numbers.slice(s![..9216 / 96]).into_shape_with_order((1, 1, 96, 1, 1)).expect("96 elements");
    let b = b.slice_move(s![.., .., .., ..0, ..]);
    assert_eq!(einsum!("abcde->", conj(b)), zero);
    assert_eq!(einsum!("abcde->cda", conj(b)).dim(), (96, 0, 1));
    let wide = a.broadcast((3, 8, 0)).expect("repeated");
    assert_eq!(einsum!("iYb,Yb,Yb->iY", conj(wide), a, conj(a)), Array2::from_elem((3, 8), zero));
    let (da, db) = einsum_vjp!("Yb,Yb->", conj(a), a; zero);
    assert_eq!((da.dim(), db.dim()), ((8, 0), (8, 0)));
}
