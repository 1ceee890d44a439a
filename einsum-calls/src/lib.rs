//! Random calls of `ndeinsum`'s macros, and what checks them.
//!
//! ```text
//! seed --generate--> calls --emit--> Rust ==compile==> cases --shapes, layouts, elements--> arrays ==call==> results --oracle--> failures
//! ```
//!
//! Extents, strides and values are drawn when a compiled call runs, so that each call is checked on many arrays. The generated code holds
//! nothing but the call: all else is compiled once, here, for each type of element.
//!
//! The oracle is that of `tests/oracle`. It takes microseconds for each position, so calls with more than a few thousand are held
//! to a quick walk over the same index space, which in turn is held to the oracle wherever that is small.

mod case;
mod check;
pub mod element;
pub mod emit;
mod expected;
pub mod generate;
mod layout;
#[path = "../../tests/oracle/mod.rs"]
mod oracle;
mod shapes;
mod walk;

pub use case::{Case, Function, Io, Outcome, failed};
pub use check::{Options, check, main};
pub use element::{Fraction, Matrix, MaxPlus};
pub use generate::Kind;
pub use num_complex::Complex;

/// What the gradients of a call are of, in the order of its value: operands, or `None` for the scale.
pub(crate) fn wanted(wrt: Option<&[Option<usize>]>, is_scaled: bool, operands: usize) -> Vec<Option<usize>> {
    let all = is_scaled.then_some(None).into_iter().chain((0..operands).map(Some));
    wrt.map_or_else(|| all.collect(), <[_]>::to_vec)
}
