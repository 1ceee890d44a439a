//! Gaps: what lies between the elements of a view is somebody else's memory. It is not written, not even with what was there a moment ago, and not
//! read, whatever the distances of the elements and however the extents end in vectors and tiles.
//!
//! With `--cfg address_sanitizer`, as `.ci/sanitize` sets it, the gaps are poisoned: an access to one ends the program.

mod numbers;

use ndarray::{ShapeBuilder, prelude::*};
use ndeinsum::einsum;
use num_complex::{Complex32, Complex64};
use numbers::Whole as Number;
use std::{
    any::type_name,
    sync::atomic::{AtomicBool, Ordering},
    thread,
    time::{Duration, Instant},
};

fn array<T: Number, D: Dimension>(shape: impl ShapeBuilder<Dim = D>) -> Array<T, D> {
    let mut n = 0;
    Array::from_shape_simple_fn(shape, || {
        n += 1;
        T::number(n)
    })
}

/// Calls of each class: a name, the shape of the output, the operands by name and shape, and the subscripts. The ends fill no vector and no tile; the sizes
/// are for the kernels of small matrices, of packed ones, and of each other class.
macro_rules! calls {
    ($each:ident) => {
        $each! {
            "ij,jk->ik", [3, 5], (a: [3, 7], b: [7, 5]);
            "ij,jk->ik", [13, 19], (a: [13, 7], b: [7, 19]);
            "ij,kj->ik", [37, 53], (a: [37, 61], b: [53, 61]);
            "ij,jk->ik", [101, 99], (a: [101, 103], b: [103, 99]);
            "bij,bjk->bik", [5, 9, 11], (a: [5, 9, 7], b: [5, 7, 11]);
            "ijb,jkb->ikb", [3, 4, 35], (a: [3, 5, 35], b: [5, 4, 35]);
            "ij->ji", [37, 43], (a: [43, 37]);
            "ij->ij", [37, 43], (a: [37, 43]);
            "ij,ij->ij", [37, 43], (a: [37, 43], b: [37, 43]);
            "i,j->ij", [37, 43], (a: [37], b: [43]);
            "ij->i", [67], (a: [67, 45]);
            "ij->j", [67], (a: [45, 67]);
            "ij,j->i", [67], (a: [67, 45], b: [45]);
            "ij,i->j", [67], (a: [45, 67], b: [45]);
            "ij,ij->i", [67], (a: [67, 45], b: [67, 45]);
            "(x+i)(y+j),ij->xy", [31, 35], (a: [33, 37], b: [3, 3]);
            "n(x+i)c,ico->nxo", [3, 17, 11], (a: [3, 19, 5], b: [3, 5, 11]);
            "ij,jk,kl->il", [19, 23], (a: [19, 7], b: [7, 13], c: [13, 23]);
            "i,i,i->i", [301], (a: [301], b: [301], c: [301]);
        }
    };
}

/// The tests of each type of element.
macro_rules! types {
    ($test:ident) => {
        $test::<f32>();
        $test::<f64>();
        $test::<Complex32>();
        $test::<Complex64>();
        $test::<i16>();
        $test::<i32>();
        $test::<u64>();
    };
}

