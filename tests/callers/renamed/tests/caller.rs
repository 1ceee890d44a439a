//! A user of that crate, who has not heard of its dependencies.

use renamed::tensor::{
    arrays::{arr1, arr2, Array2},
    contract,
};

#[test]
fn renamed_and_re_exported() {
    let a = arr2(&[[1.0, 2.0], [3.0, 4.0]]);
    let b: Array2<f64> = contract!("ij->ji", a);
    assert_eq!(renamed::product(&a, &b), a.dot(&b));
    assert_eq!(renamed::matmul!(a, b), a.dot(&b));
    assert_eq!(renamed::power(&a), a.dot(&a).dot(&a).dot(&a));
    assert_eq!(renamed::diagonal(&a), arr1(&[1.0, 4.0]));
    assert_eq!(renamed::pairs(&a), arr2(&[[3.0], [7.0]]));
    assert_eq!(renamed::temporaries_at_the_end(), 10.0);

    let mut c = Array2::zeros((2, 2));
    assert_eq!(renamed::scaled(&mut c, &a), Ok(()));
    renamed::tensor::viewed!("ij->ji", &mut c)[[0, 0]] += 1.0;
    assert_eq!(c, arr2(&[[2.0, 1.0], [4.0, 4.0]]));
}
