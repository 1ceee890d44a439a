//! Steps made from bytes, on every instruction set and type of element, against the slow obvious walk through all positions.
//!
//! Any bytes are a case, so that a fuzzer can change them as it likes: what is missing reads as zero, and what is too large is cut. Extents, strides (of
//! operands also zero, negative and overlapping), offsets in a buffer, both operands in one buffer, which are conjugated, the form of assignment, and in how
//! many pieces a step is cut all come from them. Elements are such small whole numbers that every sum is exact; where a step of floating-point numbers
//! is cut, it is run with others as well, and the pieces have to give the same bits as the whole.

use super::{Assignment, Part, Pointers, dims::Dim, parallel, simd::Isa, step};
use crate::kernel::element::Element;
use alloc::vec::Vec;
use core::{any::TypeId, ptr};
use num_complex::Complex;

#[cfg(test)]
use super::guarded::Guarded;

/// The most iterations of a step: the oracle is slow.
const MOST: usize = 40_000;
/// The most loops: a part of a step takes eight.
const MOST_LOOPS: usize = 12;
/// Extents around the sizes of vectors, tiles and blocks.
const EXTENTS: [usize; 32] = [
    0, 13, 14, 15, 16, 17, 23, 24, 25, 31, 32, 33, 47, 48, 49, 63, 64, 65, 96, 100, 127, 128, 129, 144, 200,
    255, 256, 257, 300, 512, 513, 1025,
];
/// Strides of operands that may overlap.
const STRIDES: [isize; 16] = [0, 1, 1, 1, 2, 3, 4, 5, 7, 8, 12, 16, 17, 32, 33, 64];

/// An element made from small whole numbers.
trait Whole: Element {
    /// The largest factor of an operand.
    const LARGEST: i64;
    /// A sum of more products of these could overflow.
    const MOST_TERMS: usize;
    /// What the output has before: so much that nothing subtracted makes it negative, where it must not be.
    const BEFORE: i64 = 0;
    const IS_SIGNED: bool = true;
    fn whole(number: i64, other: i64) -> Self;
    /// A number between zero and one of which sums are rounded, or nothing.
    fn rough(_bits: u64) -> Self {
        Self::default()
    }
}

macro_rules! whole {
    ($($T:ident: $largest:literal, $terms:expr $(, $before:literal)? $(=> $rough:expr)?;)*) => { $(
        impl Whole for $T {
            const LARGEST: i64 = $largest;
            const MOST_TERMS: usize = $terms;
            $(
                const BEFORE: i64 = $before;
                const IS_SIGNED: bool = false;
            )?
            fn whole(number: i64, _: i64) -> $T {
                number as $T
            }
            $(
                fn rough(bits: u64) -> $T {
                    let rough: fn(u64) -> $T = $rough;
                    rough(bits)
                }
            )?
        }
    )* };
}

whole!(
    f32: 2, MOST => |bits| (bits >> 40) as f32 / 16_777_216.0;
    f64: 2, MOST => |bits| (bits >> 11) as f64 / 9_007_199_254_740_992.0;
    i8: 1, 50;
    i16: 2, 4000;
    i32: 2, MOST;
    i64: 2, MOST;
    u8: 1, 50, 100;
    u16: 2, 4000, 32_000;
    u32: 2, MOST, 1_000_000;
    u64: 2, MOST, 1_000_000;
);

impl<T: Whole> Whole for Complex<T>
where
    Complex<T>: Element,
{
    const LARGEST: i64 = 2;
    const MOST_TERMS: usize = MOST;
    fn whole(number: i64, other: i64) -> Self {
        Complex { re: T::whole(number, 0), im: T::whole(other, 0) }
    }
    fn rough(bits: u64) -> Self {
        Complex { re: T::rough(bits), im: T::rough(bits.rotate_left(27)) }
    }
}

