//! Every class of step, on every type of element that has kernels, against the oracle: extents around the lengths of vectors, tiles
//! and blocks, none and one among them, and all layouts. The elements are small whole numbers, so that every sum is exact in any order.
//!
//! Like `kernels.rs`, these tests run with each `EINSUM_KERNEL` that the machine has; `.ci/run` does that.

mod oracle;

use ndarray::{LinalgScalar, prelude::*};
use ndeinsum::{einsum, sliding_windows};
use num_complex::Complex;
use std::{collections::BTreeMap, fmt::Debug};

/// Around the lengths of vectors, the sides of tiles and the blocks.
const EXTENTS: [usize; 35] = [
    0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 11, 12, 13, 15, 16, 17, 23, 24, 25, 31, 32, 33, 47, 48, 49, 63, 64, 65,
    143, 144, 145, 255, 256, 257, 513,
];

/// The positions of the loops of a test: the oracle is slow.
const MOST_POSITIONS: usize = 2000;

trait Number: LinalgScalar + Debug + PartialEq {
    /// A number that is small enough for its type even when many are multiplied and added up.
    fn number(random: u32) -> Self;
}

macro_rules! numbers {
    ($($T:ty: |$random:ident| $number:expr;)*) => { $(
        impl Number for $T {
            fn number($random: u32) -> $T {
                $number
            }
        }
    )* };
}

numbers! {
    f32: |n| (n % 7) as f32 - 3.0;
    f64: |n| (n % 7) as f64 - 3.0;
    Complex<f32>: |n| Complex::new((n % 7) as f32 - 3.0, (n % 5) as f32 - 2.0);
    Complex<f64>: |n| Complex::new((n % 7) as f64 - 3.0, (n % 5) as f64 - 2.0);
    i32: |n| (n % 7) as i32 - 3;
    i64: |n| (n % 7) as i64 - 3;
    isize: |n| (n % 7) as isize - 3;
    u32: |n| n % 4;
    u64: |n| (n % 4).into();
    usize: |n| (n % 4) as usize;
    i16: |n| (n % 3) as i16 - 1;
    u16: |n| (n % 3) as u16;
    // One in many is not zero: the sum of a thousand products must stay below 128.
    i8: |n| i8::from(n.is_multiple_of(13)) - i8::from(n % 13 == 1);
    u8: |n| u8::from(n.is_multiple_of(11));
}

/// Numbers that are the same in every run.
struct Random(u32);

impl Random {
    fn next(&mut self) -> u32 {
        self.0 = self.0.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let mixed = self.0 ^ (self.0 >> 15);
        mixed.wrapping_mul(0x2C1B_3C6D) >> 8
    }

    fn below(&mut self, end: usize) -> usize {
        self.next() as usize % end
    }

    /// An array of numbers in any layout.
    fn array<T: Number>(&mut self, shape: &[usize]) -> ArrayD<T> {
        let mut whole = self.blank(shape);
        whole.map_inplace(|element| *element = T::number(self.next()));
        whole
    }

    /// Zeros: in standard layout, in the reverse order of axes, in any order of axes, backwards along some axes, every second or third
    /// element, or not at the beginning of the memory, so that no vector is aligned.
    fn blank<T: Number>(&mut self, shape: &[usize]) -> ArrayD<T> {
        let rank = shape.len();
        let mut order: Vec<usize> = (0..rank).collect();
        match self.below(3) {
            0 => {}
            1 => order.reverse(),
            _ => (1..rank).for_each(|n| order.swap(n, self.below(n + 1))),
        }
        let padding = self.below(3);
        let steps: Vec<isize> = (0..rank)
            .map(|_| match self.below(6) {
                0 => -1,
                1 => 2,
                2 => -3,
                _ => 1,
            })
            .collect();
        // In memory, axis `n` is axis `order[n]` of the result, longer than that by what its step and the padding need.
        let extents: Vec<usize> =
            order.iter().map(|&axis| shape[axis] * steps[axis].unsigned_abs() + padding).collect();
        let mut array = ArrayD::zeros(extents);
        for (n, &axis) in order.iter().enumerate() {
            let end = padding + shape[axis] * steps[axis].unsigned_abs();
            array.slice_axis_inplace(
                Axis(n),
                ndarray::Slice::new(padding as isize, Some(end as isize), steps[axis]),
            );
        }
        let mut back = vec![0; rank];
        order.iter().enumerate().for_each(|(n, &axis)| back[axis] = n);
        array.permuted_axes(back)
    }

