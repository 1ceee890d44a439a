//! Affine axes against the oracle, the extents that they infer, and what they refuse.

mod oracle;

use ndarray::prelude::*;
use ndeinsum::{
    AffineSummand, ArrayRole, EinsumError, EinsumErrorKind, Place, einsum, einsum_view, sliding_windows,
    try_einsum,
};
use num_bigint::BigInt;
use num_complex::Complex;
use oracle::{evaluate, evaluate_given};

/// 1, 2, 3, … in C order, small enough for exact sums.
fn counting<D: Dimension>(shape: impl ndarray::ShapeBuilder<Dim = D>) -> Array<i64, D> {
    let mut n = 0;
    Array::from_shape_simple_fn(shape, || {
        n += 1;
        n % 23 - 7
    })
}

/// Compares a call with the oracle's result for the same text and operands.
macro_rules! check {
    ($text:literal, $($operand:expr),+ $(; $($label:ident = $extent:expr),+)?) => {{
        let given: &[(char, usize)] = &[$($((stringify!($label).chars().next().expect("a letter"), $extent)),+)?];
        let expected = evaluate_given($text, &[$($operand.view().into_dyn()),+], given);
        let got = einsum!($text, $($operand),+ $(; $($label = $extent),+)?);
        assert_eq!(got.into_dyn(), expected, "{} with {given:?}", $text);
        expected
    }};
}

#[test]
fn forms() {
    let (image, kernel) = (counting((9, 11)), counting((3, 2)));
    let result = check!("(x+i)(y+j),ij->xy", image, kernel);
    assert_eq!(result.shape(), [7, 10]);
    let windows = sliding_windows(&image, [Axis(0), Axis(1)], [3, 2]);
    assert_eq!(result, einsum!("xyij,ij->xy", windows, kernel).into_dyn());
    // Stride, dilation, both, three summands.
    check!("(2x+i)(3y+j),ij->xy", image, kernel);
    check!("(x+2i)(y+3j),ij->xy", image, kernel);
    check!("(2x+3i)(3y+2j),ij->yx", image, kernel);
    check!("(2x+3i+k),i,k->x", counting(14), counting(3), counting(2));
    check!("(x+i+k),ik->x", counting(14), counting((3, 2)));
    // The affine operand second; both operands affine; three operands; a product without sums.
    check!("ij,(x+i)(y+j)->xy", kernel, image);
    check!("(x+i),(2x+j),i,j->x", counting(12), counting(17), counting(3), counting(2));
    check!("(x+i)(y+j),i,j->xy", image, counting(4), counting(2));
    check!("(x+i),i->xi", counting(7), counting(3));
    // Batch and channel axes, before, between and behind.
    let (images, kernels) = (counting((2, 6, 7, 3)), counting((3, 2, 3, 4)));
    check!("n(x+i)(y+j)c,ijco->nxyo", images, kernels);
    check!("n(2x+i)(2y+j)c,ijco->nxyo", images, kernels);
    check!("n(x+2i)(y+2j)c,ijco->noxy", images, kernels);
    check!("nc(x+i)(y+j),ocij->noxy", counting((2, 3, 6, 7)), counting((4, 3, 3, 2)));
    check!("nxyo,n(x+i)(y+j)c->ijco", counting((2, 4, 6, 4)), images);
    // Without an arrow.
    check!("(x+i),i", counting(7), counting(3));
    // A letter that is no ASCII one.
    check!("(2α+é),é->α", counting(7), counting(3));
    // Sums only.
    check!("(x+i)->x", counting(9); i = 3);
    check!("n(2x+i)(2y+j)c->nxyc", images; i = 2, j = 2);
    check!("(x+i)->xi", counting(9); x = 4);
    check!("(x+i)->ix", counting(9); i = 9);
    // Every second element.
    check!("(2x)->x", counting(9));
    check!("(2x)y,x->y", counting((9, 2)), counting(4));
    // One index in several sums: a Hankel matrix times a vector, polynomial products, self-correlation.
    check!("(x+i)(x+j),i,j->x", counting((6, 8)), counting(3), counting(4));
    check!("(x+i),(i+y),y->xi", counting(8), counting(6), counting(3));
    check!("x(x+i)->xi", counting((3, 7)));
    check!("x(x+i)->i", counting((3, 7)));
    check!("ii(x+i)->x", counting((3, 3, 7)));
}