/// Numbers that come from a seed (splitmix64).
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn whole<T: Whole>(&mut self) -> T {
        let bits = self.next();
        let number = |bits: u64| {
            let count = if T::IS_SIGNED { 2 * T::LARGEST + 1 } else { T::LARGEST + 1 };
            (bits & 0xffff) as i64 % count - if T::IS_SIGNED { T::LARGEST } else { 0 }
        };
        T::whole(number(bits), number(bits >> 16))
    }

    fn array<T: Whole>(&mut self, len: usize, is_rough: bool) -> Vec<T> {
        let mut element = || match is_rough {
            true => self.whole::<T>() + T::rough(self.next()),
            false => self.whole(),
        };
        (0..len).map(|_| element()).collect()
    }
}

/// A step, and how it is to be run.
#[derive(Debug)]
struct Case {
    isa: Isa,
    pieces: Option<usize>,
    assignment: Assignment,
    factor: Option<i64>,
    has_right: bool,
    conjugated: [bool; 2],
    /// Whether both operands are in one buffer.
    is_shared: bool,
    /// Elements before the first one that a position needs, in the output, the left and the right array.
    offsets: [usize; 3],
    at_the_end: bool,
    seed: u64,
    loops: Vec<(Part, Dim)>,
}

/// The arrays of a case, the first elements in the output, the left and the right one, and the factor.
struct Arrays<T> {
    before: Vec<T>,
    lefts: Memory<T>,
    rights: Memory<T>,
    firsts: [usize; 3],
    factor: Option<T>,
}

/// Where the positions of the loops lie in an array.
#[derive(Clone, Copy)]
struct Span {
    first: usize,
    len: usize,
}

impl Case {
    fn from(bytes: &mut impl Iterator<Item = u8>, most_terms: usize) -> Case {
        let mut next = || usize::from(bytes.next().unwrap_or(0));
        let isa = next();
        let are_windows = isa >= 128;
        let isa = Isa::available().nth(isa % Isa::available().count()).unwrap_or(Isa::Portable);
        let form = next();
        let assignment = [Assignment::Set, Assignment::Add, Assignment::Subtract][form % 3];
        let factor = [None, None, Some(1), Some(2)][form / 3 % 4];
        let flags = next();
        let pieces = [None, None, None, None, None, Some(2), Some(3), Some(5)][flags % 8];
        let (is_shared, has_right, at_the_end) = (flags & 8 > 0, flags & 16 == 0, flags & 32 > 0);
        let conjugated = [form / 12 % 2 > 0, form / 24 % 2 > 0 && has_right];
        let is_dense = [flags & 64 == 0, flags & 128 == 0];
        let offsets = next();
        let offsets = [offsets % 8, offsets / 8 % 8, offsets / 64];
        let seed = next() as u64;
        let count = next() % (MOST_LOOPS + 1);
        let (mut loops, mut sizes) = (Vec::new(), [1, 1]);
        let mut places = Vec::new();
        for _ in 0..count {
            let part = match (next() % 6, has_right) {
                (0, true) => Part::Batch,
                (1, _) | (0 | 2, false) => Part::FreeLeft,
                (2, true) => Part::FreeRight,
                (3, true) => Part::Contracted,
                (5, true) => Part::SummedRight,
                _ => Part::SummedLeft,
            };
            let extent = match next() {
                byte @ ..224 => 1 + byte % 12,
                byte => EXTENTS[byte - 224],
            };
            // All iterations, and those of a sum.
            let is_sum = !is_kept(part);
            let most = (MOST / sizes[0]).min(if is_sum { most_terms / sizes[1] } else { MOST });
            let extent = extent.min(most);
            sizes[0] *= extent.max(1);
            sizes[1] *= if is_sum { extent.max(1) } else { 1 };
            loops.push((part, Dim { extent, ..Dim::default() }));
            places.push([next(), next(), next()]);
        }
        // The strides of the output are such that no two positions are one element.
        let output = dense(&loops, |n| is_kept(loops[n].0).then_some(places[n][0]));
        let left = dense(&loops, |n| uses_left(loops[n].0).then_some(places[n][1]));
        let right = dense(&loops, |n| uses_right(loops[n].0).then_some(places[n][2]));
        let any = |place: usize| STRIDES[place % 16] * if place & 128 > 0 { -1 } else { 1 };
        for (n, (part, dim)) in loops.iter_mut().enumerate() {
            dim.output = output[n];
            dim.left = if is_dense[0] || !uses_left(*part) { left[n] } else { any(places[n][1]) };
            dim.right = if is_dense[1] || !uses_right(*part) { right[n] } else { any(places[n][2]) };
        }
        if are_windows {
            make_windows(&mut loops);
        }
        Case {
            isa,
            pieces,
            assignment,
            factor,
            has_right,
            conjugated,
            is_shared,
            offsets,
            at_the_end,
            seed,
            loops,
        }
    }

