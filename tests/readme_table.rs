//! The calls of README's table *From NumPy*: each is run, and none is missing here or there.

use ndarray::prelude::*;
use ndeinsum::{einsum, einsum_path, einsum_view, sliding_windows};
use num_complex::Complex;
use std::collections::BTreeSet;

#[test]
fn the_calls_give_what_numpy_gives() {
    let a = array![[1., 2.], [3., 4.], [5., 6.]];
    let (b, d) = (array![[1., 0., 2.], [0., 1., 3.]], array![[1.], [2.], [3.]]);
    let (v, w, x) = (array![1., 2.], array![3., 4.], array![1., 0., 2.]);
    let mut s = array![[1., 2.], [3., 4.]];
    let t = Array3::from_shape_fn((2, 2, 2), |(i, j, k)| (4 * i + 2 * j + k) as f64);
    let u = &t + 1.;
    let product = a.dot(&b);
    let batches = |n: usize| t.index_axis(Axis(0), n).dot(&u.index_axis(Axis(0), n));
    let batched = ndarray::stack![Axis(0), batches(0), batches(1)];

    assert_eq!(einsum!("ij,jk->ik", a, b), product);
    assert_eq!(einsum!("ij,jk", a, b), product);
    assert_eq!(einsum!("ij,j->i", a, v), a.dot(&v));
    assert_eq!(einsum!("i,i->", v, w), 11.);
    assert_eq!(einsum!("i,j->ij", v, w), array![[3., 4.], [6., 8.]]);
    assert_eq!(einsum!("ij,ij->ij", a, a), &a * &a);
    assert_eq!(einsum!("ij->ji", a), a.t());
    assert_eq!(einsum_view!("ij->ji", a), a.t());
    assert_eq!(einsum!("ii", s), 5.);
    assert_eq!(einsum_view!("ii->i", s), array![1., 4.]);
    einsum_view!("ii->i", &mut s).fill(1.);
    assert_eq!(s, array![[1., 2.], [3., 1.]]);
    assert_eq!(einsum!("ij->", a), 21.);
    assert_eq!(einsum!("ij->j", a), a.sum_axis(Axis(0)));
    assert_eq!(einsum!("...j->...", t), t.sum_axis(Axis(2)));
    assert_eq!(einsum!("bij,bjk->bik", t, u), batched);
    assert_eq!(einsum!("...ij,...jk->...ik", t, u), batched);
    let over_both = |a: usize, b: usize| (&t.index_axis(Axis(0), a) * &u.index_axis(Axis(0), b).t()).sum();
    assert_eq!(
        einsum!("aij,bji->ab", t, u),
        array![[over_both(0, 0), over_both(0, 1)], [over_both(1, 0), over_both(1, 1)]]
    );
    assert_eq!(einsum!("i,ij,j->", x, a, v), x.dot(&a.dot(&v)));
    let mut c = Array2::zeros((3, 3));
    einsum!(c = "ij,jk->ik", a, b);
    assert_eq!(c, product);
    einsum!(c += 2. * "ij,jk->ik", a, b);
    assert_eq!(c, &product * 3.);
    let windows = sliding_windows(&a, [Axis(0), Axis(1)], [2, 2]);
    assert_eq!(windows, array![[[[1., 2.], [3., 4.]]], [[[3., 4.], [5., 6.]]]]);
    let kernel = array![[1., 0.], [0., 10.]];
    assert_eq!(einsum!("xyij,ij->xy", windows, kernel), array![[41.], [63.]]);
    assert_eq!(einsum!("(x+i)(y+j),ij->xy", a, kernel), array![[41.], [63.]]);
    let (z, w) =
        (array![[Complex::new(1., 2.), Complex::i()]], array![[Complex::i(), Complex::new(3., -1.)]]);
    assert_eq!(einsum!("ij,kj->ik", z, conj(w)), array![[Complex::new(2., -1.) + Complex::new(-1., 3.)]]);
    assert_eq!(einsum_path!("ij,jk,kl->il", a, b, d).path(), [[1, 2], [0, 1]]);
    assert_eq!(einsum!("ij,jk,kl->il", a, b, d; path = [(1, 2), (0, 1)]), product.dot(&d));
}

#[test]
fn the_table_and_this_file_have_the_same_calls() {
    let table: BTreeSet<String> = include_str!("../README.md")
        .lines()
        .filter(|line| line.starts_with("| `") && (line.contains("np.") || line.contains("a.T")))
        .map(|line| {
            let ours = line.split(" | ").nth(1).expect("a row has two columns");
            ours.split('`').nth(1).expect("the call is code").to_owned()
        })
        .collect();
    assert!(table.len() >= 20, "{} rows", table.len());
    for call in &table {
        assert!(include_str!("readme_table.rs").contains(call.as_str()), "`{call}` is not run here");
    }
}
