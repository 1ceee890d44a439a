//! The kernel against the slow, obvious loop over all positions.

use super::*;
use crate::kernel::{element::parts, guarded::Guarded};
use num_complex::Complex;
use std::{format, string::String, vec, vec::Vec};

/// Numbers, the same ones for the same seed (splitmix64).
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, end: usize) -> usize {
        (self.next() % end as u64) as usize
    }
}

/// Elements of small whole numbers: all results are exact.
trait Whole: Element {
    fn whole(number: u64) -> Self;
}

macro_rules! whole {
    ($($T:ident)*) => { $(
        impl Whole for $T {
            fn whole(number: u64) -> $T {
                // Products of three, and a sum, fit into 8 bits.
                (number % 5) as $T
            }
        }
    )* };
}

whole!(f32 f64 i8 i16 i32 i64 u8 u16 u32 u64);

impl<R: Whole + num_traits::Num> Whole for Complex<R>
where
    Complex<R>: Element,
{
    fn whole(number: u64) -> Self {
        Complex::new(R::whole(number), R::whole(number >> 8))
    }
}

/// How an array lies in memory: the order of its axes, outermost first, and for each axis what its stride is beyond that.
#[derive(Clone, Debug)]
struct Layout {
    order: Vec<usize>,
    /// Of an axis: times what; negative is backwards, 0 is broadcast.
    times: Vec<isize>,
    /// The first element is so many elements into its allocation.
    shift: usize,
}

impl Layout {
    fn standard(rank: usize) -> Layout {
        Layout { order: (0..rank).collect(), times: vec![1; rank], shift: 0 }
    }

    // The strides, where the first position is, and the length of the allocation.
    fn strides(&self, extents: &[usize]) -> (Vec<isize>, usize, usize) {
        let mut strides = vec![0; extents.len()];
        let (mut next, mut first, mut reach) = (1, self.shift, 0);
        for &axis in self.order.iter().rev() {
            let times = self.times[axis];
            strides[axis] = next * times;
            let last = strides[axis].unsigned_abs() * (extents[axis] - 1);
            reach += last;
            if times < 0 {
                first += last;
            }
            if times != 0 {
                next *= times.abs() * extents[axis] as isize;
            }
        }
        (strides, first, self.shift + reach + 1)
    }
}

/// A shape, a layout of each array, and whether there is a right operand.
#[derive(Clone, Debug)]
struct Case {
    extents: Vec<usize>,
    output: Layout,
    left: Layout,
    right: Option<Layout>,
}

fn available() -> Vec<Isa> {
    Isa::available().collect()
}

// All positions, one at a time; the values with which the kernel must leave the output.
fn oracle<T: Element>(
    (loops, conjugated): (&[Dim], [bool; 2]),
    store: Store<T>,
    (output, output_first): (&mut [T], usize),
    (left, left_first): (&[T], usize),
    right: Option<(&[T], usize)>,
) {
    let mut position = vec![0; loops.len()];
    loop {
        let at = |first: usize, stride: fn(&Dim) -> isize| {
            let offset: isize = loops.iter().zip(&position).map(|(dim, &n)| stride(dim) * n as isize).sum();
            (first as isize + offset) as usize
        };
        let conjugate_if = |number: T, conjugated: bool| if conjugated { number.conjugate() } else { number };
        let mut value = conjugate_if(left[at(left_first, |dim| dim.left)], conjugated[0]);
        if let Some((right, first)) = right {
            value = value * conjugate_if(right[at(first, |dim| dim.right)], conjugated[1]);
        }
        if let Some(factor) = store.factor {
            value = factor * value;
        }
        let place = &mut output[at(output_first, |dim| dim.output)];
        *place = match store.assignment {
            Assignment::Set => value,
            Assignment::Add => *place + value,
            Assignment::Subtract => *place - value,
        };
        let Some(n) = (0..loops.len()).rev().find(|&n| position[n] + 1 < loops[n].extent) else { return };
        position[n] += 1;
        position[n + 1..].fill(0);
    }
}

