//! `sliding_windows` against direct indexing, and what it refuses.

use ndarray::{ArcArray1, DimAdd, Slice, prelude::*};
use ndeinsum::{EinsumError, EinsumErrorKind, einsum, sliding_windows, try_sliding_windows};
use std::{
    cell::RefCell,
    panic::{Location, UnwindSafe, catch_unwind},
    rc::Rc,
    sync::Mutex,
};

/// 1, 2, 3, … in C order.
fn counting<D: Dimension>(shape: impl ndarray::ShapeBuilder<Dim = D>) -> Array<i32, D> {
    let mut n = 0;
    Array::from_shape_simple_fn(shape, || {
        n += 1;
        n
    })
}

/// All ways to slide K windows over an array, each element looked up in the array itself.
fn check_all<D, const K: usize>(array: &ArrayRef<i32, D>, what: &str)
where
    D: Dimension + DimAdd<Dim<[usize; K]>>,
    Dim<[usize; K]>: Dimension,
{
    let plain = array.view().into_dyn();
    for axes in choices::<K>(&[array.ndim(); K]) {
        let repeats = (0..K).any(|n| axes[..n].contains(&axes[n]));
        if repeats {
            assert!(try_sliding_windows(array, axes.map(Axis), [1; K]).is_err(), "{what}, axes {axes:?}");
            continue;
        }
        // Each window from 0, which is refused, to one more than its axis, which is too.
        for window in choices::<K>(&axes.map(|axis| array.shape()[axis] + 2)) {
            let fits = (0..K).all(|n| (1..=array.shape()[axes[n]]).contains(&window[n]));
            let what = format!("{what}, axes {axes:?}, window {window:?}");
            match try_sliding_windows(array, axes.map(Axis), window) {
                Err(_) => assert!(!fits, "{what}: refused"),
                Ok(windows) => {
                    assert!(fits, "{what}: not refused");
                    check(&plain, &windows.into_dyn(), &axes, &window, &what);
                }
            }
        }
    }
}

/// Every array of K numbers, each below its bound.
fn choices<const K: usize>(bounds: &[usize; K]) -> Vec<[usize; K]> {
    let mut all = vec![[0; K]];
    for n in 0..K {
        let longer = all.iter().flat_map(|&choice| {
            (0..bounds[n]).map(move |number| {
                let mut choice = choice;
                choice[n] = number;
                choice
            })
        });
        all = longer.collect();
    }
    all
}

/// Element `[p.., q..]` of the windows is element `p`, moved by `q` along the axes, of the array.
fn check(
    plain: &ArrayViewD<'_, i32>,
    windows: &ArrayViewD<'_, i32>,
    axes: &[usize],
    window: &[usize],
    what: &str,
) {
    let rank = plain.ndim();
    let mut shape = plain.shape().to_vec();
    for (&axis, &extent) in axes.iter().zip(window) {
        shape[axis] = shape[axis] + 1 - extent;
    }
    shape.extend(window);
    assert_eq!(windows.shape(), shape, "{what}");
    for (position, &element) in windows.indexed_iter() {
        let mut at = position.slice()[..rank].to_vec();
        for (n, &axis) in axes.iter().enumerate() {
            at[axis] += position[rank + n];
        }
        assert_eq!(element, plain[IxDyn(&at)], "{what}, at {position:?}");
    }
}

/// A part of a view along one axis.
fn part<D: Dimension>(
    mut view: ArrayView<'_, i32, D>,
    axis: usize,
    part: impl Into<Slice>,
) -> ArrayView<'_, i32, D> {
    view.slice_axis_inplace(Axis(axis), part.into());
    view
}

