//! What a call should give, in the oracle's numbers.

use crate::{
    case::{Case, Listed},
    generate::Kind,
    oracle,
    shapes::Shapes,
    walk,
};
use ndarray::{ArrayD, ArrayViewD};
use num_traits::Zero;
use std::{
    fmt::Debug,
    ops::{Mul, Sub},
};

/// A number of the oracle.
pub(crate) trait Exact:
    Clone + Debug + PartialEq + Zero + Mul<Output = Self> + Sub<Output = Self>
{
}

impl<E: Clone + Debug + PartialEq + Zero + Mul<Output = E> + Sub<Output = E>> Exact for E {}

/// The arrays of a run in C order. Where there are two, the second is the conjugate.
pub(crate) struct Numbers<E> {
    /// As they are multiplied.
    pub(crate) operands: [Vec<Vec<E>>; 2],
    pub(crate) scale: [E; 2],
    pub(crate) cotangent: [Vec<E>; 2],
    /// What is assigned to, as it was.
    pub(crate) before: Vec<E>,
    pub(crate) one: E,
}

/// Up to so many positions are walked by the oracle itself.
const OBVIOUS: f64 = 1500.0;

impl<E: Exact> Numbers<E> {
    /// All results of a run.
    ///
    /// # Errors
    /// If the oracle and the quick walk differ.
    pub(crate) fn results(&self, case: &Case, shapes: &Shapes) -> Result<Vec<Listed<E>>, String> {
        let operand_shapes: Vec<&[usize]> = shapes.operands.iter().map(Vec::as_slice).collect();
        match case.kind {
            Kind::ViewMut => {
                let ones = vec![self.one.clone(); shapes.space.extents.iter().product()];
                let marks = walk::gradient(&shapes.space, &operand_shapes, &self.operands[0], &ones, 0);
                Ok(vec![listed(operand_shapes[0], zipped(&self.before, marks, |one, other| one + other))])
            }
            Kind::Vjp => {
                let wanted = crate::wanted(case.wrt, case.is_scaled, self.operands[0].len());
                let gradient = |of: &Option<usize>| self.gradient(case, shapes, &operand_shapes, *of);
                Ok(wanted.iter().map(gradient).collect())
            }
            _ => self.result(case, shapes, &operand_shapes).map(|result| vec![result]),
        }
    }

    fn result(&self, case: &Case, shapes: &Shapes, operand_shapes: &[&[usize]]) -> Result<Listed<E>, String> {
        let (space, operands) = (&shapes.space, &self.operands[0]);
        let mut result = walk::evaluate(space, operand_shapes, operands);
        let shape = &space.extents[..space.kept];
        if shapes.size() <= OBVIOUS {
            let arrays =
                operand_shapes.iter().zip(operands).map(|(shape, operand)| array(shape, operand.clone()));
            let arrays: Vec<ArrayD<E>> = arrays.collect();
            let views: Vec<ArrayViewD<'_, E>> = arrays.iter().map(|array| array.view()).collect();
            if oracle::evaluate_given(case.text, &views, &shapes.known) != array(shape, result.clone()) {
                return Err("the quick walk is not what the oracle finds".into());
            }
        }
        if case.is_scaled {
            result.iter_mut().for_each(|element| *element = self.scale[0].clone() * element.clone());
        }
        if !case.kind.is_assignment() {
            return Ok(listed(shape, result));
        }
        if shape != shapes.output {
            let ones = array(shape, result);
            result =
                ones.broadcast(&shapes.output[..]).expect("ones are broadcast").iter().cloned().collect();
        }
        let result = match case.kind {
            Kind::Add => zipped(&self.before, result, |before, result| before + result),
            Kind::Subtract => zipped(&self.before, result, |before, result| before - result),
            _ => result,
        };
        Ok(listed(&shapes.output, result))
    }

    // Of an operand, or of the scale.
    fn gradient(
        &self,
        case: &Case,
        shapes: &Shapes,
        operand_shapes: &[&[usize]],
        of: Option<usize>,
    ) -> Listed<E> {
        let space = &shapes.space;
        let Some(of) = of else {
            let result = walk::evaluate(space, operand_shapes, &self.operands[1]);
            let terms = self.cotangent[0].iter().zip(result).map(|(g, result)| g.clone() * result);
            return listed(&[], vec![terms.fold(E::zero(), |sum, term| sum + term)]);
        };
        // That of the conjugate, conjugated, is that of conjugates.
        let (own, others) = if case.conjugated[of] { (1, 0) } else { (0, 1) };
        let mut gradient =
            walk::gradient(space, operand_shapes, &self.operands[others], &self.cotangent[own], of);
        if case.is_scaled {
            let scale = &self.scale[others];
            gradient.iter_mut().for_each(|element| *element = scale.clone() * element.clone());
        }
        listed(operand_shapes[of], gradient)
    }
}

fn zipped<E: Clone>(before: &[E], result: Vec<E>, assign: fn(E, E) -> E) -> Vec<E> {
    before.iter().zip(result).map(|(before, result)| assign(before.clone(), result)).collect()
}

fn listed<E>(shape: &[usize], elements: Vec<E>) -> Listed<E> {
    Listed { shape: shape.to_vec(), elements, is_standard: true }
}

fn array<E>(shape: &[usize], elements: Vec<E>) -> ArrayD<E> {
    ArrayD::from_shape_vec(shape, elements).expect("one element for each position")
}
