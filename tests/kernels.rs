//! The kernels for large products, against the oracle: ragged sizes around every block and tile, all forms, all layouts.
//! The elements are small whole numbers, so that every sum is exact in any order.
//!
//! `EINSUM_KERNEL=portable` runs the same tests on the kernels that every CPU has; `.ci/run` does.

mod oracle;

use ndarray::prelude::*;
use ndeinsum::{einsum, sliding_windows};

/// Whole numbers between -3 and 3.
fn numbers<T: From<i8> + Clone>(shape: &[usize], seed: usize) -> ArrayD<T> {
    let mut n = seed;
    ArrayD::from_shape_simple_fn(shape, || {
        n = (n * 31 + 17) % 1009;
        T::from((n % 7) as i8 - 3)
    })
}

/// One array in several layouts: as it is, backwards, with the axes in memory in the other order, and every second element.
fn layouts<T: Clone + num_traits::Zero>(array: &ArrayD<T>) -> Vec<ArrayD<T>> {
    let transposed = array.t().as_standard_layout().into_owned().reversed_axes();
    let mut backwards = array.clone();
    for axis in 0..array.ndim() {
        backwards.invert_axis(Axis(axis));
    }
    let mut backwards = backwards.as_standard_layout().into_owned();
    for axis in 0..array.ndim() {
        backwards.invert_axis(Axis(axis));
    }
    let mut sparse = ArrayD::zeros(array.shape().iter().map(|extent| 2 * extent).collect::<Vec<_>>());
    for axis in 0..array.ndim() {
        sparse.slice_axis_inplace(Axis(axis), ndarray::Slice::new(1, None, 2));
    }
    sparse.assign(array);
    vec![array.clone(), transposed, backwards, sparse]
}

/// `check!("ij,jk->ik", [m, k], [k, n])`: all forms in both types of floats, on all layouts of the operands and the output.
macro_rules! check {
    ($text:literal, $left:expr, $right:expr) => {
        check!(f64, $text, $left, $right);
        check!(f32, $text, $left, $right);
    };
    // A function of its own for each: unoptimised, all of them in one frame would not fit on the stack of a test.
    ($T:ty, $text:literal, $left:expr, $right:expr) => {
        check($left, $right, |left: &[usize], right: &[usize]| {
            let (a, b) = (numbers::<$T>(left, 1), numbers::<$T>(right, 2));
            let expected = oracle::evaluate($text, &[a.view(), b.view()]);
            let start = numbers::<$T>(expected.shape(), 3);
            let (outputs, rights) = (layouts(&start), layouts(&b));
            for (n, a) in layouts(&a).iter().enumerate() {
                for (m, b) in rights.iter().enumerate() {
                    let context = format!(
                        "{} {} on {:?} and {:?}, layouts {n} and {m}",
                        stringify!($T),
                        $text,
                        $left,
                        $right
                    );
                    assert_eq!(einsum!($text, a, b).into_dyn(), expected, "{context}");
                    let old = &outputs[(n + m) % outputs.len()];
                    let mut c = old.clone();
                    einsum!(c = $text, a, b);
                    assert_eq!(c, expected, "{context}, =");
                    c = old.clone();
                    einsum!(c += $text, a, b);
                    assert_eq!(c, old + &expected, "{context}, +=");
                    c = old.clone();
                    einsum!(c -= $text, a, b);
                    assert_eq!(c, old - &expected, "{context}, -=");
                    c = old.clone();
                    einsum!(c += -2.0 * $text, a, b);
                    assert_eq!(c, old - &expected * 2.0, "{context}, += -2 *");
                }
            }
        })
    };
}

#[inline(never)]
fn check<const L: usize, const R: usize>(
    left: [usize; L],
    right: [usize; R],
    run: impl Fn(&[usize], &[usize]),
) {
    run(&left, &right);
}

#[test]
fn ragged_sizes() {
    for m in [4, 5, 6, 7, 13] {
        for n in [4, 7, 8, 9, 15, 16, 17, 33] {
            check!("ij,jk->ik", [m, 31], [31, n]);
        }
    }
    for k in [4, 5, 64] {
        check!("ij,jk->ik", [12, k], [k, 37]);
    }
}

