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

pub mod affine;
pub mod ast;
pub mod backward;
pub mod check;
pub mod cost;
mod early;
pub mod explain;
pub mod parse;
pub mod path;
pub mod plan;
pub mod report;
pub mod roles;
pub mod spec;
