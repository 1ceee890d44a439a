//! What may be an operand: arrays of every ownership, and expressions of every form.

mod oracle;

use ndarray::{Data, RawData, prelude::*};
use ndeinsum::{EinsumError, EinsumErrorKind, einsum, einsum_view, try_einsum};
use oracle::evaluate;
use std::{
    cell::RefCell,
    collections::HashMap,
    rc::Rc,
    sync::{Arc, LazyLock, Mutex, RwLock},
};

/// 1, 2, 3, … in C order.
fn counting<D: Dimension>(shape: impl ndarray::ShapeBuilder<Dim = D>) -> Array<f64, D> {
    let shape = shape.into_shape_with_order();
    let dim = shape.raw_dim().clone();
    let values = (1..=dim.size()).map(|n| n as f64).collect();
    Array::from_shape_vec(dim, values).expect("a value for each element")
}

mod ownership {
    use super::*;

    /// Forms of the macros that compute, with one operand as it stands, in the place of each operand.
    macro_rules! transposes {
        ($($operand:expr),+ $(,)?) => { $({
            let expected = counting((2, 3)).reversed_axes();
            assert_eq!(einsum!("ij->ji", $operand), expected, stringify!($operand));
            assert_eq!(try_einsum!("i...,i...->", counting((2, 3)), $operand), Ok(91.0));
            assert_eq!(einsum!("ij,jk,kl->", counting((1, 2)), $operand, counting((3, 1))), 78.0);
            let mut c = Array2::zeros((3, 2));
            einsum!(c += 2.0 * "ij->ji", $operand);
            assert_eq!(c, 2.0 * &expected);
        })+ };
    }

    #[test]
    fn of_the_array() {
        let mut a = counting((2, 3));
        let mut writable = a.clone();
        transposes!(a);
        transposes!(a.to_shared(), ArcArray::from(a.clone()));
        transposes!(CowArray::from(&a), CowArray::from(a.clone()));
        transposes!(a.view(), ArrayView2::from(&a), a.slice(s![.., ..]));
        transposes!(writable.view_mut(), writable.slice_mut(s![.., ..]));
        transposes!(a.clone().into_dyn(), a.view().into_dyn(), a.to_shared().into_dyn());
        // Not an array that owns anything, but what all of them dereference to.
        let array_ref: &ArrayRef2<f64> = &a;
        transposes!(array_ref, *array_ref, *a, &*a);
        let array_ref: &mut ArrayRef2<f64> = &mut a;
        transposes!(array_ref, *array_ref, &*array_ref, &mut *array_ref);
    }

    #[test]
    #[allow(clippy::borrow_deref_ref, clippy::deref_addrof)]
    fn of_references_to_it() {
        let (mut a, mut b, mut d) = (counting((2, 3)), counting((2, 3)), counting((2, 3)));
        transposes!(&a, &&a, &&&a, &&&&a);
        transposes!(&a.view(), &&a.view(), &&&a.to_shared(), &&*a, &&CowArray::from(&a));
        transposes!(&mut a, &mut b.view_mut(), &&mut a, &&&mut a, &mut &mut a, &mut &mut &mut a);
        // Writable is the reference, not the array.
        assert_eq!(einsum!("ij->ji", &mut &a), a.t());
        let once = &mut a;
        transposes!(once, *once, &once, &*once);
        let twice = &mut &mut b;
        transposes!(twice, *twice, **twice, &&**twice);
        let mixed = &&mut d;
        transposes!(mixed, *mixed, **mixed);
    }

    #[test]
    fn of_smart_pointers() {
        let a = counting((2, 3));
        let (boxed, counted, shared) = (Box::new(a.clone()), Rc::new(a.clone()), Arc::new(a.clone()));
        transposes!(*boxed, &*boxed, *counted, &*counted, *shared);
        let (cell, mutex, lock) = (RefCell::new(a.clone()), Mutex::new(a.clone()), RwLock::new(a));
        transposes!(*cell.borrow(), *cell.borrow_mut(), cell.borrow().view(), &*cell.borrow());
        transposes!(*lock.read().expect("no writer"), *lock.write().expect("no reader"));
        transposes!(*mutex.lock().expect("no panic"));
        // The guards are gone with the statement.
        cell.borrow_mut().fill(0.0);
        mutex.lock().expect("no panic").fill(0.0);
    }

