//! `einsum_vjp_path!`: the subscripts of gradients, what they cost beside the contraction itself, and the table.

use ndarray::prelude::*;
use ndeinsum::{GradientOperand, GradientReport, StepClass, StepResult, einsum_path, einsum_vjp_path};
use num_complex::Complex;
use std::panic::{AssertUnwindSafe, catch_unwind};

fn zeros<const N: usize>(shape: [usize; N]) -> Array<f64, Dim<[usize; N]>>
where
    Dim<[usize; N]>: Dimension,
    [usize; N]: ndarray::IntoDimension<Dim = Dim<[usize; N]>>,
{
    Array::zeros(shape)
}

fn subscripts(report: &GradientReport) -> Vec<&str> {
    report.gradients().iter().map(|(_, subscripts)| &**subscripts).collect()
}

#[test]
fn pairs_cost_twice_the_forward_pass() {
    for n in [1, 2, 16, 100] {
        let report = einsum_vjp_path!("ij,jk->ik", zeros([n, 2 * n]), zeros([2 * n, 3 * n]));
        assert!(n == 1 || report.ratio() == 2.0, "{report}");
        assert_eq!(subscripts(&report), ["ik,jk->ij", "ij,ik->jk"]);
        let (q, k) = (zeros([2, 4 * n, 8, 64]), zeros([2, 4 * n, 8, 64]));
        let report = einsum_vjp_path!("bqhd,bkhd->bhqk", q, k);
        assert_eq!(report.ratio(), 2.0, "{report}");
        assert_eq!(subscripts(&report), ["bhqk,bkhd->bqhd", "bqhd,bhqk->bkhd"]);
    }
}

/// A chain of four square matrices takes three products, `2n³` each. Its gradients are four products of four matrices, each a run of the
/// five that `A B C D gᵀ` is on a circle, and two runs of four are never the same; so the last products are four. They take at least
/// four others: a run of four is one of three with a fourth matrix, or two of two. With three runs besides the single matrices,
/// - of two each: on a circle of five, three runs of two have at most two pairs that do not overlap and touch;
/// - of two, two and three: one such pair, and two runs of four around that of three, three in all;
/// - of two, three and three, these around the same one: three runs of four around them.
///
/// None makes four. So eight products is the least without what the forward pass has made, 8/3 of it: the six of a backward pass,
/// twice the forward one, and the two of the forward pass whose results it reads. With these at hand the ratio would be 2.
#[test]
fn a_chain_costs_the_least_that_is_possible() {
    for n in [2, 64, 256] {
        let matrix = zeros([n, n]);
        let report = einsum_vjp_path!("ij,jk,kl,lm->im", matrix, matrix, matrix, matrix);
        let product = 2 * (n as u128).pow(3);
        assert_eq!(report.forward().flop_count(), 3 * product, "{report}");
        assert_eq!(report.flop_count(), 8 * product, "{report}");
        // What is made of operands alone, the forward pass has made as well.
        let mut has_cotangent = Vec::new();
        let mut recomputed = 0;
        for step in report.steps() {
            has_cotangent.push(step.operands.iter().any(|operand| match operand {
                GradientOperand::Operand(_) => false,
                GradientOperand::Cotangent => true,
                GradientOperand::Intermediate(n) => has_cotangent[*n],
            }));
            recomputed += if has_cotangent.last() == Some(&true) { 0 } else { step.flop_count };
        }
        assert_eq!(recomputed, 2 * product, "{report}");
        let ratio = (report.flop_count() - recomputed) as f64 / report.forward().flop_count() as f64;
        assert!(ratio <= 2.1, "{report}");
        assert_eq!(report.peak_memory(), 8 * 2 * (n as u128).pow(2), "{report}");
        assert!(report.steps().iter().all(|step| step.kernel.class == StepClass::MatrixProduct));
    }
    // In one step of the forward pass nearly all is done, in the others nearly nothing: there is hardly anything to recompute.
    let report = einsum_vjp_path!(
        "ij,jk,kl,lm->im", zeros([300, 300]), zeros([300, 300]), zeros([300, 2]), zeros([2, 2]);
    );
    assert!(report.ratio() < 2.7, "{report}");
}

/// Of all subsets of the operands, and for extents of all kinds: no more than each gradient on its own, or than three times forward.
#[test]
fn sharing_costs_no_more() {
    let mut rng = fastrand::Rng::with_seed(3);
    for _ in 0..60 {
        let [i, j, k, l, m]: [usize; 5] = std::array::from_fn(|_| rng.usize(1..40));
        let (a, b, c, d) = (zeros([i, j]), zeros([j, k]), zeros([k, l]), zeros([l, m]));
        let report = einsum_vjp_path!("ij,jk,kl,lm->im", a, b, c, d);
        let g = zeros([i, m]);
        let apart = [
            einsum_path!("im,jk,kl,lm->ij", g, b, c, d),
            einsum_path!("ij,im,kl,lm->jk", a, g, c, d),
            einsum_path!("ij,jk,im,lm->kl", a, b, g, d),
            einsum_path!("ij,jk,kl,im->lm", a, b, c, g),
        ];
        let apart = apart.map(|report| report.flop_count());
        assert!(report.flop_count() <= apart.iter().sum(), "{report}");
        let two_or_more = [i, j, k, l, m].iter().all(|&extent| extent > 1);
        assert!(!two_or_more || report.ratio() < 3.0, "{report}");
        // A single one is the best contraction.
        assert_eq!(einsum_vjp_path!("ij,jk,kl,lm->im", a, b, c, d; wrt = [0]).flop_count(), apart[0]);
        assert_eq!(einsum_vjp_path!("ij,jk,kl,lm->im", a, b, c, d; wrt = [1]).flop_count(), apart[1]);
        assert_eq!(einsum_vjp_path!("ij,jk,kl,lm->im", a, b, c, d; wrt = [2]).flop_count(), apart[2]);
        assert_eq!(einsum_vjp_path!("ij,jk,kl,lm->im", a, b, c, d; wrt = [3]).flop_count(), apart[3]);
        let some = einsum_vjp_path!("ij,jk,kl,lm->im", a, b, c, d; g, wrt = [3, 1]);
        assert!(some.flop_count() <= apart[1] + apart[3], "{some}");
        assert_eq!(some.gradients()[0].0, StepResult::OfOperand(3));
    }
}

