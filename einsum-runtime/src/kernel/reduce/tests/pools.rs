//! Windows that follow each other: every size around the vectors, and the same bits in whatever block an output is computed.

use super::{Case, Random, SET, check, check_all, group, noise, run};
use crate::kernel::{dims::Dim, simd::Isa};
use std::{vec, vec::Vec};

/// Blocks of pixels: as many rows and columns of outputs, and the extents of a block.
#[derive(Clone, Copy, Debug)]
struct Shape {
    rows: usize,
    columns: usize,
    high: usize,
    wide: usize,
    images: usize,
}

impl Shape {
    fn random(random: &mut Random) -> Shape {
        Shape {
            rows: random.of(&[1, 2, 3, 5]),
            columns: random.of(&[2, 3, 4, 5, 7, 8, 9, 12, 15, 16, 17, 24, 31, 32, 33, 47, 65]),
            high: random.of(&[1, 2, 3, 4, 30]),
            wide: random.of(&[2, 2, 2, 3, 4, 5]),
            images: random.of(&[1, 2, 3]),
        }
    }

    /// The loops, with pixels at the edges that no block has.
    fn case(&self, random: &mut Random) -> Case {
        let line = self.columns * self.wide + random.below(self.wide);
        let plane = line * (self.rows * self.high + random.below(self.high));
        let (out_line, out_step) =
            random.of(&[(self.columns, 1), (self.columns, 1), (self.columns + 3, 1), (2 * self.columns, 2)]);
        let dim = |extent: usize, left: usize, output: usize| Dim {
            extent,
            left: left as isize,
            right: 0,
            output: output as isize,
        };
        let kept = vec![
            dim(self.images, plane, out_line * self.rows),
            dim(self.rows, line * self.high, out_line),
            dim(self.columns, self.wide, out_step),
        ];
        let contracted = vec![dim(self.high, line, 0), dim(self.wide, 1, 0)];
        Case { kept, contracted, single: true }
    }
}

#[test]
fn all_sizes() {
    let mut random = Random(2025);
    for n in 0..400 {
        let shape = Shape::random(&mut random);
        let mut case = shape.case(&mut random);
        match random.below(5) {
            // Upside down, from right to left, and the result so.
            0 => [&mut case.kept[1], &mut case.contracted[0]].into_iter().for_each(|dim| dim.left *= -1),
            1 => [&mut case.kept[2], &mut case.contracted[1]].into_iter().for_each(|dim| dim.left *= -1),
            2 => case.kept.iter_mut().for_each(|dim| dim.output *= -1),
            _ => {}
        }
        for result in [check::<f32>(&case, &mut random), check::<f64>(&case, &mut random)] {
            assert_eq!(result, Ok(true), "{shape:?}");
        }
        if n % 4 == 0 {
            check_all(&case, &mut random);
        }
    }
}

#[test]
fn an_output_is_the_same_in_any_block() {
    let mut random = Random(815);
    for _ in 0..100 {
        let mut shape = Shape::random(&mut random);
        // A loop of one column is none.
        (shape.columns, shape.images) = (shape.columns.max(4), 1);
        let case = shape.case(&mut random);
        let (row, column) = (case.kept[1], case.kept[2]);
        let left = noise(shape.rows * shape.high * (shape.columns + 1) * shape.wide, &mut random);
        let compute = |isa: Isa, output: &mut [f32], x: (usize, usize), y: (usize, usize)| {
            let part = |dim: Dim, (start, end): (usize, usize)| Dim { extent: end - start, ..dim };
            let first = |of: fn(&Dim) -> isize| x.0 * of(&row) as usize + y.0 * of(&column) as usize;
            let output = output[first(|dim| dim.output)..].as_mut_ptr();
            let left = left[first(|dim| dim.left)..].as_ptr();
            let (kept, contracted) = (group(&[part(row, x), part(column, y)]), group(&case.contracted));
            // SAFETY: the rows and columns are in the arrays.
            assert!(unsafe { run(isa, &kept, &contracted, SET, output, left, None) });
        };
        for isa in Isa::available() {
            let mut whole = vec![0.0; shape.rows * 2 * (shape.columns + 3)];
            compute(isa, &mut whole, (0, shape.rows), (0, shape.columns));
            for split in 2..shape.columns - 1 {
                let mut parts: Vec<f32> = vec![0.0; whole.len()];
                for x in 0..shape.rows {
                    compute(isa, &mut parts, (x, x + 1), (0, split));
                    compute(isa, &mut parts, (x, x + 1), (split, shape.columns));
                }
                assert!(whole == parts, "{isa:?} {shape:?}, split at {split}");
            }
        }
    }
}
