//! What may be assigned to: every place that holds or gives an array that can be written, in every form of assignment.

use ndarray::prelude::*;
use ndeinsum::{einsum, einsum_view, try_einsum};
use std::{
    cell::RefCell,
    collections::HashMap,
    panic::{AssertUnwindSafe, catch_unwind},
    rc::Rc,
    sync::Mutex,
};

/// 1, 2, 3, … in C order.
fn counting<D: Dimension>(shape: impl ndarray::ShapeBuilder<Dim = D>) -> Array<f64, D> {
    let mut n = 0.0;
    Array::from_shape_simple_fn(shape, || {
        n += 1.0;
        n
    })
}

/// What is assigned, added and subtracted to `place`, which must be `[10, 20]` before and is again in the end.
macro_rules! assigns {
    ($place:expr, $read:expr) => {{
        let (a, b) = (arr2(&[[1.0, 2.0], [3.0, 4.0]]), arr1(&[1.0, 1.0]));
        let read = |what: &str, expected: [f64; 2], got: Array1<f64>| {
            assert_eq!(got, arr1(&expected), "{} {what}", stringify!($place));
        };
        einsum!($place += "ij,j->i", a, b);
        read("+=", [13.0, 27.0], $read);
        einsum!($place = "ij->i", a);
        read("=", [3.0, 7.0], $read);
        assert_eq!(try_einsum!($place -= 2.0 * "ij,jk,k->i", a, a, b), Ok(()));
        read("-= s *", [-31.0, -67.0], $read);
        // An error leaves all as it was.
        assert!(try_einsum!($place = "ij,j->i", a, counting(3)).is_err());
        assert!(try_einsum!($place += 2.0 * "ij,jk,k->i", a, a, counting(3)).is_err());
        read("Err", [-31.0, -67.0], $read);
        einsum!($place = "i->i", arr1(&[10.0, 20.0]));
    }};
}

/// Each form of assignment, with values that fit, and with others, which leave the output as it was.
#[test]
fn in_every_form() {
    let (a, b, long) = (arr2(&[[1.0, 2.0], [3.0, 4.0]]), arr1(&[1.0, 1.0]), counting(3));
    macro_rules! forms {
        ($($c:ident $assign:tt $($s:literal *)? => $expected:expr;)*) => { $(
            let mut $c = before();
            einsum!($c $assign $($s *)? "ij,j->i", a, b);
            assert_eq!($c, arr1(&$expected));
            let mut $c = before();
            assert_eq!(try_einsum!($c $assign $($s *)? "ij,j->i", a, b), Ok(()));
            assert_eq!($c, arr1(&$expected));
            let mut $c = before();
            assert_eq!(try_einsum!($c $assign $($s *)? "ij,jk,k->i", a, Array2::eye(2), b), Ok(()));
            assert_eq!($c, arr1(&$expected));

            let mut $c = before();
            assert!(try_einsum!($c $assign $($s *)? "ij,j->i", a, long).is_err());
            assert!(try_einsum!($c $assign $($s *)? "i->i", long).is_err());
            assert!(try_einsum!($c $assign $($s *)? "i...->i...", long).is_err());
            assert!(try_einsum!($c $assign $($s *)? "ij,jk,k->i", a, a, long).is_err());
            assert!(try_einsum!($c $assign $($s *)? "i,j,k->k", b, b, long).is_err());
            assert!(catch_unwind(AssertUnwindSafe(|| einsum!($c $assign $($s *)? "i->i", long))).is_err());
            assert_eq!($c, before());
        )* };
    }

    forms! {
        c = => [3.0, 7.0];
        c += => [13.0, 27.0];
        c -= => [7.0, 13.0];
        c = 2.0 * => [6.0, 14.0];
        c += 2.0 * => [16.0, 34.0];
        c -= 2.0 * => [4.0, 6.0];
    }
}

fn before() -> Array1<f64> {
    arr1(&[10.0, 20.0])
}

#[test]
fn that_own() {
    let mut c = before();
    assigns!(c, c.clone());
    assigns!((c), c.clone());
    let mut shared = before().into_shared();
    assigns!(shared, shared.to_owned());
    let mut cow = CowArray::from(before());
    assigns!(cow, cow.to_owned());
    let mut dynamic = before().into_dyn();
    assigns!(dynamic, dynamic.clone().into_dimensionality().expect("one axis"));
    let mut boxed = Box::new(before());
    assigns!(*boxed, (*boxed).clone());
}

