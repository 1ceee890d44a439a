//! Random networks, and what is right: one loop over all indices.

use super::{Contraction, Operand, Site, add, fresh, into, set, subtract, total};
use crate::{
    extents::{Call, Term},
    kernel::simd::Isa,
};
use alloc::{boxed::Box, format, string::String, vec, vec::Vec};
use core::ops::{Add, Mul, Sub};
use ndarray::{ArrayD, ArrayViewD, Axis, IxDyn};
use num_complex::Complex;
use num_traits::Zero;

/// Numbers that come from a seed (splitmix64), or from bytes as long as there are any.
pub(super) struct Random<'b> {
    seed: u64,
    bytes: &'b [u8],
}

impl<'b> Random<'b> {
    pub(super) fn new(seed: u64) -> Random<'static> {
        Random { seed, bytes: &[] }
    }

    fn from_bytes(bytes: &'b [u8]) -> Random<'b> {
        Random { seed: 0, bytes }
    }

    fn next(&mut self) -> u64 {
        if let Some((&first, rest)) = self.bytes.split_first() {
            self.bytes = rest;
            return first.into();
        }
        self.seed = self.seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.seed ^ (self.seed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    pub(super) fn below(&mut self, end: usize) -> usize {
        (self.next() % end as u64) as usize
    }

    pub(super) fn of<T: Copy>(&mut self, choices: &[T]) -> T {
        choices[self.below(choices.len())]
    }
}

/// Elements from small whole numbers, so that every order of additions gives the same.
pub(super) trait Whole:
    Clone + PartialEq + core::fmt::Debug + Zero + Mul<Output = Self> + Sub<Output = Self> + 'static
{
    fn whole(random: &mut Random<'_>) -> Self;

    /// The conjugate, if it can be another number.
    fn conjugate(&self) -> Option<Self> {
        None
    }
}

macro_rules! whole {
    ($($T:ty),*) => { $(
        impl Whole for $T {
            fn whole(random: &mut Random<'_>) -> $T {
                random.below(3) as $T
            }
        }
    )* };
}

whole!(f64, f32, i64, u32);

macro_rules! complex {
    ($($T:ty),*) => { $(
        impl Whole for Complex<$T> {
            fn whole(random: &mut Random<'_>) -> Self {
                let mut part = || random.below(3) as $T - 1.0;
                Complex { re: part(), im: part() }
            }

            fn conjugate(&self) -> Option<Self> {
                Some(self.conj())
            }
        }
    )* };
}

complex!(f64, f32);

/// Matrices of two by two: their product depends on the order. They are on the heap, so that one that is lost or freed twice is noticed.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Matrix(Box<[i64; 4]>);

impl Add for Matrix {
    type Output = Matrix;

    fn add(self, other: Matrix) -> Matrix {
        Matrix(Box::new([0, 1, 2, 3].map(|n| self.0[n].wrapping_add(other.0[n]))))
    }
}

impl Sub for Matrix {
    type Output = Matrix;

    fn sub(self, other: Matrix) -> Matrix {
        Matrix(Box::new([0, 1, 2, 3].map(|n| self.0[n].wrapping_sub(other.0[n]))))
    }
}

impl Mul for Matrix {
    type Output = Matrix;

    fn mul(self, other: Matrix) -> Matrix {
        let element = |row: usize, column: usize| {
            let (a, b) = (
                self.0[2 * row].wrapping_mul(other.0[column]),
                self.0[2 * row + 1].wrapping_mul(other.0[2 + column]),
            );
            a.wrapping_add(b)
        };
        Matrix(Box::new([element(0, 0), element(0, 1), element(1, 0), element(1, 1)]))
    }
}

impl Zero for Matrix {
    fn zero() -> Matrix {
        Matrix(Box::new([0; 4]))
    }

    fn is_zero(&self) -> bool {
        self.0.iter().all(|&element| element == 0)
    }
}

impl Whole for Matrix {
    fn whole(random: &mut Random<'_>) -> Matrix {
        Matrix(Box::new([0; 4].map(|_| random.below(3) as i64 - 1)))
    }
}

/// A call: the indices of each term are numbers, with the ellipsis at one place in it.
#[derive(Clone, Debug)]
pub(super) struct Case {
    /// Labels first, then the axes of the ellipsis.
    pub(super) extents: Vec<usize>,
    pub(super) rest: usize,
    pub(super) terms: Vec<RandomTerm>,
    pub(super) output: RandomTerm,
}

#[derive(Clone, Debug)]
pub(super) struct RandomTerm {
    pub(super) front: Vec<usize>,
    /// How many axes the ellipsis has here, if there is one.
    pub(super) ellipsis: Option<usize>,
    pub(super) back: Vec<usize>,
}

impl RandomTerm {
    pub(super) fn axes(&self, case: &Case) -> Vec<usize> {
        let end = case.extents.len();
        let between = end - self.ellipsis.unwrap_or(0)..end;
        self.front.iter().copied().chain(between).chain(self.back.iter().copied()).collect()
    }

    fn keep(&self, heap: &mut Heap) -> Term {
        let mut keep = |labels: &[usize]| heap.keep(Box::from(labels));
        match self.ellipsis {
            Some(_) => Term::with_ellipsis(keep(&self.front), keep(&self.back)),
            None => Term::new(keep(&[&self.front[..], &self.back[..]].concat())),
        }
    }
}

/// What lives as if it were in the source of a program.
struct Heap(Vec<Box<dyn FnOnce()>>);

impl Heap {
    fn keep<T: ?Sized + 'static>(&mut self, thing: Box<T>) -> &'static T {
        let thing = Box::into_raw(thing);
        // SAFETY: whoever calls it says that it is used no more.
        self.0.push(Box::new(move || drop(unsafe { Box::from_raw(thing) })));
        // SAFETY: it is there until it is freed.
        unsafe { &*thing }
    }

    /// # Safety
    /// - Nothing that it keeps is used afterwards.
    unsafe fn free(self) {
        self.0.into_iter().rev().for_each(|free| free());
    }
}

impl Case {
    pub(super) fn random(operands: usize, random: &mut Random<'_>) -> Case {
        let labels = 1 + random.below(6);
        let rest = if random.below(4) == 0 { random.below(3) } else { 0 };
        let with_ellipsis = rest > 0;
        let mut extents = vec![0; labels + rest];
        // Every order must be quick for the loop over everything.
        extents.fill_with(|| random.of(&[1, 2, 2, 3, 3, 4, 5]));
        if random.below(20) == 0 {
            let n = random.below(extents.len());
            extents[n] = 0;
        }
        let term = |random: &mut Random<'_>| {
            let labels =
                |count: usize, random: &mut Random<'_>| (0..count).map(|_| random.below(labels)).collect();
            let ellipsis = (with_ellipsis && random.below(2) == 0).then(|| random.below(rest + 1));
            let (front, back) = (random.below(4), if ellipsis.is_some() { random.below(2) } else { 0 });
            RandomTerm { front: labels(front, random), ellipsis, back: labels(back, random) }
        };
        let mut terms: Vec<RandomTerm> = (0..operands).map(|_| term(random)).collect();
        // The ellipsis of the call is the longest of its operands.
        if with_ellipsis && !terms.iter().any(|term| term.ellipsis == Some(rest)) {
            terms[0].ellipsis = Some(rest);
        }
        let known: Vec<usize> = {
            let mut known: Vec<usize> =
                terms.iter().flat_map(|term| term.front.iter().chain(&term.back).copied()).collect();
            known.sort_unstable();
            known.dedup();
            known
        };
        let mut kept: Vec<usize> = known.into_iter().filter(|_| random.below(2) == 0).collect();
        for n in (1..kept.len()).rev() {
            kept.swap(n, random.below(n + 1));
        }
        let at = random.below(kept.len() + 1);
        let back = kept.split_off(at);
        let ellipsis = (with_ellipsis && random.below(2) == 0).then_some(rest);
        Case { extents, rest, terms, output: RandomTerm { front: kept, ellipsis, back } }
    }

    #[cfg(test)]
    pub(super) fn site(&self, path: Option<Vec<Vec<usize>>>) -> &'static Site {
        let mut heap = Heap(Vec::new());
        let site = self.site_in(&mut heap, path);
        core::mem::forget(heap);
        site
    }

    fn site_in(&self, heap: &mut Heap, path: Option<Vec<Vec<usize>>>) -> &'static Site {
        let labels = vec!['x'; self.extents.len() - self.rest];
        let terms: Vec<Term> = self.terms.iter().map(|term| term.keep(heap)).collect();
        let output = self.output.keep(heap);
        let call = Call::new("…", heap.keep(labels.into()), heap.keep(terms.into()), output);
        let path = path.map(|steps| {
            let steps: Vec<&[usize]> = steps.into_iter().map(|step| heap.keep(step.into())).collect();
            heap.keep(steps.into())
        });
        heap.keep(Box::new(Site::new(call, path)))
    }

    /// An array for a term, with axes in any order in memory, some backwards, and some of extent 1 where broadcasting is allowed.
    pub(super) fn array<T: Whole>(
        &self,
        term: &RandomTerm,
        can_broadcast: bool,
        random: &mut Random<'_>,
    ) -> ArrayD<T> {
        let axes = term.axes(self);
        let is_repeated = |index: usize| axes.iter().filter(|&&other| other == index).count() > 1;
        let shape: Vec<usize> = axes
            .iter()
            .map(|&index| match can_broadcast && !is_repeated(index) && random.below(8) == 0 {
                true => 1,
                false => self.extents[index],
            })
            .collect();
        let mut order: Vec<usize> = (0..axes.len()).collect();
        for n in (1..order.len()).rev() {
            order.swap(n, random.below(n + 1));
        }
        let stored: Vec<usize> = order.iter().map(|&axis| shape[axis]).collect();
        // The bytes of a fuzzer are for what the array is like.
        let mut numbers = Random::new(random.next());
        let stored = ArrayD::from_shape_simple_fn(IxDyn(&stored), || T::whole(&mut numbers));
        let mut back = vec![0; order.len()];
        order.iter().enumerate().for_each(|(n, &axis)| back[axis] = n);
        let mut array = stored.permuted_axes(IxDyn(&back));
        for axis in 0..axes.len() {
            if random.below(4) == 0 {
                array.invert_axis(Axis(axis));
            }
        }
        array
    }

    /// An index that has extent 1 in all arrays has it in the call.
    pub(super) fn agreed<T>(&self, arrays: &[ArrayD<T>]) -> Case {
        let mut case = Case { extents: vec![1; self.extents.len()], ..self.clone() };
        for (term, array) in self.terms.iter().zip(arrays) {
            for (&index, &extent) in term.axes(self).iter().zip(array.shape()) {
                if extent != 1 {
                    case.extents[index] = extent;
                }
            }
        }
        case
    }

    /// The result: one loop over all indices, products from left to right.
    pub(super) fn oracle<T: Whole>(&self, operands: &[ArrayD<T>]) -> ArrayD<T> {
        let shape: Vec<usize> = self.output.axes(self).iter().map(|&index| self.extents[index]).collect();
        let mut result = ArrayD::<T>::from_elem(IxDyn(&shape), T::zero());
        let used = |index: usize| {
            self.output.axes(self).contains(&index)
                || self.terms.iter().any(|term| term.axes(self).contains(&index))
        };
        let loops: Vec<usize> =
            (0..self.extents.len()).map(|n| if used(n) { self.extents[n] } else { 1 }).collect();
        for position in ndarray::indices(IxDyn(&loops)) {
            let element = |n: usize| {
                let (array, axes) = (&operands[n], self.terms[n].axes(self));
                let at: Vec<usize> = axes
                    .iter()
                    .enumerate()
                    .map(|(axis, &index)| if array.shape()[axis] == 1 { 0 } else { position[index] })
                    .collect();
                array[&at[..]].clone()
            };
            let product = (1..operands.len()).fold(element(0), |product, n| product * element(n));
            let at: Vec<usize> = self.output.axes(self).iter().map(|&index| position[index]).collect();
            let place = &mut result[&at[..]];
            *place = place.clone() + product;
        }
        result
    }
}

