//! What the machine can do at most: multiply-adds per second, bytes per second.
//!
//! With the longest vectors that ndeinsum's kernels may use: `EINSUM_KERNEL` shortens these here as there.

use std::hint::black_box;
use std::sync::OnceLock;
use std::time::{Duration, Instant};

const SLICE: Duration = Duration::from_millis(60);

/// An instruction set, in the order of the length of its vectors.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Isa {
    Portable,
    Avx2,
    Avx512,
}

impl Isa {
    /// The best that the CPU has, or what `EINSUM_KERNEL` asks for, if that is less.
    pub fn detect() -> Self {
        // Found out once: a pass over a small buffer takes no longer than to look at the environment.
        static FOUND: OnceLock<Isa> = OnceLock::new();
        *FOUND.get_or_init(|| match std::env::var("EINSUM_KERNEL").as_deref() {
            Ok("portable") => Self::Portable,
            Ok("avx2") => Self::best().min(Self::Avx2),
            _ => Self::best(),
        })
    }

    fn best() -> Self {
        #[cfg(target_arch = "x86_64")]
        if is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma") {
            return if is_x86_feature_detected!("avx512f") { Self::Avx512 } else { Self::Avx2 };
        }
        Self::Portable
    }

    pub fn name(self) -> &'static str {
        match self {
            Self::Portable => "portable",
            Self::Avx2 => "avx2",
            Self::Avx512 => "avx512",
        }
    }
}

/// GFLOP/s of fused multiply-adds on vectors of `f32` or `f64`, one core; `None` where there is no kernel for the CPU.
pub fn fma_peak(single: bool) -> Option<f64> {
    let rounds = 100_000;
    #[cfg(target_arch = "x86_64")]
    match Isa::detect() {
        Isa::Avx512 => {
            let chain = || {
                // SAFETY: the feature has just been detected.
                unsafe { if single { avx512::chain_f32(rounds) } else { avx512::chain_f64(rounds) } }
            };
            let flops = (rounds * avx512::CHAINS * 2 * if single { 16 } else { 8 }) as f64;
            return Some(flops / best(chain));
        }
        Isa::Avx2 => {
            let chain = || {
                // SAFETY: both features have just been detected.
                unsafe { if single { avx2::chain_f32(rounds) } else { avx2::chain_f64(rounds) } }
            };
            let flops = (rounds * avx2::CHAINS * 2 * if single { 8 } else { 4 }) as f64;
            return Some(flops / best(chain));
        }
        Isa::Portable => {}
    }
    let _ = (single, rounds);
    None
}

/// GB/s of loads from a buffer of `bytes` that has been read before.
pub fn read_bandwidth(bytes: usize) -> f64 {
    let buffer = vec![1_u64; bytes / 8];
    let passes = (4 << 20) / bytes.max(1) + 1;
    let read = || (0..passes).fold(0, |sum, _| sum ^ xor(black_box(&buffer)));
    (passes * buffer.len() * 8) as f64 / best(read)
}

/// GB/s of loads and stores together of a copy between two buffers that have `bytes` together.
///
/// The better one of `memcpy` and of a loop: which one is, depends on the size, and either can be far from the limit.
pub fn copy_bandwidth(bytes: usize) -> f64 {
    let source = vec![1_u64; bytes / 16];
    let mut target = vec![2_u64; bytes / 16];
    let passes = (4 << 20) / bytes.max(1) + 1;
    let mut repeat = |copy: fn(&mut [u64], &[u64])| {
        best(|| (0..passes).for_each(|_| copy(black_box(&mut target), black_box(&source))))
    };
    let shortest = repeat(<[u64]>::copy_from_slice).min(repeat(flip));
    (passes * source.len() * 16) as f64 / shortest
}

/// The shortest time of `work` in nanoseconds: a limit is what has been reached once.
fn best<R>(mut work: impl FnMut() -> R) -> f64 {
    let start = Instant::now();
    let mut best = f64::INFINITY;
    while start.elapsed() < SLICE || best == f64::INFINITY {
        let one = Instant::now();
        black_box(work());
        best = best.min(one.elapsed().as_nanos() as f64);
    }
    best
}

