//! `einsum_vjp!` against the oracle: a contraction is linear in each operand, so that an element of a gradient is the contraction
//! with that element one and the others zero, times the cotangent.

mod oracle;

use ndarray::prelude::*;
use ndeinsum::{einsum, einsum_vjp};
use num_complex::Complex;
use num_traits::{One, Zero};
use oracle::evaluate_given;
use std::ops::Mul;

/// 1, 2, 3, … in C order, small enough for exact sums.
fn counting<D: Dimension>(shape: impl ndarray::ShapeBuilder<Dim = D>) -> Array<i64, D> {
    let mut n = 0;
    Array::from_shape_simple_fn(shape, || {
        n += 1;
        n * 5 % 23 - 7
    })
}

trait Conjugate {
    fn conjugate(self) -> Self;
}

impl Conjugate for i64 {
    fn conjugate(self) -> i64 {
        self
    }
}

impl Conjugate for Complex<f64> {
    fn conjugate(self) -> Complex<f64> {
        self.conj()
    }
}

/// The gradient of one operand, one element after the other.
fn gradient<T: Copy + Conjugate + Zero + One + Mul<Output = T>>(
    subscripts: &str,
    operands: &[ArrayViewD<'_, T>],
    n: usize,
    given: &[(char, usize)],
    scale: T,
    cotangent: &ArrayD<T>,
) -> ArrayD<T> {
    let mut gradient = ArrayD::zeros(operands[n].shape());
    for (position, element) in gradient.indexed_iter_mut() {
        let mut unit = ArrayD::zeros(operands[n].shape());
        unit[&position] = T::one();
        let mut operands = operands.to_vec();
        operands[n] = unit.view();
        let moved = evaluate_given(subscripts, &operands, given);
        let slope =
            moved.iter().zip(cotangent).fold(T::zero(), |sum, (&moved, &by)| sum + moved * by.conjugate());
        *element = (slope * scale).conjugate();
    }
    gradient
}

/// A tuple of arrays as a list of dynamic ones.
trait Gradients<T> {
    fn list(self) -> Vec<ArrayD<T>>;
}

impl<T, D: Dimension> Gradients<T> for Array<T, D> {
    fn list(self) -> Vec<ArrayD<T>> {
        vec![self.into_dyn()]
    }
}

macro_rules! tuples {
    ($(($($D:ident $n:tt),*);)*) => { $(
        impl<T, $($D: Dimension),*> Gradients<T> for ($(Array<T, $D>,)*) {
            fn list(self) -> Vec<ArrayD<T>> {
                vec![$(self.$n.into_dyn()),*]
            }
        }
    )* };
}

tuples! {
    (A 0, B 1);
    (A 0, B 1, C 2);
    (A 0, B 1, C 2, D 3);
    (A 0, B 1, C 2, D 3, E 4);
}

/// Compares all gradients of a call, with a cotangent in the shape of the result.
macro_rules! check {
    ($text:literal, $($operand:expr),+ $(; $($label:ident = $extent:expr),+)?) => {{
        let given: &[(char, usize)] = &[$($((stringify!($label).chars().next().expect("a letter"), $extent)),+)?];
        let operands = [$($operand.to_owned().into_dyn()),+];
        let views: Vec<_> = operands.iter().map(|operand| operand.view()).collect();
        let mut cotangent = einsum!($text, $($operand),+ $(; $($label = $extent),+)?);
        let dynamic = counting(cotangent.shape()).into_dyn();
        cotangent.iter_mut().zip(&dynamic).for_each(|(to, &from)| *to = from);
        let gradients = einsum_vjp!($text, $($operand),+; cotangent $(, $($label = $extent),+)?).list();
        assert_eq!(gradients.len(), views.len());
        // Floats have kernels where integers may have none, and steps in another order.
        let floats = cotangent.mapv(|n| n as f64);
        let of_floats = einsum_vjp!(
            $text, $($operand.mapv(|n| n as f64)),+; floats $(, $($label = $extent),+)?
        );
        let of_floats = of_floats.list();
        for (n, (got, of_floats)) in gradients.iter().zip(of_floats).enumerate() {
            let expected = gradient($text, &views, n, given, 1, &dynamic);
            assert_eq!(*got, expected, "{}, operand {n}", $text);
            assert_eq!(of_floats, expected.mapv(|n| n as f64), "{}, operand {n} of floats", $text);
            assert!(got.is_standard_layout() && of_floats.is_standard_layout());
        }
    }};
}

#[test]
fn matrices() {
    check!("ij,jk->ik", counting((3, 4)), counting((4, 2)));
    check!("ji,kj->ik", counting((4, 3)), counting((2, 4)));
    check!("bij,bjk->bik", counting((2, 3, 4)), counting((2, 4, 2)));
    check!("bqhd,bkhd->bhqk", counting((2, 3, 2, 4)), counting((2, 5, 2, 4)));
    check!("ij,jk,kl,lm->im", counting((2, 3)), counting((3, 4)), counting((4, 2)), counting((2, 3)));
    check!("ij,ij->ij", counting((3, 4)), counting((3, 4)));
    check!("i,j->ij", counting(3), counting(4));
    check!("ij->ji", counting((3, 4)));
    check!("i,ij,j->ij", counting(3), counting((3, 4)), counting(4));
}

/// Three operands and more, whose gradients have intermediates in common.
#[test]
fn shared_intermediates() {
    let (a, b, c, d) = (counting((2, 3)), counting((3, 4)), counting((4, 5)), counting((5, 2)));
    check!("ij,jk,kl->il", a, b, c);
    check!("ij,jk,kl,lm->mi", a, b, c, d);
    check!("ij,jk,kl,li->jl", a, b, c, d);
    check!(
        "ea,fb,abcd,gc,hd->efgh",
        counting((2, 3)),
        counting((3, 2)),
        counting((3, 2, 3, 3)),
        a,
        c.slice(s![.., ..3])
    );
    check!("bn,anm,bm->ba", counting((2, 3)), counting((4, 3, 2)), counting((2, 2)));
    check!("i,i,i,i->i", counting(5), counting(5), counting(5), counting(5));
    check!("i,j,k->ikj", counting(2), counting(3), counting(4));
    // Indices of one operand, diagonals, extents of one, ellipses, numbers: several of each.
    check!("ijx,jk,kly->i", counting((2, 3, 2)), b, counting((4, 5, 3)));
    check!("iij,jk,kk->i", counting((2, 2, 3)), b, counting((4, 4)));
    check!("ij,jk,kl->il", counting((2, 1)), counting((3, 1)), counting((4, 5)));
    check!("ij,ij,ij->j", counting((1, 4)), counting((3, 1)), counting((1, 1)));
    check!("...ij,jk,...kl->...il", counting((2, 1, 2, 3)), b, counting((3, 4, 5)));
    check!("...i,i...,...->i", counting((2, 3, 4)), counting((4, 3)), counting((2, 1)));
    check!("ij,,jk,->ik", a, arr0(3), b, arr0(-2));
    // Every layout.
    check!("ij,jk,kl->il", a.t().as_standard_layout().t(), b.slice(s![..;-1, ..]), c.slice(s![.., ..;2]));
    check!(
        "ij,jk,kl->il",
        a.slice(s![..;-1, ..;-1]),
        counting((4, 3).f()).t(),
        c.broadcast((4, 5)).expect("it is")
    );
    let row = counting(4);
    check!("ij,jk,kl->il", a, row.broadcast((3, 4)).expect("a row for each"), c);
    // Nothing to sum, and nothing to give.
    check!("ij,jk,kl->il", counting((2, 0)), counting((0, 4)), c);
    check!("ij,jk,kl->il", counting((0, 3)), b, c);
    check!("ijx,jk,kl->il", counting((2, 3, 0)), b, c);
    check!("...ij,jk,kl->il", counting((0, 2, 3)), b, c);
}

/// Extents at which kernels run: against contractions of their own, and every list of what is wanted.
#[test]
fn large_chains() {
    let chain = [(70, 33), (33, 129), (129, 17), (17, 65)];
    let [a, b, c, d] = chain.map(|shape| counting(shape).mapv(|n| n as f64));
    let g = counting((65, 70)).mapv(|n| n as f64);
    let expected = (
        einsum!("mi,jk,kl,lm->ij", g, b, c, d),
        einsum!("ij,mi,kl,lm->jk", a, g, c, d),
        einsum!("ij,jk,mi,lm->kl", a, b, g, d),
        einsum!("ij,jk,kl,mi->lm", a, b, c, g),
    );
    assert_eq!(einsum_vjp!("ij,jk,kl,lm->mi", a, b, c, d; g), expected);
    let (da, db, dc, dd) = expected;
    let ds = (&da * &a).sum();
    assert_eq!(einsum_vjp!("ij,jk,kl,lm->mi", a, b, c, d; g, wrt = [3, 0]), (dd.clone(), da.clone()));
    assert_eq!(einsum_vjp!("ij,jk,kl,lm->mi", a, b, c, d; g, wrt = [2]), dc);
    assert_eq!(einsum_vjp!(2.0 * "ij,jk,kl,lm->mi", a, b, c, d; g, wrt = [1, scale]), (2.0 * &db, ds));
    assert_eq!(einsum_vjp!(2.0 * "ij,jk,kl,lm->mi", a, b, c, d; g, wrt = [scale]), ds);
    let all = einsum_vjp!(2.0 * "ij,jk,kl,lm->mi", a, b, c, d; g);
    assert_eq!(all, (ds, 2.0 * da, 2.0 * db, 2.0 * dc, 2.0 * dd));
    // The plan of one shape serves no other, at the same place.
    for n in [3, 40, 3, 1, 40] {
        let (a, b, c) = (counting((n, 5)), counting((5, n)), counting((n, 2)));
        let [a, b, c] = [a, b, c].map(|array| array.mapv(|n| n as f64));
        let g = counting((n, 2)).mapv(|n| n as f64);
        let db = einsum_vjp!("ij,jk,kl->il", a, b, c; g, wrt = [1]);
        assert_eq!(db, einsum!("ij,il,kl->jk", a, g, c));
    }
}

#[test]
fn sums() {
    check!("ij->i", counting((3, 4)));
    check!("ij->j", counting((3, 4)));
    check!("ijk,k->i", counting((3, 4, 2)), counting(2));
    check!("ij,kl->ik", counting((3, 4)), counting((2, 3)));
}

#[test]
fn diagonals() {
    check!("ii->i", counting((3, 3)));
    check!("iji->ji", counting((3, 4, 3)));
    check!("iji->j", counting((3, 4, 3)));
    check!("iij,jk->ik", counting((3, 3, 4)), counting((4, 2)));
    check!("iijj,j->j", counting((2, 2, 3, 3)), counting(3));
    check!("i...i,...->...", counting((2, 3, 2)), counting(3));
}

#[test]
fn extents_of_one() {
    check!("ij,jk->ik", counting((3, 1)), counting((4, 2)));
    check!("ij,jk->ik", counting((3, 4)), counting((1, 2)));
    check!("ij,ij->ij", counting((1, 4)), counting((3, 1)));
    check!("ij,ij->i", counting((1, 1)), counting((3, 4)));
    check!("ij,ij,j->i", counting((1, 1)), counting((3, 1)), counting(4));
}

#[test]
fn ellipsis() {
    check!("...ij,...jk->...ik", counting((2, 3, 4)), counting((2, 4, 2)));
    check!("...ij,...jk->...ik", counting((2, 3, 4)), counting((4, 2)));
    check!("...ij,...jk->...ik", counting((3, 4)), counting((2, 2, 4, 2)));
    check!("...ij,...jk->...ik", counting((2, 1, 3, 4)), counting((1, 2, 4, 2)));
    check!("i...,j...->ij", counting((3, 2, 2)), counting((2, 2)));
    check!("i...->i", counting((3, 2, 2)));
    check!("i...j->j...", counting((3, 2, 2, 4)));
    check!("i...,i->...", counting((3, 2)), counting(3));
    check!("...ij,jk->...ik", counting((2, 3, 4)).into_dyn(), counting((4, 2)));
    check!("...,...", counting((2, 3)).into_dyn(), counting(3));
}

#[test]
fn affine_axes() {
    let (image, kernel) = (counting((6, 7)), counting((3, 2)));
    check!("(x+i),i->x", counting(7), counting(3));
    check!("(x+i)(y+j),ij->xy", image, kernel);
    check!("(2x+i)(3y+j),ij->xy", image, kernel);
    check!("(2x+3i)(y+2j),ij->yx", counting((9, 7)), kernel);
    check!("(2x+3i+k),i,k->x", counting(14), counting(3), counting(2));
    check!("(x+i),(2x+j),i,j->x", counting(7), counting(9), counting(3), counting(2));
    let (images, kernels) = (counting((2, 5, 6, 2)), counting((3, 2, 2, 3)));
    check!("n(x+i)(y+j)c,ijco->nxyo", images, kernels);
    check!("n(2x+i)(2y+j)c,ijco->nxyo", images, kernels);
    check!("n(x+2i)(y+2j)c,ijco->nxyo", images, kernels);
    check!("ocij,nc(x+i)(y+j)->noxy", counting((3, 2, 3, 2)), counting((2, 2, 5, 6)));
    check!("n(x+i)(y+j)c,ic,jc->nxyc", images, counting((3, 2)), counting((2, 2)));
    // Sums of windows; windows that do not overlap; every second element.
    check!("(x+i)->x", counting(7); i = 3);
    check!("n(2x+i)(2y+j)c->nxyc", images; i = 2, j = 2);
    check!("n(2x+i)(2y+j)c,c->nxyc", images, counting(2); i = 2, j = 2);
    check!("n(2x+i)(y+j)c,c->nxyc", images, counting(2); i = 2, j = 3);
    check!("n(x+i)...->xn...", images; i = 2);
    check!("n(3x+i)...->x...", images; i = 2);
    check!("(2x),x->x", counting(7), counting(4));
    check!("(2x)y->y", counting((7, 2)));
    // A window that is longer than there are positions.
    check!("(x+i),i->x", counting(7), counting(6));
    // Extents of one, ellipsis, diagonals.
    check!("n(x+i)c,icn->xn", counting((1, 6, 2)), counting((3, 1, 4)));
    check!("...(x+i),i...->x...", counting((2, 6)), counting((3, 2)));
    check!("...(x+i),i...->x...", counting((1, 6)), counting((3, 2)));
    check!("...(x+i)c,ico->...xo", counting((2, 5, 2)).into_dyn(), counting((3, 2, 2)));
    check!("a(2x+i)...b,i...->xb...", counting((2, 5, 3, 2)), counting((3, 3)));
    check!("x(x+i)->xi", counting((3, 6)));
    check!("x(x+i)->i", counting((3, 6)));
    check!("(x+i)(x+j),i,j->x", counting((6, 8)), counting(3), counting(4));
    check!("(x+i)(x+i),i->x", counting((6, 6)), counting(3));
    check!("(x+i)ab,i->x", counting((6, 2, 2)), counting(3));
    check!("n(x+i)(y+j)(z+k)c,ijkco->nxyzo", counting((1, 3, 3, 4, 2)), counting((2, 2, 2, 2, 2)));
}

#[test]
fn scalars_and_scales() {
    let (a, b, s) = (counting((3, 4)), counting((4, 3)), 5);
    let operands = [a.view().into_dyn(), b.view().into_dyn()];
    let zero_dimensional = arr0(3).into_dyn();
    let (da, db) = einsum_vjp!("ij,ji->", a, b; 3);
    assert_eq!(da.into_dyn(), gradient("ij,ji->", &operands, 0, &[], 1, &zero_dimensional));
    assert_eq!(db.into_dyn(), gradient("ij,ji->", &operands, 1, &[], 1, &zero_dimensional));
    let total: Array2<i64> = einsum_vjp!("ij->", a; 3);
    assert_eq!(total, Array2::from_elem((3, 4), 3));

    let g = counting((3, 3));
    let (ds, da, db) = einsum_vjp!(s * "ij,jk->ik", a, b; g);
    let ds: i64 = ds;
    assert_eq!(ds, (einsum!("ij,jk->ik", a, b) * &g).sum());
    assert_eq!(da.into_dyn(), gradient("ij,jk->ik", &operands, 0, &[], 5, &g.clone().into_dyn()));
    assert_eq!(db.into_dyn(), gradient("ij,jk->ik", &operands, 1, &[], 5, &g.clone().into_dyn()));
    let (ds, da) = einsum_vjp!(2 * s * "(x+i),i->", a.row(0), a.column(0); 2, wrt = [scale, 0]);
    assert_eq!(ds, 2 * einsum!("(x+i),i->", a.row(0), a.column(0)));
    assert_eq!(da, einsum_vjp!("(x+i),i->", a.row(0), a.column(0); 20).0);
    // Three operands, and a number for the result.
    let c = counting((3, 3));
    let operands = [&a, &b, &c].map(|array| array.view().into_dyn());
    let (da, db, dc) = einsum_vjp!("ij,jk,ki->", a, b, c; 3);
    for (n, found) in [&da, &db, &dc].into_iter().enumerate() {
        assert_eq!(found.clone().into_dyn(), gradient("ij,jk,ki->", &operands, n, &[], 1, &zero_dimensional));
    }
    let [x, y, z] = [&a, &b, &c].map(|array| array.mapv(|n| n as f64));
    let floats = [da, db, dc].map(|array| array.mapv(|n| n as f64));
    let (ds, dx, dy, dz) = einsum_vjp!(2.0 * "ij,jk,ki->", x, y, z; 1.5);
    assert_eq!([dx, dy, dz], floats);
    let total: f64 = einsum!(1.5 * "ij,jk,ki->", x, y, z);
    assert_eq!(ds, total);
    assert_eq!(
        einsum_vjp!(",,->", arr0(3.0), arr0(2.0), arr0(7.0); 2.0),
        (arr0(28.0), arr0(42.0), arr0(12.0))
    );
    // An operand without axes.
    let (dx, dy) = einsum_vjp!(",i->i", arr0(2), a.row(0); counting(4));
    assert_eq!(dx, arr0((&a.row(0) * &counting(4)).sum()));
    assert_eq!(dy, 2 * counting(4));
}

#[test]
fn wanted() {
    let (a, b, c) = (counting((3, 4)), counting((4, 2)), counting((2, 5)));
    let g = counting((3, 5));
    let all = einsum_vjp!("ij,jk,kl->il", a, b, c; g);
    let second: Array2<i64> = einsum_vjp!("ij,jk,kl->il", a, b, c; g, wrt = [1]);
    assert_eq!(second, all.1);
    let (third, first) = einsum_vjp!("ij,jk,kl->il", a, b, c; &g, wrt = [2, 0],);
    assert_eq!((third, first), (all.2, all.0));
}

#[test]
fn complex() {
    let complex =
        |shape: &[usize]| counting(IxDyn(shape)).mapv(|n| Complex::new(n as f64, (n * n % 5 - 2) as f64));
    macro_rules! check_complex {
        ($text:literal, $cotangent:expr, $($operand:expr),+) => {{
            let operands = [$($operand),+];
            let views: Vec<_> = operands.iter().map(|operand| operand.view()).collect();
            let scale = Complex::new(2.0, -3.0);
            let cotangent = $cotangent;
            let (ds, gradients) = check_complex!(@call $text, scale, cotangent, operands, $($operand),+);
            for (n, got) in gradients.iter().enumerate() {
                assert_eq!(*got, gradient($text, &views, n, &[], scale, &cotangent), "{}, operand {n}", $text);
            }
            let forward = evaluate_given($text, &views, &[]);
            let expected = forward.iter().zip(&cotangent).map(|(y, g)| g * y.conj()).sum::<Complex<f64>>();
            assert_eq!(ds, expected);
        }};
        (@call $text:literal, $scale:ident, $cotangent:ident, $operands:ident, $one:expr) => {{
            let (ds, a) = einsum_vjp!($scale * $text, $operands[0]; $cotangent);
            (ds, vec![a])
        }};
        (@call $text:literal, $scale:ident, $cotangent:ident, $operands:ident, $one:expr, $two:expr) => {{
            let (ds, a, b) = einsum_vjp!($scale * $text, $operands[0], $operands[1]; $cotangent);
            (ds, vec![a, b])
        }};
        (@call $text:literal, $scale:ident, $cotangent:ident, $operands:ident, $one:expr, $two:expr, $three:expr) => {{
            let [one, two, three] = &$operands;
            let (ds, a, b, c) = einsum_vjp!($scale * $text, one, two, three; $cotangent);
            (ds, vec![a, b, c])
        }};
    }
    check_complex!("ij,jk->ik", complex(&[3, 2]), complex(&[3, 4]), complex(&[4, 2]));
    check_complex!("ij,jk->ik", complex(&[3, 2]), complex(&[3, 1]), complex(&[4, 2]));
    check_complex!("iij,j->i", complex(&[3]), complex(&[3, 3, 4]), complex(&[4]));
    check_complex!("(x+i)(2y+j),ij->xy", complex(&[5, 3]), complex(&[7, 7]), complex(&[3, 2]));
    check_complex!("ij->j", complex(&[4]), complex(&[3, 4]));
    check_complex!("ij,jk,kl->il", complex(&[3, 2]), complex(&[3, 4]), complex(&[4, 3]), complex(&[3, 2]));
    check_complex!("ij,jk,kkx->j", complex(&[4]), complex(&[3, 4]), complex(&[1, 3]), complex(&[3, 3, 2]));
}

#[test]
fn conjugated_operands() {
    let complex =
        |shape: &[usize]| counting(IxDyn(shape)).mapv(|n| Complex::new(n as f64, (n * n % 5 - 2) as f64));
    let (a, b, g) = (complex(&[3, 4]), complex(&[2, 4]), complex(&[3, 2]));
    let conjugate = |array: &ArrayD<Complex<f64>>| array.mapv(|z| z.conj());
    let product: Array2<Complex<f64>> = einsum!("ij,kj->ik", a, conj(b));
    assert_eq!(product, einsum!("ij,kj->ik", a, conjugate(&b)));
    let mut c = product.clone();
    einsum!(c -= "ij,kj->ik", a.slice(s![.., ..]), conj(&b));
    assert_eq!(c, Array2::zeros((3, 2)));
    // The gradient of `b` is that of its conjugate, conjugated.
    let (da, db) = einsum_vjp!("ij,kj->ik", a, conj(b); g);
    let (da_expected, d_conjugate) = einsum_vjp!("ij,kj->ik", a, conjugate(&b); g);
    assert_eq!(da, da_expected);
    assert_eq!(db, conjugate(&d_conjugate));
    let d_diagonal = einsum_vjp!("ii->i", conj(complex(&[3, 3])); complex(&[3]));
    assert_eq!(d_diagonal, conjugate(&einsum_vjp!("ii->i", complex(&[3, 3]); complex(&[3]))));
    let (d_signal, _) = einsum_vjp!("(x+i),i->x", conj(complex(&[7])), complex(&[3]); complex(&[5]));
    assert_eq!(d_signal, conjugate(&einsum_vjp!("(x+i),i->x", complex(&[7]), complex(&[3]); conjugate(&complex(&[5])).mapv(|z| z.conj())).0));

    // Real numbers, and a function of that name.
    let real = counting((3, 4));
    assert_eq!(einsum!("ij->ji", conj(real)), real.t());
    fn conj(array: &Array2<i64>) -> Array2<i64> {
        array + 1
    }
    let n: i64 = einsum!("ij->", (conj)(&real));
    assert_eq!(n, real.sum() + 12);
}

/// The loss of a gradient with respect to what it was computed from: `Σ (da · v)` where `da = ∂/∂a Σ (g · (a ⋆ b))`.
#[test]
fn second_derivatives() {
    let (a, b) = (counting((5, 6)), counting((3, 2)));
    let (g, v) = (counting((3, 5)), counting((5, 6)));
    // `da` is a contraction of `g` and `b`; its own gradient with the cotangent `v` comes from the same rule.
    let da = einsum_vjp!("(x+i)(y+j),ij->xy", a, b; g, wrt = [0]);
    let value = (&da * &v).sum();
    // The directional derivative along `v` is linear in `b` and in `g`: Σ g · (v ⋆ b).
    assert_eq!(value, (einsum!("(x+i)(y+j),ij->xy", v, b) * &g).sum());
    let (d_v, d_b) = einsum_vjp!("(x+i)(y+j),ij->xy", v, b; g);
    assert_eq!((&d_b * &b).sum(), value);
    assert_eq!((&d_v * &v).sum(), value);

    // A function that is not quadratic, f(a) = ½ Σ (a aᵀ)²: its Hessian times v, against central differences of its gradient,
    // a polynomial of degree three.
    let a = a.mapv(|n| n as f64 / 7.0);
    let v = v.mapv(|n| n as f64 / 7.0);
    let slope = |a: &Array2<f64>| {
        let gram: Array2<f64> = einsum!("ik,jk->ij", a, a);
        let (left, right) = einsum_vjp!("ik,jk->ij", a, a; gram);
        left + right
    };
    let gram: Array2<f64> = einsum!("ik,jk->ij", a, a);
    // slope = 2 · gram · a, the gradient of Σ (slope · v) by the gradients of each of its contractions.
    let (d_gram, d_a) = einsum_vjp!(2.0 * "ij,jk->ik", gram, a; v, wrt = [0, 1]);
    let (left, right) = einsum_vjp!("ik,jk->ij", a, a; d_gram);
    let hessian_times_v = d_a + left + right;
    let step = 1e-4;
    let difference = (slope(&(&a + step * &v)) - slope(&(&a - step * &v))) / (2.0 * step);
    let worst = (&hessian_times_v - &difference).mapv(f64::abs).fold(0.0, |a, &b| f64::max(a, b));
    assert!(worst < 1e-5, "{worst}");
}

#[test]
#[should_panic(
    expected = "einsum \"ij,jk->ik\": the cotangent has shape [3, 3], but the result has shape [3, 2]"
)]
fn wrong_cotangent() {
    let _ = einsum_vjp!("ij,jk->ik", counting((3, 4)), counting((4, 2)); counting((3, 3)));
}

