//! Against the slow obvious walk through all positions, in whole numbers: every sum is exact in any order.

use super::{Image, Plan, Product};
use crate::kernel::{
    Assignment,
    dims::{Dim, Group, Step},
    element::Element,
    guarded::Guarded,
    simd::Isa,
};
use alloc::{vec, vec::Vec};
use core::ptr;
use num_complex::Complex;
use std::format;

/// Numbers that come from a seed.
struct Random(u64);

impl Random {
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33) as usize % end
    }

    fn of<T: Copy>(&mut self, choices: &[T]) -> T {
        choices[self.below(choices.len())]
    }
}

/// Elements from whole numbers so small that no sum overflows.
trait Whole: Element {
    /// Whether there are negative numbers.
    const IS_SIGNED: bool = true;
    fn whole(random: &mut Random) -> Self;
}

macro_rules! whole {
    ($($T:ident $($signed:literal)?),*) => { $(
        impl Whole for $T {
            $(const IS_SIGNED: bool = $signed;)?
            fn whole(random: &mut Random) -> $T {
                // Bytes hold sums of up to 60 of these.
                if size_of::<$T>() == 1 { random.below(2) as $T } else { random.below(4) as $T }
            }
        }
    )* };
}

whole!(f32, f64, i8, i16, i32, u8 false, u64 false);

impl<T: Whole> Whole for Complex<T>
where
    Complex<T>: Element,
{
    fn whole(random: &mut Random) -> Self {
        Complex { re: T::whole(random), im: T::whole(random) }
    }
}

/// An array that all positions of some loops are in, with no element more than needed at either end, so that none can be read
/// beyond.
struct Array<T> {
    elements: Guarded<T>,
    first: usize,
}

impl<T: Whole> Array<T> {
    fn new(dims: &[(usize, isize)], random: &mut Random) -> Array<T> {
        let reach = dims.iter().map(|&(extent, stride)| (extent as isize - 1) * stride);
        let low: isize = reach.clone().map(|reach| reach.min(0)).sum();
        let high: isize = reach.map(|reach| reach.max(0)).sum();
        let elements: Vec<T> = (low..=high).map(|_| T::whole(random)).collect();
        Array { elements: Guarded::new(&elements, random.below(2) > 0), first: low.unsigned_abs() }
    }

    fn at(&self, offset: isize) -> &T {
        &self.elements[self.first.wrapping_add_signed(offset)]
    }
}

/// Strides for these extents: a random order of the axes, some backwards, some with gaps.
fn strides(extents: &[usize], random: &mut Random, fancy: bool) -> Vec<isize> {
    let mut axes: Vec<usize> = (0..extents.len()).collect();
    for n in (1..axes.len()).rev() {
        axes.swap(n, random.below(n + 1));
    }
    let mut strides = vec![0; extents.len()];
    let mut stride = if fancy { random.of(&[1, 1, 1, 2]) } else { 1 };
    for axis in axes {
        strides[axis] = if fancy && random.below(8) == 0 { -stride } else { stride };
        stride *= extents[axis] as isize;
        if fancy && random.below(5) == 0 {
            stride += random.below(3) as isize;
        }
    }
    strides
}

/// The extents of the loops of each part.
#[derive(Debug)]
struct Case {
    batch: Vec<usize>,
    rows: Vec<usize>,
    columns: Vec<usize>,
    contracted: Vec<usize>,
}

impl Case {
    fn step(&self, random: &mut Random, fancy: bool) -> Step {
        let parts = [&self.batch, &self.rows, &self.columns, &self.contracted];
        let [b, m, n, k] = parts.map(Vec::len);
        let of = |parts: [&[usize]; 3]| parts.concat();
        let left = strides(&of([&self.batch, &self.rows, &self.contracted]), random, fancy);
        let right = strides(&of([&self.batch, &self.columns, &self.contracted]), random, fancy);
        let output = strides(&of([&self.batch, &self.rows, &self.columns]), random, fancy);
        let mut step = Step::default();
        for (n, &extent) in self.batch.iter().enumerate() {
            push(&mut step.batch, Dim { extent, left: left[n], right: right[n], output: output[n] });
        }
        for (n, &extent) in self.rows.iter().enumerate() {
            push(&mut step.rows, Dim { extent, left: left[b + n], right: 0, output: output[b + n] });
        }
        for (j, &extent) in self.columns.iter().enumerate() {
            push(&mut step.columns, Dim { extent, left: 0, right: right[b + j], output: output[b + m + j] });
        }
        for (j, &extent) in self.contracted.iter().enumerate() {
            push(
                &mut step.contracted,
                Dim { extent, left: left[b + m + j], right: right[b + n + j], output: 0 },
            );
        }
        debug_assert!(k == self.contracted.len());
        step
    }
}