#[test]
fn more_axes_than_static_ranks() {
    check!("n(x+i)(y+j)(z+k),ijk->nxyz", counting((2, 4, 5, 6)), counting((2, 3, 2)));
    check!("n(x+i)(y+j)(z+k)c,ijkco->nxyzo", counting((2, 4, 5, 4, 2)), counting((2, 3, 2, 2, 3)));
}

#[test]
fn ellipsis() {
    let kernel = counting((3, 2));
    check!("...(x+i)(y+j),ij->...xy", counting((2, 2, 5, 6)), kernel);
    check!("...(x+i)(y+j),ij->...xy", counting((5, 6)), kernel);
    check!("(x+i)...(y+j),ij->x...y", counting((5, 3, 6)), kernel);
    check!("(x+i)(y+j)...,ij...->xy...", counting((5, 6, 4)), counting((3, 2, 4)));
    check!("(x+i)(y+j)...,ij...->xy...", counting((5, 6, 4)), counting((3, 2, 2, 1)));
    check!("(x+i)(y+j)...,ij...->xy", counting((5, 6, 1)), counting((3, 2, 2, 3)));
    check!("...(x+i)c,ico->...xo", counting((2, 3, 7, 2)), counting((3, 2, 4)));
    check!("...(x+i)c,ico->...xo", counting((2, 3, 7, 2)).into_dyn(), counting((3, 2, 4)));
    check!("a(2x+i)...b,i...->xb...", counting((2, 7, 3, 2)), counting((3, 3)).into_dyn());
}

#[test]
fn extent_one() {
    // What is broadcast as in any call: plain axes, of the other operand and of the affine one.
    check!("n(x+i)c,icn->xn", counting((1, 7, 2)), counting((3, 1, 4)));
    check!("(x+i),ix->x", counting(7), counting((3, 1)));
    // Kernels of one element.
    check!("(x+i)(y+j),ij->xy", counting((4, 5)), counting((1, 1)));
    // An axis of one element with a kernel of one.
    check!("(x+i),i->x", counting(1), counting(1));
}

#[test]
fn every_extent() {
    for extent in 0..12 {
        let array = counting(extent);
        for kernel in 1..6 {
            let weights = counting(kernel);
            macro_rules! each {
                ($($text:literal, $stride:literal, $dilation:literal;)*) => { $(
                    let reach = $dilation * (kernel - 1);
                    match try_einsum!($text, array, weights) {
                        Ok(result) => {
                            assert!(reach < extent);
                            assert_eq!(result.len(), (extent - 1 - reach) / $stride + 1);
                            let expected = evaluate($text, &[array.view().into_dyn(), weights.view().into_dyn()]);
                            assert_eq!(result.into_dyn(), expected, "{}, {extent}, {kernel}", $text);
                        }
                        Err(_) => assert!(reach >= extent, "{}, {extent}, {kernel}", $text),
                    }
                )* };
            }
            each! {
                "(x+i),i->x", 1, 1;
                "(2x+i),i->x", 2, 1;
                "(x+3i),i->x", 1, 3;
                "(3x+2i),i->x", 3, 2;
            }
            // All known: it fits exactly if the last position is inside.
            for positions in 0..6 {
                let mut out = Array1::from_elem(positions, 1000);
                let before = out.clone();
                let fits = positions == 0 || 2 * (positions - 1) + 3 * (kernel - 1) < extent;
                match try_einsum!(out += "(2x+3i),i->x", array, weights) {
                    Ok(()) => {
                        assert!(fits);
                        let views = [array.view().into_dyn(), weights.view().into_dyn()];
                        if positions > 0 {
                            let expected = evaluate_given("(2x+3i),i->x", &views, &[('x', positions)]);
                            assert_eq!(out.into_dyn(), expected + 1000);
                        }
                    }
                    Err(_) => {
                        assert!(!fits);
                        assert_eq!(out, before);
                    }
                }
            }
        }
    }
}