/// All windows over an array of this shape in every layout; `slice` and `backwards` are slices of its rank.
macro_rules! check_layouts {
    ($shape:expr, $slice:expr, $backwards:expr) => {{
        let shape = $shape;
        let (rank, c_order, f_order) = (shape.len(), counting(shape), counting(shape.f()));
        let mut axes = c_order.raw_dim();
        (0..rank).for_each(|n| axes[n] = (n + 1) % rank);
        let mut more = c_order.raw_dim();
        more.slice_mut().iter_mut().for_each(|extent| *extent += 2);
        let (larger, backwards) = (counting(more), c_order.slice($backwards));
        let one = counting(());
        let layouts = [
            ("C order", c_order.view()),
            ("F order", f_order.view()),
            ("transposed", c_order.t()),
            ("rotated", c_order.view().permuted_axes(axes)),
            ("sliced", larger.slice($slice)),
            ("backwards", backwards),
            ("sliced and backwards", larger.slice($slice).slice_move($backwards)),
            ("backwards in F order", f_order.slice($backwards)),
            ("transposed and backwards", backwards.reversed_axes()),
            ("repeated", one.broadcast(shape).expect("one element")),
            ("without elements", part(c_order.view(), rank - 1, 1..1)),
            ("backwards without elements", part(backwards, 0, 1..1)),
            ("of one position", part(c_order.view(), 0, 1..2)),
            ("of one position, backwards", part(backwards, 0, -1..)),
        ];
        for (what, view) in layouts {
            let what = format!("{shape:?} {what}");
            check_all::<_, 0>(&view, &what);
            check_all::<_, 1>(&view, &what);
            check_all::<_, 2>(&view, &what);
            let dynamic = view.into_dyn();
            check_all::<_, 1>(&dynamic, &format!("{what}, IxDyn"));
            check_all::<_, 2>(&dynamic, &format!("{what}, IxDyn"));
        }
        check_all::<_, 3>(&c_order, "three windows");
        check_all::<_, 3>(&backwards, "three windows, backwards");
    }};
}

#[test]
fn of_every_layout_along_every_axis() {
    check_layouts!([4], s![1..5], s![..;-1]);
    check_layouts!([3, 4], s![1..4, ..;2], s![..;-1, ..]);
    check_layouts!([3, 2, 3], s![1..4, ..;2, 2..], s![..;-1, .., ..;-2]);
    check_layouts!([2, 3, 2, 2], s![1.., ..;2, 2.., 0..1], s![..;-1, .., ..;-1, ..;-1]);
}

/// Sums of the ranks above six are dynamic.
#[test]
fn of_more_than_six_axes() {
    check_all::<_, 2>(&counting([1, 2, 1, 2, 1]), "rank 5");
    check_all::<_, 1>(&counting([1, 2, 1, 2, 1, 2]), "rank 6");
    check_all::<_, 1>(&counting(vec![1, 2, 1, 2, 1, 2, 1]), "rank 7");
    let a = counting([2, 3, 2, 2]);
    let windows: ArrayViewD<'_, i32> = sliding_windows(&a, [Axis(1), Axis(0), Axis(3)], [2, 2, 1]);
    assert_eq!(windows.shape(), [1, 2, 2, 2, 2, 2, 1]);
    let windows: ArrayViewD<'_, i32> = sliding_windows(&windows, [Axis(4)], [2]);
    assert_eq!(windows.shape(), [1, 2, 2, 2, 1, 2, 1, 2]);
}

/// Windows of windows are windows.
#[test]
fn of_windows() {
    let a = counting([4, 5]);
    let outer = sliding_windows(&a, [Axis(0), Axis(1)], [3, 4]);
    check_all::<_, 2>(&outer, "windows");
    let inner = sliding_windows(&outer, [Axis(2), Axis(3)], [2, 2]);
    let direct = sliding_windows(&a, [Axis(0), Axis(1)], [2, 2]);
    assert_eq!(inner.slice(s![0, 0, .., .., .., ..]), direct.slice(s![..2, ..3, .., ..]));
}

