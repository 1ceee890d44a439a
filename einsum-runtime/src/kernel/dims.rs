//! The loops of a product as numbers: for each group of indices its extents and strides.

use super::Part;
use crate::strided::cursor::{Cursor, CursorMut, Levels};

/// The most loops of a group that a kernel takes, after those of one iteration are left out.
const MOST: usize = 8;

/// The cursors of a step: of the output and the two operands.
pub(crate) type Cursors<'c, 'a, T, O, L, R> =
    (&'c CursorMut<'a, T, O>, &'c Cursor<'a, T, L>, &'c Cursor<'a, T, R>);

/// One loop: how often it runs, and how far it moves in each array.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Dim {
    pub(crate) extent: usize,
    pub(crate) left: isize,
    pub(crate) right: isize,
    pub(crate) output: isize,
}

/// Loops that play one part, outermost first.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Group {
    dims: [Dim; MOST],
    len: usize,
}

/// The loops of a product of two arrays by the parts they play: `output[b, m, n] = Σ left[b, m, k] · right[b, n, k]`.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Step {
    pub(crate) batch: Group,
    pub(crate) rows: Group,
    pub(crate) columns: Group,
    pub(crate) contracted: Group,
}

/// Calls `each` with every loop of the cursors, `parts` being the parts they play, outermost first.
#[inline(always)]
fn visit<T, O: Levels, L: Levels, R: Levels>(
    parts: &[Part],
    (output, left, right): Cursors<'_, '_, T, O, L, R>,
    mut each: impl FnMut(Part, Dim),
) {
    let (mut in_output, mut in_left, mut in_right) = (0, 0, 0);
    for &part in parts {
        let (uses_left, uses_right) = match part {
            Part::Batch | Part::Contracted => (true, true),
            Part::FreeLeft | Part::SummedLeft => (true, false),
            Part::FreeRight | Part::SummedRight => (false, true),
        };
        let uses_output = matches!(part, Part::Batch | Part::FreeLeft | Part::FreeRight);
        // The ellipsis is one level of any number of axes.
        for axis in 0.. {
            let output = if uses_output { output.levels().axis(in_output, axis) } else { None };
            let left = if uses_left { left.levels().axis(in_left, axis) } else { None };
            let right = if uses_right { right.levels().axis(in_right, axis) } else { None };
            let Some(extent) = [output, left, right].into_iter().flatten().map(|(extent, _)| extent).min()
            else {
                break;
            };
            let stride = |level: Option<(usize, isize)>| level.map_or(0, |(_, stride)| stride);
            each(part, Dim { extent, left: stride(left), right: stride(right), output: stride(output) });
        }
        in_output += usize::from(uses_output);
        in_left += usize::from(uses_left);
        in_right += usize::from(uses_right);
    }
    // A level that is left out could be empty, and then the first element does not exist.
    assert!(
        (in_output, in_left, in_right) == (O::COUNT, L::COUNT, R::COUNT),
        "the parts are not those of the cursors"
    );
}

impl Step {
    /// The loops of cursors, or nothing if they are too many, or one of them does not run.
    #[inline]
    pub(crate) fn of<T, O: Levels, L: Levels, R: Levels>(
        parts: &[Part],
        cursors: Cursors<'_, '_, T, O, L, R>,
    ) -> Option<Step> {
        let mut step = Step::default();
        let mut fits = Some(());
        visit(parts, cursors, |part, dim| {
            let group = match part {
                Part::Batch => &mut step.batch,
                Part::FreeLeft => &mut step.rows,
                Part::FreeRight => &mut step.columns,
                Part::Contracted | Part::SummedLeft | Part::SummedRight => &mut step.contracted,
            };
            fits = fits.and(group.push(dim));
        });
        fits.map(|()| step)
    }

    /// The same with sorted and fused loops, and the output's unit stride along the columns where it has one.
    pub(crate) fn for_packing(mut self) -> (Step, Swapped) {
        self.arrange_output();
        let unit = |group: &Group| group.last().is_some_and(|dim| dim.output == 1);
        let swap = match (unit(&self.rows), unit(&self.columns)) {
            (true, false) => true,
            (false, true) => false,
            _ => self.rows.size() > self.columns.size(),
        };
        if swap {
            self.swap();
        }
        // The right array is the larger one of a block, so its order counts.
        self.contracted.arrange(|dim| dim.right);
        (self, Swapped(swap))
    }

