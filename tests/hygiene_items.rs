//! The user's items and ours do not meet. Items have no hygiene, and a pattern takes constants, statics, unit structs,
//! variants and const parameters for what they are.

use ndarray::prelude::*;
use ndeinsum::{einsum, einsum_view, try_einsum};

fn matrix() -> Array2<f64> {
    arr2(&[[1.0, 2.0], [3.0, 4.0]])
}

/// `N`, `M` and `K` are what sizes are called, and what their indices are.
#[test]
fn constants_and_upper_case_labels() {
    const N: usize = 2;
    const M: usize = 2;
    static K: usize = 2;

    let a = Array2::ones((N, M));
    assert_eq!(einsum!("NM,MK->NK", a, Array2::<f64>::ones((M, K))), 2.0 * Array2::<f64>::ones((N, K)));
    assert_eq!(einsum!("NN", a), 2.0);
    assert_eq!(einsum_view!("NM->MN", a), a.t());
}

#[test]
fn const_parameters_and_upper_case_labels() {
    fn rows<const N: usize, const M: usize>(a: [[f64; M]; N]) -> [f64; N] {
        let mut sums = [0.0; N];
        einsum!(ArrayViewMut1::from(&mut sums[..]) = "NM->N", arr2(&a));
        sums
    }

    assert_eq!(rows([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]), [3.0, 7.0, 11.0]);
}

#[test]
fn types_and_upper_case_labels() {
    #[derive(Debug)]
    struct B;
    #[derive(Debug)]
    enum Letter {
        C,
        D(()),
    }
    use Letter::{C, D};

    let a = matrix();
    assert_eq!(einsum!("BC,CD->BD", a, a), a.dot(&a));
    assert_eq!(format!("{B:?} {C:?} {:?}", D(())), "B C D(())");
}

/// Types, modules, functions and macros.
#[test]
#[allow(dead_code, unused_macros)]
fn other_items() {
    const CALL: f64 = 2.0;
    struct Call;
    struct Term;
    enum Result {
        Ok,
        Err,
    }
    enum Option {
        Some,
        None,
    }
    struct Ok;
    struct Err;
    struct Clone;
    mod core {}
    mod std {}
    mod alloc {}
    mod ndarray {}
    mod ndeinsum {}
    mod rt {}
    fn operand0() {}
    fn output() {}
    fn i() {}
    fn sum() {}
    fn cursor() {}
    fn along() {}
    fn axes() {}
    fn zeros() {}
    fn copy() {}
    macro_rules! einsum_impl {
        () => {};
    }
    macro_rules! panic {
        () => {};
    }
    macro_rules! matches {
        () => {};
    }

    let a = arr2(&[[1.0, 2.0], [3.0, 4.0]]);
    assert_eq!(einsum!("ij,jk->ik", a, a), a.dot(&a));
    assert_eq!(einsum!("ij,jk,kl->il", a, a, a), a.dot(&a).dot(&a));
    assert_eq!(einsum!("...i,i...->...", a, a), (&a * &a.t()).sum_axis(Axis(1)));
    assert_eq!(einsum!(CALL * "ii", a), 10.0);
    let mut c = a.clone();
    einsum!(c += CALL * "ij,jk->ik", a, a);
    einsum!(c -= "ij->ji", a);
    assert!(try_einsum!(c = "ij,jk->ik", a, a.slice(s![..1, ..])).is_ok());
    assert!(try_einsum!(c = "ij,jk->ik", a, a.slice(s![..0, ..])).is_err());
    assert_eq!(einsum_view!("ii->i", a), arr1(&[1.0, 4.0]));
    einsum_view!("ij->ji", &mut c).fill(CALL);
    assert_eq!(c[[1, 1]], 2.0);
}

/// On every type: a method that was called by its name alone would be one of these, or ambiguous.
#[test]
#[allow(dead_code)]
fn methods_on_everything() {
    trait Borrowing {
        fn view(&self) {}
        fn view_mut(&mut self) {}
        fn shape(&self) {}
        fn zero(&self) {}
        fn get(&self) {}
        fn set(&mut self, _: f64) {}
        fn source(&self) {}
        fn merge_axes(&self) {}
        fn agree(&self) {}
        fn operand(&self) {}
        fn output(&self) {}
        fn scale(&self) {}
    }
    impl<T: ?Sized> Borrowing for T {}

    let a = matrix();
    let mut c = a.clone();
    Borrowing::view(&a);
    assert_eq!(einsum!("ij,jk->ik", a, a), a.dot(&a));
    assert_eq!(einsum!(2.0 * "ij,jk,kl->il", a, a, a), 2.0 * a.dot(&a).dot(&a));
    assert_eq!(einsum!("...i,i...->...", a, a), (&a * &a.t()).sum_axis(Axis(1)));
    einsum!(c += 2.0 * "ij->ji", a);
    einsum!(c += "ij,jk,kl->il", a, a, a);
    assert_eq!(c, &a + &(2.0 * &a.t()) + a.dot(&a).dot(&a));
    assert_eq!(einsum_view!("ii->i", a), arr1(&[1.0, 4.0]));
    einsum_view!("ii->i", &mut c).fill(0.0);
}

#[test]
#[allow(dead_code)]
fn methods_on_everything_by_value() {
    trait Taking: Sized {
        fn view(self) {}
        fn view_mut(self) {}
        fn shape(self) {}
        fn zero(self) {}
        fn get(self) {}
        fn set(self, _: f64) {}
        fn source(self) {}
        fn merge_axes(self) {}
        fn agree(self) {}
        fn operand(self) {}
        fn output(self) {}
        fn scale(self) {}
        fn clone(self) {}
    }
    impl<T> Taking for T {}

    let a = matrix();
    let mut c = Array2::zeros((2, 2));
    Taking::view(0);
    assert_eq!(einsum!("ij,jk->ik", a, a), a.dot(&a));
    assert_eq!(einsum!(2.0 * "ij,jk,kl->il", a, a, a), 2.0 * a.dot(&a).dot(&a));
    assert_eq!(einsum!("...i,i...->...", a, a), (&a * &a.t()).sum_axis(Axis(1)));
    einsum!(c += 2.0 * "ij->ji", a);
    einsum!(c += "ij,jk,kl->il", a, a, a);
    assert_eq!(c, 2.0 * &a.t() + a.dot(&a).dot(&a));
    assert_eq!(einsum_view!("ii->i", a), arr1(&[1.0, 4.0]));
    einsum_view!("ii->i", &mut c).fill(0.0);
}
