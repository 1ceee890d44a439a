//! Memory: a convolution takes a few megabytes beside its operands and its result, whatever their size, and never a copy of the windows.
//!
//! `cargo test --release --test memory -- --nocapture` prints a table.

use ndarray::{LinalgScalar, prelude::*};
use ndeinsum::{einsum, sliding_windows};
use std::{
    alloc::{GlobalAlloc, Layout, System},
    any::type_name,
    hint::black_box,
    sync::atomic::{AtomicUsize, Ordering::Relaxed},
};

/// What a call may take beyond its operands and its result, in bytes.
const MOST: usize = 8 << 20;

static IN_USE: AtomicUsize = AtomicUsize::new(0);
static PEAK: AtomicUsize = AtomicUsize::new(0);

/// The system's allocator, counted, in all threads.
struct Counting;

// SAFETY: all requests go to `System` as they are; the counters touch no memory of theirs. What is moved to another place is there twice for
// a while, as the default of `realloc` has it.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        PEAK.fetch_max(IN_USE.fetch_add(layout.size(), Relaxed) + layout.size(), Relaxed);
        // SAFETY: the caller's promises are those of `System`.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        IN_USE.fetch_sub(layout.size(), Relaxed);
        // SAFETY: as above.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// The most that `call` allocates at one time beyond its result, on so many threads that have nothing from calls before.
fn beyond_result<T: Send, D: Dimension>(threads: usize, call: impl Fn() -> Array<T, D> + Sync) -> usize {
    let measure = || {
        let before = IN_USE.load(Relaxed);
        PEAK.store(before, Relaxed);
        let result = black_box(call());
        // A thread that has just started may free a little meanwhile.
        (PEAK.load(Relaxed) - before).saturating_sub(result.len() * size_of::<T>())
    };
    #[cfg(feature = "rayon")]
    {
        let pool =
            rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("threads can be started");
        // The threads stay: the memory of one that ends at some later time would be missing there.
        Box::leak(Box::new(pool)).install(measure)
    }
    #[cfg(not(feature = "rayon"))]
    {
        let _ = threads;
        std::thread::scope(|scope| scope.spawn(measure).join().expect("no panic"))
    }
}

fn check<T: LinalgScalar + Send, D: Dimension>(name: &str, call: impl Fn() -> Array<T, D> + Sync) {
    let bytes = [1, 4].map(|threads| beyond_result(threads, &call));
    let [one, four] = bytes.map(|bytes| bytes as f64 / 1024.0);
    println!("| `{name}`, `{}` | {one:.1} KiB | {four:.1} KiB |", type_name::<T>());
    // Every thread has memory of its own, as every core has caches.
    assert!(bytes[0] < MOST, "{name}: {} bytes on one thread", bytes[0]);
    assert!(bytes[1] < 4 * MOST, "{name}: {} bytes on four threads", bytes[1]);
}

fn windows<T: LinalgScalar + Send + Sync>() {
    for pixels in [28, 256, 1024, 3000] {
        for side in [3, 5] {
            let image = Array2::<T>::ones((pixels, pixels));
            let kernel = Array2::<T>::ones((side, side));
            let windows = sliding_windows(&image, [Axis(0), Axis(1)], [side, side]);
            check(&format!("{pixels}² · {side}×{side}"), || einsum!("xyij,ij->xy", windows, kernel));
        }
    }
}

fn layers<T: LinalgScalar + Send + Sync>() {
    for (n, i, o, pixels) in
        [(1, 8, 8, 14), (32, 3, 16, 28), (32, 16, 32, 28), (4, 64, 64, 56), (64, 3, 8, 224)]
    {
        let outputs = pixels - 2;
        let images = Array4::<T>::ones((n, i, pixels, pixels));
        let filters = Array4::<T>::ones((o, i, 3, 3));
        let windows = sliding_windows(&images, [Axis(2), Axis(3)], [3, 3]);
        let name = format!("{n} images, {i} to {o} channels, {pixels}²");
        check(&name, || einsum!("nijkde,oide->nojk", windows, filters));
        let gradients = Array4::<T>::ones((n, o, outputs, outputs));
        let windows = sliding_windows(&images, [Axis(2), Axis(3)], [outputs, outputs]);
        check(&format!("{name}, gradient"), || einsum!("nijkde,node->oijk", windows, gradients));
    }
}

// One test: another one would allocate meanwhile.
#[test]
fn convolutions_take_little_beside_their_result() {
    println!("| | one thread | four threads |\n| --- | --: | --: |");
    windows::<f64>();
    windows::<f32>();
    layers::<f64>();
    layers::<f32>();
    // The way of `ndarray` has a copy of all windows: the measure sees such things.
    let image = Array2::<f64>::ones((1024, 1024));
    let windows = sliding_windows(&image, [Axis(0), Axis(1)], [3, 3]);
    assert!(beyond_result(1, || windows.to_owned().sum_axis(Axis(3)).sum_axis(Axis(2))) > MOST);
}
