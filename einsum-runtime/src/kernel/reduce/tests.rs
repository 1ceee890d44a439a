//! Against the slow obvious walk through all positions.

mod pools;
mod windows;

use crate::kernel::{
    Assignment,
    dims::{Dim, Group},
    element::{Element, Store},
    guarded::Guarded,
    simd::Isa,
};
use alloc::{vec, vec::Vec};
use num_complex::Complex;
use std::{eprintln, format, string::String};

/// Nothing is conjugated: `conjugate` has that.
unsafe fn run<T: Element>(
    isa: Isa,
    kept: &Group,
    contracted: &Group,
    store: Store<T>,
    output: *mut T,
    left: *const T,
    right: Option<*const T>,
) -> bool {
    // SAFETY: the caller's promise.
    unsafe { super::run(isa, kept, contracted, store, output, left, (right, false)) }
}

/// Numbers that come from a seed.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 16
    }

    fn below(&mut self, end: usize) -> usize {
        (self.next() % end as u64) as usize
    }

    fn of<T: Copy>(&mut self, choices: &[T]) -> T {
        choices[self.below(choices.len())]
    }
}

/// Elements from small whole numbers, so that sums of a few thousand products are exact.
trait Whole: Element {
    /// Sums of more terms could overflow.
    const MOST_TERMS: usize = usize::MAX;
    const SIGNED: bool = true;
    fn whole(random: &mut Random) -> Self;
}

macro_rules! whole {
    ($($T:ident: $signed:literal, $terms:expr, $random:ident => $number:expr;)*) => { $(
        impl Whole for $T {
            const SIGNED: bool = $signed;
            const MOST_TERMS: usize = $terms;
            fn whole($random: &mut Random) -> $T {
                $number as $T
            }
        }
    )* };
}

whole!(
    i8: true, 60, random => random.below(3) as isize - 1;
    i16: true, usize::MAX, random => random.below(5) as isize - 2;
    i32: true, usize::MAX, random => random.below(5) as isize - 2;
    i64: true, usize::MAX, random => random.below(5) as isize - 2;
    u8: false, 60, random => random.below(2);
    u16: false, usize::MAX, random => random.below(3);
    u32: false, usize::MAX, random => random.below(3);
    u64: false, usize::MAX, random => random.below(3);
);

impl Whole for f32 {
    fn whole(random: &mut Random) -> f32 {
        random.below(7) as f32 - 3.0
    }
}

impl Whole for f64 {
    fn whole(random: &mut Random) -> f64 {
        random.below(7) as f64 - 3.0
    }
}

impl<T: Whole> Whole for Complex<T>
where
    Complex<T>: Element,
{
    fn whole(random: &mut Random) -> Self {
        Complex { re: T::whole(random), im: T::whole(random) }
    }
}

/// One operand or the output: elements that are used, and others around and between them.
struct Buffer<T> {
    elements: Guarded<T>,
    first: usize,
}

impl<T: Whole> Buffer<T> {
    /// Room for all positions of loops with these strides, no element more than needed at either end, so that none
    /// can be read beyond; and a base that is not aligned.
    fn new(dims: &[(usize, isize)], random: &mut Random) -> Buffer<T> {
        let (mut low, mut high) = (0, 0);
        for &(extent, stride) in dims {
            let reach = (extent as isize - 1) * stride;
            low += reach.min(0);
            high += reach.max(0);
        }
        let elements: Vec<T> = (low..=high).map(|_| T::whole(random)).collect();
        Buffer { elements: Guarded::new(&elements, random.below(2) > 0), first: low.unsigned_abs() }
    }
}

/// Strides of loops in one array: all that is there, in a random order of the axes, some backwards, some with gaps.
fn layout(extents: &[usize], random: &mut Random, fancy: bool) -> Vec<isize> {
    let mut axes: Vec<usize> = (0..extents.len()).collect();
    for n in (1..axes.len()).rev() {
        axes.swap(n, random.below(n + 1));
    }
    let mut strides = vec![0; extents.len()];
    let mut stride = if fancy { random.of(&[1, 1, 1, 2, 3]) } else { 1 };
    for axis in axes {
        strides[axis] = if fancy && random.below(6) == 0 { -stride } else { stride };
        stride *= extents[axis] as isize;
        if fancy && random.below(4) == 0 {
            stride += random.below(3) as isize;
        }
    }
    strides
}