fn check<T: Whole>(
    (case, conjugated): (&Case, [bool; 2]),
    isa: Isa,
    store: Store<T>,
    random: &mut Random,
) -> Result<(), String> {
    let (output_strides, output_first, output_len) = case.output.strides(&case.extents);
    let (left_strides, left_first, left_len) = case.left.strides(&case.extents);
    let right_parts = case.right.as_ref().map(|right| right.strides(&case.extents));
    let all: Vec<Dim> = (0..case.extents.len())
        .map(|n| Dim {
            extent: case.extents[n],
            output: output_strides[n],
            left: left_strides[n],
            right: right_parts.as_ref().map_or(0, |(strides, ..)| strides[n]),
        })
        .collect();
    let mut loops = Group::default();
    for &dim in &all {
        loops.push(dim).expect("the cases have few loops, and all of them run");
    }
    let mut numbers = |len: usize| {
        let numbers: Vec<T> = (0..len).map(|_| T::whole(random.next())).collect();
        Guarded::new(&numbers, random.below(2) > 0)
    };
    let (mut before, left) = (numbers(output_len), numbers(left_len));
    // Nothing that is subtracted makes it negative, and nothing that is added more than 8 bits hold.
    let least = (0..15).fold(T::default(), |sum, _| sum + T::whole(4));
    before.iter_mut().for_each(|number| *number = *number + least);
    let right = right_parts.as_ref().map(|&(_, first, len)| (numbers(len), first));

    let mut expected = before.to_vec();
    let right_slice = right.as_ref().map(|(right, first)| (&right[..], *first));
    oracle((&all, conjugated), store, (&mut expected, output_first), (&left, left_first), right_slice);

    let mut output = before;
    let output_pointer = output.as_mut_ptr().wrapping_add(output_first);
    let left_pointer = left.as_ptr().wrapping_add(left_first);
    let right_pointer = right.as_ref().map(|(right, first)| right.as_ptr().wrapping_add(*first));
    // SAFETY: the layouts stay inside their allocations, which are different ones.
    unsafe { run(isa, (&loops, conjugated), store, output_pointer, left_pointer, right_pointer) };
    if output[..] == expected[..] {
        return Ok(());
    }
    let wrong = output.iter().zip(&expected).position(|(is, should)| is != should);
    Err(format!(
        "{case:?} {conjugated:?} with {isa:?}, {store:?}, {}: first at {wrong:?}",
        core::any::type_name::<T>()
    ))
}

// With all assignments, with and without factor, and conjugated operands if there can be, on every instruction set.
fn check_all<T: Whole>(cases: &[Case]) {
    let mut random = Random(7);
    let mut failures = Vec::new();
    let all = [[false, false], [true, false], [false, true], [true, true]];
    for case in cases {
        let conjugated = match (parts::<T>(), &case.right) {
            (2, Some(_)) => &all[..],
            (2, None) => &all[..2],
            _ => &all[..1],
        };
        for isa in available() {
            for assignment in [Assignment::Set, Assignment::Add, Assignment::Subtract] {
                for factor in [None, Some(T::whole(3))] {
                    for &conjugated in conjugated {
                        let store = Store { assignment, factor };
                        failures.extend(check((case, conjugated), isa, store, &mut random).err());
                    }
                }
            }
        }
    }
    let few: Vec<_> = failures.iter().take(5).collect();
    assert!(failures.is_empty(), "{} of {} cases fail: {few:#?}", failures.len(), cases.len());
}

fn random_layout(rank: usize, random: &mut Random, can_repeat: bool) -> Layout {
    let mut layout = Layout::standard(rank);
    for n in (1..rank).rev() {
        layout.order.swap(n, random.below(n + 1));
    }
    for times in &mut layout.times {
        *times = [1, 1, 1, 1, 1, -1, -1, 2, 3, 0, 0][random.below(if can_repeat { 11 } else { 9 })];
    }
    // Half of them without anything special: these take the fast paths.
    if random.below(2) == 0 {
        layout.times.fill(1);
    }
    layout.shift = random.below(4);
    layout
}

fn random_cases(count: usize, seed: u64) -> Vec<Case> {
    let mut random = Random(seed);
    (0..count)
        .map(|_| {
            let rank = random.below(7);
            let most = [1, 600, 70, 18, 9, 6, 4][rank];
            Case {
                extents: (0..rank).map(|_| 2 + random.below(most)).collect(),
                output: random_layout(rank, &mut random, false),
                left: random_layout(rank, &mut random, true),
                right: (random.below(2) == 0).then(|| random_layout(rank, &mut random, true)),
            }
        })
        .collect()
}

