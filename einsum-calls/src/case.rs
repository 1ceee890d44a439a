//! What generated code is made of: a [`Case`] for each call, and the [`Io`] through which the call gets its arrays.

use crate::{
    element::{Element, Fraction, Matrix, MaxPlus},
    generate::Kind,
};
use ndarray::{Array, ArrayView, ArrayViewD, ArrayViewMut, ArrayViewMutD, Dimension, arr0};
use num_complex::Complex;
use std::fmt::Display;

/// A compiled call.
pub struct Case {
    /// Its position in the calls of the seed.
    pub number: usize,
    /// The subscripts.
    pub text: &'static str,
    /// The call as it was written.
    pub source: &'static str,
    /// What is called.
    pub kind: Kind,
    /// Whether the result is multiplied by a number.
    pub is_scaled: bool,
    /// The ranks of the operands, where they are static.
    pub ranks: &'static [Option<usize>],
    /// Which operands are conjugated.
    pub conjugated: &'static [bool],
    /// The labels whose extents the call gives.
    pub given: &'static [char],
    /// The gradients that are asked for, if not all.
    pub wrt: Option<&'static [Option<usize>]>,
    /// The call itself.
    pub function: Function,
}

/// What came of a call: an error's text, or nothing.
pub type Outcome = Result<(), String>;

/// The text of an error.
pub fn failed(error: impl Display) -> String {
    error.to_string()
}

type Call<T> = fn(&mut Io<'_, T>) -> Outcome;

macro_rules! functions {
    ($($Variant:ident: $T:ty;)*) => {
        /// A call with its type of elements.
        #[derive(Clone, Copy)]
        #[allow(missing_docs, reason = "the names say it")]
        pub enum Function {
            $($Variant(Call<$T>),)*
        }

        /// Runs something generic for the function's type of elements.
        macro_rules! dispatch {
            ($function:expr, $call:ident => $body:expr) => {
                match $function {
                    $($crate::case::Function::$Variant($call) => $body,)*
                }
            };
        }
        pub(crate) use dispatch;
    };
}

functions! {
    F32: f32;
    F64: f64;
    C32: Complex<f32>;
    C64: Complex<f64>;
    I8: i8;
    I16: i16;
    I32: i32;
    I64: i64;
    Isize: isize;
    U8: u8;
    U16: u16;
    U32: u32;
    U64: u64;
    Usize: usize;
    Fraction: Fraction;
    MaxPlus: MaxPlus;
    Matrix: Matrix;
}

/// The arrays of a call, and its results.
pub struct Io<'a, T> {
    pub(crate) operands: &'a [ArrayViewD<'a, T>],
    pub(crate) output: Option<ArrayViewMutD<'a, T>>,
    pub(crate) scale: T,
    pub(crate) cotangent: Option<ArrayViewD<'a, T>>,
    pub(crate) extents: &'a [usize],
    pub(crate) memory_limit: usize,
    pub(crate) results: Vec<Listed<T>>,
}

/// An array as a list in C order.
#[derive(Debug)]
pub(crate) struct Listed<T> {
    pub(crate) shape: Vec<usize>,
    pub(crate) elements: Vec<T>,
    /// Whether it was in this order in memory.
    pub(crate) is_standard: bool,
}

const RANK: &str = "the rank is that of the call";

impl<'a, T: Element> Io<'a, T> {
    /// An operand.
    pub fn operand<D: Dimension>(&self, n: usize) -> ArrayView<'a, T, D> {
        self.operands[n].clone().into_dimensionality().expect(RANK)
    }

    /// What is assigned to.
    pub fn output<D: Dimension>(&mut self) -> ArrayViewMut<'a, T, D> {
        let output = self.output.take().expect("the call has a place");
        output.into_dimensionality().expect(RANK)
    }

    /// What the result is multiplied by.
    pub fn scale(&self) -> T {
        self.scale.clone()
    }

    /// The gradient of the result.
    pub fn cotangent<D: Dimension>(&self) -> ArrayView<'a, T, D> {
        let cotangent = self.cotangent.clone().expect("the call is one for gradients");
        cotangent.into_dimensionality().expect(RANK)
    }

    /// The extent of the label that is given as this one.
    pub fn extent(&self, n: usize) -> usize {
        self.extents[n]
    }

    /// The most elements of an intermediate.
    pub fn memory_limit(&self) -> usize {
        self.memory_limit
    }

    /// Keeps an array as a result.
    pub fn array<D: Dimension>(&mut self, array: Array<T, D>) {
        let (shape, is_standard) = (array.shape().to_vec(), array.is_standard_layout());
        self.results.push(Listed { shape, elements: array.into_iter().collect(), is_standard });
    }

    /// Keeps the elements of a view as a result.
    pub fn view<D: Dimension>(&mut self, view: ArrayView<'_, T, D>) {
        let elements = view.iter().cloned().collect();
        self.results.push(Listed { shape: view.shape().to_vec(), elements, is_standard: true });
    }

    /// Keeps a number as a result.
    pub fn number(&mut self, number: T) {
        self.array(arr0(number));
    }

    /// Adds one to each element of a view that writes.
    pub fn mark<D: Dimension>(&self, mut view: ArrayViewMut<'_, T, D>) {
        view.map_inplace(|element| *element = element.clone() + T::integer(1));
    }
}