/// Whatever dereferences to an array, of any element, for as long as the array is borrowed.
#[test]
fn of_every_ownership() {
    fn pairs(a: &Array1<i32>) -> ArrayView2<'_, i32> {
        sliding_windows(a, [Axis(0)], [2])
    }
    fn pairs_of_part(a: &Array1<i32>) -> ArrayView2<'_, i32> {
        sliding_windows(a, [Axis(0)], [2]).slice_move(s![1.., ..])
    }
    fn pairs_of_any<T, S: ndarray::Data<Elem = T>>(a: &ArrayBase<S, Ix1>) -> ArrayView2<'_, T> {
        sliding_windows(a, [Axis(0)], [2])
    }

    let mut a = counting(3);
    let expected = arr2(&[[1, 2], [2, 3]]);
    assert_eq!(pairs(&a), expected);
    assert_eq!(pairs_of_part(&a), expected.slice(s![1.., ..]));
    assert_eq!(pairs_of_any(&a.view()), expected);
    assert_eq!(sliding_windows(&a.view(), [Axis(0)], [2]), expected);
    assert_eq!(sliding_windows(&CowArray::from(&a), [Axis(0)], [2]), expected);
    let shared: ArcArray1<i32> = a.to_shared();
    assert_eq!(sliding_windows(&shared, [Axis(0)], [2]), expected);
    assert_eq!(sliding_windows(&*a, [Axis(0)], [2]), expected);
    let (boxed, counted, cell) = (Box::new(a.clone()), Rc::new(a.clone()), RefCell::new(a.clone()));
    assert_eq!(sliding_windows(&boxed, [Axis(0)], [2]), expected);
    assert_eq!(sliding_windows(&counted, [Axis(0)], [2]), expected);
    assert_eq!(sliding_windows(&cell.borrow(), [Axis(0)], [2]), expected);
    assert_eq!(sliding_windows(&a.view_mut(), [Axis(0)], [2]), expected);
    let writable: &mut Array1<i32> = &mut a;
    assert_eq!(sliding_windows(writable, [Axis(0)], [2]), expected);

    let words = array!["a", "b", "c"].mapv(String::from);
    assert_eq!(sliding_windows(&words, [Axis(0)], [2])[[1, 1]], "c");
    // Not even `Clone`, and without a size.
    let locks = Array1::from_shape_simple_fn(3, || Mutex::new(0));
    *sliding_windows(&locks, [Axis(0)], [2])[[0, 1]].lock().expect("no panic") = 5;
    assert_eq!(locks[1].lock().map(|value| *value).ok(), Some(5));
    assert_eq!(sliding_windows(&Array1::from_elem(5, ()), [Axis(0)], [2]).dim(), (4, 2));
}

#[test]
fn without_a_copy() {
    let a = counting([4, 5]);
    let windows = sliding_windows(&a, [Axis(1)], [2]);
    assert_eq!((windows.as_ptr(), windows.strides()), (a.as_ptr(), &[5, 1, 1][..]));
    let backwards = a.slice(s![.., ..;-1]);
    let windows = sliding_windows(&backwards, [Axis(1)], [2]);
    assert_eq!((windows.as_ptr(), windows.strides()), (backwards.as_ptr(), &[5, -1, -1][..]));
}

/// What they are for.
#[test]
fn in_a_convolution() {
    let (image, kernel) = (counting([5, 6]), counting([3, 2]));
    let valid = einsum!("xyij,ij->xy", sliding_windows(&image, [Axis(0), Axis(1)], [3, 2]), kernel);
    let expected =
        Array2::from_shape_fn((3, 5), |(x, y)| (&image.slice(s![x..x + 3, y..y + 2]) * &kernel).sum());
    assert_eq!(valid, expected);
    // Backwards: a convolution in the mathematician's sense.
    let flipped = kernel.slice(s![..;-1, ..;-1]);
    let convolved = einsum!("xyij,ij->xy", sliding_windows(&image, [Axis(0), Axis(1)], [3, 2]), flipped);
    assert_eq!(convolved[[0, 0]], (&image.slice(s![..3, ..2]) * &flipped).sum());
}