    fn span(&self, array: usize, stride: impl Fn(&Dim) -> isize) -> Span {
        let (mut low, mut high) = (0, 0);
        for (_, dim) in &self.loops {
            let reach = (dim.extent.max(1) as isize - 1) * stride(dim);
            low += reach.min(0);
            high += reach.max(0);
        }
        let first = self.offsets[array] + low.unsigned_abs();
        Span { first, len: first + high.unsigned_abs() + 1 }
    }

    /// Runs it, and says whether there was a kernel for it.
    fn check<T: Whole>(&self) -> bool {
        let arrays = self.arrays::<T>(false);
        let (found, done) = self.run(&arrays, self.pieces);
        let mut expected = arrays.before.clone();
        if done {
            self.walk(&mut expected, &arrays);
        }
        let name = core::any::type_name::<T>();
        assert!(found[..] == expected[..], "{name}: {self:#?}\nfound {:?}\nwanted {expected:?}", &found[..]);
        if self.pieces.is_some() && T::IS_FLOAT {
            let arrays = self.arrays::<T>(true);
            let ((pieces, _), (whole, _)) = (self.run(&arrays, self.pieces), self.run(&arrays, None));
            assert!(
                pieces[..] == whole[..],
                "{name}: {self:#?}\npieces {:?}\nwhole {:?}",
                &pieces[..],
                &whole[..]
            );
        }
        done
    }

    fn arrays<T: Whole>(&self, are_rough: bool) -> Arrays<T> {
        let mut random = Random(self.seed);
        let output = self.span(0, |dim| dim.output);
        let (left, right) = (self.span(1, |dim| dim.left), self.span(2, |dim| dim.right));
        let is_shared = self.is_shared && self.has_right;
        let left_len = if is_shared { left.len.max(right.len) } else { left.len };
        let lefts = memory(random.array::<T>(left_len, are_rough), self.at_the_end);
        let rights = match self.has_right && !is_shared {
            true => memory(random.array::<T>(right.len, are_rough), self.at_the_end),
            false => memory(Vec::new(), false),
        };
        let before = (0..output.len).map(|_| random.whole::<T>() + T::whole(T::BEFORE, 0)).collect();
        let firsts = [output.first, left.first, right.first];
        let factor = self.factor.map(|factor| T::whole(factor.min(2), 1));
        Arrays { before, lefts, rights, firsts, factor }
    }

    /// The output, and whether there was a kernel.
    fn run<T: Whole>(&self, arrays: &Arrays<T>, pieces: Option<usize>) -> (Memory<T>, bool) {
        let Arrays { before, lefts, firsts, factor, .. } = arrays;
        let rights = self.rights(arrays);
        let mut found = memory(before.clone(), self.at_the_end);
        let pointers = Pointers {
            output: found.as_mut_ptr().wrapping_add(firsts[0]).cast::<()>(),
            left: lefts.as_ptr().wrapping_add(firsts[1]).cast(),
            right: self.has_right.then(|| rights.as_ptr().wrapping_add(firsts[2]).cast()),
        };
        let scale = factor.as_ref().map(|factor| ptr::from_ref(factor).cast());
        Isa::force(Some(self.isa));
        #[cfg(feature = "rayon")]
        parallel::force(pieces);
        // SAFETY: `span` has made room for all positions, which are distinct in the output: see `dense`.
        let done = unsafe {
            let loops = (self.loops.iter().copied(), self.conjugated);
            step(TypeId::of::<T>(), loops, self.assignment, scale, pointers)
        };
        Isa::force(None);
        #[cfg(feature = "rayon")]
        parallel::force(None);
        (found, done)
    }