struct Case {
    kept: Vec<Dim>,
    contracted: Vec<Dim>,
    single: bool,
}

fn group(dims: &[Dim]) -> Group {
    let mut group = Group::default();
    for &dim in dims {
        group.push(dim).expect("few loops");
    }
    group
}

fn walk(dims: &[Dim], at: (isize, isize, isize), each: &mut impl FnMut((isize, isize, isize))) {
    match dims {
        [] => each(at),
        [dim, rest @ ..] => {
            for n in 0..dim.extent as isize {
                walk(rest, (at.0 + n * dim.left, at.1 + n * dim.right, at.2 + n * dim.output), each);
            }
        }
    }
}

/// Runs a case with whole numbers, for every instruction set and assignment, and says what is wrong.
fn check<T: Whole>(case: &Case, random: &mut Random) -> Result<bool, String> {
    let dims = |of: fn(&Dim) -> isize, kept: bool| -> Vec<(usize, isize)> {
        let contracted = case.contracted.iter().filter(|_| !kept);
        case.kept.iter().chain(contracted).map(|dim| (dim.extent, of(dim))).collect()
    };
    let left = Buffer::<T>::new(&dims(|dim| dim.left, false), random);
    let right = Buffer::<T>::new(&dims(|dim| dim.right, false), random);
    let output = Buffer::<T>::new(&dims(|dim| dim.output, true), random);
    let mut ran = true;
    if group(&case.contracted).size() > T::MOST_TERMS {
        return Ok(ran);
    }
    for isa in Isa::available() {
        for assignment in [Assignment::Set, Assignment::Add, Assignment::Subtract] {
            if assignment == Assignment::Subtract && !T::SIGNED {
                continue;
            }
            for factor in [None, Some(T::whole(random))] {
                let store = Store { assignment, factor };
                let mut expected = output.elements.to_vec();
                walk(&case.kept, (0, 0, 0), &mut |(l, r, o)| {
                    let mut sum = T::default();
                    walk(&case.contracted, (l, r, 0), &mut |(l, r, _)| {
                        let l = left.elements[left.first.strict_add_signed(l)];
                        let r = right.elements[right.first.strict_add_signed(r)];
                        sum = sum + if case.single { l } else { l * r };
                    });
                    let sum = factor.map_or(sum, |factor| factor * sum);
                    let place = &mut expected[output.first.strict_add_signed(o)];
                    *place = match assignment {
                        Assignment::Set => sum,
                        Assignment::Add => *place + sum,
                        Assignment::Subtract => *place - sum,
                    };
                });
                let mut found = Guarded::new(&output.elements, random.below(2) > 0);
                let (l, r) = (&left.elements[left.first..], &right.elements[right.first..]);
                let place = found[output.first..].as_mut_ptr();
                // SAFETY: the buffers have room for all positions.
                let does = unsafe {
                    run(
                        isa,
                        &group(&case.kept),
                        &group(&case.contracted),
                        store,
                        place,
                        l.as_ptr(),
                        Some(r.as_ptr()).filter(|_| !case.single),
                    )
                };
                ran &= does;
                if does && found[..] != expected[..] {
                    let at = found.iter().zip(&expected).position(|(a, b)| a != b);
                    return Err(format!(
                        "{isa:?} {store:?} at {at:?}\nkept {:?}\ncontracted {:?}\nsingle {}",
                        case.kept, case.contracted, case.single
                    ));
                }
            }
        }
    }
    Ok(ran)
}