/// What shares its elements gets its own before it is written.
#[test]
fn that_share() {
    let original = before().into_shared();
    let mut copy = original.clone();
    assigns!(copy, copy.to_owned());
    einsum!(copy += "i->i", arr1(&[1.0, 1.0]));
    assert_eq!((original, copy), (before().into_shared(), arr1(&[11.0, 21.0]).into_shared()));

    let original = before();
    let mut cow = CowArray::from(&original);
    einsum!(cow += "i->i", arr1(&[1.0, 1.0]));
    assert_eq!((cow.to_owned(), &original), (arr1(&[11.0, 21.0]), &before()));
}

#[test]
fn that_are_borrowed() {
    // The parameters are not `mut`.
    fn reference(c: &mut Array1<f64>) {
        assigns!(c, c.clone());
        assigns!(*c, c.clone());
    }
    fn array_ref(c: &mut ArrayRef1<f64>) {
        assigns!(c, c.to_owned());
        assigns!(*c, c.to_owned());
    }
    fn reference_to_view(c: &mut ArrayViewMut1<'_, f64>) {
        assigns!(c, c.to_owned());
        assigns!(*c, c.to_owned());
    }
    fn reference_to_reference(c: &mut &mut Array1<f64>) {
        assigns!(c, c.to_owned());
        assigns!(*c, c.to_owned());
        assigns!(**c, c.to_owned());
    }
    fn generic<S: ndarray::DataMut<Elem = f64>>(c: &mut ArrayBase<S, Ix1>) {
        assigns!(c, c.to_owned());
    }
    fn dereferenced(mut c: impl std::ops::DerefMut<Target = Array1<f64>>) {
        assigns!(*c, c.to_owned());
    }

    let mut c = before();
    reference(&mut c);
    array_ref(&mut c);
    reference_to_view(&mut c.view_mut());
    reference_to_reference(&mut &mut c);
    generic(&mut c);
    generic(&mut c.view_mut());
    dereferenced(&mut c);
    dereferenced(Box::new(c.clone()));
    // Borrowed on the spot.
    assigns!(&mut c, c.clone());
    assert_eq!(c, before());
}

#[test]
fn that_are_views() {
    let mut c = before();
    assigns!(c.view_mut(), c.clone());
    {
        let mut view = c.view_mut();
        assigns!(view, view.to_owned());
    }
    let mut wide = Array2::zeros((4, 3));
    for (start, step) in [(0, 1), (1, 2), (2, 1)] {
        wide.slice_mut(s![start..start + step + 1; step, 1]).assign(&before());
        assigns!(
            wide.slice_mut(s![start..start + step + 1; step, 1]),
            wide.slice(s![start..start + step + 1; step, 1]).to_owned()
        );
    }
    let mut c = arr1(&[20.0, 10.0]);
    assigns!(c.slice_mut(s![..;-1]), c.slice(s![..;-1]).to_owned());
    let mut square = Array2::from_diag(&before());
    assigns!(square.diag_mut(), square.diag().to_owned());
    assigns!(einsum_view!("ii->i", &mut square), square.diag().to_owned());
    assert_eq!(square, Array2::from_diag(&before()));
}

#[test]
fn that_are_parts_of_something() {
    struct State {
        c: Array1<f64>,
        list: Vec<Array1<f64>>,
        pair: (u8, (Array1<f64>, Array1<f64>)),
    }

    impl State {
        fn field(&mut self) {
            assigns!(self.c, self.c.clone());
            assigns!(self.list[1], self.list[1].clone());
            assigns!(self.pair.1.0, self.pair.1.0.clone());
        }

        fn view(&mut self) -> ArrayViewMut1<'_, f64> {
            self.c.view_mut()
        }

        // One field is written while others are read.
        fn apart(&mut self) {
            einsum!(self.c += "i,i->i", self.list[0], &self.pair.1.1);
            einsum!(self.pair.1.0 -= "i,i->i", self.pair.1.1, self.c);
        }
    }

    let mut state = State { c: before(), list: vec![before(), before()], pair: (0, (before(), before())) };
    state.field();
    assigns!(state.c, state.c.clone());
    assigns!(state.view(), state.c.clone());
    state.apart();
    assert_eq!((&state.c, &state.pair.1.0), (&arr1(&[110.0, 420.0]), &arr1(&[-1090.0, -8380.0])));

    let mut array = [before(), before()];
    let last = 1;
    assigns!(array[last], array[last].clone());
    assigns!(array[last - 1], array[last - 1].clone());
    assigns!(array.iter_mut().next().expect("two"), array[0].clone());
    assigns!(array.last_mut().expect("two").view_mut(), array[1].clone());
    let mut map = HashMap::from([("c", before())]);
    assigns!(map.get_mut("c").expect("it is there"), map["c"].clone());
    assigns!(*map.entry("c").or_default(), map["c"].clone());
    let mut optional = Some(before());
    assigns!(optional.as_mut().expect("some"), optional.clone().expect("some"));
    assigns!(
        match &mut optional {
            Some(c) => c,
            None => unreachable!(),
        },
        optional.clone().expect("some")
    );
    if let Some(c) = &mut optional {
        assigns!(c, c.clone());
    }
    for c in &mut array {
        assigns!(c, c.clone());
    }
}

