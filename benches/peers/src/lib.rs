//! The workloads of ndeinsum, each beside the same work in other Rust libraries.
//!
//! ```text
//! table (what to do) -> operands (with what) -> systems (by whom) -> timing
//! ```
//!
//! `bench-server` offers this to `compare.py`, line by line; `cargo bench` prints it.

pub mod allocation;
pub mod element;
pub mod limits;
pub mod operands;
pub mod order;
pub mod product;
pub mod run;
pub mod subscripts;
pub mod systems;
pub mod table;
pub mod timing;
pub mod workload;