fn check_all(case: &Case, random: &mut Random) {
    let failed = [
        check::<f32>(case, random),
        check::<f64>(case, random),
        check::<Complex<f32>>(case, random),
        check::<Complex<f64>>(case, random),
        check::<i8>(case, random),
        check::<i16>(case, random),
        check::<i32>(case, random),
        check::<i64>(case, random),
        check::<u8>(case, random),
        check::<u16>(case, random),
        check::<u32>(case, random),
        check::<u64>(case, random),
    ];
    for result in failed {
        if let Err(message) = result {
            panic!("{message}");
        }
    }
}

#[test]
fn random_layouts() {
    let mut random = Random(0x1234_5678_9ABC_DEF1);
    for _ in 0..400 {
        let (m, k) = (random.below(4), random.below(3) + 1);
        let extents: Vec<usize> = (0..m + k).map(|_| random.of(&[2, 2, 3, 4, 5, 7, 9])).collect();
        let fancy = random.below(3) > 0;
        let mut left = layout(&extents, &mut random, fancy);
        let mut right = layout(&extents, &mut random, fancy);
        let output = layout(&extents[..m], &mut random, fancy);
        for n in 0..m + k {
            match random.below(5) {
                0 => left[n] = 0,
                1 | 2 if n < m => right[n] = 0,
                3 => right[n] = 0,
                _ => {}
            }
        }
        let dim = |n: usize| Dim {
            extent: extents[n],
            left: left[n],
            right: right[n],
            output: if n < m { output[n] } else { 0 },
        };
        let mut case = Case {
            kept: (0..m).map(dim).collect(),
            contracted: (m..m + k).map(dim).collect(),
            single: false,
        };
        check_all(&case, &mut random);
        case.single = true;
        for dim in case.kept.iter_mut().chain(&mut case.contracted) {
            dim.right = 0;
        }
        check_all(&case, &mut random);
    }
}

#[test]
fn lengths_around_blocks() {
    let mut random = Random(77);
    for extent in (2..80).chain([95, 96, 97, 127, 128, 129, 191, 192, 193, 255, 256, 257, 300, 1025]) {
        let e = extent as isize;
        for other in [2, 3, 5, 7] {
            let o = other as isize;
            let cases = [
                // Windows along `y`, in three rows and more, overlapping and not.
                (vec![(other, e + 8, 0, e), (extent, 1, 0, 1)], vec![(3, e + 8, 3), (3, 1, 1)]),
                (vec![(other, e + 8, 0, e), (extent, 1, 0, 1)], vec![(other, e + 8, 5), (5, 1, 1)]),
                (vec![(other, e + 8, 0, e), (extent, 1, 0, 1)], vec![(2, e + 8, 3), (3, 1, 1)]),
                (vec![(other, 5 * e, 0, e), (extent, 1, 0, 1)], vec![(2, e + 8, 3), (3, 1, 1)]),
                // A vector and a matrix, either way.
                (vec![(extent, 1, 0, 1)], vec![(other, e, 1)]),
                (vec![(extent, o, 0, 1)], vec![(other, 1, 1)]),
                (vec![(other, e, 0, 1)], vec![(extent, 1, 1)]),
                // With a batch.
                (vec![(extent, 1, 1, 1)], vec![(other, e, e)]),
                (vec![(other, e, e, 1)], vec![(extent, 1, 1)]),
                // A vector that has gaps.
                (vec![(other, e, 0, 1)], vec![(extent, 1, 2)]),
                // A row times a number.
                (vec![(other, e, 1, 1)], vec![(extent, 1, 0)]),
                // An output with gaps, and one backwards.
                (vec![(extent, 1, 0, 2)], vec![(other, e, 1)]),
                (vec![(extent, 1, 0, -1)], vec![(other, e, 1)]),
                // Every second window.
                (vec![(extent, 2, 0, 1)], vec![(other, 1, 1)]),
                // Dots, also of a matrix and another's transpose.
                (vec![], vec![(extent, 1, 1)]),
                (vec![], vec![(extent, o, 1), (other, 1, e)]),
            ];
            for (kept, contracted) in cases {
                let kept =
                    kept.iter().map(|&(extent, left, right, output)| Dim { extent, left, right, output });
                let contracted =
                    contracted.iter().map(|&(extent, left, right)| Dim { extent, left, right, output: 0 });
                let mut case = Case { kept: kept.collect(), contracted: contracted.collect(), single: false };
                for result in [check::<f32>(&case, &mut random), check::<f64>(&case, &mut random)] {
                    assert_eq!(result, Ok(true));
                }
                if other == 3 && extent < 140 {
                    check_all(&case, &mut random);
                }
                case.single = true;
                case.kept.iter_mut().chain(&mut case.contracted).for_each(|dim| dim.right = 0);
                // Without its second operand, a sum over a broadcast axis of the left is all that is left of some.
                for result in [check::<f32>(&case, &mut random), check::<f64>(&case, &mut random)] {
                    assert_eq!(result, Ok(true));
                }
            }
        }
    }
}