/// Backwards, transposed, every other element, one element again and again.
#[test]
fn layouts() {
    let kernel = counting((3, 2));
    let large = counting((20, 24));
    let one = counting(());
    let views = [
        large.slice(s![..;-1, ..]),
        large.slice(s![.., ..;-2]),
        large.slice(s![..;-3, 1..;-2]),
        large.t(),
        large.slice(s![4..12, 3..;5]),
        one.broadcast((7, 8)).expect("one element"),
    ];
    for view in views {
        check!("(x+i)(y+j),ij->xy", view, kernel);
        check!("(2x+3i)(y+j),ij->yx", view, kernel);
        check!("(x+2i)(3y+j)->xyij", view; i = 3, j = 2);
        check!("(x+i)(x+j),ij->x", view, kernel.slice(s![..;-1, ..;-1]));
    }
}

#[test]
fn into_arrays() {
    let (image, kernel) = (counting((9, 11)), counting((3, 2)));
    let expected: Array2<i64> = einsum!("(2x+i)(y+j),ij->xy", image, kernel);
    let mut c = Array2::from_elem((4, 10), 5);
    einsum!(c = "(2x+i)(y+j),ij->xy", image, kernel);
    assert_eq!(c, expected);
    einsum!(c += "(2x+i)(y+j),ij->xy", image, kernel);
    assert_eq!(c, 2 * &expected);
    einsum!(c -= 3 * "(2x+i)(y+j),ij->xy", image, kernel);
    assert_eq!(c, -&expected);
    // A place that has fewer positions than would fit decides how many there are; its order of axes is its own.
    let mut part = Array2::zeros((3, 2).f());
    einsum!(part.slice_mut(s![..;-1, ..]) = "(2x+i)(y+j),ij->xy", image, kernel);
    assert_eq!(part.slice(s![..;-1, ..]), expected.slice(s![..3, ..2]));
    // What the place decides, the kernel's extent follows from.
    let mut sums = Array1::zeros(5);
    einsum!(sums = "(x+i)->x", counting(9));
    assert_eq!(sums, einsum!("(x+i)->x", counting(9); i = 5));
    let mut moved = Array2::zeros((5, 3));
    einsum!(moved = "(x+i)->xi", counting(9));
    assert_eq!(moved[[4, 2]], counting(9)[6]);
    let total: i64 = einsum!("(x+i),x,i->", counting(9), counting(4), counting(6));
    assert_eq!(
        total,
        evaluate(
            "(x+i),x,i->",
            &[counting(9).view().into_dyn(), counting(4).view().into_dyn(), counting(6).view().into_dyn()]
        )[IxDyn(&[])]
    );
    let scaled: Array1<i64> = einsum!(-2 * "(x+3i),i->x", counting(9), counting(2));
    assert_eq!(scaled, -2 * einsum!("(x+3i),i->x", counting(9), counting(2)));
}

#[test]
fn many_operands() {
    let (image, u, v) = (counting((2, 9, 8, 2)), counting((3, 2)), counting((3, 2)));
    // A separable kernel, mixed by channels: three, four and five operands, in every order of the affine one.
    check!("n(x+i)(y+j)c,ic,jc->nxyc", image, u, v);
    check!("ic,n(x+i)(y+j)c,jc->nxyc", u, image, v);
    check!("ic,jc,n(x+2i)(2y+j)c->nxyc", u, v, image);
    check!("n(x+i)(y+j)c,ic,jc,co->nxyo", image, u, v, counting((2, 3)));
    check!("n(x+i)(y+j)c,ic,jc,co,op->nxyp", image, u, v, counting((2, 3)), counting((3, 2)));
    check!("(x+i)a,(y+i)b,i,ab->xy", counting((6, 2)), counting((7, 3)), counting(3), counting((2, 3)));
    let path = einsum!("n(x+i)(y+j)c,ic,jc,co->nxyo", image, u, v, counting((2, 3)); path = [(0, 1), (0, 1), (0, 1)]);
    assert_eq!(path, einsum!("n(x+i)(y+j)c,ic,jc,co->nxyo", image, u, v, counting((2, 3))));
}

