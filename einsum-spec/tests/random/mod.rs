//! Networks of any kind, for properties.

use einsum_spec::spec::{Index, IndexId, Spec};
use proptest::prelude::*;

/// Terms by the numbers of their labels, and extents.
pub(crate) fn network(terms: &[Vec<u16>], output: &[u16], extents: &[u64]) -> (Spec, Vec<u64>) {
    let term = |numbers: &[u16]| numbers.iter().map(|&number| IndexId(number)).collect();
    let spec = Spec::plain(
        vec![Index::Label('a'); extents.len()],
        terms.iter().map(|numbers| term(numbers)).collect(),
        term(output),
    );
    (spec, extents.to_vec())
}

/// Labels in one to all operands, also twice in one, some of them in the output; terms without any.
pub(crate) fn any_network(
    operands: impl Strategy<Value = usize>,
    most_extra: usize,
    extents: impl Strategy<Value = u64> + Clone,
) -> impl Strategy<Value = (Spec, Vec<u64>)> {
    let label = (
        prop_oneof![8 => Just(2usize), 2 => Just(1), 2 => Just(3), 1 => Just(9)],
        extents,
        0..8u8,
        any::<u64>(),
    );
    operands.prop_flat_map(move |operands| {
        let labels = proptest::collection::vec(label.clone(), operands - 1..operands + most_extra);
        labels.prop_map(move |labels| {
            let (mut terms, mut output) = (vec![Vec::new(); operands], Vec::new());
            for (number, &(owners, _, chance, mut random)) in labels.iter().enumerate() {
                let number = number as u16;
                for _ in 0..owners {
                    // A label may meet the same operand twice.
                    terms[random as usize % operands].push(number);
                    random = random.rotate_left(17) ^ (random / operands as u64);
                }
                if chance < 2 {
                    output.insert(output.len() / 2, number);
                }
            }
            let extents: Vec<u64> = labels.iter().map(|label| label.1).collect();
            network(&terms, &output, &extents)
        })
    })
}
