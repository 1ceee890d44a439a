//! Networks of all kinds against one loop over all indices.

use super::{
    Contraction, Operand, OperandId, Site, Wanted, add, fresh, gradients, into, set, subtract, total,
};
use crate::extents::{Call, Term};
use alloc::{boxed::Box, format, string::String, vec, vec::Vec};
use core::ops::{Add, Mul, Sub};
use ndarray::{ArrayD, ArrayViewD, Axis, IxDyn};
use num_traits::Zero;

/// Numbers that come from a seed (splitmix64).
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, end: usize) -> usize {
        (self.next() % end as u64) as usize
    }

    fn of<T: Copy>(&mut self, choices: &[T]) -> T {
        choices[self.below(choices.len())]
    }
}

/// Elements from small whole numbers, so that every order of additions gives the same.
trait Whole:
    Clone + PartialEq + core::fmt::Debug + Zero + Mul<Output = Self> + Sub<Output = Self> + 'static
{
    fn whole(random: &mut Random) -> Self;
}

macro_rules! whole {
    ($($T:ty),*) => { $(
        impl Whole for $T {
            fn whole(random: &mut Random) -> $T {
                random.below(3) as $T
            }
        }
    )* };
}

whole!(f64, f32, i64, u32);

/// Matrices of two by two: their product depends on the order. They are on the heap, so that one that is lost or freed twice is noticed.
#[derive(Clone, Debug, PartialEq)]
struct Matrix(Box<[i64; 4]>);

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
    fn whole(random: &mut Random) -> Matrix {
        Matrix(Box::new([0; 4].map(|_| random.below(3) as i64 - 1)))
    }
}

/// A call: the indices of each term are numbers, with the ellipsis at one place in it.
#[derive(Clone, Debug)]
struct Case {
    /// Labels first, then the axes of the ellipsis.
    extents: Vec<usize>,
    rest: usize,
    terms: Vec<RandomTerm>,
    output: RandomTerm,
}

#[derive(Clone, Debug)]
struct RandomTerm {
    front: Vec<usize>,
    /// How many axes the ellipsis has here, if there is one.
    ellipsis: Option<usize>,
    back: Vec<usize>,
}

impl RandomTerm {
    fn axes(&self, case: &Case) -> Vec<usize> {
        let end = case.extents.len();
        let between = end - self.ellipsis.unwrap_or(0)..end;
        self.front.iter().copied().chain(between).chain(self.back.iter().copied()).collect()
    }

    fn leak(&self) -> Term {
        let leak = |labels: &Vec<usize>| -> &'static [usize] { Box::leak(labels.clone().into_boxed_slice()) };
        match self.ellipsis {
            Some(_) => Term::with_ellipsis(leak(&self.front), leak(&self.back)),
            None => Term::new(leak(&[&self.front[..], &self.back[..]].concat())),
        }
    }
}

impl Case {
    fn random(operands: usize, random: &mut Random) -> Case {
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
        let term = |random: &mut Random| {
            let labels =
                |count: usize, random: &mut Random| (0..count).map(|_| random.below(labels)).collect();
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

    fn site(&self, path: Option<Vec<Vec<usize>>>) -> &'static Site {
        let labels = vec!['x'; self.extents.len() - self.rest];
        let terms: Vec<Term> = self.terms.iter().map(RandomTerm::leak).collect();
        let call = Call::new(
            "…",
            Box::leak(labels.into_boxed_slice()),
            Box::leak(terms.into_boxed_slice()),
            self.output.leak(),
        );
        let path = path.map(|steps| -> &'static [&'static [usize]] {
            let steps: Vec<&'static [usize]> =
                steps.into_iter().map(|step| &*Box::leak(step.into_boxed_slice())).collect();
            Box::leak(steps.into_boxed_slice())
        });
        Box::leak(Box::new(Site::new(call, path)))
    }