fn push(group: &mut Group, dim: Dim) {
    group.push(dim).expect("few loops");
}

fn dims(step: &Step, stride: impl Fn(&Dim) -> isize) -> Vec<(usize, isize)> {
    let groups = [&step.batch, &step.rows, &step.columns, &step.contracted];
    groups.iter().flat_map(|group| group.dims()).map(|dim| (dim.extent, stride(dim))).collect()
}

/// All forms, plans and instruction sets, of a step with these extents.
fn check<T: Whole>(case: &Case, random: &mut Random, fancy: bool) {
    let step = case.step(random, fancy);
    check_step::<T>(step, random);
}

/// The same of one step.
fn check_step<T: Whole>(step: Step, random: &mut Random) {
    let left = Array::<T>::new(&dims(&step, |dim| dim.left), random);
    let right = Array::<T>::new(&dims(&step, |dim| dim.right), random);
    let before = Array::<T>::new(&dims(&step, |dim| dim.output), random);
    let factor = T::whole(random);
    // Products and differences of unsigned numbers must not be negative, so these are added to a large enough output.
    for (assignment, factor) in [
        (Assignment::Set, None),
        (Assignment::Add, None),
        (Assignment::Set, Some(factor)),
        (Assignment::Add, Some(factor)),
        (Assignment::Subtract, None),
    ] {
        let mut expected = before.elements.to_vec();
        let mut skip = false;
        for b in step.batch.all_offsets() {
            for m in step.rows.all_offsets() {
                for n in step.columns.all_offsets() {
                    let mut sum = T::default();
                    for k in step.contracted.all_offsets() {
                        sum =
                            sum + *left.at(b.left + m.left + k.left) * *right.at(b.right + n.right + k.right);
                    }
                    let sum = factor.map_or(sum, |factor| factor * sum);
                    let place = before.first.wrapping_add_signed(b.output + m.output + n.output);
                    let place = &mut expected[place];
                    match assignment {
                        Assignment::Set => *place = sum,
                        Assignment::Add => *place = *place + sum,
                        Assignment::Subtract if T::IS_SIGNED => *place = *place - sum,
                        Assignment::Subtract => skip = true,
                    }
                }
            }
        }
        if skip {
            continue;
        }
        for isa in Isa::available() {
            let mut step = step;
            let swapped = step.arrange_for_packing().0;
            let (first, second) = if swapped { (&right, &left) } else { (&left, &right) };
            let family = T::products(isa);
            let chosen = Plan::of(&step, family);
            let mut plans = vec![chosen];
            for vectors in (1..=family.shapes.len()).filter(|&vectors| !family.shapes[vectors - 1].is_empty())
            {
                for packs_left in [true, chosen.packs_left] {
                    plans.push(Plan { packs_left, vectors, ..chosen });
                    plans.push(Plan { packs_left, packs_right: true, vectors });
                }
            }
            plans.dedup();
            for plan in plans {
                let mut output = Guarded::new(&before.elements, random.below(2) > 0);
                let product = Product {
                    isa,
                    family,
                    step: &step,
                    plan,
                    assignment,
                    factor: factor.as_ref().map_or(ptr::null(), |factor| ptr::from_ref(factor).cast()),
                    output: output.as_mut_ptr().wrapping_add(before.first).cast(),
                    left: first.elements.as_ptr().wrapping_add(first.first).cast(),
                    right: second.elements.as_ptr().wrapping_add(second.first).cast(),
                };
                // SAFETY: the arrays have room for all positions, which are distinct in the output.
                unsafe { product.run() };
                let context = format!(
                    "{} {isa:?} {plan:?} {assignment:?} factor {}: {step:?}",
                    core::any::type_name::<T>(),
                    factor.is_some()
                );
                assert!(output[..] == expected[..], "{context}");
            }
        }
    }
}

