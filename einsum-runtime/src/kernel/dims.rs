//! The loops of a product as numbers: for each group of indices its extents and strides.

use super::Part;
use crate::strided::cursor::{Levels, List};
use core::{fmt, mem::MaybeUninit};

/// The most loops of a group that a kernel takes, after those of one iteration are left out.
pub(crate) const MOST: usize = 8;

/// One loop: how often it runs, and how far it moves in each array.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Dim {
    pub(crate) extent: usize,
    pub(crate) left: isize,
    pub(crate) right: isize,
    pub(crate) output: isize,
}

impl Dim {
    /// The operands change places.
    pub(crate) fn swap(&mut self) {
        core::mem::swap(&mut self.left, &mut self.right);
    }
}

/// Loops that play one part, outermost first.
#[derive(Clone, Copy)]
pub(crate) struct Group {
    /// The first `len` are written: to clear all takes longer than to fill those of most steps.
    dims: [MaybeUninit<Dim>; MOST],
    len: usize,
}

impl Default for Group {
    #[inline]
    fn default() -> Group {
        Group { dims: [const { MaybeUninit::uninit() }; MOST], len: 0 }
    }
}

impl fmt::Debug for Group {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.dims()).finish()
    }
}

/// The loops of a product of two arrays by the parts they play: `output[b, m, n] = Σ left[b, m, k] · right[b, n, k]`.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Step {
    pub(crate) batch: Group,
    pub(crate) rows: Group,
    pub(crate) columns: Group,
    pub(crate) contracted: Group,
    /// Which operands are conjugated: the left one, and the right one.
    pub(crate) conjugated: [bool; 2],
}

/// The levels of the cursors of a step.
#[derive(Clone, Copy)]
pub(crate) struct Cursors<'c> {
    pub(crate) output: &'c dyn Levels,
    pub(crate) left: &'c dyn Levels,
    pub(crate) right: &'c dyn Levels,
}

/// Calls `each` with every loop of the cursors, `parts` being the parts they play, outermost first; or says nothing if they are too many.
#[inline]
fn visit(parts: &[Part], cursors: Cursors<'_>, mut each: impl FnMut(Part, Dim)) -> Option<()> {
    // One by one: as a tuple or an array they would be moved, and lists are long.
    let mut output = List::new();
    cursors.output.list(&mut output);
    let mut left = List::new();
    cursors.left.list(&mut left);
    let mut right = List::new();
    cursors.right.list(&mut right);
    if !(output.is_whole() && left.is_whole() && right.is_whole()) {
        return None;
    }
    let (mut in_output, mut in_left, mut in_right) = (0, 0, 0);
    for &part in parts {
        let (uses_left, uses_right) = match part {
            Part::Batch | Part::Contracted => (true, true),
            Part::FreeLeft | Part::SummedLeft => (true, false),
            Part::FreeRight | Part::SummedRight => (false, true),
        };
        let uses_output = matches!(part, Part::Batch | Part::FreeLeft | Part::FreeRight);
        let axes = |uses: bool, list: &'_ List, n: usize| if uses { list.level(n).len() } else { 0 };
        let count = axes(uses_output, &output, in_output)
            .max(axes(uses_left, &left, in_left))
            .max(axes(uses_right, &right, in_right));
        // The ellipsis is one level of any number of axes.
        for axis in 0..count {
            let level_of =
                |uses: bool, list: &List, n: usize| list.level(n).get(axis).copied().filter(|_| uses);
            let levels = [
                level_of(uses_output, &output, in_output),
                level_of(uses_left, &left, in_left),
                level_of(uses_right, &right, in_right),
            ];
            let extent = levels.iter().flatten().next().map_or(1, |level| level.extent);
            // A loop that is shorter than the output's level would leave elements of a new array unwritten.
            assert!(levels.iter().flatten().all(|level| level.extent == extent), "levels of one extent");
            let [output, left, right] = levels.map(|level| level.map_or(0, |level| level.stride));
            each(part, Dim { extent, left, right, output });
        }
        in_output += usize::from(uses_output);
        in_left += usize::from(uses_left);
        in_right += usize::from(uses_right);
    }
    // A level that is left out could be empty, and then the first element does not exist.
    assert!(
        (in_output, in_left, in_right) == (output.count(), left.count(), right.count()),
        "the parts are not those of the cursors"
    );
    Some(())
}

impl Step {
    /// Takes the loops of cursors, or says nothing if they are too many, or one of them does not run.
    pub(crate) fn fill(&mut self, parts: &[Part], cursors: Cursors<'_>) -> Option<()> {
        let mut fits = Some(());
        let visited = visit(parts, cursors, |part, dim| {
            fits = fits.and(self.push(part, dim));
        });
        visited.and(fits)
    }

