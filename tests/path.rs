//! `einsum_path!`: NumPy's numbers, the table, operands of all kinds, options and errors.

#[rustfmt::skip]
#[path = "path/numpy.rs"]
mod numpy;

use ndarray::prelude::*;
use ndeinsum::{ContractionReport, StepClass, StepOperand, einsum, einsum_path};
use std::panic::{AssertUnwindSafe, catch_unwind};

/// A call, and what NumPy says about it.
pub(crate) struct Case {
    report: ContractionReport,
    /// With NumPy's path.
    fixed: ContractionReport,
    /// Whether an index of one operand alone is summed over. Here that comes first, in NumPy it does not.
    sums_a_lone_index: bool,
    /// Without intermediates, and with NumPy's path. So are the next two.
    scaling: (usize, usize),
    naive_flop_count: f64,
    flop_count: f64,
    speedup: f64,
    largest_intermediate: f64,
}

pub(crate) fn zeros<const N: usize>(shape: [usize; N]) -> Array<f64, Dim<[usize; N]>>
where
    Dim<[usize; N]>: Dimension,
    [usize; N]: ndarray::IntoDimension<Dim = Dim<[usize; N]>>,
{
    Array::zeros(shape)
}

// NumPy prints four digits, and adds one to the count of the steps.
fn is_printed_as(number: f64, printed: f64) -> bool {
    (number - printed).abs() <= 0.0006 * printed + 1.0
}

#[test]
fn numbers_are_numpys() {
    for Case { report, fixed, sums_a_lone_index, scaling, .. } in &numpy::cases() {
        assert_eq!(fixed.naive_scaling(), scaling.0, "{fixed}");
        if *sums_a_lone_index {
            assert!(fixed.scaling() <= scaling.1, "{fixed}");
        } else {
            assert_eq!(fixed.scaling(), scaling.1, "{fixed}");
        }
        assert_eq!(report.naive_flop_count(), fixed.naive_flop_count(), "{report}");
    }
    for case in &numpy::cases() {
        let fixed = &case.fixed;
        let flop_count = fixed.flop_count() as f64;
        assert!(is_printed_as(fixed.naive_flop_count(), case.naive_flop_count), "{fixed}");
        if case.sums_a_lone_index {
            assert!(flop_count < case.flop_count, "{fixed}");
            continue;
        }
        assert!(is_printed_as(flop_count, case.flop_count), "{fixed}");
        assert!(is_printed_as(fixed.speedup() * 1000.0, case.speedup * 1000.0), "{fixed}");
        assert!(is_printed_as(fixed.largest_intermediate() as f64, case.largest_intermediate), "{fixed}");
    }
}

#[test]
fn chosen_paths_cost_no_more_than_numpys() {
    for Case { report, flop_count, .. } in &numpy::cases() {
        // A scalar multiplies the result, wherever NumPy puts it.
        let of_scalar = if report.subscripts().starts_with(',') { report.steps()[0].elements } else { 0 };
        let most = flop_count * 1.0006 + of_scalar as f64;
        assert!(report.flop_count() as f64 <= most, "NumPy: {flop_count}\n{report}");
    }
}

#[test]
fn a_report_is_a_table() {
    let (a, b, c) = (zeros([10, 200]), zeros([200, 10]), zeros([10, 30]));
    let report = einsum_path!("ij, jk, kl", a, b, &c);
    let expected = [
        " Complete contraction:  ij,jk,kl->il",
        "     Contraction path:  [(0, 1), (0, 1)]",
        "        Naive scaling:  4",
        "    Optimised scaling:  3",
        "     Naive FLOP count:  1.800e+06",
        " Optimised FLOP count:  46000",
        " Theoretical speed-up:  39.130",
        " Largest intermediate:  300 elements",
        "Peak temporary memory:  800 bytes",
        "-------------------------------------------------------------------",
        "step  operands  subscripts  kernel          FLOPs  bytes  remaining",
        "-------------------------------------------------------------------",
        "   1  0, 1      ij,jk->ik   matrix product  40000    800  kl,ik->il",
        "   2  t1, 2     ik,kl->il   matrix product   6000   2400  il->il",
    ];
    assert_eq!(report.to_string().lines().collect::<Vec<_>>(), expected);
}

#[test]
fn a_report_is_data() {
    let (v, m, w) = (Array1::<f32>::zeros(100), Array2::zeros((100, 200)), ArrayD::zeros(vec![200]));
    let report = einsum_path!("i,ij,j->", v, m, w);
    assert_eq!(report.path(), [[1, 2], [0, 1]]);
    assert_eq!((report.naive_flop_count(), report.flop_count()), (60_000.0, 40_200));
    assert_eq!((report.naive_scaling(), report.scaling()), (2, 2));
    assert_eq!((report.largest_intermediate(), report.peak_memory()), (100, 400));
    let [first, second] = report.steps() else { panic!("two steps: {report}") };
    assert_eq!(first.operands, [StepOperand::Operand(1), StepOperand::Operand(2)]);
    assert_eq!((&*first.subscripts, &*first.remaining), ("ij,j->i", "i,i->"));
    assert_eq!((first.kernel.class, first.flop_count), (StepClass::MatrixVector, 40_000));
    assert_eq!((first.scaling, first.elements, first.bytes), (2, 100, 400));
    assert_eq!(second.operands, [StepOperand::Operand(0), StepOperand::Intermediate(0)]);
    assert_eq!((second.kernel.class, second.bytes), (StepClass::Dot, 4));
}

// Not even what `einsum!` needs of its elements is asked for.
#[test]
fn nothing_is_computed() {
    struct Opaque;
    let a = Array2::from_shape_fn((2, 2), |_| Opaque);
    assert_eq!(einsum_path!("ij,jk,kl->il", a, a, a).flop_count(), 32);
}