    fn rights<'a, T>(&self, arrays: &'a Arrays<T>) -> &'a [T] {
        if self.is_shared && self.has_right { &arrays.lefts } else { &arrays.rights }
    }

    /// The oracle: one position after the other.
    fn walk<T: Whole>(&self, output: &mut [T], arrays: &Arrays<T>) {
        let (left, right) = (&arrays.lefts[..], self.rights(arrays));
        let [first, first_left, first_right] = arrays.firsts;
        let kept: Vec<Dim> = self.dims(is_kept);
        let summed: Vec<Dim> = self.dims(|part| !is_kept(part));
        let read = |operand: usize, element: T| {
            if self.conjugated[operand] { element.conjugate() } else { element }
        };
        each_position(&kept, |kept| {
            let mut sum = T::default();
            each_position(&summed, |summed| {
                let product = read(0, left[first_left.wrapping_add_signed(kept.left + summed.left)]);
                let at = first_right.wrapping_add_signed(kept.right + summed.right);
                sum = sum + if self.has_right { product * read(1, right[at]) } else { product };
            });
            let sum = arrays.factor.map_or(sum, |factor| factor * sum);
            let place = &mut output[first.wrapping_add_signed(kept.output)];
            *place = match self.assignment {
                Assignment::Set => sum,
                Assignment::Add => *place + sum,
                Assignment::Subtract => *place - sum,
            };
        });
    }

    fn dims(&self, of: impl Fn(Part) -> bool) -> Vec<Dim> {
        self.loops.iter().filter(|(part, _)| of(*part)).map(|&(_, dim)| dim).collect()
    }
}

// Places of windows in images: of the right array's free loops the first two are the columns and rows of places, of the summed ones those of a
// window. The places are neighbours in the output.
fn make_windows(loops: &mut [(Part, Dim)]) {
    let of = |part: Part| loops.iter().enumerate().filter(move |(_, one)| one.0 == part).map(|(n, _)| n);
    let (mut free, mut summed) = (of(Part::FreeRight), of(Part::Contracted));
    let (Some(y), Some(x), Some(j), i) = (free.next(), free.next(), summed.next(), summed.next()) else {
        return;
    };
    let extent = |n: usize| loops[n].1.extent.max(1) as isize;
    let dilation = 1 + extent(x) % 2;
    let pitch = extent(y) + dilation * (extent(j) - 1);
    let row = extent(y) + extent(j) % 2;
    // Images, and those of the output, follow each other.
    let mut image = pitch * (extent(x) + i.map_or(1, extent) - 1);
    let mut plane = row * extent(x);
    for (n, (part, dim)) in loops.iter_mut().enumerate() {
        match n {
            _ if n == y => (dim.output, dim.right) = (1, 1),
            _ if n == x => (dim.output, dim.right) = (row, pitch),
            _ if n == j => dim.right = dilation,
            _ if Some(n) == i => dim.right = pitch,
            _ => {
                if uses_right(*part) {
                    dim.right = image * dim.right.signum();
                    image *= dim.extent.max(1) as isize;
                }
                if is_kept(*part) {
                    dim.output = plane * dim.output.signum();
                    plane *= dim.extent.max(1) as isize;
                }
            }
        }
    }
}

fn is_kept(part: Part) -> bool {
    matches!(part, Part::Batch | Part::FreeLeft | Part::FreeRight)
}

fn uses_left(part: Part) -> bool {
    !matches!(part, Part::FreeRight | Part::SummedRight)
}

fn uses_right(part: Part) -> bool {
    !matches!(part, Part::FreeLeft | Part::SummedLeft)
}

// Strides of an array without overlaps: a byte for each loop that it has says in which order they lie in memory, how much is left free, and
// whether backwards.
fn dense(loops: &[(Part, Dim)], place: impl Fn(usize) -> Option<usize>) -> Vec<isize> {
    let mut strides = Vec::from([0; MOST_LOOPS]);
    let mut order: Vec<(usize, usize)> =
        (0..loops.len()).filter_map(|n| place(n).map(|place| (place, n))).collect();
    order.sort_by_key(|&(place, n)| (place % 16, core::cmp::Reverse(n)));
    let mut stride = 1;
    for (place, n) in order {
        strides[n] = if place & 128 > 0 { -stride } else { stride };
        stride *= loops[n].1.extent.max(1) as isize;
        stride += [0, 0, 0, 0, 0, 1, 2, 7][place / 16 % 8];
    }
    strides
}