#[test]
fn long_sums_of_several_blocks() {
    let mut random = Random(31);
    for columns in [2, 5, 9, 33, 39, 40, 41, 72, 100, 1200, 9000] {
        for terms in [255, 256, 257, 600, 1300] {
            let (c, t) = (columns as isize, terms as isize);
            let mut cases = vec![
                // A vector times matrices that follow each other; column sums; with a batch.
                (vec![(3, c * t, 0, c), (columns, 1, 0, 1)], vec![(terms, c, 1)]),
                (vec![(3, 7, t, c), (columns, 1, 0, 1)], vec![(terms, c + 1, 1)]),
                (vec![(columns, 1, 1, 1)], vec![(terms, c, c)]),
                // Two loops of the sum.
                (vec![(2, 1, 0, c), (columns, 1, 0, 1)], vec![(terms / 5, 5 * c + 3, 5), (5, c, 1)]),
            ];
            if columns < 10 {
                cases.push((vec![(columns, 19 * t, 0, 1)], vec![(19, t + 3, t), (terms, 1, 1)]));
                cases.push((vec![(columns, t, 0, 1)], vec![(19 * terms, 1, 1)]));
                cases.push((vec![(columns, 30 * t, 0, 1)], vec![(9, 1, 2 * t), (terms, 9, 2)]));
            } else if terms > 300 && columns > 1000 {
                continue;
            }
            for (kept, contracted) in cases {
                let kept =
                    kept.iter().map(|&(extent, left, right, output)| Dim { extent, left, right, output });
                let contracted =
                    contracted.iter().map(|&(extent, left, right)| Dim { extent, left, right, output: 0 });
                let case = Case { kept: kept.collect(), contracted: contracted.collect(), single: false };
                for result in [check::<f32>(&case, &mut random), check::<f64>(&case, &mut random)] {
                    assert_eq!(result, Ok(true));
                }
                if columns < 50 && terms < 300 {
                    check_all(&case, &mut random);
                }
            }
        }
    }
}

/// Random numbers of both signs that are not whole.
fn noise(count: usize, random: &mut Random) -> Vec<f32> {
    (0..count).map(|_| (random.below(1 << 24) as f32 / (1 << 23) as f32 - 1.0) * 1.7).collect()
}

fn one(extent: usize, left: isize, right: isize, output: isize) -> Group {
    group(&[Dim { extent, left, right, output }])
}

const SET: Store<f32> = Store { assignment: Assignment::Set, factor: None };

#[test]
fn neighbours_are_added_in_the_same_order() {
    let mut random = Random(7);
    let (left, right) = (noise(300_007, &mut random), noise(300_007, &mut random));
    for isa in Isa::available() {
        for count in (2..300).chain([511, 1024, 1025, 4100, 40_000, 300_007]) {
            for right in [None, Some(right.as_ptr())] {
                let mut sums = [f32::NAN; 2];
                let terms = one(count, 1, isize::from(right.is_some()), 0);
                let (left, none, [general, short]) = (left.as_ptr(), Group::default(), &mut sums);
                // SAFETY: so many are in the arrays; likewise below.
                let mut done = unsafe { run(isa, &none, &terms, SET, general, left, right) };
                // SAFETY: as above.
                done &= unsafe { super::run_neighbours(isa, None, count, SET, (short, left, right)) };
                assert!(done && sums[0] == sums[1], "{isa:?} {count} {}: {sums:?}", right.is_some());
            }
        }
    }
}