#[test]
fn views() {
    let a = counting((6, 7));
    let windows = einsum_view!("(x+i)(y+j)->xyij", a; i = 3, j = 2);
    assert_eq!(windows, sliding_windows(&a, [Axis(0), Axis(1)], [3, 2]));
    let dilated: ArrayView3<'_, i64> = einsum_view!("(2x+3i)y->yix", a.slice(s![..;-1, ..]); i = 2);
    assert_eq!(dilated.shape(), [7, 2, 2]);
    for ((y, i, x), &element) in dilated.indexed_iter() {
        assert_eq!(element, a[[5 - 2 * x - 3 * i, y]]);
    }
    let hankel = einsum_view!("x(x+i)->xi", a; );
    assert_eq!(hankel.shape(), [6, 2]);
    assert_eq!(hankel[[4, 1]], a[[4, 5]]);
    let some = einsum_view!("(2x)...->...x", a);
    assert_eq!(some, a.slice(s![..;2, ..]).t());

    // A view that is written has each element once: every second row, or blocks.
    let mut a = counting((6, 7));
    einsum_view!("(3x+i)y->xiy", &mut a; i = 2).fill(100);
    assert_eq!(a.column(0).mapv(|element| element == 100).to_vec(), [true, true, false, true, true, false]);
    einsum_view!("(2x)y->xy", &mut a.slice_mut(s![..;-1, ..])).fill(200);
    assert_eq!(a.column(6).mapv(|element| element == 200).to_vec(), [false, true, false, true, false, true]);
}

/// Lives as long as the array, not as the call.
fn pairs(a: &Array1<i64>) -> ArrayView2<'_, i64> {
    einsum_view!("(x+i)->xi", a; i = 2)
}

#[test]
fn a_view_lives_as_long_as_its_array() {
    let a = counting(5);
    assert_eq!(pairs(&a).shape(), [4, 2]);
}

#[test]
fn element_types() {
    macro_rules! each {
        ($($T:ty),*) => { $( {
            let array = |n: usize| Array1::from_shape_fn(n, |at| (at % 3) as u8 as $T);
            let got = einsum!("(2x+3i),i->x", array(19), array(4));
            let views = [array(19).into_dyn(), array(4).into_dyn()];
            assert_eq!(got.into_dyn(), evaluate("(2x+3i),i->x", &[views[0].view(), views[1].view()]));
        } )* };
    }
    each!(f32, f64, i8, i16, i32, i64, i128, isize, u8, u16, u32, u64, u128, usize);
    let complex = |shape: [usize; 2]| counting(shape).mapv(|n| Complex::new(n as f64, (n * n % 5) as f64));
    check!("(x+2i)(2y+j),ij->xy", complex([9, 12]), complex([3, 3]));
    check!(
        "(x+2i)(2y+j),ij->xy",
        complex([9, 12]).mapv(|z| Complex::new(z.re as f32, z.im as f32)),
        complex([3, 3]).mapv(|z| Complex::new(z.re as f32, z.im as f32))
    );
    let big = |n: usize| counting(n).mapv(BigInt::from);
    check!("(x+2i),i->x", big(9), big(3));
}

/// Sizes at which kernels run: rows longer than vectors and tiles, and ragged ones.
#[test]
fn large() {
    let float = |shape: &[usize]| counting(IxDyn(shape)).mapv(|n| n as f64);
    for extent in [31, 32, 33, 70] {
        check!("(x+i)(y+j),ij->xy", float(&[extent, extent + 3]), float(&[3, 5]));
        check!("(2x+i)(2y+2j),ij->xy", float(&[extent, extent + 3]), float(&[3, 3]));
    }
    check!("n(x+i)(y+j)c,ijco->nxyo", float(&[2, 9, 14, 5]), float(&[3, 3, 5, 9]));
    check!("nc(2x+i)(2y+j),ocij->noxy", float(&[2, 5, 14, 13]), float(&[9, 5, 3, 3]));
    check!("nc(x+2i)(y+2j),ocij->noxy", float(&[2, 5, 14, 13]), float(&[9, 5, 3, 3]));
}

