//! Memory: a call takes a few megabytes beside its operands, its result and the intermediates that are planned, whatever their size and
//! layout: never a copy of an operand, conjugated or not, nor of the windows of a convolution.
//!
//! `cargo test --release --test memory -- --nocapture` prints a table.

use ndarray::{LinalgScalar, prelude::*};
use ndeinsum::{einsum, einsum_path, einsum_vjp, sliding_windows};
use num_complex::Complex;
use std::{
    alloc::{GlobalAlloc, Layout, System},
    any::type_name,
    hint::black_box,
    sync::{
        Mutex,
        atomic::{AtomicUsize, Ordering::Relaxed},
    },
};

/// What a call may take beyond its operands and its result, in bytes.
const MOST: usize = 8 << 20;

static IN_USE: AtomicUsize = AtomicUsize::new(0);
static PEAK: AtomicUsize = AtomicUsize::new(0);

/// The calls that took more than they may.
static TOO_MUCH: Mutex<Vec<String>> = Mutex::new(Vec::new());

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

impl Bytes for f64 {
    fn bytes(&self) -> usize {
        0
    }
}

impl Bytes for f32 {
    fn bytes(&self) -> usize {
        0
    }
}

impl<A: Bytes, B: Bytes, C: Bytes> Bytes for (A, B, C) {
    fn bytes(&self) -> usize {
        self.0.bytes() + self.1.bytes() + self.2.bytes()
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
    check_beyond::<T, R>(name, 0, call);
}

/// With so many bytes that are known to be needed.
fn check_beyond<T, R: Bytes>(name: &str, known: usize, call: impl Fn() -> R + Sync) {
    let bytes = [1, 4].map(|threads| beyond_result(threads, &call));
    let [one, four] = bytes.map(|bytes| bytes as f64 / 1024.0);
    println!("| `{name}`, `{}` | {one:.1} KiB | {four:.1} KiB |", type_name::<T>());
    // Every thread has memory of its own, as every core has caches.
    for (threads, bytes, most) in [(1, bytes[0], known + MOST), (4, bytes[1], known + 4 * MOST)] {
        if bytes >= most {
            let element = type_name::<T>();
            TOO_MUCH
                .lock()
                .expect("no panic")
                .push(format!("{name} of {element}: {bytes} bytes, {threads} threads"));
        }
    }
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

/// Every class of step, on operands of more than [`MOST`] bytes in several layouts, fresh and into an array that exists.
fn classes<T: LinalgScalar + Send + Sync + Bytes>() {
    const ROWS: usize = 1600;
    const COLUMNS: usize = 1500;
    let (whole, wide) = (Array2::<T>::ones((ROWS, COLUMNS)), Array2::<T>::ones((COLUMNS, 2 * ROWS)));
    assert!(whole.bytes() > MOST);
    let other = Array2::<T>::ones((ROWS, COLUMNS));
    let (thin, few) = (Array2::<T>::ones((COLUMNS, 40)), Array2::<T>::ones((40, ROWS)));
    let (row, column) = (Array1::<T>::ones(COLUMNS), Array1::<T>::ones(ROWS));
    let (batch, batches) = (Array3::<T>::ones((300, 80, 100)), Array3::<T>::ones((300, 100, 30)));
    let (cube, long) = (Array3::<T>::ones((140, 140, 130)), Array1::<T>::ones(ROWS * COLUMNS));
    let layouts = [
        ("standard", whole.view()),
        ("turned", wide.slice(s![.., ..ROWS]).reversed_axes()),
        ("every second, backwards", wide.slice(s![..;-1, ..;2]).reversed_axes()),
    ];
    macro_rules! each {
        ($layout:expr; $($text:literal, $($operand:expr),+;)+) => { $(
            check::<T, _>(&format!("{}, {}", $text, $layout), || einsum!($text, $($operand),+));
        )+ };
    }
    for (layout, a) in layouts {
        each! { layout;
            "ij->ji", a;
            "ij->i", a;
            "ij->j", a;
            "ij->", a;
            "ij,ij->ij", a, other;
            "ij,ij->", a, other;
            "ij,ij->i", a, other;
            "ij,ij->j", other, a;
            "ij,j->i", a, row;
            "ij,i->j", a, column;
            "ij,jk->ik", a, thin;
            "ki,ij->jk", few, a;
            "ij,jk,k->i", a, thin, thin.row(0);
            "(2x+i)y,iy->xy", a, other.slice(s![..3, ..]);
        }
        let mut place = Array2::<T>::ones((COLUMNS, 40));
        let before = IN_USE.load(Relaxed);
        PEAK.store(before, Relaxed);
        einsum!(place += "ij,ik->jk", a, few.t());
        einsum!(place.slice_mut(s![..;-1, 0]) -= "ij->j", a);
        einsum!(place.slice_mut(s![.., ..;2]) = "ij,kj->jk", a, other.slice(s![..20, ..]));
        assert!(PEAK.load(Relaxed) - before < 4 * MOST, "into an array, {layout}");
    }
    each! { "standard";
        "bij,bjk->bik", batch, batches;
        "jib,kjb->ikb", batch.t(), batches.t();
        "ijk->kij", cube;
        "iij->j", cube;
        "iij->ij", cube;
        "i,i->i", long, long;
        "i,i->", long, long;
        "i,j->ij", column, row;
        "ij,kl->ik", whole, thin;
    }
    // Several steps: what the report says, and no more.
    let report = einsum_path!("ij,jk,kl->il", whole, thin, few);
    let planned = usize::try_from(report.peak_memory()).expect("it fits");
    check_beyond::<T, _>("ij,jk,kl->il", planned, || einsum!("ij,jk,kl->il", whole, thin, few));
}

/// Gradients take their own shapes, and what contractions with two or more operands need.
fn gradients<T: LinalgScalar + Send + Sync + Bytes>() {
    let (a, b) = (Array2::<T>::ones((1600, 1500)), Array2::<T>::ones((1500, 40)));
    let cotangent = Array2::<T>::ones((1600, 40));
    check::<T, _>("ij,jk->ik, gradients", || einsum_vjp!("ij,jk->ik", a, b; cotangent));
    check::<T, _>("ij->i, gradient", || einsum_vjp!("ij->i", a; cotangent.column(0)));
    check::<T, _>("ij->j, gradient", || einsum_vjp!("ij->j", a; b.column(0)));
    check::<T, _>("ij->ji, gradient", || einsum_vjp!("ij->ji", a; a.t()));
    check::<T, _>("ij,ij->, gradients", || einsum_vjp!("ij,ij->", a, a; T::one()));
    let square = Array2::<T>::ones((1500, 1500));
    check::<T, _>("ii->i, gradient", || einsum_vjp!("ii->i", square; b.column(0)));
    check::<T, _>("ii,ij->ij, gradients", || einsum_vjp!("ii,ij->ij", square, b; b));
    check::<T, _>(
        "ij,jk,kl->il, gradients",
        || einsum_vjp!("ij,jk,kl->il", a, b, b.slice(s![..40, ..]); cotangent),
    );
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
fn calls_take_little_beside_their_result() {
    println!("| | one thread | four threads |\n| --- | --: | --: |");
    classes::<f64>();
    classes::<f32>();
    gradients::<f64>();
    gradients::<f32>();
    conjugates();
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
    let too_much = TOO_MUCH.lock().expect("no panic");
    assert!(too_much.is_empty(), "{too_much:#?}");
}