macro_rules! of_every_type {
    ($($name:ident: $T:ty;)*) => { $(
        #[test]
        fn $name() {
            check_all::<$T>(&random_cases(if cfg!(miri) { 8 } else if cfg!(debug_assertions) { 12 } else { 400 }, 1));
        }
    )* };
}

of_every_type! {
    random_layouts_of_f32: f32;
    random_layouts_of_f64: f64;
    random_layouts_of_c32: Complex<f32>;
    random_layouts_of_c64: Complex<f64>;
    random_layouts_of_i8: i8;
    random_layouts_of_i16: i16;
    random_layouts_of_i32: i32;
    random_layouts_of_i64: i64;
    random_layouts_of_u8: u8;
    random_layouts_of_u16: u16;
    random_layouts_of_u32: u32;
    random_layouts_of_u64: u64;
}

fn transposed(rank: usize) -> Layout {
    Layout { order: (0..rank).rev().collect(), ..Layout::standard(rank) }
}

// Around the sides of squares and of blocks.
#[test]
fn ragged_transposes() {
    let mut cases = Vec::new();
    let sizes: &[usize] = if cfg!(miri) {
        &[2, 9]
    } else if cfg!(debug_assertions) {
        &[2, 3, 7, 9, 16, 17, 33, 65]
    } else {
        &[2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 32, 33, 63, 64, 65, 127, 129, 257]
    };
    for &rows in sizes {
        for &columns in sizes {
            let left = Layout { shift: rows % 3, ..transposed(2) };
            let case = Case { extents: vec![rows, columns], output: Layout::standard(2), left, right: None };
            cases.push(Case { right: Some(Layout::standard(2)), ..case.clone() });
            cases.push(case);
        }
    }
    check_all::<f64>(&cases);
    check_all::<f32>(&cases);
    check_all::<Complex<f64>>(&cases);
    check_all::<u16>(&cases);
    check_all::<u8>(&cases);
}

// Columns of a line and of two, and a little more and less, of which the next one is pages away.
#[test]
fn short_columns_pages_apart() {
    fn of<T: Whole>() {
        let line = 64 / size_of::<T>();
        let far = if cfg!(miri) { 3 } else { 64 * line };
        let mut cases = Vec::new();
        for columns in [line - 1, line, line + 1, 2 * line - 1, 2 * line, 2 * line + 1] {
            for rows in [5, 16, line + 1] {
                cases.push(Case {
                    // The output has the axes of the operand in reversed order.
                    extents: vec![columns, far / rows.next_power_of_two() + usize::from(rows == 5), rows],
                    output: Layout::standard(3),
                    left: Layout { shift: columns % 3, ..transposed(3) },
                    right: None,
                });
            }
        }
        check_all::<T>(&cases);
    }
    of::<f64>();
    of::<f32>();
    of::<Complex<f64>>();
    of::<u16>();
}

// Around the lengths of vectors, pieces and buffers.
#[test]
fn ragged_rows() {
    let mut cases = Vec::new();
    let broadcast = |times: [isize; 2]| Layout { times: times.to_vec(), ..Layout::standard(2) };
    let sizes: &[usize] = if cfg!(miri) {
        &[2, 35]
    } else if cfg!(debug_assertions) {
        &[2, 3, 7, 9, 16, 17, 33, 63, 129, 257, 1023]
    } else {
        &[2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 32, 33, 63, 65, 127, 128, 129, 255, 257, 1023, 2049]
    };
    for &len in sizes {
        for left in [[1, 1], [0, 1], [1, 0], [0, 0]] {
            for right in [None, Some([1, 1]), Some([0, 1]), Some([1, 0]), Some([0, 0])] {
                let output = Layout { shift: 1, ..Layout::standard(2) };
                cases.push(Case {
                    extents: vec![3, len],
                    output,
                    left: broadcast(left),
                    right: right.map(broadcast),
                });
            }
        }
    }
    check_all::<f64>(&cases);
    check_all::<f32>(&cases);
    check_all::<Complex<f32>>(&cases);
    check_all::<Complex<f64>>(&cases);
    check_all::<i8>(&cases);
}