    /// An operand that cannot be copied is still there afterwards.
    #[test]
    fn is_kept() {
        let (a, shared, cow) = (counting((2, 3)), counting(3).into_shared(), CowArray::from(counting(2)));
        let mut writable = counting((2, 3));
        let mut writable = writable.view_mut();
        let got = einsum!("ij,j,i,ij->", a, shared, cow, writable);
        assert_eq!(got, einsum!("ij,j,i,ij->", a, shared, cow, writable));
        writable.fill(0.0);
        drop((a, shared, cow));
    }

    #[test]
    fn is_mixed() {
        let (a, b) = (counting((2, 3)), counting((3, 2)));
        let mut c = counting((2, 2));
        let expected =
            evaluate("ij,jk,kl->il", &[a.view().into_dyn(), b.view().into_dyn(), c.view().into_dyn()]);
        let got = einsum!("ij,jk,kl->il", a.to_shared(), &&b.view(), &mut c);
        assert_eq!(got.into_dyn(), expected);
        let got = einsum!("ij,jk,kl->il", CowArray::from(&a), b.view().into_dyn(), c.view_mut());
        assert_eq!(got.into_dyn(), expected);
    }

    /// Functions that do not say which array they take.
    #[test]
    fn is_generic() {
        fn any<S: Data<Elem = f64>>(a: &ArrayBase<S, Ix2>) -> Array2<f64> {
            einsum!("ij->ji", a)
        }
        fn by_value<S: Data<Elem = f64>>(a: ArrayBase<S, Ix2>) -> Array2<f64> {
            einsum!("ij->ji", a)
        }
        fn dereferenced<P: std::ops::Deref<Target = Array2<f64>>>(a: P) -> Array2<f64> {
            einsum!("ij->ji", *a)
        }
        fn opaque() -> impl std::ops::Deref<Target = Array2<f64>> {
            Box::new(counting((2, 3)))
        }
        fn raw<T: Clone, S: RawData<Elem = T> + Data>(a: &ArrayBase<S, Ix2>) -> Array2<T> {
            einsum!("ij->ji", a)
        }

        let a = counting((2, 3));
        assert_eq!(any(&a), a.t());
        assert_eq!(any(&a.view()), a.t());
        assert_eq!(by_value(a.view()), a.t());
        assert_eq!(dereferenced(&a), a.t());
        assert_eq!(dereferenced(Rc::new(a.clone())), a.t());
        assert_eq!(dereferenced(opaque()), a.t());
        assert_eq!(raw(&a.to_shared()), a.t());
    }
}

mod expressions {
    use super::*;

    static STATIC: LazyLock<Array2<f64>> = LazyLock::new(|| counting((2, 3)));

    struct Pair {
        a: Array2<f64>,
        both: (Array2<f64>, (Array1<f64>, Array2<f64>)),
    }

    impl Pair {
        fn view(&self) -> ArrayView2<'_, f64> {
            self.a.view()
        }

        fn transposed(&self) -> Array2<f64> {
            einsum!("ij->ji", self.a)
        }