fn every_type(case: &Case, random: &mut Random, fancy: bool) {
    check::<f64>(case, random, fancy);
    check::<f32>(case, random, fancy);
    check::<Complex<f64>>(case, random, fancy);
    check::<Complex<f32>>(case, random, fancy);
    check::<i32>(case, random, fancy);
    check::<u64>(case, random, fancy);
    check::<i16>(case, random, fancy);
    if case.contracted.iter().product::<usize>() < 20 {
        check::<i8>(case, random, fancy);
        check::<u8>(case, random, fancy);
    }
}

#[test]
fn ragged_sizes_around_tiles() {
    let random = &mut Random(1);
    for (m, n, k) in [
        (2, 2, 2),
        (3, 7, 5),
        (5, 9, 17),
        (6, 8, 3),
        (7, 16, 4),
        (8, 24, 9),
        (11, 17, 8),
        (12, 23, 7),
        (13, 25, 6),
        (25, 33, 16),
        (9, 47, 15),
        (23, 49, 2),
        (4, 65, 31),
    ] {
        for fancy in [false, true] {
            let case = Case { batch: vec![], rows: vec![m], columns: vec![n], contracted: vec![k] };
            every_type(&case, random, fancy);
        }
    }
}

#[test]
fn several_axes() {
    let random = &mut Random(2);
    for _ in 0..if cfg!(debug_assertions) { 6 } else { 60 } {
        let mut extents = |most: usize, count: usize| -> Vec<usize> {
            (0..random.below(count) + 1).map(|_| random.below(most) + 2).collect()
        };
        let (rows, columns, contracted) = (extents(5, 3), extents(6, 3), extents(4, 3));
        let batch = if rows.len() == 1 { vec![3] } else { vec![] };
        every_type(&Case { batch, rows, columns, contracted }, random, true);
    }
}

#[test]
fn around_the_blocks() {
    let random = &mut Random(3);
    for (m, n, k) in
        [(2, 3, 255), (3, 2, 257), (5, 9, 513), (145, 3, 5), (289, 17, 3), (2, 1025, 3), (7, 2049, 2)]
    {
        let case = Case { batch: vec![], rows: vec![m], columns: vec![n], contracted: vec![k] };
        check::<f64>(&case, random, false);
        check::<f32>(&case, random, true);
        check::<Complex<f32>>(&case, random, false);
    }
    let case = Case { batch: vec![2], rows: vec![300], columns: vec![19], contracted: vec![6] };
    check::<f64>(&case, random, false);
}

#[test]
fn neighbours_of_the_output_far_apart() {
    let random = &mut Random(4);
    for n in 0..if cfg!(debug_assertions) { 4 } else { 40 } {
        let (long, short) = (random.below(60) + 20, random.below(20) + 2);
        let columns = if n % 2 == 0 { vec![short, long] } else { vec![long, short, 2] };
        let rows = vec![random.below(20) + 2];
        let contracted = if n % 4 < 2 {
            vec![random.below(9) + 2, 2]
        } else {
            vec![random.below(9) + 2, random.below(90) + 60]
        };
        let case = Case { batch: vec![], rows, columns, contracted };
        check::<f64>(&case, random, n % 3 == 0);
        check::<f32>(&case, random, n % 3 == 0);
        check::<Complex<f64>>(&case, random, false);
        check::<i16>(&case, random, false);
    }
}

