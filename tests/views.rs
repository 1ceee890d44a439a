//! `einsum_view!`: what it may be called on, how long the view lives, and that it is the array itself.

mod oracle;

use ndarray::{ArcArray2, SliceInfo, SliceInfoElem, prelude::*};
use ndeinsum::{einsum, einsum_view};
use oracle::evaluate;
use std::{cell::RefCell, rc::Rc, sync::LazyLock};

/// 1, 2, 3, … in C order.
fn counting<D: Dimension>(shape: impl ndarray::ShapeBuilder<Dim = D>) -> Array<f64, D> {
    let mut n = 0.0;
    Array::from_shape_simple_fn(shape, || {
        n += 1.0;
        n
    })
}

/// A name, an array, and the part of it.
type Layout = (&'static str, ArrayD<f64>, SliceInfo<Vec<SliceInfoElem>, IxDyn, IxDyn>);

/// Slices of an array of extents 5, 5, 5: what a view can begin with.
fn layouts() -> Vec<Layout> {
    let slices = [
        ("as it is", [(0, None, 1); 3]),
        ("smaller", [(1, Some(4), 1); 3]),
        ("every other", [(0, None, 2); 3]),
        ("backwards", [(0, None, -1); 3]),
        ("partly backwards", [(0, Some(3), 1), (1, Some(4), -1), (0, None, -2)]),
        ("one element", [(2, Some(3), 1), (3, Some(4), -1), (4, None, 2)]),
    ];
    let empty = ("empty", [(2, Some(2), 1), (0, Some(0), -1), (5, None, 2)]);
    let mut layouts = Vec::new();
    for (name, slice) in slices.into_iter().chain([empty]) {
        for fortran in [false, true] {
            let elements = slice.map(|(start, end, step)| SliceInfoElem::Slice { start, end, step });
            let info = SliceInfo::try_from(elements.to_vec()).expect("three axes");
            let mut array = counting((5, 5, 5));
            if fortran {
                array = array.permuted_axes([2, 0, 1]);
            }
            layouts.push((name, array.into_dyn(), info));
        }
    }
    layouts
}

/// Read and written through, in every layout.
#[test]
fn of_every_layout() {
    macro_rules! check {
        ($text:literal, $D:ty, $array:expr, $info:expr, $name:expr) => {{
            let array: &ArrayD<f64> = $array;
            let sliced = array.slice(&$info);
            let typed = sliced.view().into_dimensionality::<$D>().expect("its rank");
            let expected = evaluate($text, &[sliced.view()]);
            assert_eq!(einsum_view!($text, typed).into_dyn(), expected, "{} {}", $text, $name);
            assert_eq!(einsum_view!($text, sliced).into_dyn(), expected, "{} {}, IxDyn", $text, $name);
            assert_eq!(einsum!($text, typed).into_dyn(), expected, "{} {}, copied", $text, $name);

            // Every element of the view is one of the array, and no other changes.
            let mut written = array.clone();
            let mut slice = written.slice_mut(&$info).into_dimensionality::<$D>().expect("its rank");
            einsum_view!($text, &mut slice).mapv_inplace(|x| -x);
            let changed: Vec<f64> =
                written.iter().zip(array).filter(|(x, y)| x != y).map(|(x, _)| -*x).collect();
            let mut viewed: Vec<f64> = expected.iter().copied().collect();
            let mut changed_sorted = changed;
            viewed.sort_by(f64::total_cmp);
            changed_sorted.sort_by(f64::total_cmp);
            assert_eq!(changed_sorted, viewed, "{} {}, written", $text, $name);
        }};
    }

    for (name, array, info) in &layouts() {
        check!("ijk->kij", Ix3, array, *info, name);
        check!("ijk->ijk", Ix3, array, *info, name);
        check!("i...->...i", Ix3, array, *info, name);
        check!("...->...", Ix3, array, *info, name);
        let cubic = array.slice(info);
        if cubic.shape().iter().all(|&extent| extent == cubic.shape()[0]) {
            check!("iii->i", Ix3, array, *info, name);
            check!("iji->ij", Ix3, array, *info, name);
            check!("iji->ji", Ix3, array, *info, name);
            check!("jii->ij", Ix3, array, *info, name);
            check!("i...i->i...", Ix3, array, *info, name);
            check!("ii...->...i", Ix3, array, *info, name);
            check!("...ii->...i", Ix3, array, *info, name);
        }
    }
}

/// The view borrows what the operand borrows, not the variable that holds the reference or the view.
mod lifetimes {
    use super::*;

    fn of_reference(a: &Array2<f64>) -> ArrayView1<'_, f64> {
        einsum_view!("ii->i", a)
    }

    fn of_view(a: ArrayView2<'_, f64>) -> ArrayView1<'_, f64> {
        einsum_view!("ii->i", a)
    }

    fn of_reference_to_view<'a>(a: &ArrayView2<'a, f64>) -> ArrayView1<'a, f64> {
        einsum_view!("ii->i", *a)
    }

    fn of_array_ref(a: &ArrayRef2<f64>) -> ArrayView1<'_, f64> {
        einsum_view!("ii->i", a)
    }

    fn of_shared(a: &ArcArray2<f64>) -> ArrayView1<'_, f64> {
        einsum_view!("ii->i", a)
    }

    fn of_mutable_reference(a: &mut Array2<f64>) -> ArrayView1<'_, f64> {
        einsum_view!("ii->i", *a)
    }

    fn of_reborrowed(a: &mut Array2<f64>) -> ArrayViewMut1<'_, f64> {
        einsum_view!("ii->i", &mut *a)
    }

    fn of_field(a: &(u8, Array2<f64>)) -> ArrayView1<'_, f64> {
        einsum_view!("ii->i", a.1)
    }

    fn of_field_behind_a_variable<'a>(pair: &'a (u8, Array2<f64>)) -> ArrayView1<'a, f64> {
        let local: &'a Array2<f64> = &pair.1;
        einsum_view!("ii->i", local)
    }

    fn of_slice(a: &Array3<f64>) -> ArrayView1<'_, f64> {
        einsum_view!("ii->i", a.index_axis(Axis(0), 1))
    }

    fn of_element(list: &[Array2<f64>]) -> ArrayView1<'_, f64> {
        einsum_view!("ii->i", list[0])
    }

    fn of_static() -> ArrayView1<'static, f64> {
        static ARRAY: LazyLock<Array2<f64>> = LazyLock::new(|| counting((2, 2)));
        let array: &'static Array2<f64> = &ARRAY;
        einsum_view!("ii->i", array)
    }

    fn of_field_that_is_a_view<'a>(pair: &(u8, ArrayView2<'a, f64>)) -> ArrayView1<'a, f64> {
        einsum_view!("ii->i", pair.1)
    }

    fn of_view_of_view(a: &Array3<f64>) -> ArrayView1<'_, f64> {
        einsum_view!("ii->i", einsum_view!("jij->ij", a))
    }

    fn longer<'a, T>(a: &'a Array2<T>, b: &'a Array2<T>) -> [ArrayView2<'a, T>; 2] {
        [a, b].map(|x| einsum_view!("ij->ji", x))
    }

    #[test]
    fn are_those_of_the_array() {
        let (mut a, expected) = (counting((2, 2)), arr1(&[1.0, 4.0]));
        let cube = ndarray::stack![Axis(0), a, a];
        assert_eq!(of_reference(&a), expected);
        assert_eq!(of_view(a.view()), expected);
        assert_eq!(of_reference_to_view(&a.view()), expected);
        assert_eq!(of_array_ref(&a), expected);
        assert_eq!(of_shared(&a.to_shared()), expected);
        assert_eq!(of_mutable_reference(&mut a), expected);
        assert_eq!(of_reborrowed(&mut a), expected);
        assert_eq!(of_field(&(0, a.clone())), expected);
        assert_eq!(of_field_behind_a_variable(&(0, a.clone())), expected);
        assert_eq!(of_slice(&cube), expected);
        assert_eq!(of_element(&[a.clone()]), expected);
        assert_eq!(of_static(), expected);
        assert_eq!(of_field_that_is_a_view(&(0, a.view())), expected);
        assert_eq!(of_view_of_view(&cube), expected);
        assert_eq!(longer(&a, &a)[1], a.t());

        let outer = {
            let inner = &a;
            einsum_view!("ij->ji", inner)
        };
        assert_eq!(outer, a.t());
        let views: Vec<ArrayView1<'_, f64>> = cube.outer_iter().map(|a| einsum_view!("ii->i", a)).collect();
        assert_eq!(views[1], expected);
        // A shared borrow, like any other: the array can still be read.
        let view = einsum_view!("ij->ji", a);
        assert_eq!(view.sum(), a.sum());
    }
}