#[test]
#[should_panic(expected = "the cotangent has shape [4, 3], but the result has shape [1, 3]")]
fn a_cotangent_is_not_broadcast_into() {
    let _ = einsum_vjp!("ij,ij->ij", counting((1, 3)), counting((1, 3)); counting((4, 3)));
}

/// Every stride and dilation, with kernels that are shorter and longer than both, and axes that end anywhere.
#[test]
fn strides_and_dilations() {
    macro_rules! each {
        ($($text:literal $stride:literal $dilation:literal;)*) => { $(
            for kernel in 1..6 {
                let least = $dilation * (kernel - 1) + 1;
                for extent in least..least + 2 * $stride + 2 {
                    check!($text, counting((2, extent)), counting((kernel, 2)));
                }
            }
        )* };
    }
    each! {
        "c(x+i),ic->x" 1 1;
        "c(x+2i),ic->x" 1 2;
        "c(2x+i),ic->cx" 2 1;
        "c(2x+2i),ic->x" 2 2;
        "c(2x+3i),ic->xc" 2 3;
        "c(3x+i),ic->x" 3 1;
        "c(3x+2i),ic->x" 3 2;
        "c(2i+3x),ic->x" 3 2;
        "c(4x+2i),ic->x" 4 2;
        "c(4x+6i),ic->cx" 4 6;
        "c(6x+4i),ic->x" 6 4;
        "c(x+5i),ic->x" 1 5;
    }
}