/// Calls with an output that has a gap before and behind each of its elements along one axis, which another thread writes meanwhile: all that
/// either writes stays. (A kernel that stores a whole vector over a gap, with what it has read there a moment ago, loses what the
/// other thread has written in between.)
fn beside<T: Number, D: Dimension>(what: &str, shape: D, call: impl Fn(&mut ArrayViewMut<'_, T, D>) + Sync) {
    let old = T::number(1);
    let mut expected = Array::from_elem(shape.clone(), old);
    call(&mut expected.view_mut());
    let about = |axis| format!("{what} of {}, gaps along axis {axis}", type_name::<T>());
    for axis in 0..shape.ndim() {
        let mut whole = shape.slice().to_vec();
        whole.insert(axis + 1, 3);
        let mut whole = ArrayD::from_elem(whole, T::number(0));
        let (mut before, rest) = whole.view_mut().split_at(Axis(axis + 1), 1);
        let (output, mut behind) = rest.split_at(Axis(axis + 1), 1);
        let output = output.index_axis_move(Axis(axis + 1), 0);
        let mut output = output.into_dimensionality::<D>().expect("the axis of three is gone");
        let (begun, done) = (AtomicBool::new(false), AtomicBool::new(false));
        thread::scope(|scope| {
            // Also when the call panics: the other thread is waited for.
            let end = Raised(&done);
            scope.spawn(|| {
                let mut round = 0;
                while !done.load(Ordering::Relaxed) {
                    for gap in before.iter_mut().chain(&mut behind) {
                        assert_eq!(*gap, T::number(round), "{}: something wrote into one", about(axis));
                        *gap = T::number(round + 1);
                    }
                    round += 1;
                    begun.store(true, Ordering::Relaxed);
                }
            });
            while !begun.load(Ordering::Relaxed) {
                thread::yield_now();
            }
            let start = Instant::now();
            while start.elapsed() < MEANWHILE {
                output.fill(old);
                call(&mut output);
            }
            assert_eq!(output, expected, "{}", about(axis));
            drop(end);
        });
    }
}

/// So long are calls repeated beside another thread: a write that is lost takes both to be at one place within nanoseconds.
const MEANWHILE: Duration = Duration::from_millis(10);

/// A flag that is raised in the end.
struct Raised<'f>(&'f AtomicBool);

impl Drop for Raised<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

fn written_meanwhile<T: Number>() {
    let scale = T::number(3);
    macro_rules! check {
        ($($text:literal, $shape:expr, ($($operand:ident: $of:expr),+);)*) => { $( {
            $( let $operand = array::<T, _>($of); )+
            beside($text, Dim($shape), |output| einsum!(*output = $text, $($operand),+));
            beside(concat!("+= ", $text), Dim($shape), |output| einsum!(*output += scale * $text, $($operand),+));
        } )* };
    }
    calls!(check);
}

/// Another thread may write what lies between the elements of the output.
#[test]
fn are_written_by_others_meanwhile() {
    types!(written_meanwhile);
}

/// Where the gaps are.
#[derive(Clone, Copy, Debug)]
enum Gaps {
    /// Behind each element.
    Elements,
    /// Behind each line along the last axis.
    Lines,
    /// Behind each line, of elements with gaps, which run backwards and lie with the first axis inside.
    Both,
}

/// An array with gaps.
struct Gapped<T, D> {
    whole: ArrayD<T>,
    gaps: Gaps,
    shape: D,
}

impl<T: Number, D: Dimension> Gapped<T, D> {
    /// What is in the gaps.
    fn filling() -> T {
        T::number(3) + T::number(3) + T::number(3)
    }

    fn new(elements: &Array<T, D>, gaps: Gaps) -> Gapped<T, D> {
        let shape = elements.raw_dim();
        let mut whole = shape.slice().to_vec();
        // The sanitizer knows for every eight bytes how many of them, from the first on, may be accessed.
        let unit = (8 / size_of::<T>()).max(1);
        if let Gaps::Both = gaps {
            whole.reverse();
        }
        if let (Gaps::Lines | Gaps::Both, Some(last)) = (gaps, whole.last_mut()) {
            *last = (*last + 1).next_multiple_of(unit);
        }
        if let Gaps::Elements | Gaps::Both = gaps {
            whole.push(unit.max(2));
        }
        let mut gapped = Gapped { whole: ArrayD::from_elem(whole, Self::filling()), gaps, shape };
        gapped.view_mut().assign(elements);
        gapped.poison(true);
        gapped
    }

