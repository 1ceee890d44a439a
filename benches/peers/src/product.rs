//! A contraction of two operands as loops over matrix products, for the systems that have only these.

use crate::subscripts::Subscripts;

/// One index, or several that lie in memory as one.
#[derive(Clone, Copy, Debug)]
pub struct Axis {
    pub extent: usize,
    /// The strides in the first operand, the second and the output; zero where it does not occur.
    pub strides: [isize; 3],
}

const ONE: Axis = Axis { extent: 1, strides: [0; 3] };

/// `c[l, m, n] = Σ_k a[l, m, k] · b[l, k, n]`, where `l` stands for the loops.
#[derive(Clone, Debug)]
pub struct Product {
    pub loops: Vec<Axis>,
    pub m: Axis,
    pub n: Axis,
    pub k: Axis,
}

impl Product {
    /// `None` if this is no product of matrices, or if it would take a loop over a contracted index.
    pub fn of(subscripts: &Subscripts, shapes: &[Vec<usize>], strides: &[Vec<isize>; 3]) -> Option<Self> {
        let [first, second] = subscripts.operands.as_slice() else { return None };
        let terms = [first, second, &subscripts.output];
        let extents = subscripts.extents(shapes);
        let axis = |(&label, &extent): (&char, &usize)| {
            let strides = std::array::from_fn(|term| {
                let position = terms[term].iter().position(|&other| other == label);
                position.map_or(0, |position| strides[term][position])
            });
            (terms.map(|term| term.contains(&label)), Axis { extent, strides })
        };
        let axes: Vec<_> = extents.iter().map(axis).collect();
        let group = |role: [bool; 3]| -> Vec<Axis> {
            axes.iter().filter(|(occurs, _)| *occurs == role).map(|(_, axis)| *axis).collect()
        };
        let (mut m, mut n) = (fused(group([true, false, true])), fused(group([false, true, true])));
        let k = fused(group([true, true, false]));
        let mut loops = fused(group([true, true, true]));
        let is_product = !k.is_empty() && m.len() + n.len() > 0;
        let known = group([true, true, false]).len()
            + group([true, false, true]).len()
            + group([false, true, true]).len()
            + group([true, true, true]).len();
        if !is_product || k.len() > 1 || known != axes.len() {
            return None;
        }
        let (m, n) = (take_longest(&mut m, &mut loops), take_longest(&mut n, &mut loops));
        Some(Self { loops, m, n, k: k[0] })
    }

    /// Calls `f` with the offsets of each matrix product in the two operands and the output.
    pub fn for_each(&self, mut f: impl FnMut([isize; 3])) {
        visit(&self.loops, [0; 3], &mut f);
    }
}

fn visit(loops: &[Axis], offsets: [isize; 3], f: &mut impl FnMut([isize; 3])) {
    let Some((first, rest)) = loops.split_first() else { return f(offsets) };
    for index in 0..first.extent as isize {
        visit(rest, std::array::from_fn(|term| offsets[term] + index * first.strides[term]), f);
    }
}

/// Joins neighbours: an axis that the one before it steps over as a whole, wherever it occurs.
fn fused(mut axes: Vec<Axis>) -> Vec<Axis> {
    axes.sort_by_key(|axis| std::cmp::Reverse(axis.strides));
    let mut fused: Vec<Axis> = Vec::new();
    for axis in axes {
        match fused.last_mut() {
            Some(last)
                if (0..3).all(|term| last.strides[term] == axis.strides[term] * axis.extent as isize) =>
            {
                *last = Axis { extent: last.extent * axis.extent, strides: axis.strides };
            }
            _ => fused.push(axis),
        }
    }
    fused
}

/// The longest axis; the others become loops.
fn take_longest(axes: &mut Vec<Axis>, loops: &mut Vec<Axis>) -> Axis {
    let longest = (0..axes.len()).max_by_key(|&position| axes[position].extent);
    let axis = longest.map_or(ONE, |position| axes.remove(position));
    loops.append(axes);
    axis
}

/// The strides of an array in standard layout.
pub fn standard_strides(shape: &[usize]) -> Vec<isize> {
    let mut strides = vec![1; shape.len()];
    for axis in (1..shape.len()).rev() {
        strides[axis - 1] = strides[axis] * shape[axis] as isize;
    }
    strides
}