/// Fresh, assigned and scaled, and if there is no index, the total.
pub(super) fn check<T: Whole>(
    case: &Case,
    site: &'static Site,
    memory_limit: Option<usize>,
    random: &mut Random<'_>,
) {
    let arrays: Vec<ArrayD<T>> = case.terms.iter().map(|term| case.array(term, true, random)).collect();
    let case = &case.agreed(&arrays);
    let views: Vec<ArrayViewD<'_, T>> = arrays.iter().map(|array| array.view()).collect();
    let mut operands: Vec<Operand<'_, T>> = views.iter().map(super::operand).collect();
    let mut read = arrays.clone();
    for (operand, elements) in operands.iter_mut().zip(&mut read) {
        if T::zero().conjugate().is_some() && random.below(3) == 0 {
            operand.is_conjugated = true;
            elements.mapv_inplace(|element| element.conjugate().unwrap_or(element));
        }
    }
    let expected = case.oracle(&read);
    let (extents, rest) = case.extents.split_at(case.extents.len() - case.rest);
    let context = |what: &str| -> String {
        let shapes: Vec<&[usize]> = arrays.iter().map(|array| array.shape()).collect();
        format!("{what} of {}, {case:?}, {shapes:?}, limit {memory_limit:?}", core::any::type_name::<T>())
    };
    for scale in [None, Some(T::whole(random))] {
        let contraction =
            Contraction { site, operands: &operands, extents, rest, scale: scale.as_ref(), memory_limit };
        let scaled = match &scale {
            Some(scale) => expected.mapv(|element| scale.clone() * element),
            None => expected.clone(),
        };
        let found = fresh(&contraction, expected.raw_dim()).expect("the array is small");
        assert!(found == scaled, "{}\n{found:?}\n{scaled:?}", context("fresh"));
        if expected.ndim() == 0 {
            let found = total(&contraction).expect("nothing is large");
            assert_eq!(Some(&found), scaled.first(), "{}", context("total"));
        }
        let before = case.array::<T>(&case.output, false, random);
        let large = before.mapv(|element| {
            // Nothing that is subtracted from unsigned numbers makes them negative.
            if core::any::type_name::<T>() == "u32" {
                element + scaled.iter().cloned().fold(T::zero(), T::add)
            } else {
                element
            }
        });
        for n in 0..3 {
            let mut place = before.clone();
            place.assign(&large);
            let assign = [set(), add(), subtract()][n];
            into(&contraction, assign, &mut place.view_mut()).expect("nothing is large");
            let wanted = match n {
                0 => scaled.clone(),
                1 => &large + &scaled,
                _ => &large - &scaled,
            };
            assert!(place == wanted, "{}\n{place:?}\n{wanted:?}", context(["set", "add", "subtract"][n]));
        }
    }
}

