//! What has no lint computes as well.

use ndarray::{Array2, Array3, arr1, arr2};
use std::{cell::RefCell, rc::Rc};

#[test]
fn of_every_form() {
    let a = arr2(&[[1.0, 2.0], [3.0, 4.0]]);
    let one = strict::one(&a);
    assert_eq!((one.0, one.1, one.3, one.4), (5.0, arr1(&[1.0, 4.0]), 10.0, arr1(&[4.0, 6.0])));
    assert_eq!((one.2, one.5), (a.t().to_owned(), a.clone()));
    assert_eq!(strict::two(&a, &a.view()).dim(), (2, 2, 2));
    assert_eq!(strict::many(&Array2::eye(2), &arr1(&[1.0, 1.0])), 2.0 + 512.0 + 2.0);
    assert_eq!(strict::labels(&Array2::eye(2)).sum(), 16.0);
    assert_eq!(strict::ellipsis(&Array3::ones((2, 2, 2)), &a).2, 20.0);

    let mut c = Array2::zeros((2, 2));
    strict::assigned(&mut c, &a, &a.view());
    let product = a.dot(&a);
    assert!(strict::fallible(&mut c, &a, &a.view()).is_ok());
    assert_eq!(c, 2.0 * &product - 0.5 * product.dot(&a));
    strict::views(&mut c).fill(7.0);
    assert_eq!(strict::diagonal(&c), arr1(&[7.0, 7.0]));
    assert_eq!(strict::surroundings(&[a.clone()], 2.0), [a.t().to_owned()]);
    assert_eq!(
        strict::convolved(&Array2::ones((4, 4)), &Array2::ones((3, 3))),
        9.0 * Array2::<f64>::ones((2, 2))
    );
    let affine = strict::affine(&Array2::ones((4, 4)), &Array2::ones((2, 3)));
    assert_eq!(affine, (12.0 * Array2::<f64>::ones((3, 2)), 32.0));
    let kernel = Array2::ones((3, 3));
    let gradients = strict::gradients(&Array2::ones((5, 5)), &kernel, &kernel);
    assert_eq!(gradients, 81.0 + 81.0 + 40.0 + 75.0 + 150.0 + 625.0 + 1250.0 + 2.5);
}