#[test]
fn sums_over_crossed_loops() {
    let random = &mut Random(5);
    for _ in 0..if cfg!(debug_assertions) { 6 } else { 60 } {
        // Blocks of several iterations of the outer loop, or of a part of the inner one, and slabs of that.
        let inner = [random.below(40) + 2, random.below(200) + 40];
        let contracted = vec![random.below(40) + 2, random.of(&inner)];
        let rows = vec![random.below(20) + 2];
        let columns = vec![random.below(30) + 2];
        let case = Case { batch: vec![], rows, columns, contracted };
        check::<f64>(&case, random, false);
        check::<f32>(&case, random, false);
        check::<Complex<f32>>(&case, random, false);
        check::<i32>(&case, random, false);
    }
}

#[test]
fn long_sums_of_few_lines() {
    let random = &mut Random(6);
    for _ in 0..if cfg!(debug_assertions) { 6 } else { 60 } {
        let contracted = vec![random.below(200) + 128];
        let rows = vec![random.below(9) + 2];
        let columns = vec![random.below(12) + 2, random.of(&[3, 24, 50, 70])];
        let (rows, columns) = if random.below(2) > 0 { (columns, rows) } else { (rows, columns) };
        let case = Case { batch: vec![], rows, columns, contracted };
        check::<f64>(&case, random, false);
        check::<f32>(&case, random, false);
        check::<Complex<f64>>(&case, random, false);
        check::<i32>(&case, random, false);
    }
}

/// Columns that are neighbours in the right array and apart in the output.
fn far_columns(rows: usize, outer: usize, inner: usize, depth: usize) -> Step {
    let [o, i, k] = [outer, inner, depth].map(|extent| extent as isize);
    let dim = |extent, left, right, output| Dim { extent, left, right, output };
    let mut step = Step::default();
    push(&mut step.rows, dim(rows, k, 0, o * i));
    push(&mut step.columns, dim(inner, 0, 1, o));
    push(&mut step.columns, dim(outer, 0, i * k, 1));
    push(&mut step.contracted, dim(depth, 1, i, 0));
    step
}

#[test]
fn few_rows_use_far_columns_where_they_lie() {
    let random = &mut Random(7);
    for (rows, outer, inner, depth) in [(24, 3, 48, 97), (9, 2, 95, 40), (13, 5, 47, 130), (2, 4, 96, 33)] {
        let step = far_columns(rows, outer, inner, depth);
        check_step::<f64>(step, random);
        check_step::<f32>(step, random);
        check_step::<Complex<f64>>(step, random);
        check_step::<i32>(step, random);
        for family in Isa::available().map(f64::products) {
            let mut step = step;
            step.arrange_for_packing();
            let plan = Plan::of(&step, family);
            assert!(!(family.reads_parts && plan.packs_right), "{plan:?} {step:?}");
        }
    }
}

#[test]
fn batches_of_small_matrices() {
    let random = &mut Random(8);
    for n in 0..if cfg!(debug_assertions) { 8 } else { 60 } {
        // The last ones are too large for the kernel of small ones in one way or another.
        let mut extent = |most: usize| random.below(most) + 2;
        let (m, n, k) = match n % 8 {
            6 => (65, 9, 17),
            7 => (5, 9, 257),
            _ => (extent(40), extent(40), extent(40)),
        };
        let batch = if n % 2 == 0 { vec![3] } else { vec![2, 2] };
        let case = Case { batch, rows: vec![m], columns: vec![n], contracted: vec![k] };
        check::<f64>(&case, random, true);
        check::<f32>(&case, random, true);
        check::<Complex<f32>>(&case, random, false);
    }
}