// Large enough to go past the caches: with all shifts of a line, dense and with gaps, gathered and in rows.
#[test]
#[cfg_attr(miri, ignore)]
fn large_outputs() {
    let mut random = Random(3);
    let plain = |rank| Layout::standard(rank);
    let dims = |extents: &[usize]| extents.to_vec();
    let case = |extents: &[usize], left: Layout, right: Option<Layout>| Case {
        extents: dims(extents),
        output: Layout { shift: 3, ..plain(extents.len()) },
        left,
        right,
    };
    let repeated = |times: &[isize]| Layout { times: times.to_vec(), ..plain(times.len()) };
    let size = (1 << 20) / 8;
    let cases = [
        case(&[size + 5], plain(1), None),
        case(&[size + 5], plain(1), Some(plain(1))),
        case(&[size + 5], repeated(&[0]), None),
        case(&[1025, size / 1024], transposed(2), None),
        // All rows begin at the same place of a line, and the last ones are fewer than a tile has.
        case(&[1021, 128], transposed(2), None),
        case(&[263, 512], transposed(2), None),
        case(&[size / 1021, 1022], transposed(2), None),
        case(&[size / 1021, 1022], transposed(2), Some(plain(2))),
        case(&[size / 1021, 1022], plain(2), Some(transposed(2))),
        case(&[size / 1021, 1022], repeated(&[1, 0]), Some(repeated(&[0, 1]))),
        case(&[size / 3, 3], plain(2), Some(repeated(&[0, 1]))),
        case(&[size / 3, 3], transposed(2), None),
        case(&[3, size / 3 + 1], transposed(2), None),
        case(&[size / 1190, 35, 34], Layout { order: vec![1, 0, 2], ..plain(3) }, None),
        case(&[35, size / 1190, 34], transposed(3), None),
        case(&[size / 260 + 1, 10, 26], transposed(3), None),
        Case {
            output: Layout { order: vec![0, 1, 2], times: vec![1, 2, 1], shift: 1 },
            ..case(&[40, size / 4000, 101], transposed(3), None)
        },
        Case {
            output: Layout { order: vec![0, 1], times: vec![2, 2], shift: 1 },
            ..case(&[size / 1021, 1022], transposed(2), None)
        },
    ];
    let set = |factor: Option<f64>| Store { assignment: Assignment::Set, factor };
    for case in &cases {
        let plain = (case, [false; 2]);
        for factor in [None, Some(3.0)] {
            check(plain, Isa::detect(), set(factor), &mut random).unwrap();
        }
        check(plain, Isa::Portable, set(None), &mut random).unwrap();
        for conjugated in [[false, false], [true, false]] {
            let store = Store::<Complex<f64>> { assignment: Assignment::Set, factor: None };
            check((case, conjugated), Isa::detect(), store, &mut random).unwrap();
        }
    }
    for case in &cases {
        // Elements of half the size: twice as many rows.
        let mut case = case.clone();
        case.extents[0] *= 2;
        let store = Store::<f32> { assignment: Assignment::Set, factor: None };
        check((&case, [false; 2]), Isa::detect(), store, &mut random).unwrap();
    }
}

// Every element a few times in a row, and rows that are repeated as well, as in the gradient of windows that do not overlap: `nxy->nxiyj`.
#[test]
fn repeated_elements() {
    let mut random = Random(3);
    let mut cases = Vec::new();
    for times in 2..6 {
        for len in [2, 3, 4, 5, 7, 8, 9, 12, 33, 700] {
            let extents =
                vec![2, 2 + random.below(if len > 100 { 2 } else { 40 }), 2 + random.below(2), len, times];
            let mut output = Layout { shift: random.below(3), ..Layout::standard(5) };
            output.times[random.below(5)] = [1, 1, -1, 2][random.below(4)];
            let mut left = Layout { shift: random.below(3), ..Layout::standard(5) };
            // In front of `i` as well, or in `i` alone, or nowhere but in `j`.
            left.times[2] = [0, 0, 1][random.below(3)];
            left.times[0] = [0, 1, 1, -1][random.below(4)];
            left.times[1] = [1, 1, -1, 2][random.below(4)];
            left.times[3] = [1, 1, 1, 1, 1, -1, 2][random.below(7)];
            left.times[4] = 0;
            cases.push(Case { extents, output, left, right: None });
        }
    }
    check_all::<f32>(&cases);
    check_all::<f64>(&cases);
    check_all::<Complex<f64>>(&cases);
    check_all::<u8>(&cases);
}

