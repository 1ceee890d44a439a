//! Every form of the macro, on operands and outputs of every layout, against the oracle: in integers, exactly.

mod oracle;

use ndarray::{ArrayD, ArrayViewD, ArrayViewMutD, Axis, Dim, IxDyn, ShapeBuilder, Slice};
use ndeinsum::{einsum, sliding_windows, try_einsum};

/// How the elements of an array lie in memory.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Layout {
    /// The last axis is contiguous.
    C,
    /// The first axis is contiguous.
    Fortran,
    /// Every second element of a larger array, from the second on.
    Sliced,
    /// Every axis runs backwards.
    Reversed,
    /// The axes of a larger array in another order, every second of them backwards.
    Mixed,
    /// The first axis has stride 0.
    Broadcast,
    /// The last two axes overlap: each position is a window of its own.
    Windows,
}

/// The layouts of an array that is read.
const READ: [Layout; 7] = [
    Layout::C,
    Layout::Fortran,
    Layout::Sliced,
    Layout::Reversed,
    Layout::Mixed,
    Layout::Broadcast,
    Layout::Windows,
];
/// The layouts of an array that is written: no element may have two places.
const WRITTEN: [Layout; 5] = [Layout::C, Layout::Fortran, Layout::Sliced, Layout::Reversed, Layout::Mixed];

/// The memory behind a view of a layout and shape, filled with small numbers that differ from place to place.
fn memory(layout: Layout, shape: &[usize], seed: i64) -> ArrayD<i64> {
    let larger: Vec<usize> = match layout {
        Layout::C | Layout::Fortran | Layout::Reversed => shape.into(),
        Layout::Sliced => shape.iter().map(|extent| 2 * extent + 1).collect(),
        Layout::Mixed => shape.iter().rev().map(|extent| extent + 1).collect(),
        Layout::Broadcast => {
            shape.iter().enumerate().map(|(n, &extent)| if n == 0 { 1 } else { extent }).collect()
        }
        Layout::Windows => match shape {
            [front @ .., positions, window] if *positions > 0 && *window > 0 => {
                front.iter().copied().chain([positions + window - 1]).collect()
            }
            _ => shape.into(),
        },
    };
    let count: usize = larger.iter().product();
    let numbers = (0..count as i64).map(|n| (n * 7 + seed * 3) % 11 - 5).collect();
    let shape = IxDyn(&larger).set_f(layout == Layout::Fortran);
    ArrayD::from_shape_vec(shape, numbers).expect("there are as many numbers as places")
}

/// A view of that memory with the layout and shape.
fn view<'m>(layout: Layout, shape: &[usize], memory: &'m ArrayD<i64>) -> ArrayViewD<'m, i64> {
    match layout {
        Layout::Broadcast => memory.broadcast(IxDyn(shape)).expect("an extent of 1 broadcasts"),
        Layout::Windows if memory.ndim() < shape.len() => {
            let last = memory.ndim() - 1;
            sliding_windows(memory, [Axis(last)], [shape[last + 1]]).into_dyn()
        }
        _ => {
            let mut view = memory.view();
            slice(layout, shape, &mut |axis, slice| view.slice_axis_inplace(axis, slice));
            if layout == Layout::Mixed { view.reversed_axes() } else { view }
        }
    }
}

fn view_mut<'m>(layout: Layout, shape: &[usize], memory: &'m mut ArrayD<i64>) -> ArrayViewMutD<'m, i64> {
    let mut view = memory.view_mut();
    slice(layout, shape, &mut |axis, slice| view.slice_axis_inplace(axis, slice));
    if layout == Layout::Mixed { view.reversed_axes() } else { view }
}

fn slice(layout: Layout, shape: &[usize], to: &mut dyn FnMut(Axis, Slice)) {
    for (n, &extent) in shape.iter().enumerate() {
        match layout {
            Layout::Sliced => to(Axis(n), Slice::new(1, Some(2 * extent as isize + 1), 2)),
            Layout::Reversed => to(Axis(n), Slice::new(0, None, -1)),
            // In the order of the memory; the extents are those of `shape` backwards, plus one.
            Layout::Mixed => to(Axis(n), Slice::new(1, None, if n % 2 == 0 { -1 } else { 1 })),
            _ => {}
        }
    }
}