#[test]
fn a_report_is_a_table() {
    let report = einsum_vjp_path!("ij, jk, kl -> il", zeros([10, 20]), zeros([20, 30]), zeros([30, 5]); wrt = [0, 1, 2]);
    let expected = [
        " Complete contraction:  ij,jk,kl->il",
        "Gradient of operand 0:  il,jk,kl->ij",
        "Gradient of operand 1:  ij,il,kl->jk",
        "Gradient of operand 2:  ij,jk,il->kl",
        "   Forward FLOP count:  8000",
        "  Backward FLOP count:  22000",
        "  Backward by forward:  2.750",
        " Largest intermediate:  100 elements",
        "Peak temporary memory:  800 bytes",
        "----------------------------------------------------------------",
        "step  operands  subscripts  kernel          FLOPs  bytes  result",
        "----------------------------------------------------------------",
        "   1  1, 2      jk,kl->jl   matrix product   6000    800  t1",
        "   2  g, t1     il,jl->ij   matrix product   2000   1600  d0",
        "   3  g, 0      il,ij->lj   matrix product   2000    800  t3",
        "   4  t3, 2     lj,kl->jk   matrix product   6000   4800  d1",
        "   5  t3, 1     lj,jk->kl   matrix product   6000   1200  d2",
    ];
    assert_eq!(report.to_string().lines().collect::<Vec<_>>(), expected);
}

#[test]
fn all_kinds_of_calls() {
    let (a, v) = (zeros([4, 5]), zeros([5]));
    // Labels of one operand, diagonals, ellipses, the scale.
    let report = einsum_vjp_path!(
        2.0 * "ix,...j,ji,kk->i",
        zeros([3, 7]),
        zeros([2, 4]),
        zeros([4, 3]),
        zeros([6, 6])
    );
    assert_eq!(
        subscripts(&report),
        ["ix,...j,ji,kk,i->", "i,...j,ji,kk->ix", "ix,i,ji,kk->...j", "ix,...j,i,kk->ji", "ix,...j,ji,i->kk"]
    );
    assert_eq!(report.gradients()[0].0, StepResult::OfScale);
    let report = einsum_vjp_path!("ij,j", a, v);
    assert_eq!(subscripts(&report), ["i,j->ij", "ij,i->j"]);
    assert_eq!(report.flop_count(), 20 + 40);
    // One operand: a copy along what it was summed over.
    let report = einsum_vjp_path!("ij->j", a);
    assert_eq!((subscripts(&report), report.flop_count()), (vec!["j->ij"], 20));
    assert_eq!(report.steps()[0].operands, [GradientOperand::Cotangent]);
    // Affine axes: as many multiplications and additions as forward, for each.
    let (image, kernel) = (zeros([2, 10, 9, 3]), zeros([3, 2, 3, 4]));
    let report = einsum_vjp_path!("n(x+i)(y+j)c,ijco->nxyo", image, kernel);
    assert_eq!(subscripts(&report), ["nxyo,ijco->n(x+i)(y+j)c", "n(x+i)(y+j)c,nxyo->ijco"]);
    assert_eq!(report.ratio(), 2.0);
    assert_eq!(report.steps()[0].subscripts, "nxyo,ijco->n(x+i)(y+j)c");
    // Elements in whose products nothing is known to commute: nothing is shared.
    let matrix = Array2::<Complex<i8>>::from_elem((3, 3), Complex::new(1, 0));
    let report = einsum_vjp_path!("ij,jk,kl->il", matrix, matrix, matrix);
    assert_eq!((report.steps().len(), report.flop_count()), (6, 6 * 54));
    // Nothing to do.
    let report = einsum_vjp_path!("ij,jk,kl->il", zeros([2, 0]), zeros([0, 3]), zeros([3, 2]));
    assert_eq!(report.forward().flop_count(), 0);
    let report = einsum_vjp_path!("i,i,i->", zeros([1]), zeros([1]), zeros([1]); 1.0);
    assert_eq!(report.steps().iter().map(|step| step.elements).sum::<u128>(), report.steps().len() as u128);
}

#[test]
fn errors_are_those_of_the_call() {
    let (a, b) = (zeros([3, 4]), zeros([4, 2]));
    let message = |call: &dyn Fn() -> GradientReport| {
        let panic = catch_unwind(AssertUnwindSafe(call)).expect_err("it does not fit");
        panic.downcast_ref::<String>().expect("a message").clone()
    };
    assert_eq!(
        message(&|| einsum_vjp_path!("ij,jk->ik", a, b; zeros([3, 3]))),
        "einsum \"ij,jk->ik\": the cotangent has shape [3, 3], but the result has shape [3, 2]"
    );
    assert_eq!(
        message(&|| einsum_vjp_path!("ij,jk->ik", a, a)),
        "einsum \"ij,jk->ik\": index `j` has extent 4 in operand 0 (axis 1) but extent 3 in operand 1 (axis 0)"
    );
}
