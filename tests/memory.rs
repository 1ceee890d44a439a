//! Memory: a convolution takes a few megabytes beside its operands and its result, whatever their size, and never a copy of the windows. Conjugated
//! operands are not copied.
//!
//! `cargo test --release --test memory -- --nocapture` prints a table.

use ndarray::{LinalgScalar, prelude::*};
use ndeinsum::{einsum, einsum_vjp, sliding_windows};
use num_complex::Complex;
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

/// A result, or several.
trait Bytes: Send {
    fn bytes(&self) -> usize;
}

impl<T: Send, D: Dimension> Bytes for Array<T, D> {
    fn bytes(&self) -> usize {
        self.len() * size_of::<T>()
    }
}

/// One number, on the stack.
impl<T: Send> Bytes for Complex<T> {
    fn bytes(&self) -> usize {
        0
    }
}

impl<A: Bytes, B: Bytes> Bytes for (A, B) {
    fn bytes(&self) -> usize {
        self.0.bytes() + self.1.bytes()
    }
}

/// The most that `call` allocates at one time beyond its result, on so many threads that have nothing from calls before.
fn beyond_result<R: Bytes>(threads: usize, call: impl Fn() -> R + Sync) -> usize {
    let measure = || {
        let before = IN_USE.load(Relaxed);
        PEAK.store(before, Relaxed);
        let result = black_box(call());
        // A thread that has just started may free a little meanwhile.
        (PEAK.load(Relaxed) - before).saturating_sub(result.bytes())
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

fn check<T, R: Bytes>(name: &str, call: impl Fn() -> R + Sync) {
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
            check::<T, _>(&format!("{pixels}² · {side}×{side}"), || {
                einsum!("xyij,ij->xy", windows, kernel)
            });
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
        check::<T, _>(&name, || einsum!("nijkde,oide->nojk", windows, filters));
        let gradients = Array4::<T>::ones((n, o, outputs, outputs));
        let windows = sliding_windows(&images, [Axis(2), Axis(3)], [outputs, outputs]);
        check::<T, _>(&format!("{name}, gradient"), || einsum!("nijkde,node->oijk", windows, gradients));
    }
}

/// Layers by affine axes, forward, and the gradients of images and filters.
fn affine_layers<T: LinalgScalar + Send + Sync>() {
    macro_rules! each {
        ($name:expr, $images:expr, $filters:expr, $($text:literal)+) => { $(
            let (images, filters) = (&$images, &$filters);
            let cotangent = Array4::<T>::ones(einsum!($text, images, filters).raw_dim());
            check::<T, _>(&format!("{}, {}", $text, $name), || einsum!($text, images, filters));
            let name = format!("{}, {}, gradients", $text, $name);
            check::<T, _>(&name, || einsum_vjp!($text, images, filters; cotangent));
        )+ };
    }
    for (n, i, o, pixels) in [(32, 16, 32, 28), (8, 64, 64, 56), (1, 4, 8, 600), (1, 64, 4, 300)] {
        let name = format!("{n} images, {i} to {o} channels, {pixels}²");
        let (images, filters) = (Array4::<T>::ones((n, pixels, pixels, i)), Array4::<T>::ones((3, 3, i, o)));
        each!(name, images, filters, "n(x+i)(y+j)c,ijco->nxyo" "n(2x+i)(2y+j)c,ijco->nxyo" "n(x+2i)(y+2j)c,ijco->nxyo");
        let (images, filters) = (Array4::<T>::ones((n, i, pixels, pixels)), Array4::<T>::ones((o, i, 3, 3)));
        each!(name, images, filters, "nc(x+i)(y+j),ocij->noxy" "nc(2x+i)(2y+j),ocij->noxy" "nc(x+2i)(y+2j),ocij->noxy");
    }
}

/// One large image, which has no batch that could be cut.
fn affine_images<T: LinalgScalar + Send + Sync>() {
    for (pixels, side) in [(1024, 3), (3000, 5)] {
        let (image, kernel) = (Array2::<T>::ones((pixels, pixels)), Array2::<T>::ones((side, side)));
        let cotangent = Array2::<T>::ones((pixels - side + 1, pixels - side + 1));
        let name = format!("(x+i)(y+j),ij->xy, {pixels}² · {side}×{side}");
        check::<T, _>(&name, || einsum!("(x+i)(y+j),ij->xy", image, kernel));
        let name = format!("{name}, gradients");
        check::<T, _>(&name, || einsum_vjp!("(x+i)(y+j),ij->xy", image, kernel; cotangent));
    }
}

/// Conjugated operands: nothing that grows with them, beside what the same call takes without.
fn conjugates() {
    type C = Complex<f64>;
    let (a, b) = (Array2::<C>::ones((1000, 1000)), Array2::<C>::ones((1000, 1000)));
    let (x, y, z) = (Array1::<C>::ones(1 << 20), Array1::<C>::ones(1 << 20), Array1::<C>::ones(1000));
    let mut output = Array2::<C>::ones((1000, 1000));
    macro_rules! compare {
        ($name:literal, $plain:expr, $conjugated:expr) => {
            let [plain, conjugated] = [beyond_result(1, || $plain), beyond_result(1, || $conjugated)];
            println!("| `{}`, without and with | {plain} B | {conjugated} B |", $name);
            assert!(conjugated <= plain + (80 << 10), "{}: {conjugated} bytes, without {plain}", $name);
        };
    }
    compare!("ij,kj->ik, a, conj(b)", einsum!("ij,kj->ik", a, b), einsum!("ij,kj->ik", a, conj(b)));
    compare!("ij,kj->ik, conj(a), b", einsum!("ij,kj->ik", a, b), einsum!("ij,kj->ik", conj(a), b));
    compare!("ij,j->i, conj(a), z", einsum!("ij,j->i", a, z), einsum!("ij,j->i", conj(a), z));
    compare!("i,i->, conj(x), y", einsum!("i,i->", x, y), einsum!("i,i->", conj(x), y));
    compare!("ij,ij->ij, conj(a), b", einsum!("ij,ij->ij", a, b), einsum!("ij,ij->ij", conj(a), b));
    compare!("ij->ji, conj(a)", einsum!("ij->ji", a), einsum!("ij->ji", conj(a)));
    compare!(
        "ij,jk,kl->il, a, conj(b), a",
        einsum!("ij,jk,kl->il", a, b, a),
        einsum!("ij,jk,kl->il", a, conj(b), a)
    );
    let conjugate = |a: &Array2<C>| a.mapv(|element| element.conj());
    assert!(
        beyond_result(1, || einsum!("ij,kj->ik", a, conjugate(&b))) >= b.bytes(),
        "the measure sees copies"
    );
    // The gradients of a product are two products, and their operands are the cotangent and the factors.
    let bytes = beyond_result(1, || einsum_vjp!("ij,jk->ik", a, b; output));
    assert!(bytes < MOST, "{bytes} bytes for gradients");
    einsum!(output += "ij,kj->ik", a, conj(b));
}

// One test: another one would allocate meanwhile.
#[test]
fn little_is_taken_beside_results() {
    println!("| | one thread | four threads |\n| --- | --: | --: |");
    windows::<f64>();
    windows::<f32>();
    layers::<f64>();
    layers::<f32>();
    affine_layers::<f64>();
    affine_layers::<f32>();
    affine_images::<f64>();
    affine_images::<f32>();
    conjugates();
    // The way of `ndarray` has a copy of all windows: the measure sees such things.
    let image = Array2::<f64>::ones((1024, 1024));
    let windows = sliding_windows(&image, [Axis(0), Axis(1)], [3, 3]);
    assert!(beyond_result(1, || windows.to_owned().sum_axis(Axis(3)).sum_axis(Axis(2))) > MOST);
}