fn xor(buffer: &[u64]) -> u64 {
    #[cfg(target_arch = "x86_64")]
    match Isa::detect() {
        // SAFETY: the feature has just been detected.
        Isa::Avx512 => return unsafe { avx512::xor(buffer) },
        // SAFETY: the feature has just been detected.
        Isa::Avx2 => return unsafe { avx2::xor(buffer) },
        Isa::Portable => {}
    }
    xor_lanes::<32>(buffer)
}

/// A copy that the compiler does not turn into `memcpy`.
fn flip(target: &mut [u64], source: &[u64]) {
    #[cfg(target_arch = "x86_64")]
    match Isa::detect() {
        // SAFETY: the feature has just been detected.
        Isa::Avx512 => return unsafe { avx512::flip(target, source) },
        // SAFETY: the feature has just been detected.
        Isa::Avx2 => return unsafe { avx2::flip(target, source) },
        Isa::Portable => {}
    }
    flip_elements(target, source);
}

#[inline(always)]
fn flip_elements(target: &mut [u64], source: &[u64]) {
    target.iter_mut().zip(source).for_each(|(target, source)| *target = !source);
}

/// So many lanes that the loads of eight vectors are under way at once.
#[inline(always)]
fn xor_lanes<const LANES: usize>(buffer: &[u64]) -> u64 {
    let mut lanes = [0_u64; LANES];
    for chunk in buffer.chunks_exact(LANES) {
        for (lane, value) in lanes.iter_mut().zip(chunk) {
            *lane ^= value;
        }
    }
    lanes.iter().fold(0, |all, lane| all ^ lane)
}

#[cfg(target_arch = "x86_64")]
macro_rules! chain {
    ($features:literal, $name:ident, $set:ident, $fma:ident, $add:ident) => {
        #[target_feature(enable = $features)]
        pub(super) fn $name(rounds: usize) {
            let (factor, term) = ($set(black_box(0.999)), $set(black_box(0.001)));
            let mut chains = [$set(black_box(1.0)); CHAINS];
            for _ in 0..rounds {
                for chain in &mut chains {
                    *chain = $fma(*chain, factor, term);
                }
            }
            black_box(chains.into_iter().fold(term, |sum, chain| $add(sum, chain)));
        }
    };
}

#[cfg(target_arch = "x86_64")]
mod avx2 {
    use std::arch::x86_64::{
        _mm256_add_pd, _mm256_add_ps, _mm256_fmadd_pd, _mm256_fmadd_ps, _mm256_set1_pd, _mm256_set1_ps,
    };
    use std::hint::black_box;

    /// Independent chains: more than the latency of a multiply-add times its throughput, fewer than the registers.
    pub(super) const CHAINS: usize = 12;

    #[target_feature(enable = "avx2")]
    pub(super) fn xor(buffer: &[u64]) -> u64 {
        super::xor_lanes::<32>(buffer)
    }

    #[target_feature(enable = "avx2")]
    pub(super) fn flip(target: &mut [u64], source: &[u64]) {
        super::flip_elements(target, source);
    }

    chain!("avx2,fma", chain_f32, _mm256_set1_ps, _mm256_fmadd_ps, _mm256_add_ps);
    chain!("avx2,fma", chain_f64, _mm256_set1_pd, _mm256_fmadd_pd, _mm256_add_pd);
}

#[cfg(target_arch = "x86_64")]
mod avx512 {
    use std::arch::x86_64::{
        _mm512_add_pd, _mm512_add_ps, _mm512_fmadd_pd, _mm512_fmadd_ps, _mm512_set1_pd, _mm512_set1_ps,
    };
    use std::hint::black_box;

    /// As with AVX2; there are twice the registers.
    pub(super) const CHAINS: usize = 24;

    #[target_feature(enable = "avx512f")]
    pub(super) fn xor(buffer: &[u64]) -> u64 {
        super::xor_lanes::<64>(buffer)
    }

    #[target_feature(enable = "avx512f")]
    pub(super) fn flip(target: &mut [u64], source: &[u64]) {
        super::flip_elements(target, source);
    }

    chain!("avx512f", chain_f32, _mm512_set1_ps, _mm512_fmadd_ps, _mm512_add_ps);
    chain!("avx512f", chain_f64, _mm512_set1_pd, _mm512_fmadd_pd, _mm512_add_pd);
}
