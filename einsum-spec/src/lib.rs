//! The meaning of einsum subscripts, from text to plan.
//!
//! ```text
//! "xyij,ij->xy" --parse--> Subscripts --check--> Spec --choose--> Path --lower--> Plan
//! ```
//!
//! Everything that the string alone decides is decided here, once, for the macros of `ndeinsum` (at compile
//! time) and for tools that read subscripts while they run. With the extents, as soon as they are known, [`path`] finds the
//! best order of the steps, and [`cost`] tells what it takes. Nothing here knows a stride or an element type.
//! [`check`](check::check) is the last stage that can fail; every mistake that it and the parser
//! find is a [`Diagnostic`](report::Diagnostic), and all the wording is in [`report`].
//!
//! ```
//! use einsum_spec::{check, parse, path::{Options, Path}, plan::Plan};
//!
//! let (subscripts, report) = parse::parse("ij,jk->ik");
//! let spec = check::check(&subscripts, 2, report).expect("the subscripts are sound");
//! let plan = Plan::lower(&spec, &Path::choose(&spec, &vec![16; spec.indices.len()], &Options::default()));
//! assert_eq!(plan.steps.len(), 1);
//! ```

#![no_std]
#![forbid(unsafe_code)]

extern crate alloc;

// From text to spec.
#[cfg(feature = "text")]
pub mod ast;
#[cfg(feature = "text")]
pub mod check;
#[cfg(feature = "text")]
pub mod infer;
#[cfg(feature = "text")]
pub mod parse;
#[cfg(feature = "text")]
pub mod report;

// From spec to plan.
pub mod affine;
pub mod backward;
mod columns;
pub mod cost;
mod early;
pub mod explain;
pub mod path;
pub mod plan;
pub mod roles;
pub mod spec;
