//! Vectors of numbers, and one way for all kernels to use the best of the CPU.
//!
//! A kernel is written once, generic over a [`Simd`], and marked `#[inline(always)]`; [`Isa::run`] is the only place that
//! chooses: it calls the kernel from a function that has the instruction set's features, so the whole kernel is compiled for them.
//! What such a kernel calls must be inlined as well (no function that is not `#[inline(always)]`, no closure that is not
//! called at once), or it is compiled without the features.
//!
//! The vectors are thin: `pulp`, the crate for this, gave the same code for the tile of the matrix product, but took 21 s to build
//! where `ndarray` takes 10 s.

#[cfg(target_arch = "x86_64")]
pub(crate) mod x86_64;

use super::{element::Element, transpose::square};

#[cfg(all(target_arch = "x86_64", not(miri)))]
pub(crate) use x86_64::{fence, prefetch, stream_line, transpose_4_32};

/// The lanes of the longest vector of any element and instruction set.
pub(crate) const MOST_LANES: usize = 32;

/// The instruction set that kernels use: found out once, or told by the environment variable `EINSUM_KERNEL`
/// (`portable`, `avx2` or `avx512`; what the CPU lacks is not chosen).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(not(feature = "std"), expect(dead_code, reason = "detection needs the standard library"))]
pub(crate) enum Isa {
    /// What every CPU of the target has; the compiler vectorises.
    Portable,
    /// AVX2 and FMA.
    #[cfg(target_arch = "x86_64")]
    Avx2(x86_64::Avx2),
    /// AVX-512 F.
    #[cfg(target_arch = "x86_64")]
    Avx512(x86_64::Avx512),
}

#[cfg(all(feature = "std", any(test, fuzzing)))]
std::thread_local! {
    static FORCED: core::cell::Cell<Option<Isa>> = const { core::cell::Cell::new(None) };
}

/// An instruction set as a type. A value of it is the proof that the CPU has it.
pub(crate) trait Simd: Copy + 'static {
    type F64: Vector<Scalar = f64>;
    type F32: Vector<Scalar = f32>;
    /// Rows of a register tile of two vectors a row: as many as leave registers for these two and a broadcast.
    const TILE_ROWS: usize;

    /// Runs a kernel, compiled for this instruction set.
    ///
    /// # Safety
    /// - The CPU has it;
    /// - what the kernel's own type asks for.
    unsafe fn run<K: Kernel>(kernel: K) -> K::Output;

    /// The side of a square of elements of 32 bits that is transposed in registers.
    const SIDE_32: usize = 4;
    /// The same of 64 bits.
    const SIDE_64: usize = 2;

    /// `to[r, c] = from[r, c]` for a square of [`Simd::SIDE_32`], where `c` has unit stride in `from`, and `r` in `to`; of any alignment.
    ///
    /// # Safety
    /// - All elements of the square may be read, and those of `to` written.
    #[inline(always)]
    unsafe fn transpose_32(from: *const u32, from_step: isize, to: *mut u32, to_step: isize) {
        // SAFETY: the caller's promise.
        unsafe { transpose_4_32(from, from_step, to, to_step) }
    }

    /// The same of [`Simd::SIDE_64`].
    ///
    /// # Safety
    /// - All elements of the square may be read, and those of `to` written.
    #[inline(always)]
    unsafe fn transpose_64(from: *const u64, from_step: isize, to: *mut u64, to_step: isize) {
        // SAFETY: the caller's promise.
        unsafe { square::<u64, 2>(from, from_step, to, to_step) }
    }
}

/// Code that is compiled once for each instruction set.
pub(crate) trait Kernel {
    type Output;
    /// The instruction sets that it is compiled for.
    type Reach: Reach;

    /// Does the work. Implementations are `#[inline(always)]`.
    ///
    /// # Safety
    /// - The CPU has the instruction set;
    /// - what the kernel's own type asks for.
    unsafe fn run<S: Simd>(self) -> Self::Output;
}

