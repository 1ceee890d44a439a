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
    if size_of_val(elements.as_slice()) >= HUGE_FROM {
        linux::advise_huge_pages(elements.as_mut_ptr().cast(), size_of_val(elements.as_slice()));
    }
    elements
}

/// Whether the end of so many bytes has never been touched, as far as one can tell: the system gives the memory when it is written, and has
/// just zeroed it then, so that it is in the caches.
pub(super) fn is_fresh(first: *const u8, bytes: usize) -> bool {
    #[cfg(all(feature = "std", target_os = "linux", not(miri)))]
    return linux::is_fresh(first, bytes);
    #[cfg(not(all(feature = "std", target_os = "linux", not(miri))))]
    {
        let _ = (first, bytes);
        false
    }
}

/// Two functions of the C library, which the standard library is linked with anyway: the crate `libc` would be a fifth of what this crate
/// takes to build, for two lines.
#[cfg(all(feature = "std", target_os = "linux", not(miri)))]
mod linux {
    use core::ffi::{c_int, c_void};

    /// The advice that pages be huge; the same number on all of Linux.
    const MADV_HUGEPAGE: c_int = 14;
    /// Addresses that are multiples of it are so of every smaller size of pages; the largest that Linux has as the usual size.
    const PAGE: usize = 64 << 10;

    unsafe extern "C" {
        fn madvise(first: *mut c_void, bytes: usize, advice: c_int) -> c_int;
        fn mincore(first: *mut c_void, bytes: usize, pages: *mut u8) -> c_int;
    }

    /// Asks for huge pages where all of a page belongs to these bytes. An advice may be refused; nothing depends on it.
    pub(super) fn advise_huge_pages(first: *mut u8, bytes: usize) {
        let before = first.addr().next_multiple_of(PAGE) - first.addr();
        let whole = bytes.saturating_sub(before) / PAGE * PAGE;
        // SAFETY: the pages are inside the caller's memory, and this advice changes nothing that is in them.
        unsafe { madvise(first.wrapping_add(before).cast(), whole, MADV_HUGEPAGE) };
    }

    pub(super) fn is_fresh(first: *const u8, bytes: usize) -> bool {
        if bytes < 2 * PAGE {
            return false;
        }
        let last = first.wrapping_add(bytes - 1);
        let page = last.wrapping_sub(last.addr() % PAGE).cast_mut();
        let mut is_present = 1;
        // SAFETY: one byte at the start of a page is one page, for which there is one answer; the memory is not touched.
        let result = unsafe { mincore(page.cast(), 1, &raw mut is_present) };
        result == 0 && is_present & 1 == 0
    }

    #[cfg(test)]
    mod tests {
        use super::super::*;

        #[test]
        fn memory_is_fresh_until_it_is_written() {
            let bytes = 64 << 20;
            let mut elements = allocate::<u8>(bytes);
            let first = elements.as_ptr().cast();
            // A system may give pages earlier than they are needed, but does not forget them.
            assert!(is_fresh(first, bytes) || cfg!(not(target_arch = "x86_64")));
            elements.fill(MaybeUninit::new(1));
            assert!(!is_fresh(first, bytes));
        }
    }
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