#[test]
fn of_every_ownership() {
    let a = counting((2, 3));
    let (shared, cow, dynamic) = (a.to_shared(), CowArray::from(&a), a.clone().into_dyn());
    assert_eq!(einsum_view!("ij->ji", a), a.t());
    assert_eq!(einsum_view!("ij->ji", shared), a.t());
    assert_eq!(einsum_view!("ij->ji", cow), a.t());
    assert_eq!(einsum_view!("ij->ji", dynamic), a.t());
    assert_eq!(einsum_view!("ij->ji", *a), a.t());
    let (boxed, counted) = (Box::new(a.clone()), Rc::new(a.clone()));
    assert_eq!(einsum_view!("ij->ji", *boxed), a.t());
    assert_eq!(einsum_view!("ij->ji", *counted), a.t());
    let references = (&&a, &&&a);
    assert_eq!(einsum_view!("ij->ji", *references.0), a.t());
    assert_eq!(einsum_view!("ij->ji", references.1), a.t());
    let mut writable = a.clone();
    let writable = writable.view_mut();
    assert_eq!(einsum_view!("ij->ji", writable), a.t());
    assert_eq!(writable, a);
}

/// An owned temporary lives to the end of the statement, as with ndarray's own `make().t()`.
#[test]
fn of_temporaries() {
    let (a, cell) = (counting((2, 3)), RefCell::new(counting((2, 3))));
    assert_eq!(einsum_view!("ij->ji", counting((2, 3))), a.t());
    assert_eq!(einsum_view!("ij->ji", &counting((2, 3))), a.t());
    assert_eq!(einsum_view!("ij->ji", &a + 0.0).sum(), 21.0);
    assert_eq!(einsum_view!("ij->ji", *cell.borrow()), a.t());
    assert_eq!(einsum_view!("ij->ji", a.to_shared()), a.t());
    assert_eq!(einsum_view!("ij->ji", &&a.view()), a.t());
    einsum_view!("ij->ji", &mut *cell.borrow_mut()).fill(1.0);
    einsum_view!("ij->ji", &mut cell.borrow_mut().slice_mut(s![.., 1..])).fill(2.0);
    assert_eq!(cell.borrow().sum(), 10.0);
    assert_eq!(einsum!("ij,ji->", a, einsum_view!("ij->ji", &a * 2.0)), 182.0);
    let sum = einsum_view!("ii->i", counting((2, 2))).sum();
    assert_eq!(sum, 5.0);
}