fn each_position(dims: &[Dim], mut each: impl FnMut(Dim)) {
    if dims.iter().any(|dim| dim.extent == 0) {
        return;
    }
    let mut position = [0; MOST_LOOPS];
    loop {
        let mut at = Dim::default();
        for (dim, &position) in dims.iter().zip(&position) {
            at.output += dim.output * position as isize;
            at.left += dim.left * position as isize;
            at.right += dim.right * position as isize;
        }
        each(at);
        let Some(n) = (0..dims.len()).rev().find(|&n| position[n] + 1 < dims[n].extent) else { return };
        position[n] += 1;
        position[n + 1..].fill(0);
    }
}

#[cfg(test)]
type Memory<T> = Guarded<T>;
#[cfg(not(test))]
type Memory<T> = Vec<T>;

/// In tests nothing beyond it can be touched on one side; the sanitizer of a fuzzer sees to both.
#[cfg(test)]
fn memory<T: Element>(elements: Vec<T>, at_the_end: bool) -> Memory<T> {
    Guarded::new(&elements, at_the_end)
}

#[cfg(not(test))]
fn memory<T: Element>(elements: Vec<T>, _: bool) -> Memory<T> {
    elements
}

/// Runs the step that these bytes say, and says whether there was a kernel for it.
///
/// # Panics
/// If the result is wrong.
pub fn kernels(bytes: &[u8]) -> bool {
    fn of<T: Whole>(bytes: &mut dyn Iterator<Item = u8>) -> bool {
        Case::from(&mut &mut *bytes, T::MOST_TERMS).check::<T>()
    }
    let mut bytes = bytes.iter().copied();
    let types = [
        of::<f64>,
        of::<f32>,
        of::<Complex<f64>>,
        of::<Complex<f32>>,
        of::<i8>,
        of::<i16>,
        of::<i32>,
        of::<i64>,
        of::<u8>,
        of::<u16>,
        of::<u32>,
        of::<u64>,
    ];
    let of = types[usize::from(bytes.next().unwrap_or(0)) % types.len()];
    of(&mut bytes)
}

/// All files that are kept for a fuzzer. A package that was taken out of the repository has none.
#[cfg(test)]
pub(crate) fn kept(fuzzer: &str) -> Vec<Vec<u8>> {
    let fuzz = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz");
    let mut files = Vec::new();
    for folder in ["corpus", "regressions"] {
        let Ok(entries) = std::fs::read_dir(fuzz.join(folder).join(fuzzer)) else { continue };
        files.extend(entries.map(|entry| std::fs::read(entry.expect("an entry").path()).expect("a file")));
    }
    assert!(!fuzz.exists() || !files.is_empty(), "nothing is kept for {fuzzer}");
    files
}

#[cfg(test)]
mod tests {
    use super::{Random, kept, kernels};
    use alloc::vec::Vec;

    #[test]
    fn kept_steps() {
        for bytes in kept("fuzz_kernels") {
            kernels(&bytes);
        }
    }

    /// Bytes that nobody has chosen: a little of everything, and most steps have kernels. More of them, or others, by environment variables.
    #[test]
    fn any_step() {
        let number = |name| std::env::var(name).ok().map(|number| number.parse().expect("a number"));
        let mut random = Random(number("EINSUM_SEED").unwrap_or(1));
        let usual = if cfg!(debug_assertions) { 8000 } else { 40_000 };
        let (cases, mut done) = (number("EINSUM_CASES").unwrap_or(usual), 0);
        for _ in 0..cases {
            let bytes: Vec<u8> = (0..60).map(|_| random.next() as u8).collect();
            done += u64::from(kernels(&bytes));
        }
        assert!(done > cases / 4, "only {done} of {cases} steps had kernels");
    }
}
