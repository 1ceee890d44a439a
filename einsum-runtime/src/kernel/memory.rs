//! x
use super::element::Element;
use alloc::vec::Vec;
use core::mem::MaybeUninit;
pub(crate) fn allocate<T>(len: usize) -> Vec<MaybeUninit<T>> {
    let mut v = Vec::with_capacity(len);
    unsafe { v.set_len(len) };
    v
}