/// `&mut` before the operand makes the view a writable one.
#[test]
fn writable() {
    struct State {
        a: Array2<f64>,
        list: Vec<ArcArray2<f64>>,
    }

    let mut a = counting((2, 2));
    einsum_view!("ii->i", &mut a).fill(0.0);
    einsum_view!("ij->ji", &mut a)[[0, 1]] = 7.0;
    assert_eq!(a, arr2(&[[0.0, 2.0], [7.0, 0.0]]));

    let mut view: ArrayViewMut1<'_, f64> = einsum_view!("ii->i", &mut a);
    view += 1.0;
    view[1] *= 5.0;
    einsum!(view += "i->i", arr1(&[0.5, 0.5]));
    assert_eq!(a, arr2(&[[1.5, 2.0], [7.0, 5.5]]));

    einsum_view!("ii->i", &mut a.view_mut()).fill(0.0);
    einsum_view!("ii->i", &mut (a)).fill(1.0);
    let reference = &mut a;
    einsum_view!("ii->i", &mut *reference).fill(2.0);
    einsum_view!("ii->i", &mut **reference)[0] = 3.0;
    let array_ref: &mut ArrayRef2<f64> = reference;
    einsum_view!("ii->i", &mut *array_ref)[0] += 1.0;
    assert_eq!(a, arr2(&[[4.0, 2.0], [7.0, 2.0]]));

    let mut state = State { list: vec![a.to_shared(), a.to_shared()], a };
    einsum_view!("ii->i", &mut state.a).assign(&einsum_view!("ij->ji", state.list[0]).row(0));
    assert_eq!(state.a, arr2(&[[4.0, 2.0], [7.0, 7.0]]));
    // What is shared is copied before it is written.
    einsum_view!("ii->i", &mut state.list[0]).fill(0.0);
    assert_eq!((state.list[0].sum(), state.list[1].sum()), (9.0, 15.0));

    let mut dynamic = state.a.into_dyn();
    einsum_view!("...i->i...", &mut dynamic).fill(0.0);
    assert_eq!(dynamic.sum(), 0.0);
    let mut cube = counting((2, 3, 2));
    einsum_view!("i...i->...i", &mut cube).slice_mut(s![1, ..]).fill(0.0);
    assert_eq!((cube[[0, 1, 0]], cube[[1, 1, 1]], cube.sum()), (0.0, 0.0, 78.0 - 3.0 - 10.0));
}

