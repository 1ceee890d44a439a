//! Gradients of all kinds against one loop over all indices for each.

use crate::many::{
    Contraction, Operand, OperandId, Site, Wanted,
    cases::{Case, Matrix, Random, RandomTerm, Whole},
    gradients, operand,
};
use alloc::{vec, vec::Vec};
use ndarray::{ArrayD, ArrayViewD, Axis, IxDyn};

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
fn check_gradients<T: Whole>(case: &Case, site: &'static Site, wanted: &[Wanted], random: &mut Random<'_>) {
    let arrays: Vec<ArrayD<T>> = case.terms.iter().map(|term| case.array(term, true, random)).collect();
    let case = &case.agreed(&arrays);
    let cotangent = case.array::<T>(&case.output, false, random);
    let views: Vec<ArrayViewD<'_, T>> = arrays.iter().chain([&cotangent]).map(|array| array.view()).collect();
    let operands: Vec<Operand<'_, T>> = views.iter().map(operand).collect();
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
    let mut random = Random::new(10);
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
    let mut random = Random::new(11);
    let term = |front: &[usize]| RandomTerm { front: front.to_vec(), ellipsis: None, back: Vec::new() };
    for extents in [vec![17, 9, 31, 5, 12], vec![3, 40, 2, 33, 8], vec![2, 1, 65, 4, 3]] {
        let terms = vec![term(&[0, 1]), term(&[2, 1]), term(&[2, 3]), term(&[3, 4])];
        let case = Case { extents, rest: 0, terms, output: term(&[4, 0]) };
        let arrays: Vec<ArrayD<f64>> =
            case.terms.iter().map(|term| case.array(term, false, &mut random)).collect();
        let cotangent = case.array::<f64>(&case.output, false, &mut random);
        let views: Vec<_> = arrays.iter().chain([&cotangent]).map(|array| array.view()).collect();
        let operands: Vec<_> = views.iter().map(operand).collect();
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
    let operands: Vec<Operand<'_, f64>> = (0..=matrices).map(|_| operand(&view)).collect();
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