#[test]
fn refused() {
    let a = counting([4, 5]);
    let (wide, empty) = (a.view().into_dyn(), a.slice(s![..0, ..]));
    let cases: [(Result<_, EinsumError>, &str, EinsumErrorKind); 12] = [
        (
            try_sliding_windows(&a, [Axis(1)], [6]).map(drop),
            "the window along axis 1 has extent 6, but the axis has extent 5",
            EinsumErrorKind::WindowTooLong { axis: 1, extent: 5, window: 6 },
        ),
        (
            try_sliding_windows(&a, [Axis(1), Axis(0)], [5, 5]).map(drop),
            "the window along axis 0 has extent 5, but the axis has extent 4",
            EinsumErrorKind::WindowTooLong { axis: 0, extent: 4, window: 5 },
        ),
        (
            try_sliding_windows(&a, [Axis(0)], [usize::MAX]).map(drop),
            "the window along axis 0 has extent 18446744073709551615, but the axis has extent 4",
            EinsumErrorKind::WindowTooLong { axis: 0, extent: 4, window: usize::MAX },
        ),
        (
            try_sliding_windows(&empty, [Axis(0)], [1]).map(drop),
            "the window along axis 0 has extent 1, but the axis has extent 0",
            EinsumErrorKind::WindowTooLong { axis: 0, extent: 0, window: 1 },
        ),
        (
            try_sliding_windows(&a, [Axis(0), Axis(1)], [2, 0]).map(drop),
            "the window along axis 1 has extent 0",
            EinsumErrorKind::WindowEmpty { axis: 1 },
        ),
        (
            try_sliding_windows(&empty, [Axis(0)], [0]).map(drop),
            "the window along axis 0 has extent 0",
            EinsumErrorKind::WindowEmpty { axis: 0 },
        ),
        (
            try_sliding_windows(&a, [Axis(2)], [1]).map(drop),
            "there is no axis 2: the array has 2 axes",
            EinsumErrorKind::AxisMissing { axis: 2, axes: 2 },
        ),
        (
            try_sliding_windows(&a.row(0), [Axis(0), Axis(1)], [1, 1]).map(drop),
            "there is no axis 1: the array has 1 axis",
            EinsumErrorKind::AxisMissing { axis: 1, axes: 1 },
        ),
        (
            try_sliding_windows(&counting(()), [Axis(0)], [1]).map(drop),
            "there is no axis 0: the array has 0 axes",
            EinsumErrorKind::AxisMissing { axis: 0, axes: 0 },
        ),
        (
            try_sliding_windows(&wide, [Axis(usize::MAX)], [1]).map(drop),
            "there is no axis 18446744073709551615: the array has 2 axes",
            EinsumErrorKind::AxisMissing { axis: usize::MAX, axes: 2 },
        ),
        (
            try_sliding_windows(&a, [Axis(1), Axis(1)], [2, 2]).map(drop),
            "axis 1 is named twice",
            EinsumErrorKind::AxisRepeated { axis: 1 },
        ),
        (
            try_sliding_windows(&a, [Axis(0), Axis(1), Axis(0)], [1, 1, 1]).map(drop),
            "axis 0 is named twice",
            EinsumErrorKind::AxisRepeated { axis: 0 },
        ),
    ];
    for (outcome, text, kind) in cases {
        let error = outcome.expect_err(text);
        assert_eq!(error.to_string(), format!("sliding windows: {text}"));
        assert_eq!((error.subscripts(), error.kind()), (None, &kind));
    }
}

/// A view has at most `isize::MAX` elements, counted as often as it shows them.
#[test]
fn of_more_elements_than_can_be_counted() {
    let long = 1 << 40;
    let (one, units) = (arr0(1.0), Array1::from_elem(long, ()));
    let repeated = one.broadcast(long).expect("one element");
    let half = long / 2;
    let shape = vec![half + 1, half];
    let error = try_sliding_windows(&repeated, [Axis(0)], [half]).expect_err("2 to the 78th elements");
    assert_eq!(error.kind(), &EinsumErrorKind::TooLarge { shape: shape.clone() });
    let error = try_sliding_windows(&units, [Axis(0)], [half]).expect_err("2 to the 78th elements");
    assert_eq!(error.kind(), &EinsumErrorKind::TooLarge { shape });
    assert_eq!(try_sliding_windows(&units, [Axis(0)], [3]).map(|windows| windows.dim()), Ok((long - 2, 3)));
}

thread_local! {
    static PANIC: RefCell<Option<(String, u32)>> = const { RefCell::new(None) };
}

/// What a panic says, and the line of this file that it points at.
fn panic_of<T>(call: impl FnOnce() -> T + UnwindSafe) -> (String, u32) {
    let quiet = std::panic::take_hook();
    std::panic::set_hook(Box::new(|info| {
        let text = info.payload().downcast_ref::<String>().cloned().unwrap_or_default();
        let here = info.location().filter(|location| location.file() == file!());
        PANIC.with_borrow_mut(|panic| *panic = Some((text, here.map_or(0, Location::line))));
    }));
    let outcome = catch_unwind(call);
    std::panic::set_hook(quiet);
    assert!(outcome.is_err(), "there should be a panic");
    PANIC.take().expect("the hook has run")
}

/// At the line of the call, or at that of the call of a function which passes the place on.
#[test]
fn panics_point_at_the_call() {
    #[track_caller]
    fn windows_of_three(a: &Array1<i32>) -> usize {
        sliding_windows(a, [Axis(0)], [3]).len()
    }

    let a = counting(2);
    let text = "sliding windows: the window along axis 0 has extent 3, but the axis has extent 2";
    let here = line!() + 1;
    assert_eq!(panic_of(|| sliding_windows(&a, [Axis(0)], [3]).len()), (text.into(), here));
    let here = line!() + 1;
    assert_eq!(panic_of(|| windows_of_three(&a)), (text.into(), here));
}