#[test]
fn around_the_blocks() {
    check!("ij,jk->ik", [143, 5], [5, 18]);
    check!("ij,jk->ik", [145, 5], [5, 18]);
    check!("ij,jk->ik", [7, 255], [255, 18]);
    check!("ij,jk->ik", [7, 257], [257, 18]);
    check!("ij,jk->ik", [7, 513], [513, 9]);
    check!("ij,jk->ik", [5, 9], [9, 1023]);
    check!("ij,jk->ik", [5, 9], [9, 1025]);
    check!("ij,jk->ki", [1025, 9], [9, 5]);
}

#[test]
fn orders_of_the_axes() {
    check!("ij,kj->ik", [13, 14], [15, 14]);
    check!("ji,jk->ik", [14, 13], [14, 15]);
    check!("ji,kj->ki", [14, 13], [15, 14]);
    check!("ij,jk->ki", [13, 14], [14, 15]);
}

#[test]
fn several_axes_in_each_group() {
    check!("abij,ijcd->abcd", [3, 4, 5, 2], [5, 2, 3, 6]);
    check!("aibj,jdic->cabd", [3, 5, 4, 2], [2, 6, 5, 3]);
    check!("iajb,cjdi->dbca", [5, 3, 2, 4], [3, 2, 6, 5]);
    check!("abcde,efbad->cf", [3, 2, 7, 4, 5], [5, 9, 2, 3, 4]);
    check!("aebf,dfce->abcd", [4, 3, 5, 6], [3, 6, 7, 3]);
}

#[test]
fn batches() {
    check!("bij,bjk->bik", [3, 12, 13], [3, 13, 14]);
    check!("ijb,jkb->ikb", [12, 13, 3], [13, 14, 3]);
    check!("bqhd,bkhd->bhqk", [2, 13, 3, 16], [2, 14, 3, 16]);
    check!("...ij,...jk->...ik", [2, 3, 12, 13], [3, 13, 14]);
    check!("...ij,...jk->...ik", [12, 13], [2, 1, 13, 14]);
    check!("i...j,j...k->...ik", [12, 2, 13], [13, 2, 14]);
}

#[test]
fn sums_diagonals_and_broadcasting() {
    check!("ijs,jk->ik", [12, 7, 3], [7, 25]);
    check!("ij,sjk->ik", [12, 7], [3, 7, 25]);
    check!("iij,jk->ik", [13, 13, 12], [12, 14]);
    check!("ijj,jkk->ik", [12, 13, 13], [13, 14, 14]);
    check!("ijx,jxk->ik", [12, 13, 1], [13, 2, 14]);
    check!("bij,bjk->bik", [1, 12, 13], [3, 13, 14]);
    check!("ij...,j...k->ik", [12, 5, 3], [5, 3, 14]);
    // An ellipsis that stands for nothing.
    check!("ij,jk->...ik", [20, 21], [21, 22]);
    check!("ij,j->i...", [20, 31], [31]);
    check!("ij...,jk->i...k", [20, 21], [21, 22]);
}

#[test]
fn convolution_layers() {
    let (images, kernel) = (numbers::<f64>(&[2, 3, 9, 10], 1), numbers::<f64>(&[5, 3, 3, 2], 2));
    let images = images.into_dimensionality::<Ix4>().expect("four axes");
    let windows = sliding_windows(&images, [Axis(2), Axis(3)], [3, 2]).into_dyn();
    let maps: ArrayD<f64> = einsum!("nijkde,oide->nojk", windows, kernel).into_dyn();
    assert_eq!(maps, oracle::evaluate("nijkde,oide->nojk", &[windows.view(), kernel.view()]));
    let gradient = einsum!("nijkde,nojk->oide", windows, maps).into_dyn();
    assert_eq!(gradient, oracle::evaluate("nijkde,nojk->oide", &[windows.view(), maps.view()]));
}

/// An operand whose elements are all one, and an output that is a window of something larger.
#[test]
fn shared_and_partial_memory() {
    let one = ndarray::arr0(3.0);
    let a = one.broadcast((20, 30)).expect("a scalar broadcasts");
    let b = numbers::<f64>(&[30, 11], 5);
    let mut whole = Array2::from_elem((24, 17), 7.0);
    einsum!(whole.slice_mut(s![2..22, 3..14]) = "ij,jk->ik", a, b);
    let expected = oracle::evaluate("ij,jk->ik", &[a.view().into_dyn(), b.view()]);
    assert_eq!(whole.slice(s![2..22, 3..14]).into_dyn(), expected);
    whole.slice_mut(s![2..22, 3..14]).fill(7.0);
    assert!(whole.iter().all(|&element| element == 7.0), "something beside the output was written");
}

