//! What is found at run time: the words, the data, the line, and that nothing has been written.

use ndarray::prelude::*;
use ndeinsum::{
    ArrayRole, EinsumError, EinsumErrorKind, Place, einsum, einsum_view, sliding_windows, try_einsum,
    try_sliding_windows,
};
use std::{
    cell::RefCell,
    fmt::Debug,
    panic::{AssertUnwindSafe, UnwindSafe, catch_unwind},
};

fn zeros<D: Dimension>(shape: impl ndarray::ShapeBuilder<Dim = D>) -> Array<f64, D> {
    Array::zeros(shape)
}

/// What should be said, and what is; all rows are compared before any fails.
struct Rows(Vec<String>);

impl Rows {
    fn new() -> Rows {
        Rows(Vec::new())
    }

    fn row<T: Debug>(&mut self, expected: &str, got: Result<T, EinsumError>) {
        match got {
            Err(error) if error.to_string() == expected => {}
            Err(error) => self.0.push(format!("     said: {error}\nshould be: {expected}")),
            Ok(value) => self.0.push(format!("     gave: {value:?}\nshould be: {expected}")),
        }
    }

    fn report(self) {
        assert!(self.0.is_empty(), "{} rows fail:\n\n{}", self.0.len(), self.0.join("\n\n"));
    }
}

#[test]
fn extents_of_an_index() {
    let mut rows = Rows::new();
    rows.row(
        r#"einsum "ij,jk->ik": index `j` has extent 3 in operand 0 (axis 1) but extent 4 in operand 1 (axis 0)"#,
        try_einsum!("ij,jk->ik", zeros((2, 3)), zeros((4, 5))),
    );
    // NumPy's issue 11221: the message names the two axes that disagree, not the first two.
    rows.row(
        r#"einsum "aabcb,abc": index `b` has extent 4 in operand 0 (axis 2) but extent 6 in operand 0 (axis 4)"#,
        try_einsum!("aabcb,abc", zeros((3, 3, 4, 5, 6)), zeros((3, 4, 5))),
    );
    // The first of the places has extent 1, and fits.
    rows.row(
        r#"einsum "i,i,i->i": index `i` has extent 2 in operand 1 (axis 0) but extent 3 in operand 2 (axis 0)"#,
        try_einsum!("i,i,i->i", zeros(1), zeros(2), zeros(3)),
    );
    // Extent 0 is an extent like any other.
    rows.row(
        r#"einsum "i,i->": index `i` has extent 0 in operand 0 (axis 0) but extent 3 in operand 1 (axis 0)"#,
        try_einsum!("i,i->", zeros(0), zeros(3)),
    );
    // Axes behind an ellipsis are counted from the front.
    rows.row(
        r#"einsum "...j,j->...": index `j` has extent 4 in operand 0 (axis 2) but extent 5 in operand 1 (axis 0)"#,
        try_einsum!("...j,j->...", zeros((2, 3, 4)), zeros(5)),
    );
    // The subscripts as they were written.
    rows.row(
        r#"einsum " α , α ": index `α` has extent 2 in operand 0 (axis 0) but extent 3 in operand 1 (axis 0)"#,
        try_einsum!(" α , α ", zeros(2), zeros(3)),
    );
    rows.report();
}

#[test]
fn extents_on_a_diagonal() {
    let mut rows = Rows::new();
    rows.row(
        r#"einsum "ii->i": index `i` has extent 2 in operand 0 (axis 0) but extent 3 in operand 0 (axis 1)"#,
        try_einsum!("ii->i", zeros((2, 3))),
    );
    rows.row(
        r#"einsum "ii": index `i` has extent 2 in operand 0 (axis 0) but extent 3 in operand 0 (axis 1)"#,
        try_einsum!("ii", zeros((2, 3))),
    );
    rows.row(
        "einsum \"ii->i\": index `i` has extent 1 in operand 0 (axis 0) but extent 3 in operand 0 (axis 1); \
         a diagonal does not broadcast",
        try_einsum!("ii->i", zeros((1, 3))),
    );
    // Neither when another operand has the longer extent.
    rows.row(
        "einsum \"i,ii->i\": index `i` has extent 3 in operand 1 (axis 0) but extent 1 in operand 1 (axis 1); \
         a diagonal does not broadcast",
        try_einsum!("i,ii->i", zeros(3), zeros((3, 1))),
    );
    rows.report();
}

