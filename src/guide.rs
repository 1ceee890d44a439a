//! The guide: a page for each topic.
//!
//! | page | answers |
//! |---|---|
//! | [`notation`] | what subscripts can say, and what they mean |
//! | [`operands`] | what may stand as operand or output, and which layouts are quick |
//! | [`many_operands`] | three operands and more: the order of the steps, its cost, its memory |
//! | [`convolution`] | windows, stride and dilation, layers of networks |
//! | [`gradients`] | the way back through a contraction |
//! | [`elements`] | which numbers have kernels, and how to bring one's own |
//! | [`errors`] | what is checked when, and how it is said |
//! | [`performance`] | what runs when, and what to do about a slow call |
//! | [`from_numpy`] | the same call here and there |
//! | [`from_torch`] | likewise, and layers |
//!
//! The reference is with the macros themselves: [`einsum!`](crate::einsum) first.

#[doc = include_str!("guide/notation.md")]
pub mod notation {}

#[doc = include_str!("guide/operands.md")]
pub mod operands {}

#[doc = include_str!("guide/many_operands.md")]
pub mod many_operands {}

#[doc = include_str!("guide/convolution.md")]
pub mod convolution {}

#[doc = include_str!("guide/gradients.md")]
pub mod gradients {}

#[doc = include_str!("guide/elements.md")]
pub mod elements {}

#[doc = include_str!("guide/errors.md")]
pub mod errors {}

#[doc = include_str!("guide/performance.md")]
pub mod performance {}

#[doc = include_str!("guide/from_numpy.md")]
pub mod from_numpy {}

#[doc = include_str!("guide/from_torch.md")]
pub mod from_torch {}