/// Not a number is not lost, and what was in an output that is replaced does not matter.
#[test]
fn numbers_that_are_none() {
    let (mut a, b) = (numbers::<f64>(&[16, 16], 1), numbers::<f64>(&[16, 16], 2));
    let mut c = ArrayD::from_elem(vec![16, 16], f64::NAN);
    einsum!(c = "ij,jk->ik", a, b);
    assert_eq!(c, oracle::evaluate("ij,jk->ik", &[a.view(), b.view()]));
    a[[3, 4]] = f64::NAN;
    einsum!(c = "ij,jk->ik", a, b);
    assert!(c.index_axis(Axis(0), 3).iter().all(|element| element.is_nan()));
    assert_eq!(c.iter().filter(|element| element.is_nan()).count(), 16);
}

#[test]
fn one_free_group() {
    for rows in [1, 2, 3, 4, 5, 7, 8, 9, 31, 32, 33, 63, 64, 65, 71] {
        // Both unit strides: along the rows, and along the sum.
        check!("ij,j->i", [rows, 37], [37]);
        check!("ji,j->i", [37, rows], [37]);
        check!("j,ij->i", [37], [rows, 37]);
    }
    for sum in [1, 2, 7, 8, 9, 15, 16, 17, 33, 1023, 1024, 1025] {
        check!("ij,j->i", [5, sum], [sum]);
        check!("j,ji->i", [sum], [sum, 19]);
    }
    // Fewer rows than a vector has lanes.
    for rows in [1, 2, 3, 5, 7] {
        check!("ji,j->i", [513, rows], [513]);
        check!("ij,j->i", [rows, 513], [513]);
    }
    check!("bij,bj->bi", [3, 21, 22], [3, 22]);
    check!("ijb,jb->ib", [21, 22, 3], [22, 3]);
    check!("abij,ij->ab", [5, 6, 7, 8], [7, 8]);
    check!("abij,ji->ba", [5, 6, 7, 8], [8, 7]);
    check!("aibj,ij->ab", [5, 7, 6, 8], [7, 8]);
    check!("...i,i->...", [3, 4, 19], [19]);
    check!("i,i...->...", [19], [19, 3, 4]);
    check!("ijs,j->i", [15, 13, 2], [13]);
    check!("ij,js->i", [15, 13], [13, 2]);
    check!("ij,j->i", [15, 13], [1]);
    check!("ij,j->ij", [15, 13], [13]);
}

#[test]
fn windows() {
    macro_rules! check_windows {
        ($T:ty) => {
            for (rows, columns) in [(3, 3), (4, 35), (17, 34), (9, 12), (30, 70)] {
                for window in [[1, 1], [3, 3], [2, 3], [3, 1]] {
                    let image = numbers::<$T>(&[rows, columns], 1).into_dimensionality::<Ix2>().expect("two axes");
                    let kernel = numbers::<$T>(&window, 2).into_dimensionality::<Ix2>().expect("two axes");
                    // As it is; upright; upside down.
                    for image in [image.view(), image.t(), image.slice(s![..;-1, ..])] {
                        if image.nrows() < window[0] || image.ncols() < window[1] {
                            continue;
                        }
                        let windows = sliding_windows(&image, [Axis(0), Axis(1)], window);
                        let expected =
                            oracle::evaluate("xyij,ij->xy", &[windows.into_dyn(), kernel.view().into_dyn()]);
                        let found = einsum!("xyij,ij->xy", windows, kernel);
                        assert_eq!(found.view().into_dyn(), expected, "{rows}×{columns}, {window:?}");
                        let mut sum = found.t().as_standard_layout().into_owned().reversed_axes();
                        einsum!(sum -= 2.0 * "xyij,ij->xy", windows, kernel);
                        assert_eq!(sum.into_dyn(), -expected);
                    }
                }
            }
        };
    }
    check_windows!(f64);
    check_windows!(f32);
}
