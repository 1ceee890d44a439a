//! Memory for tests, between pages that must not be touched: what reads or writes beyond an array ends there, in every run of the tests and
//! without a sanitizer.

#[cfg(not(all(target_os = "linux", not(miri))))]
pub(super) use elsewhere::Guarded;
#[cfg(all(target_os = "linux", not(miri)))]
pub(super) use linux::Guarded;

#[cfg(all(target_os = "linux", not(miri)))]
mod linux {
    use core::{
        ffi::{c_int, c_void},
        marker::PhantomData,
        ops::{Deref, DerefMut},
        ptr, slice,
    };

    /// The largest size of pages, and how far beyond an array an access is found: a kernel that goes wrong by a row goes far.
    const GUARD: usize = 1 << 20;

    unsafe extern "C" {
        fn mmap(
            first: *mut c_void,
            bytes: usize,
            access: c_int,
            flags: c_int,
            file: c_int,
            from: i64,
        ) -> *mut c_void;
        fn mprotect(first: *mut c_void, bytes: usize, access: c_int) -> c_int;
        fn munmap(first: *mut c_void, bytes: usize) -> c_int;
    }

    /// An array whose last element ends at a page that cannot be accessed, or whose first begins after one.
    pub(in crate::kernel) struct Guarded<T> {
        map: *mut c_void,
        bytes: usize,
        first: *mut T,
        len: usize,
        elements: PhantomData<T>,
    }

    impl<T: Copy> Guarded<T> {
        pub(in crate::kernel) fn new(elements: &[T], at_the_end: bool) -> Guarded<T> {
            const NOTHING: c_int = 0;
            const READ_AND_WRITE: c_int = 1 | 2;
            /// Linux's `MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE`.
            const FRESH: c_int = 0x02 | 0x20 | 0x4000;
            let inside = size_of_val(elements).next_multiple_of(64 << 10);
            let bytes = inside + 2 * GUARD;
            // SAFETY: a new mapping, wherever the system likes; likewise below.
            let map = unsafe { mmap(ptr::null_mut(), bytes, NOTHING, FRESH, -1, 0) };
            assert!(map.addr() as isize != -1, "no memory");
            let start = map.wrapping_byte_add(GUARD);
            // SAFETY: the pages between the guards are this mapping's.
            assert!(inside == 0 || unsafe { mprotect(start, inside, READ_AND_WRITE) } == 0);
            let before = if at_the_end { inside - size_of_val(elements) } else { 0 };
            let first = start.wrapping_byte_add(before).cast::<T>();
            // SAFETY: there is room for them; ends of pages are aligned for every number of whole elements.
            unsafe { ptr::copy_nonoverlapping(elements.as_ptr(), first, elements.len()) };
            Guarded { map, bytes, first, len: elements.len(), elements: PhantomData }
        }
    }

    impl<T> Drop for Guarded<T> {
        fn drop(&mut self) {
            // SAFETY: the mapping is this one's, and nothing points to it any more.
            unsafe { munmap(self.map, self.bytes) };
        }
    }

    impl<T> Deref for Guarded<T> {
        type Target = [T];

        fn deref(&self) -> &[T] {
            // SAFETY: `new` wrote them.
            unsafe { slice::from_raw_parts(self.first, self.len) }
        }
    }

    impl<T> DerefMut for Guarded<T> {
        fn deref_mut(&mut self) -> &mut [T] {
            // SAFETY: `new` wrote them, and they are not shared.
            unsafe { slice::from_raw_parts_mut(self.first, self.len) }
        }
    }
}

/// Just memory: other systems, and Miri, which sees more anyway.
#[cfg(not(all(target_os = "linux", not(miri))))]
mod elsewhere {
    use alloc::vec::Vec;
    use core::ops::{Deref, DerefMut};

    pub(in crate::kernel) struct Guarded<T>(Vec<T>);

    impl<T: Copy> Guarded<T> {
        pub(in crate::kernel) fn new(elements: &[T], _: bool) -> Guarded<T> {
            Guarded(elements.to_vec())
        }
    }

    impl<T> Deref for Guarded<T> {
        type Target = [T];

        fn deref(&self) -> &[T] {
            &self.0
        }
    }

    impl<T> DerefMut for Guarded<T> {
        fn deref_mut(&mut self) -> &mut [T] {
            &mut self.0
        }
    }
}