impl Isa {
    /// The best that this CPU has, unless the environment asks for less.
    #[cfg(feature = "std")]
    #[inline]
    pub(crate) fn detect() -> Isa {
        #[cfg(any(test, fuzzing))]
        if let Some(isa) = Isa::forced() {
            return isa;
        }
        static FOUND: std::sync::OnceLock<Isa> = std::sync::OnceLock::new();
        *FOUND.get_or_init(|| {
            let most = std::env::var("EINSUM_KERNEL").unwrap_or_default();
            Isa::available().find(|isa| most.is_empty() || isa.name() == most).unwrap_or_else(Isa::best)
        })
    }

    /// The best that every CPU of the target has.
    #[cfg(not(feature = "std"))]
    #[inline]
    pub(crate) fn detect() -> Isa {
        Isa::Portable
    }

    /// The best that this CPU has.
    #[cfg(feature = "std")]
    fn best() -> Isa {
        Isa::available().next().unwrap_or(Isa::Portable)
    }

    /// All that this CPU has, the best first.
    #[cfg(feature = "std")]
    pub(crate) fn available() -> impl Iterator<Item = Isa> {
        #[cfg(target_arch = "x86_64")]
        let special = {
            let avx512 = x86_64::Avx512::detect().map(Isa::Avx512);
            let avx2 = x86_64::Avx2::detect().map(Isa::Avx2);
            avx512.into_iter().chain(avx2)
        };
        #[cfg(not(target_arch = "x86_64"))]
        let special = core::iter::empty();
        special.chain([Isa::Portable])
    }

    /// Makes [`Isa::detect`] say this one on this thread, until it is told otherwise.
    #[cfg(all(feature = "std", any(test, fuzzing)))]
    pub(crate) fn force(isa: Option<Isa>) {
        FORCED.set(isa);
    }

    /// The one that this thread is told to use.
    #[cfg(all(feature = "std", any(test, fuzzing)))]
    pub(super) fn forced() -> Option<Isa> {
        FORCED.get()
    }

    /// As in `EINSUM_KERNEL`.
    #[cfg(feature = "std")]
    fn name(self) -> &'static str {
        match self {
            Isa::Portable => "portable",
            #[cfg(target_arch = "x86_64")]
            Isa::Avx2(_) => "avx2",
            #[cfg(target_arch = "x86_64")]
            Isa::Avx512(_) => "avx512",
        }
    }

    /// One that the CPU has as well, with vectors half as long and the same roundings, if there is.
    #[inline]
    pub(crate) fn with_shorter_vectors(self) -> Option<Isa> {
        match self {
            #[cfg(target_arch = "x86_64")]
            Isa::Avx512(isa) => Some(Isa::Avx2(isa.avx2())),
            _ => None,
        }
    }

    /// Runs a kernel, compiled for this instruction set or the best below it that the kernel is compiled for.
    ///
    /// # Safety
    /// - What the kernel's own type asks for.
    #[inline(always)]
    pub(crate) unsafe fn run<K: Kernel>(self, kernel: K) -> K::Output {
        // SAFETY: the caller's promise.
        unsafe { K::Reach::run(self, kernel) }
    }
}

/// A choice of instruction sets. Each kernel is compiled once for each of them and each type of element, so where one more
/// gains little, as for memory that is only copied, it is left out: all of them everywhere took minutes to build.
pub(crate) trait Reach {
    /// Whether there is a version for this instruction set or one below it.
    fn covers(_isa: Isa) -> bool {
        true
    }

    /// # Safety
    /// - What the kernel's own type asks for;
    /// - the instruction set is covered.
    unsafe fn run<K: Kernel>(isa: Isa, kernel: K) -> K::Output;
}

/// All instruction sets.
pub(crate) struct Everywhere;
/// All but AVX-512.
pub(crate) struct UpToAvx2;
/// What every CPU has.
pub(crate) struct Baseline;
/// AVX2 on x86-64, also where there is more; and what every CPU has elsewhere. CPUs of x86-64 without AVX2 have to do without the kernel.
pub(crate) struct Common;

impl Reach for Everywhere {
    #[inline(always)]
    unsafe fn run<K: Kernel>(isa: Isa, kernel: K) -> K::Output {
        match isa {
            // SAFETY: the value is the proof that the CPU has it; the rest is the caller's promise.
            #[cfg(target_arch = "x86_64")]
            Isa::Avx512(_) => unsafe { x86_64::run_avx512(kernel) },
            // SAFETY: the caller's promise.
            _ => unsafe { UpToAvx2::run(isa, kernel) },
        }
    }
}

