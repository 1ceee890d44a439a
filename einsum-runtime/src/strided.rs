//! Memory: the one place where addresses are computed from strides.
//!
//! - [`affine`]: axes that are read at a sum of indices, without a copy;
//! - [`cursor`]: a position in an array that moves along its axes, for generated loops;
//! - [`view`]: permuted axes and diagonals, without a copy;
//! - [`windows`]: sliding windows, without a copy.
//!
//! Each module proves, from the extents and strides of the borrowed view that it starts from, that every address it
//! can reach is an element of that view.

pub mod affine;
pub mod cursor;
pub mod view;
pub mod windows;
