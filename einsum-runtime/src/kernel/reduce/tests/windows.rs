//! Windows that overlap: every size around the blocks, and the same bits in whatever block an output is computed.

use super::{Case, Random, SET, check, check_all, group, noise, run};
use crate::kernel::{dims::Dim, simd::Isa};
use std::{vec, vec::Vec};

/// Windows of an image: extents, distances of positions and of terms, and what is around.
#[derive(Clone, Copy, Debug)]
struct Shape {
    rows: usize,
    columns: usize,
    high: usize,
    wide: usize,
    /// Between neighbouring outputs along rows, and between the rows and columns of a window.
    stride: usize,
    dilation: [usize; 2],
    channels: usize,
    batch: usize,
}

impl Shape {
    fn random(random: &mut Random) -> Shape {
        Shape {
            rows: random.of(&[1, 2, 4, 5, 6, 7, 8, 9, 11, 16, 17, 23]),
            columns: random.of(&[2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 24, 31, 32, 33, 41, 63, 64, 65]),
            high: random.of(&[2, 3, 4, 5, 6, 7, 8, 9, 10, 11]),
            wide: random.of(&[2, 3, 4, 5, 7]),
            stride: random.of(&[1, 1, 1, 2, 3]),
            dilation: [random.of(&[1, 1, 2, 3]), random.of(&[1, 1, 2, 16, 17])],
            channels: random.of(&[1, 1, 2, 3]),
            batch: random.of(&[1, 1, 2]),
        }
    }

    /// The loops, some of them backwards, and with gaps between lines.
    fn case(&self, random: &mut Random) -> Case {
        let gap = random.below(3);
        let line = self.columns + self.dilation[1] * (self.wide - 1) + gap;
        let plane = line * (self.stride * (self.rows - 1) + self.dilation[0] * (self.high - 1) + 1);
        let (out_line, out_step) =
            random.of(&[(self.columns, 1), (self.columns + 3, 1), (2 * self.columns, 2)]);
        let window = self.high * self.wide;
        let dim = |extent: usize, left: usize, right: usize, output: usize| Dim {
            extent,
            left: left as isize,
            right: right as isize,
            output: output as isize,
        };
        let mut kept = vec![
            dim(self.batch, plane * self.channels, 0, out_line * self.rows),
            dim(self.rows, line * self.stride, 0, out_line),
            dim(self.columns, 1, 0, out_step),
        ];
        let mut contracted = vec![
            dim(self.channels, plane, window, 0),
            dim(self.high, line * self.dilation[0], self.wide, 0),
            dim(self.wide, self.dilation[1], 1, 0),
        ];
        match random.below(6) {
            // The image upside down.
            0 => [&mut kept[1], &mut contracted[1]].into_iter().for_each(|dim| dim.left = -dim.left),
            // Lines from right to left.
            1 => [&mut kept[2], &mut contracted[2]].into_iter().for_each(|dim| dim.left = -dim.left),
            // The kernel turned around, as in a gradient.
            2 => contracted.iter_mut().for_each(|dim| dim.right = -dim.right),
            3 => kept.iter_mut().for_each(|dim| dim.output = -dim.output),
            _ => {}
        }
        Case { kept, contracted, single: false }
    }
}

#[test]
fn all_sizes() {
    let mut random = Random(2024);
    for n in 0..500 {
        let shape = Shape::random(&mut random);
        let case = shape.case(&mut random);
        for result in [check::<f32>(&case, &mut random), check::<f64>(&case, &mut random)] {
            assert_eq!(result, Ok(true), "{shape:?}");
        }
        if n % 20 == 0 {
            check_all(&case, &mut random);
        }
    }
}

#[test]
fn an_output_is_the_same_in_any_block() {
    let mut random = Random(4711);
    for n in 0..60 {
        let mut shape = Shape::random(&mut random);
        (shape.rows, shape.batch) = (random.of(&[9, 17, 26]), 1);
        // A loop of one column is none.
        shape.columns = shape.columns.max(4);
        let mut case = shape.case(&mut Random(1 + n));
        let dims = || case.kept.iter().chain(&case.contracted);
        let reach = |of: fn(&Dim) -> isize| {
            dims().map(|dim| (dim.extent - 1) * of(dim).unsigned_abs()).sum::<usize>() + 1
        };
        let (left, right) =
            (noise(reach(|dim| dim.left), &mut random), noise(reach(|dim| dim.right), &mut random));
        let outputs = reach(|dim| dim.output);
        case.kept.iter_mut().chain(&mut case.contracted).for_each(|dim| {
            (dim.left, dim.right, dim.output) = (dim.left.abs(), dim.right.abs(), dim.output.abs());
        });
        let compute = |isa: Isa, output: &mut [f32], x: (usize, usize), y: (usize, usize)| {
            let part = |dim: &Dim, (start, end): (usize, usize)| Dim { extent: end - start, ..*dim };
            let first =
                |of: fn(&Dim) -> isize| x.0 * of(&case.kept[1]) as usize + y.0 * of(&case.kept[2]) as usize;
            let kept = group(&[part(&case.kept[1], x), part(&case.kept[2], y)]);
            let output = output[first(|dim| dim.output)..].as_mut_ptr();
            let left = left[first(|dim| dim.left)..].as_ptr();
            // SAFETY: the rows and columns are in the arrays.
            assert!(unsafe {
                run(isa, &kept, &group(&case.contracted), SET, output, left, Some(right.as_ptr()))
            });
        };
        for isa in Isa::available() {
            let mut whole = vec![0.0; outputs];
            compute(isa, &mut whole, (0, shape.rows), (0, shape.columns));
            for rows in 1..shape.rows {
                let split = 2 + random.below(shape.columns - 3);
                let mut parts: Vec<f32> = vec![0.0; outputs];
                for first in (0..shape.rows).step_by(rows) {
                    let x = (first, (first + rows).min(shape.rows));
                    compute(isa, &mut parts, x, (0, split));
                    compute(isa, &mut parts, x, (split, shape.columns));
                }
                assert!(whole == parts, "{isa:?} {shape:?}, {rows} rows at a time, split at {split}");
            }
        }
    }
}