#[test]
fn that_are_guarded() {
    let (cell, mutex) = (RefCell::new(before()), Mutex::new(before()));
    assigns!(*cell.borrow_mut(), cell.borrow().clone());
    assigns!(cell.borrow_mut().view_mut(), cell.borrow().clone());
    assigns!(*mutex.lock().expect("no panic"), mutex.lock().expect("no panic").clone());
    let mut guard = cell.borrow_mut();
    assigns!(*guard, guard.clone());
    let mut counted = Rc::new(before());
    assigns!(*Rc::make_mut(&mut counted), (*counted).clone());
    assigns!(Rc::make_mut(&mut counted), (*counted).clone());
}

/// Any strides, against the same call with a value.
#[test]
fn of_every_layout() {
    let (a, b) = (counting((2, 3)), counting((3, 4)));
    let expected = einsum!("ij,jk->ik", a, b);

    let mut c = Array2::zeros((2, 4).f());
    einsum!(c = "ij,jk->ik", a, b);
    assert_eq!(c, expected);
    let mut c = Array2::zeros((4, 2));
    einsum!(c.view_mut().reversed_axes() = "ij,jk->ik", a, b);
    assert_eq!(c, expected.t());
    // Every other element, backwards along one axis, in the middle of more.
    let mut c = Array3::from_elem((6, 10, 2), 0.5);
    einsum!(c.slice_mut(s![1..5;2, 1..9;-2, 1]) += "ij,jk->ik", a, b);
    assert_eq!(c.slice(s![1..5;2, 1..9;-2, 1]), &expected + 0.5);
    c.slice_mut(s![1..5;2, 1..9;-2, 1]).fill(0.5);
    assert_eq!(c, Array3::from_elem((6, 10, 2), 0.5), "and nothing else is written");
    // Axes that an ellipsis stands for.
    let mut c = Array3::zeros((3, 4, 2));
    einsum!(c.view_mut().permuted_axes([1, 2, 0]) = "...j,k->k...j", a, b.row(0));
    assert_eq!(c.permuted_axes([1, 2, 0]), einsum!("ij,k->kij", a, b.row(0)));
}

#[test]
fn of_every_rank() {
    let a = counting((2, 3));
    let mut c = arr0(5.0);
    einsum!(c += "ij,ij->", a, a);
    assert_eq!(c, arr0(96.0));
    assert!(try_einsum!(c = "ij,ik->", a, counting((4, 2))).is_err());
    assert_eq!(c, arr0(96.0));
    let mut c = Array::<f64, _>::zeros([2, 1, 1, 1, 1, 1]);
    einsum!(c += "abcd,ef->fdecba", counting((1, 1, 1, 1)), Array2::<f64>::ones((1, 2)));
    assert_eq!(c.sum(), 2.0);
    // More axes than a static rank can have.
    let mut c = Array::zeros(vec![1, 1, 1, 1, 1, 1, 3]);
    einsum!(c += "abcd,efg->gfedcba", counting((3, 1, 1, 1)), counting((1, 1, 1)));
    assert_eq!(c.as_slice(), Some(&[1.0, 2.0, 3.0][..]));
    let mut c = counting((1, 1)).into_dyn();
    assert!(try_einsum!(c = "abcd,efg->gfedcba", counting((3, 1, 1, 1)), counting((1, 1, 1))).is_err());
    assert_eq!(c, counting((1, 1)).into_dyn());
}