/// Windows that follow each other, overlap, or leave gaps, with extents at which kernels run.
#[test]
fn pools() {
    macro_rules! each {
        ($($text:literal $wide:literal;)*) => { $(
            for columns in [8, 9, 13, 19] {
                check!($text, counting((2, 7, columns)); i = 2, j = $wide);
                check!($text, counting((3, 7, columns)).slice(s![1.., .., ..]); i = 1, j = $wide);
                check!($text, counting((2, 7, columns)).slice(s![.., ..;-1, ..;-1]); i = 2, j = $wide);
            }
        )* };
    }
    each! {
        "n(2x+i)(2y+j)->nxy" 2;
        "n(2x+i)(3y+j)->nxy" 3;
        "n(2x+i)(4y+j)->yxn" 4;
        "n(2x+i)(5y+j)->nxy" 5;
        "n(2x+i)(3y+j)->xy" 2;
        "n(2x+i)(2y+j)->nxy" 3;
        "n(x+i)(y+j)->nxy" 3;
        "n(2x+i)(3y+j)->nxyi" 3;
        "n(2x+i)(2y+j)->n" 2;
    }
    // Nothing at all, and windows of nothing.
    check!("n(2x+i)->nx", counting((0, 6)); i = 2);
    check!("n(2x+i)->n", counting((2, 6)); i = 0, x = 3);
}