#[test]
fn neighbours_of_complex_numbers_are_added_in_the_same_order() {
    let mut random = Random(9);
    let parts = noise(5000, &mut random);
    let numbers: Vec<_> =
        parts.windows(2).map(|pair| Complex::new(f64::from(pair[0]), f64::from(pair[1]))).collect();
    let (left, right) = (numbers.as_ptr(), Some(numbers[300..].as_ptr()));
    let set = Store { assignment: Assignment::Set, factor: None };
    for isa in Isa::available() {
        for count in (8..140).chain([1000, 1023, 1024, 1025, 1026, 2048]) {
            let mut sums = [Complex::new(f64::NAN, 0.0); 2];
            let [general, short] = &mut sums;
            let terms = one(count, 1, 1, 0);
            // SAFETY: so many are in the arrays; likewise below.
            let done = unsafe { run(isa, &Group::default(), &terms, set, general, left, right) };
            // SAFETY: as above.
            let same = unsafe { super::run_neighbours(isa, None, count, set, (short, left, right)) };
            assert!(done == same && (!done || sums[0] == sums[1]), "{isa:?} {count}: {sums:?}");
        }
    }
}

#[test]
fn rows_of_neighbours_are_added_in_the_same_order() {
    let mut random = Random(8);
    let (left, right) = (noise(70_000, &mut random), noise(70_000, &mut random));
    let accumulate = Store { assignment: Assignment::Add, factor: Some(1.5) };
    for isa in Isa::available() {
        for count in (8..80).chain([127, 128, 511, 512, 600, 2000]) {
            for (rows, apart, other) in [(2, count + 5, 0), (3, count, count), (17, 2, 0), (30, count, 7)] {
                for (store, right) in
                    [(SET, None), (SET, Some(right.as_ptr())), (accumulate, Some(right.as_ptr()))]
                {
                    let other = if right.is_some() { other as isize } else { 0 };
                    let kept = Dim { extent: rows, left: apart as isize, right: other, output: 2 };
                    let terms = one(count, 1, isize::from(right.is_some()), 0);
                    let mut sums = [[0.25_f32; 60]; 2];
                    let [general, short] = sums.each_mut().map(|sums| sums.as_mut_ptr());
                    // SAFETY: so many are in the arrays; likewise below.
                    let mut done =
                        unsafe { run(isa, &group(&[kept]), &terms, store, general, left.as_ptr(), right) };
                    let arrays = (short, left.as_ptr(), right);
                    // SAFETY: as above.
                    done &= unsafe { super::run_neighbours(isa, Some(kept), count, store, arrays) };
                    assert!(done && sums[0] == sums[1], "{isa:?} {count} {kept:?}: {sums:?}");
                    assert!(sums[0].iter().step_by(2).take(rows).all(|&sum| sum != 0.25));
                }
            }
        }
    }
}

