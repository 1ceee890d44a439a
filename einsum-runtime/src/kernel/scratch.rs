//! Memory that kernels work in: packed blocks, and tables of offsets. It is bounded by the sizes of cache blocks, a few MiB.
//!
//! With `std` every thread keeps it for the next call.

use super::product::Tables;
use alloc::vec::Vec;
use core::mem::MaybeUninit;

/// Memory is aligned to cache lines, so that no vector lies across two.
#[derive(Clone, Copy)]
#[repr(C, align(64))]
pub(crate) struct CacheLine([MaybeUninit<u8>; 64]);

/// Memory for two packed blocks, and for the tables of their offsets.
#[derive(Default)]
pub(crate) struct Scratch {
    pub(crate) blocks: Blocks,
    pub(crate) tables: Tables,
}

/// Memory for two packed blocks.
#[derive(Default)]
pub(crate) struct Blocks(Vec<CacheLine>);

#[cfg(feature = "std")]
std::thread_local! {
    static KEPT: core::cell::Cell<Scratch> = const { core::cell::Cell::new(Scratch { blocks: Blocks(Vec::new()), tables: Tables::EMPTY }) };
}

impl Scratch {
    /// This thread's memory. A call within a call gets memory of its own.
    #[inline]
    pub(crate) fn take() -> Scratch {
        // While the thread ends there is nothing kept any more.
        #[cfg(feature = "std")]
        return KEPT.try_with(core::cell::Cell::take).unwrap_or_default();
        #[cfg(not(feature = "std"))]
        Scratch::default()
    }

    /// Keeps the memory for the next call of this thread.
    #[inline]
    pub(crate) fn keep(self) {
        #[cfg(feature = "std")]
        let _ = KEPT.try_with(|kept| kept.set(self));
    }
}

impl Blocks {
    /// Two pieces of memory for numbers, uninitialised, each at a cache line.
    #[inline]
    pub(crate) fn pair<T>(
        &mut self,
        first: usize,
        second: usize,
    ) -> (&mut [MaybeUninit<T>], &mut [MaybeUninit<T>]) {
        let lines = |count: usize| (count * size_of::<T>()).div_ceil(size_of::<CacheLine>());
        let needed = lines(first) + lines(second);
        if self.0.len() < needed {
            self.0 = Vec::with_capacity(needed);
            // SAFETY: there is room for as many, and they may be uninitialised.
            unsafe { self.0.set_len(needed) };
        }
        let (one, other) = self.0.split_at_mut(lines(first));
        (numbers(one, first), numbers(other, second))
    }
}

fn numbers<T>(lines: &mut [CacheLine], count: usize) -> &mut [MaybeUninit<T>] {
    assert!(align_of::<T>() <= align_of::<CacheLine>() && count * size_of::<T>() <= size_of_val(lines));
    // SAFETY: there is room for as many, they are aligned, and may be uninitialised.
    unsafe { core::slice::from_raw_parts_mut(lines.as_mut_ptr().cast(), count) }
}