/// Extents at which kernels run, and more samples than fit into one piece.
#[test]
fn large() {
    let (images, kernels) = (counting((5, 14, 17, 8)), counting((3, 3, 8, 9)));
    let images = images.mapv(|n| n as f64);
    let kernels = kernels.mapv(|n| n as f64);
    macro_rules! compare {
        ($text:literal) => {{
            let forward: Array4<f64> = einsum!($text, images, kernels);
            let cotangent = counting(forward.raw_dim()).mapv(|n| n as f64);
            let (d_images, d_kernels) = einsum_vjp!($text, images, kernels; cotangent);
            // Euler: a contraction of two is what each gradient and its operand make.
            let total = (&forward * &cotangent).sum();
            assert_eq!((&d_kernels * &kernels).sum(), total);
            assert_eq!((&d_images * &images).sum(), total);
            // And with other images, in which another element stands out each time.
            for at in [[0, 0, 0, 0], [4, 13, 16, 7], [2, 7, 9, 3], [1, 0, 16, 5]] {
                let mut unit = Array4::zeros(images.raw_dim());
                unit[at] = 1.0;
                let moved: Array4<f64> = einsum!($text, unit, kernels);
                assert_eq!(d_images[at], (&moved * &cotangent).sum(), "{at:?}");
            }
        }};
    }
    compare!("n(x+i)(y+j)c,ijco->nxyo");
    compare!("n(2x+i)(y+2j)c,ijco->nxyo");
    compare!("n(3x+2i)(2y+3j)c,ijco->noxy");

    let (signals, kernel) = (counting((700, 3000)).mapv(|n| n as f64), counting(7).mapv(|n| n as f64));
    let forward: Array2<f64> = einsum!("n(x+i),i->nx", signals, kernel);
    let cotangent = counting(forward.raw_dim()).mapv(|n| n as f64);
    let gradient: Array2<f64> = einsum_vjp!("n(x+i),i->nx", signals, kernel; cotangent, wrt = [0]);
    let mut expected = Array2::zeros((700, 3000));
    for (i, &weight) in kernel.iter().enumerate() {
        expected.slice_mut(s![.., i..i + 2994]).scaled_add(weight, &cotangent);
    }
    assert_eq!(gradient, expected);
}