// Rows that are as long as another type's element, at places that are no multiples of that: rows with gaps, and windows.
#[test]
fn short_rows_anywhere() {
    fn every_pitch<T: Whole>() {
        let numbers: Vec<T> = (0..400).map(|n| T::whole(n * 7 + n / 5)).collect();
        for extent in [2, 3, 4, 8, 16] {
            for (output_pitch, left_pitch) in
                [(0, 0), (0, 1), (1, 0), (1, 1), (2, 2), (extent, extent), (0, -3)]
            {
                let row = Dim { extent: extent as usize, left: 1, right: 0, output: 1 };
                let outer =
                    Dim { extent: 9, left: extent + left_pitch, output: extent + output_pitch, right: 0 };
                let window = Dim { left: 1, ..outer };
                for loops in [[outer, row], [window, row]] {
                    let mut group = Group::default();
                    loops.iter().for_each(|&dim| group.push(dim).expect("two loops that run"));
                    let store = Store { assignment: Assignment::Set, factor: None };
                    let mut expected = vec![T::default(); 400];
                    oracle((&loops, [false; 2]), store, (&mut expected, 1), (&numbers, 30), None);
                    for isa in available() {
                        let mut output = vec![T::default(); 400];
                        let (to, from) = (output[1..].as_mut_ptr(), numbers[30..].as_ptr());
                        // SAFETY: 9 rows of not more than 32 elements are inside the vectors.
                        unsafe { run(isa, (&group, [false; 2]), store, to, from, None) };
                        assert_eq!(output, expected, "{isa:?} {extent} {loops:?}");
                    }
                }
            }
        }
    }
    every_pitch::<u8>();
    every_pitch::<i16>();
    every_pitch::<f32>();
    every_pitch::<f64>();
    every_pitch::<Complex<f32>>();
}

// Where an element stands must not change its bits: a long row against rows cut at every place, with numbers that round.
#[test]
fn roundings_do_not_depend_on_the_position() {
    fn cut<T: Element>(conjugated: [bool; 2], number: fn(u64) -> T) {
        let mut random = Random(5);
        let len = 70;
        let mut numbers = || (0..len).map(|_| number(random.next())).collect::<Vec<T>>();
        let (left, right, before) = (numbers(), numbers(), numbers());
        for isa in available() {
            for assignment in [Assignment::Set, Assignment::Add, Assignment::Subtract] {
                for factor in [None, Some(number(0x5555_1234_9876_3333))] {
                    for moves in [1, 0] {
                        let rows = |start: usize, len: usize, output: &mut [T]| {
                            let mut loops = Group::default();
                            loops
                                .push(Dim { extent: len, output: 1, left: 1, right: moves })
                                .expect("one loop that runs");
                            let right = right.as_ptr().wrapping_add(start * moves as usize);
                            let store = Store { assignment, factor };
                            let output = output[start..].as_mut_ptr();
                            let left = left[start..].as_ptr();
                            // SAFETY: `start + len` is not more than the arrays have.
                            unsafe { run(isa, (&loops, conjugated), store, output, left, Some(right)) };
                        };
                        let mut whole = before.clone();
                        rows(0, len, &mut whole);
                        for at in 1..len {
                            let mut parts = before.clone();
                            rows(0, at, &mut parts);
                            rows(at, len - at, &mut parts);
                            assert_eq!(whole, parts, "{isa:?} {assignment:?} {factor:?} {moves} {at}");
                        }
                    }
                }
            }
        }
    }
    fn real(number: u64) -> f64 {
        number as f64 / 7.0e18 - 1.0
    }
    cut::<f64>([false; 2], real);
    cut::<f32>([false; 2], |number| real(number) as f32);
    for conjugated in [[false, false], [true, false], [false, true]] {
        cut::<Complex<f64>>(conjugated, |number| Complex::new(real(number), real(number.rotate_left(20))));
        cut::<Complex<f32>>(conjugated, |number| {
            Complex::new(real(number) as f32, real(number.rotate_left(20)) as f32)
        });
    }
}