    /// The same with sorted and fused loops, and all free ones in the rows; one of the groups must be empty.
    pub(crate) fn without_columns(mut self) -> (Step, Swapped) {
        self.arrange_output();
        let swap = self.rows.size() == 1;
        if swap {
            self.swap();
        }
        self.contracted.arrange(|dim| dim.left);
        (self, Swapped(swap))
    }

    fn arrange_output(&mut self) {
        self.rows.arrange(|dim| dim.output);
        self.columns.arrange(|dim| dim.output);
        self.batch.arrange(|dim| dim.output);
    }

    // Exchanges the arrays.
    fn swap(&mut self) {
        core::mem::swap(&mut self.rows, &mut self.columns);
        for group in [&mut self.batch, &mut self.rows, &mut self.columns, &mut self.contracted] {
            group.dims.iter_mut().for_each(|dim| core::mem::swap(&mut dim.left, &mut dim.right));
        }
    }
}

/// Whether the two arrays have changed places.
pub(crate) struct Swapped(pub(crate) bool);

impl Group {
    /// How often the loops run in all. No overflow that matters: more than an array can have is as good as `usize::MAX`.
    #[inline]
    pub(crate) fn size(&self) -> usize {
        self.dims().iter().fold(1, |size: usize, dim| size.saturating_mul(dim.extent))
    }

    /// The innermost loop and those around it; without loops, one iteration.
    pub(crate) fn split_last(&self) -> (Group, Dim) {
        match self.last() {
            Some(&last) => (Group { len: self.len - 1, ..*self }, last),
            None => (*self, Dim { extent: 1, ..Dim::default() }),
        }
    }

    pub(crate) fn last(&self) -> Option<&Dim> {
        self.dims().last()
    }

    #[inline]
    fn dims(&self) -> &[Dim] {
        &self.dims[..self.len]
    }

    // A loop of one iteration is none; a loop of no iteration is not for kernels.
    #[inline]
    fn push(&mut self, dim: Dim) -> Option<()> {
        match dim.extent {
            0 => return None,
            1 => {}
            _ => {
                *self.dims.get_mut(self.len)? = dim;
                self.len += 1;
            }
        }
        Some(())
    }

    // Long strides outside, and neighbours that are one walk through memory in every array made one.
    fn arrange(&mut self, stride: impl Fn(&Dim) -> isize) {
        let dims = &mut self.dims[..self.len];
        dims.sort_unstable_by(|a, b| {
            let key =
                |dim: &Dim| (stride(dim).unsigned_abs(), dim.left.unsigned_abs() + dim.right.unsigned_abs());
            key(b).cmp(&key(a))
        });
        let mut kept = 0;
        for n in 1..self.len {
            let (outer, inner) = (self.dims[kept], self.dims[n]);
            let follows = |outer: isize, inner_stride: isize| outer == inner_stride * inner.extent as isize;
            let one_walk = follows(outer.left, inner.left)
                && follows(outer.right, inner.right)
                && follows(outer.output, inner.output);
            // Where nothing moves, as in a sum over a broadcast axis, the product could be more than a number holds.
            let extent = outer.extent.checked_mul(inner.extent).filter(|_| one_walk);
            if let Some(extent) = extent {
                self.dims[kept] = Dim { extent, ..inner };
            } else {
                kept += 1;
                self.dims[kept] = inner;
            }
        }
        self.len = self.len.min(kept + 1);
    }

    /// The offsets of `count` iterations from the `start`th on, in the order of the loops.
    #[inline(always)]
    pub(crate) fn offsets(&self, start: usize, count: usize, mut each: impl FnMut(Dim)) {
        let mut position = [0; MOST];
        let mut at = Dim::default();
        let mut left = start;
        for (n, dim) in self.dims().iter().enumerate().rev() {
            position[n] = left % dim.extent;
            left /= dim.extent;
            at.advance(dim, position[n] as isize);
        }
        for _ in 0..count {
            each(at);
            for (n, dim) in self.dims().iter().enumerate().rev() {
                position[n] += 1;
                if position[n] < dim.extent {
                    at.advance(dim, 1);
                    break;
                }
                at.advance(dim, 1 - dim.extent as isize);
                position[n] = 0;
            }
        }
    }
}

impl Dim {
    #[inline]
    fn advance(&mut self, by: &Dim, steps: isize) {
        self.left += by.left * steps;
        self.right += by.right * steps;
        self.output += by.output * steps;
    }
}