#[test]
fn messages() {
    let mut rows = Vec::new();
    let mut row = |expected: &str, got: Result<(), EinsumError>| match got {
        Err(error) if error.to_string() == expected => {}
        got => rows.push(format!(
            "      got: {got:?}\n     said: {}\nshould be: {expected}",
            got.as_ref().err().map(ToString::to_string).unwrap_or_default()
        )),
    };
    let zeros = |shape: &[usize]| ArrayD::<f64>::zeros(IxDyn(shape));
    let mut out = zeros(&[2, 14]);
    row(
        r#"einsum "b(2x+3i),i->bx": axis 1 of operand 0 has extent 28, but `2x+3i` reaches position 2·13 + 3·2 = 32"#,
        try_einsum!(out = "b(2x+3i),i->bx", zeros(&[2, 28]), zeros(&[3])),
    );
    row(
        r#"einsum "(x+i),i->x": axis 0 of operand 0 has extent 2, but `x+i` reaches position 0 + 2 = 2"#,
        try_einsum!("(x+i),i->x", zeros(&[2]), zeros(&[3])).map(drop),
    );
    row(
        r#"einsum "i,...(x+4i)->...x": axis 2 of operand 1 has extent 8, but `x+4i` reaches position 0 + 4·2 = 8"#,
        try_einsum!("i,...(x+4i)->...x", zeros(&[3]), zeros(&[2, 2, 8])).map(drop),
    );
    row(
        r#"einsum "(2x),x->x": axis 0 of operand 0 has extent 8, but `2x` reaches position 2·4 = 8"#,
        try_einsum!("(2x),x->x", zeros(&[8]), zeros(&[5])).map(drop),
    );
    row(
        r#"einsum "(x+i),i->x": index `x` may have any extent: axis 0 of operand 0 is not read, since `i` has extent 0"#,
        try_einsum!("(x+i),i->x", zeros(&[2]), zeros(&[0])).map(drop),
    );
    row(
        r#"einsum "(x+i)->x": axis 0 of operand 0 has extent 4, but `x+i` reaches position 0 + 18446744073709551614 = 18446744073709551614"#,
        try_einsum!("(x+i)->x", zeros(&[4]); i = usize::MAX).map(drop),
    );
    row(
        r#"einsum "(4000000000x+4000000000i),x,i->": axis 0 of operand 0 has extent 4, but `4000000000x+4000000000i` reaches position 4000000000·1 + 4000000000·1 = 8000000000"#,
        try_einsum!("(4000000000x+4000000000i),x,i->", zeros(&[4]), zeros(&[2]), zeros(&[2])).map(drop),
    );
    // The plain axes come first.
    row(
        r#"einsum "n(x+i),in->x": index `n` has extent 2 in operand 0 (axis 0) but extent 4 in operand 1 (axis 1)"#,
        try_einsum!("n(x+i),in->x", zeros(&[2, 2]), zeros(&[3, 4])).map(drop),
    );
    row(
        r#"einsum "n(x+i),i->x": operand 0 has 1 axis, but its term has 2 labels"#,
        try_einsum!("n(x+i),i->x", zeros(&[2]), zeros(&[3])).map(drop),
    );
    assert!(rows.is_empty(), "{}", rows.join("\n\n"));

    let one = array![1.0];
    let endless = one.broadcast(1 << 62).expect("one element");
    let error = try_einsum!("(x+i)->x", endless; i = 1 << 40).unwrap_err();
    assert!(matches!(error.kind(), EinsumErrorKind::TooLarge { .. }), "{error}");
}