    /// An array for a term, with axes in any order in memory, some backwards, and some of extent 1 where broadcasting is allowed.
    fn array<T: Whole>(&self, term: &RandomTerm, can_broadcast: bool, random: &mut Random) -> ArrayD<T> {
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
        let stored = ArrayD::from_shape_simple_fn(IxDyn(&stored), || T::whole(random));
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
    fn agreed<T>(&self, arrays: &[ArrayD<T>]) -> Case {
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
    fn oracle<T: Whole>(&self, operands: &[ArrayD<T>]) -> ArrayD<T> {
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

impl Case {
    /// A gradient: one loop over all indices, products from left to right. The cotangent stands in the place of the operand, or behind all.
    fn gradient<T: Whole>(&self, wanted: Wanted, operands: &[ArrayD<T>], cotangent: &ArrayD<T>) -> ArrayD<T> {
        let mut arrays = operands.to_vec();
        let mut case =
            Case { output: RandomTerm { front: vec![], ellipsis: None, back: vec![] }, ..self.clone() };
        let n = match wanted {
            Wanted::Scale => {
                arrays.push(cotangent.clone());
                case.terms.push(self.output.clone());
                return case.oracle(&arrays);
            }
            Wanted::Operand(id) => usize::from(id.0),
        };
        let (shape, axes) = (arrays[n].shape().to_vec(), self.terms[n].axes(self));
        arrays[n] = cotangent.clone();
        case.terms[n] = self.output.clone();
        let mut result = ArrayD::from_elem(IxDyn(&shape), T::zero());
        for at in ndarray::indices(IxDyn(&shape)) {
            // What the indices of the operand may be here: one position, or all where it is broadcast. Beside a diagonal, nothing.
            let mut fixed = vec![None; self.extents.len()];
            let is_there = axes.iter().enumerate().all(|(axis, &index)| {
                let is_same = fixed[index].is_none_or(|other| other == at[axis]);
                if shape[axis] == self.extents[index] {
                    fixed[index] = Some(at[axis]);
                }
                is_same
            });
            if is_there {
                result[&at] = case.sum(&arrays, &fixed);
            }
        }
        result
    }

    // The sum of all products at the positions that are not fixed.
    fn sum<T: Whole>(&self, operands: &[ArrayD<T>], fixed: &[Option<usize>]) -> T {
        let sliced = operands.iter().zip(&self.terms).map(|(array, term)| {
            let mut array = array.clone();
            for (axis, index) in term.axes(self).into_iter().enumerate() {
                if let (Some(position), true) = (fixed[index], array.shape()[axis] > 1) {
                    array.slice_axis_inplace(Axis(axis), (position..=position).into());
                }
            }
            array
        });
        let sliced: Vec<ArrayD<T>> = sliced.collect();
        let extents = self.extents.iter().zip(fixed);
        let extents = extents.map(|(&extent, fixed)| if fixed.is_some() { 1 } else { extent });
        let case = Case { extents: extents.collect(), ..self.clone() };
        let total = case.oracle(&sliced);
        total.first().expect("one element").clone()
    }
}

/// Some gradients in any order, scaled and not.
fn check_gradients<T: Whole>(case: &Case, site: &'static Site, wanted: &[Wanted], random: &mut Random) {
    let arrays: Vec<ArrayD<T>> = case.terms.iter().map(|term| case.array(term, true, random)).collect();
    let case = &case.agreed(&arrays);
    let cotangent = case.array::<T>(&case.output, false, random);
    let views: Vec<ArrayViewD<'_, T>> = arrays.iter().chain([&cotangent]).map(|array| array.view()).collect();
    let operands: Vec<Operand<'_, T>> = views.iter().map(super::operand).collect();
    let (extents, rest) = case.extents.split_at(case.extents.len() - case.rest);
    for scale in [None, Some(T::whole(random))] {
        let contraction = Contraction {
            site,
            operands: &operands,
            extents,
            rest,
            scale: scale.as_ref(),
            memory_limit: None,
        };
        let mut found = gradients(&contraction, wanted).expect("nothing is large");
        for &one in wanted {
            let expected = case.gradient(one, &arrays, &cotangent);
            let (found, expected) = match (one, &scale) {
                (Wanted::Scale, _) => (ArrayD::from_elem(IxDyn(&[]), found.number()), expected),
                (_, Some(scale)) => {
                    (found.array(&expected.raw_dim()), expected.mapv(|element| scale.clone() * element))
                }
                _ => (found.array(&expected.raw_dim()), expected),
            };
            assert!(found.is_standard_layout());
            let shapes: Vec<&[usize]> = arrays.iter().map(|array| array.shape()).collect();
            assert!(
                found == expected,
                "{one:?} of {wanted:?} of {}, {case:?}, {shapes:?}\n{found:?}\n{expected:?}",
                core::any::type_name::<T>()
            );
        }
    }
}

#[test]
fn random_gradients() {
    let mut random = Random(10);
    for n in 0..700 {
        let operands = 1 + n % 6;
        let case = Case::random(operands, &mut random);
        let mut wanted: Vec<Wanted> = (0..operands as u16).map(|n| Wanted::Operand(OperandId(n))).collect();
        wanted.push(Wanted::Scale);
        for n in (1..wanted.len()).rev() {
            wanted.swap(n, random.below(n + 1));
        }
        if n % 3 != 0 {
            wanted.truncate(1 + random.below(wanted.len()));
        }
        check_gradients::<f64>(&case, case.site(None), &wanted, &mut random);
        check_gradients::<f32>(&case, case.site(None), &wanted, &mut random);
        check_gradients::<i64>(&case, case.site(None), &wanted, &mut random);
        check_gradients::<Matrix>(&case, case.site(None), &wanted, &mut random);
    }
}

// Kernels for large steps, of intermediates that several steps read.
#[test]
fn gradients_of_chains() {
    let mut random = Random(11);
    let term = |front: &[usize]| RandomTerm { front: front.to_vec(), ellipsis: None, back: Vec::new() };
    for extents in [vec![17, 9, 31, 5, 12], vec![3, 40, 2, 33, 8], vec![2, 1, 65, 4, 3]] {
        let terms = vec![term(&[0, 1]), term(&[2, 1]), term(&[2, 3]), term(&[3, 4])];
        let case = Case { extents, rest: 0, terms, output: term(&[4, 0]) };
        let arrays: Vec<ArrayD<f64>> =
            case.terms.iter().map(|term| case.array(term, false, &mut random)).collect();
        let cotangent = case.array::<f64>(&case.output, false, &mut random);
        let views: Vec<_> = arrays.iter().chain([&cotangent]).map(|array| array.view()).collect();
        let operands: Vec<_> = views.iter().map(super::operand).collect();
        let site = case.site(None);
        let contraction = Contraction {
            site,
            operands: &operands,
            extents: &case.extents,
            rest: &[],
            scale: None,
            memory_limit: None,
        };
        let wanted = [0, 1, 2, 3].map(|n| Wanted::Operand(OperandId(n)));
        let mut found = gradients(&contraction, &wanted).expect("nothing is large");
        for (n, array) in arrays.iter().enumerate() {
            // The contraction without the operand, in place of which the cotangent is.
            let mut separate = case.clone();
            let mut operands = arrays.clone();
            operands[n] = cotangent.clone();
            (separate.output, separate.terms[n]) = (separate.terms[n].clone(), separate.output);
            assert_eq!(found.array(&array.raw_dim()), separate.oracle(&operands), "operand {n}");
        }
    }
}

// An intermediate takes the place of one that nothing reads any more.
#[test]
fn intermediates_of_gradients_share_memory() {
    let term = |front: &[usize]| RandomTerm { front: front.to_vec(), ellipsis: None, back: Vec::new() };
    let (matrices, size) = (10, 16 * 16);
    let case = Case {
        extents: vec![16; matrices + 1],
        rest: 0,
        terms: (0..matrices).map(|n| term(&[n, n + 1])).collect(),
        output: term(&[0, matrices]),
    };
    let array = ArrayD::<f64>::zeros(IxDyn(&[16, 16]));
    let view = array.view();
    let operands: Vec<Operand<'_, f64>> = (0..=matrices).map(|_| super::operand(&view)).collect();
    let contraction = Contraction {
        site: case.site(None),
        operands: &operands,
        extents: &case.extents,
        rest: &[],
        scale: None,
        memory_limit: None,
    };
    let wanted: Vec<Wanted> = (0..matrices as u16).map(|n| Wanted::Operand(OperandId(n))).collect();
    let (program, _) = contraction.program(&[], Some(&wanted)).expect("nothing is large");
    let program = program.get();
    let intermediates = program.steps.iter().filter(|step| step.output.is_none()).count();
    // Three products for each of the pairs, but for the result.
    assert_eq!(program.steps.len(), 3 * (matrices - 1) - 1);
    assert_eq!(intermediates, 2 * matrices - 4);
    // No two that are needed at one time lie in one place.
    for (n, step) in program.steps.iter().enumerate().filter(|(_, step)| step.output.is_none()) {
        let dies = program.steps.iter().rposition(|later| later.reads(n)).expect("it is read");
        for (m, other) in program.steps.iter().enumerate().take(dies + 1).skip(n + 1) {
            let apart = other.place + other.size <= step.place || step.place + step.size <= other.place;
            assert!(other.output.is_some() || apart, "{n} and {m}");
        }
    }
    assert!(program.memory <= matrices * size, "{} matrices", program.memory / size);
}

/// Fresh, assigned and scaled, and if there is no index, the total.
fn check<T: Whole>(case: &Case, site: &'static Site, memory_limit: Option<usize>, random: &mut Random) {
    let arrays: Vec<ArrayD<T>> = case.terms.iter().map(|term| case.array(term, true, random)).collect();
    let case = &case.agreed(&arrays);
    let expected = case.oracle(&arrays);
    let views: Vec<ArrayViewD<'_, T>> = arrays.iter().map(|array| array.view()).collect();
    let operands: Vec<Operand<'_, T>> = views.iter().map(super::operand).collect();
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

fn every_element(case: &Case, path: Option<&Vec<Vec<usize>>>, limit: Option<usize>, random: &mut Random) {
    check::<f64>(case, case.site(path.cloned()), limit, random);
    check::<u32>(case, case.site(path.cloned()), limit, random);
    // Without kernels where overflow panics.
    check::<i64>(case, case.site(path.cloned()), limit, random);
    // Its products have an order, which a path of the user's need not keep.
    if path.is_none() {
        check::<Matrix>(case, case.site(None), limit, random);
    }
}

#[test]
fn random_networks() {
    let mut random = Random(1);
    for n in 0..1500 {
        let operands = 1 + n % 6;
        let case = Case::random(operands, &mut random);
        let limit = random.of(&[None, None, Some(0), Some(1), Some(4), Some(20)]);
        every_element(&case, None, limit, &mut random);
    }
}

/// All orders of pairs, as NumPy counts positions.
fn all_paths(operands: usize) -> Vec<Vec<Vec<usize>>> {
    if operands == 1 {
        return vec![Vec::new()];
    }
    let mut paths = Vec::new();
    for second in 1..operands {
        for first in 0..second {
            for mut rest in all_paths(operands - 1) {
                rest.insert(0, vec![first, second]);
                paths.push(rest);
            }
        }
    }
    paths
}

#[test]
fn every_path_gives_the_same_numbers() {
    let mut random = Random(2);
    for (operands, cases) in [(2, 20), (3, 20), (4, 6), (5, 2)] {
        for _ in 0..cases {
            let case = Case::random(operands, &mut random);
            for path in all_paths(operands) {
                check::<f64>(&case, case.site(Some(path.clone())), None, &mut random);
                check::<u32>(&case, case.site(Some(path)), None, &mut random);
            }
        }
    }
}

#[test]
fn steps_of_several_operands() {
    let mut random = Random(3);
    for _ in 0..60 {
        let case = Case::random(4, &mut random);
        for path in [vec![vec![0, 1, 2, 3]], vec![vec![3, 1, 0], vec![0, 1]], vec![vec![0, 2], vec![0, 1, 2]]]
        {
            every_element(&case, Some(&path), None, &mut random);
        }
    }
}

// The second call finds what the first one planned; other shapes at the same place find their own.
#[test]
fn a_place_meets_many_shapes() {
    let mut random = Random(4);
    let term = |front: &[usize]| RandomTerm { front: front.to_vec(), ellipsis: None, back: Vec::new() };
    let mut case = Case {
        extents: vec![0; 4],
        rest: 0,
        terms: vec![term(&[0, 1]), term(&[1, 2]), term(&[2, 3])],
        output: term(&[0, 3]),
    };
    let site = case.site(None);
    for n in 0..100 {
        case.extents = vec![1 + n % 3, 1 + n / 3 % 4, 1 + n / 12 % 5, 1 + n / 60];
        for _ in 0..2 {
            check::<f64>(&case, site, None, &mut random);
            check::<Matrix>(&case, site, None, &mut random);
        }
    }
}

// More loops than a kernel takes, of extents that cannot be fused.
#[test]
fn many_indices() {
    let mut random = Random(5);
    for _ in 0..12 {
        let labels = 14;
        let subset = |random: &mut Random, from: std::ops::Range<usize>| {
            let mut labels: Vec<usize> = from.collect();
            for n in (1..labels.len()).rev() {
                labels.swap(n, random.below(n + 1));
            }
            RandomTerm { front: labels, ellipsis: None, back: Vec::new() }
        };
        let case = Case {
            extents: vec![2; labels],
            rest: 0,
            terms: vec![subset(&mut random, 0..11), subset(&mut random, 2..13), subset(&mut random, 11..14)],
            output: subset(&mut random, 0..9),
        };
        check::<f64>(&case, case.site(None), None, &mut random);
        check::<u32>(&case, case.site(None), None, &mut random);
    }
}

#[test]
fn threads_meet_at_one_place() {
    let term = |front: &[usize]| RandomTerm { front: front.to_vec(), ellipsis: None, back: Vec::new() };
    let case = Case {
        extents: vec![5, 3, 4, 2],
        rest: 0,
        terms: vec![term(&[0, 1]), term(&[1, 2]), term(&[2, 3])],
        output: term(&[0, 3]),
    };
    let site = case.site(None);
    std::thread::scope(|scope| {
        for seed in 0..4 {
            let mut case = case.clone();
            scope.spawn(move || {
                let mut random = Random(seed);
                for n in 0..50 {
                    case.extents[0] = 1 + (n + seed as usize) % 7;
                    check::<f64>(&case, site, None, &mut random);
                }
            });
        }
    });
}

// An index that every operand has once is broadcast into a longer output.
#[test]
fn longer_outputs() {
    let mut random = Random(6);
    let term = |front: &[usize]| RandomTerm { front: front.to_vec(), ellipsis: None, back: Vec::new() };
    for output in [[0, 3], [3, 0]] {
        let case = Case {
            extents: vec![1, 3, 4, 2],
            rest: 0,
            terms: vec![term(&[0, 1]), term(&[1, 2]), term(&[2, 3])],
            output: term(&output),
        };
        let arrays: Vec<ArrayD<f64>> =
            case.terms.iter().map(|term| case.array(term, false, &mut random)).collect();
        let longer = Case { extents: vec![5, 3, 4, 2], ..case.clone() };
        let expected = longer.oracle(&arrays);
        let views: Vec<ArrayViewD<'_, f64>> = arrays.iter().map(|array| array.view()).collect();
        let operands: Vec<Operand<'_, f64>> = views.iter().map(super::operand).collect();
        let contraction = Contraction {
            site: case.site(None),
            operands: &operands,
            extents: &longer.extents,
            rest: &[],
            scale: None,
            memory_limit: None,
        };
        let mut place = longer.array::<f64>(&longer.output, false, &mut random);
        into(&contraction, set(), &mut place.view_mut()).expect("nothing is large");
        assert_eq!(place, expected);
    }
}

// The small operand is read in the order of the large one, from a copy.
#[test]
fn copies_of_small_operands() {
    let mut random = Random(9);
    let term = |front: &[usize]| RandomTerm { front: front.to_vec(), ellipsis: None, back: Vec::new() };
    for (terms, output) in [
        (vec![term(&[0, 1, 2, 3]), term(&[1]), term(&[3, 2])], term(&[0])),
        (vec![term(&[3, 2]), term(&[1]), term(&[0, 2, 1, 3])], term(&[1, 0])),
        (vec![term(&[0, 2, 1, 3]), term(&[2, 3, 1]), term(&[0])], term(&[])),
    ] {
        let case = Case { extents: vec![23, 7, 5, 6], rest: 0, terms, output };
        let site = case.site(None);
        check::<f64>(&case, site, None, &mut random);
        check::<u32>(&case, site, None, &mut random);
        check::<i64>(&case, site, None, &mut random);
        check::<Matrix>(&case, site, None, &mut random);
    }
}

// Products of two matrices of all shapes that the kernel for small ones takes in parts, or not at all.
#[test]
fn products_in_parts() {
    let mut random = Random(7);
    let term = |front: &[usize]| RandomTerm { front: front.to_vec(), ellipsis: None, back: Vec::new() };
    let sizes = [
        [1, 1, 300, 2],
        [2, 3, 257, 2],
        [65, 3, 5, 2],
        [129, 2, 300, 1],
        [3, 200, 3, 5],
        [257, 1, 2, 7],
        [4097, 1, 9, 2],
        [9, 4097, 3, 2],
    ];
    for [a, b, c, d] in sizes {
        for output in [[0, 3], [3, 0]] {
            let terms = vec![term(&[0, 1]), term(&[2, 1]), term(&[2, 3])];
            let case = Case { extents: vec![a, b, c, d], rest: 0, terms, output: term(&output) };
            for _ in 0..3 {
                check::<f64>(&case, case.site(None), None, &mut random);
                check::<f32>(&case, case.site(None), None, &mut random);
            }
        }
    }
}

// Long enough that the steps are run for a part of an index at a time, which is in the output or not, of any layout.
#[test]
fn slices() {
    let mut random = Random(8);
    let term = |front: &[usize]| RandomTerm { front: front.to_vec(), ellipsis: None, back: Vec::new() };
    type Labels = &'static [usize];
    let cases: [(Labels, &[Labels], Labels); 7] = [
        (&[70_001], &[&[0], &[0], &[0]], &[0]),
        (&[70_001], &[&[0], &[0], &[0]], &[]),
        (&[300, 307], &[&[0, 1], &[0, 1], &[1, 0], &[0, 1]], &[0, 1]),
        (&[300, 307], &[&[0, 1], &[0, 1], &[0, 1]], &[0]),
        (&[300, 307], &[&[0, 1], &[0, 1], &[1, 0]], &[1]),
        (&[3, 30_001], &[&[0, 1], &[1], &[0, 1]], &[1, 0]),
        (&[41, 43, 47], &[&[0, 1, 2], &[2, 1, 0], &[1, 0, 2]], &[2, 0]),
    ];
    for (extents, terms, output) in cases {
        let terms = terms.iter().map(|&labels| term(labels)).collect();
        let case = Case { extents: extents.to_vec(), rest: 0, terms, output: term(output) };
        check_exactly::<f64>(&case, &mut random);
        check_exactly::<f32>(&case, &mut random);
        check_exactly::<i64>(&case, &mut random);
    }
}

// Without broadcasting, so that there are slices.
fn check_exactly<T: Whole>(case: &Case, random: &mut Random) {
    let arrays: Vec<ArrayD<T>> = case.terms.iter().map(|term| case.array(term, false, random)).collect();
    let expected = case.oracle(&arrays);
    let views: Vec<ArrayViewD<'_, T>> = arrays.iter().map(|array| array.view()).collect();
    let operands: Vec<Operand<'_, T>> = views.iter().map(super::operand).collect();
    let contraction = Contraction {
        site: case.site(None),
        operands: &operands,
        extents: &case.extents,
        rest: &[],
        scale: None,
        memory_limit: None,
    };
    let (program, _) = contraction.program(&[], None).expect("nothing is large");
    assert!(program.get().slices.is_some(), "{case:?} is to show slices");
    let found = fresh(&contraction, expected.raw_dim()).expect("the array is small");
    assert!(found == expected, "fresh: {case:?}");
    let before = case.array::<T>(&case.output, false, random);
    for (assign, wanted) in
        [(set(), expected.clone()), (add(), &before + &expected), (subtract(), &before - &expected)]
    {
        let mut place = before.clone();
        into(&contraction, assign, &mut place.view_mut()).expect("nothing is large");
        assert!(place == wanted, "into: {case:?}");
    }
}
