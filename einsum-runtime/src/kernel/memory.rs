//! Room for large fresh outputs.
//!
//! The first write to each page of fresh memory costs a fault, and for a large output that is more than the writing. On Linux pages can be
//! asked to be larger ("transparent huge pages", where the system's setting is `madvise` or `always`): one fault for 512 pages. The memory is
//! an ordinary vector's, of the alignment of its elements, and is freed as one.

use alloc::vec::Vec;
use core::mem::MaybeUninit;

/// An output of so many bytes is asked to have huge pages. Below, the memory is often the allocator's from before, and was touched.
#[cfg(all(feature = "std", target_os = "linux", not(miri)))]
const HUGE_FROM: usize = 4 << 20;

/// Elements that are still to be written.
///
/// # Panics
/// If no vector can have so many.
#[inline]
pub(crate) fn allocate<T>(len: usize) -> Vec<MaybeUninit<T>> {
    let mut elements: Vec<MaybeUninit<T>> = Vec::with_capacity(len);
    // SAFETY: there is room for them, and they need not be initialised.
    unsafe { elements.set_len(len) };
    #[cfg(all(feature = "std", target_os = "linux", not(miri)))]
    if size_of_val(&elements[..]) >= HUGE_FROM {
        advise_huge_pages(elements.as_ptr().cast(), size_of_val(&elements[..]));
    }
    elements
}

/// Asks for huge pages where all of a page belongs to the vector. An advice may be refused; nothing depends on it.
#[cfg(all(feature = "std", target_os = "linux", not(miri)))]
#[cold]
fn advise_huge_pages(first: *const u8, bytes: usize) {
    // Addresses that are multiples of it are so of every smaller size of pages; the largest that Linux has as the usual size.
    const PAGE: usize = 64 << 10;
    let first = first.cast_mut();
    let before = first.addr().next_multiple_of(PAGE) - first.addr();
    let whole = (bytes - before) / PAGE * PAGE;
    // SAFETY: the pages are inside the vector, and this advice changes nothing that is in them.
    unsafe { libc::madvise(first.wrapping_add(before).cast(), whole, libc::MADV_HUGEPAGE) };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_length_can_be_written_and_freed() {
        // Around the size from which pages are asked for, and not a multiple of any page.
        for len in [0, 1, (4 << 20) - 1, 4 << 20, (4 << 20) + 1, (9 << 20) + 77] {
            let mut elements = allocate::<u8>(len);
            assert_eq!(elements.len(), len);
            elements.iter_mut().for_each(|element| {
                element.write(1);
            });
        }
        let mut elements = allocate::<u64>(3 << 20);
        elements.iter_mut().for_each(|element| {
            element.write(1);
        });
    }
}