#[test]
fn data_of_an_error() {
    let error = try_einsum!("b(2x+3i),i->bx", Array2::<f64>::zeros((1, 4)), Array1::zeros(3)).unwrap_err();
    let place = Place { array: ArrayRole::Operand(0), axis: 1, extent: 4 };
    let summands = vec![
        AffineSummand { coefficient: 2, label: 'x', extent: 1 },
        AffineSummand { coefficient: 3, label: 'i', extent: 3 },
    ];
    assert_eq!(*error.kind(), EinsumErrorKind::AffineReach { place, summands });
}

#[test]
#[should_panic(expected = "the windows along axis 1 overlap")]
fn a_written_view_does_not_overlap() {
    let mut a = counting((6, 7));
    let _ = einsum_view!("x(y+j)->xyj", &mut a; j = 2);
}

#[test]
fn extents_are_evaluated_once_and_last() {
    let log = std::cell::RefCell::new(Vec::new());
    let array = || {
        log.borrow_mut().push("operand");
        counting(9)
    };
    let extent = || {
        log.borrow_mut().push("extent");
        3
    };
    let _: Array1<i64> = einsum!("(x+i)->x", array(); i = extent());
    assert_eq!(log.into_inner(), ["operand", "extent"]);
}

/// The values that torch's `conv2d` gives: `tests/torch_values.py` made them.
macro_rules! torch_values {
    ($(($stride:tt, $dilation:tt) $images:tt $kernels:tt $shape:tt [$($value:literal),*];)*) => {
        #[test]
        fn as_torch() {
            let numbers = |n: usize| ((n * 7) % 23) as f64 - 11.0;
            $( {
                let images = Array1::from_shape_fn(size($images), numbers).into_shape_with_order($images).expect("so many");
                let kernels = Array1::from_shape_fn(size($kernels), numbers).into_shape_with_order($kernels).expect("so many");
                let result: Array4<f64> = torch_call!(images, kernels, $stride, $dilation);
                let expected = Array1::from_vec(vec![$($value as f64),*]).into_shape_with_order($shape).expect("so many");
                assert_eq!(result, expected, "stride {}, dilation {}", $stride, $dilation);
            } )*
        }
    };
}

macro_rules! torch_call {
    ($a:ident, $b:ident, 1, 1) => {
        einsum!("nc(x+i)(y+j),ocij->noxy", $a, $b)
    };
    ($a:ident, $b:ident, 2, 1) => {
        einsum!("nc(2x+i)(2y+j),ocij->noxy", $a, $b)
    };
    ($a:ident, $b:ident, 1, 2) => {
        einsum!("nc(x+2i)(y+2j),ocij->noxy", $a, $b)
    };
    ($a:ident, $b:ident, 2, 3) => {
        einsum!("nc(2x+3i)(2y+3j),ocij->noxy", $a, $b)
    };
    ($a:ident, $b:ident, 3, 2) => {
        einsum!("nc(3x+2i)(3y+2j),ocij->noxy", $a, $b)
    };
}

fn size(shape: (usize, usize, usize, usize)) -> usize {
    shape.0 * shape.1 * shape.2 * shape.3
}

include!("torch_values.in");

/// Without an arrow as well, the array that is assigned to says how many positions there are.
#[test]
fn extents_of_an_implicit_output_that_is_assigned_to() {
    let (signal, kernel) = (counting(9), counting(3));
    let mut c = Array1::zeros(4);
    einsum!(c = "(x+i),i", signal, kernel);
    assert_eq!(c, einsum!("(x+i),i->x", signal, kernel).slice(s![..4]));
    einsum!(c -= "(x+i),i", signal, kernel);
    assert_eq!(c, Array1::<i64>::zeros(4));
    // Both labels have their extents from the array.
    let mut c = Array2::zeros((3, 4));
    einsum!(c = "(x+i)", signal);
    assert_eq!(c.into_dyn(), evaluate_given("(x+i)", &[signal.view().into_dyn()], &[('i', 3), ('x', 4)]));
    let mut long = Array1::zeros(8);
    assert!(try_einsum!(long = "(x+i),i", signal, kernel).is_err());
    assert_eq!(long, Array1::<i64>::zeros(8));
}
