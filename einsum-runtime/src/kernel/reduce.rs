//! x
use super::{dims::Group, element::{Element, Store}, simd::Isa};
pub(crate) unsafe fn run<T: Element>(isa: Isa, kept: &Group, contracted: &Group, store: Store<T>, output: *mut T, left: *const T, right: Option<*const T>) -> bool { false }