#[test]
fn two_operands_and_one_have_one_path() {
    let (a, b) = (zeros([3, 4]), zeros([4, 5]));
    assert_eq!(einsum_path!("ij,jk->ik", a, b).path(), [[0, 1]]);
    assert_eq!(einsum_path!("ij->ji", a).path(), [[0]]);
    // An index of one operand alone is summed first, where the product would carry it along.
    let report = einsum_path!("ij,kl->", a, b);
    let subscripts: Vec<&str> = report.steps().iter().map(|step| &*step.subscripts).collect();
    assert_eq!((report.path(), subscripts), (&[vec![0, 1]][..], vec!["ij->", "kl->", ",->"]));
}

#[test]
fn the_ellipsis_has_as_many_axes_as_the_operands() {
    let (a, b, c) = (zeros([2, 3, 4, 5]), zeros([3, 5, 6]), zeros([6, 7]));
    let report = einsum_path!("...ij,...jk,kl->...il", a, b, c);
    assert_eq!(report.naive_flop_count(), 3.0 * 2.0 * 3.0 * 4.0 * 5.0 * 6.0 * 7.0);
    let subscripts: Vec<&str> = report.steps().iter().map(|step| &*step.subscripts).collect();
    assert_eq!(subscripts, ["...jk,kl->...jl", "...ij,...jl->...il"]);
    // Two axes in the first operand, none in the second.
    let report = einsum_path!("...ij,...jk->...ik", a, zeros([5, 6]));
    assert_eq!(report.steps()[0].subscripts, "...ij,jk->...ik");
    assert_eq!(report.subscripts(), "...ij,...jk->...ik");
    assert_eq!(report.flop_count(), 2 * 2 * 3 * 4 * 5 * 6);
}

// Along an axis of one element nothing is done, wherever it is broadcast to.
#[test]
fn axes_of_one_element_are_in_no_step() {
    let report = einsum_path!("ij,jk,kl->il", zeros([10, 1]), zeros([200, 10]), zeros([10, 1]));
    let subscripts: Vec<&str> = report.steps().iter().map(|step| &*step.subscripts).collect();
    assert_eq!(subscripts, ["jk->k", "k,k->", "i,->i"], "{report}");
}

#[test]
fn a_fixed_path_is_reported() {
    let (a, b, c) = (zeros([10, 200]), zeros([200, 10]), zeros([10, 30]));
    let report = einsum_path!("ij,jk,kl->il", a, b, c; path = [(1, 2), (0, 1)]);
    assert_eq!((report.path(), report.flop_count()), (&[vec![1, 2], vec![0, 1]][..], 240_000));
}

#[test]
fn a_memory_limit_holds_and_is_evaluated_once_and_last() {
    let mut order = Vec::new();
    let report = einsum_path!(
        "ij,jk,kl->il",
        { order.push(1); zeros([100, 2]) },
        { order.push(2); zeros([2, 100]) },
        { order.push(3); zeros([100, 100]) };
        memory_limit = { order.push(4); 199 }
    );
    assert_eq!(order, [1, 2, 3, 4]);
    assert_eq!((report.steps().len(), report.peak_memory()), (1, 0), "{report}");
    let report =
        einsum_path!("ij,jk,kl->il", zeros([100, 2]), zeros([2, 100]), zeros([100, 100]); memory_limit = 200);
    assert_eq!((report.steps().len(), report.peak_memory()), (2, 1600), "{report}");
}

// The multiplication of unknown elements may not commute.
#[test]
fn unknown_elements_are_multiplied_in_their_order() {
    #[derive(Clone, Copy)]
    struct Unknown(#[allow(dead_code, reason = "it has a size")] u16);
    let [a, b, c] = [(2, 30), (30, 40), (2, 30)].map(|shape| Array2::from_elem(shape, Unknown(0)));
    let (known, unknown) = (
        einsum_path!("ij,jk,ij->k", a.map(|_| 0.0), b.map(|_| 0.0), c.map(|_| 0.0)),
        einsum_path!("ij,jk,ij->k", a, b, c),
    );
    assert_eq!(known.steps()[0].operands, [StepOperand::Operand(0), StepOperand::Operand(2)], "{known}");
    for step in unknown.steps() {
        assert_ne!(step.operands, [StepOperand::Operand(0), StepOperand::Operand(2)], "{unknown}");
    }
    assert_eq!(unknown.steps().last().map(|step| step.bytes), Some(40 * 2));
}

#[test]
fn shapes_that_do_not_fit_are_refused_with_the_words_of_einsum() {
    let (a, b, c) = (zeros([2, 3]), zeros([4, 5]), ArrayD::<f64>::zeros(vec![5]));
    let text = |call: &dyn Fn()| {
        let panic = catch_unwind(AssertUnwindSafe(call)).expect_err("the shapes do not fit");
        panic.downcast_ref::<String>().expect("the panic has a text").clone()
    };
    let extents = text(&|| drop(einsum_path!("ij,jk->ik", a, b)));
    assert_eq!(extents, text(&|| drop(einsum!("ij,jk->ik", a, b))));
    assert!(extents.starts_with("einsum \"ij,jk->ik\": index `j` has extent 3"), "{extents}");
    let rank = text(&|| drop(einsum_path!("ij,jk,kl->l", a, zeros([3, 5]), c)));
    assert_eq!(rank, text(&|| drop(einsum!("ij,jk,kl->l", a, zeros([3, 5]), c))));
    assert_eq!(rank, "einsum \"ij,jk,kl->l\": operand 2 has 1 axis, but its term has 2 labels");
}
