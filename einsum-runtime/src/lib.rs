//! The run-time part of `ndeinsum`: from array views to numbers.
//!
//! Nothing here parses. The macros have decided what the string alone decides and call, from the user's crate,
//! what needs an extent, a stride or an element type:
//!
//! 1. [`operand`]: any array or reference to one becomes a view, its rank checked by the compiler;
//! 2. [`extents`]: the views agree on the extent of every index, or there is an [`EinsumError`] ([`affine`]: also where
//!    an axis is read at a sum of indices);
//! 3. [`fresh`]: a result is allocated;
//! 4. [`strided`]: views, and cursors that walk them in the loops which the macros have written;
//! 5. [`kernel`]: what runs in place of these loops where there is much to do;
//! 6. [`many`]: contractions in several steps, planned for their extents;
//! 7. [`vjp`]: what gradients need besides, and [`correlation`]: that of windows.
//!
//! [`explain`] tells what would be done, and does nothing.
//!
//! Everything but [`EinsumError`], the [`ContractionReport`](explain::ContractionReport) and the sliding windows is for the macros alone and changes without notice.
//! `unsafe` stands in [`strided`], [`kernel`], and the two files of [`many`] that run steps and remember plans.

#![cfg_attr(not(feature = "std"), no_std)]
#![deny(unsafe_code)]

extern crate alloc;
#[cfg(all(feature = "std", any(test, fuzzing)))]
extern crate std;

pub mod affine;
pub mod correlation;
pub mod error;
pub mod explain;
pub mod extents;
pub mod fresh;
#[allow(unsafe_code)]
pub mod kernel;
pub mod many;
pub mod operand;
pub mod rank;
#[allow(unsafe_code)]
pub mod strided;
pub mod vjp;

pub use error::{AffineSummand, ArrayRole, EinsumError, EinsumErrorKind, Place};
pub use strided::windows::{sliding_windows, try_sliding_windows};

/// The arrays, for generated code.
pub use ndarray;
