//! The slow obvious loop: every element of the output is a sum over the whole index space, the factors in the order
//! of the operands. It reads the subscripts on its own, so that it shares no mistake with the product.

use ndarray::{ArrayD, ArrayViewD, IxDyn};
use num_traits::Zero;
use std::{collections::BTreeMap, ops::Mul};

/// What `subscripts` say of these operands. The subscripts and shapes must be right.
pub(crate) fn naive<T>(subscripts: &str, operands: &[ArrayViewD<'_, T>]) -> ArrayD<T>
where
    T: Clone + Zero + Mul<Output = T>,
{
    let ranks: Vec<usize> = operands.iter().map(ArrayViewD::ndim).collect();
    let (terms, output) = terms(subscripts, &ranks);
    let mut extents: BTreeMap<char, usize> = BTreeMap::new();
    for (term, operand) in terms.iter().zip(operands) {
        for (&label, &extent) in term.iter().zip(operand.shape()) {
            let agreed = extents.entry(label).or_insert(extent);
            *agreed = if *agreed == 1 { extent } else { *agreed };
        }
    }
    let summed: Vec<char> = extents.keys().copied().filter(|label| !output.contains(label)).collect();
    let shape = |labels: &[char]| labels.iter().map(|label| extents[label]).collect::<Vec<usize>>();

    ArrayD::from_shape_fn(shape(&output), |kept| {
        ndarray::indices(shape(&summed)).into_iter().fold(T::zero(), |sum, over| {
            let at = |label: char| match output.iter().position(|&other| other == label) {
                Some(n) => kept[n],
                None => over[summed.iter().position(|&other| other == label).expect("kept or summed")],
            };
            let factors = terms.iter().zip(operands).map(|(term, operand)| {
                let position: Vec<usize> = (0..term.len())
                    .map(|axis| if operand.shape()[axis] == 1 { 0 } else { at(term[axis]) })
                    .collect();
                operand[IxDyn(&position)].clone()
            });
            sum + factors.reduce(|product, factor| product * factor).expect("there is an operand")
        })
    })
}

// The labels of the operands' axes and of the output's. The axes of an ellipsis are digits, counted from the right.
fn terms(subscripts: &str, ranks: &[usize]) -> (Vec<Vec<char>>, Vec<char>) {
    let text = subscripts.replace(' ', "");
    let (inputs, output) =
        text.split_once("->").map_or((&*text, None), |(inputs, output)| (inputs, Some(output)));
    let inputs: Vec<&str> = inputs.split(',').collect();
    assert_eq!(inputs.len(), ranks.len(), "a term for each operand");
    let labels = |term: &str| term.replace("...", "").chars().count();
    let rest = |(term, rank): (&&str, &usize)| rank - labels(term);
    let widest = inputs.iter().zip(ranks).map(rest).max().unwrap_or(0);

    let digits =
        |count: usize| (0..count as u32).rev().filter_map(|n| char::from_digit(n, 10)).collect::<String>();
    let written =
        |term: &str, count: usize| term.replace("...", &digits(count)).chars().collect::<Vec<char>>();
    let terms = inputs.iter().zip(ranks).map(|(term, rank)| written(term, rest((term, rank)))).collect();
    let output = output.map_or_else(
        || {
            let mut once: Vec<char> = text.chars().filter(|c| c.is_alphabetic()).collect();
            once.retain(|&label| text.matches(label).count() == 1);
            once.sort_unstable();
            digits(widest).chars().chain(once).collect()
        },
        |output| written(output, widest),
    );
    (terms, output)
}
