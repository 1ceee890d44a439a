//! The quick walk over the index space of a call: the oracle's loop with places in memory in the place of positions.
//!
//! Arrays are in C order. `places[k][n]` is how far array `k` moves with index `n`.

use crate::oracle::Space;
use num_traits::Zero;
use std::ops::Mul;

/// The places of operands of these shapes, and of the output.
pub(crate) fn places(space: &Space, shapes: &[&[usize]]) -> Vec<Vec<usize>> {
    let rank = space.extents.len();
    let operands = space.reads.iter().zip(shapes).map(|(reads, shape)| {
        let mut places = vec![0; rank];
        for (read, stride) in reads.iter().zip(strides(shape)) {
            read.iter().for_each(|&(coefficient, index)| places[index] += coefficient * stride);
        }
        places
    });
    let mut places: Vec<Vec<usize>> = operands.collect();
    let mut output = strides(&space.extents[..space.kept]);
    output.resize(rank, 0);
    places.push(output);
    places
}

fn strides(shape: &[usize]) -> Vec<usize> {
    (0..shape.len()).map(|axis| shape[axis + 1..].iter().product()).collect()
}

/// The result of the call.
pub(crate) fn evaluate<E: Clone + Zero + Mul<Output = E>>(
    space: &Space,
    shapes: &[&[usize]],
    operands: &[Vec<E>],
) -> Vec<E> {
    let mut result = vec![E::zero(); space.extents[..space.kept].iter().product()];
    visit(&space.extents, &places(space, shapes), |at| {
        let product = operands.iter().zip(at).map(|(operand, &at)| operand[at].clone());
        let product = product.reduce(|a, b| a * b).expect("an einsum has an operand");
        let place = &mut result[at[operands.len()]];
        *place = std::mem::replace(place, E::zero()) + product;
    });
    result
}

/// The gradient of operand `of`, where all factors are conjugated already.
pub(crate) fn gradient<E: Clone + Zero + Mul<Output = E>>(
    space: &Space,
    shapes: &[&[usize]],
    operands: &[Vec<E>],
    cotangent: &[E],
    of: usize,
) -> Vec<E> {
    let mut result = vec![E::zero(); shapes[of].iter().product()];
    visit(&space.extents, &places(space, shapes), |at| {
        let others = operands.iter().zip(at).enumerate().filter(|(n, _)| *n != of);
        let product = others.fold(cotangent[at[operands.len()]].clone(), |product, (_, (operand, &at))| {
            product * operand[at].clone()
        });
        let place = &mut result[at[of]];
        *place = std::mem::replace(place, E::zero()) + product;
    });
    result
}

// Calls it with the places of all arrays at each position, the last index innermost.
fn visit(extents: &[usize], places: &[Vec<usize>], mut at: impl FnMut(&[usize])) {
    if extents.contains(&0) {
        return;
    }
    let mut position = vec![0; extents.len()];
    let mut now = vec![0; places.len()];
    loop {
        at(&now);
        let Some(index) = (0..extents.len()).rev().find(|&index| position[index] + 1 < extents[index]) else {
            return;
        };
        position[index] += 1;
        for (now, places) in now.iter_mut().zip(places) {
            *now += places[index];
            for inner in index + 1..extents.len() {
                *now -= places[inner] * position[inner];
            }
        }
        position[index + 1..].fill(0);
    }
}