/// The view is the array: the same elements at the same addresses.
#[test]
fn without_a_copy() {
    let mut a = counting((3, 4));
    let first = a.as_ptr();
    assert_eq!(einsum_view!("ij->ji", a).as_ptr(), first);
    assert_eq!(einsum_view!("ij->ji", a).strides(), [1, 4]);
    assert_eq!(einsum_view!("ii->i", a.slice(s![.., ..3])).strides(), [5]);
    assert_eq!(einsum_view!("ij->ji", &mut a).as_mut_ptr().cast_const(), first);
    let windows = ndeinsum::sliding_windows(&a, [Axis(0), Axis(1)], [2, 2]);
    assert_eq!(einsum_view!("xyii->ixy", windows).strides(), [5, 4, 1]);
    let same = arr1(&[2.0]);
    let repeated = same.broadcast((3, 3)).expect("one element");
    assert_eq!(einsum_view!("ii->i", repeated), arr1(&[2.0, 2.0, 2.0]));
    assert_eq!(einsum_view!("ii->i", repeated).as_ptr(), same.as_ptr());
}

/// Where the operand of a diagonal has no square, there is a panic, and nothing is viewed.
#[test]
fn of_shapes_that_do_not_fit() {
    let a = counting((2, 3));
    for text in [
        std::panic::catch_unwind(|| einsum_view!("ii->i", a).len()),
        std::panic::catch_unwind(|| einsum_view!("ii->i", a.view().into_dyn()).len()),
        std::panic::catch_unwind(|| einsum_view!("ii->i", a.slice(s![..1, ..])).len()),
        std::panic::catch_unwind(|| einsum_view!("iii->i", a.view().into_dyn()).len()),
        std::panic::catch_unwind(|| einsum_view!("...iii->i...", a.view().into_dyn()).len()),
    ] {
        let panic = text.expect_err("it does not fit");
        assert!(panic.downcast_ref::<String>().expect("a text").starts_with("einsum \""));
    }
}