    /// Adds a loop inside the others of its part. Where they are too many, they are sorted and fused first.
    pub(crate) fn push(&mut self, part: Part, dim: Dim) -> Option<()> {
        let group = match part {
            Part::Batch => &mut self.batch,
            Part::FreeLeft => &mut self.rows,
            Part::FreeRight => &mut self.columns,
            Part::Contracted | Part::SummedLeft | Part::SummedRight => &mut self.contracted,
        };
        if group.len == MOST && dim.extent > 1 {
            group.arrange(|dim| dim.output);
        }
        group.push(dim)
    }

    /// The loops of rows, columns and of the sum, if there is one of each after those that follow each other are fused.
    pub(crate) fn dims_of_matrices(&mut self) -> Option<[Dim; 3]> {
        if !self.batch.is_empty() {
            return None;
        }
        self.rows.arrange(|dim| dim.output);
        self.columns.arrange(|dim| dim.output);
        self.contracted.arrange(|dim| dim.left);
        match (self.rows.dims(), self.columns.dims(), self.contracted.dims()) {
            (&[rows], &[columns], &[contracted]) => Some([rows, columns, contracted]),
            _ => None,
        }
    }

    /// The loops of a copy.
    pub(crate) fn of_copy(shape: &[usize], output: &[isize], left: &[isize]) -> Option<Step> {
        let mut step = Step::default();
        for ((&extent, &output), &left) in shape.iter().zip(output).zip(left) {
            step.rows.push(Dim { extent, left, right: 0, output })?;
        }
        Some(step)
    }

    /// Puts all loops of the output into the batch, or says nothing if they are too many.
    pub(crate) fn keep_all(&mut self) -> Option<()> {
        for group in [&mut self.rows, &mut self.columns] {
            for &dim in group.dims() {
                self.batch.push(dim)?;
            }
            group.len = 0;
        }
        Some(())
    }

    /// Exchanges the arrays.
    pub(crate) fn swap(&mut self) {
        self.conjugated.swap(0, 1);
        core::mem::swap(&mut self.rows, &mut self.columns);
        for group in [&mut self.batch, &mut self.rows, &mut self.columns, &mut self.contracted] {
            group.dims_mut().iter_mut().for_each(Dim::swap);
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

    /// Whether it has no loop.
    #[inline]
    pub(crate) fn is_empty(&self) -> bool {
        self.len == 0
    }

    pub(crate) fn last(&self) -> Option<&Dim> {
        self.dims().last()
    }

    #[inline]
    pub(crate) fn dims(&self) -> &[Dim] {
        let dims = &self.dims[..self.len];
        // SAFETY: the first `len` have been written.
        unsafe { core::slice::from_raw_parts(dims.as_ptr().cast(), dims.len()) }
    }

    #[inline]
    pub(crate) fn dims_mut(&mut self) -> &mut [Dim] {
        let dims = &mut self.dims[..self.len];
        // SAFETY: the first `len` have been written.
        unsafe { core::slice::from_raw_parts_mut(dims.as_mut_ptr().cast(), dims.len()) }
    }

    // A loop of one iteration is none; a loop of no iteration is not for kernels.
    #[inline]
    pub(crate) fn push(&mut self, dim: Dim) -> Option<()> {
        match dim.extent {
            0 => return None,
            1 => {}
            _ => {
                self.dims.get_mut(self.len)?.write(dim);
                self.len += 1;
            }
        }
        Some(())
    }

    /// Leaves out the innermost loop.
    pub(crate) fn pop(&mut self) {
        self.len -= 1;
    }

    /// Makes a loop shorter, and leaves it out if it runs once.
    pub(crate) fn shorten(&mut self, position: usize, extent: usize) {
        self.dims_mut()[position].extent = extent;
        if extent == 1 {
            self.dims_mut().copy_within(position + 1.., position);
            self.len -= 1;
        }
    }

    // Long strides outside, and neighbours that are one walk through memory in every array made one.
    pub(crate) fn arrange(&mut self, stride: fn(&Dim) -> isize) {
        let key =
            |dim: &Dim| (stride(dim).unsigned_abs(), dim.left.unsigned_abs() + dim.right.unsigned_abs());
        let dims = self.dims_mut();
        // By insertion: they are few, and the sorts of the standard library are much code.
        for n in 1..dims.len() {
            let mut m = n;
            while m > 0 && key(&dims[m - 1]) < key(&dims[m]) {
                dims.swap(m - 1, m);
                m -= 1;
            }
        }
        let mut kept = 0;
        for n in 1..dims.len() {
            let (outer, inner) = (dims[kept], dims[n]);
            let follows = |outer: isize, inner_stride: isize| outer == inner_stride * inner.extent as isize;
            let one_walk = follows(outer.left, inner.left)
                && follows(outer.right, inner.right)
                && follows(outer.output, inner.output);
            // Where nothing moves, as in a sum over a broadcast axis, the product could be more than a number holds.
            let extent = outer.extent.checked_mul(inner.extent).filter(|_| one_walk);
            if let Some(extent) = extent {
                dims[kept] = Dim { extent, ..inner };
            } else {
                kept += 1;
                dims[kept] = inner;
            }
        }
        self.len = self.len.min(kept + 1);
    }

    /// Sorts and fuses by the second stride, but for the loop in which the first one is shortest: it becomes the innermost.
    pub(crate) fn arrange_two(&mut self, first: fn(&Dim) -> isize, second: fn(&Dim) -> isize) {
        self.arrange(first);
        let Some(innermost) = self.last().copied() else { return };
        self.len -= 1;
        self.arrange(second);
        self.dims[self.len].write(innermost);
        self.len += 1;
    }

    /// Whether there is a loop over neighbours.
    pub(crate) fn moves_by_one(&self, stride: fn(&Dim) -> isize) -> bool {
        self.dims().iter().any(|dim| stride(dim) == 1)
    }

    /// The loop around the innermost one.
    pub(crate) fn before_last(&self) -> Option<&Dim> {
        self.dims().len().checked_sub(2).map(|n| &self.dims()[n])
    }

    /// Makes the innermost loop shorter.
    pub(crate) fn limit_last(&mut self, extent: usize) {
        let last = self.len - 1;
        self.dims_mut()[last].extent = extent;
    }

    /// Neighbours in the output.
    pub(crate) fn run(&self) -> usize {
        let mut run: usize = 1;
        for dim in self.dims().iter().rev() {
            if dim.output != run as isize {
                break;
            }
            run = run.saturating_mul(dim.extent);
        }
        run
    }

    /// The offsets of `count` iterations from the `start`th on, in the order of the loops.
    #[inline(always)]
    pub(crate) fn offsets(&self, start: usize, count: usize) -> Offsets<'_> {
        let mut offsets = self.first_offsets(count);
        let mut rest = start;
        for (n, dim) in self.dims().iter().enumerate().rev() {
            let position = rest % dim.extent;
            rest /= dim.extent;
            offsets.at.advance(dim, position as isize);
            match n + 1 == self.len {
                true => offsets.inner_left -= position,
                false => offsets.position[n] = position,
            }
        }
        offsets
    }

    /// The offsets of all iterations.
    #[inline(always)]
    pub(crate) fn all_offsets(&self) -> Offsets<'_> {
        self.first_offsets(self.size())
    }

