//! A contraction as a graph: operands are nodes, indices are lines between them.
//!
//! - An index of two operands that is summed over is one line.
//! - One of the output has a line that ends in the open.
//! - Everything else meets at a dot: an index of three operands, of two and the output, twice in one operand, or summed in one
//!   operand alone.

use super::Explanation;
use einsum_spec::spec::{Index, IndexId, Spec};

/// Nodes and lines.
pub(crate) struct Graph {
    pub(crate) nodes: Vec<Node>,
    pub(crate) lines: Vec<Line>,
}

/// Where lines end.
pub(crate) enum Node {
    /// An operand, by its position.
    Operand(usize),
    /// Where the lines of an index meet.
    Dot,
    /// The open end of an index of the output.
    End,
}

/// A line between two nodes.
pub(crate) struct Line {
    pub(crate) index: IndexId,
    pub(crate) from: usize,
    pub(crate) to: usize,
    /// Whether it is the one that has the index's name.
    pub(crate) is_named: bool,
}

impl Graph {
    pub(crate) fn new(spec: &Spec) -> Graph {
        let nodes = (0..spec.operands.len()).map(Node::Operand).collect();
        let mut graph = Graph { nodes, lines: Vec::new() };
        for index in spec.ids() {
            graph.add(index, spec);
        }
        graph
    }

    fn add(&mut self, index: IndexId, spec: &Spec) {
        let count = |term: &[IndexId]| term.iter().filter(|&&id| id == index).count();
        let axes = spec.operands.iter().enumerate().flat_map(|(n, term)| vec![n; count(term)]);
        let axes: Vec<usize> = axes.collect();
        match (&axes[..], spec.output.contains(&index)) {
            ([], _) => {}
            (&[one, other], false) if one != other => self.line(index, one, other, true),
            (&[only], true) => {
                let end = self.node(Node::End);
                self.line(index, only, end, true);
            }
            (operands, in_output) => {
                let dot = self.node(Node::Dot);
                if in_output {
                    let end = self.node(Node::End);
                    self.line(index, dot, end, true);
                }
                for (n, &operand) in operands.iter().enumerate() {
                    self.line(index, operand, dot, n == 0 && !in_output);
                }
            }
        }
    }

    fn node(&mut self, node: Node) -> usize {
        self.nodes.push(node);
        self.nodes.len() - 1
    }

    fn line(&mut self, index: IndexId, from: usize, to: usize, is_named: bool) {
        self.lines.push(Line { index, from, to, is_named });
    }

    /// The nodes of each connected part, in order.
    pub(crate) fn parts(&self) -> Vec<Vec<usize>> {
        let mut part: Vec<usize> = (0..self.nodes.len()).collect();
        // A part is called by its first node.
        for _ in 0..self.nodes.len() {
            for line in &self.lines {
                let first = part[line.from].min(part[line.to]);
                (part[line.from], part[line.to]) = (first, first);
            }
        }
        let members = |name: usize| (0..self.nodes.len()).filter(|&node| part[node] == name).collect();
        (0..self.nodes.len()).filter(|&node| part[node] == node).map(members).collect()
    }
}

impl Explanation {
    /// What an index is called in the drawing: an axis of several that `...` stands for by its number.
    pub(crate) fn name(&self, id: IndexId) -> String {
        match self.spec.index(id) {
            Index::Label(label) => label.to_string(),
            Index::Ellipsis => {
                let axes: Vec<IndexId> = self.spec.ids().filter(|&id| self.spec.is_ellipsis(id)).collect();
                let axis = axes.iter().position(|&axis| axis == id);
                match axis {
                    Some(axis) if axes.len() > 1 => format!(".{axis}"),
                    _ => "...".to_owned(),
                }
            }
        }
    }

    /// How long an index is.
    pub(crate) fn extent(&self, id: IndexId) -> u64 {
        self.extents[usize::from(id.0)]
    }

    /// The terms of the operands as they were written.
    pub(crate) fn terms(&self) -> impl Iterator<Item = &str> {
        self.report.subscripts().split("->").next().unwrap_or_default().split(',')
    }
}