    /// An extent for each label, most of them short, so that there are not too many positions.
    fn extents(&mut self, text: &str) -> BTreeMap<char, usize> {
        let mut extents: BTreeMap<char, usize> = labels(text).map(|label| (label, 1)).collect();
        let mut order: Vec<char> = extents.keys().copied().collect();
        (1..order.len()).for_each(|n| order.swap(n, self.below(n + 1)));
        for (n, label) in order.iter().enumerate() {
            let positions: usize = extents.values().product::<usize>().max(1);
            // What the labels to come need at least.
            let most = (MOST_POSITIONS / positions) >> (order.len() - n - 1);
            let fitting = EXTENTS.iter().take_while(|&&extent| extent <= most.max(3)).count();
            // An empty axis now and then, but not in most of the cases.
            let first = if self.below(8) == 0 { 0 } else { 1 };
            extents.insert(*label, EXTENTS[first + self.below(fitting - first)]);
        }
        extents
    }
}

fn labels(text: &str) -> impl Iterator<Item = char> {
    text.chars().filter(|label| label.is_alphabetic())
}

/// A step in two forms: with a fresh result, and accumulated with a factor.
struct Step<T> {
    text: &'static str,
    fresh: fn(&[ArrayViewD<'_, T>]) -> ArrayD<T>,
    accumulate: fn(&mut ArrayD<T>, T, &[ArrayViewD<'_, T>]),
}

impl<T: Number> Step<T> {
    fn check(&self, operands: &[ArrayViewD<'_, T>], random: &mut Random) {
        let expected = oracle::evaluate(self.text, operands);
        let about = || {
            let layouts: Vec<_> = operands.iter().map(|array| (array.shape(), array.strides())).collect();
            format!("{} of {} on {layouts:?}", self.text, std::any::type_name::<T>())
        };
        let found = (self.fresh)(operands);
        assert!(found == expected, "{}: {found:?} instead of {expected:?}", about());
        let mut place = random.blank::<T>(expected.shape());
        let (old, scale) = (T::number(random.next()), T::number(random.next()));
        place.fill(old);
        (self.accumulate)(&mut place, scale, operands);
        let expected = expected.mapv(|sum| old + scale * sum);
        assert!(place == expected, "{}, with += {scale:?} *, to {:?}", about(), place.strides());
    }

    /// Shapes and layouts by chance.
    fn check_any(&self, count: usize) {
        let mut random = Random(self.text.bytes().map(u32::from).sum());
        for _ in 0..count {
            let extents = random.extents(self.text);
            self.check_shapes(&extents, &mut random);
        }
    }

    /// One label after the other with all extents, the others short.
    fn check_each_axis(&self) {
        let mut random = Random(1);
        let all: Vec<char> = labels(self.text).collect();
        let short = if all.len() > 6 { 2 } else { 3 };
        for label in all.iter().copied().collect::<std::collections::BTreeSet<_>>() {
            for extent in EXTENTS {
                let mut extents: BTreeMap<char, usize> = all.iter().map(|&label| (label, short)).collect();
                extents.insert(label, extent);
                self.check_shapes(&extents, &mut random);
            }
        }
    }

    fn check_shapes(&self, extents: &BTreeMap<char, usize>, random: &mut Random) {
        let terms = self.text.split("->").next().expect("the operands").split(',');
        let operands: Vec<(ArrayD<T>, Vec<usize>)> = terms
            .map(|term| {
                let shape: Vec<usize> = labels(term).map(|label| extents[&label]).collect();
                let mut stored = shape.clone();
                // Now and then all positions along an axis are the same memory.
                let axis = random.below(4 * shape.len().max(1));
                if let Some(extent) = stored.get_mut(axis)
                    && *extent > 0
                {
                    *extent = 1;
                }
                (random.array(&stored), shape)
            })
            .collect();
        let views: Vec<ArrayViewD<'_, T>> = operands
            .iter()
            .map(|(array, shape)| array.broadcast(shape.as_slice()).expect("only extents of one differ"))
            .collect();
        self.check(&views, random);
    }
}

macro_rules! steps {
    ($($class:ident { $($text:literal($($n:literal),+) $(-> $scalar:ident)?;)+ })+) => {
        $(
            fn $class<T: Number>() -> Vec<Step<T>> {
                vec![$(Step {
                    text: $text,
                    fresh: |operands| steps!(@dyn einsum!($text, $(operands[$n]),+) $(, $scalar)?),
                    accumulate: |place, scale, operands| einsum!(place += scale * $text, $(operands[$n]),+),
                }),+]
            }
        )+
    };
    (@dyn $result:expr) => { $result.into_dyn() };
    (@dyn $result:expr, scalar) => { arr0($result).into_dyn() };
}

steps! {
    // Sums, and products that are summed up.
    reductions {
        "i->"(0) -> scalar;
        "ij->"(0) -> scalar;
        "ij->i"(0);
        "ij->j"(0);
        "ijk->ik"(0);
        "ijk->j"(0);
        "ijk->k"(0);
        "ijkl->jl"(0);
        "i,i->"(0, 1) -> scalar;
        "ij,ij->"(0, 1) -> scalar;
        "ij,ji->"(0, 1) -> scalar;
        "ij,ij->i"(0, 1);
        "ij,ij->j"(0, 1);
        "ij,j->i"(0, 1);
        "ij,i->j"(0, 1);
        "j,ij->i"(0, 1);
        "bij,bj->bi"(0, 1);
        "ijb,jb->ib"(0, 1);
        "abij,ij->ab"(0, 1);
        "aibj,ji->ba"(0, 1);
        "ij,k->ik"(0, 1);
        "ij,kl->"(0, 1) -> scalar;
        "ii->"(0) -> scalar;
        "iij->j"(0);
        "ii,i->"(0, 1) -> scalar;
    }
    // Without a sum.
    elementwise {
        "i->i"(0);
        "ij->ij"(0);
        "ij->ji"(0);
        "abc->acb"(0);
        "abc->cab"(0);
        "abc->cba"(0);
        "abcd->badc"(0);
        "abcd->cdab"(0);
        "abcde->edcba"(0);
        "abcde->ecabd"(0);
        "ii->i"(0);
        "iij->ji"(0);
        "i,j->ij"(0, 1);
        "i,j->ji"(0, 1);
        "ij,k->kij"(0, 1);
        "i,i->i"(0, 1);
        "ij,ij->ij"(0, 1);
        "ij,ji->ij"(0, 1);
        "ij,j->ij"(0, 1);
        "ij,i->ji"(0, 1);
        "bi,bj->bij"(0, 1);
        "ib,jb->ijb"(0, 1);
        "ii,ij->ij"(0, 1);
        ",ij->ji"(0, 1);
    }
    products {
        "ij,jk->ik"(0, 1);
        "ji,jk->ik"(0, 1);
        "ij,kj->ik"(0, 1);
        "ji,kj->ki"(0, 1);
        "bij,bjk->bik"(0, 1);
        "ijb,jkb->ikb"(0, 1);
        "ibj,bkj->kbi"(0, 1);
        "bqhd,bkhd->bhqk"(0, 1);
        "aibj,jdib->da"(0, 1);
        "abij,ijc->cab"(0, 1);
        "eab,cbe->ac"(0, 1);
        "ijs,jk->ik"(0, 1);
        "iij,jk->ik"(0, 1);
    }
}

/// Sliding windows along the last axes, forward, and their gradients.
fn check_windows<T: Number>(count: usize) {
    let mut random = Random(9);
    for _ in 0..count {
        let [rows, columns] = [1 + random.below(12), EXTENTS[1 + random.below(27)]];
        let window = [1 + random.below(rows.min(5)), 1 + random.below(columns.min(5))];
        let image = random.array::<T>(&[rows, columns]).into_dimensionality::<Ix2>().expect("two axes");
        let windows = sliding_windows(&image, [Axis(0), Axis(1)], window).into_dyn();
        let kernel = random.array::<T>(&window);
        let step = Step {
            text: "xyij,ij->xy",
            fresh: |operands| einsum!("xyij,ij->xy", operands[0], operands[1]).into_dyn(),
            accumulate: |place, scale, operands| {
                einsum!(place += scale * "xyij,ij->xy", operands[0], operands[1]);
            },
        };
        step.check(&[windows.view(), kernel.view()], &mut random);
        let cotangent = random.array::<T>(&windows.shape()[..2]);
        let step = Step {
            text: "xyij,xy->ij",
            fresh: |operands| einsum!("xyij,xy->ij", operands[0], operands[1]).into_dyn(),
            accumulate: |place, scale, operands| {
                einsum!(place += scale * "xyij,xy->ij", operands[0], operands[1]);
            },
        };
        step.check(&[windows.view(), cotangent.view()], &mut random);
    }
}

fn check_layers<T: Number>(count: usize) {
    let mut random = Random(10);
    for _ in 0..count {
        let [n, i, o] = [1 + random.below(2), 1 + random.below(4), 1 + random.below(9)];
        let [rows, columns] = [3 + random.below(4), 3 + random.below(12)];
        let window = [1 + random.below(3), 1 + random.below(3)];
        let images =
            random.array::<T>(&[n, i, rows, columns]).into_dimensionality::<Ix4>().expect("four axes");
        let windows = sliding_windows(&images, [Axis(2), Axis(3)], window).into_dyn();
        let filters = random.array::<T>(&[o, i, window[0], window[1]]);
        let step = Step {
            text: "nijkde,oide->nojk",
            fresh: |operands| einsum!("nijkde,oide->nojk", operands[0], operands[1]).into_dyn(),
            accumulate: |place, scale, operands| {
                einsum!(place += scale * "nijkde,oide->nojk", operands[0], operands[1]);
            },
        };
        step.check(&[windows.view(), filters.view()], &mut random);
        let cotangent = random.array::<T>(&[n, o, windows.shape()[2], windows.shape()[3]]);
        let step = Step {
            text: "nijkde,nojk->oide",
            fresh: |operands| einsum!("nijkde,nojk->oide", operands[0], operands[1]).into_dyn(),
            accumulate: |place, scale, operands| {
                einsum!(place += scale * "nijkde,nojk->oide", operands[0], operands[1]);
            },
        };
        step.check(&[windows.view(), cotangent.view()], &mut random);
    }
}

fn check_all<T: Number>(steps: Vec<Step<T>>, count: usize) {
    steps.iter().for_each(|step| step.check_any(count));
}

macro_rules! types {
    ($($name:ident: $T:ty, $count:expr;)*) => { $(
        mod $name {
            use super::*;

            #[test]
            fn reductions() {
                check_all(super::reductions::<$T>(), $count);
            }

            #[test]
            fn elementwise() {
                check_all(super::elementwise::<$T>(), $count);
            }

            #[test]
            fn products() {
                check_all(super::products::<$T>(), 2 * $count);
            }

            #[test]
            fn windows() {
                check_windows::<$T>($count);
                check_layers::<$T>($count / 4);
            }
        }
    )* };
}

types! {
    floats_32: f32, 24;
    floats_64: f64, 24;
    complex_32: Complex<f32>, 12;
    complex_64: Complex<f64>, 12;
    integers_8: i8, 6;
    integers_16: i16, 6;
    integers_32: i32, 12;
    integers_64: i64, 12;
    integers_size: isize, 6;
    unsigned_8: u8, 6;
    unsigned_16: u16, 6;
    unsigned_32: u32, 6;
    unsigned_64: u64, 6;
    unsigned_size: usize, 6;
}

/// All extents along each axis, where the kernels have most variants.
#[test]
fn each_axis_of_floats() {
    reductions::<f32>().iter().for_each(Step::check_each_axis);
    elementwise::<f32>().iter().for_each(Step::check_each_axis);
    products::<f32>().iter().for_each(Step::check_each_axis);
}