#[test]
fn every_output_is_the_same_wherever_it_is_computed() {
    let mut random = Random(99);
    // Rows, columns, terms; the last so many that strips and trees are used.
    for (rows, columns, terms) in [(5, 100, 9), (2, 40, 61), (3, 300, 700), (2, 37, 1500)] {
        let left = noise(rows * columns * terms, &mut random);
        let right = noise(terms, &mut random);
        for (x, y, k) in [
            // Lanes are outputs.
            (terms * columns, 1, columns),
            // Lanes are terms.
            (columns * terms, terms, 1),
            // Neither: gathered.
            (columns * terms + 1, 2, 3),
        ] {
            let strides = [x as isize, y as isize, k as isize];
            let left =
                if strides[1] == 2 { noise(rows * (x + 1) + 3 * terms, &mut random) } else { left.clone() };
            let contracted = one(terms, strides[2], 1, 0);
            let compute = |isa: Isa, output: &mut [f32], x: (usize, usize), y: (usize, usize)| {
                let kept = [(x, strides[0], columns as isize), (y, strides[1], 1)];
                let kept = kept.map(|((a, b), left, output)| Dim { extent: b - a, left, right: 0, output });
                let first = x.0 * strides[0] as usize + y.0 * strides[1] as usize;
                // SAFETY: the rows and columns are in the arrays.
                unsafe {
                    let output = output[x.0 * columns + y.0..].as_mut_ptr();
                    assert!(run(
                        isa,
                        &group(&kept),
                        &contracted,
                        SET,
                        output,
                        left[first..].as_ptr(),
                        Some(right.as_ptr())
                    ));
                }
            };
            for isa in Isa::available() {
                let mut whole = vec![0.0; rows * columns];
                compute(isa, &mut whole, (0, rows), (0, columns));
                for split in 2..columns - 1 {
                    let mut parts = vec![0.0; rows * columns];
                    let x = random.below(rows);
                    for x in [(0, x), (x, rows)] {
                        if x.0 < x.1 {
                            compute(isa, &mut parts, x, (0, split));
                            compute(isa, &mut parts, x, (split, columns));
                        }
                    }
                    assert!(whole == parts, "{isa:?} {rows} {columns} {terms} {strides:?} split at {split}");
                }
            }
        }
    }
}

#[test]
fn sums_of_many_terms_are_accurate() {
    let mut random = Random(7);
    for count in [1000, 100_003, 10_000_000] {
        let (a, b) = (noise(count, &mut random), noise(count, &mut random));
        let exact: f64 = a.iter().zip(&b).map(|(&a, &b)| f64::from(a) * f64::from(b)).sum();
        let size: f64 = a.iter().zip(&b).map(|(&a, &b)| (f64::from(a) * f64::from(b)).powi(2)).sum();
        let a: Vec<f32> = a.iter().flat_map(|&a| [a, a]).collect();
        for isa in Isa::available() {
            // In one run, with gaps, and two columns.
            for (left, right, columns) in [(2, 1, 1), (2, 1, 2)] {
                let mut found = [0.0; 2];
                let kept = if columns == 1 { Group::default() } else { one(2, 1, 0, 1) };
                // SAFETY: there are as many elements.
                unsafe {
                    assert!(run(
                        isa,
                        &kept,
                        &one(count, left, right, 0),
                        SET,
                        found.as_mut_ptr(),
                        a.as_ptr(),
                        Some(b.as_ptr())
                    ));
                }
                for &found in &found[..columns] {
                    let error = (f64::from(found) - exact).abs();
                    let bound = f64::from(f32::EPSILON) * 16.0 * size.sqrt();
                    eprintln!("{count} {isa:?}: {:.2} of the bound", error / bound);
                    assert!(error <= bound, "{count} {isa:?} {columns}: {found} is not {exact}");
                }
            }
        }
    }
}

#[test]
fn ones_are_counted() {
    let count = (1 << 24) + 8;
    let ones = vec![1.0_f32; 3 * count];
    for (kept, contracted) in [
        (one(3, 1, 0, 1), one(count, 3, 0, 0)),
        (one(3, count as isize, 0, 1), one(count, 1, 0, 0)),
        (Group::default(), one(count, 1, 0, 0)),
        (Group::default(), one(count, 3, 0, 0)),
    ] {
        for isa in Isa::available() {
            let mut found = [0.0; 3];
            // SAFETY: there are as many elements.
            unsafe { assert!(run(isa, &kept, &contracted, SET, found.as_mut_ptr(), ones.as_ptr(), None)) };
            assert!(found[..kept.size()].iter().all(|&sum| sum == count as f32), "{isa:?} {found:?}");
        }
    }
}