#[test]
fn extents_of_the_ellipsis() {
    let mut rows = Rows::new();
    rows.row(
        r#"einsum "...,...": an axis of `...` has extent 2 in operand 0 (axis 0) but extent 3 in operand 1 (axis 0)"#,
        try_einsum!("...,...", zeros(2), zeros(3)),
    );
    // Broadcast from the right: the axis that disagrees is the last one of each.
    rows.row(
        r#"einsum "...,...": an axis of `...` has extent 3 in operand 0 (axis 1) but extent 4 in operand 1 (axis 0)"#,
        try_einsum!("...,...", zeros((2, 3)), zeros(4)),
    );
    rows.report();
}

#[test]
fn extents_of_the_array_that_is_assigned_to() {
    let mut rows = Rows::new();
    let (a, b) = (zeros((2, 3)), zeros((3, 4)));
    let mut c = zeros((2, 5));
    rows.row(
        r#"einsum "ij,jk->ik": index `k` has extent 4 in operand 1 (axis 1) but extent 5 in the output (axis 1)"#,
        try_einsum!(c = "ij,jk->ik", a, b),
    );
    // A sum has its value: an output of extent 1 takes no longer one.
    let mut c = zeros((1, 4));
    rows.row(
        r#"einsum "ij,jk->ik": index `i` has extent 2 in operand 0 (axis 0) but extent 1 in the output (axis 0)"#,
        try_einsum!(c += "ij,jk->ik", a, b),
    );
    let mut c = zeros((3, 3));
    rows.row(
        r#"einsum "...->...": an axis of `...` has extent 2 in operand 0 (axis 0) but extent 3 in the output (axis 0)"#,
        try_einsum!(c -= "...->...", a),
    );
    rows.report();
}

/// Static ranks are the compiler's business.
#[test]
fn ranks_of_dynamic_arrays() {
    let mut rows = Rows::new();
    rows.row(
        r#"einsum "ijk": operand 0 has 2 axes, but its term has 3 labels"#,
        try_einsum!("ijk", zeros((2, 3)).into_dyn()),
    );
    rows.row(
        r#"einsum "": operand 0 has 1 axis, but its term has 0 labels"#,
        try_einsum!("", zeros(3).into_dyn()),
    );
    rows.row(
        r#"einsum "i": operand 0 has 0 axes, but its term has 1 label"#,
        try_einsum!("i", zeros(()).into_dyn()),
    );
    rows.row(
        r#"einsum "...i": operand 0 has 0 axes, but its term has 1 label and `...`, which stands for the other axes"#,
        try_einsum!("...i", zeros(()).into_dyn()),
    );
    rows.row(
        r#"einsum "ij,jk->ik": operand 1 has 3 axes, but its term has 2 labels"#,
        try_einsum!("ij,jk->ik", zeros((2, 3)), zeros((3, 4, 5)).into_dyn()),
    );
    let mut c = zeros(2).into_dyn();
    rows.row(
        r#"einsum "ij->ji": the output has 1 axis, but the result has 2"#,
        try_einsum!(c = "ij->ji", zeros((2, 3))),
    );
    let mut c = zeros((2, 3)).into_dyn();
    rows.row(
        r#"einsum "ij->": the output has 2 axes, but the result has 0"#,
        try_einsum!(c = "ij->", zeros((2, 3))),
    );
    rows.report();
}

#[test]
fn sizes_that_overflow() {
    let one = zeros(());
    let long = one.broadcast(1 << 40).expect("a view of one element");
    let mut rows = Rows::new();
    rows.row(
        r#"einsum "i,j->ij": an array of shape [1099511627776, 1099511627776] is larger than the address space"#,
        try_einsum!("i,j->ij", long, long),
    );
    rows.report();
}

#[test]
fn windows() {
    let a = zeros((4, 5));
    let mut rows = Rows::new();
    rows.row(
        "sliding windows: the window along axis 1 has extent 6, but the axis has extent 5",
        try_sliding_windows(&a, [Axis(0), Axis(1)], [3, 6]),
    );
    rows.row(
        "sliding windows: the window along axis 0 has extent 0",
        try_sliding_windows(&a, [Axis(0)], [0]),
    );
    rows.row(
        "sliding windows: there is no axis 2: the array has 2 axes",
        try_sliding_windows(&a, [Axis(2)], [1]),
    );
    rows.row("sliding windows: axis 1 is named twice", try_sliding_windows(&a, [Axis(1), Axis(1)], [2, 2]));
    rows.report();
}

