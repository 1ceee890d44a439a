//! What a call has planned, for the next time that it meets the same shapes.
//!
//! A list that only grows, of at most [`Memo::MOST`] programs, is read without a lock: it belongs to a place in the program, so it lives
//! as long. Where shapes change at every call, those that come late are planned each time.

use super::program::{Program, Request};
use alloc::{boxed::Box, vec::Vec};
use core::{
    ptr,
    sync::atomic::{AtomicPtr, Ordering},
};

/// The programs of one call in the source.
pub(super) struct Memo {
    first: AtomicPtr<Entry>,
}

struct Entry {
    key: Vec<usize>,
    program: Program,
    /// How many there are up to this one.
    count: usize,
    next: *const Entry,
}

/// A program, remembered or not.
pub(super) enum Planned {
    Remembered(&'static Program),
    Once(Box<Program>),
}

impl Planned {
    pub(super) fn get(&self) -> &Program {
        match self {
            Planned::Remembered(program) => program,
            Planned::Once(program) => program,
        }
    }
}

impl Memo {
    /// So many different shapes are remembered.
    const MOST: usize = 64;

    /// Nothing is planned yet.
    pub(super) const fn new() -> Memo {
        Memo { first: AtomicPtr::new(ptr::null_mut()) }
    }

    /// The program of a request.
    pub(super) fn get(&'static self, request: &Request<'_>) -> Planned {
        let first = self.first.load(Ordering::Acquire);
        let mut at: *const Entry = first;
        // SAFETY: an entry is complete before its address is stored, and is neither changed nor freed from then on; likewise below.
        while let Some(entry) = unsafe { at.as_ref() } {
            if request.is(&entry.key) {
                return Planned::Remembered(&entry.program);
            }
            at = entry.next;
        }
        let program = Program::new(request);
        // SAFETY: as above.
        let count = unsafe { first.as_ref() }.map_or(0, |entry| entry.count);
        if count == Self::MOST {
            return Planned::Once(Box::new(program));
        }
        let entry =
            Box::into_raw(Box::new(Entry { key: request.key(), program, count: count + 1, next: first }));
        match self.first.compare_exchange(first, entry, Ordering::AcqRel, Ordering::Acquire) {
            // SAFETY: as above.
            Ok(_) => Planned::Remembered(unsafe { &(*entry).program }),
            // Another thread was faster: this program serves this call only, and the next one finds room again.
            Err(_) => {
                // SAFETY: it was made above, and nobody else has seen it.
                let entry = unsafe { Box::from_raw(entry) };
                Planned::Once(Box::new(entry.program))
            }
        }
    }
}

// A place in the source never ends, but one that a test has made does.
impl Drop for Memo {
    fn drop(&mut self) {
        let mut at = *self.first.get_mut();
        while !at.is_null() {
            // SAFETY: `get` has made every entry of the list by `Box::into_raw`, and since it asks for a place that lives for ever, nobody has a program
            // of one that ends.
            let entry = unsafe { Box::from_raw(at) };
            at = entry.next.cast_mut();
        }
    }
}

// Programs are shared between threads.
const _: fn() = || {
    fn is_shared<T: Send + Sync>() {}
    is_shared::<Program>();
};