/// The sum of the products with twice the bits of `f64`, and the sum of their sizes.
fn compensated(products: impl Iterator<Item = (f64, f64)>) -> (f64, f64) {
    let (mut sum, mut low, mut size) = (0.0_f64, 0.0_f64, 0.0_f64);
    for (a, b) in products {
        let product = a * b;
        let total = sum + product;
        // Of the addition (Knuth), then of the product.
        let part = total - sum;
        low += (sum - (total - part)) + (product - part);
        low += a.mul_add(b, -product);
        sum = total;
        size += product.abs();
    }
    (sum + low, size)
}

#[test]
fn errors_grow_like_the_logarithm() {
    let mut random = Random(5);
    for count in [64, 5000, 300_000, 5_000_000] {
        let a: Vec<f64> = noise(count, &mut random).into_iter().map(|a| f64::from(a) / 3.0).collect();
        let b: Vec<f64> = noise(count, &mut random).into_iter().map(|b| f64::from(b) / 7.0).collect();
        let (exact, size) = compensated(a.iter().copied().zip(b.iter().copied()));
        // Terms that one register adds, then levels of the tree.
        let bound = f64::EPSILON * size * (256.0 + (count as f64).log2());
        let store = Store { assignment: Assignment::Set, factor: None };
        for isa in Isa::available() {
            for (columns, left, right) in [(1, 1, 1), (2, 1, 1), (1, 1, 0)] {
                // The second column, and the dot in windows of one term's distance, is the same sum but for its first term.
                let mut found = [0.0_f64; 2];
                let kept = if columns == 1 { Group::default() } else { one(2, 1, 0, 1) };
                let count = count - columns + 1;
                let (exact, size) = match (columns, right) {
                    (1, 1) => (exact, size),
                    (1, _) => compensated(a.iter().map(|&a| (a, b[0]))),
                    _ => compensated(a[..count].iter().copied().zip(b.iter().copied())),
                };
                // SAFETY: there are as many elements.
                unsafe {
                    assert!(run(
                        isa,
                        &kept,
                        &one(count, left, right, 0),
                        store,
                        found.as_mut_ptr(),
                        a.as_ptr(),
                        Some(b.as_ptr())
                    ));
                }
                let error = (found[0] - exact).abs();
                assert!(error <= bound.max(f64::EPSILON * size * 256.0), "{count} {isa:?}: {error}");
                // What is usual is far below the bound: errors of both signs.
                let usual = f64::EPSILON * size * 4.0 * (count as f64).log2() / (count as f64).sqrt();
                assert!(error <= usual.max(f64::EPSILON * 4.0 * exact.abs()), "{count} {isa:?}: {error}");
            }
        }
    }
}

#[cfg(feature = "rayon")]
#[test]
fn a_long_sum_is_the_same_on_any_number_of_threads() {
    let mut random = Random(11);
    let count = 5_000_003;
    let (a, b) = (noise(count, &mut random), noise(count, &mut random));
    for isa in Isa::available() {
        for (stride, both) in [(1, true), (1, false), (2, true)] {
            let sums = [1, 2, 3, 7].map(|threads| {
                let pool =
                    rayon_core::ThreadPoolBuilder::new().num_threads(threads).build().expect("threads");
                pool.install(|| {
                    let mut found = 0.0_f32;
                    let contracted = one(count / stride as usize, stride, stride * isize::from(both), 0);
                    let right = Some(b.as_ptr()).filter(|_| both);
                    // SAFETY: there are as many elements.
                    let done = unsafe {
                        run(isa, &Group::default(), &contracted, SET, &raw mut found, a.as_ptr(), right)
                    };
                    assert!(done);
                    found.to_bits()
                })
            });
            assert!(sums.iter().all(|&sum| sum == sums[0]), "{isa:?} {stride} {both}");
        }
    }
}

/// Overflow that the order of the indices does not have may not panic: see [`Element::HAS_SUMS`].
#[test]
fn signed_sums_where_overflow_panics_are_for_loops() {
    assert_eq!(<i32 as Element>::HAS_SUMS, !cfg!(debug_assertions));
    const { assert!(<u32 as Element>::HAS_SUMS && <f32 as Element>::HAS_SUMS) };
}