impl Reach for UpToAvx2 {
    #[inline(always)]
    unsafe fn run<K: Kernel>(isa: Isa, kernel: K) -> K::Output {
        match isa {
            // SAFETY: the value is the proof that the CPU has it, as it has AVX2 where it has AVX-512; the rest is the caller's promise.
            #[cfg(target_arch = "x86_64")]
            Isa::Avx2(_) | Isa::Avx512(_) => unsafe { x86_64::run_avx2(kernel) },
            // SAFETY: the caller's promise.
            Isa::Portable => unsafe { Baseline::run(isa, kernel) },
        }
    }
}

impl Reach for Baseline {
    #[inline(always)]
    unsafe fn run<K: Kernel>(_isa: Isa, kernel: K) -> K::Output {
        // SAFETY: every CPU has it; the rest is the caller's promise.
        unsafe { kernel.run::<Portable>() }
    }
}

impl Reach for Common {
    #[inline(always)]
    fn covers(isa: Isa) -> bool {
        isa != Isa::Portable || cfg!(not(target_arch = "x86_64"))
    }

    #[inline(always)]
    unsafe fn run<K: Kernel>(isa: Isa, kernel: K) -> K::Output {
        match isa {
            // SAFETY: the value is the proof that the CPU has it, as it has AVX2 where it has AVX-512; the rest is the caller's promise.
            #[cfg(target_arch = "x86_64")]
            Isa::Avx2(_) | Isa::Avx512(_) => unsafe { x86_64::run_avx2(kernel) },
            #[cfg(target_arch = "x86_64")]
            Isa::Portable => unreachable!("a kernel is chosen for instruction sets that it is compiled for"),
            // SAFETY: the caller's promise.
            #[cfg(not(target_arch = "x86_64"))]
            Isa::Portable => unsafe { Baseline::run(isa, kernel) },
        }
    }
}

/// A vector of numbers.
pub(crate) trait Vector: Copy {
    type Scalar: Copy;
    const LANES: usize;
    /// Whether this is a register of the CPU: worth more variants of a kernel than what the compiler has to vectorise.
    const NATIVE: bool;

    fn splat(scalar: Self::Scalar) -> Self;
    fn add(self, addend: Self) -> Self;
    fn sub(self, subtrahend: Self) -> Self;
    fn mul(self, factor: Self) -> Self;
    /// `self * factor + addend`, rounded once where the instruction set can.
    fn mul_add(self, factor: Self, addend: Self) -> Self;
    /// # Safety
    /// - `from` is valid for reading `LANES` numbers, aligned or not as their type asks.
    unsafe fn load(from: *const Self::Scalar) -> Self;
    /// # Safety
    /// - `to` is valid for writing `LANES` numbers.
    unsafe fn store(self, to: *mut Self::Scalar);
    /// The first `count` lanes, and zeros.
    ///
    /// # Safety
    /// - `count <= LANES`, and `from` is valid for reading `count` numbers.
    unsafe fn load_part(from: *const Self::Scalar, count: usize) -> Self;
    /// Writes the first `count` lanes.
    ///
    /// # Safety
    /// - `count <= LANES`, and `to` is valid for writing `count` numbers.
    unsafe fn store_part(self, to: *mut Self::Scalar, count: usize);

    /// Whether a load with a mask costs no more than one without.
    const MASKS_ARE_FREE: bool = false;
    /// Neighbouring lanes of a vector, chosen once for many loads and stores.
    type Mask: Copy;
    /// Those from `first` to `end`.
    fn mask_between(first: usize, end: usize) -> Self::Mask;
    /// The first `count`.
    #[inline(always)]
    fn mask(count: usize) -> Self::Mask {
        Self::mask_between(0, count)
    }
    /// The numbers of the mask's lanes, and zeros. `from` is the place of lane 0, whether it is one of them or not.
    ///
    /// # Safety
    /// - The places of these lanes are valid for reading numbers.
    unsafe fn load_mask(from: *const Self::Scalar, mask: Self::Mask) -> Self;
    /// Writes the mask's lanes. `to` is the place of lane 0, whether it is one of them or not.
    ///
    /// # Safety
    /// - The places of these lanes are valid for writing numbers.
    unsafe fn store_mask(self, to: *mut Self::Scalar, mask: Self::Mask);