    fn view_mut(&mut self) -> ArrayViewMut<'_, T, D> {
        let mut view = self.whole.view_mut();
        if let Gaps::Elements | Gaps::Both = self.gaps {
            view = view.index_axis_move(Axis(self.shape.ndim()), 0);
        }
        if let (Gaps::Lines | Gaps::Both, Some(last)) = (self.gaps, self.shape.ndim().checked_sub(1)) {
            let extent = if let Gaps::Both = self.gaps { self.shape[0] } else { self.shape[last] };
            view.slice_axis_inplace(Axis(last), (..extent).into());
        }
        if let Gaps::Both = self.gaps {
            view = view.reversed_axes();
            view.invert_axis(Axis(self.shape.ndim() - 1));
        }
        view.into_dimensionality().expect("the axis of the gaps is gone")
    }

    // Makes the gaps inaccessible, or accessible again, if there is a sanitizer.
    #[cfg(address_sanitizer)]
    fn poison(&mut self, on: bool) {
        unsafe extern "C" {
            fn __asan_poison_memory_region(first: *const std::ffi::c_void, bytes: usize);
            fn __asan_unpoison_memory_region(first: *const std::ffi::c_void, bytes: usize);
        }
        let (first, bytes) = (self.whole.as_ptr(), self.whole.len() * size_of::<T>());
        let places: Vec<*mut T> = self.view_mut().iter_mut().map(|element| &raw mut *element).collect();
        if on {
            // SAFETY: the memory of this array; likewise below.
            unsafe { __asan_poison_memory_region(first.cast(), bytes) };
            let mut places = places;
            places.sort();
            for place in places {
                // SAFETY: as above.
                unsafe { __asan_unpoison_memory_region(place.cast_const().cast(), size_of::<T>()) };
            }
        } else {
            // SAFETY: as above.
            unsafe { __asan_unpoison_memory_region(first.cast(), bytes) };
        }
    }

    #[cfg(not(address_sanitizer))]
    fn poison(&mut self, _on: bool) {}

    /// How many elements are not what they were, but for those of the view.
    fn changed(&mut self) -> usize {
        self.poison(false);
        self.view_mut().fill(Self::filling());
        self.whole.iter().filter(|&&element| element != Self::filling()).count()
    }
}

fn untouched<T: Number>() {
    let (old, scale) = (T::number(1), T::number(3));
    macro_rules! check {
        ($($text:literal, $shape:expr, ($($operand:ident: $of:expr),+);)*) => { $( {
            $( let $operand = array::<T, _>($of); )+
            let mut expected = Array::from_elem($shape, old);
            einsum!(expected += scale * $text, $($operand),+);
            let value = einsum!($text, $($operand),+);
            for gaps in [Gaps::Elements, Gaps::Lines, Gaps::Both] {
                let about = || format!("{} of {}, {gaps:?}", $text, type_name::<T>());
                let mut output = Gapped::new(&Array::from_elem($shape, old), gaps);
                $( let mut $operand = Gapped::new(&$operand, gaps); )+
                {
                    $( let $operand = $operand.view_mut(); )+
                    assert_eq!(einsum!($text, $($operand),+), value, "{}", about());
                    einsum!(output.view_mut() += scale * $text, $($operand),+);
                    assert_eq!(output.view_mut(), expected, "{}, +=", about());
                    einsum!(output.view_mut() = $text, $($operand),+);
                    assert_eq!(output.view_mut(), value, "{}, =", about());
                }
                assert_eq!(output.changed(), 0, "{}: written beside the output", about());
                $( $operand.changed(); )+
            }
        } )* };
    }
    calls!(check);
}

/// Of operands and outputs: with a sanitizer, neither read nor written.
#[test]
fn are_not_touched() {
    types!(untouched);
}

/// The sanitizer sees what the test above relies on.
#[test]
#[cfg(address_sanitizer)]
#[ignore = "ends the program"]
fn are_poisoned() {
    let mut gapped = Gapped::new(&array::<f32, _>([3, 5]), Gaps::Elements);
    let all = gapped.whole.sum();
    panic!("a sum over the gaps, {all}, {}", gapped.changed());
}