/// A large step is cut for threads, and the pieces may be small where the whole is not.
#[test]
fn small_matrices_are_rounded_as_large_ones() {
    let random = &mut Random(12);
    for n in 0..if cfg!(debug_assertions) { 12 } else { 100 } {
        let mut extent = |most: usize| random.below(most) + 2;
        let (m, n, k) = (extent(50), extent(40), if n % 3 == 0 { 128 } else { extent(126) });
        let case = Case { batch: vec![2], rows: vec![m], columns: vec![n], contracted: vec![k] };
        let mut step = case.step(random, true);
        let array = |dims: &[(usize, isize)], random: &mut Random| {
            let Array { elements, first } = Array::<f64>::new(dims, random);
            let elements: Vec<f64> = elements.iter().map(|_| random.below(1 << 20) as f64 / 7.0).collect();
            Array { elements: Guarded::new(&elements, false), first }
        };
        let mut left = array(&dims(&step, |dim| dim.left), random);
        let mut right = array(&dims(&step, |dim| dim.right), random);
        let before = array(&dims(&step, |dim| dim.output), random);
        if step.arrange_for_packing().0 {
            core::mem::swap(&mut left, &mut right);
        }
        for isa in Isa::available() {
            for assignment in [Assignment::Set, Assignment::Add, Assignment::Subtract] {
                let factor = [None, Some(0.3)][random.below(2)];
                let [small, large] = [true, false].map(|is_small| {
                    let mut output = Guarded::new(&before.elements, false);
                    let family = f64::products(isa);
                    let product = Product {
                        isa,
                        family,
                        step: &step,
                        plan: Plan::of(&step, family),
                        assignment,
                        factor: factor.as_ref().map_or(ptr::null(), |factor| ptr::from_ref(factor).cast()),
                        output: output.as_mut_ptr().wrapping_add(before.first).cast(),
                        left: left.elements.as_ptr().wrapping_add(left.first).cast(),
                        right: right.elements.as_ptr().wrapping_add(right.first).cast(),
                    };
                    // SAFETY: the arrays have room for all positions, which are distinct in the output; likewise below.
                    if !is_small || !unsafe { product.run_small::<f64>() } {
                        // SAFETY: as above.
                        unsafe { product.run_large() };
                    }
                    output.to_vec()
                });
                assert!(small == large, "{isa:?} {assignment:?} {factor:?} {step:?}");
            }
        }
    }
}

#[test]
fn long_sums_of_runs_that_waste_vectors() {
    let random = &mut Random(9);
    let (rows, outer, inner, depth) = (13, 3, 9, 200);
    let dim = |extent: usize, left: usize, right: usize, output: usize| {
        let [left, right, output] = [left, right, output].map(|stride| stride as isize);
        Dim { extent, left, right, output }
    };
    let mut step = Step::default();
    push(&mut step.rows, dim(rows, depth, 0, inner));
    // Nothing is a neighbour in the right array.
    push(&mut step.columns, dim(outer, 0, 2, rows * inner));
    push(&mut step.columns, dim(inner, 0, 2 * outer, 1));
    push(&mut step.contracted, dim(depth, 1, 2 * outer * inner, 0));
    check_step::<f64>(step, random);
    check_step::<f32>(step, random);
    check_step::<Complex<f32>>(step, random);
    for family in Isa::available().map(f64::products) {
        let mut step = step;
        step.arrange_for_packing();
        assert!(step.columns.run() == inner && !Plan::keeps_runs(&step, family), "{step:?}");
    }
}

/// A line that is a neighbour of one a panel before, although no panel is full of these: the last panel is not left out.
#[test]
fn part_of_a_panel_beside_another() {
    let random = &mut Random(37);
    for (inner, outer) in [(3, 2), (5, 2), (3, 3), (4, 3), (7, 2), (5, 3)] {
        for (apart, back) in [(-1, 2), (-2, 3), (-1, 3), (4, -3), (6, -5), (8, -7)] {
            let mut step = Step::default();
            let left = |extent, left, output| Dim { extent, left, right: 0, output };
            push(&mut step.rows, left(outer, back, 40 * inner as isize));
            push(&mut step.rows, left(inner, apart, 40));
            push(&mut step.columns, Dim { extent: 5, left: 0, right: 7, output: 3 });
            push(&mut step.contracted, Dim { extent: 9, left: 64, right: 64, output: 0 });
            check_step::<f32>(step, random);
            check_step::<f64>(step, random);
        }
    }
}

/// The places of windows in images, with so many output channels: kernels of `[channels, height, width]`, their positions so far apart.
struct Windows {
    images: usize,
    output_channels: usize,
    channels: usize,
    positions: [usize; 2],
    window: [usize; 2],
    dilation: usize,
    /// Elements between the rows of an image that are none of its own.
    gap: usize,
}