    /// The sum with a vector of complex numbers that is multiplied with the imaginary unit: of every two lanes of `other`, the second is
    /// subtracted from the first here, and the first added to the second.
    fn add_turned(self, other: Self) -> Self;
    /// Of every two lanes the first one, twice: the real parts of complex numbers.
    fn firsts(self) -> Self;
    /// Of every two lanes the second one, twice.
    fn seconds(self) -> Self;

    /// The numbers in an array that has room for any vector.
    #[inline(always)]
    fn lanes(self) -> [Self::Scalar; MOST_LANES]
    where
        Self::Scalar: Default,
    {
        let mut lanes = [Self::Scalar::default(); MOST_LANES];
        const { assert!(Self::LANES <= MOST_LANES) };
        // SAFETY: there is room for the lanes of every vector.
        unsafe { self.store(lanes.as_mut_ptr()) };
        lanes
    }

    /// The sum of all lanes, halves first.
    #[inline(always)]
    fn sum(self) -> Self::Scalar
    where
        Self::Scalar: Element,
    {
        let mut lanes = self.lanes();
        let mut half = Self::LANES / 2;
        while half > 0 {
            for n in 0..half {
                lanes[n] = lanes[n] + lanes[n + half];
            }
            half /= 2;
        }
        lanes[0]
    }

    /// The sums of four vectors, each as [`Vector::sum`] has it.
    #[inline(always)]
    fn sums([a, b, c, d]: [Self; 4]) -> [Self::Scalar; 4]
    where
        Self::Scalar: Element,
    {
        [a.sum(), b.sum(), c.sum(), d.sum()]
    }
}

/// Asks for the cache line of a place that will be read soon. The place need not exist.
#[cfg(not(all(target_arch = "x86_64", not(miri))))]
#[inline(always)]
pub(crate) fn prefetch<T>(_: *const T) {}

/// Squares of a fixed side for elements of 32 bits: `to[r, c] = from[r, c]`, where `c` has unit stride in `from`, and `r` in `to`.
macro_rules! squares {
    ($($name:ident: $B:ty, $side:literal;)*) => { $(
        /// # Safety
        /// - All elements of the square may be read, and those of `to` written.
        #[cfg(not(all(target_arch = "x86_64", not(miri))))]
        #[inline(always)]
        pub(crate) unsafe fn $name(from: *const $B, from_step: isize, to: *mut $B, to_step: isize) {
            // SAFETY: the caller's promise.
            unsafe { square::<$B, $side>(from, from_step, to, to_step) }
        }
    )* };
}

squares!(
    transpose_4_32: u32, 4;
);

/// Copies a line of 64 bytes past the caches; [`fence`] must follow some time.
///
/// # Safety
/// - 64 bytes may be read from `from`, and written to `to`, which is a multiple of 64.
#[cfg(not(all(target_arch = "x86_64", not(miri))))]
#[inline(always)]
pub(crate) unsafe fn stream_line(to: *mut u8, from: *const u8) {
    // SAFETY: the caller's promise.
    unsafe { core::ptr::copy_nonoverlapping(from, to, 64) }
}

/// Orders what has been written past the caches before all that follows, for other threads.
#[cfg(not(all(target_arch = "x86_64", not(miri))))]
#[inline(always)]
pub(crate) fn fence() {}

/// What every CPU has.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Portable;

impl Simd for Portable {
    type F64 = Lanes<f64, 4>;
    type F32 = Lanes<f32, 8>;
    const TILE_ROWS: usize = 6;

    #[inline(always)]
    unsafe fn run<K: Kernel>(kernel: K) -> K::Output {
        // SAFETY: the caller's promise; every CPU has it.
        unsafe { kernel.run::<Portable>() }
    }
}

/// The end of a loop's body that the compiler is to vectorise no other way than its inner loops say, nor to unroll unless it knows how often
/// the loop runs. What is before it can still be moved out of the loop.
#[inline(always)]
pub(crate) fn rolled() {
    #[cfg(all(target_arch = "x86_64", not(miri)))]
    // SAFETY: no instruction.
    unsafe {
        core::arch::asm!("", options(nomem, nostack, preserves_flags))
    }
}

