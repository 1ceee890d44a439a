//! x
use super::{dims::Group, element::{Element, Store}, simd::Isa};
pub(crate) unsafe fn run<T: Element>(isa: Isa, loops: &Group, store: Store<T>, output: *mut T, left: *const T, right: Option<*const T>) {
    for at in loops.all_offsets() {
        let l = unsafe { *left.wrapping_offset(at.left) };
        let v = match right { Some(r) => l * unsafe { *r.wrapping_offset(at.right) }, None => l };
        unsafe { store.one(output.wrapping_offset(at.output), v) };
    }
}
