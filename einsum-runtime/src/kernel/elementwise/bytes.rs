//! Rows of bytes: copied, filled, repeated, and copied past the caches. Compiled once, for no instruction set.

use super::super::{simd::stream_line, transpose::LINE};
use core::mem::MaybeUninit;

/// `rows` rows of `bytes` bytes; steps are in bytes.
pub(super) struct CopyRows {
    pub(super) rows: usize,
    pub(super) bytes: usize,
    pub(super) to: *mut u8,
    pub(super) to_step: isize,
    pub(super) from: *const u8,
    pub(super) from_step: isize,
}

/// From so many bytes on a row is worth a call of `memcpy`.
const LONG: usize = 128;

impl CopyRows {
    /// # Safety
    /// - All of `from` may be read, all of `to` written, and they do not overlap.
    pub(super) unsafe fn copy(&self) {
        match self.bytes {
            LONG.. => {
                for row in 0..self.rows {
                    let (to, from) = self.row(row);
                    // SAFETY: the caller's promises about this row.
                    unsafe { core::ptr::copy_nonoverlapping(from, to, self.bytes) };
                }
            }
            // SAFETY: the caller's promises; rows are not shorter.
            16.. => unsafe { self.in_blocks::<16>() },
            // SAFETY: as above.
            8.. => unsafe { self.in_blocks::<8>() },
            // SAFETY: as above.
            4.. => unsafe { self.in_blocks::<4>() },
            // SAFETY: as above.
            _ => unsafe { self.in_blocks::<1>() },
        }
    }

    /// Copies them past the caches; [`fence`](super::super::simd::fence) must follow. With `from_line`, each row begins with the first line
    /// that begins after its first byte: what is before has been written. With `to_line` it ends where the last line begins that would not
    /// be whole: another copy begins with it.
    ///
    /// # Safety
    /// - As for [`CopyRows::copy`].
    pub(super) unsafe fn stream(&self, from_line: bool, to_line: bool) {
        for row in 0..self.rows {
            let (to, from) = self.row(row);
            let before = if from_line { LINE - to.addr() % LINE } else { 0 };
            let after = if to_line { (to.addr() + self.bytes) % LINE } else { 0 };
            let bytes = self.bytes.saturating_sub(before + after);
            let (to, from) = (to.wrapping_add(before), from.wrapping_add(before));
            let head = (to.addr().wrapping_neg() % LINE).min(bytes);
            let end = head + (bytes - head) / LINE * LINE;
            // SAFETY: the row has `head` bytes.
            unsafe { core::ptr::copy_nonoverlapping(from, to, head) };
            let mut at = head;
            while at < end {
                // SAFETY: a whole line is left of the row, and `to + at` is at the start of one.
                unsafe { stream_line(to.wrapping_add(at), from.wrapping_add(at)) };
                at += LINE;
            }
            // SAFETY: what is left of the row.
            unsafe {
                core::ptr::copy_nonoverlapping(from.wrapping_add(end), to.wrapping_add(end), bytes - end)
            };
        }
    }

    #[inline(always)]
    fn row(&self, row: usize) -> (*mut u8, *const u8) {
        (
            self.to.wrapping_offset(self.to_step * row as isize),
            self.from.wrapping_offset(self.from_step * row as isize),
        )
    }

    /// Copies rows of `N` bytes or more in blocks, of which the last one overlaps the one before.
    ///
    /// # Safety
    /// - The promises of [`CopyRows::copy`], and no row is shorter than `N` bytes, unless it has none.
    #[inline(always)]
    unsafe fn in_blocks<const N: usize>(&self) {
        for row in 0..self.rows {
            let (to, from) = self.row(row);
            let mut start = 0;
            while start < self.bytes {
                let n = start.min(self.bytes - N);
                // SAFETY: `n + N <= bytes`.
                let block = unsafe { from.wrapping_add(n).cast::<[MaybeUninit<u8>; N]>().read() };
                // SAFETY: as above.
                unsafe { to.wrapping_add(n).cast::<[MaybeUninit<u8>; N]>().write(block) };
                start += N;
            }
        }
    }
}

/// Rows of `len` elements of `size` bytes that are to be all one value, that of their row.
pub(super) struct FillRows {
    pub(super) rows: usize,
    pub(super) len: usize,
    pub(super) size: usize,
    pub(super) to: *mut u8,
    pub(super) to_step: isize,
    pub(super) value: *const u8,
    pub(super) value_step: isize,
}