    #[inline(always)]
    fn first_offsets(&self, count: usize) -> Offsets<'_> {
        let (outer, inner) = match self.dims() {
            [outer @ .., inner] => (outer, *inner),
            [] => (&[][..], Dim { extent: 1, ..Dim::default() }),
        };
        Offsets {
            outer,
            inner,
            inner_left: inner.extent,
            position: [0; MOST],
            at: Dim::default(),
            left: count,
        }
    }
}

/// Iterates over the offsets of loops.
pub(crate) struct Offsets<'g> {
    outer: &'g [Dim],
    inner: Dim,
    /// Iterations of the inner loop until the next step of an outer one.
    inner_left: usize,
    position: [usize; MOST],
    at: Dim,
    left: usize,
}

impl Iterator for Offsets<'_> {
    type Item = Dim;

    #[inline(always)]
    fn next(&mut self) -> Option<Dim> {
        self.left = self.left.checked_sub(1)?;
        let at = self.at;
        self.inner_left -= 1;
        self.at.advance(&self.inner, 1);
        if self.inner_left == 0 {
            self.next_outer();
        }
        Some(at)
    }
}

impl Offsets<'_> {
    /// The offsets of the next iteration, and how many from it on are apart by the steps of the inner loop.
    #[inline(always)]
    pub(crate) fn next_walk(&mut self) -> Option<(Dim, usize)> {
        let (at, len) = (self.at, self.inner_left.min(self.left));
        if len == 0 {
            return None;
        }
        self.left -= len;
        self.inner_left -= len;
        self.at.advance(&self.inner, len as isize);
        if self.inner_left == 0 {
            self.next_outer();
        }
        Some((at, len))
    }

    /// The inner loop.
    #[inline(always)]
    pub(crate) fn inner(&self) -> Dim {
        self.inner
    }

    #[inline(always)]
    fn next_outer(&mut self) {
        self.inner_left = self.inner.extent;
        self.at.advance(&self.inner, -(self.inner.extent as isize));
        for (n, dim) in self.outer.iter().enumerate().rev() {
            self.position[n] += 1;
            if self.position[n] < dim.extent {
                self.at.advance(dim, 1);
                break;
            }
            self.at.advance(dim, 1 - dim.extent as isize);
            self.position[n] = 0;
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
