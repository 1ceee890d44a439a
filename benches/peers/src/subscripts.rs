//! Terms of subscripts, for the systems that want labels one by one.

use std::collections::BTreeMap;

/// Subscripts with an output, one character per axis.
#[derive(Clone, Debug)]
pub struct Subscripts {
    pub operands: Vec<Vec<char>>,
    pub output: Vec<char>,
}

impl Subscripts {
    /// Splits `text`, which is one of this package's own: `a,b->c`.
    pub fn new(text: &str) -> Self {
        let (operands, output) = text.split_once("->").expect("subscripts of the table have an output");
        Self {
            operands: operands.split(',').map(|term| term.chars().collect()).collect(),
            output: output.chars().collect(),
        }
    }

    /// The extent of each label.
    pub fn extents(&self, shapes: &[Vec<usize>]) -> BTreeMap<char, usize> {
        let axes = self.operands.iter().zip(shapes).flat_map(|(term, shape)| {
            assert_eq!(term.len(), shape.len(), "a shape of the table fits its term");
            term.iter().copied().zip(shape.iter().copied())
        });
        axes.collect()
    }
}