        fn gram(&self) -> Array2<f64> {
            einsum!("ij,kj->ik", self.a, self.both.1.1)
        }
    }

    /// One call per form of expression; a table of closures could not show that each parses where it stands.
    #[test]
    // Forms that nobody writes like this, but that somebody's macro does.
    #[allow(
        clippy::borrow_deref_ref,
        clippy::deref_addrof,
        clippy::let_and_return,
        clippy::needless_borrow,
        clippy::never_loop,
        clippy::redundant_closure_call
    )]
    fn of_every_form() {
        let a = counting((2, 3));
        let expected = a.t().to_owned();
        let pair = Pair { a: a.clone(), both: (a.clone(), (counting(3), a.clone())) };
        let (list, array) = (vec![a.clone(), a.clone()], [a.clone()]);
        let map = HashMap::from([("a", a.clone())]);
        let (yes, number, some) = (true, 1, Some(&a));
        let function = || a.view();

        // Places.
        assert_eq!(einsum!("ij->ji", pair.a), expected);
        assert_eq!(einsum!("ij->ji", pair.both.0), expected);
        assert_eq!(einsum!("ij->ji", pair.both.1.1), expected);
        assert_eq!(einsum!("ij->ji", list[1]), expected);
        assert_eq!(einsum!("ij->ji", list[number - 1]), expected);
        assert_eq!(einsum!("ij->ji", list[..][1]), expected);
        assert_eq!(einsum!("ij->ji", array[0]), expected);
        assert_eq!(einsum!("ij->ji", map["a"]), expected);
        assert_eq!(einsum!("ij->ji", *STATIC), expected);
        assert_eq!(einsum!("ij->ji", (a)), expected);
        assert_eq!(einsum!("ij->ji", (&pair).a), expected);
        assert_eq!(einsum!("ij->ji", Pair { a: a.clone(), both: pair.both.clone() }.a), expected);
        // Calls.
        assert_eq!(einsum!("ij->ji", counting((2, 3))), expected);
        assert_eq!(einsum!("ij->ji", pair.view()), expected);
        assert_eq!(einsum!("ij->ji", Pair::view(&pair)), expected);
        assert_eq!(einsum!("ij->ji", function()), expected);
        assert_eq!(einsum!("ij->ji", (|| a.view())()), expected);
        assert_eq!(
            einsum!("ij->ji", Array2::<f64>::from_shape_vec((2, 3), a.iter().copied().collect()).unwrap()),
            expected
        );
        assert_eq!(einsum!("ij->ji", a.slice(s![.., ..;-1]).slice(s![.., ..;-1])), expected);
        assert_eq!(einsum!("ij->ji", array![[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]), expected);
        assert_eq!(einsum!("ij->ji", vec![a.clone()][0]), expected);
        // What has blocks in it.
        assert_eq!(einsum!("ij->ji", { counting((2, 3)) }), expected);
        assert_eq!(
            einsum!("ij->ji", {
                let view = a.view();
                view
            }),
            expected
        );
        assert_eq!(einsum!("ij->ji", if yes { &a } else { &pair.a }), expected);
        assert_eq!(einsum!("ij->ji", if let Some(a) = some { a.view() } else { pair.view() }), expected);
        assert_eq!(
            einsum!(
                "ij->ji",
                match number {
                    1 => a.view(),
                    _ => list[0].view(),
                }
            ),
            expected
        );
        assert_eq!(
            einsum!(
                "ij->ji",
                loop {
                    break &a;
                }
            ),
            expected
        );
        assert_eq!(
            einsum!("ij->ji", 'outer: {
                if yes {
                    break 'outer &a;
                }
                &pair.a
            }),
            expected
        );
        // Operators.
        assert_eq!(einsum!("ij->ji", &a + &a - &a), expected);
        assert_eq!(einsum!("ij->ji", -&a * -1.0), expected);
        assert_eq!(einsum!("ij->ji", a.clone() * 2.0 / 2.0), expected);
        assert_eq!(einsum!("ij->ji", *&*&a), expected);
        assert_eq!(einsum!("ij->ji", &&a as &&Array2<f64>), expected);
        assert_eq!(einsum!("ij->ji", -&a * -1.0, ; ), expected);
        // Subscripts in subscripts.
        assert_eq!(einsum!("ij->ji", einsum!("ij->ji", einsum!("ij->ji", a))), a.t().t().t());
        assert_eq!(einsum!("ij->ji", einsum_view!("ji->ij", a.t())), expected);
        assert_eq!(einsum!(einsum!("ij->", a) * "", arr0(2.0)), 42.0);

        assert_eq!(pair.transposed(), expected);
        assert_eq!(pair.gram(), a.dot(&a.t()));
    }

    /// Each once: the place, the scale, the operands.
    #[test]
    fn are_evaluated_once_from_left_to_right() {
        let log = RefCell::new(String::new());
        fn logged<T>(log: &RefCell<String>, name: char, value: T) -> T {
            log.borrow_mut().push(name);
            value
        }
        macro_rules! log {
            ($name:literal, $value:expr) => {
                logged(&log, $name, $value)
            };
        }
        let expect = |text: &str| assert_eq!(log.take(), text);

        let (a, b, d) = (counting((2, 3)), counting((3, 2)), counting((2, 2)));
        let mut c = counting((2, 2));
        let _ = einsum!("ij,jk->ik", log!('a', &a), log!('b', &b));
        expect("ab");
        let _ = einsum!("ij,jk->ik", log!('a', a.clone()), log!('b', b.view()));
        expect("ab");
        // Not in the order of the steps, nor in that of the loops.
        let _ = einsum!("ij,jk,kl->il", log!('a', &a), log!('b', &b), log!('d', &d); path = [(1, 2), (0, 1)]);
        expect("abd");
        let _ = einsum!(log!('s', 2.0) * "ij,jk->ik", log!('a', &a), log!('b', &b));
        expect("sab");
        einsum!(*log!('c', &mut c) = "ij,jk->ik", log!('a', &a), log!('b', &b));
        expect("cab");
        einsum!(log!('c', &mut c) += log!('s', 2.0) * "ij,jk->ik", log!('a', &a), log!('b', &b));
        expect("csab");
        einsum!(log!('c', c.view_mut()) -= log!('s', 2.0) * "ij,jk->ik", log!('a', &a), log!('b', &b));
        expect("csab");
        let _ = einsum_view!("ij->ji", log!('a', &a));
        expect("a");
        let _ = einsum_view!("ij->ji", log!('a', a.view()));
        expect("a");
        let _ = einsum_view!("ij->ji", &mut *log!('c', &mut c));
        expect("c");
        // Also when there is nothing to do, and when there is an error.
        let _ = einsum!(log!('s', 2.0) * "i->i", log!('a', Array1::<f64>::zeros(0)));
        expect("sa");
        let _ = try_einsum!(log!('c', &mut c) = log!('s', 2.0) * "ij,jk->ik", log!('a', &b), log!('b', &b));
        expect("csab");
        // The index of a place.
        let mut list = [counting(2), counting(2)];
        einsum!(list[log!('n', 1)] += "i->i", log!('m', counting(2)));
        expect("nm");
    }

    /// Temporaries of an operand live as long as the call, and no longer.
    #[test]
    fn leave_no_temporaries() {
        let cell = RefCell::new(counting((2, 3)));
        let product = einsum!("ij,kj->ik", *cell.borrow(), *cell.borrow());
        einsum!(*cell.borrow_mut() += "ij->ij", counting((2, 3)));
        let _ = try_einsum!("ii", *cell.borrow());
        assert!(cell.try_borrow_mut().is_ok());
        // At the end of a function too, where the guard would outlive the cell.
        fn at_the_end() -> f64 {
            let cell = RefCell::new(counting((2, 3)));
            einsum!("ij->", *cell.borrow())
        }
        assert_eq!((product.dim(), at_the_end()), ((2, 2), 21.0));
    }

    /// `?`, `return`, `break` and `continue` in an operand belong to the function around the call, whatever its
    /// error is.
    #[test]
    fn leave_the_function_around() {
        #[derive(Debug, PartialEq)]
        struct Missing;

        fn question(a: Option<&Array2<f64>>) -> Result<Array2<f64>, Missing> {
            Ok(einsum!("ij->ji", a.ok_or(Missing)?))
        }
        fn both(a: Result<Array2<f64>, EinsumError>) -> Result<f64, EinsumError> {
            try_einsum!("ii", a?)
        }
        fn twice(a: Result<Array2<f64>, Missing>) -> Result<f64, Box<dyn std::error::Error>> {
            Ok(try_einsum!("ii", a.map_err(|_| "missing")?)?)
        }
        fn of_option(a: Option<Array1<f64>>, s: Option<f64>) -> Option<Array1<f64>> {
            let mut c = Array1::zeros(2);
            einsum!(c += s? * "i->i", a?);
            Some(c)
        }
        fn returns(a: Option<&Array2<f64>>) -> &'static str {
            einsum!(
                "ij->",
                match a {
                    Some(a) => a,
                    None => return "returned",
                }
            );
            "computed"
        }

        let a = counting((2, 3));
        assert_eq!(question(Some(&a)), Ok(a.t().to_owned()));
        assert_eq!(question(None), Err(Missing));
        assert!(matches!(both(Ok(a.clone())).unwrap_err().kind(), EinsumErrorKind::ExtentMismatch { .. }));
        assert_eq!(both(Ok(counting((1, 1)))), Ok(1.0));
        assert_eq!(twice(Err(Missing)).unwrap_err().to_string(), "missing");
        assert!(twice(Ok(a.clone())).unwrap_err().to_string().starts_with("einsum \"ii\": "));
        assert_eq!(of_option(Some(counting(2)), Some(2.0)), Some(arr1(&[2.0, 4.0])));
        assert_eq!(of_option(None, Some(2.0)), None);
        assert_eq!(of_option(Some(counting(2)), None), None);
        assert_eq!((returns(Some(&a)), returns(None)), ("computed", "returned"));

        let mut sum = 0.0;
        for n in 0.. {
            sum += einsum!(
                "i->",
                match n {
                    0 => counting(2),
                    1 => continue,
                    2 => counting(3),
                    _ => break,
                }
            );
        }
        assert_eq!(sum, 9.0);
        // A label of the user's that is the same as ours.
        let value = 'einsum: { einsum!("i->", if sum > 0.0 { break 'einsum 7.0 } else { counting(2) }) };
        assert_eq!(value, 7.0);
    }
}
