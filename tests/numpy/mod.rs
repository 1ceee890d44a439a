//! What the table in `numpy_cases.rs` runs on: operands by formula, and the comparison with NumPy's output.
//!
//! The formula gives small integers, so that every partial sum of every case is exact in `f64` as well (the
//! generator checks it) and the order of the additions cannot matter.

use ndarray::{Array, ArrayRef, Dimension, LinalgScalar};
use std::panic::catch_unwind;

/// One call that NumPy accepts, and what it gives.
pub(crate) struct Case {
    /// The position in `cases.json`.
    pub(crate) number: usize,
    pub(crate) subscripts: &'static str,
    /// Makes the call in all its forms, for all element types.
    pub(crate) call: fn(&Case) -> Result<(), String>,
    /// The shapes of the operands.
    pub(crate) shapes: &'static [&'static [usize]],
    pub(crate) shape: &'static [usize],
    pub(crate) values: Values,
}

/// NumPy's output in C order.
pub(crate) enum Values {
    All(&'static [i64]),
    /// Of an output too large to be written out.
    Digest {
        first: &'static [i64],
        sum: i64,
        /// Depends on the order: `h = (31 * h + value) mod 1000003` from the first value to the last.
        hash: i64,
    },
}

/// Element types that hold the integers of these cases exactly.
pub(crate) trait Element: LinalgScalar {
    fn from_integer(n: i64) -> Self;
    fn to_integer(self) -> Option<i64>;
}

impl Element for i64 {
    fn from_integer(n: i64) -> i64 {
        n
    }

    fn to_integer(self) -> Option<i64> {
        Some(self)
    }
}

impl Element for f64 {
    fn from_integer(n: i64) -> f64 {
        n as f64
    }

    fn to_integer(self) -> Option<i64> {
        let n = self as i64;
        (n as f64 == self).then_some(n)
    }
}

/// Element `n` of operand `position`, as in `generate.py`.
fn element(n: usize, position: usize) -> i64 {
    let mixed = (611 * n + 359 * position + 3) % 1009;
    (mixed % 11) as i64 - 4
}

/// Operand `position` of a call.
pub(crate) fn operand<T: Element, D: Dimension>(shape: &[usize], position: usize) -> Array<T, D> {
    let values = (0..shape.iter().product()).map(|n| T::from_integer(element(n, position)));
    let array = Array::from_shape_vec(shape, values.collect()).expect("one value per element");
    array.into_dimensionality().expect("the rank of the table")
}

impl Case {
    pub(crate) fn operand<T: Element, D: Dimension>(&self, position: usize) -> Array<T, D> {
        operand(self.shapes[position], position)
    }

    /// An array for the output, with something in it that has to be overwritten.
    pub(crate) fn garbage<T: Element, D: Dimension>(&self) -> Array<T, D> {
        let array = Array::from_elem(self.shape, T::from_integer(77));
        array.into_dimensionality().expect("the rank of the table")
    }

    /// Compares what one form of the call gave with NumPy's output.
    pub(crate) fn check<T: Element, D: Dimension>(
        &self,
        form: &str,
        got: &ArrayRef<T, D>,
    ) -> Result<(), String> {
        if got.shape() != self.shape {
            return Err(format!("{form}: the shape is {:?}, NumPy has {:?}", got.shape(), self.shape));
        }
        let got = got.iter().map(|value| value.to_integer()).collect::<Option<Vec<i64>>>();
        let got = got.ok_or(format!("{form}: an element is no integer"))?;
        match self.values {
            Values::All(expected) => same(form, &got, expected),
            Values::Digest { first, sum, hash } => {
                same(form, &got[..first.len()], first)?;
                same(&format!("{form}, sum"), &[got.iter().sum()], &[sum])?;
                let got_hash = got.iter().fold(0, |h: i64, value| (31 * h + value).rem_euclid(1_000_003));
                same(&format!("{form}, hash"), &[got_hash], &[hash])
            }
        }
    }
}

fn same(form: &str, got: &[i64], expected: &[i64]) -> Result<(), String> {
    assert_eq!(got.len(), expected.len(), "the table has a value per element");
    match (0..got.len()).find(|&n| got[n] != expected[n]) {
        Some(n) => Err(format!("{form}: element {n} is {}, NumPy has {}", got[n], expected[n])),
        None => Ok(()),
    }
}

/// Runs every case and reports all that fail.
pub(crate) fn run(cases: &[Case]) {
    let mut failures = Vec::new();
    for case in cases {
        let outcome = catch_unwind(|| (case.call)(case)).unwrap_or(Err("it panicked".into()));
        if let Err(why) = outcome {
            failures.push(format!("case {} {:?} {:?}: {why}", case.number, case.subscripts, case.shapes));
        }
    }
    assert!(failures.is_empty(), "{} of {} fail:\n{}", failures.len(), cases.len(), failures.join("\n"));
}

/// A function that makes one call in all its forms, for all element types.
///
/// An output without an axis is a plain `T`; `=> T` says so, and the annotations hold the macros to the types.
macro_rules! call {
    ($name:ident: $text:tt, $($operand:ident: $D:ty),+ => T) => {
        call!(@ $name: $text, $($operand: $D),+ => T as Ix0, arr0);
    };
    ($name:ident: $text:tt, $($operand:ident: $D:ty),+ => $Out:ty) => {
        call!(@ $name: $text, $($operand: $D),+ => Array<T, $Out> as $Out, core::convert::identity);
    };
    (@ $name:ident: $text:tt, $($operand:ident: $D:ty),+ => $Value:ty as $Out:ty, $to_array:path) => {
        fn $name(case: &Case) -> Result<(), String> {
            fn call<T: Element>(case: &Case) -> Result<(), String> {
                let mut positions = 0..;
                $(let $operand: Array<T, $D> = case.operand(positions.next().expect("endless"));)+

                let value: $Value = einsum!($text, $($operand),+);
                case.check("einsum!(…)", &$to_array(value))?;

                let mut c: Array<T, $Out> = case.garbage();
                let (): () = einsum!(c = $text, $($operand),+);
                case.check("einsum!(c = …)", &c)?;

                let value: Result<$Value, EinsumError> = try_einsum!($text, $($operand),+);
                case.check("try_einsum!(…)", &$to_array(value.map_err(|error| error.to_string())?))
            }
            call::<i64>(case).map_err(|why| format!("i64: {why}"))?;
            call::<f64>(case).map_err(|why| format!("f64: {why}"))
        }
    };
}
pub(crate) use call;