impl FillRows {
    /// # Safety
    /// - All rows may be written, and a value for each be read, which is not in them.
    pub(super) unsafe fn fill(&self) {
        match self.size {
            // SAFETY: the caller's promises.
            1 => unsafe { self.fill_with::<u8>() },
            // SAFETY: as above.
            2 => unsafe { self.fill_with::<u16>() },
            // SAFETY: as above.
            4 => unsafe { self.fill_with::<u32>() },
            // SAFETY: as above.
            8 => unsafe { self.fill_with::<u64>() },
            // SAFETY: as above.
            16 => unsafe { self.fill_with::<[u64; 2]>() },
            _ => unreachable!("no element has this size"),
        }
    }

    /// # Safety
    /// - Those of [`FillRows::fill`]; `B` has the size of an element.
    #[inline(always)]
    unsafe fn fill_with<B: Copy>(&self) {
        for row in 0..self.rows as isize {
            let to = self.to.wrapping_offset(self.to_step * row).cast::<MaybeUninit<B>>();
            let value = self.value.wrapping_offset(self.value_step * row).cast::<MaybeUninit<B>>();
            // SAFETY: the caller's promises.
            let value = unsafe { value.read_unaligned() };
            for n in 0..self.len {
                // SAFETY: `n < len`.
                unsafe { to.wrapping_add(n).write_unaligned(value) };
            }
        }
    }
}

/// The most times that [`RepeatRows`] writes an element.
pub(super) const MOST_TIMES: usize = 4;

/// Rows of `len` elements of `size` bytes, of which each is written several `times` in a row.
#[derive(Clone, Copy)]
pub(super) struct RepeatRows {
    pub(super) rows: usize,
    pub(super) len: usize,
    pub(super) size: usize,
    pub(super) times: usize,
    pub(super) to: *mut u8,
    pub(super) to_step: isize,
    pub(super) from: *const u8,
    pub(super) from_step: isize,
}

impl RepeatRows {
    /// Whether there is code for elements of so many bytes.
    pub(super) fn has(size: usize) -> bool {
        matches!(size, 4 | 8 | 16)
    }

    /// # Safety
    /// - All of `from` may be read, all of `to` written, and they do not overlap;
    /// - there is code for the elements, and `times` is 2 to [`MOST_TIMES`].
    pub(super) unsafe fn repeat(&self) {
        match self.size {
            // SAFETY: the caller's promises.
            4 => unsafe { self.repeat_elements::<u32>() },
            // SAFETY: as above.
            8 => unsafe { self.repeat_elements::<u64>() },
            // SAFETY: as above.
            _ => unsafe { self.repeat_elements::<[u64; 2]>() },
        }
    }

    /// # Safety
    /// - Those of [`RepeatRows::repeat`]; `B` has the size of an element.
    #[inline(always)]
    unsafe fn repeat_elements<B: Copy>(&self) {
        match self.times {
            // SAFETY: the caller's promises.
            2 => unsafe { self.repeat_times::<B, 2>() },
            // SAFETY: as above.
            3 => unsafe { self.repeat_times::<B, 3>() },
            // SAFETY: as above.
            _ => unsafe { self.repeat_times::<B, MOST_TIMES>() },
        }
    }

    /// # Safety
    /// - Those of [`RepeatRows::repeat`]; `B` has the size of an element, and `N` is how often it is written.
    #[inline(always)]
    unsafe fn repeat_times<B: Copy, const N: usize>(&self) {
        for row in 0..self.rows as isize {
            let to = self.to.wrapping_offset(self.to_step * row).cast::<[MaybeUninit<B>; N]>();
            let from = self.from.wrapping_offset(self.from_step * row).cast::<MaybeUninit<B>>();
            let mut n = 0;
            // Four at a time: a vector or several.
            while n + 4 <= self.len {
                // SAFETY: `n + 4 <= len`.
                let four = unsafe { from.wrapping_add(n).cast::<[MaybeUninit<B>; 4]>().read_unaligned() };
                let repeated = four.map(|element| [element; N]);
                // SAFETY: as above.
                unsafe { to.wrapping_add(n).cast::<[[MaybeUninit<B>; N]; 4]>().write_unaligned(repeated) };
                n += 4;
            }
            while n < self.len {
                // SAFETY: `n < len`.
                let element = unsafe { from.wrapping_add(n).read_unaligned() };
                // SAFETY: as above.
                unsafe { to.wrapping_add(n).write_unaligned([element; N]) };
                n += 1;
            }
        }
    }
}