/// Runs the network that these bytes say, in all forms.
///
/// # Panics
/// If a result is wrong.
pub fn many(bytes: &[u8]) {
    let random = &mut Random::from_bytes(bytes);
    let isa = random.below(Isa::available().count());
    Isa::force(Isa::available().nth(isa));
    let (kind, operands) = (random.below(7), 1 + random.below(7));
    let limit = random.of(&[None, None, None, Some(0), Some(1), Some(4), Some(20)]);
    // What has an order is not for a path of the user's.
    let path = (kind != 0 && random.below(3) == 0).then(|| path(operands, random));
    let case = Case::random(operands, random);
    let mut heap = Heap(Vec::new());
    let site = case.site_in(&mut heap, path);
    let check = [
        check::<Matrix>,
        check::<f64>,
        check::<f32>,
        check::<u32>,
        check::<i64>,
        check::<Complex<f64>>,
        check::<Complex<f32>>,
    ][kind];
    // The second time, the plan may be there.
    for _ in 0..2 {
        check(&case, site, limit, random);
    }
    Isa::force(None);
    // SAFETY: the site was for these calls only.
    unsafe { heap.free() };
}

// A path of steps of two things or more.
fn path(operands: usize, random: &mut Random<'_>) -> Vec<Vec<usize>> {
    let (mut left, mut steps) = (operands, Vec::new());
    while left > 1 {
        let mut positions: Vec<usize> = (0..left).collect();
        let taken = 2 + if random.below(4) == 0 { random.below(left - 1) } else { 0 };
        while positions.len() > taken {
            positions.remove(random.below(positions.len()));
        }
        left -= positions.len() - 1;
        steps.push(positions);
    }
    steps
}