impl Windows {
    /// The images are the right array, or the left one.
    fn step(&self, random: &mut Random, is_right: bool) -> Step {
        let &Windows { images, output_channels, channels, positions: [x, y], window: [i, j], dilation, gap } =
            self;
        let width = (y + dilation * (j - 1) + gap) as isize;
        let height = (x + dilation * (i - 1)) as isize;
        let kernel = strides(&[output_channels, channels, i, j], random, true);
        let [row, between] = [y + random.of(&[0, 0, 1, 5]), random.below(3)].map(|n| n as isize);
        let plane = row * x as isize + between;
        let mut step = Step::default();
        let dilation = dilation as isize;
        let image = |extent, right, output| Dim { extent, left: 0, right, output };
        push(&mut step.columns, image(y, 1, 1));
        push(
            &mut step.columns,
            image(images, width * height * channels as isize, plane * output_channels as isize),
        );
        push(&mut step.columns, image(x, width, row));
        push(&mut step.rows, Dim { extent: output_channels, left: kernel[0], right: 0, output: plane });
        for (extent, left, right) in [
            (j, kernel[3], dilation),
            (channels, kernel[1], width * height),
            (i, kernel[2], width * dilation),
        ] {
            push(&mut step.contracted, Dim { extent, left, right, output: 0 });
        }
        if !is_right {
            step.swap();
        }
        step
    }
}

/// Rows of images are read with what is between them, which is not written, in every layout of the output.
#[test]
fn images() {
    let random = &mut Random(41);
    for is_right in [true, false] {
        for (images, output_channels, channels, positions, window, dilation, gap) in [
            (1, 1, 1, [2, 3], [2, 2], 1, 0),
            (2, 3, 2, [4, 5], [3, 3], 1, 0),
            (1, 9, 3, [5, 7], [2, 3], 1, 0),
            (3, 8, 1, [3, 12], [3, 5], 1, 0),
            (1, 5, 2, [6, 13], [3, 3], 2, 0),
            (2, 17, 3, [3, 26], [3, 3], 1, 0),
            (1, 4, 2, [9, 22], [1, 5], 1, 0),
            (1, 7, 2, [2, 31], [2, 2], 3, 0),
            (2, 2, 1, [7, 47], [2, 4], 2, 0),
            (1, 3, 5, [4, 61], [3, 2], 1, 0),
            (1, 6, 2, [5, 13], [3, 3], 1, 1),
        ] {
            let windows = Windows { images, output_channels, channels, positions, window, dilation, gap };
            check_step::<f32>(windows.step(random, is_right), random);
            check_step::<f64>(windows.step(random, is_right), random);
            check_step::<Complex<f32>>(windows.step(random, is_right), random);
            check_step::<Complex<f64>>(windows.step(random, is_right), random);
        }
    }
}

/// What is read between the rows of an image are elements, at every summed position; where they are none, it is no image.
#[test]
fn what_is_between_the_rows_of_an_image() {
    let random = &mut Random(43);
    let (mut images, mut others) = (0, 0);
    for _ in 0..2000 {
        let gap = random.of(&[0, 0, 1, 2]);
        let windows = Windows {
            images: 1,
            output_channels: 2,
            channels: 1 + random.below(2),
            positions: [2 + random.below(4), 2 + random.below(12)],
            window: [1 + random.below(3), 1 + random.below(4)],
            dilation: 1 + random.below(4),
            gap,
        };
        let mut step = windows.step(random, true);
        step.arrange_for_packing();
        let Some(image) = Image::of(&step.columns, &step.contracted, |dim| dim.right) else {
            others += 1;
            continue;
        };
        images += 1;
        let places = |columns: &Group| -> std::collections::BTreeSet<isize> {
            let of = |column: Dim| step.contracted.all_offsets().map(move |at| column.right + at.right);
            columns.all_offsets().flat_map(of).collect()
        };
        let flattened = image.flattened(&step);
        assert!(flattened.columns.size() > step.columns.size(), "{step:?}");
        assert_eq!(places(&flattened.columns), places(&step.columns), "{step:?}");
    }
    assert!(images > 100 && others > 300, "{images} images and {others} others");
}