#[test]
fn error_is_data() {
    fn is_an_error<E: std::error::Error + Send + Sync + Clone + PartialEq + 'static>(_: &E) {}

    let error = try_einsum!("ij,jk->ik", zeros((2, 3)), zeros((4, 5))).expect_err("the extents differ");
    is_an_error(&error);
    assert_eq!(error.subscripts(), Some("ij,jk->ik"));
    assert_eq!(
        *error.kind(),
        EinsumErrorKind::ExtentMismatch {
            label: 'j',
            first: Place { array: ArrayRole::Operand(0), axis: 1, extent: 3 },
            second: Place { array: ArrayRole::Operand(1), axis: 0, extent: 4 },
        }
    );
}

/// On an error the array that is assigned to is as it was, in every form.
#[test]
fn nothing_is_written() {
    let (a, b) = (zeros((2, 3)), zeros((4, 2)));
    let before = arr2(&[[1.0, 2.0], [3.0, 4.0]]);
    let mut c = before.clone();
    assert!(try_einsum!(c = "ij,jk->ik", a, b).is_err());
    assert!(try_einsum!(c += "ij,jk->ik", a, b).is_err());
    assert!(try_einsum!(c -= 2.0 * "ij,jk->ik", a, b).is_err());
    // The mistake is in the last step of several, or in the output itself.
    assert!(try_einsum!(c = "ij,ik,kl->il", a, zeros((2, 5)), zeros((6, 2))).is_err());
    assert!(try_einsum!(c = "ij->ij", a).is_err());
    assert!(catch_unwind(AssertUnwindSafe(|| einsum!(c = "ij,jk->ik", a, b))).is_err());
    assert_eq!(c, before);
}

thread_local! {
    static PANIC: RefCell<Option<(String, u32)>> = const { RefCell::new(None) };
}

/// What a panic says, and the line of this file that it points at.
fn panic_of<T>(call: impl FnOnce() -> T + UnwindSafe) -> (String, u32) {
    let quiet = std::panic::take_hook();
    std::panic::set_hook(Box::new(|info| {
        let text = info.payload().downcast_ref::<String>().cloned().unwrap_or_default();
        let line = info.location().filter(|location| location.file() == file!()).map_or(0, |at| at.line());
        PANIC.with_borrow_mut(|panic| *panic = Some((text, line)));
    }));
    let outcome = catch_unwind(call);
    std::panic::set_hook(quiet);
    assert!(outcome.is_err(), "there should be a panic");
    PANIC.take().expect("the hook has run")
}

/// The text of the error, at the line of the call.
#[test]
fn panics() {
    let here = line!() + 1;
    let panic = panic_of(|| einsum!("ij,jk->ik", zeros((2, 3)), zeros((4, 5))));
    let text = r#"einsum "ij,jk->ik": index `j` has extent 3 in operand 0 (axis 1) but extent 4 in operand 1 (axis 0)"#;
    assert_eq!(panic, (text.into(), here));

    let mut c = zeros((2, 2)).into_dyn();
    let here = line!() + 1;
    let panic = panic_of(AssertUnwindSafe(|| einsum!(c += 2.0 * "ij->i", zeros((2, 3)))));
    let text = r#"einsum "ij->i": the output has 2 axes, but the result has 1"#;
    assert_eq!(panic, (text.into(), here));

    let a = zeros((2, 3));
    let here = line!() + 1;
    let panic = panic_of(|| einsum_view!("ii->i", a).sum());
    let text =
        r#"einsum "ii->i": index `i` has extent 2 in operand 0 (axis 0) but extent 3 in operand 0 (axis 1)"#;
    assert_eq!(panic, (text.into(), here));

    let here = line!() + 1;
    let panic = panic_of(|| sliding_windows(&a, [Axis(0)], [3]).sum());
    let text = "sliding windows: the window along axis 0 has extent 3, but the axis has extent 2";
    assert_eq!(panic, (text.into(), here));
}