/// Numbers side by side, for the compiler to vectorise. A power of two of them.
#[derive(Clone, Copy)]
pub(crate) struct Lanes<T, const N: usize>([T; N]);

impl<T: Element, const N: usize> Vector for Lanes<T, N> {
    type Scalar = T;
    const LANES: usize = N;
    const NATIVE: bool = false;

    #[inline(always)]
    fn splat(scalar: T) -> Self {
        Lanes([scalar; N])
    }

    #[inline(always)]
    fn add(mut self, addend: Self) -> Self {
        for n in 0..N {
            self.0[n] = self.0[n] + addend.0[n];
        }
        self
    }

    #[inline(always)]
    fn sub(mut self, subtrahend: Self) -> Self {
        for n in 0..N {
            self.0[n] = self.0[n] - subtrahend.0[n];
        }
        self
    }

    #[inline(always)]
    fn mul(mut self, factor: Self) -> Self {
        for n in 0..N {
            self.0[n] = self.0[n] * factor.0[n];
        }
        self
    }

    #[inline(always)]
    fn mul_add(mut self, factor: Self, addend: Self) -> Self {
        // Two roundings: a fused multiply-add is a library call where the target has none.
        for n in 0..N {
            self.0[n] = self.0[n] * factor.0[n] + addend.0[n];
        }
        self
    }

    #[inline(always)]
    unsafe fn load(from: *const T) -> Self {
        // SAFETY: the caller says that there are as many. Halves of other numbers may have less than their alignment.
        Lanes(unsafe { from.cast::<[T; N]>().read_unaligned() })
    }

    #[inline(always)]
    unsafe fn store(self, to: *mut T) {
        // SAFETY: as in `load`.
        unsafe { to.cast::<[T; N]>().write_unaligned(self.0) }
    }

    #[inline(always)]
    unsafe fn load_part(from: *const T, count: usize) -> Self {
        let mut lanes = [T::default(); N];
        for (n, lane) in lanes.iter_mut().enumerate().take(count) {
            // SAFETY: `n < count`.
            *lane = unsafe { from.wrapping_add(n).read_unaligned() };
        }
        Lanes(lanes)
    }

    #[inline(always)]
    unsafe fn store_part(self, to: *mut T, count: usize) {
        for (n, &lane) in self.0.iter().enumerate().take(count) {
            // SAFETY: `n < count`.
            unsafe { to.wrapping_add(n).write_unaligned(lane) };
        }
    }

    // The first lane and the end.
    type Mask = (usize, usize);

    #[inline(always)]
    fn mask_between(first: usize, end: usize) -> (usize, usize) {
        (first, end)
    }

    #[inline(always)]
    unsafe fn load_mask(from: *const T, (first, end): (usize, usize)) -> Self {
        if end - first == N {
            // SAFETY: the caller's promise.
            return unsafe { Self::load(from) };
        }
        let mut lanes = [T::default(); N];
        for (n, lane) in lanes.iter_mut().enumerate().take(end).skip(first) {
            // SAFETY: the caller's promise.
            *lane = unsafe { from.wrapping_add(n).read_unaligned() };
        }
        Lanes(lanes)
    }

    #[inline(always)]
    unsafe fn store_mask(self, to: *mut T, (first, end): (usize, usize)) {
        if end - first == N {
            // SAFETY: the caller's promise.
            return unsafe { self.store(to) };
        }
        for (n, &lane) in self.0.iter().enumerate().take(end).skip(first) {
            // SAFETY: the caller's promise.
            unsafe { to.wrapping_add(n).write_unaligned(lane) };
        }
    }

    #[inline(always)]
    fn add_turned(mut self, other: Self) -> Self {
        for n in 0..N / 2 {
            self.0[2 * n] = self.0[2 * n] - other.0[2 * n + 1];
            self.0[2 * n + 1] = self.0[2 * n + 1] + other.0[2 * n];
        }
        self
    }

    #[inline(always)]
    fn firsts(mut self) -> Self {
        for n in 0..N / 2 {
            self.0[2 * n + 1] = self.0[2 * n];
        }
        self
    }

    #[inline(always)]
    fn seconds(mut self) -> Self {
        for n in 0..N / 2 {
            self.0[2 * n] = self.0[2 * n + 1];
        }
        self
    }
}