/// The six forms of a call, on operands of any rank that the compiler does not know.
struct Forms {
    set: fn(&[ArrayViewD<'_, i64>], ArrayViewMutD<'_, i64>),
    add: fn(&[ArrayViewD<'_, i64>], ArrayViewMutD<'_, i64>),
    subtract: fn(&[ArrayViewD<'_, i64>], ArrayViewMutD<'_, i64>),
    scaled_add: fn(&[ArrayViewD<'_, i64>], ArrayViewMutD<'_, i64>),
    value: fn(&[ArrayViewD<'_, i64>]) -> ArrayD<i64>,
    static_value: fn(&[ArrayViewD<'_, i64>]) -> ArrayD<i64>,
}

/// A plain number or an array, as an array.
trait IntoArrayD {
    fn into_array_d(self) -> ArrayD<i64>;
}

impl IntoArrayD for i64 {
    fn into_array_d(self) -> ArrayD<i64> {
        ndarray::arr0(self).into_dyn()
    }
}

impl<D: ndarray::Dimension> IntoArrayD for ndarray::Array<i64, D> {
    fn into_array_d(self) -> ArrayD<i64> {
        self.into_dyn()
    }
}

/// `forms!("ij,jk->ik", 0: 2, 1: 2)`: the operands by their positions and ranks.
macro_rules! forms {
    ($text:literal, $($n:literal: $rank:literal),+) => {
        Forms {
            set: |a, mut c| einsum!(c = $text, $(a[$n]),+),
            add: |a, mut c| einsum!(c += $text, $(a[$n]),+),
            subtract: |a, mut c| einsum!(c -= $text, $(a[$n]),+),
            scaled_add: |a, mut c| einsum!(c += -3 * $text, $(a[$n]),+),
            value: |a| einsum!($text, $(&a[$n]),+).into_array_d(),
            static_value: |a| {
                try_einsum!(2 * $text, $(a[$n].view().into_dimensionality::<Dim<[usize; $rank]>>().expect("the rank is right")),+)
                    .expect("the shapes fit")
                    .into_array_d()
            },
        }
    };
}

/// Runs all forms on all layouts of the operands and the output.
fn check(text: &str, shapes: &[&[usize]], forms: &Forms) {
    let mut checked = 0;
    // Each operand runs through the layouts at a pace of its own, so that all pairs of layouts meet.
    for round in 0..READ.len() * READ.len() {
        let layouts =
            [READ[round % 7], READ[round / 7], READ[(2 * round + round / 7) % 7], READ[(3 * round) % 7]];
        let memories: Vec<ArrayD<i64>> =
            shapes.iter().enumerate().map(|(n, shape)| memory(layouts[n % 4], shape, n as i64 + 1)).collect();
        let operands: Vec<ArrayViewD<'_, i64>> = shapes
            .iter()
            .zip(&memories)
            .enumerate()
            .map(|(n, (shape, memory))| view(layouts[n % 4], shape, memory))
            .collect();
        for (operand, shape) in operands.iter().zip(shapes) {
            assert_eq!(operand.shape(), *shape, "the test builds another shape than it says");
        }
        let expected = oracle::evaluate(text, &operands);
        let context = format!("{text} on {shapes:?}, {:?}", &layouts[..shapes.len().min(4)]);
        assert_eq!((forms.value)(&operands), expected, "{context}, value");
        assert_eq!((forms.static_value)(&operands), &expected * 2, "{context}, scaled value of static rank");

        let output = WRITTEN[round % WRITTEN.len()];
        let before = memory(output, expected.shape(), 9);
        let old = view(output, expected.shape(), &before).to_owned();
        let written = [
            (forms.set, expected.clone(), "="),
            (forms.add, &old + &expected, "+="),
            (forms.subtract, &old - &expected, "-="),
            (forms.scaled_add, &old + &expected * -3, "+= -3 *"),
        ];
        for (form, expected, name) in written {
            let mut after = before.clone();
            form(&operands, view_mut(output, expected.shape(), &mut after));
            assert_eq!(view(output, expected.shape(), &after), expected, "{context}, {name} into {output:?}");
            // What lies between the elements of the output is as it was.
            view_mut(output, expected.shape(), &mut after).assign(&old);
            assert_eq!(after, before, "{context}, {name} into {output:?} wrote beside the output");
        }
        checked += 1;
    }
    assert_eq!(checked, 49);
}

macro_rules! cases {
    ($($name:ident: $text:literal $([$($n:literal: $rank:literal = $shape:expr),+])+;)*) => { $(
        #[test]
        fn $name() {
            $( check($text, &[$(&$shape),+], &forms!($text, $($n: $rank),+)); )+
        }
    )* };
}

cases! {
    copy: "ij->ij" [0: 2 = [3, 4]] [0: 2 = [1, 5]] [0: 2 = [0, 3]];
    transpose: "ij->ji" [0: 2 = [3, 5]];
    permutation: "abcd->dbca" [0: 4 = [2, 3, 4, 5]];
    diagonal: "ii->i" [0: 2 = [4, 4]] [0: 2 = [1, 1]] [0: 2 = [0, 0]];
    diagonal_of_three: "iji->ij" [0: 3 = [3, 2, 3]];
    all_the_same: "iii->i" [0: 3 = [3, 3, 3]];
    trace: "ii" [0: 2 = [5, 5]];
    partial_trace: "iijk->kj" [0: 4 = [2, 2, 3, 4]];
    sum: "i->" [0: 1 = [7]] [0: 1 = [0]];
    sum_of_rows: "ij->i" [0: 2 = [3, 4]] [0: 2 = [3, 0]];
    sum_of_columns: "ij->j" [0: 2 = [3, 4]];
    sum_of_the_middle: "ijk->ki" [0: 3 = [3, 4, 5]];
    ellipsis_sum: "...i->..." [0: 3 = [2, 3, 4]];
    ellipsis_in_front: "i...->...i" [0: 4 = [2, 3, 4, 2]];
    ellipsis_diagonal: "i...i->...i" [0: 3 = [3, 4, 3]];
    ellipsis_is_all: "..." [0: 3 = [2, 3, 4]] [0: 1 = [3]];
    ellipsis_summed: "...i->i" [0: 3 = [2, 3, 4]];
    ellipsis_all_summed: "...->" [0: 3 = [2, 3, 4]];

    dot: "i,i->" [0: 1 = [9], 1: 1 = [9]] [0: 1 = [0], 1: 1 = [0]];
    dot_broadcast: "i,i->" [0: 1 = [5], 1: 1 = [1]];
    hadamard: "ij,ij->ij" [0: 2 = [3, 4], 1: 2 = [3, 4]];
    hadamard_transposed: "ij,ji->ij" [0: 2 = [3, 4], 1: 2 = [4, 3]];
    hadamard_broadcast: "ij,ij->ij" [0: 2 = [3, 1], 1: 2 = [1, 4]];
    outer: "i,j->ij" [0: 1 = [3], 1: 1 = [4]];
    outer_reversed: "i,j->ji" [0: 1 = [3], 1: 1 = [4]];
    matrix_vector: "ij,j->i" [0: 2 = [3, 4], 1: 1 = [4]];
    vector_matrix: "i,ij->j" [0: 1 = [3], 1: 2 = [3, 4]];
    matrix_matrix: "ij,jk->ik" [0: 2 = [3, 4], 1: 2 = [4, 5]] [0: 2 = [3, 0], 1: 2 = [0, 5]] [0: 2 = [1, 1], 1: 2 = [1, 1]] [0: 2 = [2, 1], 1: 2 = [3, 2]];
    matrix_matrix_transposed: "ij,kj->ki" [0: 2 = [3, 4], 1: 2 = [5, 4]];
    implicit: "ba,ac" [0: 2 = [3, 4], 1: 2 = [4, 5]];
    scalar_times_array: ",ij->ji" [0: 0 = [], 1: 2 = [3, 4]];
    batched: "bij,bjk->bik" [0: 3 = [2, 3, 4], 1: 3 = [2, 4, 5]];
    batch_last: "ijb,jkb->ikb" [0: 3 = [3, 4, 2], 1: 3 = [4, 5, 2]];
    window_convolution: "xyij,ij->xy" [0: 4 = [4, 3, 2, 3], 1: 2 = [2, 3]];
    convolution_layer: "nijkde,oide->nojk" [0: 6 = [2, 2, 3, 2, 2, 2], 1: 4 = [3, 2, 2, 2]];
    convolution_gradient: "nijkde,nojk->oide" [0: 6 = [2, 2, 3, 2, 2, 2], 1: 4 = [2, 3, 3, 2]];
    attention: "bqhd,bkhd->bhqk" [0: 4 = [2, 3, 2, 4], 1: 4 = [2, 2, 2, 4]];
    summed_in_one: "ij,k->i" [0: 2 = [3, 4], 1: 1 = [2]];
    diagonal_in_both: "iij,jkk->ik" [0: 3 = [2, 2, 3], 1: 3 = [3, 4, 4]];
    ellipsis_batch: "...ij,...jk->...ik" [0: 3 = [2, 3, 4], 1: 3 = [2, 4, 2]] [0: 4 = [2, 1, 3, 2], 1: 3 = [4, 2, 2]] [0: 2 = [2, 3], 1: 4 = [2, 3, 3, 1]];
    ellipsis_middle: "i...j,j...->...i" [0: 3 = [2, 3, 4], 1: 2 = [4, 3]];
    ellipsis_contracted: "...i,...i->i" [0: 3 = [2, 3, 4], 1: 2 = [3, 4]];
    upper_and_lower: "aA,Ab->ba" [0: 2 = [2, 3], 1: 2 = [3, 4]];
    other_scripts: "αж,ж日->日α" [0: 2 = [2, 3], 1: 2 = [3, 4]];

    chain: "ij,jk,kl->il" [0: 2 = [2, 3], 1: 2 = [3, 4], 2: 2 = [4, 5]];
    bilinear: "bn,anm,bm->ba" [0: 2 = [2, 3], 1: 3 = [4, 3, 2], 2: 2 = [2, 2]];
    quadratic_form: "i,ij,j->" [0: 1 = [3], 1: 2 = [3, 4], 2: 1 = [4]];
    product_of_three: "i,i,i->i" [0: 1 = [4], 1: 1 = [4], 2: 1 = [1]];
    hyper_edge: "ij,ik,il->jkl" [0: 2 = [3, 2], 1: 2 = [3, 4], 2: 2 = [3, 2]];
    three_with_ellipsis: "...i,ij,...j->..." [0: 2 = [2, 3], 1: 2 = [3, 4], 2: 3 = [2, 1, 4]];
    broadcast_between_steps: "ij,jk,j->ik" [0: 2 = [2, 1], 1: 2 = [1, 3], 2: 1 = [4]];
    zero_between_steps: "ij,jk,kl->il" [0: 2 = [2, 3], 1: 2 = [3, 0], 2: 2 = [0, 2]];
    four_operands: "ij,jk,kl,lm->im" [0: 2 = [2, 3], 1: 2 = [3, 2], 2: 2 = [2, 4], 3: 2 = [4, 2]];
    four_index_transform: "ea,fb,abcd,gc->efgd" [0: 2 = [2, 2], 1: 2 = [3, 2], 2: 4 = [2, 2, 2, 3], 3: 2 = [2, 2]];
    scalars_between: "i,,j,->ij" [0: 1 = [3], 1: 0 = [], 2: 1 = [2], 3: 0 = []];
}

/// Ranks beyond the static ones, and products longer than the longest tuple of cursors.
#[test]
fn many_axes_and_many_operands() {
    let a = memory(Layout::Mixed, &[2, 1, 3, 2, 1, 2, 2], 1);
    let a = view(Layout::Mixed, &[2, 1, 3, 2, 1, 2, 2], &a);
    let c: ArrayD<i64> = einsum!("abcdefg->gfedcba", a);
    assert_eq!(c, a.view().reversed_axes());
    let c: ArrayD<i64> = einsum!("abcdefg,abcdefg->bdf", a, a).into_dyn();
    assert_eq!(c, oracle::evaluate("abcdefg,abcdefg->bdf", &[a.view(), a.view()]));

    let v = ndarray::array![1_i64, 2, 3];
    let total = einsum!(
        "i,i,i,i,i,i,i,i,i,i,i,i,i,i,i,i,i,i,i,i->",
        v,
        v,
        v,
        v,
        v,
        v,
        v,
        v,
        v,
        v,
        v,
        v,
        v,
        v,
        v,
        v,
        v,
        v,
        v,
        v
    );
    assert_eq!(total, 1 + (1 << 20) + 3_i64.pow(20));
}

/// Every path of a chain gives the same.
#[test]
fn fixed_paths() {
    let shapes: [&[usize]; 4] = [&[2, 3], &[3, 4], &[4, 2], &[2, 3]];
    let memories: Vec<ArrayD<i64>> = shapes.iter().map(|shape| memory(Layout::C, shape, 5)).collect();
    let [a, b, c, d] = [0, 1, 2, 3]
        .map(|n: usize| memories[n].view().into_dimensionality::<ndarray::Ix2>().expect("rank 2"));
    let operands: Vec<ArrayViewD<'_, i64>> = memories.iter().map(|memory| memory.view()).collect();
    let expected = oracle::evaluate("ij,jk,kl,lm->im", &operands);
    let found = [
        einsum!("ij,jk,kl,lm->im", a, b, c, d; path = [(0, 1), (1, 2), (0, 1)]),
        einsum!("ij,jk,kl,lm->im", a, b, c, d; path = [(2, 3), (1, 2), (0, 1)]),
        einsum!("ij,jk,kl,lm->im", a, b, c, d; path = [(0, 3), (0, 1), (0, 1)]),
        einsum!("ij,jk,kl,lm->im", a, b, c, d; path = [(1, 2), (0, 2), (0, 1)]),
        einsum!("ij,jk,kl,lm->im", a, b, c, d; path = [(0, 1, 2), (0, 1)]),
        einsum!("ij,jk,kl,lm->im", a, b, c, d; path = [(0, 1, 2, 3)]),
    ];
    for (n, found) in found.into_iter().enumerate() {
        assert_eq!(found.into_dyn(), expected, "path {n}");
    }
}
