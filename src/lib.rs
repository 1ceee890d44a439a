#![doc = include_str!("../README.md")]
#![no_std]
#![forbid(unsafe_code)]

pub use einsum_runtime::{
    ArrayRole, EinsumError, EinsumErrorKind, Place, sliding_windows, try_sliding_windows,
};

/// Contracts arrays as the subscripts say.
#[macro_export]
macro_rules! einsum {
    ($($call:tt)*) => { $crate::__private::einsum_impl!($crate, $($call)*) };
}

/// As [`einsum!`], with an error instead of a panic.
#[macro_export]
macro_rules! try_einsum {
    ($($call:tt)*) => { $crate::__private::try_einsum_impl!($crate, $($call)*) };
}

/// A view with permuted axes and diagonals, without a copy.
#[macro_export]
macro_rules! einsum_view {
    ($($call:tt)*) => { $crate::__private::einsum_view_impl!($crate, $($call)*) };
}

/// For the macros alone; may change in any version.
#[doc(hidden)]
pub mod __private {
    pub use einsum_macro::{einsum_impl, einsum_view_impl, try_einsum_impl};
    pub use einsum_runtime::{
        error::fail, extents::*, fresh::*, operand as bind, rank::Rest, strided::cursor::*,
    };
    pub use einsum_runtime::{ndarray, strided::view::MergeAxes};
}
